"""Few calls at a time to one host, and for a while none to a host that keeps failing.

Known to this process only. A page that needs a dead platform fails at once instead of holding a thread for the whole
time limit. Sends of the outbox may knock all the same: their lanes do both for all workers together.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

AT_ONCE = 8
PATIENCE = 1.0
"""Seconds that a call waits for one of the others to the same host to end."""

TRIP = 5
PAUSE, LONGEST = 30.0, 60.0
"""Seconds without a call after so many faults in a row, doubled when the probe that follows fails too."""

MOST = 1000
"""Hosts that are remembered; of more, those not called for the longest time are forgotten."""

clock = time.monotonic
"""Tests move it."""

_lock = threading.Lock()
_knocks: ContextVar[bool] = ContextVar("knocks", default=False)


class Refused(Exception):
    """The host was not called. `busy`: too many calls to it are under way; `circuit`: it failed too often just now."""


@dataclass
class _Host:
    """`pause` is 0 while the circuit is closed."""

    room: threading.Condition = field(default_factory=lambda: threading.Condition(_lock))
    flying: int = 0
    faults: int = 0
    pause: float = 0.0
    shut_until: float = 0.0
    is_probed: bool = False
    used: float = 0.0

    @property
    def is_shut(self) -> bool:
        return self.pause > 0 and (self.is_probed or clock() < self.shut_until)

    def fail(self, *, is_probe: bool) -> None:
        """Calls that set out before the circuit opened do not make its pause longer."""
        self.faults += 1
        if self.faults >= TRIP and (is_probe or not self.pause):
            self.pause = min(LONGEST, self.pause * 2 or PAUSE)
            self.shut_until = clock() + self.pause


@dataclass
class Call:
    """One call under way. The caller sets `is_well`; None says nothing about the host."""

    host: _Host
    is_probe: bool
    is_well: bool | None = None


_hosts: dict[str, _Host] = {}


@contextmanager
def passage(name: str, longest: float) -> Iterator[Call]:
    """Around one call to a host, for which one waits `longest` seconds at most. Raises `Refused`."""
    call = _enter(name, longest)
    try:
        yield call
    finally:
        _leave(call)


@contextmanager
def knocking() -> Iterator[None]:
    """Let the calls inside through: something else decides how many there are and when a dead host is tried again."""
    token = _knocks.set(True)
    try:
        yield
    finally:
        _knocks.reset(token)


def forget() -> None:
    """Drop what this process knows; for tests."""
    with _lock:
        _hosts.clear()


def _enter(name: str, longest: float) -> Call:
    with _lock:
        host = _known(name)
        if not _knocks.get():
            _wait(host, min(PATIENCE, longest))
        call = Call(host, is_probe=host.pause > 0 and not host.is_probed)
        host.flying += 1
        host.is_probed = host.is_probed or call.is_probe
        return call


def _wait(host: _Host, longest: float) -> None:
    """Until there is room. Holds the lock, which others get meanwhile."""
    if not host.room.wait_for(lambda: host.is_shut or host.flying < AT_ONCE, longest):
        raise Refused("busy")
    if host.is_shut:
        raise Refused("circuit")


def _leave(call: Call) -> None:
    host = call.host
    with _lock:
        host.flying -= 1
        if call.is_probe:
            host.is_probed = False
        if call.is_well:
            host.faults, host.pause = 0, 0.0
        elif call.is_well is False:
            host.fail(is_probe=call.is_probe)
        host.room.notify_all()


def _known(name: str) -> _Host:
    if name not in _hosts and len(_hosts) >= MOST:
        idle = sorted((host.used, other) for other, host in _hosts.items() if not host.flying)
        for _, other in idle[: MOST // 2]:
            del _hosts[other]
    host = _hosts.setdefault(name, _Host())
    host.used = clock()
    return host
