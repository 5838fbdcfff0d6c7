"""Coverage of a unit on a day, live: who works there by our lists, who of them is trained, and of how many.

Somebody with two posts counts in each row and once in every total.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.certificates.site import settings
from lms_app.core.errors import NotFound
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
    zone = settings().zone
    return {
        "starts": list(starts),
        "apart": apart,
        "own": own,
        "day": asked.day,
        "group": asked.group,
        "course": asked.course,
        "since": asked.since,
        "since_at": datetime.combine(asked.since, time.min, zone),
        "until_at": datetime.combine(asked.day + timedelta(days=1), time.min, zone),
    }


def stated(unit: Row[Any], group: str) -> int | None:
    """The headcount that a unit stated, of one group or of all; None when it stated none."""
    if unit.ld is None:
        return None
    return int(getattr(unit, group.lower()) if group else unit.ld + unit.ct + unit.cc)


Place = frozenset[str]
"""Where somebody works: the codes of the units in which they have a post."""


class _Places:
    """What the people of each place come to: somebody is at one place, and a place counts once in a line."""

    def __init__(self, units: Sequence[Row[Any]], done: Sequence[str], late: Sequence[str]) -> None:
        """`done` and `late`: ids of who did it, once for each time."""
        place_of = _place_of(units)
        self.staff = Counter(place_of.values())
        self.trained = Counter(map(place_of.get, set(done)))
        self.turns = Counter(map(place_of.get, done))
        self.overdue = Counter(map(place_of.get, set(late)))
        self.touching: dict[str, list[Place]] = {}
        for place in self.staff:
            for code in place:
                self.touching.setdefault(code, []).append(place)

    def figures(self, units: Sequence[Row[Any]], heads: Mapping[str, int]) -> dict[str, Any]:
        """Of the columns of one line."""
        stating = [unit.code for unit in units if unit.code in heads]
        owing = sum(unit.kind in STAFFED or unit.code in heads for unit in units)
        there, counted = self._at(unit.code for unit in units), self._at(stating)
        return {
            "staff": sum(self.staff[place] for place in there),
            "trained": sum(self.trained[place] for place in there),
            "turns": sum(self.turns[place] for place in there),
            "overdue": sum(self.overdue[place] for place in there),
            "headcount": sum(heads[code] for code in stating) if stating else None,
            "counted": sum(self.trained[place] for place in counted),
            "units": owing,
            "unknown": owing - len(stating),
        }

    def _at(self, codes: Iterable[str]) -> set[Place]:
        return {place for code in codes for place in self.touching.get(code, ())}


def _place_of(units: Sequence[Row[Any]]) -> dict[str, Place]:
    """Id of a person -> their place."""
    found: dict[str, Place] = {}
    for unit in units:
        here, people = Place([unit.code]), queries.split(unit.people)
        again = {one: found[one] | here for one in found.keys() & people}
        found.update(dict.fromkeys(people, here))
        found.update(again)
    return found


def _coverage(asked: Asked, starts: Sequence[UUID], name: str, *, apart: bool) -> Coverage:
    values = scope(asked, starts, apart=apart)
    units = queries.units(values)
    few = sum(len(queries.split(unit.people)) for unit in units) <= FEW
    places = _Places(units, queries.done(values, few=few), queries.late(values, few=few))
    heads = {unit.code: head for unit in units if (head := stated(unit, asked.group)) is not None}
    branches: dict[UUID | None, list[Row[Any]]] = {}
    for unit in units:
        branches.setdefault(unit.branch, []).append(unit)
    lines = []
    for branch, below in branches.items():
        line = replace(_named(branch, below), **places.figures(below, heads))
        if not line.own or line.staff or line.headcount is not None or len(branches) == 1:
            lines.append(line)
    return Coverage(asked, name, tuple(lines), replace(total((), TOTAL), **places.figures(units, heads)))


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
