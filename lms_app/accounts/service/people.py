"""People and their names: making, finding, renaming."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import select

from lms_app.accounts.forms.names import full_name
from lms_app.accounts.models import Employment, Person, Role
from lms_app.accounts.service.signing_in import hashed
from lms_app.core import audit, outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.text import clean, name_key

NAMED = "accounts.named"
STAFFED = "accounts.staffed"
AT_ONCE = 500


def confirm_name(person_id: UUID, name: str) -> None:
    """The bearer's own word on the name to be printed, as it stands or mended. Raises `Invalid` as `rename`."""
    rename(person_id, name)
    owe_certificates(person_id)


def owe_certificates(person_id: UUID) -> None:
    """Have certified whatever this person, whose name is their own word, has completed without one."""
    outbox.put(NAMED, f"{NAMED}/{person_id}", "local", {"person": str(person_id)})


def owe_staffed(person_ids: Iterable[UUID]) -> None:
    """Tell the floors above that these people have new or changed posts; at most 500 of them a row."""
    ordered = sorted(map(str, person_ids))
    for at in range(0, len(ordered), AT_ONCE):
        some = ordered[at : at + AT_ONCE]
        outbox.put(STAFFED, f"{STAFFED}/{some[0]}", "local", {"people": some})


def rename(person_id: UUID, name: str) -> None:
    """The name as certificates print it. Raises `Invalid` as `forms.full_name`."""
    made = full_name(name)
    person = db.session.get_one(Person, person_id)
    audit.note(person_id, "accounts.rename", person_id, before=person.name)
    person.name, person.sort_key, person.name_source = made, name_key(made), "own"


def add_person(
    name: str, email: str | None = None, *, password: str | None = None, roles: tuple[str, ...] = ()
) -> Person:
    """A new person. The caller has checked that the address is free."""
    made = Person(
        name=clean(name),
        sort_key=name_key(name),
        email=email.lower() if email else None,
        password_hash=hashed(password) if password else None,
        created_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    db.session.add_all(Role(person_id=made.id, name=role) for role in roles)
    db.session.flush()
    return made


def employ(person_id: UUID, unit_id: UUID, position: str, group: str, since: date) -> None:
    db.session.add(Employment(person_id=person_id, unit_id=unit_id, position=position, group=group, since=since))


def by_email(email: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.email == email.lower()))
