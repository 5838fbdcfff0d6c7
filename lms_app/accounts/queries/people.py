"""Reading people."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, select

from lms_app.accounts.access import Person, Scope
from lms_app.accounts.models import Employment, FrameSession, Role, SignInLink
from lms_app.accounts.models import Person as PersonRow
from lms_app.core.db import change, row, rows
from lms_app.organisations.models import Unit

_COLUMNS = (PersonRow.id, PersonRow.name, PersonRow.email, PersonRow.locale, PersonRow.epoch, PersonRow.name_source)
PERSON = (
    select(*_COLUMNS, Role.name.label("role"), Role.unit_id)
    .outerjoin(Role, Role.person_id == PersonRow.id)
    .where(PersonRow.id == bindparam("person"), PersonRow.active.is_(True))
)
"""A row for each role: one statement without an aggregate, whose separator SQLAlchemy would render anew each time."""
FRAMED = (
    select(*_COLUMNS, FrameSession.scope)
    .join(FrameSession, FrameSession.person_id == PersonRow.id)
    .where(
        FrameSession.digest == bindparam("digest"),
        FrameSession.expires_at > bindparam("now"),
        PersonRow.active.is_(True),
    )
)
ENDED = delete(FrameSession).where(FrameSession.expires_at <= bindparam("now"))
CREDENTIALS = select(PersonRow.id, PersonRow.epoch, PersonRow.password_hash).where(
    PersonRow.email == bindparam("email"), PersonRow.active.is_(True)
)
LINK = (
    select(PersonRow.id, PersonRow.epoch, PersonRow.name, SignInLink.expires_at, SignInLink.used_at)
    .join(PersonRow, PersonRow.id == SignInLink.person_id)
    .where(SignInLink.digest == bindparam("digest"), PersonRow.active.is_(True))
)
PROFILE = (
    select(
        PersonRow.name,
        PersonRow.email,
        PersonRow.birth_date,
        PersonRow.locale,
        PersonRow.reminders,
        Employment.position,
        Unit.name.label("unit"),
    )
    .outerjoin(Employment, (Employment.person_id == PersonRow.id) & Employment.until.is_(None))
    .outerjoin(Unit, Unit.id == Employment.unit_id)
    .where(PersonRow.id == bindparam("person"))
    .order_by(Employment.since.desc())
)
NUMBERS = select(PersonRow.id, PersonRow.number).where(PersonRow.id.in_(bindparam("people", expanding=True)))


def person(person_id: UUID) -> Person | None:
    found = rows(PERSON, person=person_id)
    if not found:
        return None
    unit_id = next((one.unit_id for one in found if one.role == "hr"), None)
    return _person(found[0], frozenset(one.role for one in found if one.role), unit_id=unit_id)


def framed_person(digest: str, now: datetime) -> Person | None:
    """The person of a frame session, with what its launch allows and no role; None when it has ended."""
    found = row(FRAMED, digest=digest, now=now)
    if found is None:
        return None
    scope = found.scope
    allowed = Scope(scope["course"], UUID(scope["launch"]), scope["use"], scope["origin"], scope["back"])
    return _person(found, frozenset(), allowed)


def _person(found: Row[Any], roles: frozenset[str], scope: Scope | None = None, unit_id: UUID | None = None) -> Person:
    source = found.name_source
    return Person(found.id, found.name, found.email, found.locale, found.epoch, roles, scope, source, unit_id)


def numbers(person_ids: Collection[UUID]) -> dict[UUID, int]:
    """Of each of these people, see `numbering`."""
    return {found.id: found.number for found in rows(NUMBERS, people=list(person_ids))}


def profile(person_id: UUID) -> Row[Any] | None:
    """Name, e-mail, birth date, locale, reminders, and the present position and unit (None where not known)."""
    return row(PROFILE, person=person_id)


def forget_sessions(now: datetime) -> None:
    """Delete the frame sessions that have ended."""
    change(ENDED, now=now)


def credentials(email: str) -> Row[Any] | None:
    return row(CREDENTIALS, email=email)


def link(digest: str) -> Row[Any] | None:
    return row(LINK, digest=digest)
