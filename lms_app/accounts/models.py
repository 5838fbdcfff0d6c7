"""People, what they may do, where they work, and how they sign in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id


class Person(Base):
    """Somebody known by name. `email` is lower case; None for people known only through an LMS.

    `epoch` is compared with the one in the session: adding 1 signs the person out everywhere.
    `name` is one field, as typed, NFC; `sort_key` is `text.name_key(name)`. `name_source`: own (typed or confirmed by
    the person or the office), platform (told by a learning platform) or none (nobody told one, so ours stands in). The
    last two are to be confirmed before they are certified.
    """

    __tablename__ = "person"
    id: Mapped[Id]
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    sort_key: Mapped[str] = mapped_column(String(1000))
    name_source: Mapped[str] = mapped_column(String(10), default="own", server_default="own")
    birth_date: Mapped[date | None]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(5), default="vi")
    epoch: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Role(Base):
    """trainee needs no row; the others: trainer, hr, admin."""

    __tablename__ = "role"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)


class Employment(Base):
    """Where a person works, as what. The audience group (LD, CT, CC) belongs to the post, not the person."""

    __tablename__ = "employment"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    position: Mapped[str] = mapped_column(String(300), default="")
    group: Mapped[str] = mapped_column("audience", String(10))
    since: Mapped[date]
    until: Mapped[date | None]


class SignInLink(Base):
    """A link sent by e-mail. Only its SHA-256 is kept; used once, within 24 hours."""

    __tablename__ = "sign_in_link"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FrameSession(Base):
    """A sign-in inside an LMS frame: a cookie of its own, and only what the launch allows.

    `scope`: `{"course": "cc-01", "launch": "<uuid>", "use": "learn", "origin": "https://lms.example", "back": ""}`.
    """

    __tablename__ = "frame_session"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    scope: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires_at: Mapped[datetime]
