"""Whom to remind, what a letter says, and what became of those that were owed."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, String, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms_app.accounts.models import Employment, Person, Role
from lms_app.accounts.queries import reach
from lms_app.core.db import Instant, change, db, row, rows
from lms_app.courses.models import Course, CourseText, CourseVersion
from lms_app.learning.models import Assignment, AssignmentCourse, Enrolment, Reminder
from lms_app.learning.queries.assigning import IS_UNFINISHED, MEMBERS, Question
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree

OWED, SENDING, SENT, SKIPPED, UNCLEAR = "owed", "sending", "sent", "skipped", "unclear"
MANUAL = "manual"

_PEOPLE: Any = bindparam("people", expanding=True)
_of_assignment = (Reminder.person_id == Person.id, Reminder.assignment_id == bindparam("assignment"))
CONTACTS = (
    MEMBERS.add_columns(
        Person.name,
        Person.email,
        Person.locale,
        Person.reminders,
        exists()
        .where(*_of_assignment, Reminder.state != SKIPPED, Reminder.owed_at >= bindparam("since", type_=Instant))
        .correlate(Person)
        .label("recent"),
        exists()
        .where(*_of_assignment, Reminder.kind == bindparam("kind"), Reminder.on == bindparam("on", type_=Date))
        .correlate(Person)
        .label("told"),
    )
    .where(IS_UNFINISHED)
    .order_by(Person.sort_key, Person.id)
)
REACHABLE = select(Person.id, Person.email.is_not(None).label("has_address"), Person.reminders.label("wants")).where(
    Person.id.in_(_PEOPLE)
)
ADD = {
    "sqlite": sqlite.insert(Reminder).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(Reminder).on_conflict_do_nothing(),
}
STILL_OWED = (
    select(Reminder.id)
    .where(Reminder.id.in_(bindparam("reminders", expanding=True)), Reminder.state == OWED)
    .order_by(Reminder.id)
)
LETTER = (
    select(
        Reminder.id,
        Reminder.state,
        Reminder.owed_at,
        Reminder.assignment_id,
        Reminder.person_id,
        Assignment.title,
        Assignment.unit_id,
        Assignment.group.label("group"),
        Assignment.due_on,
        Assignment.note,
        Assignment.created_by_name,
        Assignment.closed_at,
        Person.name,
        Person.email,
        Person.locale,
        Person.reminders,
        Person.active,
    )
    .join(Assignment, Assignment.id == Reminder.assignment_id)
    .join(Person, Person.id == Reminder.person_id)
    .where(Reminder.id == bindparam("reminder"))
)
OFFICE = (
    select(Unit.name)
    .join(Role, Role.unit_id == Unit.id)
    .join(Assignment, Assignment.created_by == Role.person_id)
    .where(Assignment.id == bindparam("assignment"), Role.name == "hr")
)
UNFINISHED_COURSES = (
    select(Course.id, CourseText.title)
    .join(AssignmentCourse, AssignmentCourse.course_id == Course.id)
    .join(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version))
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == bindparam("lang")))
    .where(
        AssignmentCourse.assignment_id == bindparam("assignment"),
        ~exists()
        .where(
            Enrolment.course_id == AssignmentCourse.course_id,
            Enrolment.person_id == bindparam("person"),
            Enrolment.completed_at.is_not(None),
        )
        .correlate(AssignmentCourse),
    )
    .order_by(AssignmentCourse.position)
)
_from = (Reminder.id == bindparam("reminder"), Reminder.state == bindparam("before", type_=String))
MOVE = (
    update(Reminder)
    .where(*_from)
    .values(
        state=bindparam("after", type_=String),
        why=bindparam("because", type_=String),
        sent_at=bindparam("at", type_=Instant),
    )
)
_in_reach = exists().where(
    Employment.person_id == Reminder.person_id,
    reach.employed(),
    Employment.unit_id.in_(select(tree.REACH.c.id)),
)
_ASSIGNMENT = bindparam("assignment", type_=Reminder.assignment_id.type)
_PERSON = bindparam("person", type_=Reminder.person_id.type)
_WANTED = (
    _in_reach,
    or_(_ASSIGNMENT.is_(None), Reminder.assignment_id == _ASSIGNMENT),
    or_(_PERSON.is_(None), Reminder.person_id == _PERSON),
)
LOG = (
    select(
        Reminder.id,
        Reminder.kind,
        Reminder.state,
        Reminder.why,
        Reminder.owed_at,
        Reminder.owed_by,
        Reminder.sent_at,
        Reminder.person_id,
        Reminder.assignment_id,
        Person.name,
        Person.email,
        Assignment.title,
    )
    .join(Person, Person.id == Reminder.person_id)
    .join(Assignment, Assignment.id == Reminder.assignment_id)
    .where(*_WANTED)
    .order_by(Reminder.owed_at.desc(), Person.sort_key, Reminder.id)
    .limit(bindparam("most"))
    .offset(bindparam("offset"))
)
LOGGED = select(func.count()).select_from(Reminder).where(*_WANTED)
LAST = (
    select(Reminder.person_id, Reminder.state, Reminder.owed_at, Reminder.sent_at)
    .where(Reminder.assignment_id == bindparam("assignment"), Reminder.person_id.in_(_PEOPLE))
    .order_by(Reminder.owed_at, Reminder.id)
)
WANTS = select(Person.reminders).where(Person.id == bindparam("person"), Person.active.is_(True))


def contacts(assignment_id: UUID, asked: Question, since: datetime, turn: tuple[str, date]) -> Sequence[Row[Any]]:
    """Who has not finished, by name. `recent`: a letter about it was owed since then; `told`: one for this turn (kind
    and day) is written down already, sent or not.
    """
    kind, on = turn
    return rows(CONTACTS, assignment=assignment_id, since=since, kind=kind, on=on, **asked.values())


def reachable(person_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """`has_address` and `wants` (letters about due dates) of these people."""
    return rows(REACHABLE, people=list(person_ids))


def add(reminders: Sequence[dict[str, Any]]) -> list[UUID]:
    """Write these down but those that are there already for the same assignment, person, kind and day.

    The ids of the new ones that are owed.
    """
    if not reminders:
        return []
    db.session.connection().execute(ADD[db.engine.dialect.name], list(reminders))
    return [found.id for found in rows(STILL_OWED, reminders=[one["id"] for one in reminders])]


def letter(reminder_id: UUID) -> Row[Any] | None:
    return row(LETTER, reminder=reminder_id)


def office(assignment_id: UUID) -> str:
    """The unit whose staff its author looks after, "" for everybody's."""
    found = row(OFFICE, assignment=assignment_id)
    return found.name if found else ""


