"""When a course is done: a pure rule, stated on the course page in one sentence."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Standing:
    """What is still missing. Complete when both are empty."""

    lessons: tuple[str, ...]
    quizzes: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.lessons and not self.quizzes


def missing(
    rule: Mapping[str, Any], lessons: Sequence[str], done: Collection[str], passed: Collection[str]
) -> Standing:
    """What `rule` still asks for, in course order.

    `rule`: `{"lessons": "all" | [slugs], "quizzes": [slugs]}` (course-format, `completion`). `lessons`: all slugs of
    the version. A lesson that the version no longer has is not asked for, so that an author can drop one.
    """
    wanted = lessons if rule.get("lessons", "all") == "all" else [s for s in lessons if s in rule["lessons"]]
    return Standing(
        tuple(slug for slug in wanted if slug not in done),
        tuple(slug for slug in rule.get("quizzes", ()) if slug not in passed),
    )
