"""The tree of units on a day, and who came before whom. A recursive query, no closure table: docs/decisions/0018."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, bindparam, literal, or_, select
from sqlalchemy.orm import aliased

from lms_app.core.db import row, rows
from lms_app.organisations.models import Unit, UnitSuccession

DAY = bindparam("day", type_=Date)


def existing(unit: type[Unit]) -> ColumnElement[bool]:
    """For a statement with a `day`: whether the unit is there on it."""
    return and_(unit.valid_from <= DAY, or_(unit.valid_until.is_(None), unit.valid_until >= DAY))


_child = aliased(Unit)
_top = select(Unit.id).where(Unit.id.in_(bindparam("roots", expanding=True)), existing(Unit))
_reach = _top.cte("reach", recursive=True)
REACH = _reach.union(select(_child.id).join(_reach, _child.parent_id == _reach.c.id).where(existing(_child)))
"""For statements with `roots` (ids) and a `day`: `REACH.c.id` are the units of these trees that are there on that day.

Everything that shows staff or figures about them joins it: nobody looks out of their own trees.
"""

_above = aliased(Unit)
_unit = select(Unit.id, Unit.parent_id, literal(0).label("height")).where(
    Unit.id == bindparam("unit", type_=Unit.id.type)
)
_line = _unit.cte("line", recursive=True)
LINE = _line.union_all(
    select(_above.id, _above.parent_id, _line.c.height + 1).join(_line, _line.c.parent_id == _above.id)
)
"""For statements with a `unit`: it and all that it lies below; `height` 0 is the unit itself.

`parent_id` never makes a circle: the service of the tree sees to it.
"""

IS_REACHED = select(REACH.c.id).where(REACH.c.id == bindparam("unit", type_=Unit.id.type))
TOPS = select(Unit.id).where(Unit.parent_id.is_(None))
SUCCESSIONS = select(UnitSuccession.from_id, UnitSuccession.to_id)


def is_reached(unit_id: UUID, roots: Sequence[UUID], day: date) -> bool:
    return row(IS_REACHED, unit=unit_id, roots=list(roots), day=day) is not None


def tops() -> tuple[UUID, ...]:
    """The units that stand below none, of any time."""
    return tuple(found.id for found in rows(TOPS))


def lineage(unit_id: UUID) -> tuple[UUID, ...]:
    """The unit, and all that went into it whole: what was split between it and others is not its own past."""
    successors: dict[UUID, set[UUID | None]] = {}
    for found in rows(SUCCESSIONS):
        successors.setdefault(found.from_id, set()).add(found.to_id)
    return _absorbed(unit_id, successors)


def _absorbed(unit_id: UUID, successors: dict[UUID, set[UUID | None]]) -> tuple[UUID, ...]:
    found: list[UUID] = [unit_id]
    more: Iterable[UUID] = found
    while more:
        more = [one for one, after in successors.items() if one not in found and after <= set(found)]
        found += more
    return tuple(found)
