"""A class's members as a platform lists them, page by page (Names and Role Provisioning Services 2.0). Pure."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

from lms_app.lti import claims

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
LEARNER, TEACHER, OTHER = "learner", "teacher", "other"
ACTIVE, INACTIVE, GONE = "active", "inactive", "gone"
STATUSES = {"inactive": INACTIVE, "deleted": GONE}
"""Anything else is active, so is none at all (NRPS 2.0, 2.3). Deleted stands in differences only."""

_TARGET = re.compile(r"<([^<>]*)>")
_PARAMETER = re.compile(r'\s*;[\s;]*([^\s=;,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Listed:
    sub: str
    name: str
    role: str
    status: str


@dataclass(frozen=True, slots=True)
class Page:
    """`skipped`: entries without a user_id, which can be nobody of ours. `next`, `differences`: whole addresses."""

    members: tuple[Listed, ...]
    skipped: int
    next: str | None
    differences: str | None


def first(memberships_url: str, limit: int) -> str:
    """Where the first page is, of at most so many members; a limit that stands in the address already is kept."""
    parts = urlsplit(memberships_url)
    if "limit" in parse_qs(parts.query, keep_blank_values=True):
        return memberships_url
    query = "&".join(part for part in (parts.query, urlencode({"limit": limit})) if part)
    return urlunsplit(parts._replace(query=query, fragment=""))


def parse(body: bytes, link_header: str, url: str) -> Page:
    """One page, as answered at `url`. Raises `ValueError` for anything that is none."""
    try:
        container = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    listed = container.get("members") if isinstance(container, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no list of members")  # noqa: TRY004 - the body is at fault, not the caller
    members = tuple(_member(entry) for entry in listed if _has_id(entry))
    related = {name: urljoin(url, target) for name, target in links(link_header).items()}
    return Page(members, len(listed) - len(members), related.get("next"), related.get("differences"))


def _has_id(entry: Any) -> bool:
    return isinstance(entry, dict) and claims.is_id(entry.get("user_id"))


def _member(entry: dict[str, Any]) -> Listed:
    status = entry.get("status")
    return Listed(
        sub=entry["user_id"],
        name=claims.full_name(entry),
        role=_role(entry.get("roles")),
        status=STATUSES.get(status.lower(), ACTIVE) if isinstance(status, str) else ACTIVE,
    )


def _role(sent: Any) -> str:
    """Short names and whole ones alike; whoever teaches here is no learner, whatever else they are."""
    roles: Sequence[str] = [role for role in sent if isinstance(role, str)] if isinstance(sent, list) else []
    if claims.teaches(roles):
        return TEACHER
    return LEARNER if claims.learns(roles) else OTHER


def links(header: str) -> dict[str, str]:
    """Relation -> target of the first link with it (RFC 8288, 3). Targets stay as they were sent: case matters."""
    found: dict[str, str] = {}
    at = 0
    while target := _TARGET.search(header, at):
        at = target.end()
        relations = ""
        while parameter := _PARAMETER.match(header, at):
            at = parameter.end()
            if parameter[1].lower() == "rel":
                relations = relations or _unquoted(parameter[2] or "")
        for relation in relations.lower().split():
            found.setdefault(relation, target[1])
    return found


def _unquoted(value: str) -> str:
    return _ESCAPED.sub(r"\1", value[1:-1]) if value.startswith('"') else value
