"""What reports tell beside coverage, indicators and contents: campaigns, the network, plans; and their units.

`roots` is here the one unit of the report, once it is known to lie in the asker's reach.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms_app.core.db import rows
from lms_app.organisations.kinds import PLANNING
from lms_app.organisations.models import Campaign, NetworkMember, Plan, Unit
from lms_app.organisations.queries import tree
from lms_app.organisations.queries.reached import EVER
from lms_app.reporting.queries.agencies import APPROVED, HEIRS
from lms_app.reporting.queries.staff import SINCE

_child = aliased(Unit)

CAMPAIGNS = (
    select(
        *(Campaign.title, Unit.name.label("unit"), Campaign.since, Campaign.until),
        *(Campaign.channel, Campaign.reach, Campaign.act),
    )
    .join(EVER, EVER.c.id == Campaign.unit_id)
    .join(Unit, Unit.id == Campaign.unit_id)
    .where(Campaign.since >= SINCE, Campaign.since <= tree.DAY)
    .order_by(Campaign.since, Campaign.title)
)
NETWORK = (
    select(
        NetworkMember.kind,
        NetworkMember.sector,
        func.count(NetworkMember.id).label("members"),
        func.count(HEIRS.c.heir.distinct()).label("units"),
    )
    .join(HEIRS, HEIRS.c.origin == NetworkMember.unit_id)
    .where(NetworkMember.since <= tree.DAY, or_(NetworkMember.until.is_(None), NetworkMember.until >= tree.DAY))
    .group_by(NetworkMember.kind, NetworkMember.sector)
    .order_by(NetworkMember.kind, NetworkMember.sector)
)
_own = HEIRS.c.origin == HEIRS.c.heir
_plan_there = and_(
    Plan.unit_id == HEIRS.c.origin,
    Plan.year == bindparam("year"),
    or_(Plan.signed_on.is_(None), Plan.signed_on <= tree.DAY),
    or_(_own, Plan.status == APPROVED),
)
PLANS = (
    select(Unit.id, Unit.code, Unit.name, Plan.status, Plan.number, Plan.signed_on, Plan.title)
    .join(HEIRS, HEIRS.c.heir == Unit.id)
    .outerjoin(Plan, _plan_there)
    .where(Unit.kind.in_(PLANNING))
    .order_by(Unit.kind, Unit.name, Unit.code, case((Plan.status == APPROVED, 0), (Plan.id.is_not(None), 1), else_=2))
)
"""K1 counts the same: own plans, and approved ones of what went into the unit whole; the best of them first."""

GROUPINGS = (
    select(Unit.id, Unit.name)
    .where(Unit.parent_id == bindparam("unit", type_=Unit.id.type), Unit.kind == "grouping", tree.existing(Unit))
    .order_by(Unit.code)
)
CHOICES = (
    select(Unit.id, Unit.name, Unit.code)
    .join(tree.REACH, tree.REACH.c.id == Unit.id)
    .where(
        or_(
            exists().where(_child.parent_id == Unit.id, tree.existing(_child)),
            Unit.id.in_(bindparam("also", expanding=True)),
        )
    )
    .order_by(Unit.name, Unit.code)
)


def campaigns(unit_id: UUID, since: date, day: date) -> Sequence[Row[Any]]:
    """Those that K4 counts: begun in the period, of the unit's tree and of what went into it whole."""
    return rows(CAMPAIGNS, roots=list(tree.lineage(unit_id)), since=since, day=day)


def network(unit_id: UUID, day: date) -> Sequence[Row[Any]]:
    return rows(NETWORK, roots=[unit_id], day=day)


def plans(unit_id: UUID, day: date, year: int) -> list[Row[Any]]:
    """Every unit that owes a plan, with the plan of the year that was there on the day, or None."""
    best: dict[UUID, Row[Any]] = {}
    for one in rows(PLANS, roots=[unit_id], day=day, year=year):
        best.setdefault(one.id, one)
    return list(best.values())


def groupings(unit_id: UUID, day: date) -> Sequence[Row[Any]]:
    """The headings (departments, communes ...) right below a unit."""
    return rows(GROUPINGS, unit=unit_id, day=day)


def choices(roots: Collection[UUID], also: Collection[UUID], day: date) -> Sequence[Row[Any]]:
    """Units to make a report of: within reach, with others below them; and those of `also` that are within reach."""
    return rows(CHOICES, roots=list(roots), also=list(also), day=day)
