"""Entering a completed course into the register, revoking, auditing. Numbers are allotted under the book's lock."""

import hashlib
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.exc import IntegrityError

from lms_app.accounts import queries as accounts
from lms_app.certificates import design, pdf, qr, queries, sheet
from lms_app.certificates.models import REVOKED, Certificate, Issuer, RegisterBook
from lms_app.certificates.site import settings
from lms_app.core import audit, outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.core.ids import new_code
from lms_app.learning import service as learning
from lms_app.learning.models import Enrolment

ISSUED, RENDER = "certificates.issued", "certificates.render"
BOOK = "CNTH"
MONTHS = 12


def default_issuer(signer: str = "") -> Issuer:
    """The issuer of today, made from the settings when there is none; `signer` is used only then."""
    today = _local(now())
    wanted = (
        select(Issuer)
        .where(Issuer.valid_from <= today, or_(Issuer.valid_until.is_(None), Issuer.valid_until >= today))
        .order_by(Issuer.valid_from.desc())
    )
    found = db.session.scalar(wanted)
    if found:
        return found
    _add_once(
        Issuer(
            code="default",
            parent_name=sheet.PARENT,
            name=settings().organisation,
            prefix=sheet.PREFIX,
            place=sheet.PLACE,
            signer_title=sheet.SIGNER_TITLE,
            signer_name=signer,
            valid_from=date(today.year, 1, 1),
        )
    )
    made = db.session.scalar(wanted)
    if made is None:
        raise Conflict("Chưa có cơ quan cấp nào còn hiệu lực. Hãy thêm cơ quan cấp trước khi cấp giấy chứng nhận.")
    return made


def issue(enrolment_id: UUID) -> Certificate:
    """Enter a completed enrolment into the register, once, and owe its PDF. Asked again, answers the first one.

    Raises `Conflict` while the course is not completed, and `Invalid` for a text that no sheet can hold;
    then the number goes back with the caller's transaction, so the book keeps no gap.
    """
    db.session.execute(select(Enrolment.id).where(Enrolment.id == enrolment_id).with_for_update())
    found = db.session.scalar(select(Certificate).where(Certificate.enrolment_id == enrolment_id))
    if found:
        return found
    course = queries.completed(enrolment_id)
    if course is None:
        raise Conflict("Khóa học này chưa hoàn thành nên chưa cấp được giấy chứng nhận.")
    issuer = default_issuer()
    made = _copied(course, issuer)
    _allot(made, issuer)
    design.load(settings().designs / made.design).fits(sheet.words(made, settings().url))
    db.session.add(made)
    db.session.flush()
    learning.certified(enrolment_id, made.code)
    audit.note("system", "certificate.issue", made.code, serial=made.serial)
    outbox.put(ISSUED, f"{ISSUED}/{enrolment_id}", "local", {"enrolment": str(enrolment_id)})
    outbox.put(RENDER, f"{RENDER}/{made.id}", "local", {"certificate": str(made.id)})
    return made


def revoke(code: str, reason: str, *, actor: object, by: str) -> None:
    """Say that a certificate counts no longer; the PDF stays as it is. `by` is the name shown to HR."""
    found = db.session.scalar(select(Certificate).where(Certificate.code == code).with_for_update())
    if found is None:
        raise NotFound("Không có giấy chứng nhận nào mang mã này.")
    if found.status == REVOKED:
        raise Conflict("Giấy chứng nhận này đã bị thu hồi từ trước.")
    found.status = REVOKED
    found.revoked_at, found.revoked_by, found.revoked_reason = now(), by, reason
    audit.note(actor, "certificate.revoke", code, reason=reason)


def draw(issued: sheet.Issued) -> bytes:
    """The PDF of one certificate, unsigned. The same certificate gives the same bytes."""
    site = settings()
    made = design.load(site.designs / issued.design)
    return pdf.render(made, sheet.words(issued, site.url), qr.png(qr.address(site.url, issued.code)))


def keep_file(certificate_id: UUID, key: str, content: bytes) -> None:
    """Write down where the PDF lies and what it must hash to."""
    found = db.session.get_one(Certificate, certificate_id, with_for_update=True)
    found.file_key = key
    found.file_sha256 = hashlib.sha256(content).hexdigest()
    found.file_bytes = len(content)


