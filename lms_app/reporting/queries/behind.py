"""The people behind the indicators K7, K8 and K9, by name: who has what is asked for, and who has not."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select

from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries import reach
from lms_app.certificates.models import OutsideRecord
from lms_app.core.db import rows
from lms_app.organisations.groups import SPECIALISTS
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree
from lms_app.reporting.queries.staff import PARTS, STAFF
from lms_app.reporting.queries.training import STUDENTS

_certified_on = (
    select(func.min(OutsideRecord.issued_on))
    .where(OutsideRecord.person_id == Person.id, OutsideRecord.counts_for == "K7", OutsideRecord.issued_on <= tree.DAY)
    .scalar_subquery()
)
SPECIALIST = (
    select(
        *(Person.id, Person.name, Person.staff_code),
        *(_certified_on.label("certified_on"), func.max(STAFF.c.stated).label("stated")),
    )
    .join(STAFF, STAFF.c.person_id == Person.id)
    .where(STAFF.c.audience == SPECIALISTS)
    .group_by(Person.id, Person.name, Person.staff_code, Person.sort_key)
    .order_by(Person.sort_key, Person.id)
)
_studying = (
    select(Person.id, Person.name, Person.staff_code, STUDENTS.c.periods)
    .join(STUDENTS, STUDENTS.c.person_id == Person.id)
    .where(STUDENTS.c.periods >= bindparam("least"))
    .order_by(Person.sort_key, Person.id)
    .limit(bindparam("most"))
    .offset(bindparam("offset"))
)
STUDYING = {group: _studying.where(STUDENTS.c[f"of_{group}"] > 0) for group in PARTS}
NAMED = select(Person.id, Person.name, Person.staff_code, Person.sort_key).where(
    Person.id.in_(bindparam("people", expanding=True))
)
POSTS = (
    select(Employment.person_id, Unit.name, Employment.position)
    .join(tree.REACH, tree.REACH.c.id == Employment.unit_id)
    .join(Unit, Unit.id == Employment.unit_id)
    .where(Employment.person_id.in_(bindparam("people", expanding=True)), reach.employed())
    .order_by(Unit.name, Employment.position)
)


def specialists(place: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """K7: all of them; `certified_on` is None for who has no certificate by the day."""
    return rows(SPECIALIST, **place)


def students(group: str, **asked: Any) -> Sequence[Row[Any]]:
    """K8: who has at `least` so many periods, with them."""
    return rows(STUDYING[group], **asked)


def named(people: Collection[UUID]) -> Sequence[Row[Any]]:
    return rows(NAMED, people=list(people))


def posts(people: Collection[UUID], roots: Sequence[UUID], day: date) -> dict[UUID, list[Row[Any]]]:
    """Of each of these people: where they work in the trees on the day, and as what."""
    found: dict[UUID, list[Row[Any]]] = {}
    for post in rows(POSTS, people=list(people), roots=list(roots), day=day):
        found.setdefault(post.person_id, []).append(post)
    return found
