"""What is owed to platforms, as an operator sees it: each grade, why it waits, when it is tried again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Row, String, Uuid, bindparam, case, func, literal_column, or_, select, update

from lms_app.accounts.models import Person
from lms_app.core.db import change, row, rows
from lms_app.core.outbox_rows import OutboxLane, OutboxRow
from lms_app.courses.models import CourseVersion
from lms_app.learning.models import Enrolment, QuizResult
from lms_app.learning.queries.studying import FINAL_RESULT, SHARE
from lms_app.lti.models import Grade, LtiUser, Platform
from lms_app.lti.queries.grades import OWN

UNSENT = ("held", "owed")
STATES = (*UNSENT, "sent", "given-up")
MOST, ALL = 200, 2**31 - 1
"""Grades on a page; those that need a person come first."""

_PLATFORM = or_(
    bindparam("platform", type_=Uuid).is_(None),
    LtiUser.platform_id == bindparam("platform", type_=Uuid),
)
_OWED = (
    select(
        Grade.id,
        Grade.lineitem,
        Grade.state,
        Grade.error,
        Grade.sent_share,
        Grade.sent_at,
        Platform.name.label("platform"),
        Person.name,
        Enrolment.course_id,
        SHARE.label("share"),
    )
    .join(LtiUser, LtiUser.id == Grade.user_id)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .join(Person, Person.id == LtiUser.person_id)
    .join(Enrolment, OWN)
    .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
    .outerjoin(QuizResult, FINAL_RESULT)
)
_RANK = case({state: place for place, state in enumerate(STATES)}, value=Grade.state, else_=len(STATES))
_SCORED = or_(Grade.state != "owed", SHARE.is_not(None))
"""A learner without a score is owed nothing yet."""

OWED = (
    _OWED.where(
        _PLATFORM,
        Grade.state.in_(bindparam("states", expanding=True)),
        or_(bindparam("unscored", type_=Boolean), _SCORED),
    )
    .order_by(_RANK, Platform.name, Person.sort_key, Grade.id)
    .limit(bindparam("most"))
)
ONE = _OWED.where(Grade.id == bindparam("grade"))
COUNTS = (
    select(LtiUser.platform_id, Grade.state, func.count().label("grades"))
    .join(LtiUser, LtiUser.id == Grade.user_id)
    .join(Enrolment, OWN)
    .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
    .outerjoin(QuizResult, FINAL_RESULT)
    .where(_SCORED)
    .group_by(LtiUser.platform_id, Grade.state)
)
IDS = (
    select(Grade.id, Grade.lineitem)
    .join(LtiUser, LtiUser.id == Grade.user_id)
    .where(_PLATFORM, Grade.state.in_(bindparam("states", expanding=True)))
)
MARK = update(Grade).where(Grade.id.in_(bindparam("grades", expanding=True))).values(state="owed", error=None)
TRIES = (
    select(OutboxRow.id, OutboxRow.key, OutboxRow.state, OutboxRow.due_at, OutboxRow.owner, OutboxLane.paused_until)
    .join(OutboxLane, OutboxLane.lane == OutboxRow.lane)
    .where(
        OutboxRow.key.in_(bindparam("keys", expanding=True, type_=String)),
        OutboxRow.state.in_([literal_column("'open'"), literal_column("'held'")]),
    )
    .order_by(OutboxRow.id)
)


def grades(platform_id: UUID | None, states: Collection[str]) -> Sequence[Row[Any]]:
    """Grades of one platform or all, those on hold first; so many as a page holds. `share`: the score that stands."""
    return rows(OWED, platform=platform_id, states=list(states), unscored=False, most=MOST)


def every(states: Collection[str]) -> Sequence[Row[Any]]:
    """All of them, those without a score too (`share` is None)."""
    return rows(OWED, platform=None, states=list(states), unscored=True, most=ALL)


def grade(grade_id: UUID) -> Row[Any] | None:
    return row(ONE, grade=grade_id)


def counts() -> dict[UUID, dict[str, int]]:
    """Platform -> state -> grades."""
    found: dict[UUID, dict[str, int]] = {}
    for one in rows(COUNTS):
        found.setdefault(one.platform_id, {})[one.state] = one.grades
    return found


def ids(platform_id: UUID | None, states: Collection[str]) -> list[tuple[UUID, str]]:
    """Grade and line item of all, in the order in which the outbox wants its keys."""
    found = rows(IDS, platform=platform_id, states=list(states))
    return sorted(((one.id, one.lineitem) for one in found), key=str)


def mark_owed(grade_ids: Sequence[UUID]) -> None:
    change(MARK, grades=list(grade_ids))


def tries(keys: Sequence[str]) -> dict[str, Row[Any]]:
    """Key -> its last unfinished row in the outbox."""
    return {one.key: one for one in rows(TRIES, keys=list(keys))}


def next_try(found: Row[Any] | None) -> datetime | None:
    """When a row is tried again, its host's pause counted in; None when that is for a person to say."""
    if found is None or found.state != "open":
        return None
    at: datetime = max(found.due_at, found.paused_until)
    return at
