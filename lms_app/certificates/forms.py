"""What people type about certificates, cleaned and checked. Error sentences are translated where they are shown."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from lms_app.core.ids import CODE_LENGTH, parse_code
from lms_app.core.text import clean

LONGEST_TYPED = 80
LONGEST_REASON = 500
MOST_ADDRESSES = 1000
DECIDED = "Quyết định số %(number)s ngày %(day)s"


def line(typed: str) -> str:
    """One short line of printable characters: neither PostgreSQL nor HTML takes the others."""
    return clean("".join(c if c.isprintable() else " " for c in typed))[:LONGEST_TYPED]


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
        reason = clean("".join(c if c.isprintable() else " " for c in typed))
        if not reason:
            return cls(reason, "Ghi lý do thu hồi, ví dụ: Ghi sai họ tên.")
        if len(reason) > LONGEST_REASON:
            return cls(reason, "Lý do dài quá 500 ký tự. Hãy rút gọn.")
        return cls(reason)


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
    """25/11/2026, as people write it, or 2026-11-25, as browsers send it."""
    found = re.fullmatch(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*|\s*(\d{4})-(\d{2})-(\d{2})\s*", typed, re.ASCII)
    if found is None:
        return None
    days, months, years, year, month, on = (int(part or 0) for part in found.groups())
    try:
        return date(years or year, months or month, days or on)
    except ValueError:
        return None


def unit(typed: str) -> UUID | None:
    """The unit chosen in a list; None for all, and for what is none."""
    try:
        return UUID(typed)
    except ValueError:
        return None
