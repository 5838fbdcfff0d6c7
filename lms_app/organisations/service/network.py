"""Campaigns, and who belongs to the network of digital transformation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from lms_app.core import audit
from lms_app.core.db import db
from lms_app.organisations.models import Campaign, NetworkMember

EXPERT, CORE, COMMUNITY = "expert", "core", "community"
MEMBER_KINDS = {EXPERT: "Chuyên gia", CORE: "Cán bộ nòng cốt", COMMUNITY: "Tổ công nghệ số cộng đồng"}


def save_campaign(values: Mapping[str, Any], actor: object, campaign_id: UUID | None = None) -> None:
    """Enter a campaign, or change one; `values` by the model's names."""
    _save(db.session.get_one(Campaign, campaign_id) if campaign_id else Campaign(), values)
    audit.note(actor, "campaign.save", campaign_id or values["title"][:100], since=values["since"].isoformat())


def save_member(values: Mapping[str, Any], actor: object, member_id: UUID | None = None) -> None:
    """Enter somebody of the network, or change what is said of them; `values` by the model's names."""
    _save(db.session.get_one(NetworkMember, member_id) if member_id else NetworkMember(), values)
    audit.note(actor, "network.save", member_id or values["full_name"][:100], kind=values["kind"])


def _save(row: Campaign | NetworkMember, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    db.session.add(row)
    db.session.flush()
