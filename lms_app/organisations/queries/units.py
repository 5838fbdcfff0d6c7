"""Reading units: one with its history, one level of the tree on a day, those that match what was typed."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Row, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from lms_app.core.db import row, rows
from lms_app.core.text import fold, folded_pattern
from lms_app.organisations.models import Unit, UnitSuccession
from lms_app.organisations.queries import tree

_parent, _child, _other = aliased(Unit), aliased(Unit), aliased(Unit)
_ID = Unit.id.type
_COLUMNS = (Unit.id, Unit.code, Unit.name, Unit.kind, Unit.parent_id, Unit.valid_from, Unit.valid_until, Unit.act)

UNIT = (
    select(*_COLUMNS, _parent.name.label("parent"), _parent.code.label("parent_code"))
    .outerjoin(_parent, _parent.id == Unit.parent_id)
    .where(Unit.id == bindparam("unit", type_=_ID))
)
CAME_FROM = (
    select(UnitSuccession.kind, UnitSuccession.on.label("on"), UnitSuccession.act, _other.id, _other.code, _other.name)
    .join(_other, _other.id == UnitSuccession.from_id)
    .where(UnitSuccession.to_id == bindparam("unit", type_=_ID))
    .order_by(UnitSuccession.on, _other.name, _other.code)
)
BECAME = (
    select(UnitSuccession.kind, UnitSuccession.on.label("on"), UnitSuccession.act, _other.id, _other.code, _other.name)
    .outerjoin(_other, _other.id == UnitSuccession.to_id)
    .where(UnitSuccession.from_id == bindparam("unit", type_=_ID))
    .order_by(UnitSuccession.on, _other.name, _other.code)
)

_pattern: BindParameter[str] = bindparam("pattern")
_matches = or_(Unit.name.regexp_match(_pattern), Unit.code.regexp_match(_pattern))
_of_kind = or_(bindparam("kind") == "", Unit.kind == bindparam("kind"))
_reached = select(*_COLUMNS).join(tree.REACH, tree.REACH.c.id == Unit.id)
_up = aliased(tree.REACH)
_level = or_(
    Unit.parent_id == bindparam("below", type_=_ID),
    bindparam("below", type_=_ID).is_(None) & ~select(_up.c.id).where(_up.c.id == Unit.parent_id).exists(),
)
_order = (Unit.kind, Unit.name, Unit.code)
LEVEL = _reached.where(_level).order_by(*_order).limit(bindparam("most")).offset(bindparam("offset"))
LEVEL_COUNT = select(func.count()).select_from(
    select(Unit.id).join(tree.REACH, tree.REACH.c.id == Unit.id).where(_level).subquery()
)
FOUND = _reached.where(_matches, _of_kind).order_by(*_order).limit(bindparam("most")).offset(bindparam("offset"))
FOUND_COUNT = select(func.count()).select_from(
    select(Unit.id).join(tree.REACH, tree.REACH.c.id == Unit.id).where(_matches, _of_kind).subquery()
)

_tops = select(Unit.id.label("top"), Unit.id.label("id")).where(Unit.id.in_(bindparam("units", expanding=True)))
_under = _tops.cte("under", recursive=True)
_UNDER = _under.union(
    select(_under.c.top, _child.id).join(_under, _child.parent_id == _under.c.id).where(tree.existing(_child))
)
BELOW = select(_UNDER.c.top, (func.count() - 1).label("n")).group_by(_UNDER.c.top)

PATH = (
    select(Unit.id, Unit.name).join(tree.LINE, tree.LINE.c.id == Unit.id).order_by(tree.LINE.c.height.desc()).limit(50)
)
NAMED = select(Unit.id, Unit.code, Unit.name).where(tree.existing(Unit))
ALL = select(*_COLUMNS)
ON_DAY = select(*_COLUMNS).where(tree.existing(Unit)).order_by(*_order)


def unit(unit_id: UUID) -> Row[Any] | None:
    """The unit as a row of its own columns, with name and code of the one above it (None for none)."""
    return row(UNIT, unit=unit_id)


def came_from(unit_id: UUID) -> Sequence[Row[Any]]:
    return rows(CAME_FROM, unit=unit_id)


def became(unit_id: UUID) -> Sequence[Row[Any]]:
    """What became of it; a row without an id when it was abolished and nobody follows."""
    return rows(BECAME, unit=unit_id)


def level(roots: Sequence[UUID], day: date, below: UUID | None, offset: int, most: int) -> list[Row[Any]]:
    """The units straight below one, or the uppermost that these roots reach."""
    return list(rows(LEVEL, roots=list(roots), day=day, below=below, offset=offset, most=most))


def level_count(roots: Sequence[UUID], day: date, below: UUID | None) -> int:
    found = row(LEVEL_COUNT, roots=list(roots), day=day, below=below)
    return int(found[0]) if found else 0


def found(roots: Sequence[UUID], day: date, typed: str, kind: str, offset: int, most: int) -> list[Row[Any]]:
    """Those in reach whose name or code holds what was typed, with marks or without."""
    values = {"roots": list(roots), "day": day, "pattern": folded_pattern(typed), "kind": kind}
    return list(rows(FOUND, **values, offset=offset, most=most))


def found_count(roots: Sequence[UUID], day: date, typed: str, kind: str) -> int:
    found = row(FOUND_COUNT, roots=list(roots), day=day, pattern=folded_pattern(typed), kind=kind)
    return int(found[0]) if found else 0


def below(unit_ids: Sequence[UUID], day: date) -> dict[UUID, int]:
    """How many units hang below each of these on that day, at any depth."""
    return {one.top: one.n for one in rows(BELOW, units=list(unit_ids), day=day)}


def path(unit_id: UUID) -> Sequence[Row[Any]]:
    """The unit and all above it, the uppermost first."""
    return rows(PATH, unit=unit_id)


def named(typed: Sequence[str], day: date) -> dict[str, list[Row[Any]]]:
    """What was typed -> the units of that day with this code, else those with this name (in any case and marks)."""
    there = rows(NAMED, day=day)
    codes = {one.code.upper(): one for one in there}
    names: dict[str, list[Row[Any]]] = {}
    for one in there:
        names.setdefault(fold(one.name), []).append(one)
    return {text: [codes[text.upper()]] if text.upper() in codes else names.get(fold(text), []) for text in typed}


def all_units() -> Sequence[Row[Any]]:
    """Every unit of every time."""
    return rows(ALL)


def on_day(day: date) -> Sequence[Row[Any]]:
    return rows(ON_DAY, day=day)
