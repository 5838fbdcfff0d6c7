"""Indicators about people: K2 with K2b and K6, K7, K8 and K9. What each one counts: docs/indicators.md.

Every statement takes the `roots` of the trees asked about (which the asker looks after) and the `day`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Subquery, and_, bindparam, case, exists, func, select

from lms_app.accounts.models import Employment
from lms_app.certificates.models import OutsideRecord
from lms_app.core.db import row, rows
from lms_app.courses.models import CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.organisations.groups import LEADERS, SPECIALISTS
from lms_app.organisations.kinds import STAFFED
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree
from lms_app.reporting.queries.staff import BELONGS, COMPLETED, ELSEWHERE, HEADS, PARTS, STAFF

_here = Enrolment.person_id == STAFF.c.person_id
_elsewhere = OutsideRecord.person_id == STAFF.c.person_id


def _each(made: Callable[[str, ColumnElement[int]], Iterable[ColumnElement[Any]]], people: Subquery) -> Iterator[Any]:
    """The columns of each group, named `<figure>_<group>`."""
    return (column for group in PARTS for column in made(group, people.c[f"of_{group}"]))


def _count(name: str, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((and_(*conditions), 1))).label(name)


_turns = (
    select(func.count()).select_from(Enrolment).where(_here, COMPLETED).correlate(STAFF).scalar_subquery()
    + select(func.count()).select_from(OutsideRecord).where(_elsewhere, ELSEWHERE).correlate(STAFF).scalar_subquery()
)
_learners = select(*BELONGS, _turns.label("turns")).group_by(STAFF.c.person_id).subquery()


def _trained(group: str, belongs: ColumnElement[int]) -> Iterable[ColumnElement[Any]]:
    learnt = _learners.c.turns > 0
    yield _count(f"staff_{group}", belongs > 0)
    yield _count(f"trained_{group}", belongs > 0, learnt)
    yield _count(f"counted_{group}", belongs > 1, learnt)
    yield func.coalesce(func.sum(case((belongs > 0, _learners.c.turns))), 0).label(f"turns_{group}")


TRAINED = select(*_each(_trained, _learners))
"""K2, K2b, K6."""

_owes = case((Unit.kind.in_(STAFFED), 1), else_=0)
HEADCOUNTS = (
    select(
        func.sum(HEADS.c.ld).label("LD"),
        func.sum(HEADS.c.ct).label("CT"),
        func.sum(HEADS.c.cc).label("CC"),
        func.sum(case((HEADS.c.unit_id.is_(None), _owes), else_=0)).label("unknown"),
    )
    .select_from(tree.REACH)
    .join(Unit, Unit.id == tree.REACH.c.id)
    .outerjoin(HEADS, HEADS.c.unit_id == Unit.id)
)
"""The denominators of K2, K6 and K7; `unknown`: units that have staff and state no number of them."""

_counts_for = OutsideRecord.counts_for == bindparam("counts_for", type_=OutsideRecord.counts_for.type)
_holds = exists().where(_elsewhere, OutsideRecord.counts_for == "K7", OutsideRecord.issued_on <= tree.DAY)
HOLDERS = select(
    func.count(STAFF.c.person_id.distinct()).label("have"),
    func.count(case((STAFF.c.stated == 1, STAFF.c.person_id)).distinct()).label("counted"),
).where(STAFF.c.audience == SPECIALISTS, _holds)
"""K7."""

IS_RECORDED = select(OutsideRecord.id).where(_counts_for, OutsideRecord.issued_on <= tree.DAY).limit(1)

_studied = func.coalesce(
    select(func.sum(CourseVersion.periods))
    .select_from(Enrolment)
    .join(CourseVersion, CourseVersion.id == Enrolment.completed_version_id)
    .where(_here, COMPLETED)
    .correlate(STAFF)
    .scalar_subquery(),
    0,
) + func.coalesce(
    select(func.sum(OutsideRecord.periods)).where(_elsewhere, ELSEWHERE).correlate(STAFF).scalar_subquery(), 0
)
STUDENTS = select(STAFF.c.person_id, *BELONGS, _studied.label("periods")).group_by(STAFF.c.person_id).subquery()
"""Each person of the tree with their periods in the period."""


def _periods(group: str, belongs: ColumnElement[int]) -> Iterable[ColumnElement[Any]]:
    yield _count(f"staff_{group}", belongs > 0)
    yield _count(f"reached_{group}", belongs > 0, STUDENTS.c.periods >= bindparam("enough"))
    yield func.coalesce(func.sum(case((belongs > 0, STUDENTS.c.periods))), 0).label(f"periods_{group}")


PERIODS = select(*_each(_periods, STUDENTS))
"""K8, for the year that `begin`, `end` and `since` say."""

_leaders = select(STAFF.c.person_id).where(STAFF.c.audience == LEADERS)
_trained_on = (
    select(func.min(OutsideRecord.issued_on))
    .where(OutsideRecord.person_id == Employment.person_id, OutsideRecord.counts_for == "K9")
    .scalar_subquery()
)
LEADERSHIP = (
    select(Employment.person_id, Employment.since, Employment.until, _trained_on.label("trained_on"))
    .where(Employment.person_id.in_(_leaders), Employment.group == LEADERS, Employment.since <= tree.DAY)
    .order_by(Employment.person_id, Employment.since)
)
"""K9: every post as a leader, up to the day, of those who are leaders in the tree on it; the rule is in `figures`."""


class Trained(NamedTuple):
    staff: int
    trained: int
    turns: int
    counted: int


class Studied(NamedTuple):
    staff: int
    periods: int
    reached: int


def trained(**asked: Any) -> dict[str, Trained]:
    """By group, and for all ("")."""
    found = rows(TRAINED, **asked)[0]
    return {group: Trained(*_figures(found, Trained._fields, group)) for group in PARTS}


def headcounts(**asked: Any) -> Row[Any]:
    """LD, CT, CC, None where no unit states them; and unknown."""
    return rows(HEADCOUNTS, **asked)[0]


def holders(**asked: Any) -> Row[Any]:
    return rows(HOLDERS, **asked)[0]


def is_recorded(indicator: str, day: date) -> bool:
    """Whether any list that counts for it was ever imported: without one nothing is known, and 0 would be wrong."""
    return row(IS_RECORDED, counts_for=indicator, day=day) is not None


def periods(**asked: Any) -> dict[str, Studied]:
    """By group, and for all ("")."""
    found = rows(PERIODS, **asked)[0]
    return {group: Studied(*_figures(found, Studied._fields, group)) for group in PARTS}


def leadership(**asked: Any) -> Sequence[Row[Any]]:
    return rows(LEADERSHIP, **asked)


def _figures(found: Row[Any], names: Sequence[str], group: str) -> Iterator[int]:
    """In the order of the names; PostgreSQL sums to decimals."""
    return (int(getattr(found, f"{name}_{group}")) for name in names)
