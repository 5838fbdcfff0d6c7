"""Whom to tell what about a certificate, and which ones end soon."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update

from lms_app.accounts.models import Person
from lms_app.certificates.models import VALID, Certificate
from lms_app.core.db import Instant, change, row, rows
from lms_app.courses.models import CourseVersion

A_TURN = 500
"""Reminders owed in one transaction."""

TOLD = (
    select(
        Certificate.serial,
        Certificate.course_id,
        Certificate.course_title,
        Certificate.valid_until,
        Certificate.revoked_reason,
        CourseVersion.certificate.label("rules"),
        Person.email,
        Person.locale,
    )
    .join(Person, Person.id == Certificate.person_id)
    .join(CourseVersion, CourseVersion.id == Certificate.version_id)
    .where(Certificate.id == bindparam("certificate"))
)
ENDING = (
    select(Certificate.id)
    .where(
        Certificate.status == VALID,
        Certificate.reminded_at.is_(None),
        Certificate.valid_until.between(bindparam("today"), bindparam("last")),
    )
    .order_by(Certificate.valid_until, Certificate.id)
    .limit(A_TURN)
)
REMINDED = (
    update(Certificate)
    .where(Certificate.id == bindparam("certificate"), Certificate.reminded_at.is_(None))
    .values(reminded_at=bindparam("now", type_=Instant))
)


def told(certificate_id: UUID) -> Row[Any] | None:
    """What a mail to the holder says, where it goes and in which language."""
    return row(TOLD, certificate=certificate_id)


def ending(today: date, last: date) -> Sequence[Row[Any]]:
    """Valid certificates whose last day lies in that time and whose holders were not reminded; at most 500."""
    return rows(ENDING, today=today, last=last)


def reminded(certificate_id: UUID, now: datetime) -> bool:
    """Note it; False when another was faster."""
    return change(REMINDED, certificate=certificate_id, now=now) == 1
