"""People as platforms name them, and the accounts they linked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, select, update
from sqlalchemy.orm import aliased

from lms_app.accounts.models import FrameSession, Person
from lms_app.core.db import change, row, rows
from lms_app.learning.models import Enrolment
from lms_app.lti.models import AccountLink, Grade, Launch, LinkMail, LtiUser, Platform

_Account = aliased(Person)
_OPEN = and_(AccountLink.user_id == LtiUser.id, AccountLink.undone_at.is_(None))
USER_OF = (
    select(
        LtiUser.id.label("user_id"),
        LtiUser.name,
        LtiUser.email,
        LtiUser.at,
        Platform.name.label("platform"),
        AccountLink.at.label("linked_at"),
        _Account.name.label("account_name"),
        _Account.email.label("account_email"),
    )
    .join(Launch, Launch.user_id == LtiUser.id)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .outerjoin(AccountLink, _OPEN)
    .outerjoin(_Account, _Account.id == AccountLink.account_id)
    .where(Launch.id == bindparam("launch"))
)
ASKED = (
    select(
        LinkMail.user_id,
        LinkMail.account_id,
        LtiUser.name,
        Platform.name.label("platform"),
        _Account.email.label("account_email"),
        _Account.locale,
    )
    .join(LtiUser, LtiUser.id == LinkMail.user_id)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .join(_Account, _Account.id == LinkMail.account_id)
    .where(LinkMail.digest == bindparam("digest"), LinkMail.expires_at > bindparam("now"), _Account.active.is_(True))
)
QUESTION = (
    select(LtiUser.name, Platform.name.label("platform"), _Account.email, _Account.locale)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .join(_Account, _Account.id == bindparam("account"))
    .where(LtiUser.id == bindparam("user"))
)
USE_MAIL = delete(LinkMail).where(LinkMail.digest == bindparam("digest"))
PRUNE_MAIL = delete(LinkMail).where(LinkMail.expires_at <= bindparam("now"))
OPEN_LINK = select(AccountLink.id).where(AccountLink.user_id == bindparam("user"), AccountLink.undone_at.is_(None))
LINKS_OF = (
    select(AccountLink.id, AccountLink.at, LtiUser.name, Platform.name.label("platform"))
    .join(LtiUser, LtiUser.id == AccountLink.user_id)
    .join(Platform, Platform.id == LtiUser.platform_id)
    .where(AccountLink.account_id == bindparam("account"), AccountLink.undone_at.is_(None))
    .order_by(AccountLink.at)
)
LAUNCHES_OF = select(Launch.id).where(Launch.user_id == bindparam("user"))
SESSIONS_OF = select(FrameSession.digest, FrameSession.scope).where(FrameSession.person_id == bindparam("person"))
MOVE_SESSION = (
    update(FrameSession).where(FrameSession.digest == bindparam("which")).values(person_id=bindparam("person"))
)
_Old, _New = aliased(Enrolment), aliased(Enrolment)
GRADES_ELSEWHERE = (
    select(Grade.id, Grade.lineitem, _New.id.label("enrolment_id"))
    .join(_Old, _Old.id == Grade.enrolment_id)
    .join(_New, and_(_New.course_id == _Old.course_id, _New.person_id == bindparam("person")))
    .where(Grade.user_id == bindparam("user"), _Old.person_id != bindparam("person"))
    .order_by(Grade.id)
)


def user_of(launch_id: UUID) -> Row[Any] | None:
    """The user of a launch as the platform told of them, and the account they have linked."""
    return row(USER_OF, launch=launch_id)


def asked(digest: str, now: datetime) -> Row[Any] | None:
    """Who asks, by a mailed token, to be which account."""
    return row(ASKED, digest=digest, now=now)


def question(user_id: UUID, account_id: UUID) -> Row[Any] | None:
    """What the mail to the account says: who asks, from where, in which language."""
    return row(QUESTION, user=user_id, account=account_id)


def use_mail(digest: str) -> bool:
    return change(USE_MAIL, digest=digest) == 1


def prune_mail(now: datetime) -> None:
    change(PRUNE_MAIL, now=now)


def open_link(user_id: UUID) -> Row[Any] | None:
    return row(OPEN_LINK, user=user_id)


def links_of(account_id: UUID) -> Sequence[Row[Any]]:
    """The users of platforms that are linked to an account."""
    return rows(LINKS_OF, account=account_id)


def move_sessions(user_id: UUID, before: UUID, after: UUID) -> None:
    """Let the frame sessions that this user's launches opened be another person's."""
    launches = {str(found.id) for found in rows(LAUNCHES_OF, user=user_id)}
    for session in rows(SESSIONS_OF, person=before):
        if session.scope["launch"] in launches:
            change(MOVE_SESSION, which=session.digest, person=after)


def grades_elsewhere(user_id: UUID, person_id: UUID) -> Sequence[Row[Any]]:
    """Grades of this user that still tell of another person's enrolment, with this person's in the same course."""
    return rows(GRADES_ELSEWHERE, user=user_id, person=person_id)
