"""Units of somebody's trees on a day, for lists and for choosing among."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import aliased

from lms_app.core.db import row, rows
from lms_app.organisations.models import Unit
from lms_app.organisations.queries.tree import REACH, existing

_child = aliased(Unit)
_top = select(Unit.id).where(Unit.id.in_(bindparam("roots", expanding=True)))
_ever = _top.cte("ever", recursive=True)
EVER = _ever.union(select(_child.id).join(_ever, _child.parent_id == _ever.c.id))
"""For statements with `roots`: the units of these trees at any time. Only for what tells of no person."""

_UNITS = select(Unit.id, Unit.code, Unit.name, Unit.kind).join(REACH, REACH.c.id == Unit.id)
STAFFED_UNITS = _UNITS.where(Unit.kind.in_(bindparam("kinds", expanding=True))).order_by(Unit.name, Unit.code)
PARENTS = _UNITS.where(Unit.id.in_(select(Unit.parent_id).where(Unit.parent_id.is_not(None), existing(Unit)))).order_by(
    Unit.name, Unit.code
)
PERIOD = select(Unit.valid_from, Unit.valid_until).where(Unit.id == bindparam("unit", type_=Unit.id.type))
BY_CODE = select(Unit.id, Unit.code, Unit.name).where(Unit.code == bindparam("typed"))


def of_kinds(kinds: Collection[str], roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    return rows(STAFFED_UNITS, kinds=list(kinds), roots=list(roots), day=day)


def parents(roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """Those that have units below them: what a list can be narrowed to."""
    return rows(PARENTS, roots=list(roots), day=day)


def last_day(unit_id: UUID, until: date) -> date:
    """The last day, up to this one, on which the unit was there; the day itself for one that began later or never."""
    found = row(PERIOD, unit=unit_id)
    return found.valid_until if found and found.valid_until and found.valid_until < until else until


def by_code(typed: str) -> Row[Any] | None:
    """The unit of this code, of any time."""
    return row(BY_CODE, typed=typed)
