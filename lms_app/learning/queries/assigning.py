"""Assignments, whom they mean today, and how far these people are.

Statements about people join `tree.REACH`: their `roots` are tops of what lies both below the assignment's unit and
within the asker's reach, so that nobody sees more of an assignment than their own people.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, and_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries import reach
from lms_app.core.db import row, rows
from lms_app.courses.models import Course, CourseText, CourseVersion
from lms_app.learning.models import Assignment, AssignmentCourse, Enrolment
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree
from lms_app.organisations.queries.forest import Forest

PUBLISHED = "published"
ALL, UNFINISHED, NO_ADDRESS = "all", "unfinished", "noaddress"
ENDLESS = 10_000_000

_ASSIGNMENT = (
    Assignment.id,
    Assignment.title,
    Assignment.unit_id,
    Assignment.group.label("group"),
    Assignment.due_on,
    Assignment.note,
    Assignment.created_at,
    Assignment.created_by_name,
    Assignment.closed_at,
)
_NEWEST = select(*_ASSIGNMENT).order_by(Assignment.created_at.desc(), Assignment.id)
IN_STATE = {
    "open": _NEWEST.where(Assignment.closed_at.is_(None)),
    "closed": _NEWEST.where(Assignment.closed_at.is_not(None)),
    "all": _NEWEST,
}
ONE = select(*_ASSIGNMENT).where(Assignment.id == bindparam("assignment"))
COURSES = (
    select(
        AssignmentCourse.assignment_id, Course.id, Course.status, CourseVersion.id.label("version_id"), CourseText.title
    )
    .join(Course, Course.id == AssignmentCourse.course_id)
    .join(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version))
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == bindparam("lang")))
    .where(AssignmentCourse.assignment_id.in_(bindparam("assignments", expanding=True)))
    .order_by(AssignmentCourse.position)
)
CATALOGUE = (
    select(Course.id, CourseText.title)
    .join(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version))
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == bindparam("lang")))
    .where(Course.status == PUBLISHED)
    .order_by(CourseText.title, Course.id)
)

_GROUP = bindparam("group", type_=String)
_IN_GROUP = or_(_GROUP == "", Employment.group == _GROUP)
_COURSES: Any = bindparam("courses", expanding=True)
PEOPLE_IDS: Any = bindparam("people", expanding=True)
_HERE = (
    select(Employment.person_id.label("id"))
    .join(tree.REACH, tree.REACH.c.id == Employment.unit_id)
    .join(Person, Person.id == Employment.person_id)
    .where(reach.employed(), _IN_GROUP, Person.active.is_(True))
    .distinct()
)
_here = _HERE.cte("here")
AMONG = _HERE.where(Employment.person_id.in_(PEOPLE_IDS))
OF_PERSON = (Enrolment.person_id == Person.id, Enrolment.course_id.in_(_COURSES))
_begun = select(func.count()).select_from(Enrolment).where(*OF_PERSON).correlate(Person).scalar_subquery()
DONE = (
    select(func.count())
    .select_from(Enrolment)
    .where(*OF_PERSON, Enrolment.completed_at.is_not(None))
    .correlate(Person)
    .scalar_subquery()
)
MEMBERS = select(Person.id).join(_here, _here.c.id == Person.id)
"""With `roots`, `day`, `group`, `courses`: to be narrowed by `IS_UNFINISHED` and such."""

ALL_DONE = bindparam("of", type_=Enrolment.stamp.type)
IS_UNFINISHED = DONE < ALL_DONE
_tally = MEMBERS.add_columns(
    DONE.label("done"), _begun.label("begun"), Person.email.is_(None).label("silent")
).subquery()
_is_done = _tally.c.done >= ALL_DONE


def _how_many(condition: Any, name: str) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)


COUNTS = select(
    func.count().label("people"),
    _how_many(_is_done, "done"),
    _how_many(and_(~_is_done, _tally.c.begun > 0), "begun"),
    _how_many(_tally.c.silent, "silent"),
    func.coalesce(func.sum(_tally.c.begun), 0).label("enrolments"),
)
_listed = MEMBERS.add_columns(Person.name, Person.email, Person.reminders).order_by(Person.sort_key, Person.id)
_page = {
    ALL: _listed,
    UNFINISHED: _listed.where(IS_UNFINISHED),
    NO_ADDRESS: _listed.where(Person.email.is_(None)),
}
PEOPLE = {show: found.limit(bindparam("most")).offset(bindparam("offset")) for show, found in _page.items()}
POSTS = (
    select(Employment.person_id, Unit.name)
    .join(tree.REACH, tree.REACH.c.id == Employment.unit_id)
    .join(Unit, Unit.id == Employment.unit_id)
    .where(Employment.person_id.in_(PEOPLE_IDS), reach.employed(), _IN_GROUP)
    .order_by(Employment.since.desc(), Unit.name)
)
ENROLMENTS = select(
    Enrolment.id,
    Enrolment.person_id,
    Enrolment.course_id,
    Enrolment.stamp,
    Enrolment.due_at,
    Enrolment.completed_at,
).where(Enrolment.person_id.in_(PEOPLE_IDS), Enrolment.course_id.in_(_COURSES))

_child = aliased(Unit)
_top = (
    select(Assignment.id.label("assignment_id"), Unit.id.label("unit_id"))
    .join(Unit, tuple_(Assignment.id, Unit.id).in_(bindparam("pairs", expanding=True)))
    .where(Assignment.id.in_(bindparam("assignments", expanding=True)), Unit.id.in_(bindparam("units", expanding=True)))
)
_area = _top.cte("area", recursive=True)
_AREA = _area.union(
    select(_area.c.assignment_id, _child.id)
    .join(_area, _child.parent_id == _area.c.unit_id)
    .where(tree.existing(_child))
)
_member = (
    select(_AREA.c.assignment_id, Employment.person_id)
    .join(Assignment, Assignment.id == _AREA.c.assignment_id)
    .join(Employment, Employment.unit_id == _AREA.c.unit_id)
    .join(Person, Person.id == Employment.person_id)
    .where(reach.employed(), or_(Assignment.group == "", Employment.group == Assignment.group), Person.active.is_(True))
    .distinct()
    .subquery()
)
_asked = (
    select(func.count())
    .select_from(AssignmentCourse)
    .where(AssignmentCourse.assignment_id == _member.c.assignment_id)
    .correlate(_member)
    .scalar_subquery()
)
_completed = (
    select(func.count())
    .select_from(AssignmentCourse)
    .join(Enrolment, Enrolment.course_id == AssignmentCourse.course_id)
    .where(
        AssignmentCourse.assignment_id == _member.c.assignment_id,
        Enrolment.person_id == _member.c.person_id,
        Enrolment.completed_at.is_not(None),
    )
    .correlate(_member)
    .scalar_subquery()
)
PROGRESS = select(
    _member.c.assignment_id, func.count().label("people"), _how_many(_completed >= _asked, "done")
).group_by(_member.c.assignment_id)


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
class Question:
    """Whom a statement about people is for: those in `roots` on `day`, in the group, for these courses."""

    roots: tuple[UUID, ...]
    day: date
    group: str
    courses: tuple[str, ...]

    def values(self) -> dict[str, Any]:
        return {
            "roots": list(self.roots),
            "day": self.day,
            "group": self.group,
            "courses": list(self.courses),
            "of": len(self.courses),
        }


def seen(found: Row[Any], forest: Forest, roots: Sequence[UUID], *, of_all: bool) -> Seen | None:
    """None when nobody of it is within these roots. Where its unit is gone, who looks after all sees it, empty."""
    unit_id = forest.heir(found.unit_id)
    mine = forest.common(unit_id, roots)
    if not mine and not (of_all and unit_id is None):
        return None
    is_whole = of_all or mine == (unit_id,)
    return Seen(found, unit_id, forest.units[unit_id].name if unit_id else "", mine, is_whole)


def in_state(state: str) -> Sequence[Row[Any]]:
    """All that are open, closed or either, the newest first."""
    return rows(IN_STATE[state])


def one(assignment_id: UUID) -> Row[Any] | None:
    return row(ONE, assignment=assignment_id)


def courses(assignment_ids: Collection[UUID], lang: str = "vi") -> dict[UUID, list[Row[Any]]]:
    """Of each, its courses in their order: `id`, `status`, `version_id` (the newest) and `title`."""
    found: dict[UUID, list[Row[Any]]] = {}
    for course in rows(COURSES, assignments=list(assignment_ids), lang=lang):
        found.setdefault(course.assignment_id, []).append(course)
    return found


def catalogue(lang: str) -> Sequence[Row[Any]]:
    """Courses that can be assigned."""
    return rows(CATALOGUE, lang=lang)


def progress(tops: Collection[tuple[UUID, UUID]], day: date) -> dict[UUID, Row[Any]]:
    """`people` and `done` of each assignment. `tops`: pairs of assignment and unit, whose trees are counted."""
    pairs = list(tops)
    units = list({unit for _, unit in pairs})
    wanted = list({assignment for assignment, _ in pairs})
    return {
        found.assignment_id: found for found in rows(PROGRESS, pairs=pairs, units=units, assignments=wanted, day=day)
    }


def counts(asked: Question) -> Row[Any]:
    """`people`; `done`: with all courses; `begun`: enrolled in some and not done; `silent`: without an address;
    `enrolments`: found already.
    """
    found = row(COUNTS, **asked.values())
    if found is None:
        raise LookupError("an aggregate has a row")
    return found


def people(asked: Question, show: str, most: int = ENDLESS, offset: int = 0) -> Sequence[Row[Any]]:
    """`id`, `name`, `email` and `reminders`, by name. `show`: ALL, UNFINISHED or NO_ADDRESS."""
    values = asked.values()
    if show != UNFINISHED:
        del values["of"], values["courses"]
    return rows(PEOPLE[show], **values, most=most, offset=offset)


def posts(asked: Question, person_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The units, within what is asked for, in which each of these people works."""
    found: dict[UUID, list[str]] = {}
    values = {"roots": list(asked.roots), "day": asked.day, "group": asked.group}
    for post in rows(POSTS, people=list(person_ids), **values):
        found.setdefault(post.person_id, []).append(post.name)
    return found


def enrolments(person_ids: Sequence[UUID], course_ids: Sequence[str]) -> dict[tuple[UUID, str], Row[Any]]:
    found = rows(ENROLMENTS, people=list(person_ids), courses=list(course_ids))
    return {(one.person_id, one.course_id): one for one in found}


def among(person_ids: Sequence[UUID], asked: Question) -> list[UUID]:
    """Those of these people who are meant, in the order of their ids."""
    values = {"roots": list(asked.roots), "day": asked.day, "group": asked.group}
    return sorted(found.id for found in rows(AMONG, people=list(person_ids), **values))
