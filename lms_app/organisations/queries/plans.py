"""Reading training plans: who owes one for a year, and what is there of it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, select

from lms_app.core.db import row, rows
from lms_app.organisations.kinds import PLANNING
from lms_app.organisations.models import Plan, Unit
from lms_app.organisations.queries.tree import REACH

_PLAN = (
    Plan.number,
    Plan.signed_on,
    Plan.title,
    Plan.status,
    Plan.file_key,
    Plan.file_name,
    Plan.file_bytes,
    Plan.entered_at,
    Plan.entered_by,
)
_OF_YEAR = and_(Plan.unit_id == Unit.id, Plan.year == bindparam("year"))
OWING = (
    select(Unit.id.label("unit_id"), Unit.code, Unit.name, *_PLAN)
    .join(REACH, REACH.c.id == Unit.id)
    .outerjoin(Plan, _OF_YEAR)
    .where(Unit.kind.in_(PLANNING))
    .order_by(Unit.name, Unit.code)
)
ONE = select(*_PLAN).where(Plan.unit_id == bindparam("unit", type_=Unit.id.type), Plan.year == bindparam("year"))


def owing(year: int, roots: Sequence[UUID], day: date) -> Sequence[Row[Any]]:
    """Every unit of these trees that owes a plan, with that of the year; its `status` is None where there is none."""
    return rows(OWING, year=year, roots=list(roots), day=day)


def one(unit_id: UUID, year: int) -> Row[Any] | None:
    return row(ONE, unit=unit_id, year=year)
