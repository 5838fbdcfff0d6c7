"""What is asked of the indicators, as an address says it. A wrong value is named, and its usual one taken instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.text import clean
from lms_app.organisations.models import BEGINNING

YEAR, ALL = "year", "all"
PERIODS = (YEAR, ALL)
LONGEST = 40


@dataclass(frozen=True)
class Filter:
    """`unit` is None for the asker's highest. `year` in an address stands for its last day, or today while it lasts."""

    unit: UUID | None
    day: date
    period: str
    page: int
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    @classmethod
    def read(cls, args: Mapping[str, str], today: date) -> "Filter":
        typed = {name: _line(args.get(name, "")) for name in ("day", "year", "period", "page")}
        errors: dict[str, str] = {}
        day = _day(typed["day"], today, errors) if typed["day"] else _year(typed["year"], today, errors)
        period = typed["period"] or YEAR
        if period not in PERIODS:
            period, errors["period"] = YEAR, "Không có khoảng thời gian này nên bảng đang tính trong năm."
        return cls(_id(args.get("unit", "")), day, period, _number(typed["page"]), typed, errors)

    @property
    def since(self) -> date:
        return self.day.replace(month=1, day=1) if self.period == YEAR else BEGINNING

    def address(self, **changed: object) -> dict[str, str]:
        """What an address needs to ask the same, with some of it changed; nothing that is usual anyway."""
        values = {
            "unit": self.unit,
            "day": self.day.isoformat(),
            "period": self.period if self.period != YEAR else "",
        } | changed
        return {name: str(value) for name, value in values.items() if value}


def _line(typed: str) -> str:
    return clean("".join(c if c.isprintable() else " " for c in typed[:LONGEST]))


def _day(typed: str, today: date, errors: dict[str, str]) -> date:
    try:
        found = tables.day(typed)
    except Invalid:
        found = None
    if found is None or found.year < BEGINNING.year:
        errors["day"] = "Ngày chưa đúng nên số liệu đang tính đến hôm nay. Ghi ngày, ví dụ 25/11/2026."
    elif found > today:
        errors["day"] = "Ngày này chưa đến nên số liệu đang tính đến hôm nay. Hãy chọn ngày khác."
    return today if found is None or "day" in errors else found


def _year(typed: str, today: date, errors: dict[str, str]) -> date:
    found = _number(typed) if typed else today.year
    if not BEGINNING.year <= found <= today.year:
        errors["day"] = "Năm chưa đúng nên số liệu đang tính đến hôm nay. Hãy chọn ngày."
        return today
    return min(date(found, 12, 31), today)


def _id(typed: str) -> UUID | None:
    """None for nothing; an id of nobody for what is none, so that it is not found."""
    try:
        return UUID(typed) if typed else None
    except ValueError:
        return UUID(int=0)


def _number(typed: str) -> int:
    """1 for what is no number."""
    return max(int(typed[:9]), 1) if typed.isascii() and typed.isdecimal() else 1
