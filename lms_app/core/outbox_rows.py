"""The outbox's two tables and every statement on them. The same text for both databases.

States are literals in statements and indexes: a bound value hides the partial indexes from the planner.
On SQLite FOR UPDATE is left out by the compiler; there the transaction is IMMEDIATE.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, aliased, mapped_column

from lms_app.core.db import Base, Instant, Serial

AT_ONCE = 8
"""Sends to one host at the same time: 10,000 grades in under two minutes to a platform that answers in 50 ms."""

TRIP = 5
"""Host faults in a row after which a lane pauses and then lets one row through as a probe."""

PROBE = 45.0
"""Seconds that a lane pauses at most between two probes, unless its host named a time (Retry-After)."""

_OPEN, _UNFINISHED, _DONE = "state = 'open'", "state IN ('open', 'held')", "state = 'done'"


class OutboxRow(Base):
    """One thing owed. `state`: open, held (waits for a person), done, dropped (by a person, with an audit entry).

    `key` is what must stay in order; `lane` is who can be slow or dead. `payload` holds ids only.
    `due_at`: not before; while `owner` is set it is the end of the lease, so an expired lease needs no repair.
    `takes` counts takes and is the fencing token; `attempts` counts answered failures. `error` names no person.
    """

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    topic: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(300))
    lane: Mapped[str] = mapped_column(String(260))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime]
    owner: Mapped[str | None] = mapped_column(String(120))
    takes: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_outbox_due", "lane", "due_at", "id", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
        Index("ix_outbox_key", "key", "id", sqlite_where=text(_UNFINISHED), postgresql_where=text(_UNFINISHED)),
        {"sqlite_autoincrement": True},
    )


class OutboxLane(Base):
    """A host. `failures` are host faults in a row; no row of a paused lane is taken. `at_once`: over all workers."""

    __tablename__ = "outbox_lane"
    lane: Mapped[str] = mapped_column(String(260), primary_key=True)
    at_once: Mapped[int] = mapped_column(default=AT_ONCE)
    failures: Mapped[int] = mapped_column(default=0)
    paused_until: Mapped[datetime]


Row, Lane = OutboxRow, OutboxLane
_other = aliased(OutboxRow)


def _at(name: str) -> Any:
    return bindparam(name, type_=Instant)


def _state(*names: str) -> Any:
    return Row.state.in_([literal_column(f"'{name}'") for name in names])


OPEN = Row.state == literal_column("'open'")
UNFINISHED = _state("open", "held")
_NOW, _ID, _LANE = _at("now"), bindparam("row", type_=BigInteger), bindparam("which", type_=String)
_FIRST_OF_KEY = Row.id == (
    select(func.min(_other.id))
    .where(_other.key == Row.key, _other.state.in_([literal_column("'open'"), literal_column("'held'")]))
    .scalar_subquery()
)
"""`NOT EXISTS (an earlier one)` says the same, but PostgreSQL then reads all open rows for each candidate."""

LOCK_KEY = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key", type_=String), 0)))
"""PostgreSQL gives ids before commit: without this lock the later id of a key could be visible first."""

REPLACE = (
    update(Row)
    .where(
        Row.id == select(func.max(Row.id)).where(Row.key == bindparam("which"), UNFINISHED).scalar_subquery(),
        Row.owner.is_(None),
        UNFINISHED,
    )
    .values(payload=bindparam("body", type_=JSON), state="open", created_at=_NOW)
)
INSERT = insert(Row)
INSERT_LANE = {
    "sqlite": sqlite.insert(Lane).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(Lane).on_conflict_do_nothing(),
}

DUE_LANES = (
    select(Lane.lane, Lane.failures, Lane.at_once)
    .where(Lane.paused_until <= _NOW, exists().where(OPEN, Row.lane == Lane.lane, Row.due_at <= _NOW))
    .order_by(Lane.lane)
    .with_for_update()
)
"""Waits for another worker's round and does not skip: a skipped lane would lose its nudge."""

FLYING = (
    select(Row.lane, func.count().label("rows"))
    .where(OPEN, Row.owner.is_not(None), Row.due_at > _NOW)
    .group_by(Row.lane)
)
_due = (
    select(Row.id)
    .where(OPEN, Row.lane == _LANE, Row.due_at <= _NOW, _FIRST_OF_KEY)
    .order_by(Row.due_at, Row.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=Row, skip_locked=True)
    .cte("due")
)
TAKEN = (Row.id, Row.topic, Row.key, Row.lane, Row.payload, Row.takes, Row.attempts, Row.created_at)
TAKE = (
    update(Row)
    .where(Row.id.in_(select(_due.c.id)))
    .values(due_at=_at("until"), owner=bindparam("me", type_=String), takes=Row.takes + 1)
    .returning(*TAKEN)
)
"""RETURNING has no order: sort by id."""

