"""What is entered of a campaign, and of somebody of the network."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lms_app.core.errors import Invalid
from lms_app.organisations.service.headcounts import grouped
from lms_app.organisations.service.network import EXPERT, MEMBER_KINDS
from lms_app.reporting.forms.typed import Typed

MOST_REACHED = 100_000_000
_PHONE = re.compile(r"\+?[\d ().-]{6,30}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
NO_UNIT = "Không có đơn vị nào mang mã này. Hãy ghi mã đơn vị, ví dụ 86."


@dataclass(frozen=True, slots=True)
class Entry:
    """`values` by the model's names; complete only without errors."""

    values: dict[str, Any]
    errors: dict[str, Invalid]


def campaign(form: Mapping[str, str], unit_id: UUID | None) -> Entry:
    """`unit_id`: the unit whose code was typed, None when there is none."""
    typed = Typed(form)
    values = {
        "title": typed.line("title", missing="Ghi tên chiến dịch."),
        "channel": typed.line("channel", 200, "Ghi kênh truyền thông, ví dụ: đài truyền thanh xã, Zalo."),
        "reach": typed.read("reach", _reached),
    }
    return _dated(typed, values, unit_id)


def member(form: Mapping[str, str], unit_id: UUID | None) -> Entry:
    """`unit_id`: the unit whose code was typed, None when there is none."""
    typed = Typed(form)
    kind = typed.one_of("kind", MEMBER_KINDS, "Chọn vai trò.")
    values = {
        "kind": kind,
        "full_name": typed.line("full_name", missing="Ghi họ và tên."),
        "sector": typed.line("sector", 100, "Ghi lĩnh vực của chuyên gia, ví dụ: y tế." if kind == EXPERT else ""),
        "position": typed.line("position"),
        "contact": typed.read("contact", _contact) or "",
    }
    return _dated(typed, values, unit_id)


def _dated(typed: Typed, values: dict[str, Any], unit_id: UUID | None) -> Entry:
    since, until = typed.day("since", "Ghi ngày bắt đầu, ví dụ 01/01/2026."), typed.day("until")
    typed.in_order(since, "until", until)
    if unit_id is None:
        typed.errors["unit"] = Invalid(NO_UNIT)
    act = typed.line("act")
    return Entry(values | {"since": since, "until": until, "unit_id": unit_id, "act": act}, typed.errors)


def _reached(text: str) -> int:
    digits = text.replace(".", "") if grouped(text) else text
    if not (digits.isascii() and digits.isdecimal()) or int(digits[:10]) > MOST_REACHED:
        raise Invalid("Số người tiếp cận là số nguyên, ví dụ 1.200. Để trống nếu chưa có số liệu.")
    return int(digits)


def _contact(text: str) -> str:
    longest = 254
    if len(text) > longest or not (_PHONE.fullmatch(text) or _EMAIL.fullmatch(text)):
        raise Invalid("Ghi điện thoại hoặc thư điện tử của cơ quan, ví dụ 0275 382 2222 hoặc cntt@coquan.gov.vn.")
    return text
