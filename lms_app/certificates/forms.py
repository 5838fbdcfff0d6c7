"""What people type about certificates, cleaned and checked. Error sentences are translated where they are shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.ids import CODE_LENGTH, parse_code
from lms_app.core.text import clean

LONGEST_TYPED = 80
LONGEST_NAME = 300
LONGEST_REASON = 500
LONGEST_PRINTED = 300
CORRECTED = ("full_name", "birth_date", "position", "unit_name", "reason")
WRONG_DAY = "Ghi ngày dạng ngày/tháng/năm, ví dụ 01/07/2025."
TOO_LONG = "Dài quá 300 ký tự. Hãy rút gọn."
MOST_ADDRESSES = 1000
DECIDED = "Quyết định số %(number)s ngày %(day)s"


def line(typed: str, longest: int = LONGEST_TYPED) -> str:
    """One short line of printable characters: neither PostgreSQL nor HTML takes the others."""
    return clean("".join(c if c.isprintable() else " " for c in typed))[:longest]


@dataclass(frozen=True)
class Lookup:
    """A code as typed; `code` is None when it cannot be one, and `error` says why. The database is not asked then."""

    typed: str
    code: str | None
    error: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: str) -> "Lookup":
        typed = line(typed)
        code = parse_code(typed)
        if code:
            return cls(typed, code)
        length = sum(character.isalnum() for character in typed)
        if not length:
            return cls(typed, None, "Ghi mã tra cứu in cạnh mã QR trên giấy chứng nhận.")
        if length != CODE_LENGTH:
            return cls(
                typed,
                None,
                "Mã có 13 ký tự, ở đây có %(found)s ký tự. Hãy so lại với mã in trên giấy.",
                {"found": length},
            )
        return cls(typed, None, "Có ký tự gõ chưa đúng. Hãy so từng ký tự với mã in trên giấy.")


@dataclass(frozen=True)
class Revocation:
    reason: str
    error: str = ""

    @classmethod
    def read(cls, typed: str) -> "Revocation":
        reason = _one_line(typed)
        if not reason:
            return cls(reason, "Ghi lý do thu hồi, ví dụ: Ghi sai họ tên.")
        if len(reason) > LONGEST_REASON:
            return cls(reason, "Lý do dài quá 500 ký tự. Hãy rút gọn.")
        return cls(reason)


@dataclass(frozen=True)
class Correction:
    """What is to stand on the certificate that replaces a wrong one. `errors`: field -> sentence."""

    full_name: str
    birth_date: date | None
    position: str
    unit_name: str
    reason: str
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> "Correction":
        """`typed`: full_name, birth_date (yyyy-mm-dd or dd/mm/yyyy, may be empty), position, unit_name, reason."""
        values = {name: _one_line(typed.get(name, "")) for name in CORRECTED}
        errors, born = {}, day(values["birth_date"])
        if values["birth_date"] and born is None:
            errors["birth_date"] = "Ghi ngày sinh dạng ngày/tháng/năm, ví dụ 02/09/1985, hoặc để trống."
        if not values["full_name"]:
            errors["full_name"] = "Ghi họ và tên như trên giấy tờ."
        errors |= {name: TOO_LONG for name in CORRECTED[:4] if len(values[name]) > LONGEST_PRINTED}
        if reason := Revocation.read(values["reason"]).error:
            errors["reason"] = reason
        return cls(values["full_name"], born, values["position"], values["unit_name"], values["reason"], values, errors)


def _one_line(typed: str) -> str:
    return clean("".join(c if c.isprintable() else " " for c in typed))


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
        values = {name: _one_line(typed.get(name, "")) for name in PROFILE}
        english = {name: _one_line(typed.get(f"en_{name}", "")) for name in ENGLISH}
        since = _one_line(typed.get("valid_from", ""))
        errors = {name: "Mục này chưa ghi." for name in PROFILE if not values[name] and name not in MAY_BE_EMPTY}
        errors |= {name: "Mục này dài quá. Hãy rút gọn." for name, most in PROFILE.items() if len(values[name]) > most}
        if values["prefix"] and not PREFIX.fullmatch(values["prefix"]):
            errors["prefix"] = "Ký hiệu chỉ gồm chữ, số, dấu gạch ngang và dấu chấm, ví dụ VL-CĐS."
        day_from = day(since)
        if day_from is None:
            errors["valid_from"] = WRONG_DAY
        shown = {**values, **{f"en_{name}": text for name, text in english.items()}, "valid_from": since}
        return cls(values, english, day_from, shown, errors)


@dataclass(frozen=True)
class Decision:
    """The decision that lists the graduates. `said` is how certificates and the register name it, "" for none."""

    number: str
    day: str
    said: str
    errors: dict[str, str]

    @classmethod
    def read(cls, form: MultiDict[str, str], today: date, *, required: bool) -> "Decision":
        number, typed = line(form.get("number", "")), line(form.get("day", ""))
        if not (number or typed or required):
            return cls("", "", "", {})
        errors, on = {}, day(typed)
        if not number:
            errors["number"] = "Ghi số quyết định, ví dụ 145/QĐ-SKHCN."
        if on is None:
            errors["day"] = "Ghi ngày của quyết định, ví dụ 25/11/2026."
        elif on > today:
            errors["day"] = "Ngày của quyết định chưa đến. Hãy xem lại."
        said = DECIDED % {"number": number, "day": f"{on:%d/%m/%Y}"} if on and not errors else ""
        return cls(number, typed, said, errors)


@dataclass(frozen=True)
class Chosen:
    """Who a batch is for. `since`, `until`: days of completion, both included; `emails`: only these people, if any."""

    course: str
    unit: UUID | None
    since: date | None
    until: date | None
    emails: tuple[str, ...]
    errors: dict[str, str]

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "Chosen":
        since, until = day(form.get("since", "")), day(form.get("until", ""))
        emails = tuple(dict.fromkeys(re.findall(r"[^\s,;<>]+@[^\s,;<>]+", form.get("emails", "").lower())))
        errors = {
            name: "Ghi ngày, ví dụ 25/11/2026, hoặc để trống."
            for name, found in (("since", since), ("until", until))
            if found is None and form.get(name, "").strip()
        }
        if since and until and since > until:
            errors["until"] = "Ngày cuối đứng trước ngày đầu. Hãy xem lại."
        if form.get("emails", "").strip() and not emails:
            errors["emails"] = "Không thấy địa chỉ thư nào. Ghi mỗi dòng một địa chỉ, hoặc để trống."
        if len(emails) > MOST_ADDRESSES:
            errors["emails"] = "Nhiều hơn 1.000 địa chỉ. Hãy chia thành nhiều đợt."
        return cls(form.get("course", ""), unit(form.get("unit", "")), since, until, emails, errors)


def day(typed: str) -> date | None:
    """A day as people write it or browsers send it; None for nothing, and for what is none."""
    try:
        return tables.day(_one_line(typed))
    except Invalid:
        return None


def unit(typed: str) -> UUID | None:
    """The unit chosen in a list; None for all, and for what is none."""
    try:
        return UUID(typed)
    except ValueError:
        return None
