"""What HR types about people and their posts, cleaned and checked; and what a staff list is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lms_app.accounts.forms.names import full_name
from lms_app.accounts.models import SEXES
from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.typed import line
from lms_app.organisations.groups import DUTIES, GROUPS, SPECIALISTS

NAME, CODE, EMAIL = "name", "code", "email"
"""What a search looks at."""

EARLIEST_YEAR = 1900
LONGEST_TYPED, LONGEST_POSITION, LONGEST_EMAIL = 80, 300, 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CODE = re.compile(r"[^\W_][\w./-]{0,39}")
_PHONE = re.compile(r"[+(]?\d[\d ().-]{5,28}")
_YEAR = re.compile(r"(?:19|20)\d\d")
Errors = dict[str, Invalid]


@dataclass(frozen=True)
class Sought:
    """Which people a list is asked for, on which day. `unit`: an id, a code or a name, as typed.

    `unplaced`: those who work nowhere on that day. `error`: why what was typed is no day.
    """

    day: date
    text: str = ""
    unit: str = ""
    group: str = ""
    unplaced: bool = False
    page: int = 1
    error: str = ""

    @classmethod
    def read(cls, typed: Mapping[str, str], today: date) -> "Sought":
        error, found = "", None
        try:
            found = tables.day(line(typed.get("day", "")))
        except Invalid:
            error = "Ngày chưa đúng. Hãy ghi dạng ngày/tháng/năm, ví dụ 25/11/2026."
        if found and found > today:
            found, error = None, "Ngày này chưa tới. Hãy chọn hôm nay hoặc một ngày trước đó."
        page = line(typed.get("page", ""), 6)
        return cls(
            found or today,
            line(typed.get("q", ""), LONGEST_TYPED),
            line(typed.get("unit", ""), LONGEST_POSITION),
            typed.get("group", "") if typed.get("group") in GROUPS else "",
            typed.get("unplaced") == "1",
            max(int(page), 1) if page.isascii() and page.isdecimal() else 1,
            error,
        )

    @property
    def looks_at(self) -> str:
        """Name, staff code or e-mail; "" when nothing is searched for."""
        if "@" in self.text:
            return EMAIL
        return CODE if any(map(str.isdecimal, self.text)) else NAME if self.text else ""

    def typed(self, today: date) -> dict[str, str]:
        """The same question as an address asks it, without the page."""
        found = {"q": self.text, "unit": self.unit, "group": self.group, "unplaced": "1" if self.unplaced else ""}
        return {name: value for name, value in found.items() if value} | (
            {"day": self.day.isoformat()} if self.day != today else {}
        )


@dataclass(frozen=True)
class Facts:
    """Who somebody is. `errors`: field -> what is wrong with it. `typed`: the fields as they were."""

    name: str = ""
    staff_code: str | None = None
    email: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None
    sex: str = ""
    phone: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)

    @classmethod
    def read(cls, form: Mapping[str, str], today: date) -> "Facts":
        """`form`: name, staff_code, email, birth (a day or a year), sex, phone; all but the name may be empty."""
        fields = ("name", "staff_code", "email", "birth", "sex", "phone")
        typed = {name: line(form.get(name, ""), LONGEST_POSITION) for name in fields}
        errors: Errors = {}
        name, born = "", None
        try:
            name = full_name(form.get("name", ""))
        except Invalid as error:
            errors["name"] = error
        year = int(typed["birth"]) if _YEAR.fullmatch(typed["birth"]) else None
        try:
            born = None if year else tables.day(typed["birth"])
        except Invalid:
            errors["birth"] = Invalid("Ghi ngày sinh dạng ngày/tháng/năm, ví dụ 02/09/1985, hoặc chỉ ghi năm sinh.")
        if (born and not date(EARLIEST_YEAR, 1, 1) <= born <= today) or (year and year > today.year):
            errors["birth"] = Invalid("Ngày sinh ở tương lai hoặc trước năm 1900. Hãy xem lại năm.")
        code, email = typed["staff_code"].upper(), typed["email"].lower()
        if code and not _CODE.fullmatch(code):
            errors["staff_code"] = Invalid("Mã chỉ gồm chữ, số, dấu chấm, gạch ngang, gạch chéo; nhiều nhất 40 ký tự.")
        if email and (len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email)):
            errors["email"] = Invalid("Thư điện tử chưa đúng. Hãy ghi dạng ten@coquan.gov.vn, hoặc để trống.")
        if typed["phone"] and not _PHONE.fullmatch(typed["phone"]):
            errors["phone"] = Invalid("Số điện thoại chưa đúng. Hãy ghi các chữ số, ví dụ 0912 345 678, hoặc để trống.")
        sex = typed["sex"] if typed["sex"] in SEXES else ""
        return cls(name, code or None, email or None, born, year, sex, typed["phone"], typed, errors)


@dataclass(frozen=True)
class Post:
    """Where somebody works, as what, from which day to which (the last one; None while it goes on)."""

    unit: str = ""
    position: str = ""
    group: str = ""
    duty: str = ""
    since: date | None = None
    until: date | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)

    @classmethod
    def read(cls, form: Mapping[str, str], today: date) -> "Post":
        """`form`: unit (id, code or name), position, group, duty, since, until."""
        fields = ("unit", "position", "group", "duty", "since", "until")
        typed = {name: line(form.get(name, ""), LONGEST_POSITION) for name in fields}
        errors: Errors = {}
        since, until = _day(typed, "since", errors), _day(typed, "until", errors)
        if not typed["unit"]:
            errors["unit"] = Invalid("Chọn đơn vị nơi người này làm việc.")
        if typed["group"] not in GROUPS:
            errors["group"] = Invalid("Chọn một nhóm đối tượng.")
        if not since and "since" not in errors:
            errors["since"] = Invalid("Ghi ngày bắt đầu làm việc ở đây.")
        if since and since > today:
            errors["since"] = Invalid("Ngày này chưa tới. Hãy nhập khi người này đã nhận việc.")
        if since and until and until < since:
            errors["until"] = Invalid("Ngày cuối đang trước ngày bắt đầu. Hãy xem lại hai ngày.")
        duty = typed["duty"] if typed["group"] == SPECIALISTS and typed["duty"] in DUTIES else ""
        return cls(typed["unit"], typed["position"], typed["group"], duty, since, until, typed, errors)


@dataclass(frozen=True)
class Ending:
    """The last day of a post."""

    until: date | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "Ending":
        typed, errors = {"until": line(form.get("until", ""), LONGEST_TYPED)}, {}  # type: tuple[dict[str, str], Errors]
        until = _day(typed, "until", errors)
        if not until and not errors:
            errors["until"] = Invalid("Ghi ngày làm việc cuối cùng.")
        return cls(until, typed, errors)


def _day(typed: Mapping[str, str], name: str, errors: Errors) -> date | None:
    try:
        return tables.day(typed[name])
    except Invalid as error:
        errors[name] = error
        return None
