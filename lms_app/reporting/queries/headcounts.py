"""What units say of how many people they have, beside how many our lists have of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, distinct, func, select

from lms_app.accounts.models import Employment
from lms_app.accounts.queries.reach import employed
from lms_app.core.db import rows
from lms_app.organisations.groups import GROUPS, LEADERS, SPECIALISTS, STAFF
from lms_app.organisations.kinds import STAFFED
from lms_app.organisations.models import Headcount, Unit
from lms_app.organisations.queries.headcounts import LATEST
from lms_app.organisations.queries.tree import REACH


def _people_of(group: str) -> Any:
    return func.count(distinct(case((Employment.group == group, Employment.person_id))))


_said = LATEST.subquery("said")
_listed = (
    select(
        Employment.unit_id,
        _people_of(LEADERS).label("ld"),
        _people_of(SPECIALISTS).label("ct"),
        _people_of(STAFF).label("cc"),
        func.count(distinct(Employment.person_id)).label("people"),
    )
    .join(REACH, REACH.c.id == Employment.unit_id)
    .where(employed(), Employment.group.in_(GROUPS))
    .group_by(Employment.unit_id)
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
