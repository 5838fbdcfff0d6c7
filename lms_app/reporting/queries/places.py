"""Where somebody may look on a day: their highest units, what lies above and below a unit, what it was or became."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select

from lms_app.core.db import rows
from lms_app.organisations.models import Unit, UnitSuccession
from lms_app.organisations.queries import tree

_UNIT = bindparam("unit", type_=Unit.id.type)
_reached = select(Unit.id, Unit.name).join(tree.REACH, tree.REACH.c.id == Unit.id)
TOPS = _reached.where(or_(Unit.parent_id.is_(None), Unit.parent_id.not_in(select(tree.REACH.c.id)))).order_by(Unit.name)
BELOW = _reached.where(Unit.parent_id == _UNIT).order_by(Unit.name)
PATH = _reached.join(tree.LINE, tree.LINE.c.id == Unit.id).order_by(tree.LINE.c.height.desc())

_start = select(Unit.id).where(Unit.id == _UNIT)
_earlier = _start.cte("earlier", recursive=True)
EARLIER = _earlier.union(select(UnitSuccession.from_id).join(_earlier, UnitSuccession.to_id == _earlier.c.id))
_later = _start.cte("later", recursive=True)
LATER = _later.union(
    select(UnitSuccession.to_id)
    .join(_later, UnitSuccession.from_id == _later.c.id)
    .where(UnitSuccession.to_id.is_not(None))
)
RELATED = _reached.where(or_(Unit.id.in_(select(EARLIER.c.id)), Unit.id.in_(select(LATER.c.id)))).order_by(Unit.name)
"""What the unit came from or became, of what is there on the day."""


def tops(roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    return rows(TOPS, roots=list(roots), day=day)


def path(unit_id: UUID, roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """From the highest that the asker may see down to the unit itself; empty for one out of reach or not there."""
    return rows(PATH, unit=unit_id, roots=list(roots), day=day)


def below(unit_id: UUID, roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    return rows(BELOW, unit=unit_id, roots=list(roots), day=day)


def related(unit_id: UUID, roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    return rows(RELATED, unit=unit_id, roots=list(roots), day=day)
