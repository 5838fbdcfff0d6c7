"""Line items and the scores owed to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update

from lms_app.accounts.models import Person
from lms_app.core.db import change, row, rows
from lms_app.lti.models import Grade, LtiUser, Platform

_GRADE = (
    Grade.id,
    Grade.lineitem,
    Grade.enrolment_id,
    Grade.certificate,
    Grade.sent_certificate,
    Grade.sent_share,
    Grade.sent_at,
    Grade.state,
    Grade.error,
    LtiUser.sub,
    LtiUser.platform_id,
    Person.locale,
)
_GRADES = (
    select(*_GRADE)
    .join(LtiUser, LtiUser.id == Grade.user_id)
    .join(Person, Person.id == LtiUser.person_id)
    .order_by(Grade.id)
)
GRADE = _GRADES.where(Grade.id == bindparam("grade"))
GRADES_OF = _GRADES.where(Grade.enrolment_id == bindparam("enrolment"))
GRADE_LIST = (
    select(*_GRADE, Platform.name.label("platform"), Person.name)
    .join(LtiUser, LtiUser.id == Grade.user_id)
    .join(Person, Person.id == LtiUser.person_id)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .order_by(Platform.name, Grade.state, Grade.id)
)
SENT = (
    update(Grade)
    .where(Grade.id == bindparam("grade"))
    .values(
        sent_share=bindparam("share"),
        sent_at=bindparam("at"),
        sent_certificate=bindparam("code"),
        state="sent",
        error=None,
    )
)
STATE = update(Grade).where(Grade.id == bindparam("grade")).values(state=bindparam("new_state"), error=bindparam("why"))
TELL = update(Grade).where(Grade.enrolment_id == bindparam("enrolment")).values(certificate=bindparam("code"))


def grade(grade_id: UUID) -> Row[Any] | None:
    return row(GRADE, grade=grade_id)


def grades_of(enrolment_id: UUID) -> Sequence[Row[Any]]:
    """Every line item that waits for this enrolment's score, by id."""
    return rows(GRADES_OF, enrolment=enrolment_id)


def grade_list() -> Sequence[Row[Any]]:
    return rows(GRADE_LIST)


def mark_state(grade_id: UUID, state: str, why: str | None) -> None:
    change(STATE, grade=grade_id, new_state=state, why=why)


def mark_sent(grade_id: UUID, share: float, code: str | None, at: datetime) -> None:
    """`code`: the certificate that the comment told of."""
    change(SENT, grade=grade_id, share=share, code=code, at=at)


def tell_certificate(enrolment_id: UUID, code: str) -> None:
    """Have the comment of every line item of this enrolment name the certificate."""
    change(TELL, enrolment=enrolment_id, code=code)
