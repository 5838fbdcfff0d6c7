"""Who works below a unit, who of them is trained, who is late: each statement answers for any number of units.

People come as one text of their numbers for a unit: a hundred thousand rows would cost ten times as much to fetch, and
what is distinct where is then counted in Python (docs/decisions/0019 and 0020). Parameters that most statements have:
`starts` (ids), `day`, `apart`, `own`, see `SCOPE`; `since_at` and `until_at`, the first moment of the period and the
first after it; `since`, its first day; `group` and `course`, "" for any.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Executable,
    Row,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from lms_app.accounts.models import Employment
from lms_app.accounts.queries.reach import employed
from lms_app.certificates.models import REVOKED, Certificate, OutsideRecord
from lms_app.core.db import Instant, row, rows
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import Headcount, Target, Unit
from lms_app.organisations.queries.tree import DAY, LINE, REACH, existing

_child, _voided = aliased(Unit), aliased(Enrolment)
_first = (
    select(Unit.id, case((bindparam("apart", type_=Boolean), Unit.id)).label("branch"))
    .where(Unit.id.in_(bindparam("starts", expanding=True)), existing(Unit))
    .cte("scope", recursive=True)
)
SCOPE = _first.union(
    select(_child.id, func.coalesce(_first.c.branch, _child.id))
    .join(_first, _child.parent_id == _first.c.id)
    .where(existing(_child), not_(bindparam("own", type_=Boolean)))
)
"""`id` of every unit at or below `starts` on that day, and the `branch` it lies in: the child of the start that leads
to it, None for the start itself; with `apart`, the start. `own`: the starts alone, without what is below."""

GROUP = or_(bindparam("group", type_=String) == "", Employment.group == bindparam("group"))
"""Every post, or those of one audience group."""

VOID = (
    select(_voided.id)
    .join(Certificate, and_(Certificate.enrolment_id == _voided.id, Certificate.code == _voided.certificate))
    .where(Certificate.status == REVOKED, Certificate.revoked_at >= _voided.completed_at)
)
"""Enrolments whose newest certificate was revoked and that were not completed anew since: they prove nothing."""

_SINCE, _UNTIL = bindparam("since_at", type_=Instant), bindparam("until_at", type_=Instant)


def course_is(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return or_(bindparam("course", type_=String) == "", column == bindparam("course"))


COMPLETED = and_(
    Enrolment.completed_at >= _SINCE,
    Enrolment.completed_at < _UNTIL,
    course_is(Enrolment.course_id),
    Enrolment.id.not_in(VOID),
)
ELSEWHERE = and_(
    OutsideRecord.issued_on >= bindparam("since", type_=Date),
    OutsideRecord.issued_on <= DAY,
    OutsideRecord.person_id.is_not(None),
    course_is(OutsideRecord.course_id),
)
OVERDUE = and_(
    Enrolment.due_at < _UNTIL,
    or_(func.coalesce(Enrolment.completed_at, _UNTIL) >= _UNTIL, Enrolment.id.in_(VOID)),
    course_is(Enrolment.course_id),
)
"""Not completed by then, in words that no index serves: the due day or the person finds the few rows."""

STAFF_IDS = select(Employment.person_id).join(SCOPE, SCOPE.c.id == Employment.unit_id).where(employed(), GROUP)


def listed(column: Any) -> Any:
    """Numbers as one text, see `numbers`."""
    return func.aggregate_strings(cast(column, String), ",").label("people")


_newest = (
    select(func.max(Headcount.on))
    .where(Headcount.unit_id == SCOPE.c.id, Headcount.on <= DAY)
    .correlate(SCOPE)
    .scalar_subquery()
)
_there = (
    select(listed(Employment.person_number))
    .where(Employment.unit_id == SCOPE.c.id, employed(), GROUP)
    .correlate(SCOPE)
    .scalar_subquery()
)
UNITS = (
    select(
        *(Unit.id, Unit.code, Unit.name, Unit.kind, SCOPE.c.branch, _there.label("people")),
        *(Headcount.ld, Headcount.ct, Headcount.cc, Headcount.source),
    )
    .select_from(SCOPE)
    .join(Unit, Unit.id == SCOPE.c.id)
    .outerjoin(Headcount, and_(Headcount.unit_id == SCOPE.c.id, Headcount.on == _newest))
    .order_by(Unit.code)
)
"""People by a subquery for each unit: grouping would sort everybody first."""

DID = union_all(
    select(Enrolment.person_id).where(COMPLETED), select(OutsideRecord.person_id).where(ELSEWHERE)
).subquery()
"""`person_id` of whoever did it, here or elsewhere, once for each time."""

_ours: Any = select(Enrolment.person_number).where(COMPLETED)
_theirs: Any = select(OutsideRecord.person_number).where(ELSEWHERE)

_late = select(Enrolment.person_number).where(OVERDUE)
OUR_STAFF, THEIR_STAFF = Enrolment.person_id.in_(STAFF_IDS), OutsideRecord.person_id.in_(STAFF_IDS)
EVERYBODY, EACH = False, True
DONE = {
    EVERYBODY: select(listed(union_all(_ours, _theirs).subquery().c.person_number)),
    EACH: select(listed(union_all(_ours.where(OUR_STAFF), _theirs.where(THEIR_STAFF)).subquery().c.person_number)),
}
LATE = {
    EVERYBODY: select(listed(_late.subquery().c.person_number)),
    EACH: select(listed(_late.where(OUR_STAFF).subquery().c.person_number)),
}
"""Numbers of who did it, once for each time: read what everybody did, or look up each of the staff, who are few."""

ABOVE = select(Unit.id, Unit.code, Unit.name).join(LINE, LINE.c.id == Unit.id).order_by(LINE.c.height.desc())
TARGET = (
    select(Target.value, Target.act)
    .join(LINE, LINE.c.id == Target.unit_id)
    .where(
        Target.indicator == "K2",
        Target.group.in_(("", bindparam("group"))),
        Target.valid_from <= DAY,
        or_(Target.valid_until.is_(None), Target.valid_until >= DAY),
    )
    .order_by(LINE.c.height, Target.group.desc(), Target.valid_from.desc())
    .limit(1)
)
TOPS = (
    select(Unit.id, Unit.code, Unit.name)
    .join(REACH, REACH.c.id == Unit.id)
    .where(or_(Unit.parent_id.is_(None), Unit.parent_id.not_in(select(REACH.c.id))))
    .order_by(Unit.code)
)


def units(scope: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Each unit of the scope with its branch, its people's numbers, and the newest headcount it stated (or None)."""
    return rows(UNITS, **scope)


def done(asked: Mapping[str, Any], *, few: bool) -> list[int]:
    """Numbers of who completed a course in the period, once for each course."""
    return _people(DONE[few], asked)


def late(asked: Mapping[str, Any], *, few: bool) -> list[int]:
    """Numbers of who is late, once for each course."""
    return _people(LATE[few], asked)


def numbers(people: str | None) -> list[int]:
    """Of a text that `listed` made, or None when there was nobody."""
    return list[int](json.loads(f"[{people or ''}]"))


def above(unit_id: UUID) -> Sequence[Row[Any]]:
    """What the unit lies below, from the top down, and itself at the end."""
    return rows(ABOVE, unit=unit_id)


def target(unit_id: UUID, day: date, group: str) -> Row[Any] | None:
    """The K2 target that holds for the unit on the day: the nearest above it, there the group's own before all's."""
    return row(TARGET, unit=unit_id, day=day, group=group)


def tops(roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """The highest units of these trees that are there on that day."""
    return rows(TOPS, roots=list(roots), day=day)


def _people(statement: Executable, asked: Mapping[str, Any]) -> list[int]:
    found = row(statement, **asked)
    return numbers(found.people) if found else []
