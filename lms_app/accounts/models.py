"""People, what they may do, where they work, and how they sign in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.accounts.numbering import ONE_BY_ONE, Number, PersonNumber, person_key
from lms_app.core.db import Base, Id

SEXES = {"M": "Nam", "F": "Nữ"}
"""Letter -> Vietnamese source word."""


class Person(Base):
    """Somebody known by name. `email` is lower case; None for people known only through an LMS.

    `epoch` is compared with the one in the session: adding 1 signs the person out everywhere.
    `name` is one field, as typed, NFC; `sort_key` is `text.name_key(name)`. `name_source`: own (typed or confirmed by
    the person or the office), platform (told by a learning platform) or none (nobody told one, so ours stands in). The
    last two are to be confirmed before they are certified.
    `staff_code` (Mã CBCCVC, upper case) and `email` are what lists match people by, never name and birth date.
    `birth_year` alone is kept where nobody said the day. `sex`: M, F or "". `reminders`: whether mail about due dates
    is wanted. `number`: see `numbering`.
    """

    __tablename__ = "person"
    __table_args__ = (Index(None, "sort_key", "id"), UniqueConstraint("id", "number"), ONE_BY_ONE)
    id: Mapped[Id]
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    sort_key: Mapped[str] = mapped_column(String(1000))
    name_source: Mapped[str] = mapped_column(String(10), default="own", server_default="own")
    staff_code: Mapped[str | None] = mapped_column(String(40), unique=True)
    birth_date: Mapped[date | None]
    birth_year: Mapped[int | None]
    sex: Mapped[str] = mapped_column(String(1), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(30), default="", server_default="")
    reminders: Mapped[bool] = mapped_column(default=True, server_default=true())
    password_hash: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(5), default="vi")
    epoch: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    number: Mapped[Number]


class Role(Base):
    """trainee needs no row; the others: trainer, hr, admin.

    `unit_id`, for hr only: whose staff they look after, with all units below it; None for everybody's.
    """

    __tablename__ = "role"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))


class Employment(Base):
    """Where a person works, as what, from one day to another (`until` is the last). A person may have several at once.

    The audience group (LD, CT, CC) belongs to the post, not the person. `duty`, for CT: full (chuyên trách) or part
    (kiêm nhiệm), else "".
    """

    __tablename__ = "employment"
    __table_args__ = (
        person_key(),
        Index("ix_employment_in_unit", "unit_id", "since", "until", "audience", "person_id", "person_number"),
    )
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[str] = mapped_column(String(300), default="")
    group: Mapped[str] = mapped_column("audience", String(10))
    duty: Mapped[str] = mapped_column(String(4), default="", server_default="")
    since: Mapped[date]
    until: Mapped[date | None]
    person_number: Mapped[PersonNumber]


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


class StaffImport(Base):
    """A staff list that HR sent, on its way: checked, looked at, applied as a whole.

    `state`: waiting, checking, checked, applying, done, refused (`error` says why, with `error_values`) or cancelled.
    `roots`: ids of the units whose staff the sender looked after then. `counts`: new, changed, unchanged, wrong, absent
    (rows or people). `done` of `total` rows tell how far it is. `leave_absent`: end the employments of who is not
    listed any more. `file_key`: what was sent; `rows_key`: what was read from it; `faults_key`: the wrong rows.
    """

    __tablename__ = "staff_import"
    id: Mapped[Id]
    state: Mapped[str] = mapped_column(String(10))
    file_name: Mapped[str] = mapped_column(String(200))
    file_key: Mapped[str] = mapped_column(String(200))
    rows_key: Mapped[str | None] = mapped_column(String(200))
    faults_key: Mapped[str | None] = mapped_column(String(200))
    roots: Mapped[list[str]] = mapped_column(JSON)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    leave_absent: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(String(500), default="")
    error_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sent_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    sent_by_name: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
