"""A login begun, a launch finished, a ticket used: each leaves all of its rows or none."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.exc import IntegrityError

from lms_app.accounts.login import frame_digest
from lms_app.accounts.models import FrameSession, Person
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import Base, db
from lms_app.core.errors import NotFound
from lms_app.core.text import name_key
from lms_app.learning import queries as learning
from lms_app.learning import service as learning_service
from lms_app.learning.models import Enrolment
from lms_app.lti import forms, platform, queries
from lms_app.lti.forms import Place
from lms_app.lti.models import Grade, Launch, LtiUser, PendingLaunch, ResourceLink, Ticket
from lms_app.lti.platform import SCORE, Login, Registered, digest
from lms_app.lti.reasons import LaunchRefused

GRADE = "lti.grade"
LOGIN_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(hours=12)
TICKET_LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Known:
    """A platform that is registered and in use: its row and what the checks need of it."""

    row: Row[Any]
    registered: Registered


@dataclass(frozen=True, slots=True)
class Opened:
    """What a good launch leads to: whose session, and where in the course."""

    launch_id: UUID
    person_id: UUID
    place: Place


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
        found = [one for one in found if deployment in queries.deployments(one.id)]
    if len(found) != 1:
        raise LaunchRefused("platform-unknown")
    return _active(found[0])


def answer_login(asked: Mapping[str, str], known: Known, site: str) -> Login:
    """The answer to a login, remembered for ten minutes. A foreign target is refused, and never redirected to."""
    target = asked.get("target_link_uri", "")
    if not forms.is_ours(target, site) or len(target) > platform.LONGEST:
        raise LaunchRefused("target")
    made = platform.login(asked, lambda _issuer, _client: known.registered, f"{site}/lti/launch")
    at = now()
    queries.prune(at)
    db.session.add(
        PendingLaunch(
            digest=digest(made.state),
            nonce=digest(made.nonce),
            browser=digest(made.browser),
            platform_id=known.row.id,
            expires_at=at + LOGIN_LIFE,
        )
    )
    return made


# ---- launch


def expected(state: str) -> Expected:
    """What the login of this state promised. Raises `LaunchRefused` when there is none, or none any more."""
    found = queries.pending(digest(state), now()) if state else None
    if found is None:
        raise LaunchRefused("state")
    sender = queries.platform(found.platform_id)
    if sender is None:
        raise LaunchRefused("platform-unknown")
    return Expected(found.digest, found.nonce, found.browser, _active(sender))


def check(form: Mapping[str, str], awaited: Expected, site: str) -> platform.Launch:
    """Every check that needs no row of ours. No transaction may be open: keys may have to be fetched."""
    return platform.launch(form, awaited.platform.registered, awaited.nonce, site)


def finish(said: platform.Launch, awaited: Expected) -> Opened:
    """Write down a checked launch. The login is used up first: of two equal posts one goes on."""
    if not queries.use_pending(awaited.digest, awaited.nonce):
        raise LaunchRefused("used")
    place = forms.place(said.custom, said.target)
    if place is None:
        raise LaunchRefused("no-course")
    sender = awaited.platform.row
    user = _user(sender, said)
    try:
        enrolment = learning_service.enrol(user.person_id, place.course, origin="lti")
    except NotFound as error:
        raise LaunchRefused("course-closed") from error
    link = _link(sender.id, said, place)
    made = _launch(said, sender, link, user, enrolment)
    if said.is_learner and said.lineitem and SCORE in said.scopes:
        _promise(said.lineitem, user, enrolment)
    return Opened(made.id, user.person_id, place)


def sign_in(opened: Opened) -> str:
    """A frame session for this launch; the token for its cookie."""
    made = db.session.get_one(Launch, opened.launch_id)
    token = secrets.token_urlsafe(32)
    db.session.add(
        FrameSession(
            digest=frame_digest(token),
            person_id=opened.person_id,
            scope=made.scope,
            expires_at=now() + SESSION_LIFE,
        )
    )
    return token


def start_at(opened: Opened) -> str:
    """The address that a launch opens: the lesson named, else the first one not done."""
    course = opened.place.course
    if opened.place.inside == forms.FINAL:
        return f"/courses/{course}/final"
    enrolment = learning.enrolment(opened.person_id, course)
    if enrolment is None:
        return f"/courses/{course}"
    slugs, done = learning.slugs(enrolment.version_id), learning.ticks(enrolment.id)
    if opened.place.lesson in slugs:
        return f"/courses/{course}/lessons/{opened.place.lesson}"
    left = next((slug for slug in slugs if slug not in done), slugs[0] if slugs else None)
    return f"/courses/{course}/lessons/{left}" if left else f"/courses/{course}"


# ---- a new tab, where the frame holds no cookie


def make_ticket(opened: Opened) -> str:
    queries.prune_tickets(now())
    ticket = secrets.token_urlsafe(32)
    db.session.add(Ticket(digest=digest(ticket), launch_id=opened.launch_id, expires_at=now() + TICKET_LIFE))
    return ticket


def read_ticket(ticket: str) -> Row[Any]:
    """Whose launch a ticket is for: name, platform. Raises `LaunchRefused` once used or after a minute."""
    found = queries.ticket(digest(ticket), now())
    if found is None:
        raise LaunchRefused("ticket")
    return found


def use_ticket(ticket: str) -> Opened:
    found = read_ticket(ticket)
    if not queries.use_ticket(digest(ticket)):
        raise LaunchRefused("ticket")
    return Opened(found.launch_id, found.person_id, Place(found.course_id, found.place))


# ---- grades


def owe(grade: Any) -> None:
    """Promise the present score to a line item; the newest promise replaces one not yet on its way."""
    lane = urlsplit(grade.lineitem).hostname or "lti"
    outbox.put(GRADE, f"{GRADE}/{grade.id}", lane, {"grade": str(grade.id)}, replace=True)


def _promise(lineitem: str, user: LtiUser, enrolment: Enrolment) -> None:
    """Note who waits for this score; owe it at once when there is one that this line item does not have."""
    found = _found_or_made(
        select(Grade).where(Grade.lineitem == lineitem, Grade.user_id == user.id),
        lambda: Grade(lineitem=lineitem, user_id=user.id, enrolment_id=enrolment.id),
    )
    found.enrolment_id = enrolment.id
    db.session.flush()
    stands = learning.standing(enrolment.id)
    if stands and stands.share is not None and (found.state != "sent" or found.sent_share != stands.share):
        owe(found)


# ---- rows of a launch


Made = TypeVar("Made", bound=Base)


def _found_or_made(which: Select[Made], make: Callable[[], Made]) -> Made:
    """The one row, or a new one. Six frames of one page launch at once, so another may be faster."""
    if found := db.session.scalar(which):
        return found
    try:
        with db.session.begin_nested():
            made = make()
            db.session.add(made)
    except IntegrityError:
        return db.session.scalars(which).one()
    return made


def _active(found: Row[Any]) -> Known:
    if not found.active:
        raise LaunchRefused("platform-disabled")
    return Known(found, queries.registered(found))


def _user(sender: Row[Any], said: platform.Launch) -> LtiUser:
    """The person behind platform and sub; an e-mail address never decides."""
    found = _found_or_made(
        select(LtiUser).where(LtiUser.platform_id == sender.id, LtiUser.sub == said.sub),
        lambda: LtiUser(
            platform_id=sender.id,
            sub=said.sub,
            person_id=_new_person(said.name or f"Học viên từ {sender.name}", said.locale).id,
            name=said.name,
            at=now(),
        ),
    )
    if said.name and said.name != found.name:
        _rename(db.session.get_one(Person, found.person_id), said.name)
        found.name = said.name
    found.email, found.at = said.email, now()
    db.session.flush()
    return found


def _new_person(name: str, locale: str) -> Person:
    made = Person(
        name=name,
        sort_key=name_key(name)[:1000],
        locale="en" if locale.lower().startswith("en") else "vi",
        created_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _rename(person: Person, name: str) -> None:
    """A platform may correct a name that only it gave, not that of somebody with an account here."""
    if person.email is None:
        person.name, person.sort_key = name, name_key(name)[:1000]


def _link(platform_id: UUID, said: platform.Launch, place: Place) -> ResourceLink:
    """Found again by its four ids; what it opens may have been changed by the teacher since."""
    ids = {
        "platform_id": platform_id,
        "deployment_id": said.deployment,
        "context_id": said.context,
        "resource_link_id": said.link,
    }
    found = _found_or_made(select(ResourceLink).filter_by(**ids), lambda: ResourceLink(**ids, course_id=place.course))
    found.course_id, found.place, found.title = place.course, place.inside, said.title
    db.session.flush()
    return found


def _launch(said: platform.Launch, sender: Row[Any], link: ResourceLink, user: LtiUser, enrolment: Enrolment) -> Launch:
    made = Launch(
        link_id=link.id,
        user_id=user.id,
        enrolment_id=enrolment.id,
        roles=list(said.roles),
        lineitem=said.lineitem,
        lineitems=said.lineitems,
        scopes=list(said.scopes),
        scope={},
        return_url=said.return_url,
        locale=said.locale,
        at=now(),
    )
    db.session.add(made)
    db.session.flush()
    made.scope = {
        "course": link.course_id,
        "launch": str(made.id),
        "teacher": said.is_teacher,
        "origin": forms.origins(sender.issuer, sender.auth_url, said.return_url),
    }
    return made
