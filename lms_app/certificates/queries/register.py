"""Reading the register: certificates, books, and what may be entered."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import aliased

from lms_app.accounts.models import Person
from lms_app.certificates.forms.lookup import Lookup
from lms_app.certificates.models import REVOKED, Certificate, CertificateFile, SigningKey
from lms_app.core.db import change, row, rows
from lms_app.core.errors import NotFound
from lms_app.core.ids import parse_code
from lms_app.core.text import folded_pattern
from lms_app.courses.models import CourseText, CourseVersion
from lms_app.learning.models import Enrolment

NEWEST = 50
DIGITS = 9

_English = aliased(CourseText)
_ALL = (
    select(*Certificate.__table__.columns, SigningKey.self_made)
    .outerjoin(CertificateFile, CertificateFile.digest == Certificate.file_sha256)
    .outerjoin(SigningKey, SigningKey.id == CertificateFile.key_id)
)
"""`self_made`: of the key that signed the newest file; None while there is none."""
BY_CODE = _ALL.where(Certificate.code == bindparam("code"))
BY_ID = _ALL.where(Certificate.id == bindparam("certificate"))
BY_IDS = _ALL.where(Certificate.id.in_(bindparam("certificates", expanding=True))).order_by(Certificate.id)
REPLACED = select(Certificate.serial).where(Certificate.replaced_by_id == bindparam("certificate"))
MINE = _ALL.where(Certificate.person_id == bindparam("person")).order_by(Certificate.issued_at.desc())
PROVES = or_(Certificate.status != REVOKED, Certificate.revoked_at >= Enrolment.completed_at)
"""What was revoked because its completion was withdrawn says nothing of a completion after that."""

IN_COURSE = (
    _ALL.join(Enrolment, Enrolment.id == Certificate.enrolment_id)
    .where(Certificate.person_id == bindparam("person"), Certificate.course_id == bindparam("course"), PROVES)
    .order_by(Certificate.issued_at.desc(), Certificate.edition.desc())
)
_REGISTER = _ALL.order_by(Certificate.issued_at.desc(), Certificate.number.desc()).limit(NEWEST)
LATEST = _REGISTER
BY_NUMBER = _REGISTER.where(Certificate.number == bindparam("number"))
BY_SERIAL = _REGISTER.where((Certificate.serial == bindparam("text")) | (Certificate.book_number == bindparam("text")))
BY_NAME = _REGISTER.where(Certificate.full_name.regexp_match(bindparam("pattern")))
COMPLETED = (
    select(
        Enrolment.id,
        Enrolment.person_id,
        Enrolment.course_id,
        Enrolment.enrolled_at,
        Enrolment.completed_at,
        CourseVersion.id.label("version_id"),
        CourseVersion.periods,
        CourseVersion.minutes,
        CourseVersion.certificate,
        CourseText.title,
        _English.title.label("english_title"),
        Person.name_source,
    )
    .join(Person, Person.id == Enrolment.person_id)
    .join(CourseVersion, CourseVersion.id == func.coalesce(Enrolment.completed_version_id, Enrolment.version_id))
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == "vi"))
    .outerjoin(_English, and_(_English.version_id == CourseVersion.id, _English.lang == "en"))
    .where(Enrolment.id == bindparam("enrolment"), Enrolment.completed_at.is_not(None))
)
MOVE = (
    update(Certificate).where(Certificate.enrolment_id == bindparam("enrolment")).values(person_id=bindparam("person"))
)
CERTIFIED = (
    select(Certificate.id)
    .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
    .where(Certificate.enrolment_id == bindparam("enrolment"), PROVES)
    .limit(1)
)
UNCERTIFIED = (
    select(Enrolment.id)
    .outerjoin(Certificate, and_(Certificate.enrolment_id == Enrolment.id, PROVES))
    .where(Enrolment.person_id == bindparam("person"), Enrolment.completed_at.is_not(None), Certificate.id.is_(None))
    .order_by(Enrolment.completed_at, Enrolment.id)
)


def by_code(code: str | None) -> Row[Any] | None:
    """`code` as stored, see `core.ids.parse_code`; None, which cannot be one, is not asked for."""
    return row(BY_CODE, code=code) if code else None


def entered(typed: str) -> Row[Any]:
    """The certificate of a code as it stands in an address. Raises `NotFound`."""
    found = by_code(Lookup.read(typed).code)
    if found is None:
        raise NotFound("Không có giấy chứng nhận nào mang mã này.")
    return found


def by_id(certificate_id: UUID) -> Row[Any] | None:
    return row(BY_ID, certificate=certificate_id)


def by_ids(certificate_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    return rows(BY_IDS, certificates=list(certificate_ids))


def replaced_serial(certificate_id: UUID) -> str:
    """The serial of the certificate that this one replaces; "" when it replaces none."""
    found = row(REPLACED, certificate=certificate_id)
    return found.serial if found else ""


def mine(person_id: UUID) -> Sequence[Row[Any]]:
    return rows(MINE, person=person_id)


def in_course(person_id: UUID, course_id: str) -> Row[Any] | None:
    return row(IN_COURSE, person=person_id, course=course_id)


def search(typed: str) -> Sequence[Row[Any]]:
    """At most 50 by code, number, serial, number in book or name, newest first; all the newest for nothing typed.

    No column holds names folded, so each row's name is compared: some tenths of a second for 100,000.
    """
    code = parse_code(typed)
    if not typed:
        return rows(LATEST)
    if code:
        return rows(BY_CODE, code=code)
    if typed.isdecimal() and len(typed) <= DIGITS:
        return rows(BY_NUMBER, number=int(typed))
    if any(character.isdecimal() for character in typed):
        return rows(BY_SERIAL, text=typed.upper())
    return rows(BY_NAME, pattern=folded_pattern(typed))


def completed(enrolment_id: UUID) -> Row[Any] | None:
    """What a certificate says about the course; None while the enrolment is not completed."""
    return row(COMPLETED, enrolment=enrolment_id)


def uncertified(person_id: UUID) -> list[UUID]:
    """Completed enrolments that have no certificate yet, oldest first."""
    return [found.id for found in rows(UNCERTIFIED, person=person_id)]


def is_certified(enrolment_id: UUID) -> bool:
    return row(CERTIFIED, enrolment=enrolment_id) is not None


def move(enrolment_id: UUID, person_id: UUID) -> None:
    """Let the certificate of an enrolment be in this person's list. What it certifies stays as printed."""
    change(MOVE, enrolment=enrolment_id, person=person_id)
