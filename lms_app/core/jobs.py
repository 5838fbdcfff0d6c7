"""The only home of huey. It carries no work, only the bell that wakes a worker; and the turns of periodic work.

Huey loses what it is doing when it is killed, so nothing that must happen is a huey task: see `core/outbox.py`.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app
from huey import Huey, RedisHuey, SqliteHuey
from redis import ConnectionPool
from sqlalchemy import String, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.clock import now
from lms_app.core.db import Base, Instant, change, reading, row, transaction
from lms_app.core.settings import Settings

log = logging.getLogger(__name__)

ENOUGH = 50
"""Bells that nobody answered; more would only fill the disk while no worker runs."""

SILENCE = 30.0
"""Seconds without ringing after the bell failed: a dead Redis may not slow down every request."""

LOOK = 0.05
"""Seconds between two looks into the SQLite bell; Redis blocks instead."""


class Leader(Base):
    """Whose turn a periodic work was last: not again before `until`. `term` counts the turns."""

    __tablename__ = "leader"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    owner: Mapped[str | None] = mapped_column(String(120))
    until: Mapped[datetime]
    term: Mapped[int] = mapped_column(default=0)


_TURN = select(Leader.until).where(Leader.name == bindparam("which"))
_FIRST = insert(Leader)
_ELECT = (
    update(Leader)
    .where(Leader.name == bindparam("which"), Leader.until <= bindparam("now", type_=Instant))
    .values(
        owner=bindparam("me", type_=String),
        until=bindparam("next", type_=Instant),
        term=Leader.term + 1,
    )
    .returning(Leader.term)
)


@dataclass(frozen=True)
class Periodic:
    name: str
    seconds: float
    function: Callable[[], None]


class Doorbell:
    """A queue of nothing but rings: a SQLite file in the data folder, or Redis. Its engine is made when first used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.silent_until = 0.0
        self._huey: Huey | None = None
        self._task: Callable[[], object] = _nothing
        self._lock = threading.Lock()

    @property
    def huey(self) -> Huey:
        with self._lock:
            if self._huey is None:
                self._huey = self._make()
                self._task = self._huey.task(name="ring")(_nothing)
            return self._huey

    def _make(self) -> Huey:
        """The queue is named by the database, so that two installations on one Redis do not take each other's rings."""
        name = "lms" + hashlib.sha256(self.settings.database_url.encode()).hexdigest()[:12]
        if self.settings.redis_url:
            pool = ConnectionPool.from_url(self.settings.redis_url, socket_timeout=1.5, socket_connect_timeout=1.0)
            return RedisHuey(name, results=False, connection_pool=pool)
        return SqliteHuey(name, results=False, filename=str(self.settings.data / "doorbell.db"), fsync=False, timeout=1)

    def ring(self) -> None:
        """Never raises: without a bell the worker's sweep finds the row some seconds later."""
        if time.monotonic() < self.silent_until:
            return
        try:
            if self.huey.pending_count() < ENOUGH:
                self._task()
        except Exception as error:  # noqa: BLE001 - the row is committed; a broken bell must not fail its request
            self.silent_until = time.monotonic() + SILENCE
            log.warning("the doorbell is out of order: %s", type(error).__name__)

    def listen(self, nudge: Callable[[], None], stopped: threading.Event) -> None:
        """Call `nudge` at each ring until stopped; for a thread of the worker."""
        while not stopped.is_set():
            try:
                rang = self.huey.dequeue() is not None
            except Exception as error:  # noqa: BLE001 - Redis may come back; the sweep works meanwhile
                log.warning("the doorbell cannot be heard: %s", type(error).__name__)
                stopped.wait(5)
                continue
            if rang and stopped.is_set():
                self.ring()  # not for us any more: wake another worker
            elif rang:
                nudge()
            elif not self.huey.storage.blocking:
                stopped.wait(LOOK)


def _nothing() -> None:
    """What a ring does when huey runs it: the worker only looks whether one came."""


def init(app: Flask) -> None:
    app.extensions["doorbell"] = Doorbell(app.extensions["settings"])
    app.extensions["periodic"] = {}


def ring() -> None:
    bell: Doorbell | None = current_app.extensions.get("doorbell") if current_app else None
    if bell:
        bell.ring()


def every(app: Flask, name: str, seconds: float, function: Callable[[], None]) -> None:
    """Have one worker of all run `function` in each period. It opens its own transactions and stays short.

    Long work puts rows into the outbox. A worker killed in its turn leaves the work to the next period.
    """
    app.extensions["periodic"][name] = Periodic(name, seconds, function)


def run_periodic(owner: str) -> list[str]:
    """Run whatever periodic work is due and ours by election; the names of what ran."""
    ran = []
    for work in current_app.extensions["periodic"].values():
        if elect(work.name, owner, work.seconds, now()) is None:
            continue
        try:
            work.function()
            ran.append(work.name)
        except Exception:
            log.exception("periodic work %s failed", work.name)
    return ran


def elect(name: str, owner: str, seconds: float, at: datetime) -> int | None:
    """Claim the turn of `name` for the next `seconds`: its term, or None while somebody's turn lasts."""
    with reading():
        found = row(_TURN, which=name)
    if found is not None and found.until > at:
        return None
    if found is None:
        _enter(name, at)
    with transaction():
        elected = row(_ELECT, which=name, me=owner, now=at, next=at + timedelta(seconds=seconds))
    return elected.term if elected else None


def _enter(name: str, at: datetime) -> None:
    try:
        with transaction():
            change(_FIRST, name=name, owner=None, until=at, term=0)
    except IntegrityError:
        log.debug("another worker entered %s first", name)
