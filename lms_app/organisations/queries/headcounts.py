"""Reading what units say of how many people they have."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select

from lms_app.core.db import rows
from lms_app.organisations.models import Headcount, Unit
from lms_app.organisations.queries.tree import DAY

LATEST = (
    select(Headcount.unit_id, func.max(Headcount.on).label("on")).where(Headcount.on <= DAY).group_by(Headcount.unit_id)
)
"""For statements with a `day`: the day of each unit's newest headcount up to it."""

OF_UNIT = (
    select(
        Headcount.on.label("on"),
        Headcount.ld,
        Headcount.ct,
        Headcount.cc,
        Headcount.source,
        Headcount.entered_at,
        Headcount.entered_by,
    )
    .where(Headcount.unit_id == bindparam("unit", type_=Unit.id.type))
    .order_by(Headcount.on.desc())
)
OF_UNITS = select(
    Headcount.unit_id, Headcount.on.label("on"), Headcount.ld, Headcount.ct, Headcount.cc, Headcount.source
).where(Headcount.unit_id.in_(bindparam("units", expanding=True)))


def of_unit(unit_id: UUID) -> Sequence[Row[Any]]:
    """All that the unit ever said, the newest first."""
    return rows(OF_UNIT, unit=unit_id)


def said(unit_ids: Collection[UUID]) -> dict[tuple[UUID, date], tuple[int, int, int, str]]:
    """Unit and day -> leaders, specialists, staff and the source."""
    found = rows(OF_UNITS, units=list(unit_ids))
    return {(one.unit_id, one.on): (one.ld, one.ct, one.cc, one.source) for one in found}
