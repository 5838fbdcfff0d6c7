"""What is asked of the indicators, as an address says it. A wrong value is named, and its usual one taken instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lms_app.core.typed import line
from lms_app.organisations.models import BEGINNING
from lms_app.reporting.forms import asked
from lms_app.reporting.forms.asked import ALL, YEAR

PERIODS = (YEAR, ALL)
WRONG_DAY = (
    "Ngày chưa đúng nên số liệu đang tính đến hôm nay. Ghi ngày, ví dụ 25/11/2026.",
    "Ngày này chưa đến nên số liệu đang tính đến hôm nay. Hãy chọn ngày khác.",
)


@dataclass(frozen=True)
class Filter(asked.Asked):
    """`year` in an address stands for its last day, or today while it lasts."""

    @classmethod
    def read(cls, args: Mapping[str, str], today: date) -> "Filter":
        typed = {name: line(args.get(name, ""), asked.LONGEST) for name in ("day", "year", "period", "page")}
        errors: dict[str, str] = {}
        day = asked.day(typed["day"], today, errors, WRONG_DAY) if typed["day"] else _year(typed["year"], today, errors)
        period = typed["period"] or YEAR
        if period not in PERIODS:
            period, errors["period"] = YEAR, "Không có khoảng thời gian này nên bảng đang tính trong năm."
        return cls(asked.unit(args.get("unit", "")), day, period, asked.number(typed["page"]), typed, errors)

    def address(self, **changed: object) -> dict[str, str]:
        """What an address needs to ask the same, with some of it changed; nothing that is usual anyway."""
        values = {
            "unit": self.unit,
            "day": self.day.isoformat(),
            "period": self.period if self.period != YEAR else "",
        } | changed
        return {name: str(value) for name, value in values.items() if value}


def _year(typed: str, today: date, errors: dict[str, str]) -> date:
    found = asked.number(typed) if typed else today.year
    if not BEGINNING.year <= found <= today.year:
        errors["day"] = "Năm chưa đúng nên số liệu đang tính đến hôm nay. Hãy chọn ngày."
        return today
    return min(date(found, 12, 31), today)
