"""Which report somebody asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.typed import chosen_id, line
from lms_app.reporting.duties import KINDS

FIRST_YEAR = 2020
SIGNER = "Thủ trưởng đơn vị"
LONGEST_SIGNER = 100
NO_DAY = "Ngày chưa đúng. Hãy ghi dạng ngày/tháng/năm, ví dụ 25/11/2026."


@dataclass(frozen=True)
class Wanted:
    """`day` is the as-of day: the last of the year, or today, when none was typed. `errors`: field -> sentence."""

    kind: str
    unit: UUID | None
    year: int
    day: date
    signer: str
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: Mapping[str, str], today: date) -> "Wanted":
        errors: dict[str, str] = {}
        kind, unit = typed.get("kind", ""), chosen_id(typed.get("unit", ""))
        if kind not in KINDS:
            errors["kind"] = "Chọn loại báo cáo."
        if unit is None:
            errors["unit"] = "Chọn đơn vị."
        year = _year(typed.get("year", ""), today)
        if year is None:
            errors["year"] = "Ghi năm báo cáo bằng bốn chữ số, từ 2020 đến năm nay, ví dụ 2026."
        day = _day(typed.get("day", ""), year or today.year, today, errors)
        signer = line(typed.get("signer", "")) or SIGNER
        if len(signer) > LONGEST_SIGNER:
            errors["signer"] = "Chức danh người ký dài quá 100 ký tự. Hãy rút gọn."
        return cls(kind, unit, year or today.year, day, signer, errors)


def last_day(year: int, today: date) -> date:
    """The last day of a year that figures can be of."""
    return min(date(year, 12, 31), today)


def _day(typed: str, year: int, today: date, errors: dict[str, str]) -> date:
    try:
        found = tables.day(line(typed)) or last_day(year, today)
    except Invalid:
        errors["day"] = NO_DAY
        return last_day(year, today)
    if not date(year, 1, 1) <= found <= last_day(year, today):
        errors["day"] = "Ngày số liệu phải nằm trong năm báo cáo và không sau hôm nay."
    return found


def _year(typed: str, today: date) -> int | None:
    typed = line(typed)
    if len(typed) == len("2026") and typed.isascii() and typed.isdecimal() and FIRST_YEAR <= int(typed) <= today.year:
        return int(typed)
    return None
