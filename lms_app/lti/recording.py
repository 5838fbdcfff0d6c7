"""The rows a launch needs: found by what the platform sent, made when they are new. And the grades they promise."""

from collections.abc import Callable
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
from lms_app.learning import queries as learning
from lms_app.learning import service as learning_service
from lms_app.lti import queries
from lms_app.lti.claims import Launch
from lms_app.lti.forms import Place
from lms_app.lti.models import Grade, LtiUser, ResourceLink
from lms_app.lti.reasons import refusal

GRADE = "lti.grade"
NAMELESS = "Học viên từ %(platform)s"

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
    return queries.known(
        platform=platform_id,
        sub=said.sub,
        course=place.course,
        deployment=said.deployment,
        context=said.context,
        link=said.link,
        lineitem=said.lineitem or "",
    )


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
            person_id=_new_person(said.name or NAMELESS % {"platform": sender.name}, said.locale).id,
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


def enrolment(before: Row[Any] | None, person_id: UUID, course: str) -> tuple[UUID, UUID]:
    """The enrolment and the version it reads, as ids."""
    if before and before.enrolment_id:
        return before.enrolment_id, before.version_id
    try:
        made = learning_service.enrol(person_id, course, origin="lti")
    except NotFound as error:
        raise refusal("course-closed") from error
    return made.id, made.version_id


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


def link(before: Row[Any] | None, platform_id: UUID, said: Launch, place: Place) -> UUID:
    """Found again by its four ids; what it opens may have been changed by the teacher since."""
    if before and before.link_id and (before.place, before.title) == (place.inside, said.title):
        found_id: UUID = before.link_id
        return found_id
    ids = {
        "platform_id": platform_id,
        "deployment_id": said.deployment,
        "context_id": said.context,
        "resource_link_id": said.link,
    }
    found = _found_or_made(select(ResourceLink).filter_by(**ids), lambda: ResourceLink(**ids, course_id=place.course))
    found.course_id, found.place, found.title = place.course, place.inside, said.title
    db.session.flush()
    return found.id


# ---- grades


def owe(grade_id: UUID, lineitem: str) -> None:
    """Promise the present score to a line item; the newest promise replaces one not yet on its way."""
    lane = urlsplit(lineitem).hostname or "lti"
    outbox.put(GRADE, f"{GRADE}/{grade_id}", lane, {"grade": str(grade_id)}, replace=True)


def promise(before: Row[Any] | None, lineitem: str, user_id: UUID, enrolment_id: UUID) -> None:
    """Note who waits for this score; owe it at once when there is one that did not arrive."""
    if before and before.state == "sent":
        return
    grade_id = before.grade_id if before else None
    if grade_id is None:
        found = _found_or_made(
            select(Grade).where(Grade.lineitem == lineitem, Grade.user_id == user_id),
            lambda: Grade(lineitem=lineitem, user_id=user_id, enrolment_id=enrolment_id),
        )
        if found.enrolment_id != enrolment_id:  # the teacher made the link lead to another course
            found.enrolment_id, found.state = enrolment_id, "owed"
        grade_id = found.id
    if learning.results(enrolment_id):
        owe(grade_id, lineitem)
