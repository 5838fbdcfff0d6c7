"""Line items and the scores owed to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, select, update
from sqlalchemy.orm import aliased

from lms_app.accounts.models import Person
from lms_app.core.db import change, row, rows
from lms_app.learning.models import Enrolment
from lms_app.lti import claims
from lms_app.lti.models import Grade, Launch, LtiUser, Platform, ResourceLink

OWN = and_(Enrolment.id == Grade.enrolment_id, Enrolment.person_id == LtiUser.person_id)
"""Once an account is linked no more, what is done under it is no longer this user's."""

GRADE = (
    select(
        Grade.id,
        Grade.lineitem,
        Grade.enrolment_id,
        Grade.sent_certificate,
        Grade.sent_share,
        Grade.sent_at,
        Grade.state,
        LtiUser.sub,
        LtiUser.platform_id,
        Person.locale,
        Platform.status.label("platform_status"),
        Platform.product,
        Platform.issuer,
        Platform.auth_url,
    )
    .join(LtiUser, LtiUser.id == Grade.user_id)
    .join(Enrolment, OWN)
    .join(Person, Person.id == LtiUser.person_id)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .where(Grade.id == bindparam("grade"))
)
GRADES_OF = (
    select(Grade.id, Grade.lineitem)
    .join(LtiUser, LtiUser.id == Grade.user_id)
    .join(Enrolment, OWN)
    .where(Grade.enrolment_id == bindparam("enrolment"))
    .order_by(Grade.id)
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
FORGET = update(ResourceLink).where(ResourceLink.lineitem == bindparam("item")).values(lineitem=None)
NO_COLUMN = update(ResourceLink).where(ResourceLink.id == bindparam("link")).values(lineitem_error=bindparam("why"))
COLUMN = (
    update(ResourceLink)
    .where(ResourceLink.id == bindparam("link"))
    .values(lineitem=bindparam("item"), lineitem_error=None)
)
_then = aliased(Enrolment)
LAUNCHES = (
    select(Launch.user_id, Enrolment.id.label("enrolment_id"), Launch.roles)
    .join(ResourceLink, ResourceLink.id == Launch.link_id)
    .join(LtiUser, LtiUser.id == Launch.user_id)
    .join(_then, and_(_then.id == Launch.enrolment_id, _then.course_id == ResourceLink.course_id))
    .join(Enrolment, and_(Enrolment.person_id == LtiUser.person_id, Enrolment.course_id == _then.course_id))
    .where(Launch.link_id == bindparam("link"))
    .order_by(Launch.at)
)


def grade(grade_id: UUID) -> Row[Any] | None:
    """A grade of the user's present person; None also when they are another by now."""
    return row(GRADE, grade=grade_id)


def grades_of(enrolment_id: UUID) -> Sequence[Row[Any]]:
    """Every line item that waits for this enrolment's score, by id; those of users who left its account do not."""
    return rows(GRADES_OF, enrolment=enrolment_id)


def mark_state(grade_id: UUID, state: str, why: str | None) -> None:
    change(STATE, grade=grade_id, new_state=state, why=why)


def mark_sent(grade_id: UUID, share: float, code: str | None, at: datetime) -> None:
    """`code`: the certificate that the comment told of."""
    change(SENT, grade=grade_id, share=share, code=code, at=at)


def forget_column(lineitem: str) -> None:
    """A column that the platform no longer has: the next launch of its link looks for another."""
    change(FORGET, item=lineitem)


def no_column(link_id: UUID, why: str) -> None:
    change(NO_COLUMN, link=link_id, why=why[:300])


def keep_column(link_id: UUID, lineitem: str) -> None:
    change(COLUMN, link=link_id, item=lineitem)


def learners_of(link_id: UUID) -> dict[UUID, UUID]:
    """User -> enrolment, of everybody whose last launch of this link into its present course was a learner's.

    A teacher may have made the link lead to another course, and a user may be another person since.
    """
    last = {found.user_id: found for found in rows(LAUNCHES, link=link_id)}
    return {user_id: found.enrolment_id for user_id, found in last.items() if claims.learns(found.roles)}
