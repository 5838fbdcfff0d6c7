"""Platforms, our keys, their tokens and key sets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, exists, func, literal, literal_column, or_, select

from lms_app.accounts.models import FrameSession
from lms_app.core.db import change, row, rows
from lms_app.lti.models import (
    DELETED,
    PENDING,
    AccessToken,
    Context,
    Deployment,
    KeySet,
    Launch,
    LtiUser,
    Platform,
    ResourceLink,
    ToolKey,
)
from lms_app.lti.platform import Registered

_LINE: Any = literal_column("'\n'")
"""Not the plain text: that would be written into the statement anew at each call, for a tenth of a millisecond."""

COLUMNS = (
    Platform.id,
    Platform.name,
    Platform.issuer,
    Platform.client_id,
    Platform.auth_url,
    Platform.token_url,
    Platform.jwks_url,
    Platform.audience,
    Platform.status,
    Platform.product,
    select(func.aggregate_strings(Deployment.deployment_id, _LINE))
    .where(Deployment.platform_id == Platform.id)
    .scalar_subquery()
    .label("deployments"),
)
PLATFORMS = select(*COLUMNS).where(Platform.status != DELETED).order_by(Platform.name, Platform.id)
PLATFORM = select(*COLUMNS).where(Platform.id == bindparam("platform"))
BY_ISSUER = (
    select(*COLUMNS)
    .where(Platform.issuer == bindparam("issuer"), Platform.status != DELETED)
    .order_by(Platform.created_at)
)
BY_REGISTRATION = select(*COLUMNS).where(
    Platform.issuer == bindparam("issuer"), Platform.client_id == bindparam("client")
)
BY_CLIENT = select(Platform.issuer).where(Platform.client_id == bindparam("client"), Platform.status != DELETED)
PENDING_ONES = select(func.count().label("platforms")).select_from(Platform).where(Platform.status == PENDING)
USED = select(literal(1)).where(
    or_(*(exists().where(table.platform_id == bindparam("platform")) for table in (LtiUser, ResourceLink, Context)))
)
KEYS = (
    select(ToolKey.kid, ToolKey.private_pem, ToolKey.signs_from, ToolKey.retired_at)
    .where(or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > bindparam("since")))
    .order_by(ToolKey.created_at.desc())
)
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
END_SESSIONS = delete(FrameSession).where(
    FrameSession.person_id.in_(select(LtiUser.person_id).where(LtiUser.platform_id == bindparam("platform")))
)
KEY_SET = select(KeySet.fetched_at).where(KeySet.url == bindparam("url"))


def platforms() -> Sequence[Row[Any]]:
    """All that are not deleted, by name."""
    return rows(PLATFORMS)


def platform(platform_id: UUID) -> Row[Any] | None:
    """One platform, deleted or not."""
    return row(PLATFORM, platform=platform_id)


def by_issuer(issuer: str) -> Sequence[Row[Any]]:
    """Every registration of an issuer: Canvas and Blackboard use one issuer for all their clouds."""
    return rows(BY_ISSUER, issuer=issuer)


def by_registration(issuer: str, client_id: str) -> Row[Any] | None:
    """The one registration with these names, deleted or not."""
    return row(BY_REGISTRATION, issuer=issuer, client=client_id)


def by_client(client_id: str) -> Sequence[Row[Any]]:
    """The issuers that know us by this client_id."""
    return rows(BY_CLIENT, client=client_id)


def pending() -> int:
    """How many registered themselves and wait for an administrator."""
    found = row(PENDING_ONES)
    return found.platforms if found else 0


def is_used(platform_id: UUID) -> bool:
    """Whether anybody or anything came from there."""
    return row(USED, platform=platform_id) is not None


def registered(found: Row[Any]) -> Registered:
    """A platform's row, as the checks want it."""
    known = frozenset((found.deployments or "").split("\n")) - {""}
    return Registered(found.issuer, found.client_id, found.auth_url, found.jwks_url, known)


def tool_keys(since: datetime) -> Sequence[Row[Any]]:
    """Our keys, newest first: those in use or to come, and those retired after `since`."""
    return rows(KEYS, since=since)


def token(platform_id: UUID, scopes: str, now: datetime) -> str | None:
    found = row(TOKEN, platform=platform_id, scopes=scopes, now=now)
    return found.token if found else None


def use_of_platforms() -> dict[UUID, Row[Any]]:
    """Platform id -> when it was last used and how often."""
    return {found.platform_id: found for found in rows(LAST_LAUNCH)}


def key_set_at(url: str) -> datetime | None:
    found = row(KEY_SET, url=url)
    return found.fetched_at if found else None


def end_sessions(platform_id: UUID) -> None:
    """Shut the frames of everybody who comes from this platform; they open again from any other."""
    change(END_SESSIONS, platform=platform_id)
