"""The process that empties the outbox: one dispatcher thread owns the database, the sender threads only handle rows.

A round: wait for a nudge, a result or the timer; then one transaction marks all results and takes rows for the free
threads. No taken row waits in a queue, so that a lease covers one handling only.
"""

import contextlib
import ctypes
import fcntl
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from lms_app.core import jobs, outbox
from lms_app.core import outbox_rows as sql
from lms_app.core.clock import now as the_time
from lms_app.core.db import change, db, reading, row, transaction
from lms_app.core.ids import new_id
from lms_app.core.settings import Settings

log = logging.getLogger(__name__)

SKEW = timedelta(seconds=2)
SOON = 0.02
_CLOCK = select(func.clock_timestamp().label("now"))
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3


@dataclass(frozen=True)
class Nudge:
    """Look now."""


@dataclass(frozen=True)
class Back:
    """A thread is free again; `outcome` None when there is nothing to mark."""

    row: outbox.Row
    outcome: outbox.Outcome | None


Message = Nudge | Back


class Worker:
    def __init__(self, app: Flask) -> None:
        self.app = app
        self.settings: Settings = app.extensions["settings"]
        self.owner = f"{socket.gethostname()[:60]}-{os.getpid()}-{new_id().hex[:6]}"
        self.inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.work: queue.SimpleQueue[tuple[outbox.Row, datetime]] = queue.SimpleQueue()
        self.stopped = threading.Event()
        self.busy = 0
        self.late = 0
        self.swept = 0.0
        self.clock_is_right = True

    def nudge(self) -> None:
        self.inbox.put(Nudge())

    def stop(self) -> None:
        """Take no more, finish what is in flight, mark it, return from `work_on`. Safe in a signal handler."""
        self.stopped.set()
        self.nudge()

    def work_on(self) -> None:
        """Until `stop`. The lock file tells other workers of this machine whether we live."""
        _share_one_heap()
        with alive(self._folder(), self.owner):
            for _ in range(self.settings.worker_threads):
                threading.Thread(target=self._sender, daemon=True).start()
            bell: jobs.Doorbell = self.app.extensions["doorbell"]
            threading.Thread(target=bell.listen, args=(self.nudge, self.stopped), daemon=True).start()
            log.info("worker %s: %s threads", self.owner, self.settings.worker_threads)
            wait = 0.0
            while not (self.stopped.is_set() and not self.busy):
                messages = self._messages(wait)
                with self.app.app_context():
                    wait = self._round(messages)
            log.info("worker %s stopped", self.owner)

    def _messages(self, wait: float) -> list[Message]:
        """Wait for the first, then take all there are."""
        found: list[Message] = []
        with contextlib.suppress(queue.Empty):
            found.append(self.inbox.get(timeout=max(wait, 0.001)))
            while True:
                found.append(self.inbox.get_nowait())
        return found

    def _round(self, messages: list[Message]) -> float:
        """Mark, sweep, take; the seconds until the next look. A database that is away leaves all for the next round."""
        back = [message for message in messages if isinstance(message, Back)]
        self.busy -= len(back)
        try:
            if time.monotonic() - self.swept >= self.settings.outbox_sweep:
                self._sweep()
            return self._mark_and_take([(one.row, one.outcome) for one in back if one.outcome], bool(messages))
        except Exception as error:  # noqa: BLE001 - the dispatcher must outlive a database that is away
            log.error("dispatcher: %s", type(error).__name__)  # noqa: TRY400 - its message may hold a row's values
            self.busy += len(back)
            for one in back:
                self.inbox.put(one)
            time.sleep(0.2)
            return 0.0

    def _mark_and_take(self, results: list[outbox.Result], woken: bool) -> float:
        at = the_time()
        free = 0 if self.stopped.is_set() or not self.clock_is_right else self.settings.worker_threads - self.busy
        if not results and not (free and (woken or self._is_anything_due(at))):
            return self._pause(at)
        with transaction():
            if results:
                self._count_late(results, outbox.mark(results, at))
            taken = outbox.take(self.owner, free, at)
        latest = at + timedelta(seconds=self.settings.outbox_lease - 2 * self.settings.outbox_send_limit)
        for one in taken:
            self.work.put((one, latest))
        self.busy += len(taken)
        return self._pause(at)

    def _count_late(self, results: list[outbox.Result], ours: set[int]) -> None:
        for one, _ in results:
            if one.id not in ours:
                self.late += 1
                log.warning("outbox: %s #%s came back too late", one.topic, one.id)

    def _is_anything_due(self, at: datetime) -> bool:
        """A read: an idle worker must not take SQLite's writer slot."""
        with reading():
            return row(sql.ANYTHING_DUE, now=at) is not None

    def _pause(self, at: datetime) -> float:
        sweep = self.settings.outbox_sweep
        if self.busy >= self.settings.worker_threads:
            return sweep
        with reading():
            found = row(sql.NEXT_DUE, now=at)
        ahead: list[float] = [max(SOON, (when - at).total_seconds()) for when in (found or ()) if when]
        return min([sweep, *ahead])

    def _sweep(self) -> None:
        self.swept = time.monotonic()
        self.clock_is_right = is_clock_right()
        release_dead(self._folder(), the_time())
        if not self.stopped.is_set():
            jobs.run_periodic(self.owner)

    def _sender(self) -> None:
        while True:
            one, latest = self.work.get()
            outcome = None
            if the_time() <= latest:  # else we slept, and somebody else may have it by now
                try:
                    with self.app.app_context():
                        outcome = outbox.run(one)
                except Exception as error:  # noqa: BLE001 - a thread that dies would keep its row and its place
                    outcome = outbox.again(type(error).__name__)
            self.inbox.put(Back(one, outcome))

    def _folder(self) -> Path:
        return self.settings.data / "workers"


@contextlib.contextmanager
def alive(folder: Path, owner: str) -> Iterator[None]:
    """Hold the file that says: this worker lives. The lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / owner
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
        path.unlink(missing_ok=True)


def release_dead(folder: Path, at: datetime) -> int:
    """Free the rows of workers whose lock nobody holds, at once; elsewhere, or without the file, the lease ends.

    Never by process number: containers share them.
    """
    freed = 0
    for path in folder.glob("*") if folder.exists() else ():
        with contextlib.suppress(OSError), path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with transaction():
                freed += change(sql.FREE, dead=path.name, now=at)
            path.unlink()
    return freed


def is_clock_right() -> bool:
    """Whether our clock and PostgreSQL's agree within two seconds: leases of several machines rest on it."""
    if db.engine.dialect.name != "postgresql":
        return True
    with reading():
        found = row(_CLOCK)
    off = abs(found.now - the_time()) if found else timedelta()
    if off > SKEW:
        log.error("this machine's clock is %s off the database's: nothing is taken until it is set", off)
    return off <= SKEW


def _share_one_heap() -> None:
    """One for all threads, and large blocks apart: else glibc keeps for each what a large job freed (mallopt(3))."""
    with contextlib.suppress(AttributeError):  # another C library
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, 128 * 1024)
