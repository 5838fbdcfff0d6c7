"""Reading what acts ask for, and what they stated when they were made."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select

from lms_app.core.db import row, rows
from lms_app.organisations.models import Baseline, Target, Unit

FOREVER = date(9999, 12, 31)
_TARGETS = select(
    Target.id,
    Target.indicator,
    Target.group.label("group"),
    Target.unit_id,
    Target.valid_from,
    Target.valid_until,
    Target.value,
    Target.act,
    Target.note,
    Unit.code,
    Unit.name.label("unit"),
).join(Unit, Unit.id == Target.unit_id)
ALL = _TARGETS.order_by(Target.indicator, Target.valid_from.desc(), Unit.name, Target.group, Target.id)
ONE = _TARGETS.where(Target.id == bindparam("target", type_=Target.id.type))
OVERLAPPING = _TARGETS.where(
    Target.indicator == bindparam("indicator"),
    Target.group == bindparam("group"),
    Target.unit_id == bindparam("unit", type_=Unit.id.type),
    Target.valid_from <= bindparam("until"),
    or_(Target.valid_until.is_(None), Target.valid_until >= bindparam("since")),
).order_by(Target.valid_from)
OF_INDICATOR = _TARGETS.where(Target.indicator == bindparam("indicator")).order_by(Target.valid_from, Target.id)
BASELINES = (
    select(
        Baseline.code,
        Baseline.name,
        Baseline.on.label("on"),
        Baseline.have,
        Baseline.out_of,
        Baseline.act,
        Baseline.note,
        Unit.name.label("unit"),
    )
    .join(Unit, Unit.id == Baseline.unit_id)
    .order_by(Baseline.on.desc(), Baseline.code)
)


def targets() -> Sequence[Row[Any]]:
    """All, of any time: by indicator, the newest first."""
    return rows(ALL)


def one(target_id: UUID) -> Row[Any] | None:
    return row(ONE, target=target_id)


def overlapping(indicator: str, group: str, unit_id: UUID, since: date, until: date | None) -> Sequence[Row[Any]]:
    """Those of the same indicator, group and unit with a day in common."""
    values = {"indicator": indicator, "group": group, "unit": unit_id, "since": since, "until": until or FOREVER}
    return rows(OVERLAPPING, **values)


def of_indicator(indicator: str) -> Sequence[Row[Any]]:
    return rows(OF_INDICATOR, indicator=indicator)


def baselines() -> Sequence[Row[Any]]:
    return rows(BASELINES)
