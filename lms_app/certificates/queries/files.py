"""Reading which PDFs were given out."""

from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import aliased

from lms_app.certificates.models import Certificate, CertificateFile, SigningKey
from lms_app.core.db import row

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
SUCCESSOR = (
    select(_Next.serial, _Next.code)
    .join(Certificate, Certificate.replaced_by_id == _Next.id)
    .where(Certificate.id == bindparam("certificate"))
)


def by_digest(digest: str) -> Row[Any] | None:
    """A file that we gave out, by its SHA-256, with the key that sealed it (None: unsigned)."""
    return row(BY_DIGEST, digest=digest)


def successor(certificate_id: Any) -> Row[Any] | None:
    """Serial and code of the certificate that replaced this one."""
    return row(SUCCESSOR, certificate=certificate_id)
