"""What reports tell beside coverage and indicators: contents, periods, campaigns, the network, plans; and their units.

`roots` is here the one unit of the report, once it is known to lie in the asker's reach.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, Row, and_, bindparam, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from lms_app.accounts.models import Employment
from lms_app.accounts.queries.reach import employed
from lms_app.certificates.models import OutsideRecord
from lms_app.core.db import rows
from lms_app.courses.models import Course, CourseText, CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.organisations.kinds import PLANNING
from lms_app.organisations.models import Campaign, NetworkMember, Plan, Unit
from lms_app.organisations.queries import tree
from lms_app.organisations.queries.reached import EVER
from lms_app.reporting.queries.agencies import APPROVED, HEIRS
from lms_app.reporting.queries.staff import COMPLETED, ELSEWHERE, SINCE


class Period(NamedTuple):
    """From the first moment of `since` to the last of `day`: `begin` and `end` as instants, `end` not within.

    `course`: "" for any.
    """

    since: date
    day: date
    begin: datetime
    end: datetime
    course: str = ""


_child, _present = aliased(Unit), aliased(CourseVersion)


_done = union_all(
    select(Enrolment.person_id, Enrolment.course_id, Enrolment.id.label("completion"), CourseVersion.periods)
    .join(CourseVersion, CourseVersion.id == Enrolment.completed_version_id)
    .where(COMPLETED),
    select(OutsideRecord.person_id, OutsideRecord.course_id, OutsideRecord.id, OutsideRecord.periods).where(
        OutsideRecord.person_id.is_not(None), ELSEWHERE
    ),
).subquery()
"""What was completed in the period (`begin`, `end`: instants; `since`: its first day), here and elsewhere."""

_parents: BindParameter[Any] = bindparam("parents", expanding=True)
_begun = union_all(
    select(Unit.id.label("line"), Unit.id.label("unit"), literal(value=False).label("own")).where(
        Unit.parent_id.in_(_parents), tree.existing(Unit)
    ),
    select(Unit.id, Unit.id, literal(value=True)).where(Unit.id.in_(_parents), tree.existing(Unit)),
).subquery()
_first = select(_begun.c.line, _begun.c.unit, _begun.c.own).cte("line", recursive=True)
_LINES = _first.union_all(
    select(_first.c.line, _child.id, _first.c.own)
    .join(_child, _child.parent_id == _first.c.unit)
    .where(_first.c.own.is_(False), tree.existing(_child))
)
"""Each unit right below one of `parents` with all below it; and (`own`) each of `parents` alone."""

_LINE = (_LINES.c.line, _LINES.c.own)
_GROUP = Employment.group.label("audience")
_COMPLETION = (_done.c.completion, _done.c.periods)
_of_lines = (
    select(*_LINE, _GROUP, *_COMPLETION)
    .select_from(_LINES)
    .join(Employment, and_(Employment.unit_id == _LINES.c.unit, employed()))
    .join(_done, _done.c.person_id == Employment.person_id)
    .distinct()
)
_of_whole = (
    select(_GROUP, *_COMPLETION)
    .select_from(tree.REACH)
    .join(Employment, and_(Employment.unit_id == tree.REACH.c.id, employed()))
    .join(_done, _done.c.person_id == Employment.person_id)
    .distinct()
)
_by_line_group, _by_group = _of_lines.subquery(), _of_whole.subquery()
_by_line = _of_lines.with_only_columns(*_LINE, *_COMPLETION).subquery()
_whole = _of_whole.with_only_columns(_done.c.person_id, _done.c.course_id, *_COMPLETION).subquery()
"""Each completion once, whatever posts its person has."""

PERIODS_BY_LINE_GROUP = select(
    _by_line_group.c.line,
    _by_line_group.c.own,
    _by_line_group.c.audience,
    func.sum(_by_line_group.c.periods).label("periods"),
).group_by(_by_line_group.c.line, _by_line_group.c.own, _by_line_group.c.audience)
PERIODS_BY_LINE = select(_by_line.c.line, _by_line.c.own, func.sum(_by_line.c.periods).label("periods")).group_by(
    _by_line.c.line, _by_line.c.own
)
PERIODS_BY_GROUP = select(_by_group.c.audience, func.sum(_by_group.c.periods).label("periods")).group_by(
    _by_group.c.audience
)
COURSES = (
    select(
        _whole.c.course_id,
        func.max(CourseText.title).label("title"),
        func.count(_whole.c.person_id.distinct()).label("persons"),
        func.count(_whole.c.completion).label("turns"),
        func.sum(_whole.c.periods).label("periods"),
    )
    .outerjoin(Course, Course.id == _whole.c.course_id)
    .outerjoin(_present, and_(_present.course_id == Course.id, _present.number == Course.version))
    .outerjoin(CourseText, and_(CourseText.version_id == _present.id, CourseText.lang == "vi"))
    .group_by(_whole.c.course_id)
    .order_by(_whole.c.course_id.is_(None), _whole.c.course_id)
)
CAMPAIGNS = (
    select(
        *(Campaign.title, Unit.name.label("unit"), Campaign.since, Campaign.until),
        *(Campaign.channel, Campaign.reach, Campaign.act),
    )
    .join(EVER, EVER.c.id == Campaign.unit_id)
    .join(Unit, Unit.id == Campaign.unit_id)
    .where(Campaign.since >= SINCE, Campaign.since <= tree.DAY)
    .order_by(Campaign.since, Campaign.title)
)
NETWORK = (
    select(
        NetworkMember.kind,
        NetworkMember.sector,
        func.count(NetworkMember.id).label("members"),
        func.count(HEIRS.c.heir.distinct()).label("units"),
    )
    .join(HEIRS, HEIRS.c.origin == NetworkMember.unit_id)
    .where(NetworkMember.since <= tree.DAY, or_(NetworkMember.until.is_(None), NetworkMember.until >= tree.DAY))
    .group_by(NetworkMember.kind, NetworkMember.sector)
    .order_by(NetworkMember.kind, NetworkMember.sector)
)
_own = HEIRS.c.origin == HEIRS.c.heir
_plan_there = and_(
    Plan.unit_id == HEIRS.c.origin,
    Plan.year == bindparam("year"),
    or_(Plan.signed_on.is_(None), Plan.signed_on <= tree.DAY),
    or_(_own, Plan.status == APPROVED),
)
PLANS = (
    select(Unit.id, Unit.code, Unit.name, Plan.status, Plan.number, Plan.signed_on, Plan.title)
    .join(HEIRS, HEIRS.c.heir == Unit.id)
    .outerjoin(Plan, _plan_there)
    .where(Unit.kind.in_(PLANNING))
    .order_by(Unit.kind, Unit.name, Unit.code, case((Plan.status == APPROVED, 0), (Plan.id.is_not(None), 1), else_=2))
)
"""K1 counts the same: own plans, and approved ones of what went into the unit whole; the best of them first."""

GROUPINGS = (
    select(Unit.id, Unit.name)
    .where(Unit.parent_id == bindparam("unit", type_=Unit.id.type), Unit.kind == "grouping", tree.existing(Unit))
    .order_by(Unit.code)
)
CHOICES = (
    select(Unit.id, Unit.name, Unit.code)
    .join(tree.REACH, tree.REACH.c.id == Unit.id)
    .where(
        or_(
            exists().where(_child.parent_id == Unit.id, tree.existing(_child)),
            Unit.id.in_(bindparam("also", expanding=True)),
        )
    )
    .order_by(Unit.name, Unit.code)
)


def courses(unit_id: UUID, period: Period) -> Sequence[Row[Any]]:
    """Course, its present title, persons, turns and periods of all turns; of what is no course of ours, id and title
    are None.
    """
    return rows(COURSES, roots=[unit_id], **period._asdict())


def periods(unit_id: UUID, parents: Collection[UUID], period: Period) -> dict[tuple[UUID, bool, str], int]:
    """(Unit, whether it alone is meant, group's code or "" for all) -> periods of what its staff completed.

    For the unit itself, each of `parents` alone, and each unit right below one of them.
    """
    when = period._asdict()
    whole, lines = {**when, "roots": [unit_id]}, {**when, "parents": list(parents)}
    return {
        **{(one.line, bool(one.own), one.audience): int(one.periods) for one in rows(PERIODS_BY_LINE_GROUP, **lines)},
        **{(one.line, bool(one.own), ""): int(one.periods) for one in rows(PERIODS_BY_LINE, **lines)},
        **{(unit_id, False, one.audience): int(one.periods) for one in rows(PERIODS_BY_GROUP, **whole)},
        (unit_id, False, ""): sum(int(one.periods) for one in rows(COURSES, **whole)),
    }


def campaigns(unit_id: UUID, since: date, day: date) -> Sequence[Row[Any]]:
    """Those that K4 counts: begun in the period, of the unit's tree and of what went into it whole."""
    return rows(CAMPAIGNS, roots=list(tree.lineage(unit_id)), since=since, day=day)


def network(unit_id: UUID, day: date) -> Sequence[Row[Any]]:
    return rows(NETWORK, roots=[unit_id], day=day)


def plans(unit_id: UUID, day: date, year: int) -> list[Row[Any]]:
    """Every unit that owes a plan, with the plan of the year that was there on the day, or None."""
    best: dict[UUID, Row[Any]] = {}
    for one in rows(PLANS, roots=[unit_id], day=day, year=year):
        best.setdefault(one.id, one)
    return list(best.values())


def groupings(unit_id: UUID, day: date) -> Sequence[Row[Any]]:
    """The headings (departments, communes ...) right below a unit."""
    return rows(GROUPINGS, unit=unit_id, day=day)


def choices(roots: Collection[UUID], also: Collection[UUID], day: date) -> Sequence[Row[Any]]:
    """Units to make a report of: within reach, with others below them; and those of `also` that are within reach."""
    return rows(CHOICES, roots=list(roots), also=list(also), day=day)
