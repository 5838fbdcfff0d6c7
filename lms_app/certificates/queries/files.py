"""Reading which PDFs were given out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import aliased

from lms_app.certificates.models import VALID, Certificate, CertificateFile, IssuerProfile, SigningKey
from lms_app.certificates.queries.keys import EXTERNAL
from lms_app.core.db import row, rows

_Next = aliased(Certificate)
BY_DIGEST = (
    select(
        CertificateFile.certificate_id,
        CertificateFile.level,
        CertificateFile.key_id,
        CertificateFile.made_at,
        SigningKey.chain,
        SigningKey.self_made,
    )
    .outerjoin(SigningKey, SigningKey.id == CertificateFile.key_id)
    .where(CertificateFile.digest == bindparam("digest"))
)
UNSIGNED = (
    select(
        Certificate.id,
        Certificate.code,
        Certificate.serial,
        Certificate.full_name,
        Certificate.issued_at,
        Certificate.file_key,
        Certificate.file_sha256,
        Certificate.file_bytes,
    )
    .join(IssuerProfile, IssuerProfile.id == Certificate.profile_id)
    .join(SigningKey, SigningKey.id == IssuerProfile.key_id)
    .where(
        SigningKey.location.startswith(EXTERNAL),
        Certificate.file_level == "",
        Certificate.file_key.is_not(None),
        Certificate.status == VALID,
    )
    .order_by(Certificate.issued_at, Certificate.number)
)
HOW_MANY_UNSIGNED = select(func.count()).select_from(UNSIGNED.order_by(None).subquery())
SUCCESSOR = (
    select(_Next.serial, _Next.code)
    .join(Certificate, Certificate.replaced_by_id == _Next.id)
    .where(Certificate.id == bindparam("certificate"))
)


def by_digest(digest: str) -> Row[Any] | None:
    """A file that we gave out, by its SHA-256, with the key that sealed it (None: unsigned)."""
    return row(BY_DIGEST, digest=digest)


def unsigned() -> Sequence[Row[Any]]:
    """Files of issuers that sign elsewhere, still unsigned, oldest first."""
    return rows(UNSIGNED)


def how_many_unsigned() -> int:
    found = row(HOW_MANY_UNSIGNED)
    return int(found[0]) if found else 0


def successor(certificate_id: Any) -> Row[Any] | None:
    """Serial and code of the certificate that replaced this one."""
    return row(SUCCESSOR, certificate=certificate_id)
