"""Reading the keys that seal."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select

from lms_app.certificates.models import SEAL, Issuer, IssuerProfile, SigningKey
from lms_app.core.db import row, rows

EXTERNAL = "external:"
"""Location of a key that we never see: its files wait, unsigned, until the office has signed them elsewhere."""

_SEALS = select(*SigningKey.__table__.columns).where(SigningKey.purpose == SEAL)
ALL = _SEALS.order_by(SigningKey.created_at)
BY_ID = _SEALS.where(SigningKey.id == bindparam("key"))
BY_NAME = _SEALS.where(SigningKey.name == bindparam("name"))
OF_PROFILE = _SEALS.join(IssuerProfile, IssuerProfile.key_id == SigningKey.id).where(
    IssuerProfile.id == bindparam("profile")
)
SELF_MADE = _SEALS.where(SigningKey.self_made, SigningKey.retired_at.is_(None)).order_by(SigningKey.created_at.desc())
HOW_MANY_MADE = select(func.count()).where(SigningKey.purpose == SEAL, SigningKey.self_made)
USES = (
    select(
        IssuerProfile.key_id,
        Issuer.code,
        IssuerProfile.name,
        IssuerProfile.valid_from,
        IssuerProfile.valid_until,
    )
    .join(Issuer, Issuer.id == IssuerProfile.issuer_id)
    .order_by(Issuer.code, IssuerProfile.valid_from)
)


def seals() -> Sequence[Row[Any]]:
    return rows(ALL)


def by_id(key_id: UUID) -> Row[Any] | None:
    return row(BY_ID, key=key_id)


def by_name(name: str) -> Row[Any] | None:
    return row(BY_NAME, name=name)


def of_profile(profile_id: UUID) -> Row[Any] | None:
    """The key that the profile names, retired or not; None when it names none."""
    return row(OF_PROFILE, profile=profile_id)


def self_made() -> Row[Any] | None:
    """The newest key made here that still signs."""
    return row(SELF_MADE)


def how_many_made() -> int:
    found = row(HOW_MANY_MADE)
    return int(found[0]) if found else 0


def uses() -> Sequence[Row[Any]]:
    """Which key each issuer's profiles name, by issuer and time; `key_id` None: the one made here."""
    return rows(USES)
