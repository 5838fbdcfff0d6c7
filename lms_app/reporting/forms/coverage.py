"""What is asked of coverage, as its address says it. A wrong value is named, and its usual one taken instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from lms_app.core.typed import line
from lms_app.organisations.groups import GROUPS
from lms_app.reporting.forms import asked
from lms_app.reporting.forms.asked import ALL, YEAR

SORTS = {"": "Mã đơn vị", "name": "Tên đơn vị", "share": "Độ phủ, thấp trước", "gap": "Còn thiếu, nhiều trước"}
WRONG_DAY = (
    "Ngày chưa đúng nên bảng đang tính đến hôm nay. Ghi ngày, ví dụ 25/11/2026.",
    "Ngày này chưa đến nên bảng đang tính đến hôm nay. Hãy chọn ngày khác.",
)


@dataclass(frozen=True)
class Filter(asked.Asked):
    """`own`: without the units below the one asked about."""

    group: str
    course: str
    sort: str
    own: bool

    @classmethod
    def read(cls, args: Mapping[str, str], today: date, courses: Collection[str]) -> "Filter":
        typed = {name: line(args.get(name, ""), asked.LONGEST) for name in ("day", "period", "group", "course", "sort")}
        errors: dict[str, str] = {}
        return cls(
            unit=asked.unit(args.get("unit", "")),
            day=asked.day(typed["day"], today, errors, WRONG_DAY),
            period=_one_of("period", typed, (YEAR, ALL), YEAR, errors),
            group=_one_of("group", typed, GROUPS, "", errors),
            course=_one_of("course", typed, courses, "", errors),
            sort=_one_of("sort", typed, SORTS, "", errors),
            own=args.get("own") == "1",
            page=asked.number(args.get("page", "")),
            typed=typed,
            errors=errors,
        )

    def address(self, today: date, **changed: object) -> dict[str, str]:
        """What an address needs to ask the same, with some of it changed; nothing that is usual anyway."""
        values = {
            "unit": self.unit,
            "day": self.day.isoformat() if self.day != today else "",
            "period": self.period if self.period != YEAR else "",
            "group": self.group,
            "course": self.course,
            "sort": self.sort,
            "own": "1" if self.own else "",
        } | changed
        return {name: str(value) for name, value in values.items() if value}


def _one_of(name: str, typed: Mapping[str, str], known: Collection[str], usual: str, errors: dict[str, str]) -> str:
    if typed[name] and typed[name] not in known:
        errors[name] = "Không có lựa chọn này nên bảng đang dùng lựa chọn thường dùng. Hãy chọn lại."
        return usual
    return typed[name] or usual
