"""What is asked of coverage, as its address says it. A wrong value is named, and its usual one taken instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.text import clean
from lms_app.organisations.groups import GROUPS
from lms_app.organisations.models import BEGINNING

YEAR, ALL = "year", "all"
SORTS = {"": "Mã đơn vị", "name": "Tên đơn vị", "share": "Độ phủ, thấp trước", "gap": "Còn thiếu, nhiều trước"}
LONGEST = 60
MOST_PAGES = 1_000_000


@dataclass(frozen=True)
class Filter:
    """`unit` is None for the asker's highest. `own`: without the units below it. `typed`: as sent, shown again."""

    unit: UUID | None
    day: date
    period: str
    group: str
    course: str
    sort: str
    own: bool
    page: int
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    @classmethod
    def read(cls, args: Mapping[str, str], today: date, courses: Collection[str]) -> "Filter":
        typed = {name: _line(args.get(name, "")) for name in ("day", "period", "group", "course", "sort")}
        errors: dict[str, str] = {}
        return cls(
            unit=_id(args.get("unit", "")),
            day=_day(typed["day"], today, errors),
            period=_one_of("period", typed, (YEAR, ALL), YEAR, errors),
            group=_one_of("group", typed, GROUPS, "", errors),
            course=_one_of("course", typed, courses, "", errors),
            sort=_one_of("sort", typed, SORTS, "", errors),
            own=args.get("own") == "1",
            page=_number(args.get("page", "")),
            typed=typed,
            errors=errors,
        )

    @property
    def since(self) -> date:
        return date(self.day.year, 1, 1) if self.period == YEAR else BEGINNING

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


def _line(typed: str) -> str:
    return clean("".join(c if c.isprintable() else " " for c in typed[:LONGEST]))


def _day(typed: str, today: date, errors: dict[str, str]) -> date:
    try:
        found = tables.day(typed) or today
    except Invalid:
        found = None
    if found is None or found.year < BEGINNING.year:
        errors["day"] = "Ngày chưa đúng nên bảng đang tính đến hôm nay. Ghi ngày, ví dụ 25/11/2026."
    elif found > today:
        errors["day"] = "Ngày này chưa đến nên bảng đang tính đến hôm nay. Hãy chọn ngày khác."
    return today if found is None or "day" in errors else found


def _one_of(name: str, typed: Mapping[str, str], known: Collection[str], usual: str, errors: dict[str, str]) -> str:
    if typed[name] and typed[name] not in known:
        errors[name] = "Không có lựa chọn này nên bảng đang dùng lựa chọn thường dùng. Hãy chọn lại."
        return usual
    return typed[name] or usual


def _id(typed: str) -> UUID | None:
    """None for nothing; an id of nobody for what is none, so that it is not found."""
    try:
        return UUID(typed) if typed else None
    except ValueError:
        return UUID(int=0)


def _number(typed: str) -> int:
    return min(max(int(typed), 1), MOST_PAGES) if typed.isascii() and typed.isdecimal() and len(typed) < LONGEST else 1
