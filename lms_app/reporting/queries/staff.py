"""The staff of a tree on a day, what they completed, and how many their units say they are: parts of statements.

A statement made of these takes `roots` and `day` (`tree.REACH`), and for completions `begin` and `end` (instants: the
first moment of the period, the first after it), `since` (its first day) and `course` ("" for any).
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select

from lms_app.accounts.models import Employment
from lms_app.accounts.queries import reach
from lms_app.certificates.models import REVOKED, Certificate, OutsideRecord
from lms_app.learning.models import Enrolment
from lms_app.organisations.groups import GROUPS
from lms_app.organisations.models import Headcount
from lms_app.organisations.queries import tree

PARTS = ("", *GROUPS)
"""All, and each group."""

BEGIN = bindparam("begin", type_=Enrolment.completed_at.type)
END = bindparam("end", type_=Enrolment.completed_at.type)
SINCE = bindparam("since", type_=OutsideRecord.issued_on.type)
COURSE = bindparam("course", type_=Enrolment.course_id.type)

_void = exists().where(
    Certificate.code == Enrolment.certificate,
    Certificate.status == REVOKED,
    Certificate.revoked_at >= Enrolment.completed_at,
)
COMPLETED = and_(
    Enrolment.completed_at >= BEGIN,
    Enrolment.completed_at < END,
    or_(COURSE == "", Enrolment.course_id == COURSE),
    ~_void,
)
"""Of an enrolment: completed in the period, its newest certificate not revoked since."""

ELSEWHERE = and_(
    OutsideRecord.issued_on >= SINCE,
    OutsideRecord.issued_on <= tree.DAY,
    or_(COURSE == "", OutsideRecord.course_id == COURSE),
)
"""Of a training elsewhere: its paper is of the period."""

_stated = case(
    (exists().where(Headcount.unit_id == tree.REACH.c.id, Headcount.on <= tree.DAY), 1),
    else_=0,
)
STAFF = (
    select(Employment.person_id, Employment.group.label("audience"), Employment.unit_id, _stated.label("stated"))
    .join(tree.REACH, tree.REACH.c.id == Employment.unit_id)
    .where(reach.employed())
    .cte("staff")
    .prefix_with("MATERIALIZED")
)
"""Who works where in the tree on the day: a row for each post. `stated`: 1 where the unit has said how many it has."""

_latest = (
    select(Headcount.unit_id, func.max(Headcount.on).label("latest"))
    .join(tree.REACH, tree.REACH.c.id == Headcount.unit_id)
    .where(Headcount.on <= tree.DAY)
    .group_by(Headcount.unit_id)
    .cte("latest")
)
HEADS = (
    select(Headcount.unit_id, Headcount.ld, Headcount.ct, Headcount.cc)
    .join(_latest, and_(_latest.c.unit_id == Headcount.unit_id, _latest.c.latest == Headcount.on))
    .cte("heads")
)
"""What each unit of the tree last said of itself up to the day."""


def in_group(group: str) -> ColumnElement[Any]:
    """Of a person: 2 if a post of this group ("" for any) is in a unit with a headcount, 1 if elsewhere, else 0."""
    here = STAFF.c.stated + 1
    return func.max(case((STAFF.c.audience == group, here), else_=0) if group else here)


BELONGS = tuple(in_group(group).label(f"of_{group}") for group in PARTS)
"""For statements that group posts by person: columns `of_` and of_LD, of_CT, of_CC."""
