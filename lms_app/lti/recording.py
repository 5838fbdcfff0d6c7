"""The rows a launch needs: found by what the platform sent, made when they are new. And the grades they promise."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.exc import IntegrityError

from lms_app.accounts.models import Person
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import Base, db
from lms_app.core.errors import NotFound
from lms_app.core.text import name_key
from lms_app.learning.queries import studying as learning
from lms_app.learning.service import studying as learning_service
from lms_app.lti import forms
from lms_app.lti.claims import LINEITEM, LINEITEM_READ, SCORE, Launch
from lms_app.lti.forms import Place
from lms_app.lti.models import Context, Grade, LtiUser, Platform, ResourceLink
from lms_app.lti.queries import grades as scores
from lms_app.lti.queries import launches
from lms_app.lti.reasons import refusal

GRADE, LINE_ITEM, ROSTER = "lti.grade", "lti.lineitem", "lti.roster"
NAMELESS = "Học viên từ %(platform)s"
SETTLED = {"sent", "given-up"}
"""States of a grade that a launch leaves alone; a new score does not."""

OWN, PLATFORM, NOTHING = "own", "platform", "none"
"""Where a person's name comes from (`Person.name_source`)."""

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


def known(platform_id: UUID, said: Launch, place: Place) -> Row[Any] | None:
    """All that earlier launches of this user left, in one look."""
    return launches.known(
        platform=platform_id,
        sub=said.sub,
        course=place.course,
        deployment=said.deployment,
        context=said.context,
        link=said.link,
        lineitem=said.lineitem or "",
    )


def product(sender: Row[Any], said: Launch) -> None:
    """What product the platform is, once a launch tells it: the key of its quirks."""
    if said.product and said.product != sender.product:
        db.session.get_one(Platform, sender.id).product = said.product


def as_signed(said: Launch) -> dict[str, Any]:
    """The columns of a launch's row that repeat what the platform signed."""
    return {
        "roles": list(said.roles),
        "lineitem": said.lineitem,
        "lineitems": said.lineitems,
        "scopes": list(said.scopes),
        "return_url": said.return_url,
        "locale": said.locale,
    }


def user(before: Row[Any] | None, sender: Row[Any], said: Launch) -> tuple[UUID, UUID]:
    """The person behind platform and sub, as two ids; an e-mail address never decides."""
    if before and (said.name or before.name, said.email) == (before.name, before.email):
        return before.user_id, before.person_id
    found = _found_or_made(
        select(LtiUser).where(LtiUser.platform_id == sender.id, LtiUser.sub == said.sub),
        lambda: LtiUser(
            platform_id=sender.id,
            sub=said.sub,
            person_id=_new_person(said, sender).id,
            name=said.name,
            at=now(),
        ),
    )
    if said.name and said.name != found.name:
        _rename(db.session.get_one(Person, found.person_id), said.name)
        found.name = said.name
    found.email, found.at = said.email, now()
    db.session.flush()
    return found.id, found.person_id


def enrolment(before: Row[Any] | None, person_id: UUID, course: str, due: datetime | None) -> tuple[UUID, UUID]:
    """The enrolment and the version it reads, as ids. `due`: when the platform wants it done."""
    if before and before.enrolment_id and before.due_at == (due or before.due_at):
        return before.enrolment_id, before.version_id
    try:
        made = learning_service.enrol(person_id, course, origin="lti")
    except NotFound as error:
        raise refusal("course-closed") from error
    made.due_at = due or made.due_at
    return made.id, made.version_id


