"""A small province on 23/11/2026, and how to ask about it."""

from datetime import UTC, date, datetime
from typing import Any

from lms_app.core.db import db
from lms_app.organisations.models import Target, Unit, UnitSuccession
from lms_app.reporting.figures import Asked, Coverage, Line
from lms_app.reporting.service import coverage
from tests import make

TODAY, NEW_YEAR = date(2026, 11, 23), date(2026, 1, 1)


def at(year: int, month: int, day: int) -> datetime:
    """Noon in Vietnam."""
    return datetime(year, month, day, 5, tzinfo=UTC)


def ask(unit: Unit, day: date = TODAY, since: date = NEW_YEAR, **values: Any) -> Coverage:
    db.session.rollback()
    return coverage.table(Asked(unit.id, values.pop("roots", (unit.id,)), day, since, **values))


def figures(line: Line) -> tuple[int, int, int]:
    """Staff, trained, turns."""
    return line.staff, line.trained, line.turns


def named(found: Coverage, unit: Unit) -> Line:
    return next(line for line in found.lines if line.unit_id == unit.id)


def succeed(old: Unit, new: Unit, kind: str, on: date) -> None:
    make.add(UnitSuccession(from_id=old.id, to_id=new.id, kind=kind, on=on))


def target(
    unit: Unit, value: float, group: str = "", since: date = date(2021, 1, 1), until: date | None = None
) -> None:
    make.add(
        Target(
            indicator="K2",
            group=group,
            unit_id=unit.id,
            valid_from=since,
            valid_until=until,
            value=value,
            act="KH 4624",
        )
    )
