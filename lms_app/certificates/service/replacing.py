"""Wrong data on a certificate: it is cancelled and replaced, never edited. The old one points to the new one."""

from typing import Any

from sqlalchemy import select

from lms_app.certificates import sheet
from lms_app.certificates.forms.correcting import Correction
from lms_app.certificates.models import REPLACED, VALID, Certificate, Issuer, IssuerProfile
from lms_app.certificates.service import entries, issuers, issuing, notices
from lms_app.core import audit
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, NotFound
from lms_app.core.ids import new_code

SAME = (
    *("person_id", "enrolment_id", "batch_id", "course_id", "version_id", "kind", "design", "language", "course_title"),
    *("form", "periods", "minutes", "from_date", "to_date", "result", "decision", "valid_until"),
)
"""What the new certificate says as the old one did: it proves the same completion, no longer than before."""


def replace(code: str, asked: Correction, *, actor: object, by: str) -> Certificate:
    """A new number with the corrected data, by today's issuer; the old one says replaced, and by which.

    Raises `NotFound`, `Conflict` when the old one counts no longer, and `Invalid` for a text that no sheet can hold.
    """
    old = db.session.scalar(select(Certificate).where(Certificate.code == code).with_for_update())
    if old is None:
        raise NotFound("Không có giấy chứng nhận nào mang mã này.")
    if old.status != VALID:
        raise Conflict("Giấy này đã bị thu hồi hoặc đã được thay thế, nên không thay được nữa.")
    profile = _profile_of(old)
    made = _corrected(old, asked, profile)
    old.status, old.revoked_at, old.revoked_by, old.revoked_reason = REPLACED, now(), by, asked.reason
    issuing.enter(made, profile)
    issuing.owe_files([made.id])
    old.replaced_by_id = made.id
    entries.changed(old, "replace", reason=asked.reason, by=by, at=old.revoked_at, successor=made.serial)
    audit.note(actor, "certificate.replace", code, reason=asked.reason, successor=made.code)
    notices.owe(old.id, REPLACED)
    return made


def _profile_of(old: Certificate) -> IssuerProfile:
    """The same issuer as it certifies today."""
    before = select(Issuer.code).join(IssuerProfile, IssuerProfile.issuer_id == Issuer.id)
    return issuers.profile(db.session.scalars(before.where(IssuerProfile.id == old.profile_id)).one())


def _corrected(old: Certificate, asked: Correction, profile: IssuerProfile) -> Certificate:
    at = now()
    kept: dict[str, Any] = {name: getattr(old, name) for name in SAME}
    return Certificate(
        **kept,
        **issuing.issuer_fields(profile, old.english.get("course_title")),
        code=new_code(),
        edition=old.edition + 1,
        full_name=sheet.plain(asked.full_name),
        birth_date=asked.birth_date,
        position=sheet.plain(asked.position),
        unit_name=sheet.plain(asked.unit_name),
        issued_at=at.replace(microsecond=0),
        issued_on=issuers.today(at),
    )
