"""Assignments carried out in the background: enrolling whom they mean, in pieces, and setting due days.

Each piece is one transaction and may come twice: what is there already stays as it is.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from lms_app.core import outbox, site
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.ids import new_id
from lms_app.learning.models import Assignment
from lms_app.learning.queries import assigning as found
from lms_app.learning.queries import enrolling as sql
from lms_app.organisations.queries import forest

ASSIGN, DUE = "learning.assign", "learning.due"
PIECE = 500
"""People, or enrolments, of one row: some tenths of a second of SQLite's lock."""

FIRST = UUID(int=0)


def owe(assignment_id: UUID, people: Iterable[UUID]) -> int:
    """Have these people enrolled by it, piece after piece; how many they are."""
    ids = sorted(people)
    for at in range(0, len(ids), PIECE):
        payload = {"assignment": str(assignment_id), "people": [str(one) for one in ids[at : at + PIECE]]}
        outbox.put(ASSIGN, f"{ASSIGN}/{assignment_id}", "local", payload)
    return len(ids)


def enrol(assignment_id: UUID, people: Sequence[UUID]) -> None:
    """Enrol those of these people whom it still means; what they are enrolled in keeps origin and progress."""
    assignment = db.session.get(Assignment, assignment_id, with_for_update=True, populate_existing=True)
    if assignment is None or assignment.closed_at:
        return
    courses = found.courses([assignment_id])[assignment_id]
    asked = question(assignment, [one.id for one in courses], site.today())
    if asked is None:
        return
    meant, at = found.among(people, asked), now()
    known = found.enrolments(meant, asked.courses)
    sql.add(
        [
            {
                "id": new_id(),
                "person_id": person,
                "course_id": course.id,
                "version_id": course.version_id,
                "origin": "assigned",
                "enrolled_at": at,
                "seen_at": at,
                "stamp": 0,
            }
            for person in meant
            for course in courses
            if course.status == found.PUBLISHED and (person, course.id) not in known
        ]
    )
    enrolments = [one.id for one in found.enrolments(meant, asked.courses).values()]
    sql.link(assignment_id, enrolments, at)
    set_due(enrolments)


def question(assignment: Assignment, courses: Sequence[str], day: date) -> found.Question | None:
    """Everybody whom it means on a day; None where its unit is gone without one successor."""
    unit_id = forest.of(day).heir(assignment.unit_id)
    return found.Question((unit_id,), day, assignment.group, tuple(courses)) if unit_id else None


def set_due(enrolment_ids: Sequence[UUID]) -> None:
    """The end of the earliest day that an open assignment asks for; what is completed stays as it is."""
    days: dict[date | None, list[UUID]] = {}
    for one in sql.earliest(enrolment_ids):
        days.setdefault(one.due_on, []).append(one.id)
    for day, ids in days.items():
        sql.set_due(ids, site.end_of(day) if day else None)


def owe_due(assignment_id: UUID, after: UUID = FIRST) -> None:
    """Have the due days of its enrolments set anew, from this enrolment on."""
    outbox.put(DUE, f"{DUE}/{assignment_id}", "local", {"assignment": str(assignment_id), "after": str(after)})


def renew_due(assignment_id: UUID, after: UUID) -> None:
    """The next piece, and what owes the one after it."""
    ids = sql.linked(assignment_id, after, PIECE)
    set_due(ids)
    if len(ids) == PIECE:
        owe_due(assignment_id, ids[-1])


def meet(people: Sequence[UUID]) -> None:
    """These people have new posts: owe what open assignments ask of them."""
    day = site.today()
    units = forest.of(day)
    posts = [(post, set(units.above(post.unit_id))) for post in sql.present(people, day)]
    for assignment in found.in_state("open"):
        unit_id = units.heir(assignment.unit_id)
        owe(
            assignment.id,
            {post.person_id for post, above in posts if unit_id in above and assignment.group in ("", post.group)},
        )


def missing(assignment_id: UUID) -> list[UUID]:
    """People it means who are not enrolled in all of its courses that are open. Reads only."""
    assignment = db.session.get(Assignment, assignment_id)
    if assignment is None or assignment.closed_at:
        return []
    courses = [one.id for one in found.courses([assignment_id])[assignment_id] if one.status == found.PUBLISHED]
    asked = question(assignment, courses, site.today())
    return sql.missing(assignment_id, asked) if asked else []
