"""Logins begun, launches done, tickets; and what earlier launches of a user left."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, func, insert, select

from lms_app.accounts.models import FrameSession, Person
from lms_app.core.db import change, row, rows
from lms_app.courses.models import Course
from lms_app.courses.queries import OPEN
from lms_app.learning.models import Enrolment
from lms_app.lti.models import ACTIVE, Context, Grade, Launch, LtiUser, PendingLaunch, Platform, ResourceLink, Ticket
from lms_app.lti.queries.platforms import COLUMNS

PENDING = (
    select(*COLUMNS, PendingLaunch.digest, PendingLaunch.nonce, PendingLaunch.browser, PendingLaunch.storage)
    .join(Platform, Platform.id == PendingLaunch.platform_id)
    .where(PendingLaunch.digest == bindparam("digest"), PendingLaunch.expires_at > bindparam("now"))
)
BEGIN = insert(PendingLaunch)
KNOWN = (
    select(
        LtiUser.id.label("user_id"),
        LtiUser.person_id,
        LtiUser.name,
        LtiUser.email,
        Enrolment.id.label("enrolment_id"),
        Enrolment.version_id,
        Enrolment.due_at,
        ResourceLink.id.label("link_id"),
        ResourceLink.place,
        ResourceLink.title,
        ResourceLink.history,
        ResourceLink.lineitem,
        ResourceLink.lineitems,
        ResourceLink.scopes,
        ResourceLink.class_id,
        Context.title.label("class_title"),
        Context.history.label("class_history"),
        Context.memberships_url,
        Grade.id.label("grade_id"),
        Grade.state,
        Course.status.label("course_status"),
    )
    .select_from(LtiUser)
    .outerjoin(Course, Course.id == bindparam("course"))
    .outerjoin(Enrolment, and_(Enrolment.person_id == LtiUser.person_id, Enrolment.course_id == bindparam("course")))
    .outerjoin(
        ResourceLink,
        and_(
            ResourceLink.platform_id == LtiUser.platform_id,
            ResourceLink.deployment_id == bindparam("deployment"),
            ResourceLink.context_id == bindparam("context"),
            ResourceLink.resource_link_id == bindparam("link"),
            ResourceLink.course_id == bindparam("course"),
        ),
    )
    .outerjoin(Context, Context.id == ResourceLink.class_id)
    .outerjoin(
        Grade,
        and_(
            Grade.user_id == LtiUser.id,
            Grade.lineitem == func.coalesce(func.nullif(bindparam("lineitem"), ""), ResourceLink.lineitem),
            Grade.enrolment_id == Enrolment.id,
        ),
    )
    .where(LtiUser.platform_id == bindparam("platform"), LtiUser.sub == bindparam("sub"))
)
LINK = select(*ResourceLink.__table__.columns).where(ResourceLink.id == bindparam("link"))
LINKS_NAMED = select(ResourceLink.resource_link_id, ResourceLink.course_id, ResourceLink.place).where(
    ResourceLink.platform_id == bindparam("platform"),
    ResourceLink.deployment_id == bindparam("deployment"),
    ResourceLink.resource_link_id.in_(bindparam("links", expanding=True)),
)
LAUNCHED = insert(Launch)
SIGNED_IN = insert(FrameSession)
USE_PENDING = delete(PendingLaunch).where(
    PendingLaunch.digest == bindparam("digest"), PendingLaunch.nonce == bindparam("nonce")
)
PRUNE_PENDING = delete(PendingLaunch).where(PendingLaunch.expires_at <= bindparam("now"))
PRUNE_TICKETS = delete(Ticket).where(Ticket.expires_at <= bindparam("now"))
TICKET = (
    select(
        Ticket.launch_id,
        Ticket.browser,
        Launch.scope,
        Launch.opens,
        LtiUser.person_id,
        Person.name,
        Platform.name.label("platform"),
    )
    .join(Launch, Launch.id == Ticket.launch_id)
    .join(LtiUser, LtiUser.id == Launch.user_id)
    .join(Person, Person.id == LtiUser.person_id)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .where(Ticket.digest == bindparam("digest"), Ticket.expires_at > bindparam("now"), Platform.status == ACTIVE)
)
USE_TICKET = delete(Ticket).where(Ticket.digest == bindparam("digest"))
COURSES = select(Course.id).where(Course.status == OPEN).order_by(Course.id)
NEWEST_USER = select(LtiUser.person_id).where(LtiUser.sub == bindparam("sub")).order_by(LtiUser.at.desc())


def begin(**values: Any) -> None:
    change(BEGIN, **values)


def pending(digest: str, now: datetime) -> Row[Any] | None:
    """A login still waited for, with the columns of its platform."""
    return row(PENDING, digest=digest, now=now)


def known(**ids: Any) -> Row[Any] | None:
    """What earlier launches of this user left: ids of enrolment, link and grade, each None when it is the first."""
    return row(KNOWN, **ids)


def link(link_id: UUID) -> Row[Any] | None:
    return row(LINK, link=link_id)


def links_named(platform_id: UUID, deployment: str, names: Sequence[str]) -> Sequence[Row[Any]]:
    """Links of a deployment by the ids its platform gave them, in whatever class."""
    return rows(LINKS_NAMED, platform=platform_id, deployment=deployment, links=list(names))


def launched(**values: Any) -> None:
    change(LAUNCHED, **values)


def signed_in(**values: Any) -> None:
    change(SIGNED_IN, **values)


def use_pending(digest: str, nonce: str) -> bool:
    """Whether it was ours to use: of two launches with one state only one gets True."""
    return change(USE_PENDING, digest=digest, nonce=nonce) == 1


def prune(now: datetime) -> None:
    change(PRUNE_PENDING, now=now)


def prune_tickets(now: datetime) -> None:
    change(PRUNE_TICKETS, now=now)


def ticket(digest: str, now: datetime) -> Row[Any] | None:
    return row(TICKET, digest=digest, now=now)


def use_ticket(digest: str) -> bool:
    return change(USE_TICKET, digest=digest) == 1


def open_courses() -> list[str]:
    return [found.id for found in rows(COURSES)]


def newest_user(sub: str) -> Row[Any] | None:
    """The person last launched under this `sub`, of whichever platform (trials by command)."""
    return row(NEWEST_USER, sub=sub)
