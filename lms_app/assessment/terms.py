"""What a quiz asks and allows, and whether another attempt may begin: pure rules (course-format §3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Literal, Protocol

PASS = 60
"""The pass mark in percent when a course says nothing (course-format §8)."""

State = Literal["open", "passed", "used_up", "lessons", "waiting"]


@dataclass(frozen=True, slots=True)
class Terms:
    """`attempts` and `limit` (minutes) are None without a limit; `key`: never, after_pass, after_last."""

    pass_mark: float
    attempts: int | None
    minutes: int | None
    limit: int | None
    cooldown_hours: float
    shuffle: frozenset[str]
    draw: tuple[Mapping[str, Any], ...]
    score: bool
    wrong: bool
    key: str

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> "Terms":
        show = settings.get("show") or {}
        return cls(
            pass_mark=settings.get("pass") or PASS,
            attempts=settings.get("attempts") or None,
            minutes=settings.get("minutes") or None,
            limit=settings.get("limit") or None,
            cooldown_hours=settings.get("cooldown_hours") or 0,
            shuffle=frozenset(settings.get("shuffle") or ()),
            draw=tuple(settings.get("draw") or ()),
            score=show.get("score", True),
            wrong=show.get("wrong", True),
            key=show.get("key", "never"),
        )

    def is_pass(self, earned: Fraction, total: int) -> bool:
        """Compared without rounding: 60 % of ten points is six points."""
        return total > 0 and earned * 100 >= Fraction(str(self.pass_mark)) * total

    def shows_key(self, entry: "Entry") -> bool:
        """Whether the right answers may be seen: after passing, or when no attempt can follow."""
        if self.key == "after_pass":
            return entry.state == "passed"
        return self.key == "after_last" and entry.state in {"passed", "used_up"}


class Submitted(Protocol):
    """An attempt that was handed in."""

    @property
    def passed(self) -> bool | None: ...
    @property
    def submitted_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """Whether an attempt may begin now, and if not, why. `left` is None when attempts are not limited."""

    state: State
    left: int | None
    opens_at: datetime | None = None

    @classmethod
    def decide(cls, terms: Terms, attempts: Sequence[Submitted], unread: int, at: datetime) -> "Entry":
        """`attempts`: those submitted, oldest first. `unread`: lessons that must still be read before the test."""
        left = None if terms.attempts is None else max(0, terms.attempts - len(attempts))
        if any(attempt.passed for attempt in attempts):
            return cls("passed", left)
        if left == 0:
            return cls("used_up", left)
        if unread:
            return cls("lessons", left)
        opens_at = _opens(terms, attempts)
        if opens_at and opens_at > at:
            return cls("waiting", left, opens_at)
        return cls("open", left)


def _opens(terms: Terms, attempts: Sequence[Submitted]) -> datetime | None:
    last = attempts[-1].submitted_at if attempts else None
    return last + timedelta(hours=terms.cooldown_hours) if last else None
