"""The register: who issues, the book of each year, and every certificate with all that is printed on it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Row, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.accounts.numbering import PersonNumber, person_key
from lms_app.core.db import Base, Id, Serial
from lms_app.core.ids import CODE_LENGTH, new_code

VALID = "valid"
REVOKED = "revoked"
REPLACED = "replaced"
EXPIRED = "expired"
UNKNOWN = "unknown"

_REVOKED = text(f"status = '{REVOKED}'")
"""They are few, and coverage asks for all of them."""

NAME, APPROVAL = "name", "approval"
"""What a claim waits for."""

SEAL, BADGE = "seal", "badge"
"""What a key signs: PDF files, or credentials and their status lists."""


class SigningKey(Base):
    """A key that signs for us, and all that checking needs of it; the private half lies where `location` says.

    `location`: a path below LMS_DATA/keys (PKCS#12 for seals, PEM for badges) or `pkcs11:...`. `chain`: certificates as
    PEM, the signer's first (seals). `jwk`: the public key (badges). A key is never deleted: what it signed stays valid.
    """

    __tablename__ = "signing_key"
    id: Mapped[Id]
    purpose: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80), unique=True)
    location: Mapped[str] = mapped_column(String(500))
    chain: Mapped[str] = mapped_column(Text, default="")
    jwk: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    self_made: Mapped[bool]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Issuer(Base):
    """An office that keeps books. What it is called and who signs changes: see `IssuerProfile`."""

    __tablename__ = "issuer"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)


class IssuerProfile(Base):
    """How an issuer certifies from one day to another, in ordinary spelling (a design may set it in capitals).

    `prefix` begins every serial (VL-CĐS); `place` is the town before the date; `capacity` is the line KT., TL. or TUQ.
    `english`: the same lines for designs in English (`parent_name`, `name`, `place`, `capacity`, `signer_title`).
    `seal`: key of a PNG in the files, printed over the signature. `key_id`: None takes the key made at setup.
    """

    __tablename__ = "issuer_profile"
    id: Mapped[Id]
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("issuer.id"), index=True)
    parent_name: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(String(300))
    prefix: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(100))
    signer_title: Mapped[str] = mapped_column(String(200))
    signer_name: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[str] = mapped_column(String(200), default="")
    english: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    seal: Mapped[str | None] = mapped_column(String(200))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("signing_key.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class RegisterBook(Base):
    """One book of one year. Whoever takes a number or adds an entry holds the lock on this row until the commit.

    `last_entry`, `last_digest`: position and digest of the newest `RegisterEntry`.
    """

    __tablename__ = "register_book"
    __table_args__ = (UniqueConstraint("issuer_id", "name", "year"),)
    id: Mapped[Id]
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("issuer.id"))
    name: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    last_number: Mapped[int] = mapped_column(default=0)
    last_entry: Mapped[int] = mapped_column(default=0)
    last_digest: Mapped[str] = mapped_column(String(64), default="")


class IssueBatch(Base):
    """Certificates issued together, on one person's order: a class, a campaign, or what was held for approval.

    `decision`: number and date of the decision that lists the graduates. `state`: running, done or cancelled.
    """

    __tablename__ = "issue_batch"
    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(300))
    decision: Mapped[str] = mapped_column(String(300), default="")
    ordered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ordered_by_name: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class IssueItem(Base):
    """One completed enrolment of a batch. `state`: waiting, issued or refused (`error` is a sentence for the clerk)."""

    __tablename__ = "issue_item"
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("issue_batch.id"), primary_key=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    error: Mapped[str] = mapped_column(String(500), default="")


class Claim(Base):
    """A completed enrolment that is not certified yet, and what it waits for.

    `waits_for`: name (its bearer has not said yet that the name is right; at `due_at` it is issued all the same) or
    approval (the issuer's word). The row is gone once the certificate is issued.
    """

    __tablename__ = "certificate_claim"
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    waits_for: Mapped[str] = mapped_column(String(10), index=True)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]


class Certificate(Base):
    """Proof of one completed enrolment. Everything printed is copied at issue, so later edits leave it true.

    `number` is gapless in its book, `page` follows from it. `edition`: 1, and one more for each that replaces the one
    before it or renews it. `status`: valid, revoked or replaced; that it has expired follows from `valid_until` alone.
    `result` is in words. `english`: what an English or bilingual design prints beside. `revoked_by` is a name, the
    audit has the id. `status_list`, `status_index`: its bit in the public status lists, drawn at random. `share_key`:
    the secret of the holder's share link; `hidden`: the holder shows nobody more than the status.
    `file_*`: the newest PDF, empty until it is made; `file_level`: "" (unsigned), B-B, B-T or B-LT.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("book_id", "number"),
        UniqueConstraint("enrolment_id", "edition"),
        UniqueConstraint("status_list", "status_index"),
        Index("ix_certificate_revoked", "enrolment_id", sqlite_where=_REVOKED, postgresql_where=_REVOKED),
    )
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True, default=new_code)
    serial: Mapped[str] = mapped_column(String(60), unique=True)
    book_id: Mapped[UUID] = mapped_column(ForeignKey("register_book.id"))
    number: Mapped[int]
    page: Mapped[int]
    book_number: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    edition: Mapped[int] = mapped_column(default=1)
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("issue_batch.id"), index=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    profile_id: Mapped[UUID] = mapped_column(ForeignKey("issuer_profile.id"))
    kind: Mapped[str] = mapped_column(String(20))
    design: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(5), default="vi")
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
    decision: Mapped[str] = mapped_column(String(300), default="")
    issued_at: Mapped[datetime]
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    issuer_parent: Mapped[str] = mapped_column(String(300))
    issuer_name: Mapped[str] = mapped_column(String(300))
    place: Mapped[str] = mapped_column(String(100))
    capacity: Mapped[str] = mapped_column(String(200))
    signer_title: Mapped[str] = mapped_column(String(200))
    signer_name: Mapped[str] = mapped_column(String(200))
    english: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(10), default=VALID)
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(300))
    revoked_reason: Mapped[str | None] = mapped_column(Text)
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("certificate.id"))
    status_list: Mapped[int]
    status_index: Mapped[int]
    share_key: Mapped[str | None] = mapped_column(String(40))
    hidden: Mapped[bool] = mapped_column(default=False)
    reminded_at: Mapped[datetime | None]
    file_key: Mapped[str | None] = mapped_column(String(200))
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    file_bytes: Mapped[int | None]
    file_level: Mapped[str] = mapped_column(String(5), default="")


