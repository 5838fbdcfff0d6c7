"""Entering a completed course into the register. Numbers are allotted under the book's lock."""

import secrets
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select

from lms_app.accounts.queries import people as accounts
from lms_app.certificates import sheet
from lms_app.certificates.models import EXPIRED, REVOKED, Certificate, Claim, IssuerProfile, status
from lms_app.certificates.queries import register
from lms_app.certificates.service import designs, entries, issuers
from lms_app.core import audit, outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Invalid
from lms_app.core.ids import new_code
from lms_app.core.site import settings
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying as learning

ISSUED, RENDER = "certificates.issued", "certificates.render"
MONTHS = 12
ROWS_A_PAGE = 20
"""Lines on one page of a register book."""

LIST_SIZE = 131_072
"""Bits of one status list: the smallest that keeps a holder hidden in the crowd (Bitstring Status List 1.0, 6.1)."""

DRAWS = 8
"""A list in which so many draws met no free bit is left (it is more than half full by then)."""


def issue(enrolment_id: UUID, *, batch_id: UUID | None = None, decision: str = "", renders: bool = True) -> Certificate:
    """Enter a completed enrolment into the register, once, and owe its PDF. Asked again, answers the first one.

    What was withdrawn and completed anew, or completed again after its certificate expired, gets the next edition.
    Raises `Conflict` while the course is not completed or nobody has told the learner's name, and `Invalid` for a text
    that no sheet can hold; then the number goes back with the caller's transaction, so the book keeps no gap.
    With `renders=False` the caller owes the PDF (`owe_files`).
    """
    lock([enrolment_id])
    db.session.execute(delete(Claim).where(Claim.enrolment_id == enrolment_id))
    newest = select(Certificate).where(Certificate.enrolment_id == enrolment_id).order_by(Certificate.edition.desc())
    found = db.session.scalar(newest)
    course = register.completed(enrolment_id)
    if found and (course is None or _is_proved(course.completed_at, found)):
        return found
    if course is None:
        raise Conflict("Khóa học này chưa hoàn thành nên chưa cấp được giấy chứng nhận.")
    if course.name_source == "none":
        raise Conflict("Chưa ai cho biết họ tên của người học nên chưa cấp được giấy. Người học cần ghi họ tên trước.")
    profile = issuers.profile(course.certificate.get("issuer") or issuers.DEFAULT)
    made = _copied(course, profile)
    made.edition = found.edition + 1 if found else 1
    made.batch_id, made.decision = batch_id, decision
    enter(made, profile)
    if renders:
        owe_files([made.id])
    return made


def lock(enrolment_ids: Sequence[UUID]) -> None:
    """Until the end of the transaction. Whoever issues several locks all of them first, and a book only then."""
    wanted = select(Enrolment.id).where(Enrolment.id.in_(enrolment_ids))
    db.session.execute(wanted.order_by(Enrolment.id).with_for_update())


def owe_files(certificate_ids: Sequence[UUID]) -> None:
    """Promise the PDF of one certificate, or of several by one row."""
    if len(certificate_ids) == 1:
        payload: dict[str, Any] = {"certificate": str(certificate_ids[0])}
    else:
        payload = {"certificates": [str(one) for one in certificate_ids]}
    outbox.put(RENDER, f"{RENDER}/{certificate_ids[0]}", "local", payload)


def enter(made: Certificate, profile: IssuerProfile) -> None:
    """Allot number, page and status bit, chain the entry. The caller owes the PDF (`owe_files`).

    Raises `Invalid` for what no sheet can hold, and for a design that is not made for this kind or language.
    """
    made_for = designs.chosen(made.design, made.kind, made.language)
    year = made.issued_on.year
    book = issuers.locked_book(profile.issuer_id, year)
    book.last_number += 1
    made.book_id, made.number = book.id, book.last_number
    made.page = (book.last_number - 1) // ROWS_A_PAGE + 1
    made.serial = f"{profile.prefix.upper()}-{year}-{book.last_number:06}"
    made.book_number = f"{book.last_number:04}/{year}/{book.name}"
    made.status_list, made.status_index = _free_bit()
    made_for.fits(sheet.words(made, settings().url))
    db.session.add(made)
    db.session.flush()
    entries.issued(book, made)
    learning.certified(made.enrolment_id, made.code)
    audit.note("system", "certificate.issue", made.code, serial=made.serial)
    outbox.put(ISSUED, f"{ISSUED}/{made.enrolment_id}", "local", {"enrolment": str(made.enrolment_id)})


def _is_proved(completed_at: datetime, found: Certificate) -> bool:
    """Whether this certificate is about this completion, and not about one before it."""
    if found.status == REVOKED and found.revoked_at is not None:
        return completed_at <= found.revoked_at
    return status(found, issuers.today()) != EXPIRED or issuers.today(completed_at) <= found.issued_on


def _copied(course: Row[Any], profile: IssuerProfile) -> Certificate:
    person = accounts.profile(course.person_id)
    chosen = course.certificate
    kind = chosen.get("kind") or "COMPLETION"
    if person is None or kind not in sheet.TITLES:
        raise Invalid("Chưa cấp được loại giấy chứng nhận %(kind)s. Hãy sửa mục certificate của khóa học.", kind=kind)
    at = now()
    day = issuers.today(at)
    return Certificate(
        code=new_code(),
        person_id=course.person_id,
        enrolment_id=course.id,
        course_id=course.course_id,
        version_id=course.version_id,
        kind=kind,
        design=chosen.get("template") or "default",
        language=chosen.get("language") or "vi",
        course_title=sheet.plain(course.title),
        full_name=sheet.plain(person.name),
        birth_date=person.birth_date,
        position=sheet.plain(person.position or ""),
        unit_name=sheet.plain(person.unit or ""),
        form=sheet.FORM,
        periods=course.periods,
        minutes=course.minutes,
        from_date=issuers.today(course.enrolled_at),
        to_date=issuers.today(course.completed_at),
        result=sheet.RESULT,
        issued_at=at.replace(microsecond=0),
        issued_on=day,
        valid_until=months_after(day, chosen.get("valid_months")),
        **issuer_fields(profile, course.english_title),
    )


def issuer_fields(profile: IssuerProfile, english_title: str | None) -> dict[str, Any]:
    """What a certificate copies of its issuer, in both languages."""
    return {
        "profile_id": profile.id,
        "issuer_parent": profile.parent_name,
        "issuer_name": profile.name,
        "place": profile.place,
        "capacity": profile.capacity or "",
        "signer_title": profile.signer_title,
        "signer_name": profile.signer_name or "",
        "english": {**profile.english, "course_title": sheet.plain(english_title or "")},
    }


def _free_bit() -> tuple[int, int]:
    """A list and a bit in it that no certificate has, drawn at random: the bit must not tell the number issued."""
    newest = db.session.scalar(select(func.max(Certificate.status_list))) or 1
    for which in (newest, newest + 1):
        for _draw in range(DRAWS):
            bit = secrets.randbelow(LIST_SIZE)
            taken = select(Certificate.id).where(Certificate.status_list == which, Certificate.status_index == bit)
            if db.session.scalar(taken) is None:
                return which, bit
    raise Conflict("Chưa cấp được số trong danh sách trạng thái. Hãy thử lại.")


def months_after(start: date, months: int | None) -> date | None:
    """The last day that counts: 24 months from 23/11/2026 end on 22/11/2028."""
    if not months:
        return None
    years, month = divmod(start.month - 1 + months, MONTHS)
    first = date(start.year + years, month + 1, 1)
    return date.fromordinal(first.toordinal() + min(start.day, monthrange(first.year, first.month)[1]) - 2)
