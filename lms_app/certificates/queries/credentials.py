"""Keys that sign credentials and files, and the bits of the status lists."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Row, and_, bindparam, func, or_, select

from lms_app.certificates.models import BADGE, SEAL, VALID, Certificate, IssuerProfile, SigningKey
from lms_app.core.db import row, rows

BADGE_KEYS = (
    select(SigningKey.name, SigningKey.location, SigningKey.jwk, SigningKey.retired_at)
    .where(SigningKey.purpose == BADGE)
    .order_by(SigningKey.created_at, SigningKey.name)
)
SEALS = (
    select(SigningKey.id, SigningKey.name, SigningKey.chain, SigningKey.self_made)
    .where(SigningKey.purpose == SEAL)
    .order_by(SigningKey.created_at, SigningKey.name)
)
LISTS = select(func.coalesce(func.max(Certificate.status_list), 0).label("newest"))
SET_BITS = (
    select(Certificate.status_index)
    .where(Certificate.status_list == bindparam("number"), Certificate.status != VALID)
    .order_by(Certificate.status_index)
)
ISSUER = select(IssuerProfile.name).order_by(IssuerProfile.valid_from.desc()).limit(1)

ISSUERS_WITH = (
    select(IssuerProfile.name)
    .where(
        or_(
            IssuerProfile.key_id == bindparam("key"),
            and_(IssuerProfile.key_id.is_(None), bindparam("self_made", type_=Boolean())),
        )
    )
    .distinct()
    .order_by(IssuerProfile.name)
)
ACHIEVEMENT = (
    select(Certificate.course_id, Certificate.course_title, Certificate.periods, Certificate.minutes, Certificate.form)
    .where(Certificate.course_id == bindparam("course"))
    .order_by(Certificate.issued_at.desc())
    .limit(1)
)


def badge_keys() -> Sequence[Row[Any]]:
    """Every key that ever signed credentials, oldest first."""
    return rows(BADGE_KEYS)


def seals() -> Sequence[Row[Any]]:
    """Every key that ever sealed a PDF, oldest first."""
    return rows(SEALS)


def newest_list() -> int:
    """Status lists are numbered from 1; 0 while nothing is issued."""
    found = row(LISTS)
    return int(found.newest) if found else 0


def set_bits(number: int) -> list[int]:
    """What is revoked or replaced, by its place in a status list."""
    return [found.status_index for found in rows(SET_BITS, number=number)]


def issuer_name() -> str | None:
    found = row(ISSUER)
    return str(found.name) if found else None


def issuers_with(key_id: UUID, *, self_made: bool) -> list[str]:
    """Who signs with a key; whoever names none takes the one that was made at setup."""
    return [found.name for found in rows(ISSUERS_WITH, key=key_id, self_made=self_made)]


def achievement(course_id: str) -> Row[Any] | None:
    """A course as its newest certificate names it; None while there is none."""
    return row(ACHIEVEMENT, course=course_id)
