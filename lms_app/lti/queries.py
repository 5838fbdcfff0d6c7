"""Reading platforms, launches and grades."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, func, insert, or_, select, update

from lms_app.accounts.models import FrameSession, Person
from lms_app.core.db import change, row, rows
from lms_app.courses.models import Course
from lms_app.learning.models import Enrolment
from lms_app.lti.models import (
    AccessToken,
    Deployment,
    Grade,
    KeySet,
    Launch,
    LtiUser,
    PendingLaunch,
    Platform,
    ResourceLink,
    Ticket,
    ToolKey,
)
from lms_app.lti.platform import Registered

_PLATFORM = (
    Platform.id,
    Platform.name,
    Platform.issuer,
    Platform.client_id,
    Platform.auth_url,
    Platform.token_url,
    Platform.jwks_url,
    Platform.audience,
    Platform.active,
    select(func.aggregate_strings(Deployment.deployment_id, "\n"))
    .where(Deployment.platform_id == Platform.id)
    .scalar_subquery()
    .label("deployments"),
)
PLATFORMS = select(*_PLATFORM).order_by(Platform.name, Platform.id)
PLATFORM = select(*_PLATFORM).where(Platform.id == bindparam("platform"))
BY_ISSUER = select(*_PLATFORM).where(Platform.issuer == bindparam("issuer")).order_by(Platform.created_at)
PENDING = (
    select(*_PLATFORM, PendingLaunch.digest, PendingLaunch.nonce, PendingLaunch.browser)
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
        ResourceLink.id.label("link_id"),
        ResourceLink.place,
        ResourceLink.title,
        Grade.id.label("grade_id"),
        Grade.state,
    )
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
    .outerjoin(
        Grade,
        and_(
            Grade.user_id == LtiUser.id,
            Grade.lineitem == bindparam("lineitem"),
            Grade.enrolment_id == Enrolment.id,
        ),
    )
    .where(LtiUser.platform_id == bindparam("platform"), LtiUser.sub == bindparam("sub"))
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
        Launch.scope,
        LtiUser.person_id,
        Person.name,
        Platform.name.label("platform"),
        ResourceLink.course_id,
        ResourceLink.place,
        Launch.enrolment_id,
        Enrolment.version_id,
    )
    .join(Launch, Launch.id == Ticket.launch_id)
    .join(Enrolment, Enrolment.id == Launch.enrolment_id)
    .join(LtiUser, LtiUser.id == Launch.user_id)
    .join(Person, Person.id == LtiUser.person_id)
    .join(ResourceLink, ResourceLink.id == Launch.link_id)
    .join(Platform, Platform.id == ResourceLink.platform_id)
    .where(Ticket.digest == bindparam("digest"), Ticket.expires_at > bindparam("now"), Platform.active.is_(True))
)
USE_TICKET = delete(Ticket).where(Ticket.digest == bindparam("digest"))
KEYS = (
    select(ToolKey.kid, ToolKey.private_pem, ToolKey.retired_at)
    .where(or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > bindparam("since")))
    .order_by(ToolKey.retired_at.is_not(None), ToolKey.created_at.desc())
)
COURSES = select(Course.id).where(Course.status == "published").order_by(Course.id)
_GRADE = (
    Grade.id,
    Grade.lineitem,
    Grade.enrolment_id,
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
    .values(sent_share=bindparam("share"), sent_at=bindparam("at"), state="sent", error=None)
)
STATE = update(Grade).where(Grade.id == bindparam("grade")).values(state=bindparam("new_state"), error=bindparam("why"))
TOKEN = select(AccessToken.token).where(
    AccessToken.platform_id == bindparam("platform"),
    AccessToken.scopes == bindparam("scopes"),
    AccessToken.expires_at > bindparam("now"),
)
LAST_LAUNCH = (
    select(ResourceLink.platform_id, func.max(Launch.at).label("at"), func.count(Launch.id).label("launches"))
    .join(Launch, Launch.link_id == ResourceLink.id)
    .group_by(ResourceLink.platform_id)
)
KEY_SET = select(KeySet.fetched_at).where(KeySet.url == bindparam("url"))
NEWEST_USER = select(LtiUser.person_id).where(LtiUser.sub == bindparam("sub")).order_by(LtiUser.at.desc())


def platforms() -> Sequence[Row[Any]]:
    return rows(PLATFORMS)


def platform(platform_id: UUID) -> Row[Any] | None:
    return row(PLATFORM, platform=platform_id)


def by_issuer(issuer: str) -> Sequence[Row[Any]]:
    """Every registration of an issuer: Canvas and Blackboard use one issuer for all their clouds."""
    return rows(BY_ISSUER, issuer=issuer)


def registered(found: Row[Any]) -> Registered:
    """A platform's row, as the checks want it."""
    known = frozenset((found.deployments or "").split("\n")) - {""}
    return Registered(found.issuer, found.client_id, found.auth_url, found.jwks_url, known)


def begin(**values: Any) -> None:
    change(BEGIN, **values)


def pending(digest: str, now: datetime) -> Row[Any] | None:
    """A login still waited for, with the columns of its platform."""
    return row(PENDING, digest=digest, now=now)


def known(**ids: Any) -> Row[Any] | None:
    """What earlier launches of this user left: ids of enrolment, link and grade, each None when it is the first."""
    return row(KNOWN, **ids)


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


def tool_keys(since: datetime) -> Sequence[Row[Any]]:
    """Our keys: those that sign (newest first), then those retired after `since`."""
    return rows(KEYS, since=since)


def open_courses() -> list[str]:
    return [found.id for found in rows(COURSES)]


def grade(grade_id: UUID) -> Row[Any] | None:
    return row(GRADE, grade=grade_id)


def grades_of(enrolment_id: UUID) -> Sequence[Row[Any]]:
    """Every line item that waits for this enrolment's score, by id."""
    return rows(GRADES_OF, enrolment=enrolment_id)


def grade_list() -> Sequence[Row[Any]]:
    return rows(GRADE_LIST)


def mark_sent(grade_id: UUID, share: float, at: datetime) -> None:
    change(SENT, grade=grade_id, share=share, at=at)


def mark_state(grade_id: UUID, state: str, why: str | None) -> None:
    change(STATE, grade=grade_id, new_state=state, why=why)


def token(platform_id: UUID, scopes: str, now: datetime) -> str | None:
    found = row(TOKEN, platform=platform_id, scopes=scopes, now=now)
    return found.token if found else None


def use_of_platforms() -> dict[UUID, Row[Any]]:
    """Platform id -> when it was last used and how often."""
    return {found.platform_id: found for found in rows(LAST_LAUNCH)}


def key_set_at(url: str) -> datetime | None:
    found = row(KEY_SET, url=url)
    return found.fetched_at if found else None


def newest_user(sub: str) -> Row[Any] | None:
    """The person last launched under this `sub`, of whichever platform (trials by command)."""
    return row(NEWEST_USER, sub=sub)
