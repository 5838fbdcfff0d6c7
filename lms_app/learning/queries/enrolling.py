"""Statements of the background work of assignments: enrolments made in pieces, and due days that follow."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries import people, reach
from lms_app.core.db import Instant, change, db, rows
from lms_app.learning.models import AssignedEnrolment, Assignment, Enrolment
from lms_app.learning.queries.assigning import ALL_DONE, MEMBERS, OF_PERSON, PEOPLE_IDS, Question

_IDS: Any = bindparam("enrolments", expanding=True)
ADD = {
    "sqlite": sqlite.insert(Enrolment).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(Enrolment).on_conflict_do_nothing(),
}
LINK = {
    "sqlite": sqlite.insert(AssignedEnrolment).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(AssignedEnrolment).on_conflict_do_nothing(),
}
EARLIEST = (
    select(Enrolment.id, func.min(Assignment.due_on).label("due_on"))
    .outerjoin(AssignedEnrolment, AssignedEnrolment.enrolment_id == Enrolment.id)
    .outerjoin(Assignment, (Assignment.id == AssignedEnrolment.assignment_id) & Assignment.closed_at.is_(None))
    .where(Enrolment.id.in_(_IDS), Enrolment.completed_at.is_(None))
    .group_by(Enrolment.id)
)
"""`due_on` is None where no open assignment asks for it any more."""

SET_DUE = update(Enrolment).where(Enrolment.id.in_(_IDS)).values(due_at=bindparam("due", type_=Instant))
LINKED = (
    select(AssignedEnrolment.enrolment_id)
    .where(
        AssignedEnrolment.assignment_id == bindparam("assignment"), AssignedEnrolment.enrolment_id > bindparam("after")
    )
    .order_by(AssignedEnrolment.enrolment_id)
    .limit(bindparam("most"))
)
_linked = (
    select(func.count())
    .select_from(AssignedEnrolment)
    .join(Enrolment, Enrolment.id == AssignedEnrolment.enrolment_id)
    .where(AssignedEnrolment.assignment_id == bindparam("assignment"), *OF_PERSON)
    .correlate(Person)
    .scalar_subquery()
)
MISSING = MEMBERS.where(_linked < ALL_DONE).order_by(Person.id)
PRESENT = select(Employment.person_id, Employment.unit_id, Employment.group.label("group")).where(
    Employment.person_id.in_(PEOPLE_IDS), reach.employed()
)


def add(enrolments: Sequence[dict[str, Any]]) -> None:
    """Those of a person and a course that has one already are left out. In one order, so that no two wait crosswise."""
    numbers = people.numbers({one["person_id"] for one in enrolments})
    ordered = sorted(enrolments, key=lambda one: (one["person_id"], one["course_id"]))
    _write(ADD, [one | {"person_number": numbers[one["person_id"]]} for one in ordered])


def link(assignment_id: UUID, enrolment_ids: Sequence[UUID], at: datetime) -> None:
    found = [{"assignment_id": assignment_id, "enrolment_id": one, "added_at": at} for one in sorted(enrolment_ids)]
    _write(LINK, found)


def earliest(enrolment_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """`due_on` of each that is not completed: the earliest of all its open assignments."""
    return rows(EARLIEST, enrolments=list(enrolment_ids))


def set_due(enrolment_ids: Sequence[UUID], due: datetime | None) -> None:
    change(SET_DUE, enrolments=list(enrolment_ids), due=due)


def linked(assignment_id: UUID, after: UUID, most: int) -> list[UUID]:
    """Enrolments of an assignment in the order of their ids, from one on."""
    return [found.enrolment_id for found in rows(LINKED, assignment=assignment_id, after=after, most=most)]


def missing(assignment_id: UUID, asked: Question) -> list[UUID]:
    """People it means who are not enrolled by it in all of these courses."""
    return [found.id for found in rows(MISSING, assignment=assignment_id, **asked.values())]


def present(person_ids: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """Where these people work on the day: `person_id`, `unit_id`, `group`."""
    return rows(PRESENT, people=list(person_ids), day=day)


def _write(statement: dict[str, Any], values: list[dict[str, Any]]) -> None:
    if values:
        db.session.connection().execute(statement[db.engine.dialect.name], values)
