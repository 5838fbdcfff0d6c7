"""Indicators about people: K2 with K2b and K6, K7, K8 and K9. What each one counts: docs/indicators.md.

Every statement takes the `roots` of the trees asked about (which the asker looks after) and the `day`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, case, exists, func, select, union_all

from lms_app.accounts.models import Employment
from lms_app.certificates.models import OutsideRecord
from lms_app.core.db import row, rows
from lms_app.courses.models import CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.organisations.groups import LEADERS, SPECIALISTS
from lms_app.organisations.kinds import STAFFED
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree
from lms_app.reporting.queries.staff import COMPLETED, ELSEWHERE, HEADS, MEMBERS, PEOPLE, STAFF

_group = MEMBERS.c.audience.label("audience")
_here = select(Enrolment.person_id).join(PEOPLE, PEOPLE.c.person_id == Enrolment.person_id).where(COMPLETED)
_elsewhere = (
    select(OutsideRecord.person_id).join(PEOPLE, PEOPLE.c.person_id == OutsideRecord.person_id).where(ELSEWHERE)
)
_turn = union_all(_here, _elsewhere).subquery()
_turns = select(_turn.c.person_id, func.count().label("turns")).group_by(_turn.c.person_id).subquery()
TRAINED = (
    select(
        _group,
        func.count().label("staff"),
        func.count(_turns.c.turns).label("trained"),
        func.coalesce(func.sum(_turns.c.turns), 0).label("turns"),
        func.sum(case((_turns.c.turns.is_not(None), MEMBERS.c.stated), else_=0)).label("counted"),
    )
    .select_from(MEMBERS.outerjoin(_turns, _turns.c.person_id == MEMBERS.c.person_id))
    .group_by(MEMBERS.c.audience)
)
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
_holds = exists().where(
    OutsideRecord.person_id == MEMBERS.c.person_id,
    OutsideRecord.counts_for == "K7",
    OutsideRecord.issued_on <= tree.DAY,
)
HOLDERS = select(func.count().label("have"), func.coalesce(func.sum(MEMBERS.c.stated), 0).label("counted")).where(
    MEMBERS.c.audience == SPECIALISTS, _holds
)
"""K7."""

IS_RECORDED = select(OutsideRecord.id).where(_counts_for, OutsideRecord.issued_on <= tree.DAY).limit(1)

_studied = union_all(
    select(Enrolment.person_id, CourseVersion.periods)
    .join(PEOPLE, PEOPLE.c.person_id == Enrolment.person_id)
    .join(CourseVersion, CourseVersion.id == Enrolment.completed_version_id)
    .where(COMPLETED),
    select(OutsideRecord.person_id, OutsideRecord.periods)
    .join(PEOPLE, PEOPLE.c.person_id == OutsideRecord.person_id)
    .where(ELSEWHERE),
).subquery()
PERIODS_OF = (
    select(_studied.c.person_id, func.sum(_studied.c.periods).label("periods"))
    .group_by(_studied.c.person_id)
    .subquery()
)
PERIODS = (
    select(
        _group,
        func.count().label("staff"),
        func.coalesce(func.sum(PERIODS_OF.c.periods), 0).label("periods"),
        func.count(case((PERIODS_OF.c.periods >= bindparam("enough"), 1))).label("reached"),
    )
    .select_from(MEMBERS.outerjoin(PERIODS_OF, PERIODS_OF.c.person_id == MEMBERS.c.person_id))
    .group_by(MEMBERS.c.audience)
)
"""K8, for the year that `begin`, `end` and `since` say."""

_leaders = select(STAFF.c.person_id).where(STAFF.c.audience == LEADERS).distinct().subquery()
_trained_on = (
    select(func.min(OutsideRecord.issued_on))
    .where(OutsideRecord.person_id == Employment.person_id, OutsideRecord.counts_for == "K9")
    .scalar_subquery()
)
LEADERSHIP = (
    select(Employment.person_id, Employment.since, Employment.until, _trained_on.label("trained_on"))
    .join(_leaders, _leaders.c.person_id == Employment.person_id)
    .where(Employment.group == LEADERS, Employment.since <= tree.DAY)
    .order_by(Employment.person_id, Employment.since)
)
"""K9: every post as a leader, up to the day, of those who are leaders in the tree on it; the rule is in `figures`."""


def trained(**asked: Any) -> dict[str, Row[Any]]:
    """By group ("" for all): staff, trained, turns, counted."""
    return {found.audience: found for found in rows(TRAINED, **asked)}


def headcounts(**asked: Any) -> Row[Any]:
    """LD, CT, CC, None where no unit states them; and unknown."""
    return rows(HEADCOUNTS, **asked)[0]


def holders(**asked: Any) -> Row[Any]:
    return rows(HOLDERS, **asked)[0]


def is_recorded(indicator: str, day: date) -> bool:
    """Whether any list that counts for it was ever imported: without one nothing is known, and 0 would be wrong."""
    return row(IS_RECORDED, counts_for=indicator, day=day) is not None


def periods(**asked: Any) -> dict[str, Row[Any]]:
    """By group ("" for all): staff, periods, reached."""
    return {found.audience: found for found in rows(PERIODS, **asked)}


def leadership(**asked: Any) -> Sequence[Row[Any]]:
    return rows(LEADERSHIP, **asked)
