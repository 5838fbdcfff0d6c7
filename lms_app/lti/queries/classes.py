"""A class: its roster, and how everybody in it stands in the course of one link.

Somebody has begun when they launched that course in this class as a learner: what the same person did in another
class of the platform is not shown here.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Integer,
    Row,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    collate,
    func,
    or_,
    select,
    union,
)

from lms_app.accounts.models import Person
from lms_app.core.db import db, row, rows
from lms_app.courses.models import Course, CourseText, CourseVersion, Lesson
from lms_app.learning.models import Enrolment, Progress, QuizResult
from lms_app.lti.models import Context, Grade, Launch, LtiUser, Member, Platform, ResourceLink
from lms_app.lti.rosters import ACTIVE, LEARNER, TEACHER

_CLASS, _COURSE = bindparam("class_id", type_=Uuid()), bindparam("course", type_=String())
_UNREAD, _EVERYBODY = bindparam("unread", type_=Boolean()), bindparam("everybody", type_=Boolean())

# ---- which class

_LINKS = (
    select(
        Context.id.label("class_id"),
        Context.title.label("class_title"),
        Context.memberships_url,
        Context.roster_at,
        Context.roster_error,
        Platform.name.label("platform"),
        ResourceLink.id.label("link_id"),
        ResourceLink.course_id,
        ResourceLink.lineitem,
        ResourceLink.lineitems,
        ResourceLink.lineitem_error,
        ResourceLink.scopes,
        CourseText.title.label("course_title"),
    )
    .select_from(Context)
    .join(ResourceLink, ResourceLink.class_id == Context.id)
    .join(Platform, Platform.id == Context.platform_id)
    .join(Launch, Launch.link_id == ResourceLink.id)
    .join(Course, Course.id == ResourceLink.course_id)
    .join(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version))
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == bindparam("lang")))
)
OF_LAUNCH = _LINKS.where(Launch.id == bindparam("launch"))
OF_SUB = (
    _LINKS.join(LtiUser, LtiUser.id == Launch.user_id)
    .where(LtiUser.sub == bindparam("sub"))
    .order_by(Launch.at.desc())
    .limit(1)
)
# ---- who is in it

_opened = (
    select(LtiUser.id, LtiUser.sub, func.max(case((ResourceLink.course_id == _COURSE, Launch.at))).label("here"))
    .join(Launch, Launch.user_id == LtiUser.id)
    .join(ResourceLink, ResourceLink.id == Launch.link_id)
    .where(ResourceLink.class_id == _CLASS, Launch.enrolment_id.is_not(None))
    .group_by(LtiUser.id, LtiUser.sub)
    .cte("opened")
)
"""Who launched in this class as a learner; `here`: when last to this course, None for never."""

_people = union(
    select(Member.sub).where(
        Member.class_id == _CLASS, or_(_EVERYBODY, and_(Member.role == LEARNER, Member.status == ACTIVE))
    ),
    select(_opened.c.sub),
).cte("people")
_whole = (
    _people.outerjoin(Member, and_(Member.class_id == _CLASS, Member.sub == _people.c.sub))
    .outerjoin(_opened, _opened.c.sub == _people.c.sub)
    .outerjoin(LtiUser, LtiUser.id == _opened.c.id)
    .outerjoin(Person, Person.id == LtiUser.person_id)
    .outerjoin(
        Enrolment,
        and_(Enrolment.person_id == LtiUser.person_id, Enrolment.course_id == _COURSE, _opened.c.here.is_not(None)),
    )
    .outerjoin(CourseVersion, CourseVersion.id == Enrolment.version_id)
    .outerjoin(
        QuizResult,
        and_(
            QuizResult.enrolment_id == Enrolment.id,
            QuizResult.quiz == CourseVersion.rule[("quizzes", 0)].as_string(),
        ),
    )
)
_NO_TEACHER = or_(_EVERYBODY, Member.role.is_(None), Member.role != TEACHER)
_IS_HERE = or_(_UNREAD, and_(Member.status.is_not(None), Member.status == ACTIVE))
_done = (
    select(func.count())
    .select_from(Progress)
    .join(Lesson, and_(Lesson.slug == Progress.lesson, Lesson.version_id == Enrolment.version_id))
    .where(Progress.enrolment_id == Enrolment.id, Progress.done_at.is_not(None))
    .correlate(Enrolment)
    .scalar_subquery()
)
_share = case(
    (CourseVersion.grade == "first", QuizResult.first),
    (CourseVersion.grade == "last", QuizResult.last),
    else_=QuizResult.best,
)
_KEY = func.coalesce(func.nullif(Member.sort_key, ""), Person.sort_key, _people.c.sub)
_STUDENTS = (
    select(
        _people.c.sub,
        Member.name,
        Member.role,
        Member.status,
        LtiUser.name.label("launched_as"),
        _opened.c.here.label("launched_at"),
        Enrolment.id.label("enrolment_id"),
        Enrolment.seen_at,
        CourseVersion.lessons,
        _share.label("share"),
        QuizResult.passed_at,
        _done.label("done"),
        Grade.state,
        Grade.error,
        Grade.sent_share,
    )
    .select_from(_whole.outerjoin(Grade, and_(Grade.user_id == LtiUser.id, Grade.lineitem == bindparam("lineitem"))))
    .where(_NO_TEACHER)
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
)
STUDENTS: dict[str, Select[Any]] = {
    "sqlite": _STUDENTS.order_by(_KEY, _people.c.sub),
    "postgresql": _STUDENTS.order_by(collate(_KEY, "C"), _people.c.sub),
}
"""A sort key is compared by code points, which SQLite always does and PostgreSQL only when told."""

COUNTS = (
    select(
        func.count().label("listed"),
        func.sum(case((_IS_HERE, 1), else_=0)).label("here"),
        func.sum(case((and_(_IS_HERE, Enrolment.id.is_not(None)), 1), else_=0)).label("begun"),
        func.sum(case((and_(_IS_HERE, QuizResult.passed_at.is_not(None)), 1), else_=0)).label("passed"),
    )
    .select_from(_whole)
    .where(_NO_TEACHER)
)
STUDENT = (
    select(
        Enrolment.id,
        Enrolment.person_id,
        Enrolment.course_id,
        Enrolment.version_id,
        Enrolment.completed_at,
        LtiUser.sub,
        LtiUser.name.label("launched_as"),
        Member.name,
    )
    .select_from(_opened)
    .join(LtiUser, LtiUser.id == _opened.c.id)
    .join(Enrolment, and_(Enrolment.person_id == LtiUser.person_id, Enrolment.course_id == _COURSE))
    .outerjoin(Member, and_(Member.class_id == _CLASS, Member.sub == LtiUser.sub))
    .where(Enrolment.id == bindparam("enrolment"), _opened.c.here.is_not(None))
)


def of_launch(launch_id: UUID, lang: str) -> Row[Any] | None:
    """The class, and the link, of one launch."""
    return row(OF_LAUNCH, launch=launch_id, lang=lang)


def of_sub(sub: str) -> Row[Any] | None:
    """The class, and the link, of the last launch of whoever has this `sub`, of whichever platform."""
    return row(OF_SUB, sub=sub, lang="vi")


def students(where: Row[Any], skip: int, most: int, *, everybody: bool = False) -> Sequence[Row[Any]]:
    """Learners in Vietnamese order, with where they stand. `everybody`: all members, of whatever role and status.

    `where`: a row of `of_launch` or `of_sub`.
    """
    asked = {"class_id": where.class_id, "course": where.course_id, "lineitem": where.lineitem or ""}
    return rows(STUDENTS[db.engine.dialect.name], **asked, skip=skip, most=most, everybody=everybody)


def counts(where: Row[Any]) -> Row[Any]:
    """How many are listed; and of those who are in the class now: how many, begun, passed (None for nobody)."""
    asked = {"class_id": where.class_id, "course": where.course_id}
    found = row(COUNTS, **asked, unread=where.roster_at is None, everybody=False)
    if found is None:
        raise LookupError("an aggregate without a row")
    return found


def student(where: Row[Any], enrolment_id: UUID) -> Row[Any] | None:
    """One enrolment in the link's course, of somebody who launched it in this class; else None."""
    return row(STUDENT, class_id=where.class_id, course=where.course_id, enrolment=enrolment_id)