def file_key(issued: Row[Any]) -> str:
    return f"certificates/{issued.issued_on.year}/{issued.id}.pdf"


def audited() -> list[str]:
    """Every gap in a book and every PDF that is missing or changed, one English line each; none is good."""
    found = [
        f"book {book.name}/{book.year}: {book.entries} certificates from {book.first} to {book.last}, "
        f"last number {book.last_number}"
        for book in queries.books()
        if not book.entries == (book.last or 0) == book.last_number or (book.entries and book.first != 1)
    ]
    return found + [f"{file.serial} {file.code}: {wrong}" for file in queries.files() if (wrong := _wrong_file(file))]


def _wrong_file(file: Row[Any]) -> str:
    if file.file_key is None:
        return "PDF not made yet"
    if not storage.exists(file.file_key):
        return f"PDF missing: {file.file_key}"
    same = hashlib.sha256(storage.get(file.file_key)).hexdigest() == file.file_sha256
    return "" if same else f"PDF changed: {file.file_key}"


def _copied(course: Row[Any], issuer: Issuer) -> Certificate:
    person = accounts.profile(course.person_id)
    kind = course.certificate.get("kind") or "COMPLETION"
    if person is None or kind not in sheet.TITLES:
        raise Invalid("Chưa cấp được loại giấy chứng nhận %(kind)s. Hãy sửa mục certificate của khóa học.", kind=kind)
    at = now()
    return Certificate(
        code=new_code(),
        person_id=course.person_id,
        enrolment_id=course.id,
        course_id=course.course_id,
        version_id=course.version_id,
        kind=kind,
        design=course.certificate.get("template") or "default",
        course_title=sheet.plain(course.title),
        full_name=sheet.plain(person.name),
        birth_date=person.birth_date,
        position=sheet.plain(person.position or ""),
        unit_name=sheet.plain(person.unit or ""),
        form=sheet.FORM,
        periods=course.periods,
        minutes=course.minutes,
        from_date=_local(course.enrolled_at),
        to_date=_local(course.completed_at),
        result=sheet.RESULT,
        issued_at=at.replace(microsecond=0),
        issued_on=_local(at),
        valid_until=_months_after(_local(at), course.certificate.get("valid_months")),
        **_issuer_fields(issuer),
    )


def _issuer_fields(issuer: Issuer) -> dict[str, str]:
    return {
        "issuer_parent": issuer.parent_name,
        "issuer_name": issuer.name,
        "place": issuer.place,
        "capacity": issuer.capacity or "",
        "signer_title": issuer.signer_title,
        "signer_name": issuer.signer_name or "",
    }


def _allot(made: Certificate, issuer: Issuer) -> None:
    """The next number of this year's book. The book stays locked until the caller's transaction ends."""
    year = made.issued_on.year
    book = _locked_book(issuer.id, year)
    book.last_number += 1
    made.book_id, made.number = book.id, book.last_number
    made.serial = f"{issuer.prefix.upper()}-{year}-{book.last_number:06}"
    made.book_number = f"{book.last_number:04}/{year}/{book.name}"


def _locked_book(issuer_id: UUID, year: int) -> RegisterBook:
    wanted = (
        select(RegisterBook)
        .where(RegisterBook.issuer_id == issuer_id, RegisterBook.name == BOOK, RegisterBook.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = db.session.scalar(wanted)
    if found is None:
        _add_once(RegisterBook(issuer_id=issuer_id, name=BOOK, year=year, last_number=0))
        found = db.session.scalars(wanted).one()
    return found


def _add_once(row: Issuer | RegisterBook) -> None:
    """Add a row unless somebody else has added it in the meantime."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return


def _local(at: datetime) -> date:
    """The day on the calendar of the organisation."""
    return at.astimezone(settings().zone).date()


def _months_after(start: date, months: int | None) -> date | None:
    """The last day that counts: 24 months from 23/11/2026 end on 22/11/2028."""
    if not months:
        return None
    years, month = divmod(start.month - 1 + months, MONTHS)
    first = date(start.year + years, month + 1, 1)
    return date.fromordinal(first.toordinal() + min(start.day, _days_in(first)) - 2)


def _days_in(first: date) -> int:
    following = date(first.year + first.month // MONTHS, first.month % MONTHS + 1, 1)
    return following.toordinal() - first.toordinal()
