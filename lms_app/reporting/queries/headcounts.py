"""What units say of how many people they have, beside how many our lists have of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, select

from lms_app.accounts.models import Employment
from lms_app.accounts.queries.reach import employed
from lms_app.core.db import rows
from lms_app.organisations.groups import GROUPS
from lms_app.organisations.kinds import STAFFED
from lms_app.organisations.models import Headcount, Unit
from lms_app.organisations.queries.headcounts import LATEST
from lms_app.organisations.queries.tree import REACH


def _holds(group: str) -> Any:
    return func.max(case((Employment.group == group, 1), else_=0)).label(group)


_said = LATEST.subquery("said")
_person = (
    select(Employment.unit_id, *map(_holds, GROUPS))
    .where(Employment.unit_id.in_(select(REACH.c.id)), employed(), Employment.group.in_(GROUPS))
    .group_by(Employment.unit_id, Employment.person_id)
    .subquery("person")
)
"""One row a person of a unit, with 1 for each group they are in there."""

_listed = (
    select(
        _person.c.unit_id,
        *(func.sum(_person.c[group]).label(group.lower()) for group in GROUPS),
        func.count().label("people"),
    )
    .group_by(_person.c.unit_id)
    .subquery("listed")
)
LIST = (
    select(
        Unit.id.label("unit_id"),
        Unit.code,
        Unit.name,
        Headcount.on.label("on"),
        Headcount.ld,
        Headcount.ct,
        Headcount.cc,
        Headcount.source,
        *(func.coalesce(_listed.c[name], 0).label(f"listed_{name}") for name in ("ld", "ct", "cc", "people")),
    )
    .join(REACH, REACH.c.id == Unit.id)
    .outerjoin(_said, _said.c.unit_id == Unit.id)
    .outerjoin(Headcount, (Headcount.unit_id == Unit.id) & (Headcount.on == _said.c.on))
    .outerjoin(_listed, _listed.c.unit_id == Unit.id)
    .where(Unit.kind.in_(STAFFED))
    .order_by(Unit.name, Unit.code)
)


def beside_lists(roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """Each unit of these trees that has staff, its own staff only: the newest word up to the day, None where there is
    none, and the distinct people our lists have on that day, by group (`listed_ld` ...) and in all (`listed_people`).
    """
    return rows(LIST, roots=list(roots), day=day)
