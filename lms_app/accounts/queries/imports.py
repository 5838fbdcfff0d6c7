"""Staff lists on their way, and what is known of the people that they name."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select

from lms_app.accounts.models import Employment, Person, Role, StaffImport
from lms_app.core.db import row, rows
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree

WAITING, CHECKING, CHECKED, APPLYING = "waiting", "checking", "checked", "applying"
DONE, REFUSED, CANCELLED = "done", "refused", "cancelled"
OPEN = (WAITING, CHECKING, CHECKED)
"""What its sender may still call off."""

AT_ONCE = 40
"""Units whose posts are read in one statement."""

ONE = select(*StaffImport.__table__.columns).where(StaffImport.id == bindparam("which"))
MINE = (
    select(*StaffImport.__table__.columns)
    .where(StaffImport.sent_by == bindparam("sender"))
    .order_by(StaffImport.created_at.desc(), StaffImport.id)
    .limit(30)
)
STILL_OPEN = select(StaffImport.id).where(StaffImport.sent_by == bindparam("sender"), StaffImport.state.in_(OPEN))
OLD = select(StaffImport.id).where(StaffImport.created_at < bindparam("before"))
UNITS = select(Unit.id, Unit.code, Unit.name).join(tree.REACH, tree.REACH.c.id == Unit.id).order_by(Unit.code)
PEOPLE = select(
    *(Person.id, Person.name, Person.sort_key, Person.name_source, Person.email, Person.staff_code),
    *(Person.birth_date, Person.birth_year, Person.sex, Person.phone),
).where(
    or_(
        Person.staff_code.in_(bindparam("codes", expanding=True)),
        Person.email.in_(bindparam("emails", expanding=True)),
    )
)
_POST = (
    *(Employment.id, Employment.person_id, Employment.unit_id, Employment.position),
    *(Employment.group.label("group"), Employment.duty, Employment.since, Employment.until),
)
POSTS = (
    select(*_POST)
    .where(Employment.person_id.in_(bindparam("people", expanding=True)))
    .order_by(Employment.since, Employment.id)
)
ROLE_HOLDERS = select(Role.person_id).where(Role.person_id.in_(bindparam("people", expanding=True)))
PRESENT = (
    select(*_POST, Person.name, Person.staff_code, Person.email)
    .join(Person, Person.id == Employment.person_id)
    .where(
        Employment.unit_id.in_(bindparam("units", expanding=True)),
        Employment.since <= tree.DAY,
        Employment.until.is_(None),
    )
    .order_by(Person.sort_key, Employment.id)
)
"""Who works in these units, and of whom nobody said until when."""


def one(import_id: UUID) -> Row[Any] | None:
    return row(ONE, which=import_id)


def mine(sender: UUID) -> Sequence[Row[Any]]:
    """The thirty newest."""
    return rows(MINE, sender=sender)


def still_open(sender: UUID) -> list[UUID]:
    return [found.id for found in rows(STILL_OPEN, sender=sender)]


def older_than(before: datetime) -> list[UUID]:
    return [found.id for found in rows(OLD, before=before)]


def units(roots: Collection[UUID], day: date) -> Sequence[Row[Any]]:
    """Id, code and name of what is there on the day, in these trees."""
    return rows(UNITS, roots=list(roots), day=day)


def people(codes: Collection[str], emails: Collection[str]) -> Sequence[Row[Any]]:
    return rows(PEOPLE, codes=list(codes), emails=list(emails))


def posts(person_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """All they ever had, the oldest first."""
    return rows(POSTS, people=list(person_ids))


def role_holders(person_ids: Collection[UUID]) -> frozenset[UUID]:
    return frozenset(found.person_id for found in rows(ROLE_HOLDERS, people=list(person_ids)))


def present(unit_ids: Collection[UUID], day: date) -> Iterator[Row[Any]]:
    """The posts of these units on a day, with whose they are."""
    ordered = sorted(unit_ids)
    for at in range(0, len(ordered), AT_ONCE):
        yield from rows(PRESENT, units=ordered[at : at + AT_ONCE], day=day)
