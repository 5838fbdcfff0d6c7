"""Signing in by password or by e-mailed link, and making people. Answers do not tell who exists."""

import hashlib
import secrets
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select, update

from lms_app.accounts import queries
from lms_app.accounts.forms import full_name
from lms_app.accounts.models import Employment, FrameSession, Person, Role, SignInLink
from lms_app.core import audit, outbox
from lms_app.core.clock import now
from lms_app.core.db import db, release
from lms_app.core.errors import Invalid
from lms_app.core.text import clean, name_key

LINK_HOURS = 24
LINK_TOPIC = "accounts.link"

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """Verified against when the address is unknown, so that the answer takes as long."""
    return _hasher.hash("nobody has this password")


def verified(email: str, password: str) -> tuple[UUID, int] | None:
    """Id and epoch of the person with this address and password, or None; as slow for an unknown address."""
    found = queries.credentials(email)
    release()
    try:
        _hasher.verify((found and found.password_hash) or _nobody(), password)
    except VerificationError:
        return None
    return (found.id, found.epoch) if found and found.password_hash else None


def owe_link(email: str) -> None:
    """Promise a sign-in link to this address if somebody has it. The caller answers the same either way."""
    found = queries.credentials(email)
    if found:
        outbox.put(LINK_TOPIC, f"{LINK_TOPIC}/{found.id}", "smtp", {"person": str(found.id)}, replace=True)


def make_link(person_id: UUID) -> str:
    """A new single-use token, good for 24 hours; only its digest is kept. For the job that sends the mail."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignInLink(digest=digest(token), person_id=person_id, expires_at=now() + timedelta(hours=LINK_HOURS))
    )
    return token


def use_link(token: str) -> tuple[UUID, int]:
    """Spend a link. Raises `Invalid` with a sentence when it is unknown, old or used."""
    found = queries.link(digest(token))
    if found is None or found.expires_at < now():
        raise Invalid("Liên kết này đã hết hạn hoặc không đúng. Hãy xin liên kết mới ở trang đăng nhập.")
    spent = db.session.execute(
        update(SignInLink)
        .where(SignInLink.digest == digest(token), SignInLink.used_at.is_(None))
        .values(used_at=now())
        .returning(SignInLink.digest)
    ).first()
    if spent is None:
        raise Invalid("Liên kết này đã dùng một lần. Hãy xin liên kết mới ở trang đăng nhập.")
    return found.id, found.epoch


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def set_password(person_id: UUID, password: str) -> int:
    """A new password signs the person out everywhere else. Returns the new epoch."""
    release()
    hashed = _hasher.hash(password)
    person = db.session.get_one(Person, person_id)
    person.password_hash = hashed
    _end_sessions(person)
    audit.note(person_id, "accounts.password", person_id)
    return person.epoch


def sign_out_everywhere(person_id: UUID) -> None:
    _end_sessions(db.session.get_one(Person, person_id))
    audit.note(person_id, "accounts.sign_out_everywhere", person_id)


def _end_sessions(person: Person) -> None:
    """Those of browsers by the epoch they carry, those in frames by their rows."""
    person.epoch += 1
    db.session.execute(delete(FrameSession).where(FrameSession.person_id == person.id))


NAMED = "accounts.named"


def confirm_name(person_id: UUID, name: str) -> None:
    """The bearer's own word on the name to be printed, as it stands or mended. Raises `Invalid` as `rename`."""
    rename(person_id, name)
    owe_certificates(person_id)


def owe_certificates(person_id: UUID) -> None:
    """Have certified whatever this person, whose name is their own word, has completed without one."""
    outbox.put(NAMED, f"{NAMED}/{person_id}", "local", {"person": str(person_id)})


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
        password_hash=_hasher.hash(password) if password else None,
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
