"""Reading campaigns, and the network of experts, core staff and community teams."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from lms_app.core.db import row, rows
from lms_app.organisations.kinds import COMMUNE
from lms_app.organisations.models import Campaign, NetworkMember, Unit
from lms_app.organisations.queries.tree import DAY, REACH

_child = aliased(Unit)
_top = select(Unit.id).where(Unit.id.in_(bindparam("roots", expanding=True)))
_ever = _top.cte("ever", recursive=True)
EVER = _ever.union(select(_child.id).join(_ever, _child.parent_id == _ever.c.id))
"""For statements with `roots`: the units of these trees at any time. Only for what tells of no person."""

_CAMPAIGNS = select(
    Campaign.id,
    Campaign.unit_id,
    Campaign.title,
    Campaign.since,
    Campaign.until,
    Campaign.channel,
    Campaign.reach,
    Campaign.act,
    Unit.code,
    Unit.name.label("unit"),
).join(Unit, Unit.id == Campaign.unit_id)
CAMPAIGNS = _CAMPAIGNS.join(EVER, EVER.c.id == Campaign.unit_id).order_by(Campaign.since.desc(), Campaign.id)
CAMPAIGN = _CAMPAIGNS.where(Campaign.id == bindparam("campaign", type_=Campaign.id.type))

_MEMBERS = select(
    NetworkMember.id,
    NetworkMember.kind,
    NetworkMember.unit_id,
    NetworkMember.full_name,
    NetworkMember.sector,
    NetworkMember.position,
    NetworkMember.contact,
    NetworkMember.since,
    NetworkMember.until,
    NetworkMember.act,
    Unit.code,
    Unit.name.label("unit"),
).join(Unit, Unit.id == NetworkMember.unit_id)
_ACTIVE = and_(NetworkMember.since <= DAY, or_(NetworkMember.until.is_(None), NetworkMember.until >= DAY))
MEMBERS = (
    _MEMBERS.join(REACH, REACH.c.id == NetworkMember.unit_id)
    .where(_ACTIVE)
    .order_by(NetworkMember.kind, NetworkMember.sector, Unit.name, NetworkMember.full_name, NetworkMember.id)
)
MEMBER = _MEMBERS.where(NetworkMember.id == bindparam("member", type_=NetworkMember.id.type))
COMMUNES = (
    select(
        Unit.id,
        Unit.code,
        Unit.name,
        select(NetworkMember.id).where(NetworkMember.unit_id == Unit.id, _ACTIVE).exists().label("has_member"),
    )
    .join(REACH, REACH.c.id == Unit.id)
    .where(Unit.kind == COMMUNE)
    .order_by(Unit.name, Unit.code)
)


def campaigns(roots: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Those of all units of these trees, also of units that are gone, the newest first."""
    return rows(CAMPAIGNS, roots=list(roots))


def campaign(campaign_id: UUID) -> Row[Any] | None:
    return row(CAMPAIGN, campaign=campaign_id)


def members(roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """Who was of the network on that day, in units of these trees."""
    return rows(MEMBERS, roots=list(roots), day=day)


def member(member_id: UUID) -> Row[Any] | None:
    return row(MEMBER, member=member_id)


def communes(roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """Communes of these trees on that day; `has_member`: whether somebody of the network was there."""
    return rows(COMMUNES, roots=list(roots), day=day)
