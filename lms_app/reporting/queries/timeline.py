"""What the coverage of many days is computed from, each fetched once: units, headcounts, posts, targets.

`first` and `last`: the days between which it is asked about; `starts`: the unit with what became it.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, and_, bindparam, not_, or_, select
from sqlalchemy.orm import aliased

from lms_app.accounts.models import Employment
from lms_app.core.db import rows
from lms_app.organisations.models import Headcount, Target, Unit
from lms_app.organisations.queries.tree import LINE
from lms_app.reporting.queries.coverage import GROUP, listed, numbers

_FIRST, _LAST = bindparam("first", type_=Date), bindparam("last", type_=Date)
_child = aliased(Unit)
_start = select(Unit.id).where(Unit.id.in_(bindparam("starts", expanding=True))).cte("ever", recursive=True)
EVER = _start.union(
    select(_child.id)
    .join(_start, _child.parent_id == _start.c.id)
    .where(_child.valid_from <= _LAST, or_(_child.valid_until.is_(None), _child.valid_until >= _FIRST))
)
"""The units that were below the starts at any time between the two days."""

UNITS = select(Unit.id, Unit.parent_id, Unit.valid_from, Unit.valid_until).join(EVER, EVER.c.id == Unit.id)
HEADCOUNTS = (
    select(Headcount.unit_id, Headcount.on.label("on"), Headcount.ld, Headcount.ct, Headcount.cc)
    .join(EVER, EVER.c.id == Headcount.unit_id)
    .where(Headcount.on <= _LAST)
    .order_by(Headcount.on)
)
_all_along = and_(Employment.since <= _FIRST, or_(Employment.until.is_(None), Employment.until >= _LAST))
_meanwhile = and_(Employment.since <= _LAST, or_(Employment.until.is_(None), Employment.until >= _FIRST))
_steady = (
    select(listed(Employment.person_number))
    .where(Employment.unit_id == EVER.c.id, _all_along, GROUP)
    .correlate(EVER)
    .scalar_subquery()
)
STEADY = select(EVER.c.id, _steady.label("people"))
CHANGING = (
    select(Employment.person_number, Employment.unit_id, Employment.since, Employment.until)
    .join(EVER, EVER.c.id == Employment.unit_id)
    .where(_meanwhile, not_(_all_along), GROUP)
)
TARGETS = (
    select(Target.value, Target.valid_from, Target.valid_until)
    .join(LINE, LINE.c.id == Target.unit_id)
    .where(Target.indicator == "K2", Target.group.in_(("", bindparam("group"))))
    .order_by(LINE.c.height, Target.group.desc(), Target.valid_from.desc())
)


def units(span: Mapping[str, Any]) -> Sequence[Row[Any]]:
    return rows(UNITS, **span)


def headcounts(span: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """All that were stated up to the last day, the oldest first."""
    return rows(HEADCOUNTS, **span)


def steady(span: Mapping[str, Any]) -> dict[UUID, list[int]]:
    """Unit -> numbers of the people whose post in it lasts from the first day to the last."""
    return {found.id: numbers(found.people) for found in rows(STEADY, **span)}


def changing(span: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """The other posts: begun or ended between the two days."""
    return rows(CHANGING, **span)


def targets(unit_id: UUID, group: str) -> Sequence[Row[Any]]:
    """Of the unit and of all that it lies below: the first that holds on a day is the one that counts then."""
    return rows(TARGETS, unit=unit_id, group=group)