def unfinished(assignment_id: UUID, person_id: UUID, lang: str) -> Sequence[Row[Any]]:
    """The courses of the assignment that this person has not completed: `id` and `title`."""
    return rows(UNFINISHED_COURSES, assignment=assignment_id, person=person_id, lang=lang)


def move(reminder_id: UUID, before: str, after: str, because: str = "", at: datetime | None = None) -> bool:
    """Take it from one state to another; False when it was not in the first."""
    return change(MOVE, reminder=reminder_id, before=before, after=after, because=because, at=at) == 1


def log(
    roots: Collection[UUID], day: date, assignment_id: UUID | None, person_id: UUID | None, most: int, offset: int
) -> Sequence[Row[Any]]:
    """The newest first; of people whom these roots reach on the day."""
    values = {"assignment": assignment_id, "person": person_id, "most": most, "offset": offset}
    return rows(LOG, roots=list(roots), day=day, **values)


def logged(roots: Collection[UUID], day: date, assignment_id: UUID | None, person_id: UUID | None) -> int:
    found = row(LOGGED, roots=list(roots), day=day, assignment=assignment_id, person=person_id)
    return int(found[0]) if found else 0


def last(assignment_id: UUID, person_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """The newest reminder of each of these people about this assignment."""
    return {found.person_id: found for found in rows(LAST, assignment=assignment_id, people=list(person_ids))}


def wants(person_id: UUID) -> bool | None:
    """Whether the person wants letters about due dates; None when there is nobody."""
    found = row(WANTS, person=person_id)
    return found.reminders if found else None
