"""Reading a course by a launch that names nobody: nothing is recorded, and the page says so."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.core.errors import NotFound
from lms_app.courses import queries as courses
from lms_app.learning import reader
from lms_app.lti.service import guests
from lms_app.lti.service.guests import Guest
from lms_app.web import security
from lms_app.web.i18n import language

bp = Blueprint("lti_guest", __name__)


@bp.get("/lti/read/<token>")
@allow(access.anyone)
def course(token: str) -> ResponseReturnValue:
    """The first lesson."""
    outline = courses.outline(_course(_guest(token)).version_id, language())
    return redirect(url_for(".lesson", token=token, slug=outline[0].slug), code=303)


@bp.get("/lti/read/<token>/<slug>")
@allow(access.anyone)
def lesson(token: str, slug: str) -> ResponseReturnValue:
    guest = _guest(token)
    found = _course(guest)
    text = courses.lesson(found.version_id, slug, language())
    if text is None:
        raise NotFound("Bài học này không có trong khóa học. Hãy mở lại mục lục của khóa.")
    outline = courses.outline(found.version_id, language())
    slugs = [one.slug for one in outline]
    at = slugs.index(slug)
    return render_template(
        "lti/guest.html",
        course=found,
        lesson=text,
        pieces=reader.plain_pieces(text.html),
        entries=[(one, url_for(".lesson", token=token, slug=one.slug)) for one in outline],
        number=at + 1,
        before=url_for(".lesson", token=token, slug=slugs[at - 1]) if at else None,
        after=url_for(".lesson", token=token, slug=slugs[at + 1]) if at + 1 < len(slugs) else None,
    )


def _guest(token: str) -> Guest:
    guest = guests.read(str(current_app.secret_key), token)
    security.frame_by(*guest.origins.split())
    return guest


def _course(guest: Guest) -> Any:
    found = courses.course(guest.course, language())
    if found is None or found.status != courses.OPEN:
        raise NotFound("Khóa học này chưa mở hoặc đã đóng. Hãy chọn khóa khác trong danh mục.")
    return found
