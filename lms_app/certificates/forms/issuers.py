"""How an issuer certifies from a day on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lms_app.core.typed import day, line

WRONG_DAY = "Ghi ngày dạng ngày/tháng/năm, ví dụ 01/07/2025."
PROFILE = {
    "parent_name": 300,
    "name": 300,
    "prefix": 20,
    "place": 100,
    "capacity": 200,
    "signer_title": 200,
    "signer_name": 200,
}
"""Fields of an issuer's profile -> the most characters."""

ENGLISH = ("parent_name", "name", "place", "capacity", "signer_title")
MAY_BE_EMPTY = {"capacity", "signer_name"}
PREFIX = re.compile(r"[\w.-]{1,20}")


@dataclass(frozen=True)
class Profile:
    """How an issuer certifies from a day on. `typed` holds all fields as typed, the English ones as `en_<name>`."""

    values: Mapping[str, str]
    english: Mapping[str, str]
    valid_from: date | None
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> "Profile":
        values = {name: line(typed.get(name, "")) for name in PROFILE}
        english = {name: line(typed.get(f"en_{name}", "")) for name in ENGLISH}
        since = line(typed.get("valid_from", ""))
        errors = {name: "Mục này chưa ghi." for name in PROFILE if not values[name] and name not in MAY_BE_EMPTY}
        errors |= {name: "Mục này dài quá. Hãy rút gọn." for name, most in PROFILE.items() if len(values[name]) > most}
        if values["prefix"] and not PREFIX.fullmatch(values["prefix"]):
            errors["prefix"] = "Ký hiệu chỉ gồm chữ, số, dấu gạch ngang và dấu chấm, ví dụ VL-CĐS."
        day_from = day(since)
        if day_from is None:
            errors["valid_from"] = WRONG_DAY
        shown = {**values, **{f"en_{name}": text for name, text in english.items()}, "valid_from": since}
        return cls(values, english, day_from, shown, errors)
