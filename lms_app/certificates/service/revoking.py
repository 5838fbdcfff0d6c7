"""Saying that a certificate counts no longer."""

from uuid import UUID

from sqlalchemy import select

from lms_app.certificates.models import REVOKED, VALID, Certificate
from lms_app.certificates.service import entries, notices
from lms_app.core import audit
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, NotFound


def revoke(code: str, reason: str, *, actor: object, by: str) -> None:
    """Say that a certificate counts no longer; the PDF stays as it is. `by` is the name shown to HR."""
    found = db.session.scalar(select(Certificate).where(Certificate.code == code).with_for_update())
    if found is None:
        raise NotFound("Không có giấy chứng nhận nào mang mã này.")
    if found.status != VALID:
        raise Conflict("Giấy chứng nhận này đã bị thu hồi từ trước.")
    entries.locked(found.book_id)
    found.status = REVOKED
    found.revoked_at, found.revoked_by, found.revoked_reason = now(), by, reason
    entries.changed(found, "revoke", reason=reason, by=by, at=found.revoked_at)
    audit.note(actor, "certificate.revoke", code, reason=reason)
    notices.owe(found.id, REVOKED)


def withdraw(enrolment_id: UUID, reason: str, by: str) -> None:
    """The completion was withdrawn: what certified it counts no longer."""
    found = select(Certificate.code).where(Certificate.enrolment_id == enrolment_id, Certificate.status == VALID)
    for code in db.session.scalars(found).all():
        revoke(code, reason, actor="system", by=by)
