"""What people see: a learner's page of the course, and the teacher's Studio."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from school import blocks
from school.models import Course


def course(request: HttpRequest, key: str) -> HttpResponse:
    """Their learner's view of each block, or of `?block=`. Its frames are filled as their script does it."""
    found = get_object_or_404(Course, key=key)
    if not found.members.filter(user_id=request.user.id).exists():
        raise PermissionDenied
    return _page(request, found, "student_view", in_studio=False)


def studio(request: HttpRequest, key: str) -> HttpResponse:
    """Their author's view: what to register, the deep linking address, what was picked."""
    found = get_object_or_404(Course, key=key)
    if not blocks.is_staff(request.user, found.key):
        raise PermissionDenied
    return _page(request, found, "author_view", in_studio=True)


def _page(request: HttpRequest, found: Course, view: str, *, in_studio: bool) -> HttpResponse:
    place = request.GET.get("block")
    rows = [row for row in found.blocks.order_by("id") if place in {None, row.location.block_id}]
    loaded = [blocks.load(row.location, request.user, in_studio=in_studio) for row in rows]
    shown = [{"place": block.location.block_id, "html": getattr(block, view)({}).content} for block in loaded]
    return render(request, "school/course.html", {"course": found, "shown": shown, "person": request.user.profile})
