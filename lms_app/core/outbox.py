"""Rows to deliver at least once and in order, written in the transaction that owes them.

The rows are the truth, the doorbell (`core/jobs.py`) only wakes the worker (`core/worker.py`). Ways of a row:

    put -> open -> taken (owner, lease, takes + 1) -> done
                     |-> again: open, due later (attempts + 1)
                     |-> held: waits for a person, blocks its key -> retry | drop
                     `-> the worker died: its rows are freed, or the lease ends
"""

import logging
import random
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from lms_app.core import circuit, jobs
from lms_app.core import outbox_rows as sql
from lms_app.core.clock import now as the_time
from lms_app.core.db import change, db, row, rows, transaction
from lms_app.core.errors import Conflict
from lms_app.core.settings import Settings

log = logging.getLogger(__name__)

OLDEST = timedelta(days=14)
"""A row that still fails at this age is held for a person."""
KEEP_DONE = timedelta(days=30)
LONGEST_WAIT = 24 * 3600.0
UNANSWERED = 10
"""A row taken so often without an answer kills its worker each time."""

BATCH, BATCHES = 1000, 20
_OWED = "outbox.owed"


@dataclass(frozen=True)
class Outcome:
    """What came of one try. `wait`: seconds (Retry-After), None for our own growing wait.

    `host_fault`: it says something about the host (no connection, timeout, 5xx, 429) and counts against its lane.
    """

    state: str
    error: str | None = None
    wait: float | None = None
    host_fault: bool = False


DONE = Outcome("done")


def again(error: str, wait: float | None = None, *, host_fault: bool = False) -> Outcome:
    """Try later. `error` is shown to operators and kept: no name, no answer's body."""
    return Outcome("again", error, wait, host_fault)


def hold(error: str) -> Outcome:
    """No further try until a person decides; later rows of the key wait too."""
    return Outcome("held", error)


@dataclass(frozen=True, slots=True)
class Row:
    """A row as its handler sees it. `takes` is the fencing token: whoever took it later owns it."""

    id: int
    topic: str
    key: str
    lane: str
    payload: dict[str, Any]
    takes: int
    attempts: int
    created_at: datetime


Result = tuple[Row, Outcome]


@dataclass(frozen=True)
class Handler:
    kind: str
    functions: tuple[Callable[[Row], Any], ...]


def do(*functions: Callable[[Row], None]) -> Handler:
    """Local effects, exactly once: `done` and all functions in one transaction. Short; nothing leaves the machine."""
    return Handler("do", functions)


def send(function: Callable[[Row], Outcome]) -> Handler:
    """Calls that leave the machine or take long: no transaction is open, and the same row may come twice."""
    return Handler("send", (function,))


def init(app: Flask, handlers: Mapping[str, Handler]) -> None:
    app.extensions["outbox"] = dict(handlers)
    jobs.init(app)
    jobs.every(app, "outbox.prune", 3600, prune)


def put(topic: str, key: str, lane: str, payload: Mapping[str, Any], *, replace: bool = False) -> None:
    """Owe something, in the caller's transaction. `payload` holds ids: the handler reads the present truth.

    Rows of one `key` (it begins with the topic) are handled in the order of their transactions. `lane` is the host,
    `smtp` or `local`. `replace` renews the key's newest row that nobody has taken, a held one too, and keeps when it
    is due. Put several keys of one transaction in sorted order: on PostgreSQL each is locked until commit.
    """
    at, dialect = the_time(), db.engine.dialect.name
    if dialect == "postgresql":
        rows(sql.LOCK_KEY, key=key)
    db.session.info[_OWED] = True
    if replace and change(sql.REPLACE, which=key, body=dict(payload), now=at):
        return
    change(sql.INSERT_LANE[dialect], lane=lane, at_once=sql.AT_ONCE, failures=0, paused_until=at)
    values = {"topic": topic, "key": key, "lane": lane, "payload": dict(payload)}
    change(sql.INSERT, **values, state="open", due_at=at, created_at=at, takes=0, attempts=0)


@event.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    """Once a transaction, after the outermost commit: a bell rung at a savepoint would find nothing."""
    if not session.in_nested_transaction() and session.info.pop(_OWED, None):
        jobs.ring()