class CertificateFile(Base):
    """Every PDF that was ever given out for a certificate, by its SHA-256, so that each is recognised for ever."""

    __tablename__ = "certificate_file"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificate.id"), index=True)
    level: Mapped[str] = mapped_column(String(5))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("signing_key.id"))
    made_at: Mapped[datetime]


class RegisterEntry(Base):
    """One line of a book, never changed: issue, revoke or replace. Each holds the digest of the one before it.

    `content` is canonical JSON of what the entry says; `digest` = SHA-256 of `previous`, newline, `content` (UTF-8).
    """

    __tablename__ = "register_entry"
    __table_args__ = (UniqueConstraint("book_id", "position"),)
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    book_id: Mapped[UUID] = mapped_column(ForeignKey("register_book.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificate.id"), index=True)
    at: Mapped[datetime]
    content: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class OutsideRecord(Base):
    """A training elsewhere, as an imported list says it. We did not issue it, sign it or check it; coverage counts it.

    `digest` of what identifies it makes a second import of the same row change nothing. `course_id`: which of our
    courses it counts as, None for none. `counts_for`: K7 (a data-governance certificate) or K9 (the training that new
    leaders owe), else "". `source`: the list and who vouches for it, as typed by whoever imported it.
    """

    __tablename__ = "outside_record"
    __table_args__ = (
        person_key(),
        CheckConstraint("(person_id IS NULL) = (person_number IS NULL)", name="numbered"),
        Index("ix_outside_record_issued", "issued_on", "person_id", "course_id", "person_number"),
    )
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    full_name: Mapped[str] = mapped_column(String(300))
    birth_date: Mapped[date | None]
    email: Mapped[str] = mapped_column(String(254), default="")
    unit_name: Mapped[str] = mapped_column(String(300), default="")
    course_title: Mapped[str] = mapped_column(String(300))
    course_id: Mapped[str | None] = mapped_column(ForeignKey("course.id"))
    counts_for: Mapped[str] = mapped_column(String(4), default="", server_default="")
    issuer_name: Mapped[str] = mapped_column(String(300))
    number: Mapped[str] = mapped_column(String(100), default="")
    issued_on: Mapped[date]
    periods: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(String(500))
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(300))
    person_number: Mapped[PersonNumber | None]


def status(issued: Certificate | Row[Any], today: date) -> str:
    """valid, expired, revoked or replaced on this day."""
    if issued.status != VALID:
        return str(issued.status)
    return EXPIRED if issued.valid_until and issued.valid_until < today else VALID