def _new_person(said: Launch, sender: Row[Any]) -> Person:
    name = said.name or NAMELESS % {"platform": sender.name}
    source = PLATFORM if said.name else NOTHING
    made = Person(
        name=name,
        sort_key=name_key(name)[:1000],
        locale=forms.language(said.locale),
        name_source=source,
        created_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _rename(person: Person, name: str) -> None:
    """A platform may correct a name that only it gave, not one that its bearer typed or confirmed."""
    if person.name_source != OWN:
        person.name_source = PLATFORM
        person.name, person.sort_key = name, name_key(name)[:1000]


def context(before: Row[Any] | None, platform_id: UUID, said: Launch) -> UUID:
    """The class, found again by its three ids; title and roster address may have changed since."""
    told = {
        "title": said.context_title,
        "history": said.context_history,
        "memberships_url": said.memberships_url,
    }
    if (
        before
        and before.class_id
        and (before.class_title, before.class_history, before.memberships_url) == (*told.values(),)
    ):
        known_id: UUID = before.class_id
        return known_id
    ids = {
        "platform_id": platform_id,
        "deployment_id": said.deployment,
        "context_id": said.context or f"link:{said.link}",
    }
    found = _found_or_made(select(Context).filter_by(**ids), lambda: Context(**ids))
    for name, value in told.items():
        setattr(found, name, value)
    db.session.flush()
    return found.id


def taught(class_id: UUID, said: Launch) -> None:
    """A teacher is here: read the roster anew, and daily from now on."""
    db.session.get_one(Context, class_id).taught_at = now()
    if said.memberships_url:
        owe_roster(class_id, said.memberships_url)


def link(before: Row[Any] | None, platform_id: UUID, said: Launch, place: Place, class_id: UUID) -> UUID:
    """Found again by its four ids; what it opens may have been changed by the teacher since.

    A gradebook column that we found ourselves stays until the platform names one.
    """
    told = {
        "place": place.inside,
        "title": said.title,
        "history": said.link_history,
        "lineitems": said.lineitems,
        "scopes": list(said.scopes),
        "class_id": class_id,
    }
    if said.lineitem:
        told["lineitem"] = said.lineitem
    if before and before.link_id and all(getattr(before, name) == value for name, value in told.items()):
        found_id: UUID = before.link_id
        return found_id
    ids = {
        "platform_id": platform_id,
        "deployment_id": said.deployment,
        "context_id": said.context,
        "resource_link_id": said.link,
    }
    found = _found_or_made(select(ResourceLink).filter_by(**ids), lambda: ResourceLink(**ids, course_id=place.course))
    for name, value in (told | {"course_id": place.course}).items():
        setattr(found, name, value)
    db.session.flush()
    return found.id


# ---- what is owed to the platform


def owe(grade_id: UUID, lineitem: str) -> None:
    """Promise the present score to a line item; the newest promise replaces one not yet on its way."""
    outbox.put(GRADE, f"{GRADE}/{grade_id}", lane(lineitem), {"grade": str(grade_id)}, replace=True)


def owe_roster(class_id: UUID, memberships_url: str) -> None:
    """Have the members of a class read; asked again before that, it is read once."""
    outbox.put(ROSTER, f"{ROSTER}/{class_id}", lane(memberships_url), {"class": str(class_id)}, replace=True)


def owe_line_item(link_id: UUID, lineitems: str) -> None:
    """Have the gradebook column of a link found or made."""
    outbox.put(LINE_ITEM, f"{LINE_ITEM}/{link_id}", lane(lineitems), {"link": str(link_id)}, replace=True)


def lane(url: str) -> str:
    return urlsplit(url).hostname or "lti"


def promise(
    before: Row[Any] | None, said: Launch, place: Place, link_id: UUID, user_id: UUID, enrolment_id: UUID
) -> None:
    """Note who waits for this score; owe it at once when there is one that did not arrive.

    Where the platform names no line item, one is looked for or made, if it lets us and the teacher did not decline it;
    else no grade is owed. A link to a lesson has no score of its own.
    """
    if SCORE not in said.scopes:
        return
    lineitem = said.lineitem or (before.lineitem if before else None) or _column(link_id)
    if lineitem:
        promise_to(before, lineitem, link_id, user_id, enrolment_id)
    elif said.lineitems and {LINEITEM, LINEITEM_READ} & set(said.scopes) and _wants_column(said, place):
        owe_line_item(link_id, said.lineitems)


def _wants_column(said: Launch, place: Place) -> bool:
    return said.custom.get("grade") != "no" and not place.lesson


def repoint(grade_id: UUID, enrolment_id: UUID, lineitem: str) -> None:
    """The user is another person now: the line item waits for that one's score."""
    found = db.session.get_one(Grade, grade_id)
    found.enrolment_id, found.state = enrolment_id, "owed"
    db.session.flush()
    if learning.results(enrolment_id):
        owe(grade_id, lineitem)


def _column(link_id: UUID) -> str | None:
    return db.session.scalar(select(ResourceLink.lineitem).where(ResourceLink.id == link_id))


def use_column(link_id: UUID, lineitem: str) -> None:
    """A link's column was found: whoever learned by that link is owed the score that stands."""
    scores.keep_column(link_id, lineitem)
    for user_id, enrolment_id in sorted(scores.learners_of(link_id).items(), key=str):
        promise_to(None, lineitem, link_id, user_id, enrolment_id)


def promise_to(before: Row[Any] | None, lineitem: str, link_id: UUID, user_id: UUID, enrolment_id: UUID) -> None:
    """`before`: what is known of this user's grade; None when nothing is."""
    if before and before.state in SETTLED:
        return
    grade_id = before.grade_id if before else None
    if grade_id is None:
        found = _found_or_made(
            select(Grade).where(Grade.lineitem == lineitem, Grade.user_id == user_id),
            lambda: Grade(lineitem=lineitem, link_id=link_id, user_id=user_id, enrolment_id=enrolment_id),
        )
        if found.enrolment_id != enrolment_id:  # the teacher made the link lead to another course
            found.enrolment_id, found.state = enrolment_id, "owed"
        found.link_id = link_id
        grade_id = found.id
    if learning.results(enrolment_id):
        owe(grade_id, lineitem)
