"""Signing in by password or by e-mailed link. Answers do not tell who exists."""

import hashlib
import secrets
from datetime import timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, update

from lms_app.accounts.models import FrameSession, Person, SignInLink
from lms_app.accounts.queries import people as queries
from lms_app.core import audit, outbox
from lms_app.core.clock import now
from lms_app.core.db import db, release
from lms_app.core.errors import Invalid

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


def hashed(password: str) -> str:
    """What the database keeps of a password; slow by design."""
    return _hasher.hash(password)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def set_password(person_id: UUID, password: str) -> int:
    """A new password signs the person out everywhere else. Returns the new epoch."""
    release()
    password_hash = hashed(password)
    person = db.session.get_one(Person, person_id)
    person.password_hash = password_hash
    _end_sessions(person)
    audit.note(person_id, "accounts.password", person_id)
    return person.epoch


def shut_out(person_id: UUID) -> None:
    """End all sessions and links: from now on the person signs in at another address."""
    _end_sessions(db.session.get_one(Person, person_id))
    db.session.execute(delete(SignInLink).where(SignInLink.person_id == person_id))


def sign_out_everywhere(person_id: UUID) -> None:
    _end_sessions(db.session.get_one(Person, person_id))
    audit.note(person_id, "accounts.sign_out_everywhere", person_id)


def _end_sessions(person: Person) -> None:
    """Those of browsers by the epoch they carry, those in frames by their rows."""
    person.epoch += 1
    db.session.execute(delete(FrameSession).where(FrameSession.person_id == person.id))
