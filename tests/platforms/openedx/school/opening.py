"""A class before its first day, and the same class copied for the next year."""

from typing import Any

from django.contrib.auth.models import User
from opaque_keys.edx.keys import CourseKey

from school import blocks
from school.models import Block, Course, ExternalId, Member, Profile

FIRST = "course-v1:TruongCT+KNS+2026"
PEOPLE = {
    "lan": ("Lê Thị Lan", "instructor"),
    "hoa": ("Nguyễn Thị Hoa", "student"),
    "duc": ("Đỗ Minh Đức", "student"),
    "an": ("Ân Văn An", "student"),
    "ut": ("Út Thị Bé", "student"),
}


def open_school(tool: str) -> None:
    course = Course.objects.create(
        key=CourseKey.from_string(FIRST), title="Kỹ năng số", organisation="Trường Chính trị"
    )
    for username, (name, role) in PEOPLE.items():
        enrol(course, username, name, role)
    given = add(course, "given", settings(tool, "Kỹ năng số cơ bản") | given_course(tool))
    passport = blocks.load(given.location).lti_1p3_passport_id
    for place in ("picked", "frame"):
        add(course, place, settings(tool, f"Tự chọn ({place})") | {"lti_1p3_passport_id": passport})


def settings(tool: str, title: str) -> dict[str, Any]:
    """What a teacher types into Studio. Blocks made by duplicating one share its passport: one client id."""
    return {
        "display_name": title,
        "lti_version": "lti_1p3",
        "lti_1p3_launch_url": f"{tool}/lti/courses/cc-01",
        "lti_1p3_oidc_url": f"{tool}/lti/login",
        "lti_1p3_redirect_uris": [f"{tool}/lti/launch"],
        "lti_1p3_tool_key_mode": "keyset_url",
        "lti_1p3_tool_keyset_url": f"{tool}/lti/jwks.json",
        "lti_1p3_enable_nrps": True,
        "lti_advantage_deep_linking_enabled": True,
        "lti_advantage_deep_linking_launch_url": f"{tool}/lti/launch",
        "has_score": True,
        "weight": 10,
        "ask_to_send_full_name": True,
        "ask_to_send_email": True,
        "inline_height": 1400,
    }


def given_course(tool: str) -> dict[str, Any]:
    return {
        "lti_1p3_launch_url": f"{tool}/lti/courses/cc-01",
        "custom_parameters": ["course=cc-01", "resource_link_history=$ResourceLink.id.history"],
    }


def add(course: Course, place: str, chosen: dict[str, Any]) -> Block:
    """Studio shows the block to the teacher once, which makes its configuration and its passport."""
    location = course.key.make_usage_key("lti_consumer", place)
    block = Block.objects.create(course=course, location=location, settings=chosen)
    teacher = course.members.filter(role="instructor").first().user
    blocks.load(location, teacher, in_studio=True).author_view({})
    return block


def enrol(course: Course, username: str, name: str, role: str) -> User:
    user, is_new = User.objects.get_or_create(username=username, defaults={"email": f"{username}@truong.example"})
    if is_new:
        Profile.objects.create(user=user, name=name)
        ExternalId.of(user)
    Member.objects.update_or_create(course=course, user=user, defaults={"role": role})
    return user


def copy(course: Course, run: str) -> Course:
    """A re-run: new keys, the blocks' settings and the teachers; no learners and, as in Open edX, no picked items."""
    key = CourseKey.from_string(f"course-v1:{course.key.org}+{course.key.course}+{run}")
    new = Course.objects.create(key=key, title=course.title, organisation=course.organisation)
    for member in course.members.filter(role="instructor"):
        Member.objects.create(course=new, user=member.user, role=member.role)
    for block in course.blocks.all():
        add(new, block.location.block_id, dict(block.settings))
    return new
