"""Units with history, and the dated data the plan is measured by. Names change and units merge: never key by name.

Every period of days is closed: `valid_from` and `valid_until` (or `since` and `until`) are its first and last day.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id

MERGE, SPLIT, RENAME, MOVE, ABOLISH = "merge", "split", "rename", "move", "abolish"
"""Kinds of succession."""

BEGINNING = date(2000, 1, 1)
"""The first day of a unit of which nobody said when it began."""


class Unit(Base):
    """An office as it was from one day to another: under one name, of one kind, below one parent.

    A rename or a move ends it and begins a successor (`UnitSuccession`), so that reports of an earlier day stay true.
    `code` is what lists name it by; a successor that keeps the code takes it over, and the one before it is then called
    `<code>@<last day>`. `kind`: see `kinds.py`. `act`: number and date of what set it up or changed it.
    """

    __tablename__ = "unit"
    __table_args__ = (CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="period"),)
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(12), default="other", server_default="other")
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    valid_from: Mapped[date] = mapped_column(default=BEGINNING, server_default=BEGINNING.isoformat())
    valid_until: Mapped[date | None]
    act: Mapped[str] = mapped_column(String(300), default="", server_default="")


class UnitSuccession(Base):
    """What became of a unit: many to many. `to_id` is None when it was abolished without a successor.

    `on`: the first day of the new state. `kind`: merge, split, rename, move or abolish.
    """

    __tablename__ = "unit_succession"
    __table_args__ = (UniqueConstraint("from_id", "to_id"),)
    id: Mapped[Id]
    from_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    to_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    on: Mapped[date] = mapped_column("on_day")
    act: Mapped[str] = mapped_column(String(300), default="")


class Headcount(Base):
    """How many people a unit has by its own word, without those of the units below it: the denominator of coverage.

    The newest row of a unit up to a day holds on that day. `source`: the decision or the unit's own declaration.
    `ld`, `ct`, `cc`: people of each audience group.
    """

    __tablename__ = "headcount"
    __table_args__ = (UniqueConstraint("unit_id", "on_day"),)
    id: Mapped[Id]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    on: Mapped[date] = mapped_column("on_day")
    ld: Mapped[int]
    ct: Mapped[int]
    cc: Mapped[int]
    source: Mapped[str] = mapped_column(String(300))
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(300))


class Plan(Base):
    """A unit's training plan for one year. `status`: draft, submitted or approved; K1 counts approved ones."""

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("unit_id", "year"), Index(None, "year", "status"))
    id: Mapped[Id]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    number: Mapped[str] = mapped_column(String(100))
    signed_on: Mapped[date | None]
    title: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[str] = mapped_column(String(10))
    file_key: Mapped[str | None] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_bytes: Mapped[int | None]
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(300))


class Target(Base):
    """What an act asks for: `indicator` (K1 ... K9) of a unit with all below it, in one group or ("") in all.

    `value` is a share in [0, 1] for K1, K2, K5, K6, K7 and K9, else a number (K3: experts, K4: campaigns a year,
    K8: periods a year). `act`: the plan or decision it comes from.
    """

    __tablename__ = "target"
    id: Mapped[Id]
    indicator: Mapped[str] = mapped_column(String(4), index=True)
    group: Mapped[str] = mapped_column("audience", String(10), default="")
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    value: Mapped[float]
    act: Mapped[str] = mapped_column(String(300))
    note: Mapped[str] = mapped_column(String(500), default="")


class Baseline(Base):
    """A figure that an act states for a day: `have` of `out_of` (None: a plain number). `note` says what it is not."""

    __tablename__ = "baseline"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    on: Mapped[date] = mapped_column("on_day")
    have: Mapped[float]
    out_of: Mapped[float | None]
    act: Mapped[str] = mapped_column(String(300))
    note: Mapped[str] = mapped_column(String(500), default="")


class Campaign(Base):
    """A campaign of awareness: when, over what channel, and how many people it reached (`reach`, None: not known)."""

    __tablename__ = "campaign"
    id: Mapped[Id]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    since: Mapped[date]
    until: Mapped[date | None]
    channel: Mapped[str] = mapped_column(String(200))
    reach: Mapped[int | None]
    act: Mapped[str] = mapped_column(String(300), default="")


class NetworkMember(Base):
    """Somebody of the network: an expert of a sector, core staff of a unit, or of a community digital team.

    `kind`: expert, core or community. Named as told; `contact` is an office's telephone or e-mail.
    """

    __tablename__ = "network_member"
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(10), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    full_name: Mapped[str] = mapped_column(String(300))
    sector: Mapped[str] = mapped_column(String(100), default="")
    position: Mapped[str] = mapped_column(String(300), default="")
    contact: Mapped[str] = mapped_column(String(254), default="")
    since: Mapped[date]
    until: Mapped[date | None]
    act: Mapped[str] = mapped_column(String(300), default="")
