"""A login begun, a launch finished, a ticket used: each leaves all of its rows or none."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.accounts.login import frame_digest
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.ids import new_id
from lms_app.learning import queries as learning
from lms_app.lti import forms, platform, queries, recording
from lms_app.lti.claims import SCORE, Launch
from lms_app.lti.forms import Place
from lms_app.lti.models import Ticket
from lms_app.lti.platform import Login, Registered, digest
from lms_app.lti.reasons import refusal

LOGIN_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(hours=12)
TICKET_LIFE = timedelta(seconds=60)
PRUNE_ONE_IN = 32
"""Logins that were never answered are swept out by one login in so many."""


@dataclass(frozen=True, slots=True)
class Known:
    """A platform that is registered and in use: its row and what the checks need of it."""

    row: Row[Any]
    registered: Registered


@dataclass(frozen=True, slots=True)
class Opened:
    """What a good launch leads to: whose session, what it allows, and where in the course."""

    launch_id: UUID
    person_id: UUID
    enrolment_id: UUID
    version_id: UUID
    place: Place
    scope: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """The login that a launch says it answers."""

    digest: str
    nonce: str
    browser: str
    platform: Known


# ---- login


def known_platform(asked: Mapping[str, str]) -> Known:
    """The platform of a login: issuer with client_id, else the only one of that issuer, else by deployment."""
    found = [
        one
        for one in queries.by_issuer(asked.get("iss", ""))
        if (asked.get("client_id") or one.client_id) == one.client_id
    ]
    if len(found) > 1 and (deployment := asked.get("lti_deployment_id")):
        found = [one for one in found if deployment in queries.registered(one).deployments]
    if len(found) != 1:
        raise refusal("platform-unknown")
    return _active(found[0])


def answer_login(asked: Mapping[str, str], known: Known, site: str) -> Login:
    """The answer to a login, remembered for ten minutes. A foreign target is refused, and never redirected to."""
    target = asked.get("target_link_uri", "")
    if not forms.is_ours(target, site) or len(target) > platform.LONGEST:
        raise refusal("target")
    made = platform.login(asked, lambda _issuer, _client: known.registered, f"{site}/lti/launch")
    at = now()
    if secrets.randbelow(PRUNE_ONE_IN) == 0:
        queries.prune(at)
    queries.begin(
        digest=digest(made.state),
        nonce=digest(made.nonce),
        browser=digest(made.browser),
        platform_id=known.row.id,
        expires_at=at + LOGIN_LIFE,
    )
    return made


# ---- launch


def expected(state: str) -> Expected:
    """What the login of this state promised. Raises `LaunchRefused` when there is none, or none any more."""
    found = queries.pending(digest(state), now()) if state else None
    if found is None:
        raise refusal("state")
    return Expected(found.digest, found.nonce, found.browser, _active(found))


def check(form: Mapping[str, str], awaited: Expected, site: str) -> Launch:
    """Every check that needs no row of ours. No transaction may be open: keys may have to be fetched."""
    return platform.launch(form, awaited.platform.registered, awaited.nonce, site)


def finish(said: Launch, awaited: Expected) -> Opened:
    """Write down a checked launch. The login is used up first: of two equal posts one goes on."""
    if not queries.use_pending(awaited.digest, awaited.nonce):
        raise refusal("used")
    place = forms.place(said.custom, said.target)
    if place is None:
        raise refusal("no-course")
    sender = awaited.platform.row
    known = recording.known(sender.id, said, place)
    user_id, person_id = recording.user(known, sender, said)
    enrolment_id, version_id = recording.enrolment(known, person_id, place.course)
    if said.is_learner and said.lineitem and SCORE in said.scopes:
        recording.promise(known, said.lineitem, user_id, enrolment_id)
    link_id = recording.link(known, sender.id, said, place)
    launch_id = new_id()
    scope = {
        "course": place.course,
        "launch": str(launch_id),
        "teacher": said.is_teacher,
        "origin": forms.origins(sender.issuer, sender.auth_url, said.return_url),
    }
    ids = {"id": launch_id, "link_id": link_id, "user_id": user_id, "enrolment_id": enrolment_id}
    queries.launched(**ids, **recording.as_signed(said), scope=scope, at=now())
    return Opened(launch_id, person_id, enrolment_id, version_id, place, scope)


def sign_in(opened: Opened) -> str:
    """A frame session for this launch; the token for its cookie."""
    token = secrets.token_urlsafe(32)
    queries.signed_in(
        digest=frame_digest(token),
        person_id=opened.person_id,
        scope=opened.scope,
        expires_at=now() + SESSION_LIFE,
    )
    return token


def start_at(opened: Opened) -> str:
    """The address that a launch opens: the lesson named, else the first one not done."""
    course = opened.place.course
    if opened.place.inside == forms.FINAL:
        return f"/courses/{course}/final"
    done = {lesson.slug: lesson.done_at for lesson in learning.outline(opened.version_id, opened.enrolment_id, "vi")}
    if opened.place.lesson in done:
        return f"/courses/{course}/lessons/{opened.place.lesson}"
    left = next((slug for slug in done if done[slug] is None), next(iter(done), None))
    return f"/courses/{course}/lessons/{left}" if left else f"/courses/{course}"


# ---- a new tab, where the frame holds no cookie


def make_ticket(launch_id: UUID) -> str:
    queries.prune_tickets(now())
    ticket = secrets.token_urlsafe(32)
    db.session.add(Ticket(digest=digest(ticket), launch_id=launch_id, expires_at=now() + TICKET_LIFE))
    return ticket


def read_ticket(ticket: str) -> Row[Any]:
    """Whose launch a ticket is for: name, platform. Raises `LaunchRefused` once used or after a minute."""
    found = queries.ticket(digest(ticket), now())
    if found is None:
        raise refusal("ticket")
    return found


def use_ticket(ticket: str) -> Opened:
    found = read_ticket(ticket)
    if not queries.use_ticket(digest(ticket)):
        raise refusal("ticket")
    place = Place(found.course_id, found.place)
    return Opened(found.launch_id, found.person_id, found.enrolment_id, found.version_id, place, found.scope)


def _active(found: Row[Any]) -> Known:
    if not found.active:
        raise refusal("platform-disabled")
    return Known(found, queries.registered(found))
