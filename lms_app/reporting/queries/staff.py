"""The staff of a tree on a day, what they completed, and how many their units say they are: parts of statements.

A statement made of these takes `roots` and `day` (`tree.REACH`), and for completions `begin` and `end` (instants: the
first moment of the period, the first after it), `since` (its first day) and `course` ("" for any).
"""

from sqlalchemy import and_, bindparam, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from lms_app.accounts.models import Employment
from lms_app.accounts.queries import reach
from lms_app.certificates.models import REVOKED, Certificate, OutsideRecord
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import Headcount
from lms_app.organisations.queries import tree

BEGIN = bindparam("begin", type_=Enrolment.completed_at.type)
END = bindparam("end", type_=Enrolment.completed_at.type)
SINCE = bindparam("since", type_=OutsideRecord.issued_on.type)
COURSE = bindparam("course", type_=Enrolment.course_id.type)

_newer = aliased(Certificate)
_void = exists().where(
    Certificate.enrolment_id == Enrolment.id,
    Certificate.status == REVOKED,
    Certificate.revoked_at >= Enrolment.completed_at,
    ~exists().where(_newer.enrolment_id == Certificate.enrolment_id, _newer.edition > Certificate.edition),
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

STAFF = (
    select(Employment.person_id, Employment.group.label("audience"), Employment.unit_id)
    .join(tree.REACH, tree.REACH.c.id == Employment.unit_id)
    .where(reach.employed())
    .cte("staff")
)
"""Who works where in the tree on the day: a row for each post."""

PEOPLE = select(STAFF.c.person_id).distinct().cte("people")

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

_stated = func.max(case((HEADS.c.unit_id.is_not(None), 1), else_=0)).label("stated")
_posts = STAFF.outerjoin(HEADS, HEADS.c.unit_id == STAFF.c.unit_id)
MEMBERS = union_all(
    select(STAFF.c.person_id, STAFF.c.audience, _stated)
    .select_from(_posts)
    .group_by(STAFF.c.person_id, STAFF.c.audience),
    select(STAFF.c.person_id, literal("").label("audience"), _stated).select_from(_posts).group_by(STAFF.c.person_id),
).cte("members")
"""Each person once in each of their groups, and once in "" (all). `stated`: 1 if one of their units has a headcount."""
