"""What is kept about one user of a platform: nothing that they did elsewhere, be it under a linked account."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, and_, bindparam, func, or_, select

from lms_app.accounts.models import Person
from lms_app.assessment.models import Attempt, AttemptItem
from lms_app.core.db import row, rows
from lms_app.courses.models import CourseText, CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.learning.queries.studying import DONE
from lms_app.lti.models import AccountLink, Context, Grade, Launch, LtiUser, Member, Platform, ResourceLink

_USER = bindparam("user", type_=Uuid())
USER = (
    select(
        LtiUser.id,
        LtiUser.sub,
        LtiUser.name,
        LtiUser.email,
        LtiUser.at,
        Person.name.label("used_name"),
        Person.name_source,
        Platform.name.label("platform"),
        Platform.issuer,
        Launch.roles,
        Launch.at.label("launched_at"),
        AccountLink.at.label("linked_at"),
    )
    .select_from(LtiUser)
    .join(Launch, Launch.user_id == LtiUser.id)
    .join(Person, Person.id == LtiUser.person_id)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .outerjoin(AccountLink, and_(AccountLink.user_id == LtiUser.id, AccountLink.undone_at.is_(None)))
    .where(Launch.id == bindparam("launch", type_=Uuid()))
)
_in_class = (
    select(ResourceLink.class_id, func.count().label("launches"), func.max(Launch.at).label("last"))
    .join(Launch, Launch.link_id == ResourceLink.id)
    .where(Launch.user_id == _USER)
    .group_by(ResourceLink.class_id)
    .subquery()
)
CLASSES = (
    select(
        Context.id,
        Context.title,
        Member.name,
        Member.role,
        Member.status,
        Member.at,
        _in_class.c.launches,
        _in_class.c.last,
    )
    .select_from(LtiUser)
    .join(Context, Context.platform_id == LtiUser.platform_id)
    .outerjoin(Member, and_(Member.class_id == Context.id, Member.sub == LtiUser.sub))
    .outerjoin(_in_class, _in_class.c.class_id == Context.id)
    .where(LtiUser.id == _USER, or_(Member.sub.is_not(None), _in_class.c.launches.is_not(None)))
    .order_by(Context.title, Context.id)
)
_courses = select(ResourceLink.course_id).join(Launch, Launch.link_id == ResourceLink.id).where(Launch.user_id == _USER)
_MINE = and_(LtiUser.id == _USER, Enrolment.person_id == LtiUser.person_id, Enrolment.course_id.in_(_courses))
ENROLMENTS = (
    select(
        Enrolment.id,
        Enrolment.course_id,
        Enrolment.enrolled_at,
        Enrolment.seen_at,
        Enrolment.due_at,
        Enrolment.completed_at,
        Enrolment.certificate,
        CourseText.title,
        CourseVersion.lessons,
        DONE.label("done"),
    )
    .select_from(Enrolment)
    .join(LtiUser, _MINE)
    .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == bindparam("lang")))
    .order_by(Enrolment.enrolled_at)
)
ATTEMPTS = (
    select(
        Attempt.enrolment_id,
        Attempt.quiz,
        Attempt.number,
        Attempt.started_at,
        Attempt.submitted_at,
        Attempt.score,
        Attempt.passed,
        select(func.count())
        .where(AttemptItem.attempt_id == Attempt.id, AttemptItem.saved_at.is_not(None))
        .correlate(Attempt)
        .scalar_subquery()
        .label("answers"),
    )
    .select_from(Attempt)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .join(LtiUser, _MINE)
    .order_by(Attempt.started_at)
)
GRADES = (
    select(Grade.enrolment_id, Grade.lineitem, Grade.state, Grade.sent_share, Grade.sent_at, Grade.sent_certificate)
    .where(Grade.user_id == _USER)
    .order_by(Grade.lineitem)
)
LAUNCHES = select(
    func.count().label("launches"), func.min(Launch.at).label("first"), func.max(Launch.at).label("last")
).where(Launch.user_id == _USER)


def user(launch_id: UUID) -> Row[Any] | None:
    return row(USER, launch=launch_id)


def launches(user_id: UUID) -> Row[Any]:
    """How many, the first and the last."""
    found = row(LAUNCHES, user=user_id)
    if found is None:
        raise LookupError("an aggregate without a row")
    return found


def classes(user_id: UUID) -> Sequence[Row[Any]]:
    """Classes of the platform that list this user or where they launched."""
    return rows(CLASSES, user=user_id)


def enrolments(user_id: UUID, lang: str) -> Sequence[Row[Any]]:
    """Courses that this user launched."""
    return rows(ENROLMENTS, user=user_id, lang=lang)


def attempts(user_id: UUID) -> Sequence[Row[Any]]:
    return rows(ATTEMPTS, user=user_id)


def grades(user_id: UUID) -> Sequence[Row[Any]]:
    """What was promised and told to the platform's gradebook."""
    return rows(GRADES, user=user_id)
