"""A launch in a frame that holds no cookie: what the platform's storage proves, or a new tab and one's own word."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.lti.models import Ticket
from lms_app.lti.platform import digest
from lms_app.lti.queries import launches
from lms_app.lti.reasons import refusal
from lms_app.lti.service.opening import Opened

LIFE = timedelta(seconds=60)


def make(launch_id: UUID, browser: str = "") -> str:
    """A new ticket, good once within a minute. `browser`: the digest of what the platform's storage keeps."""
    launches.prune_tickets(now())
    ticket = secrets.token_urlsafe(32)
    db.session.add(Ticket(digest=digest(ticket), launch_id=launch_id, browser=browser, expires_at=now() + LIFE))
    return ticket


def read(ticket: str) -> Row[Any]:
    """Whose launch a ticket is for: name, platform. Raises `LaunchRefused` once used or after a minute."""
    found = launches.ticket(digest(ticket), now())
    if found is None:
        raise refusal("ticket")
    return found


def use(ticket: str) -> Opened:
    return _used(ticket, read(ticket))


def _used(ticket: str, found: Row[Any]) -> Opened:
    if not launches.use_ticket(digest(ticket)):
        raise refusal("ticket")
    return Opened(found.opens, found.launch_id, found.person_id, found.scope)


def prove(ticket: str, kept: str) -> Opened:
    """Use a ticket with what the platform's storage kept for this browser since the login.

    LTI Client Side postMessages Storage 0.1. Raises `LaunchRefused` when it is not what the login put there.
    """
    found = read(ticket)
    if not found.browser or not secrets.compare_digest(digest(kept), found.browser):
        raise refusal("browser")
    return _used(ticket, found)
