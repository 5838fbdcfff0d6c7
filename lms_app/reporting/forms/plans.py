"""Which plans are looked at, and what is entered of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lms_app.core.errors import Invalid
from lms_app.organisations.models import BEGINNING
from lms_app.organisations.service.plans import DRAFT, Said
from lms_app.reporting.forms.typed import Typed

NONE, GAPS = "none", "gaps"
"""Filters beside the statuses: no plan at all; whatever is not approved."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A year, and the day on which units are looked at: the last of the year, today in the present year or later."""

    year: int
    day: date
    errors: dict[str, Invalid]

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> "Wanted":
        typed = Typed(query)
        day = typed.day("day")
        year = typed.read("year", lambda text: known_year(text, today)) or (day.year if day else today.year)
        if day and (day > today or day < BEGINNING):
            typed.errors["day"] = Invalid("Ngày này chưa đến, hoặc trước năm 2000. Hãy xem lại.")
        elif day and day.year != year:
            typed.errors["day"] = Invalid("Ngày này không thuộc năm đã chọn. Hãy sửa ngày, hoặc để trống.")
        if typed.errors or day is None:
            year = today.year if "year" in typed.errors else year
            day = usual_day(year, today)
        return cls(year, day, typed.errors)


def known_year(text: str, today: date) -> int:
    """A year from 2000 to the next one. Raises `Invalid`."""
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == len("2026") else 0
    if not BEGINNING.year <= year <= today.year + 1:
        raise Invalid("Năm là số có bốn chữ số, từ 2000 đến năm sau. Hãy xem lại.")
    return year


def usual_day(year: int, today: date) -> date:
    return min(date(year, 12, 31), today)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is entered of a plan. A draft may lack number and day."""

    said: Said
    errors: dict[str, Invalid]

    @classmethod
    def read(cls, form: Mapping[str, str], statuses: Mapping[str, str], today: date) -> "Plan":
        typed = Typed(form)
        status = typed.one_of("status", statuses, "Chọn trạng thái của kế hoạch.")
        final = status != DRAFT
        number = typed.line("number", 100, "Ghi số kế hoạch, ví dụ 12/KH-UBND." if final else "")
        signed_on = typed.day("signed_on", "Ghi ngày ký, ví dụ 15/01/2026." if final else "")
        if signed_on and not BEGINNING <= signed_on <= today:
            typed.errors["signed_on"] = Invalid("Ngày ký chưa đến, hoặc trước năm 2000. Hãy xem lại.")
        return cls(Said(number, signed_on, typed.line("title"), status), typed.errors)


@dataclass(frozen=True, slots=True)
class OnDay:
    """The day a list is looked at; today where none was typed."""

    day: date
    errors: dict[str, Invalid]

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> "OnDay":
        typed = Typed(query)
        day = typed.day("day")
        if day and not BEGINNING <= day <= today:
            typed.errors["day"] = Invalid("Ngày này chưa đến, hoặc trước năm 2000. Hãy xem lại.")
        return cls(today if typed.errors or day is None else day, typed.errors)
