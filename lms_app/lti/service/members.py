"""The members of a class: read from its platform, page by page, and taken in. They are shown in `classes`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.core import outbound, outbox
from lms_app.core.clock import now
from lms_app.core.text import name_key
from lms_app.lti import claims, forms, quirks, rosters
from lms_app.lti.models import LONG_URL
from lms_app.lti.queries import rosters as stored
from lms_app.lti.rosters import GONE, Listed, Page
from lms_app.lti.service import calling

PAGE = 500
"""Members to ask for at a time: so many stay well below what one answer may hold."""

MOST_PAGES = 200
MOST_MEMBERS = 100_000
LONGEST = timedelta(seconds=40)
"""For all pages together: less than the lease of the outbox row that asked."""

SKIPPED = "skipped"
SORT_KEY = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a platform listed, by `sub`. `is_whole`: everybody, not only who has changed since the last reading."""

    members: Mapping[str, Listed]
    is_whole: bool
    skipped: int
    differences: str | None


def read(room: Row[Any]) -> Reading:
    """Ask the platform who is in the class. `room`: a row of `queries.rosters.room`. No transaction may be open.

    Only the differences where it offered them the last time, unless it no longer does. Raises `calling.Failed`.
    """
    if room.differences_url:
        try:
            return _pages(room, room.differences_url, is_whole=False)
        except calling.Failed as error:
            if error.outcome.state != "held":
                raise
    limit = quirks.of(room.product, room.issuer, room.auth_url).roster_limit or PAGE
    return _pages(room, rosters.first(room.memberships_url, limit), is_whole=True)


def _pages(room: Row[Any], url: str, *, is_whole: bool) -> Reading:
    members: dict[str, Listed] = {}
    skipped, until, seen, differences = 0, now() + LONGEST, {url}, None
    for _ in range(MOST_PAGES):
        page = _page(room, url)
        members |= {one.sub: one for one in page.members}
        skipped += page.skipped
        differences = page.differences or differences
        if len(members) > MOST_MEMBERS:
            raise calling.Failed(outbox.hold("too large"))
        if page.next is None:
            return Reading(members, is_whole, skipped, _ours(room, differences))
        if page.next in seen or forms.origin_of(page.next) != forms.origin_of(room.memberships_url):
            raise calling.Failed(outbox.hold("roster: a next page that leads nowhere"))
        if now() > until:
            raise calling.Failed(outbox.again("roster: timeout", host_fault=True))
        url = page.next
        seen.add(url)
    raise calling.Failed(outbox.hold("roster: pages without end"))


def _page(room: Row[Any], url: str) -> Page:
    wanted = {"Accept": rosters.MEDIA_TYPE}
    try:
        answer = calling.ask(
            room.platform_id, claims.ROSTER, lambda headers: outbound.get(url, headers=headers | wanted)
        )
    except calling.Failed as error:
        if error.outcome.error == "too large":  # the same page would be no smaller tomorrow
            raise calling.Failed(outbox.hold("too large")) from error
        raise
    calling.good(answer)
    try:
        return rosters.parse(answer.body, answer.headers.get("Link", ""), url)
    except ValueError as error:
        raise calling.Failed(outbox.again(f"roster: HTTP {answer.status}, no list", host_fault=True)) from error


def _ours(room: Row[Any], differences: str | None) -> str | None:
    """Where to ask the next time; a token of ours goes to no other host."""
    url = forms.web_address(differences, LONG_URL)
    return url if forms.origin_of(url) == forms.origin_of(room.memberships_url) else None


def take_in(class_id: UUID, found: Reading, at: datetime) -> None:
    """Bring the class up to date. Who is no longer listed is marked as gone and kept, with all they did."""
    before = {one.sub: one for one in stored.members(class_id)}
    changed = [_row(class_id, one, at) for one in found.members.values() if _is_news(one, before.get(one.sub))]
    gone = [one for sub, one in before.items() if found.is_whole and sub not in found.members and one.status != GONE]
    kept = [one._asdict() | {"class_id": class_id, "status": GONE, "at": at} for one in gone]
    stored.write(changed + kept)
    stored.roster_read(class_id, at, found.differences, f"{SKIPPED} {found.skipped}" if found.skipped else None)


def not_read(class_id: UUID, why: str) -> None:
    """Keep the reason beside the members last read, which stay as they are."""
    stored.roster_not_read(class_id, why)


def _is_news(one: Listed, known: Row[Any] | None) -> bool:
    if known is None:
        return one.status != GONE
    return (one.name, one.role, one.status) != (known.name, known.role, known.status)


def _row(class_id: UUID, one: Listed, at: datetime) -> dict[str, Any]:
    return {
        "class_id": class_id,
        "sub": one.sub,
        "name": one.name,
        "sort_key": name_key(one.name)[:SORT_KEY] if one.name else "",
        "role": one.role,
        "status": one.status,
        "at": at,
    }
