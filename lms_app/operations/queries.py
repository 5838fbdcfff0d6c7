"""Numbers for the admin home, what the outbox owes, and whether anybody works on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from lms_app.accounts.models import Person
from lms_app.certificates.models import Certificate
from lms_app.core import outbox_rows as sql
from lms_app.core.db import row, rows
from lms_app.courses.models import Course
from lms_app.learning.models import Enrolment

MOST = 200
"""Rows on the operator's page; the oldest come first."""

TOO_OLD = timedelta(minutes=5)
"""A row that was due so long ago says that no worker runs."""

NUMBERS = select(
    select(func.count()).select_from(Person).where(Person.active.is_(True)).scalar_subquery().label("people"),
    select(func.count()).select_from(Course).where(Course.status == "published").scalar_subquery().label("courses"),
    select(func.count()).select_from(Enrolment).scalar_subquery().label("enrolments"),
    select(func.count())
    .select_from(Enrolment)
    .where(Enrolment.completed_at.is_not(None))
    .scalar_subquery()
    .label("completed"),
    select(func.count()).select_from(Certificate).scalar_subquery().label("certificates"),
)


@dataclass(frozen=True, slots=True)
class Totals:
    waiting: int
    flying: int
    held: int
    oldest: datetime | None


def numbers() -> Row[Any]:
    found = row(NUMBERS)
    assert found is not None  # noqa: S101 - a select without FROM has one row
    return found


def owed(now: datetime) -> Sequence[Row[Any]]:
    """By topic and lane: waiting, flying, held, and when the oldest open one was put."""
    return rows(sql.COUNTS, now=now)


def totals(owed: Sequence[Row[Any]]) -> Totals:
    oldest = [found.oldest for found in owed if found.oldest]
    return Totals(
        sum(found.waiting for found in owed),
        sum(found.flying for found in owed),
        sum(found.held for found in owed),
        min(oldest, default=None),
    )


def ill_lanes(now: datetime) -> Sequence[Row[Any]]:
    """Lanes with host faults in a row, paused or not."""
    return rows(sql.ILL_LANES, now=now)


def troubled() -> Sequence[Row[Any]]:
    """Held rows, then those that failed and will be tried again."""
    return rows(sql.TROUBLED, most=MOST)


def one(row_id: int) -> Row[Any] | None:
    return row(sql.ONE, row=row_id)


def stuck_since(now: datetime) -> datetime | None:
    """Since when the oldest row that could be taken waits, if that is over five minutes."""
    found = row(sql.STUCK, now=now, limit=now - TOO_OLD)
    since: datetime | None = found[0] if found else None
    return since
