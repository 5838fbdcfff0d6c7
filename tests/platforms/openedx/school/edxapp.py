"""The names of edx-platform that lti_consumer.plugin.compat imports when it needs them, each as small as can be."""

import sys
from types import ModuleType
from typing import Any

from django.contrib.auth.models import User
from opaque_keys.edx.keys import CourseKey, UsageKey

from school import blocks
from school.models import Course, ExternalId, Member


class CourseWaffleFlag:
    """Every flag is off, as in a new installation."""

    def __init__(self, *_args: Any) -> None:
        pass

    def is_enabled(self, _course_key: CourseKey) -> bool:
        return False


class OverEnrollmentLimitError(Exception):
    """More members than the platform likes to list."""


class Modulestore:
    def get_item(self, location: UsageKey) -> Any:
        return blocks.load(location)

    def update_item(self, block: Any, _user_id: int | None) -> None:
        blocks.save(block)


def get_course_members(course_key: CourseKey) -> dict[int, dict[str, Any]]:
    members = Member.objects.filter(course__key=course_key).select_related("user__profile")
    return {
        member.user_id: {
            "id": member.user_id,
            "username": member.user.username,
            "email": member.user.email,
            "name": member.user.profile.name,
            "roles": [member.role],
        }
        for member in members
    }


def get_block_for_descriptor(user: User, block: Any, **_values: Any) -> Any:
    blocks.bind(block, user)
    return block


def check_course_access(course: Course, user: User, _action: str, **_values: Any) -> bool:
    return course.members.filter(user_id=user.id).exists()


def has_access(user: User, _action: str, _block: Any, course_key: CourseKey) -> bool:
    return Member.objects.filter(course__key=course_key, user_id=user.id).exists()


NAMES: dict[str, dict[str, Any]] = {
    "common.djangoapps.student.auth": {"has_studio_write_access": blocks.is_staff},
    "lms.djangoapps.course_api.api": {"get_course_members": get_course_members},
    "lms.djangoapps.course_api.exceptions": {"OverEnrollmentLimitException": OverEnrollmentLimitError},
    "lms.djangoapps.courseware.access": {"has_access": has_access},
    "lms.djangoapps.courseware.block_render": {"get_block_for_descriptor": get_block_for_descriptor},
    "lms.djangoapps.courseware.courses": {"check_course_access": check_course_access},
    "openedx.core.djangoapps.external_user_ids.models": {"ExternalId": ExternalId},
    "openedx.core.djangoapps.waffle_utils": {"CourseWaffleFlag": CourseWaffleFlag},
    "openedx.core.djangoapps.xblock": {"api": None},
    "openedx.core.lib.cache_utils": {"request_cached": lambda function: function},
    "openedx.core.lib.courses": {"get_course_by_id": lambda key: Course.objects.get(key=key)},
    "xmodule.modulestore.django": {"modulestore": Modulestore},
}


def provide(path: str, names: dict[str, Any]) -> None:
    """A module at that path, and one for each step to it; a step below that nobody provides is still missing."""
    steps = path.split(".")
    for end in range(1, len(steps)):
        sys.modules.setdefault(".".join(steps[:end]), ModuleType(".".join(steps[:end])))
    sys.modules[path] = ModuleType(path)
    vars(sys.modules[path]).update(names)


for module, its_names in NAMES.items():
    provide(module, its_names)
