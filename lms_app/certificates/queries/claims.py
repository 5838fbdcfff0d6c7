"""Reading claims: what one learner's waits for, what is due, and the lists for the officer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, exists, func, literal_column, or_, select, update
from sqlalchemy.orm import aliased

from lms_app.accounts.models import Employment, Person
from lms_app.certificates.models import APPROVAL, NAME, Claim, IssueItem
from lms_app.core.db import Instant, row, rows
from lms_app.core.outbox_rows import OutboxRow
from lms_app.courses.models import CourseText
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import Unit

SHOWN = 200
"""Lines of one list."""

_ONE = select(Claim.waits_for, Claim.due_at).where(Claim.enrolment_id == bindparam("enrolment"))
_REFUSED = select(OutboxRow.key, OutboxRow.error).where(
    OutboxRow.key.in_(bindparam("keys", expanding=True)), OutboxRow.state == literal_column("'held'")
)
_due = (
    select(Claim.enrolment_id)
    .join(Enrolment, Enrolment.id == Claim.enrolment_id)
    .join(Person, Person.id == Enrolment.person_id)
    .where(
        Claim.waits_for == NAME,
        Claim.due_at <= bindparam("now", type_=Instant),
        Person.name_source != "none",
    )
    .order_by(Claim.due_at)
    .limit(bindparam("most"))
)
_TAKE_DUE = (
    update(Claim)
    .where(Claim.enrolment_id.in_(_due.scalar_subquery()))
    .values(due_at=None)
    .returning(Claim.enrolment_id)
)

_newer = aliased(Employment)
_IS_PRESENT = and_(
    Employment.person_id == Person.id,
    Employment.until.is_(None),
    ~exists().where(
        _newer.person_id == Employment.person_id,
        _newer.until.is_(None),
        or_(_newer.since > Employment.since, and_(_newer.since == Employment.since, _newer.id > Employment.id)),
    ),
)
"""One post a person: the newest that lasts."""

_IN_A_BATCH = exists().where(IssueItem.enrolment_id == Claim.enrolment_id, IssueItem.state == "waiting")
_FROM = (
    Claim.__table__.join(Enrolment, Enrolment.id == Claim.enrolment_id)
    .join(Person, Person.id == Enrolment.person_id)
    .outerjoin(Employment, _IS_PRESENT)
    .outerjoin(Unit, Unit.id == Employment.unit_id)
)
_course, _unit = bindparam("course", type_=Enrolment.course_id.type), bindparam("unit", type_=Unit.id.type)
_WANTED = (
    or_(_course.is_(None), Enrolment.course_id == _course),
    or_(_unit.is_(None), Unit.id == _unit),
    ~_IN_A_BATCH,
)
_TITLE = and_(
    CourseText.version_id == func.coalesce(Enrolment.completed_version_id, Enrolment.version_id),
    CourseText.lang == "vi",
)
_APPROVAL = Claim.waits_for == APPROVAL
_LISTED = (
    select(
        Claim.enrolment_id,
        Claim.due_at,
        Enrolment.completed_at,
        Enrolment.course_id,
        CourseText.title,
        Person.name,
        Person.name_source,
        Unit.name.label("unit"),
    )
    .select_from(_FROM)
    .join(CourseText, _TITLE)
    .where(*_WANTED)
    .order_by(Enrolment.completed_at, Claim.enrolment_id)
    .limit(SHOWN)
)
_MINE = (
    select(Enrolment.course_id, CourseText.title, Claim.waits_for, Claim.due_at)
    .join(Enrolment, Enrolment.id == Claim.enrolment_id)
    .join(CourseText, _TITLE)
    .where(Enrolment.person_id == bindparam("person"))
    .order_by(Enrolment.completed_at, Claim.enrolment_id)
)
FOR_APPROVAL, FOR_NAME = _LISTED.where(_APPROVAL), _LISTED.where(~_APPROVAL)
COUNTS = (
    select(Claim.waits_for, func.count().label("claims")).select_from(_FROM).where(*_WANTED).group_by(Claim.waits_for)
)
APPROVABLE = select(Claim.enrolment_id).select_from(_FROM).where(_APPROVAL, *_WANTED)
GROUPS = (
    select(Enrolment.course_id, CourseText.title, Unit.id.label("unit_id"), Unit.name.label("unit"))
    .select_from(_FROM)
    .join(CourseText, _TITLE)
    .where(~_IN_A_BATCH)
    .distinct()
)


def key(enrolment_id: UUID) -> str:
    """Of the outbox row that certifies a claim."""
    return f"certificates.claim/{enrolment_id}"


def of(enrolment_id: UUID) -> Row[Any] | None:
    return row(_ONE, enrolment=enrolment_id)


def mine(person_id: UUID) -> Sequence[Row[Any]]:
    """What one learner has completed and is not certified yet."""
    return rows(_MINE, person=person_id)


def refusals(enrolment_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Why these could not be certified, in words; only those that were refused."""
    keys = {key(one): one for one in enrolment_ids}
    return {keys[found.key]: found.error or "" for found in rows(_REFUSED, keys=list(keys))} if keys else {}


def take_due(now: datetime, most: int) -> list[UUID]:
    """Hand out claims whose hours are over, each once: `due_at` becomes None."""
    return [found.enrolment_id for found in rows(_TAKE_DUE, now=now, most=most)]


def for_approval(course: str | None, unit: UUID | None) -> Sequence[Row[Any]]:
    """The oldest 200; those in a running batch are left out."""
    return rows(FOR_APPROVAL, course=course, unit=unit)


def for_name(course: str | None, unit: UUID | None) -> Sequence[Row[Any]]:
    return rows(FOR_NAME, course=course, unit=unit)


def counts(course: str | None, unit: UUID | None) -> dict[str, int]:
    """What is waited for -> how many claims."""
    return {found.waits_for: found.claims for found in rows(COUNTS, course=course, unit=unit)}


def approvable(course: str | None, unit: UUID | None) -> list[UUID]:
    return [found.enrolment_id for found in rows(APPROVABLE, course=course, unit=unit)]


def groups() -> Sequence[Row[Any]]:
    """Courses and units that have claims, for the filter."""
    return rows(GROUPS)
