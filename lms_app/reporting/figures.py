"""What coverage and indicators come to: plain figures with their rules, for pages, files and reports alike.

Rules: domain notes 1.3. Persons are distinct, turns stand beside them; what is not known is None, never 0 or 1.
"""

import math
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

NUMBERS = {"K3", "K4", "K8"}
"""Indicators whose figure and target are plain numbers; those of the others are shares."""

FOREVER = date(9999, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: about the tree of `unit_id`, as of `day`, for what was completed from `since` to `day`.

    `roots`: whose staff the asker looks after (`accounts.queries.reach`); the unit lies in their trees. `group` and
    `course`: "" for any.
    """

    unit_id: UUID
    roots: tuple[UUID, ...]
    day: date
    since: date
    group: str = ""
    course: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the coverage table: a unit with all below it (or its own staff alone), or a total.

    `staff`: distinct people employed on the day, by our lists. `trained`: those of them with a completed course in the
    period; `turns`: their completions. `overdue`: those with an assigned course past its day and not completed.
    `headcount`: sum of what units stated, None when none did; `counted`: of the trained, those in units that stated one
    (the numerator of the share). `units`: how many owe a headcount, `unknown`: how many of these stated none.
    """

    unit_id: UUID | None
    code: str
    name: str
    staff: int
    trained: int
    turns: int
    overdue: int
    headcount: int | None
    counted: int
    units: int
    unknown: int
    source: str = ""
    below: bool = False
    """Whether there are units below it, so that the row leads further down."""

    own: bool = False
    """Whether it is the staff of the unit asked about alone, without what is below it."""

    @property
    def share(self) -> float | None:
        """In [0, ...): over 1 where more people are trained than the unit says it has."""
        return self.counted / self.headcount if self.headcount else None

    def gap(self, target: float | None) -> int | None:
        """How many more people are to be trained until the target is met; 0 when it is, None when it is not known."""
        if target is None or not self.headcount:
            return None
        return max(math.ceil(round(target * self.headcount, 6)) - self.counted, 0)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The table of one question. `target`: the share asked for, with its `act`; None where no act asks for one."""

    asked: Asked
    unit: str
    lines: tuple[Line, ...]
    total: Line
    target: float | None = None
    act: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """Coverage on one day of a timeline. `counted`, `headcount`: as in `Line`; `target`: the share asked for then."""

    day: date
    counted: int
    headcount: int | None
    target: float | None

    @property
    def share(self) -> float | None:
        return self.counted / self.headcount if self.headcount else None


@dataclass(frozen=True, slots=True)
class Remark:
    """A Vietnamese sentence with its values, to be translated where it is shown."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator (K1 ... K9, and K8b: who reaches the periods of K8), or one part of it (a group, a sector).

    `have` of `out_of`; `out_of` is None for plain numbers, and `have` where nothing is known. `target`: a number for
    K3, K4 and K8, else a share. `part`: the group's code or the sector's name, "" for the whole. `turns`: completions
    beside persons (K2b), else None. `unit`: what is counted, in Vietnamese. `remarks`: what the figure leaves out, and
    `note` the same in Vietnamese. `act`: what the target comes from.
    """

    code: str
    name: str
    part: str
    have: float | None
    out_of: float | None
    unit: str
    turns: int | None = None
    target: float | None = None
    act: str = ""
    note: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def is_share(self) -> bool:
        return self.code not in NUMBERS

    @property
    def share(self) -> float | None:
        return self.have / self.out_of if self.have is not None and self.out_of else None

    @property
    def is_met(self) -> bool | None:
        """None where figure or target is not known."""
        value = self.share if self.is_share else self.have
        return None if value is None or self.target is None else value >= self.target


def total(lines: tuple[Line, ...], name: str) -> Line:
    """The sum of lines whose people do not overlap. Where people work in several, distinct counts replace the sums."""
    heads = [line.headcount for line in lines if line.headcount is not None]
    whole = Line(None, "", name, 0, 0, 0, 0, sum(heads) if heads else None, 0, 0, 0)
    for line in lines:
        whole = replace(
            whole,
            staff=whole.staff + line.staff,
            trained=whole.trained + line.trained,
            turns=whole.turns + line.turns,
            overdue=whole.overdue + line.overdue,
            counted=whole.counted + line.counted,
            units=whole.units + line.units,
            unknown=whole.unknown + line.unknown,
        )
    return whole


def later(day: date, months: int) -> date:
    """The same day of the month so many months later (or earlier), or the last one of a shorter month."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def appointed(posts: Iterable[tuple[date, date | None]], day: date) -> date | None:
    """The first day of the unbroken time as a leader that lasts on this day; None without one.

    `posts`: first and last days, in the order of the first. A post that follows another with no day between (a move, a
    merged unit, a promotion) is no new appointment.
    """
    begun: date | None = None
    last = date.min
    for since, until in posts:
        if begun is None or since > last + timedelta(days=1):
            begun, last = since, until or FOREVER
        else:
            last = max(last, until or FOREVER)
    return begun if last >= day else None
