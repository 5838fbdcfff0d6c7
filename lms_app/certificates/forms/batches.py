"""Whom a batch of certificates is for, and on whose decision."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms_app.certificates.forms.lookup import LONGEST_TYPED
from lms_app.core.typed import chosen_id, day, line

MOST_ADDRESSES = 1000
DECIDED = "Quyết định số %(number)s ngày %(day)s"


@dataclass(frozen=True)
class Decision:
    """The decision that lists the graduates. `said` is how certificates and the register name it, "" for none."""

    number: str
    day: str
    said: str
    errors: dict[str, str]

    @classmethod
    def read(cls, form: Mapping[str, str], today: date, *, required: bool) -> "Decision":
        number, typed = line(form.get("number", ""), LONGEST_TYPED), line(form.get("day", ""), LONGEST_TYPED)
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
    def read(cls, form: Mapping[str, str]) -> "Chosen":
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
        return cls(form.get("course", ""), chosen_id(form.get("unit", "")), since, until, emails, errors)
