"""The PDF of a certificate: drawing it, and writing down where it lies."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.certificates import design, pdf, qr, sheet
from lms_app.certificates.models import Certificate, CertificateFile
from lms_app.certificates.site import settings
from lms_app.core.clock import now
from lms_app.core.db import db


def draw(issued: sheet.Issued) -> bytes:
    """The PDF of one certificate, unsigned. The same certificate gives the same bytes."""
    site = settings()
    made = design.load(site.designs / issued.design, issued.language)
    return pdf.render(made, sheet.words(issued, site.url), qr.png(qr.address(site.url, issued.code)))


def keep(certificate_id: UUID, key: str, content: bytes, level: str = "", key_id: UUID | None = None) -> None:
    """Write down where the newest PDF lies, what it must hash to, and that it was given out."""
    found = db.session.get_one(Certificate, certificate_id, with_for_update=True)
    digest = hashlib.sha256(content).hexdigest()
    found.file_key, found.file_sha256, found.file_bytes, found.file_level = key, digest, len(content), level
    if db.session.get(CertificateFile, digest) is None:
        db.session.add(
            CertificateFile(digest=digest, certificate_id=found.id, level=level, key_id=key_id, made_at=now())
        )


def key_of(issued: Row[Any]) -> str:
    return f"certificates/{issued.issued_on.year}/{issued.id}.pdf"
