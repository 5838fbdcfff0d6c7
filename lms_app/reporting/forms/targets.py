"""What an act asks for, as typed: percent where the indicator is a share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from lms_app.core.errors import Invalid
from lms_app.organisations.groups import GROUPS
from lms_app.organisations.service.targets import INDICATORS, Asked
from lms_app.reporting.forms.typed import Typed

LONGEST_NOTE = 500
MOST = 1_000_000
_DECIMAL = re.compile(r"\d{1,9}([.,]\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """`asked` is None when something is wrong."""

    asked: Asked | None
    errors: dict[str, Invalid]

    @classmethod
    def read(cls, form: Mapping[str, str], unit_id: UUID | None) -> "Target":
        """`unit_id`: the unit whose code was typed, None when there is none."""
        typed = Typed(form)
        indicator = typed.one_of("indicator", INDICATORS, "Chọn chỉ số.")
        group = typed.one_of("group", {"", *GROUPS}, "Chọn nhóm đối tượng.")
        if unit_id is None:
            typed.errors["unit"] = Invalid("Không có đơn vị nào mang mã này. Hãy ghi mã đơn vị, ví dụ 86.")
        since = typed.day("valid_from", "Ghi ngày bắt đầu, ví dụ 01/01/2026.")
        until = typed.day("valid_until")
        typed.in_order(since, "valid_until", until)
        is_share = INDICATORS[indicator].is_share if indicator in INDICATORS else True
        empty = "Ghi giá trị, ví dụ 80% hoặc 80,5." if is_share else "Ghi giá trị, ví dụ 40."
        value = typed.read("value", share if is_share else plain, empty)
        act = typed.line("act", missing="Ghi số và ngày của văn bản giao chỉ tiêu.")
        note = typed.line("note", LONGEST_NOTE)
        if typed.errors or unit_id is None or since is None or value is None:
            return cls(None, typed.errors)
        return cls(Asked(indicator, group, unit_id, since, until, value, act, note), typed.errors)


def share(text: str) -> float:
    """`80`, `80%` and `80,5` as a share in [0, 1]. Raises `Invalid`."""
    found = text.removesuffix("%").rstrip()
    if not _DECIMAL.fullmatch(found) or float(found.replace(",", ".")) > 100:  # noqa: PLR2004 - percent
        raise Invalid("Giá trị là phần trăm từ 0 đến 100, ví dụ 80, 80% hoặc 80,5.")
    return round(float(found.replace(",", ".")) / 100, 6)


def plain(text: str) -> float:
    """`40` and `0,5` as a number. Raises `Invalid`."""
    if not _DECIMAL.fullmatch(text) or float(text.replace(",", ".")) > MOST:
        raise Invalid("Giá trị là một số, ví dụ 40 hoặc 0,5; không ghi đơn vị tính và dấu phần trăm.")
    return float(text.replace(",", "."))