def take(owner: str, most: int, now: datetime) -> list[Row]:
    """Lease up to `most` due rows, each the first of its key, shared fairly between lanes. In one short transaction."""
    found = list(rows(sql.DUE_LANES, now=now)) if most > 0 else []
    if not found:
        return []
    random.shuffle(found)
    flying = {one.lane: one.rows for one in rows(sql.FLYING, now=now)}
    until = now + timedelta(seconds=_settings().outbox_lease)
    got: list[Row] = []
    for at, lane in enumerate(found):
        room = (1 if lane.failures >= sql.TRIP else lane.at_once) - flying.get(lane.lane, 0)
        share = min(room, -(-(most - len(got)) // (len(found) - at)))
        if share > 0:
            taken = rows(sql.TAKE, which=lane.lane, most=share, now=now, until=until, me=owner)
            got += [Row(**one._mapping) for one in taken]  # noqa: SLF001 - SQLAlchemy's documented name
    return sorted(got, key=lambda one: one.id)


def renew(one: Row) -> bool:
    """Ask for a whole lease more, from work that takes long; False when the row is another's by now."""
    until = the_time() + timedelta(seconds=_settings().outbox_lease)
    return change(sql.RENEW, row=one.id, token=one.takes, until=until) == 1


def mark(results: Sequence[Result], now: datetime) -> set[int]:
    """Write down what came of rows; the ids that were still ours. One not among them came back too late."""
    ours: set[int] = set()
    done = [(one.id, one.takes) for one, outcome in results if outcome.state == "done"]
    if done:
        ours |= {found.id for found in rows(sql.DONE, tokens=done, now=now)}
    lanes = sorted({one.lane for one, _ in results})
    probes = {lane: _judge(lane, [outcome for one, outcome in results if one.lane == lane], now) for lane in lanes}
    for one, outcome in sorted(results, key=lambda result: result[0].id):
        if outcome.state != "done" and _fail(one, outcome, probes[one.lane], now):
            ours.add(one.id)
    return ours


def _fail(one: Row, outcome: Outcome, probe: float, now: datetime) -> bool:
    """A row that failed by its host's fault is due by the time its lane is tried again."""
    held = outcome.state == "held" or now - one.created_at > OLDEST
    own = min(backoff(one.attempts), probe) if outcome.host_fault else backoff(one.attempts)
    wait = own if outcome.wait is None else min(outcome.wait, LONGEST_WAIT)
    until, why = now if held else now + timedelta(seconds=wait), (outcome.error or "")[:300]
    return change(sql.FAILED, row=one.id, token=one.takes, to="held" if held else "open", until=until, why=why) == 1


def _judge(lane: str, outcomes: Sequence[Outcome], now: datetime) -> float:
    """Count host faults in a row; pause the lane by Retry-After, or from the fifth on. Seconds until the next probe."""
    waits = [outcome.wait or 0.0 for outcome in outcomes if outcome.host_fault]
    if len(waits) < len(outcomes):
        change(sql.LANE_WELL, which=lane)
        return sql.PROBE
    counted = row(sql.LANE_ILL, which=lane, more=len(waits))
    failures = counted.failures if counted else 0
    pause = max(*waits, min(backoff(failures - sql.TRIP), sql.PROBE) if failures >= sql.TRIP else 0.0)
    if pause:
        change(sql.PAUSE, which=lane, until=now + timedelta(seconds=min(pause, LONGEST_WAIT)))
    return pause or sql.PROBE


def backoff(attempts: int) -> float:
    """Seconds to wait after so many failures: doubling, capped, and spread so that rows do not come back together."""
    settings = _settings()
    longest: float = min(settings.outbox_backoff_cap, settings.outbox_backoff * 2.0 ** min(attempts, 30))
    return random.uniform(0.5, 1) * longest  # noqa: S311 - spreads load, guards nothing


def run(one: Row, now: datetime | None = None) -> Outcome | None:
    """Handle one taken row in this app context. None: it is marked already, or was not ours any more."""
    handler: Handler | None = current_app.extensions["outbox"].get(one.topic)
    if handler is None:
        return again(f"no handler for {one.topic}")
    if one.takes - one.attempts > UNANSWERED:
        return hold(f"taken {UNANSWERED} times without an answer: it may stop the worker")
    try:
        if handler.kind == "send":
            with circuit.knocking():
                outcome: Outcome = handler.functions[0](one)
            return outcome
        _do(one, handler, now or the_time())
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, the worker goes on
        return again(_reason(one, error))
    finally:
        db.session.rollback()
    return None


def _do(one: Row, handler: Handler, now: datetime) -> None:
    """`done` first: a row that is another's by now leaves no effect."""
    with transaction():
        if not mark([(one, DONE)], now):
            log.warning("outbox: %s #%s came back too late", one.topic, one.id)
            return
        for function in handler.functions:
            function(one)


def _reason(one: Row, error: Exception) -> str:
    """Kind and place of an error, never its message: messages hold names and values."""
    frames = traceback.extract_tb(error.__traceback__)
    at = ([frame for frame in frames if "lms_app" in frame.filename and frame.filename != __file__] or frames)[-1]
    log.error("outbox: %s #%s: %s\n%s", one.topic, one.id, type(error).__name__, "".join(traceback.format_list(frames)))
    return f"{type(error).__name__} at {Path(at.filename).stem}:{at.lineno}"


def drain(now: datetime | None = None) -> list[tuple[str, str]]:
    """Tests: handle everything that is due, in this thread; the topics and keys in the order they were handled.

    Uses the caller's session, and commits what it still holds.
    """
    now = now or the_time()
    seen: list[tuple[str, str]] = []
    while True:
        with transaction():
            taken = take("drain", 50, now)
        if not taken:
            return seen
        for one in taken:
            outcome = run(one, now)
            if outcome is not None:
                with transaction():
                    mark([(one, outcome)], now)
            seen.append((one.topic, one.key))
        if len(seen) > BATCH * 10:
            raise RuntimeError(f"the outbox does not run dry: {seen[-3:]}")


def prune() -> None:
    """Delete rows done 30 days ago, a thousand a transaction. Held rows stay; dropped ones as long as the audit."""
    before = the_time() - KEEP_DONE
    for _ in range(BATCHES):
        with transaction():
            deleted = change(sql.PRUNE, before=before, most=BATCH)
        if deleted < BATCH:
            return


def retry(row_id: int) -> str:
    """Open a failed or held row again, due now; its topic. Raises `Conflict` when it is done, dropped or in flight."""
    return _decide(sql.RETRY, row_id)


def drop(row_id: int) -> str:
    """Give a row up and let its key go on; its topic. Raises `Conflict` when it is done, dropped or in flight."""
    return _decide(sql.DROP, row_id)


def _decide(statement: Any, row_id: int) -> str:
    found = row(statement, row=row_id, now=the_time())
    if found is None:
        raise Conflict("Việc này vừa được xử lý hoặc đang chạy. Mở lại trang hàng đợi để xem.")
    db.session.info[_OWED] = True
    return str(found.topic)


def resume(lane: str) -> None:
    """Try a paused lane now, with its waiting rows."""
    at = the_time()
    change(sql.RESUME, which=lane, now=at)
    change(sql.RESUME_ROWS, which=lane, now=at)
    db.session.info[_OWED] = True


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
