"""What coverage and indicators come to: plain figures with their rules, for pages, files and reports alike.

Rules: domain notes 1.3. Persons are distinct, turns stand beside them; what is not known is None, never 0 or 1.
"""

import math
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID


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
class Indicator:
    """One indicator (K1 ... K9), or one part of it (a group, a sector).

    `have` of `out_of`; `out_of` is None for plain numbers, and `have` where nothing is known. `target`: a share where
    there is an `out_of`, else a number. `part`: the group's code or the sector's name, "" for the whole. `turns`:
    completions beside persons (K2b), else None. `unit`: what is counted, in Vietnamese. `note`: what the figure leaves
    out. `act`: what the target comes from.
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

    @property
    def share(self) -> float | None:
        return self.have / self.out_of if self.have is not None and self.out_of else None

    @property
    def is_met(self) -> bool | None:
        """None where figure or target is not known."""
        value = self.share if self.out_of is not None else self.have
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
