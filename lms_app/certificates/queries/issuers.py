"""Reading issuers and how they certify from when to when."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select

from lms_app.certificates.models import Certificate, Issuer, IssuerProfile, SigningKey
from lms_app.core.db import row, rows

_USED = (
    select(func.count(Certificate.id)).where(Certificate.profile_id == IssuerProfile.id).correlate(IssuerProfile)
).scalar_subquery()
_ALL = (
    select(
        Issuer.code,
        *IssuerProfile.__table__.columns,
        SigningKey.name.label("key_name"),
        _USED.label("issued"),
    )
    .join(IssuerProfile, IssuerProfile.issuer_id == Issuer.id)
    .outerjoin(SigningKey, SigningKey.id == IssuerProfile.key_id)
    .order_by(Issuer.code, IssuerProfile.valid_from.desc())
)
PROFILES = _ALL
SEAL = select(IssuerProfile.seal).where(IssuerProfile.id == bindparam("profile"))
OF_ISSUER = _ALL.where(Issuer.code == bindparam("code"))
ONE = _ALL.where(IssuerProfile.id == bindparam("profile"))


def profiles() -> Sequence[Row[Any]]:
    """Every profile with its issuer's code, its key's name and how many certificates it issued; the newest first."""
    return rows(PROFILES)


def of_issuer(code: str) -> Sequence[Row[Any]]:
    return rows(OF_ISSUER, code=code)


def profile(profile_id: UUID) -> Row[Any] | None:
    return row(ONE, profile=profile_id)


def seal(profile_id: UUID) -> str | None:
    """Key of its picture among the files."""
    found = row(SEAL, profile=profile_id)
    return found.seal if found else None
