"""HR assigns courses to the staff of a unit: looking first, then for good; closing it, changing its day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from lms_app.accounts import access
from lms_app.accounts.queries import reach
from lms_app.core import audit, site
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Forbidden, Invalid, NotFound
from lms_app.learning.forms import Order
from lms_app.learning.models import Assignment, AssignmentCourse
from lms_app.learning.queries import assigning as found
from lms_app.learning.queries import reminding
from lms_app.learning.service import enrolling
from lms_app.organisations.queries import forest
from lms_app.organisations.queries.forest import Forest

NOBODY = "Không có đợt giao này trong phạm vi anh chị phụ trách. Hãy mở lại danh sách các đợt giao."
NO_UNIT = "Không có đơn vị này trong phạm vi anh chị phụ trách. Hãy chọn lại trong danh sách."
NOT_OPEN = "Khóa này chưa mở hoặc đã đóng nên chưa giao được. Hãy chọn khóa khác."
EMPTY = "Chưa có ai thuộc nhóm này trong đơn vị. Hãy chọn nhóm hoặc đơn vị khác, hoặc nhập danh sách nhân sự trước."
ABOVE = "Đợt này do đơn vị cấp trên giao, gồm cả người ngoài phạm vi của anh chị. Hãy đề nghị người giao thay đổi."
AT_ONCE = 1000
"""People whose details are read by one statement of a download."""


@dataclass(frozen=True)
class Officer:
    """Who asks: `roots` are the tops of the trees they look after."""

    id: UUID
    name: str
    roots: tuple[UUID, ...]
    of_all: bool


@dataclass(frozen=True)
class Seen:
    """An assignment as one officer may see it.

    `unit_id`: what its unit is today, None where nobody can say. `roots`: tops of the trees of its people they look
    after. `is_whole`: they look after all of them, and so may change it.
    """

    row: Row[Any]
    unit_id: UUID | None
    unit: str
    roots: tuple[UUID, ...]
    is_whole: bool


@dataclass(frozen=True)
class Preview:
    """What an order comes to today. `fresh`: enrolments that would be made; others are found. `seen` tells it apart."""

    unit: str
    title: str
    courses: tuple[str, ...]
    counts: Row[Any]
    fresh: int
    seen: str
    asked: found.Question


@dataclass(frozen=True)
class Person:
    """One line of an assignment's list. `enrolments` in the order of the courses, None where not enrolled yet."""

    id: UUID
    name: str
    email: str | None
    wants: bool
    units: str
    enrolments: tuple[Row[Any] | None, ...]
    mail: Row[Any] | None


def officer(who: access.Person) -> Officer:
    return Officer(who.id, who.name, reach.roots(who), access.hr_of_all(who))


def preview(order: Order, by: Officer) -> Preview:
    """Raises `Invalid` for what cannot be assigned, `NotFound` for a unit out of reach."""
    day = site.today()
    units = forest.of(day)
    if order.unit is None or units.common(order.unit, by.roots) != (order.unit,):
        raise NotFound(NO_UNIT)
    titles = {one.id: one.title for one in found.catalogue("vi")}
    closed = {f"course-{at}": NOT_OPEN for at, one in enumerate(order.courses, 1) if one not in titles}
    if closed:
        raise Invalid(NOT_OPEN, closed)
    asked = found.Question((order.unit,), day, order.group, order.courses)
    counts = found.counts(asked)
    if not counts.people:
        raise Invalid(EMPTY, {"unit": EMPTY})
    chosen = tuple(titles[one] for one in order.courses)
    fresh = counts.people * len(chosen) - counts.enrolments
    title = order.title or " · ".join(chosen)[:300]
    return Preview(units.units[order.unit].name, title, chosen, counts, fresh, order.seen(counts.people), asked)


