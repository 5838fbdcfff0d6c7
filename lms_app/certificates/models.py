"""The register: who issues, the book of each year, and every certificate with all that is printed on it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Row, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id
from lms_app.core.ids import CODE_LENGTH, new_code

VALID = "valid"
REVOKED = "revoked"
EXPIRED = "expired"
UNKNOWN = "unknown"


class Issuer(Base):
    """Who certifies, in ordinary spelling (a design may set it in capitals), and who signs from when to when.

    `prefix` begins every serial (VL-CĐS); `place` is the town before the date; `capacity` is the line KT., TL. or TUQ.
    """

    __tablename__ = "issuer"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    parent_name: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(String(300))
    prefix: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(100))
    signer_title: Mapped[str] = mapped_column(String(200))
    signer_name: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class RegisterBook(Base):
    """One book of one year. Whoever takes a number holds the lock on this row until the end of the transaction."""

    __tablename__ = "register_book"
    __table_args__ = (UniqueConstraint("issuer_id", "name", "year"),)
    id: Mapped[Id]
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("issuer.id"))
    name: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    last_number: Mapped[int] = mapped_column(default=0)


class Certificate(Base):
    """Proof of one completed enrolment. Everything printed is copied at issue, so later edits leave it true.

    `number` is gapless in its book. `status`: valid or revoked; that it has expired follows from `valid_until` alone.
    `result` is in words. `file_*` are empty until the PDF is made. `revoked_by` is a name, the audit has the id.
    """

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("book_id", "number"),)
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True, default=new_code)
    serial: Mapped[str] = mapped_column(String(60), unique=True)
    book_id: Mapped[UUID] = mapped_column(ForeignKey("register_book.id"))
    number: Mapped[int]
    book_number: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    kind: Mapped[str] = mapped_column(String(20))
    design: Mapped[str] = mapped_column(String(40))
    course_title: Mapped[str] = mapped_column(String(300))
    full_name: Mapped[str] = mapped_column(String(300))
    birth_date: Mapped[date | None]
    position: Mapped[str] = mapped_column(String(300))
    unit_name: Mapped[str] = mapped_column(String(300))
    form: Mapped[str] = mapped_column(String(40))
    periods: Mapped[int]
    minutes: Mapped[int]
    from_date: Mapped[date]
    to_date: Mapped[date]
    result: Mapped[str] = mapped_column(String(100))
    issued_at: Mapped[datetime]
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    issuer_parent: Mapped[str] = mapped_column(String(300))
    issuer_name: Mapped[str] = mapped_column(String(300))
    place: Mapped[str] = mapped_column(String(100))
    capacity: Mapped[str] = mapped_column(String(200))
    signer_title: Mapped[str] = mapped_column(String(200))
    signer_name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(10), default=VALID)
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(300))
    revoked_reason: Mapped[str | None] = mapped_column(Text)
    file_key: Mapped[str | None] = mapped_column(String(200))
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    file_bytes: Mapped[int | None]


def status(issued: Certificate | Row[Any], today: date) -> str:
    """valid, expired or revoked on this day."""
    if issued.status != VALID:
        return str(issued.status)
    return EXPIRED if issued.valid_until and issued.valid_until < today else VALID
