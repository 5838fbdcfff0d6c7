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


class Platform(Base):
    """One registration: issuer and client_id together. `audience` where the token endpoint wants another `aud`."""

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
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Deployment(Base):
    __tablename__ = "lti_deployment"
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"), primary_key=True)
    deployment_id: Mapped[str] = mapped_column(String(255), primary_key=True)


class ToolKey(Base):
    """Our own signing key. A retired one signs nothing more, but stays public while its tokens may be on their way."""

    __tablename__ = "lti_tool_key"
    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    private_pem: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class PendingLaunch(Base):
    """A login begun: ties state, nonce, browser and platform together. Deleted by the launch that uses it."""

    __tablename__ = "lti_pending_launch"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(64))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ResourceLink(Base):
    """A link in a platform's course. `place` is what it opens in ours: empty, `final` or `lessons/<slug>`."""

    __tablename__ = "lti_resource_link"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id", "context_id", "resource_link_id"),)
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    context_id: Mapped[str] = mapped_column(String(255), default="")
    resource_link_id: Mapped[str] = mapped_column(String(255))
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"))
    place: Mapped[str] = mapped_column(String(100), default="")
    title: Mapped[str] = mapped_column(String(300), default="")


class LtiUser(Base):
    """A person as one platform names them; never matched by e-mail. `name` and `email` as sent, at the time `at`."""

    __tablename__ = "lti_user"
    __table_args__ = (UniqueConstraint("platform_id", "sub"),)
    id: Mapped[Id]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platform.id"))
    sub: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(300), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    at: Mapped[datetime]


class Launch(Base):
    """One opening of a link, as the platform signed it."""

    __tablename__ = "lti_launch"
    id: Mapped[Id]
    link_id: Mapped[UUID] = mapped_column(ForeignKey("lti_resource_link.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("lti_user.id"), index=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    roles: Mapped[list[str]] = mapped_column(JSON)
    lineitem: Mapped[str | None] = mapped_column(String(LONG_URL))
    lineitems: Mapped[str | None] = mapped_column(String(LONG_URL))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    scope: Mapped[dict[str, Any]] = mapped_column(JSON)
    return_url: Mapped[str | None] = mapped_column(String(LONG_URL))
    locale: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime]


class Ticket(Base):
    """A launch that waits for a person's word in a new tab, because the frame holds no cookie. 60 seconds, once."""

    __tablename__ = "lti_ticket"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    launch_id: Mapped[UUID] = mapped_column(ForeignKey("lti_launch.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Grade(Base):
    """What one line item was told about one user. Made by a learner's launch that came with a line item and the right.

    `state`: owed, sent, held. `sent_at` is the timestamp of the last score sent: the next one is a later second.
    """

    __tablename__ = "lti_grade"
    __table_args__ = (UniqueConstraint("lineitem", "user_id"),)
    id: Mapped[Id]
    lineitem: Mapped[str] = mapped_column(String(LONG_URL))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("lti_user.id"), index=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
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
