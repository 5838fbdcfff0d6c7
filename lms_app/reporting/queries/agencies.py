"""Indicators about units, their plans, campaigns and network: K1, K3, K4, K5, and the targets of all.

What belonged to a unit that went into one other whole belongs to that one now (`HEIRS`): docs/indicators.md.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms_app.core.db import rows
from lms_app.organisations.kinds import COMMUNE, PLANNING
from lms_app.organisations.models import Campaign, NetworkMember, Plan, Target, Unit, UnitSuccession
from lms_app.organisations.queries import tree
from lms_app.organisations.queries.reached import EVER

APPROVED, EXPERT = "approved", "expert"

_also = aliased(UnitSuccession)
_alone = ~exists().where(_also.from_id == UnitSuccession.from_id, _also.id != UnitSuccession.id)
_self = select(tree.REACH.c.id.label("heir"), tree.REACH.c.id.label("origin")).cte("heirs", recursive=True)
HEIRS = _self.union(
    select(_self.c.heir, UnitSuccession.from_id)
    .join(UnitSuccession, UnitSuccession.to_id == _self.c.origin)
    .where(_alone)
)
"""Each unit of the tree with itself, and with what went into it alone, step by step."""

_approved = (
    select(HEIRS.c.heir)
    .join(Plan, Plan.unit_id == HEIRS.c.origin)
    .where(
        Plan.year == bindparam("year"),
        Plan.status == APPROVED,
        or_(Plan.signed_on.is_(None), Plan.signed_on <= tree.DAY),
    )
)
PLANS = (
    select(func.count().label("out_of"), func.count(case((Unit.id.in_(_approved), 1))).label("have"))
    .select_from(tree.REACH)
    .join(Unit, Unit.id == tree.REACH.c.id)
    .where(Unit.kind.in_(PLANNING))
)
"""K1."""

_active = and_(NetworkMember.since <= tree.DAY, or_(NetworkMember.until.is_(None), NetworkMember.until >= tree.DAY))
EXPERTS = (
    select(NetworkMember.sector, func.count(case((_active, 1))).label("have"))
    .join(HEIRS, HEIRS.c.origin == NetworkMember.unit_id)
    .where(NetworkMember.kind == EXPERT, NetworkMember.since <= tree.DAY)
    .group_by(NetworkMember.sector)
    .order_by(NetworkMember.sector)
)
"""K3: a row for each sector that ever had one."""

_networked = select(HEIRS.c.heir).join(NetworkMember, NetworkMember.unit_id == HEIRS.c.origin).where(_active)
_known = select(HEIRS.c.heir).join(NetworkMember, NetworkMember.unit_id == HEIRS.c.origin)
COMMUNES = (
    select(
        func.count().label("out_of"),
        func.count(case((Unit.id.in_(_networked), 1))).label("have"),
        func.count(case((Unit.id.in_(_known), 1))).label("known"),
    )
    .select_from(tree.REACH)
    .join(Unit, Unit.id == tree.REACH.c.id)
    .where(Unit.kind == COMMUNE)
)
"""K5; `known`: communes that ever had a member."""

CAMPAIGNS = (
    select(
        func.count().label("ever"),
        func.count(case((Campaign.since >= bindparam("first", type_=Date), 1))).label("have"),
    )
    .join(EVER, EVER.c.id == Campaign.unit_id)
    .where(Campaign.since <= tree.DAY)
)
"""K4: of units that ever stood there; a unit's place never changes, a moved one is another row."""

TARGETS = (
    select(Target.indicator, Target.group.label("audience"), Target.value, Target.act, tree.LINE.c.height)
    .join(tree.LINE, tree.LINE.c.id == Target.unit_id)
    .where(Target.valid_from <= tree.DAY, or_(Target.valid_until.is_(None), Target.valid_until >= tree.DAY))
    .order_by(tree.LINE.c.height.desc(), Target.valid_from, Target.id)
)
"""From the farthest unit above to the nearest, and there from the oldest to the newest: the last one holds."""


def plans(**asked: Any) -> Row[Any]:
    return rows(PLANS, **asked)[0]


def experts(**asked: Any) -> Sequence[Row[Any]]:
    return rows(EXPERTS, **asked)


def communes(**asked: Any) -> Row[Any]:
    return rows(COMMUNES, **asked)[0]


def campaigns(unit_id: UUID, first: date, day: date) -> Row[Any]:
    """Of the unit's tree and of all that went into it whole, as they were: begun by `day`, and from `first` on."""
    return rows(CAMPAIGNS, roots=list(tree.lineage(unit_id)), first=first, day=day)[0]


def targets(unit_id: UUID, day: date) -> dict[tuple[str, str], Row[Any]]:
    """By indicator and group, of the unit or of the nearest above it that has one."""
    return {(found.indicator, found.audience): found for found in rows(TARGETS, unit=unit_id, day=day)}


def target(found: Mapping[tuple[str, str], Row[Any]], indicator: str, group: str) -> Row[Any] | None:
    """What is asked of a group: its own target, or that of all, whichever is nearer; its own of two as near."""
    own, whole = found.get((indicator, group)), found.get((indicator, ""))
    return whole if own is None or (whole and whole.height < own.height) else own