def assign(assignment_id: UUID, order: Order, title: str, people: Sequence[UUID], by: Officer) -> None:
    """Keep it and owe the enrolments of these people. The same order given twice, by its id, is one.

    `order` was previewed, and `people` read, before anything is written: reading 100,000 takes longer than writing.
    """
    if order.unit is None or order.due is None:
        raise Invalid(NO_UNIT)
    made = Assignment(
        id=assignment_id,
        title=title,
        unit_id=order.unit,
        group=order.group,
        due_on=order.due,
        note=order.note,
        created_at=now(),
        created_by=by.id,
        created_by_name=by.name,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # a second click was faster
        return
    db.session.add_all(
        AssignmentCourse(assignment_id=assignment_id, course_id=one, position=at)
        for at, one in enumerate(order.courses, 1)
    )
    audit.note(by.id, "learning.assign", assignment_id, unit=str(order.unit), courses=list(order.courses))
    db.session.flush()
    enrolling.owe(assignment_id, people)


def change_due(assignment_id: UUID, due: date, by: Officer) -> None:
    """Another last day; the due days of its enrolments follow in the background. Raises as `close`."""
    assignment = _owned(assignment_id, by)
    audit.note(by.id, "learning.assign.due", assignment_id, before=str(assignment.due_on), after=str(due))
    assignment.due_on = due
    enrolling.owe_due(assignment_id)


def close(assignment_id: UUID, by: Officer) -> None:
    """Nobody is enrolled or reminded any more, and it sets no due day. What is learned stays.

    Raises `NotFound` for one out of reach, `Forbidden` for one of those above, `Conflict` when it is closed.
    """
    _owned(assignment_id, by).closed_at = now()
    audit.note(by.id, "learning.assign.close", assignment_id)
    enrolling.owe_due(assignment_id)


def seen(assignment_id: UUID, by: Officer, units: Forest) -> Seen:
    """Raises `NotFound` when there is none, or nobody of it within reach: the same answer."""
    known = found.one(assignment_id)
    visible = _seen(known, units, by.roots, of_all=by.of_all) if known else None
    if visible is None:
        raise NotFound(NOBODY)
    return visible


def listed(state: str, unit_id: UUID | None, by: Officer, units: Forest) -> list[Seen]:
    """Assignments with people within reach, the newest first; of one unit: those that mean somebody below it."""
    visible = (_seen(one, units, by.roots, of_all=by.of_all) for one in found.in_state(state))
    return [one for one in visible if one and (unit_id is None or units.common(unit_id, one.roots))]


def people(assignment_id: UUID, asked: found.Question, show: str, most: int, offset: int) -> list[Person]:
    """One page of the list, with a number of statements that does not depend on its length."""
    return _detailed(assignment_id, asked, found.people(asked, show, most, offset))


def everybody(assignment_id: UUID, asked: found.Question, show: str) -> Iterator[Person]:
    """The whole list, read in pieces."""
    listed_people = found.people(asked, show)
    for at in range(0, len(listed_people), AT_ONCE):
        yield from _detailed(assignment_id, asked, listed_people[at : at + AT_ONCE])


def _detailed(assignment_id: UUID, asked: found.Question, listed_people: Sequence[Row[Any]]) -> list[Person]:
    ids = [one.id for one in listed_people]
    enrolments, posts = found.enrolments(ids, asked.courses), found.posts(asked, ids)
    mails = reminding.last(assignment_id, ids)
    return [
        Person(
            id=one.id,
            name=one.name,
            email=one.email,
            wants=one.reminders,
            units="; ".join(posts.get(one.id, [])),
            enrolments=tuple(enrolments.get((one.id, course)) for course in asked.courses),
            mail=mails.get(one.id),
        )
        for one in listed_people
    ]


def _seen(known: Row[Any], forest: Forest, roots: Sequence[UUID], *, of_all: bool) -> Seen | None:
    """None when nobody of it is within these roots. Where its unit is gone, who looks after all sees it, empty."""
    unit_id = forest.heir(known.unit_id)
    mine = forest.common(unit_id, roots)
    if not mine and not (of_all and unit_id is None):
        return None
    is_whole = of_all or mine == (unit_id,)
    return Seen(known, unit_id, forest.units[unit_id].name if unit_id else "", mine, is_whole)


def _owned(assignment_id: UUID, by: Officer) -> Assignment:
    if not seen(assignment_id, by, forest.of(site.today())).is_whole:
        raise Forbidden(ABOVE)
    assignment = db.session.get_one(Assignment, assignment_id, with_for_update=True, populate_existing=True)
    if assignment.closed_at:
        raise Conflict("Đợt giao này đã đóng. Hãy mở lại trang để xem.")
    return assignment
