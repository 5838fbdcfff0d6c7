"""The lists behind the figures of coverage: who, where, what. Parameters: see `queries.coverage`.

`people`: ids of those a page or a piece of a file is about. `lang`: in which language courses are named.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Date,
    Row,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    select,
    true,
    union_all,
)

from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries.reach import employed
from lms_app.certificates.models import OutsideRecord
from lms_app.core.db import Instant, row, rows
from lms_app.courses.models import Course, CourseText, CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import Unit
from lms_app.reporting.queries.coverage import (
    COMPLETED,
    DID,
    ELSEWHERE,
    GROUP,
    OUR_STAFF,
    OVERDUE,
    SCOPE,
    STAFF_IDS,
    THEIR_STAFF,
)

STAFF, TRAINED, UNTRAINED, OVERDUES, TURNS = "staff", "trained", "untrained", "overdue", "turns"
"""What a list may hold: people, each once; or, for turns, completions."""

EVERYTHING = 1_000_000
_TITLE = and_(
    CourseText.version_id == func.coalesce(Enrolment.completed_version_id, Enrolment.version_id),
    CourseText.lang == bindparam("lang"),
)
_THESE: BindParameter[Any] = bindparam("people", expanding=True)
_ours = (
    select(
        *(Enrolment.person_id, CourseText.title, literal("").label("issuer")),
        *(Enrolment.completed_at.label("at"), cast(null(), Date).label("on")),
    )
    .outerjoin(CourseText, _TITLE)
    .where(COMPLETED)
)
_theirs = select(
    *(OutsideRecord.person_id, OutsideRecord.course_title, OutsideRecord.issuer_name),
    *(cast(null(), Instant), OutsideRecord.issued_on),
).where(ELSEWHERE)
"""Completions: ours with the moment `at`, others' with the day `on` and whose word it is."""

_PERSON = (Person.id, Person.name, Person.staff_code)
_works = exists().where(Employment.person_id == Person.id, Employment.unit_id == SCOPE.c.id, employed(), GROUP)
_done = exists().where(DID.c.person_id == Person.id)
_WHO = {
    STAFF: true(),
    TRAINED: _done,
    UNTRAINED: not_(_done),
    OVERDUES: exists().where(Enrolment.person_id == Person.id, OVERDUE),
}
_turns = union_all(_ours.where(OUR_STAFF), _theirs.where(THEIR_STAFF)).subquery()
COUNTS: dict[str, Any] = {
    **{what: select(func.count()).where(Person.id.in_(STAFF_IDS), who) for what, who in _WHO.items()},
    TURNS: select(func.count()).select_from(_turns),
}
LISTS: dict[str, Any] = {
    **{what: select(*_PERSON).where(_works, who).order_by(Person.sort_key, Person.id) for what, who in _WHO.items()},
    TURNS: select(*_PERSON, _turns.c.title, _turns.c.issuer, _turns.c.at, _turns.c.on)
    .join(_turns, _turns.c.person_id == Person.id)
    .order_by(Person.sort_key, Person.id, _turns.c.at, _turns.c.on, _turns.c.title),
}
PAGES = {what: found.limit(bindparam("most")).offset(bindparam("offset")) for what, found in LISTS.items()}
"""People are counted from the staff, and listed along the order of their names: a page looks at few of them."""

POSTS = (
    select(Employment.person_id, Employment.position, Employment.group.label("group"), Unit.name)
    .join(SCOPE, SCOPE.c.id == Employment.unit_id)
    .join(Unit, Unit.id == Employment.unit_id)
    .where(employed(), GROUP, Employment.person_id.in_(_THESE))
    .order_by(Unit.name, Employment.id)
)
_these = union_all(
    _ours.where(Enrolment.person_id.in_(_THESE)), _theirs.where(OutsideRecord.person_id.in_(_THESE))
).subquery()
DONE = select(*_these.c).order_by(_these.c.at, _these.c.on, _these.c.title)
LATE = (
    select(Enrolment.person_id, CourseText.title, literal("").label("issuer"), Enrolment.due_at.label("at"))
    .outerjoin(CourseText, _TITLE)
    .where(OVERDUE, Enrolment.person_id.in_(_THESE))
    .order_by(Enrolment.due_at, CourseText.title)
)
COURSES = (
    select(Course.id, CourseText.title)
    .join(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version))
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == bindparam("lang")))
    .order_by(Course.id)
)


def count(what: str, scope: Mapping[str, Any]) -> int:
    found = row(COUNTS[what], **scope)
    return int(found[0]) if found else 0


def page(what: str, scope: Mapping[str, Any], most: int, offset: int) -> Sequence[Row[Any]]:
    """People by name, or their completions by name and time."""
    return rows(PAGES[what], **scope, most=most, offset=offset)


def posts(people: Sequence[UUID], scope: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Where these people work within the scope: nobody learns here of a post elsewhere."""
    return rows(POSTS, **scope, people=list(people))


def done(people: Sequence[UUID], scope: Mapping[str, Any]) -> Sequence[Row[Any]]:
    return rows(DONE, **scope, people=list(people))


def late(people: Sequence[UUID], scope: Mapping[str, Any]) -> Sequence[Row[Any]]:
    return rows(LATE, **scope, people=list(people))


def courses(lang: str) -> Sequence[Row[Any]]:
    """All courses, closed ones too: what was learnt in them counts."""
    return rows(COURSES, lang=lang)
