"""The people of units: how many work there, who looks after them, whom a change of units left without one."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from lms_app.accounts.models import Employment, Person, Role
from lms_app.accounts.queries.reach import employed
from lms_app.core.db import row, rows
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree

_ID = Unit.id.type
_own = Employment.unit_id == bindparam("unit", type_=_ID)
STAFF = (
    select(
        func.count(Employment.person_id.distinct()).label("whole"),
        func.count(Employment.person_id.distinct()).filter(_own).label("own"),
    )
    .join(tree.REACH, tree.REACH.c.id == Employment.unit_id)
    .join(Person, Person.id == Employment.person_id)
    .where(employed(), Person.active.is_(True))
)
OFFICERS = (
    select(Person.id, Person.name, Person.email)
    .join(Role, Role.person_id == Person.id)
    .where(Role.name == "hr", Role.unit_id == bindparam("unit", type_=_ID), Person.active.is_(True))
    .order_by(Person.sort_key, Person.id)
)

_later = aliased(Employment)
_ended = (
    select(
        Person.id,
        Person.name,
        Person.staff_code,
        Employment.position,
        Unit.id.label("unit_id"),
        Unit.name.label("unit"),
        Unit.valid_until,
    )
    .join(Employment, Employment.person_id == Person.id)
    .join(Unit, Unit.id == Employment.unit_id)
    .where(
        Person.active.is_(True),
        Unit.valid_until.is_not(None),
        Employment.until == Unit.valid_until,
        ~select(_later.id)
        .where(_later.person_id == Person.id, or_(_later.until.is_(None), _later.until > Unit.valid_until))
        .exists(),
    )
)
UNPLACED = _ended.order_by(Unit.valid_until.desc(), Unit.name, Person.sort_key, Person.id).limit(bindparam("most"))
UNPLACED_COUNT = select(func.count()).select_from(_ended.subquery())


def staff(unit_id: UUID, day: date) -> tuple[int, int]:
    """How many people work on that day in the unit itself, and in it with all below it."""
    found = row(STAFF, unit=unit_id, roots=[unit_id], day=day)
    return (found.own, found.whole) if found else (0, 0)


def officers(unit_id: UUID) -> Sequence[Row[Any]]:
    """Who looks after this unit's staff, apart from those who look after everybody's."""
    return rows(OFFICERS, unit=unit_id)


def unplaced(most: int) -> Sequence[Row[Any]]:
    """Who worked in a unit to its last day, and since then nowhere: a split or an abolition left them so."""
    return rows(UNPLACED, most=most)


def unplaced_count() -> int:
    found = row(UNPLACED_COUNT)
    return int(found[0]) if found else 0
