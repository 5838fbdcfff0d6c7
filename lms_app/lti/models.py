"""Platforms, launches in flight and done, people as platforms name them, and the grades owed to them.

Secrets that others bring (state, nonce, browser cookie, ticket) are kept as SHA-256 only.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id

LONG_URL = 1000


PENDING, ACTIVE, DISABLED, DELETED = "pending", "active", "disabled", "deleted"


class Platform(Base):
    """One registration: issuer and client_id together. `audience` where the token endpoint wants another `aud`.

    `status`: pending (registered itself, an administrator decides), active, disabled, deleted (what its people did
    stays). `product` is its family code, as the platform tells it: the key of its quirks.
    """

    __tablename__ = "lti_platform"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_url: Mapped[str] = mapped_column(String(LONG_URL))
    token_url: Mapped[str] = mapped_column(String(LONG_URL))
    jwks_url: Mapped[str] = mapped_column(String(LONG_URL))
    audience: Mapped[str | None] = mapped_column(String(LONG_URL))
    status: Mapped[str] = mapped_column(String(10), default=ACTIVE, server_default=ACTIVE)
    product: Mapped[str] = mapped_column(String(100), default="", server_default="")
    created_at: Mapped[datetime]


class Deployment(Base):
    __tablename__ = "lti_deployment"
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"), primary_key=True)
    deployment_id: Mapped[str] = mapped_column(String(255), primary_key=True)


class ToolKey(Base):
    """Our own signing key: signs from `signs_from` until `retired_at`; public from the start and a month longer.

    A new one is published before it signs, so that no platform that keeps our key set for a while misses it.
    """

    __tablename__ = "lti_tool_key"
    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    private_pem: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class PendingLaunch(Base):
    """A login begun: ties state, nonce, browser and platform together. Deleted by the launch that uses it.

    `storage`: the platform's frame that keeps the browser's secret where cookies fail (postMessage storage), or "".
    """

    __tablename__ = "lti_pending_launch"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(64))
    storage: Mapped[str] = mapped_column(String(100), default="", server_default="")
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Context(Base):
    """A class of a platform. Where a launch names no context, its link is the class: `context_id` is `link:<its id>`.

    `history`: ids of the contexts it was copied from, as sent. `roster_at`: when its members were last read.
    `differences_url`: where only changes since then are to be had. `taught_at`: a teacher's last launch.
    """

    __tablename__ = "lti_context"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id", "context_id"),)
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    context_id: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(String(300), default="")
    history: Mapped[str] = mapped_column(String(LONG_URL), default="")
    memberships_url: Mapped[str | None] = mapped_column(String(LONG_URL))
    differences_url: Mapped[str | None] = mapped_column(String(LONG_URL))
    roster_at: Mapped[datetime | None]
    roster_error: Mapped[str | None] = mapped_column(String(300))
    taught_at: Mapped[datetime | None]


class Member(Base):
    """Somebody on the roster of a class, launched or not. Nothing but the name is kept: nothing else is shown.

    `role`: learner, teacher, other. `status`: active, inactive, gone (no longer listed; their history stays).
    """

    __tablename__ = "lti_member"
    class_id: Mapped[UUID] = mapped_column(ForeignKey("lti_context.id"), primary_key=True)
    sub: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(String(300), default="")
    sort_key: Mapped[str] = mapped_column(String(1000), default="")
    role: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), default="active")
    at: Mapped[datetime]


class ResourceLink(Base):
    """A link in a platform's course. `place` is what it opens in ours: empty, `final` or `lessons/<slug>`.

    `history`: ids of the links it was copied from, as sent. `lineitem`: its column in the gradebook, as the last launch
    told or as found by us; `lineitem_error` says why there is none.
    """

    __tablename__ = "lti_resource_link"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id", "context_id", "resource_link_id"),)
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    context_id: Mapped[str] = mapped_column(String(255), default="")
    resource_link_id: Mapped[str] = mapped_column(String(255))
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("lti_context.id"), index=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"))
    place: Mapped[str] = mapped_column(String(100), default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    history: Mapped[str] = mapped_column(String(LONG_URL), default="", server_default="")
    lineitem: Mapped[str | None] = mapped_column(String(LONG_URL))
    lineitems: Mapped[str | None] = mapped_column(String(LONG_URL))
    scopes: Mapped[list[str] | None] = mapped_column(JSON)
    lineitem_error: Mapped[str | None] = mapped_column(String(300))


class LtiUser(Base):
    """A person as one platform names them; never matched by e-mail. `name` and `email` as sent, at the time `at`.

    `person_id` is the person made for them, or the account they linked (`AccountLink` knows the way back).
    """

    __tablename__ = "lti_user"
    __table_args__ = (UniqueConstraint("platform_id", "sub"),)
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"))
    sub: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(300), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    at: Mapped[datetime]


class AccountLink(Base):
    """An `LtiUser` joined to an account here, by that account's own sign-in (`how`: password) or a mail to it (mail).

    `moved`: ids of the enrolments that went along, since the account had none in their course; undone, they come back.
    """

    __tablename__ = "lti_account_link"
    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("lti_user.id"), index=True)
    own_person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    how: Mapped[str] = mapped_column(String(10))
    moved: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class LinkMail(Base):
    """A mailed question whether an `LtiUser` is this account. Only the token's SHA-256 is kept; an hour, once."""

    __tablename__ = "lti_link_mail"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("lti_user.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]


class Launch(Base):
    """One opening of a link, as the platform signed it. `opens`: the path here; `scope`: what its session may do.

    A teacher has no enrolment; a data privacy launch has no link.
    """

    __tablename__ = "lti_launch"
    id: Mapped[Id]
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("lti_resource_link.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("lti_user.id"), index=True)
    enrolment_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrolment.id"))
    opens: Mapped[str] = mapped_column(String(300), default="", server_default="")
    roles: Mapped[list[str]] = mapped_column(JSON)
    lineitem: Mapped[str | None] = mapped_column(String(LONG_URL))
    lineitems: Mapped[str | None] = mapped_column(String(LONG_URL))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    scope: Mapped[dict[str, Any]] = mapped_column(JSON)
    return_url: Mapped[str | None] = mapped_column(String(LONG_URL))
    locale: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime]


class Ticket(Base):
    """A launch that waits for a person's word in a new tab, because the frame holds no cookie. 60 seconds, once.

    `browser`: what the platform's storage must hold for the frame to go on without a tab; "" where it keeps nothing.
    """

    __tablename__ = "lti_ticket"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    launch_id: Mapped[UUID] = mapped_column(ForeignKey("lti_launch.id"))
    browser: Mapped[str] = mapped_column(String(64), default="", server_default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Picking(Base):
    """A teacher choosing what to link (deep linking). Its secret stands in the address, so that it needs no cookie.

    `settings`: what the platform accepts, as `deeplinks.read` made it. Answered once, within an hour.
    """

    __tablename__ = "lti_picking"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    sub: Mapped[str] = mapped_column(String(255), default="")
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    locale: Mapped[str] = mapped_column(String(20), default="")
    origin: Mapped[str] = mapped_column(String(LONG_URL), default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]


class Grade(Base):
    """What one line item was told about one user. Made by a learner's launch, or when the column of its link is found.

    `state`: owed, sent, held, given-up. `sent_at` is the timestamp of the last score sent: the next one is a later
    second. `sent_certificate`: the code that its comment told.
    """

    __tablename__ = "lti_grade"
    __table_args__ = (UniqueConstraint("lineitem", "user_id"),)
    id: Mapped[Id]
    lineitem: Mapped[str] = mapped_column(String(LONG_URL))
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("lti_resource_link.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("lti_user.id"), index=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    sent_certificate: Mapped[str | None] = mapped_column(String(20))
    sent_share: Mapped[float | None]
    sent_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="owed")
    error: Mapped[str | None] = mapped_column(String(300))


class AccessToken(Base):
    """A platform's token for its services, kept until it ends."""

    __tablename__ = "lti_access_token"
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"), primary_key=True)
    scopes: Mapped[str] = mapped_column(String(500), primary_key=True)
    token: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]


class KeySet(Base):
    """A platform's public keys as last read, so that a restart needs no platform. `keys` are JWKs."""

    __tablename__ = "lti_key_set"
    url: Mapped[str] = mapped_column(String(LONG_URL), primary_key=True)
    keys: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    fetched_at: Mapped[datetime]
