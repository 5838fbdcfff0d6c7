"""Coverage of a unit on a day, live: who works there by our lists, who of them is trained, and of how many.

Somebody with two posts counts in each row and once in every total.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from operator import add
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from lms_app.core.errors import NotFound
from lms_app.core.site import begin_of
from lms_app.organisations.kinds import STAFFED
from lms_app.organisations.queries import tree
from lms_app.reporting.figures import Asked, Coverage, Line, total
from lms_app.reporting.queries import coverage as queries

OUT_OF_REACH = "Không có đơn vị này trong phạm vi anh chị phụ trách vào ngày đã chọn. Hãy chọn ngày hoặc đơn vị khác."
OWN, TOTAL = "Cơ quan %(unit)s", "Cộng"
FEW = 3000
"""Up to so many people, what each did is looked up; above, what everybody did is read in one go."""


def table(asked: Asked) -> Coverage:
    """The unit's own staff, where it has any, then each unit right below it with all that is below that.

    Raises `NotFound` when the unit is not there on the day, or in none of the asker's trees.
    """
    path = above(asked)
    found = _coverage(asked, [asked.unit_id], path[-1].name, apart=False)
    target = queries.target(asked.unit_id, asked.day, asked.group)
    return replace(found, target=target.value, act=target.act) if target else found


def table_of_tops(asked: Asked, units: Sequence[UUID]) -> Coverage:
    """The same with these highest units as rows; `asked.unit_id` is one of them. No target holds for all."""
    return _coverage(asked, units, "", apart=True)


def above(asked: Asked) -> Sequence[Row[Any]]:
    """The units above the one asked about that the asker may see, from the top down, and itself. Raises `NotFound`."""
    if not tree.is_reached(asked.unit_id, asked.roots, asked.day):
        raise NotFound(OUT_OF_REACH)
    path = queries.above(asked.unit_id)
    return path[next((at for at, unit in enumerate(path) if unit.id in asked.roots), len(path) - 1) :]


def scope(asked: Asked, starts: Sequence[UUID], *, apart: bool = False, own: bool = False) -> dict[str, Any]:
    """What the statements take, see `queries.coverage`."""
    return {
        "starts": list(starts),
        "apart": apart,
        "own": own,
        "day": asked.day,
        "group": asked.group,
        "course": asked.course,
        "since": asked.since,
        "since_at": begin_of(asked.since),
        "until_at": begin_of(asked.day + timedelta(days=1)),
    }


def stated(unit: Row[Any], group: str) -> int | None:
    """The headcount that a unit stated, of one group or of all; None when it stated none."""
    if unit.ld is None:
        return None
    return int(getattr(unit, group.lower()) if group else unit.ld + unit.ct + unit.cc)


class _Sums(NamedTuple):
    """Of people with one post: how many, and what they did."""

    staff: int
    trained: int
    turns: int
    overdue: int


class _Staff:
    """Who works where, by numbers. Who has one post is added up; the few who have several are counted as sets."""

    def __init__(self, staff: Mapping[str, list[int]], done: Sequence[int], late: Sequence[int]) -> None:
        """`staff`: by code of the unit. `done` and `late`: who did it, once for each time."""
        size = max(map(max, filter(None, (done, late, *staff.values()))), default=0) + 1
        self.done, self.late = _times(size, done), _times(size, late)
        posts = _times(size, chain.from_iterable(staff.values()))
        self.several = {code: {person for person in people if posts[person] > 1} for code, people in staff.items()}
        self.single = {
            code: self._sums([person for person in people if posts[person] == 1]) for code, people in staff.items()
        }

    def figures(self, units: Sequence[Row[Any]], heads: Mapping[str, int]) -> dict[str, Any]:
        """Of the columns of one line. `heads`: code -> headcount, of the units that stated one."""
        codes = [unit.code for unit in units]
        stating = [code for code in codes if code in heads]
        single = map(sum, zip(*(self.single[code] for code in codes), strict=True))
        several = set().union(*(self.several[code] for code in codes))
        counted = self._sums(set().union(*(self.several[code] for code in stating))).trained
        owing = sum(unit.kind in STAFFED or unit.code in heads for unit in units)
        return {
            **_Sums(*map(add, single, self._sums(several)))._asdict(),
            "headcount": sum(heads[code] for code in stating) if stating else None,
            "counted": sum(self.single[code].trained for code in stating) + counted,
            "units": owing,
            "unknown": owing - len(stating),
        }

    def _sums(self, people: Collection[int]) -> _Sums:
        turns = [self.done[person] for person in people]
        late = [self.late[person] for person in people]
        return _Sums(len(people), len(people) - turns.count(0), sum(turns), len(people) - late.count(0))


def _times(size: int, people: Iterable[int]) -> list[int]:
    """At the place of each number below `size`, how often it comes."""
    found = [0] * size
    for person in people:
        found[person] += 1
    return found


def _coverage(asked: Asked, starts: Sequence[UUID], name: str, *, apart: bool) -> Coverage:
    values = scope(asked, starts, apart=apart)
    units = queries.units(values)
    people = {unit.code: queries.numbers(unit.people) for unit in units}
    few = sum(map(len, people.values())) <= FEW
    staff = _Staff(people, queries.done(values, few=few), queries.late(values, few=few))
    heads = {unit.code: head for unit in units if (head := stated(unit, asked.group)) is not None}
    branches: dict[UUID | None, list[Row[Any]]] = {}
    for unit in units:
        branches.setdefault(unit.branch, []).append(unit)
    lines = []
    for branch, below in branches.items():
        line = replace(_named(branch, below), **staff.figures(below, heads))
        if not line.own or line.staff or line.headcount is not None or len(branches) == 1:
            lines.append(line)
    return Coverage(asked, name, tuple(lines), replace(total((), TOTAL), **staff.figures(units, heads)))


def _named(branch: UUID | None, units: Sequence[Row[Any]]) -> Line:
    head = next((unit for unit in units if unit.id == branch), units[0])
    name = OWN % {"unit": head.name} if branch is None else head.name
    sources = {unit.source for unit in units if unit.source}
    return replace(
        total((), name),
        unit_id=head.id,
        code=head.code,
        source=sources.pop() if len(sources) == 1 else "",
        below=len(units) > 1,
        own=branch is None,
    )
