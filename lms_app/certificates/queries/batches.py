"""Reading batches, their progress, and who may be in the next one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, case, exists, func, select

from lms_app.accounts.models import Employment, Person
from lms_app.certificates.models import IssueBatch, IssueItem
from lms_app.core.db import row, rows
from lms_app.courses.models import Course, CourseText, CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import Unit

RUNNING, DONE, CANCELLED = "running", "done", "cancelled"
WAITING, ISSUED, REFUSED = "waiting", "issued", "refused"
READY, UNCOMPLETED, NAMELESS, BUSY = "ready", "uncompleted", "nameless", "busy"
"""What stands in the way of a certificate, beside that there is one."""

NEWEST = 50
MOST = 10_000
"""Candidates looked at for one batch."""

REFUSALS = 200


def _count(state: str) -> Any:
    return func.coalesce(func.sum(case((IssueItem.state == state, 1), else_=0)), 0).label(state)


_BATCHES = (
    select(
        IssueBatch.id,
        IssueBatch.title,
        IssueBatch.decision,
        IssueBatch.ordered_by_name,
        IssueBatch.state,
        IssueBatch.created_at,
        IssueBatch.finished_at,
        _count(WAITING),
        _count(ISSUED),
        _count(REFUSED),
    )
    .outerjoin(IssueItem, IssueItem.batch_id == IssueBatch.id)
    .group_by(IssueBatch.id)
)
NEWEST_BATCHES = _BATCHES.order_by(IssueBatch.created_at.desc()).limit(NEWEST)
ONE = _BATCHES.where(IssueBatch.id == bindparam("batch"))
REFUSED_ITEMS = (
    select(Person.name, Person.email, IssueItem.error)
    .join(Enrolment, Enrolment.id == IssueItem.enrolment_id)
    .join(Person, Person.id == Enrolment.person_id)
    .where(IssueItem.batch_id == bindparam("batch"), IssueItem.state == REFUSED)
    .order_by(Person.sort_key, IssueItem.enrolment_id)
    .limit(REFUSALS)
)
COURSES = (
    select(Course.id, CourseText.title, CourseVersion.certificate)
    .join(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version))
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == "vi"))
    .order_by(CourseText.title)
)
UNITS = select(Unit.id, Unit.name).order_by(Unit.name, Unit.id)
_below = select(Unit.id).where(Unit.id == bindparam("unit")).cte("below", recursive=True)
_below = _below.union(select(Unit.id).join(_below, Unit.parent_id == _below.c.id))
_CANDIDATES = (
    select(
        Enrolment.id,
        Enrolment.completed_at,
        Enrolment.certificate,
        Person.name,
        Person.name_source,
        Person.email,
        exists()
        .where(IssueItem.enrolment_id == Enrolment.id, IssueItem.state == WAITING)
        .correlate(Enrolment)
        .label("busy"),
    )
    .join(Person, Person.id == Enrolment.person_id)
    .where(Enrolment.course_id == bindparam("course"))
    .order_by(Person.sort_key, Enrolment.id)
    .limit(MOST)
)
_IN_UNIT = exists().where(
    Employment.person_id == Enrolment.person_id, Employment.until.is_(None), Employment.unit_id.in_(select(_below.c.id))
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody in the course. `state`: issued, uncompleted, nameless, busy (in a batch that runs) or ready."""

    enrolment_id: UUID
    name: str
    email: str
    completed_at: datetime | None
    state: str
    confirmed: bool


def newest() -> Sequence[Row[Any]]:
    return rows(NEWEST_BATCHES)


def batch(batch_id: UUID) -> Row[Any] | None:
    """A batch with its counts `waiting`, `issued`, `refused`."""
    return row(ONE, batch=batch_id)


def refused(batch_id: UUID) -> Sequence[Row[Any]]:
    """At most 200, by name."""
    return rows(REFUSED_ITEMS, batch=batch_id)


def courses() -> list[Row[Any]]:
    """Those that give certificates."""
    return [found for found in rows(COURSES) if found.certificate]


def units() -> Sequence[Row[Any]]:
    return rows(UNITS)


def search_candidates(
    course: str, unit: UUID | None, since: datetime | None, until: datetime | None, emails: Sequence[str]
) -> list[Candidate]:
    """By name, at most 10,000. `since` and `until` (exclusive) are about completion; `emails`: only these, if any."""
    wanted, values = _CANDIDATES, dict[str, Any](course=course)
    if unit:
        wanted, values["unit"] = wanted.where(_IN_UNIT), unit
    if since:
        wanted = wanted.where(Enrolment.completed_at >= since)
    if until:
        wanted = wanted.where(Enrolment.completed_at < until)
    if emails:
        wanted = wanted.where(Person.email.in_(emails))
    return [
        Candidate(one.id, one.name, one.email or "", one.completed_at, _state(one), one.name_source == "own")
        for one in rows(wanted, **values)
    ]


def digest(enrolment_ids: Sequence[UUID]) -> str:
    """Tells whether a list is still the one that was shown."""
    return hashlib.sha256(",".join(sorted(map(str, enrolment_ids))).encode()).hexdigest()[:16]


def _state(one: Row[Any]) -> str:
    if one.certificate:
        return ISSUED
    if one.completed_at is None:
        return UNCOMPLETED
    if one.busy:
        return BUSY
    return NAMELESS if one.name_source == "none" else READY
