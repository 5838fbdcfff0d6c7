"""What everybody completed in a period, by course and by the periods (tiết) it came to; and what courses are called.

People are one text of numbers a row, as in `queries.coverage`, whose parameters these statements take.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import and_, select

from lms_app.certificates.models import OutsideRecord
from lms_app.core.db import rows
from lms_app.courses.models import Course, CourseText, CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.reporting.queries.coverage import COMPLETED, ELSEWHERE, listed, numbers

_ours = (
    select(Enrolment.course_id, Enrolment.completed_version_id, listed(Enrolment.person_number))
    .where(COMPLETED)
    .group_by(Enrolment.course_id, Enrolment.completed_version_id)
    .subquery()
)
OURS = select(_ours.c.course_id, CourseVersion.periods, _ours.c.people).join(
    CourseVersion, CourseVersion.id == _ours.c.completed_version_id
)
THEIRS = (
    select(OutsideRecord.course_id, OutsideRecord.periods, listed(OutsideRecord.person_number))
    .where(ELSEWHERE)
    .group_by(OutsideRecord.course_id, OutsideRecord.periods)
)
TITLES = (
    select(Course.id, CourseText.title)
    .join(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version))
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == "vi"))
)


class Completions(NamedTuple):
    """`people`: numbers, one for each completion. `course_id`: None for what is no course of ours."""

    course_id: str | None
    periods: int
    people: list[int]


def completions(asked: Mapping[str, Any]) -> Iterator[Completions]:
    """A course may come several times: its versions, and what was learnt elsewhere, have their own periods."""
    for statement in (OURS, THEIRS):
        for found in rows(statement, **asked):
            yield Completions(found.course_id, found.periods, numbers(found.people))


def titles() -> dict[str, str]:
    """Of each course, its present Vietnamese title."""
    return {found.id: found.title for found in rows(TITLES)}
