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
    String,
    Uuid,
    and_,
    bindparam,
    case,
    collate,
    exists,
    func,
    not_,
    null,
    or_,
    select,
    union_all,
)

from lms_app.accounts.models import Person
from lms_app.core.db import db, row, rows
from lms_app.courses.models import Course, CourseText, CourseVersion
from lms_app.learning.models import Enrolment, QuizResult
from lms_app.learning.queries.studying import DONE, FINAL_RESULT, SHARE
from lms_app.lti.models import Context, Grade, Launch, LtiUser, Member, Platform, ResourceLink
from lms_app.lti.rosters import ACTIVE, LEARNER, TEACHER

_CLASS, _PLATFORM = bindparam("class_id", type_=Uuid()), bindparam("platform", type_=Uuid())
_COURSE = bindparam("course", type_=String())
_UNREAD, _EVERYBODY = bindparam("unread", type_=Boolean()), bindparam("everybody", type_=Boolean())

# ---- which class

_LINKS = (
    select(
        Context.id.label("class_id"),
        Context.title.label("class_title"),
        Context.platform_id,
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

_LEARNED = (Launch.link_id == ResourceLink.id, ResourceLink.class_id == _CLASS, Launch.enrolment_id.is_not(None))
"""A launch in this class, as a learner."""

_listed = union_all(
    select(
        Member.sub,
        Member.name,
        Member.role,
        Member.status,
        Member.sort_key,
        select(LtiUser.id)
        .where(LtiUser.platform_id == _PLATFORM, LtiUser.sub == Member.sub)
        .scalar_subquery()
        .label("user_id"),
    ).where(Member.class_id == _CLASS),
    select(LtiUser.sub, null(), null(), null(), null(), LtiUser.id).where(
        LtiUser.id.in_(select(Launch.user_id).join(ResourceLink, and_(*_LEARNED))),
        not_(exists().where(Member.class_id == _CLASS, Member.sub == LtiUser.sub)),
    ),
).cte("listed")
"""Everybody: members, and who launched without being one. Look-ups by key instead of joins: PostgreSQL, before it has
counted a roster of 10,000 that has just been read, would compare each member with each other."""

_launched = exists().where(Launch.user_id == _listed.c.user_id, *_LEARNED)
_is_learner = or_(_listed.c.role.is_(None), and_(_listed.c.role == LEARNER, _listed.c.status == ACTIVE))
_IN_LIST = or_(_EVERYBODY, _is_learner, and_(_listed.c.role != TEACHER, _launched))
_HERE = (Launch.user_id == LtiUser.id, *_LEARNED, ResourceLink.course_id == _COURSE)
_launched_at = select(func.max(Launch.at)).where(*_HERE).correlate(LtiUser).scalar_subquery()
_BEGUN = (Enrolment.person_id == LtiUser.person_id, Enrolment.course_id == _COURSE, exists().where(*_HERE))
_key = func.coalesce(
    func.nullif(_listed.c.sort_key, ""),
    select(Person.sort_key)
    .join(LtiUser, LtiUser.person_id == Person.id)
    .where(LtiUser.id == _listed.c.user_id)
    .scalar_subquery(),
    _listed.c.sub,
)
_KEYS = {"sqlite": _key, "postgresql": collate(_key, "C")}
"""A sort key is compared by code points, which SQLite always does and PostgreSQL only when told."""

_PAGES = {
    dialect: select(
        _listed.c.sub, _listed.c.name, _listed.c.role, _listed.c.status, _listed.c.user_id, key.label("sort_key")
    )
    .where(_IN_LIST)
    .order_by(key, _listed.c.sub)
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
    .cte("page")
    for dialect, key in _KEYS.items()
}
STUDENTS = {
    dialect: select(
        page.c.sub,
        page.c.name,
        page.c.role,
        page.c.status,
        LtiUser.name.label("launched_as"),
        _launched_at.label("launched_at"),
        Enrolment.id.label("enrolment_id"),
        Enrolment.seen_at,
        CourseVersion.lessons,
        SHARE.label("share"),
        QuizResult.passed_at,
        DONE.label("done"),
        Grade.state,
        Grade.error,
        Grade.sent_share,
    )
    .select_from(
        page.outerjoin(LtiUser, LtiUser.id == page.c.user_id)
        .outerjoin(Enrolment, and_(*_BEGUN))
        .outerjoin(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .outerjoin(QuizResult, FINAL_RESULT)
        .outerjoin(Grade, and_(Grade.user_id == LtiUser.id, Grade.lineitem == bindparam("lineitem")))
    )
    .order_by(page.c.sort_key, page.c.sub)
    for dialect, page in _PAGES.items()
}
_is_here = or_(_UNREAD, and_(_listed.c.status.is_not(None), _listed.c.status == ACTIVE))
_begun_id = select(Enrolment.id).join(LtiUser, and_(*_BEGUN)).where(LtiUser.id == _listed.c.user_id).scalar_subquery()
_passed_at = (
    select(QuizResult.passed_at)
    .select_from(LtiUser)
    .join(Enrolment, and_(*_BEGUN))
    .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
    .join(QuizResult, FINAL_RESULT)
    .where(LtiUser.id == _listed.c.user_id)
    .scalar_subquery()
)
COUNTS = select(
    func.count().label("listed"),
    func.sum(case((_is_here, 1), else_=0)).label("here"),
    func.sum(case((and_(_is_here, _begun_id.is_not(None)), 1), else_=0)).label("begun"),
    func.sum(case((and_(_is_here, _passed_at.is_not(None)), 1), else_=0)).label("passed"),
).where(_IN_LIST)
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
    .select_from(Enrolment)
    .join(LtiUser, and_(*_BEGUN))
    .outerjoin(Member, and_(Member.class_id == _CLASS, Member.sub == LtiUser.sub))
    .where(Enrolment.id == bindparam("enrolment"), LtiUser.platform_id == _PLATFORM)
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
    asked = _ids(where) | {"lineitem": where.lineitem or "", "skip": skip, "most": most, "everybody": everybody}
    return rows(STUDENTS[db.engine.dialect.name], **asked)


def counts(where: Row[Any]) -> Row[Any]:
    """How many are listed; and of those who are in the class now: how many, begun, passed (None for nobody)."""
    found = row(COUNTS, **_ids(where), unread=where.roster_at is None, everybody=False)
    if found is None:
        raise LookupError("an aggregate without a row")
    return found


def student(where: Row[Any], enrolment_id: UUID) -> Row[Any] | None:
    """One enrolment in the link's course, of somebody who launched it in this class; else None."""
    return row(STUDENT, **_ids(where), enrolment=enrolment_id)


def _ids(where: Row[Any]) -> dict[str, Any]:
    return {"class_id": where.class_id, "platform": where.platform_id, "course": where.course_id}
