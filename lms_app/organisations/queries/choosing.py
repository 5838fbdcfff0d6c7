"""Units that somebody may choose from: those they reach on a day, as a short list or by what was typed."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, or_, select

from lms_app.core.db import row, rows
from lms_app.core.text import folded_pattern
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree

FEW = 60
"""Units that a list of choices holds; of more, one is found by its code or name."""

_UNIT = bindparam("unit", type_=Unit.id.type)
_PERIOD = (Unit.valid_from, Unit.valid_until)
_REACHED = select(Unit.id, Unit.code, Unit.name, Unit.kind, *_PERIOD).join(tree.REACH, tree.REACH.c.id == Unit.id)
SOME = _REACHED.order_by(Unit.name, Unit.code).limit(FEW + 1)
BY_ID = _REACHED.where(Unit.id == _UNIT)
ONE = select(Unit.code, Unit.name, *_PERIOD).where(Unit.id == _UNIT)
REACHED = select(tree.REACH.c.id).where(tree.REACH.c.id.in_(bindparam("units", expanding=True)))
TYPED = (
    _REACHED.where(
        or_(func.lower(Unit.code) == bindparam("code"), Unit.name.regexp_match(bindparam("whole"))),
    )
    .order_by(Unit.name, Unit.code)
    .limit(FEW)
)


def few(roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """Id, code, name, kind and period of all units there, when they are few enough to be listed; else none."""
    found = rows(SOME, roots=list(roots), day=day)
    return found if len(found) <= FEW else ()


def by_id(unit_id: UUID, roots: Sequence[UUID], day: date) -> Row[Any] | None:
    """The unit, when it lies in these trees on that day."""
    return row(BY_ID, unit=unit_id, roots=list(roots), day=day)


def one(unit_id: UUID) -> Row[Any]:
    """Code, name, first and last day of a unit that was or is there."""
    found = row(ONE, unit=unit_id)
    if found is None:
        raise LookupError(unit_id)
    return found


def reached(units: Collection[UUID], roots: Sequence[UUID], day: date) -> set[UUID]:
    """Those of these units that are in the trees of that day."""
    return {one.id for one in rows(REACHED, units=list(units), roots=list(roots), day=day)}


def typed(text: str, roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """The unit of this code, or those of this name, written in any case and with marks or without."""
    pattern = folded_pattern(text)
    found = rows(TYPED, code=text.lower(), whole=f"^{pattern}$" if pattern else "^$", roots=list(roots), day=day)
    coded = [one for one in found if one.code.lower() == text.lower()]
    return coded or found
