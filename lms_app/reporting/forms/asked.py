"""What the addresses of all tables of figures ask. A wrong value is named, and its usual one taken instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms_app.core.typed import chosen_id
from lms_app.core.typed import day as typed_day
from lms_app.organisations.models import BEGINNING

YEAR, ALL = "year", "all"
LONGEST = 60


@dataclass(frozen=True)
class Asked:
    """`unit` is None for the asker's highest. `typed`: as sent, shown again."""

    unit: UUID | None
    day: date
    period: str
    page: int
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def since(self) -> date:
        return date(self.day.year, 1, 1) if self.period == YEAR else BEGINNING


def day(typed: str, today: date, errors: dict[str, str], wrong: tuple[str, str]) -> date:
    """Today where none was typed. `wrong`: what to say of what is no day, and of one to come."""
    found = typed_day(typed) if typed else today
    if found is None or found.year < BEGINNING.year:
        errors["day"] = wrong[0]
    elif found > today:
        errors["day"] = wrong[1]
    return today if found is None or "day" in errors else found


def unit(typed: str) -> UUID | None:
    """None for nothing; an id of nobody for what is none, so that it is not found."""
    return chosen_id(typed) or UUID(int=0) if typed else None


def number(typed: str) -> int:
    """1 for what is no number."""
    return max(int(typed[:9]), 1) if typed.isascii() and typed.isdecimal() else 1
