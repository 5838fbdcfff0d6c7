"""Reading what happened elsewhere, and whom a line of an imported list may mean."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select

from lms_app.accounts.models import Person
from lms_app.certificates.models import OutsideRecord
from lms_app.core.db import row, rows
from lms_app.core.text import folded_pattern
from lms_app.courses.models import Course

_ALL = select(*OutsideRecord.__table__.columns)
_NAMED = OutsideRecord.full_name.regexp_match(bindparam("name"))
OF_PERSON = _ALL.where(OutsideRecord.person_id == bindparam("person")).order_by(
    OutsideRecord.issued_on.desc(), OutsideRecord.id
)
LATEST = (
    _ALL.where(_NAMED)
    .order_by(OutsideRecord.imported_at.desc(), OutsideRecord.full_name, OutsideRecord.id)
    .limit(bindparam("most"))
    .offset(bindparam("offset"))
)
COUNT = select(func.count()).select_from(OutsideRecord).where(_NAMED)
KNOWN = select(OutsideRecord.digest).where(OutsideRecord.digest.in_(bindparam("digests", expanding=True)))
BY_EMAIL = select(Person.id, Person.email).where(Person.email.in_(bindparam("emails", expanding=True)))
NAMESAKES = select(Person.id, Person.sort_key, Person.birth_date).where(
    Person.birth_date.in_(bindparam("days", expanding=True)),
    Person.sort_key.in_(bindparam("keys", expanding=True)),
    Person.active.is_(True),
)
COURSES = select(Course.id)


def of_person(person_id: UUID) -> Sequence[Row[Any]]:
    """Trainings elsewhere of one person, the newest first: not issued by us, not signed."""
    return rows(OF_PERSON, person=person_id)


def latest(name: str, most: int, offset: int) -> Sequence[Row[Any]]:
    """The newest imported first; of people with this in their name, however it is written."""
    return rows(LATEST, name=folded_pattern(name), most=most, offset=offset)


def count(name: str) -> int:
    found = row(COUNT, name=folded_pattern(name))
    return int(found[0]) if found else 0


def known(digests: Collection[str]) -> set[str]:
    """Those that were imported before."""
    return {found.digest for found in rows(KNOWN, digests=list(digests))}


def by_email(emails: Collection[str]) -> dict[str, UUID]:
    return {found.email: found.id for found in rows(BY_EMAIL, emails=list(emails))}


def namesakes(keys: Collection[str], days: Collection[date]) -> Sequence[Row[Any]]:
    """Id, `sort_key` and birth date of everybody with one of these names, in any case, and one of these days."""
    return rows(NAMESAKES, keys=list(keys), days=list(days))


def courses() -> frozenset[str]:
    return frozenset(found.id for found in rows(COURSES))