DONE = (
    update(Row)
    .where(OPEN, tuple_(Row.id, Row.takes).in_(bindparam("tokens", expanding=True)))
    .values(state="done", owner=None, finished_at=_NOW, error=None)
    .returning(Row.id)
)
FAILED = (
    update(Row)
    .where(OPEN, Row.id == _ID, Row.takes == bindparam("token", type_=Integer))
    .values(
        state=bindparam("to", type_=String),
        due_at=_at("until"),
        owner=None,
        attempts=Row.attempts + 1,
        error=bindparam("why", type_=String),
    )
)
RENEW = (
    update(Row).where(OPEN, Row.id == _ID, Row.takes == bindparam("token", type_=Integer)).values(due_at=_at("until"))
)
LANE_WELL = update(Lane).where(Lane.lane == _LANE, Lane.failures > 0).values(failures=0)
LANE_ILL = (
    update(Lane)
    .where(Lane.lane == _LANE)
    .values(failures=Lane.failures + bindparam("more", type_=Integer))
    .returning(Lane.failures)
)
PAUSE = update(Lane).where(Lane.lane == _LANE, Lane.paused_until < _at("until")).values(paused_until=_at("until"))
"""Never shorter: an answer without Retry-After may come after one with it."""

ANYTHING_DUE: Select[Any] = select(literal_column("1")).where(OPEN, Row.due_at <= _NOW).limit(1)
NEXT_DUE = select(
    select(func.min(Row.due_at)).where(OPEN, Row.due_at > _NOW).scalar_subquery().label("due"),
    select(func.min(Lane.paused_until)).where(Lane.paused_until > _NOW).scalar_subquery().label("lane"),
)
"""Only what lies ahead: rows behind a blocked key are due but cannot be taken, and would make the timer spin."""

FREE = update(Row).where(OPEN, Row.owner == bindparam("dead", type_=String)).values(owner=None, due_at=_NOW)
PRUNE = delete(Row).where(
    Row.id.in_(
        select(Row.id)
        .where(Row.state == literal_column("'done'"), Row.finished_at < _at("before"))
        .order_by(Row.id)
        .limit(bindparam("most", type_=Integer))
    )
)
RETRY = (
    update(Row)
    .where(Row.id == _ID, UNFINISHED, or_(Row.owner.is_(None), Row.due_at <= _NOW))
    .values(
        state="open", owner=None, due_at=_NOW, attempts=case((Row.takes > Row.attempts, Row.takes), else_=Row.attempts)
    )
    .returning(Row.topic, Row.key)
)
"""`attempts` catches up with `takes`, so that a row held for killing its worker gets new tries."""

DROP = (
    update(Row)
    .where(Row.id == _ID, UNFINISHED, or_(Row.owner.is_(None), Row.due_at <= _NOW))
    .values(state="dropped", owner=None, finished_at=_NOW, takes=Row.takes + 1)
    .returning(Row.topic, Row.key)
)
"""The token moves on: a worker that wakes up late must not say `done` of a dropped row."""

RESUME = update(Lane).where(Lane.lane == _LANE).values(paused_until=_NOW)
RESUME_ROWS = update(Row).where(OPEN, Row.lane == _LANE, Row.owner.is_(None), Row.due_at > _NOW).values(due_at=_NOW)

# What operators look at.
_FLIES = and_(OPEN, Row.owner.is_not(None), Row.due_at > _NOW)
_HELD = Row.state == literal_column("'held'")
COUNTS = (
    select(
        Row.topic,
        Row.lane,
        func.sum(case((and_(OPEN, ~_FLIES), 1), else_=0)).label("waiting"),
        func.sum(case((_FLIES, 1), else_=0)).label("flying"),
        func.sum(case((_HELD, 1), else_=0)).label("held"),
        func.min(case((OPEN, Row.created_at), else_=null())).label("oldest"),
    )
    .where(UNFINISHED)
    .group_by(Row.topic, Row.lane)
    .order_by(Row.topic, Row.lane)
)
_SHOWN = (*TAKEN, Row.state, Row.due_at, Row.owner, Row.error, Row.finished_at)
TROUBLED = (
    select(*_SHOWN)
    .where(or_(_HELD, and_(OPEN, Row.attempts > 0)), UNFINISHED)
    .order_by(Row.state, Row.id)
    .limit(bindparam("most", type_=Integer))
)
ONE = select(*_SHOWN).where(Row.id == _ID)
ILL_LANES = (
    select(Lane.lane, Lane.failures, Lane.paused_until, Lane.at_once)
    .where(or_(Lane.failures > 0, Lane.paused_until > _NOW))
    .order_by(Lane.lane)
)
_TAKING = or_(
    and_(Lane.failures < TRIP, Lane.paused_until <= _NOW),
    Lane.paused_until <= _at("limit"),
)
"""A lane that is being probed has old rows though a worker lives; one that nobody probes has no worker."""

STUCK = (
    select(func.min(Row.due_at))
    .join(Lane, Lane.lane == Row.lane)
    .where(OPEN, Row.due_at <= _at("limit"), _TAKING, _FIRST_OF_KEY)
)
