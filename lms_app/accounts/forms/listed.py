"""One row of a staff list: what offices type, read into values, or what is wrong with each cell."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from lms_app.accounts.forms.columns import DUTY_WORDS, GROUP_WORDS, LABELS, SEXES
from lms_app.accounts.forms.names import full_name
from lms_app.accounts.forms.places import Places
from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.listed import Fault
from lms_app.core.text import fold
from lms_app.organisations.groups import SPECIALISTS

LONGEST_EMAIL, LONGEST_CODE, LONGEST_POSITION, LONGEST_PHONE = 254, 40, 300, 30
FIRST_BORN, FIRST_SINCE = date(1900, 1, 1), date(1950, 1, 1)
AHEAD = timedelta(days=366)
"""How far ahead an appointment is entered."""

_YEAR = re.compile(r"(19|20)\d\d", re.ASCII)
_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_CODE = re.compile(r"[\w./-]+")
_PHONE = re.compile(r"0\d{8,10}", re.ASCII)
_PHONE_SIGNS = re.compile(r"[\s().-]+")
NOT_SAID = "Ô này trống. Hãy ghi vào; nếu ô đang gộp với dòng trên, hãy bỏ gộp và ghi đủ từng dòng."


@dataclass(slots=True)
class Line:
    """A right row. `at`: its number in the file, from 1. Empty cells are "" or None and change nothing."""

    at: int
    name: str
    birth_date: date | None
    birth_year: int | None
    sex: str
    position: str
    unit_id: UUID
    group: str
    duty: str
    email: str
    phone: str
    staff_code: str
    since: date | None
    until: date | None


class Reader:
    """Reads rows whose columns are known. `spoilt`: keys of wrong rows, whose people are not absent all the same."""

    def __init__(self, places: Mapping[str, int], units: Places, today: date) -> None:
        self.places, self.units, self.today = places, units, today
        self.spoilt: set[str] = set()
        self._found: dict[tuple[str, str], UUID] = {}
        self._readers: dict[tuple[str, ...], Callable[..., dict[str, Any]]] = {
            ("name",): _name,
            ("born",): self._born,
            ("sex",): _sex,
            ("position",): _position,
            ("unit_code", "unit_name"): self._unit,
            ("group",): _group,
            ("staff_code",): _staff_code,
            ("email",): _email,
            ("phone",): _phone,
            ("since",): self._since,
            ("until",): _until,
        }

    def read(self, at: int, cells: tables.Row) -> Line | list[Fault] | None:
        """None for a row that says nothing: empty, or numbered in advance."""
        row = {name: tables.cell(cells, place) for name, place in self.places.items()}
        typed = {name: tables.text(cell) for name, cell in row.items()}
        if not any(said for name, said in typed.items() if name != "order"):
            return None
        values: dict[str, Any] = {}
        wrong: list[tuple[str, Invalid]] = []
        for columns, read in self._readers.items():
            try:
                values |= read(*(row.get(column) for column in columns))
            except Invalid as error:
                wrong.append((next((one for one in columns if typed.get(one)), columns[-1]), error))
        wrong += _contradictions(values)
        if not wrong:
            return Line(at, **values)
        self.spoilt.update(filter(None, keys(values.get("staff_code", ""), values.get("email", ""))))
        name = typed.get("name", "")[:60]
        return [
            Fault(at, name, LABELS[column], typed.get(column, "")[:60], error.message, error.values)
            for column, error in wrong
        ]

    def _unit(self, code: tables.Cell, name: tables.Cell) -> dict[str, Any]:
        typed = tables.text(code), tables.text(name)
        if typed not in self._found:
            self._found[typed] = self.units.find(*typed)
        return {"unit_id": self._found[typed]}

    def _born(self, cell: tables.Cell) -> dict[str, Any]:
        if _YEAR.fullmatch(typed := tables.text(cell)):
            day, year = None, int(typed)
        else:
            day, year = tables.day(cell), None
        if (day and not FIRST_BORN <= day <= self.today) or (year and year > self.today.year):
            raise Invalid("Ngày này ở tương lai hoặc trước năm 1900. Hãy xem lại năm.")
        return {"birth_date": day, "birth_year": year}

    def _since(self, cell: tables.Cell) -> dict[str, Any]:
        since = tables.day(cell)
        if since and not FIRST_SINCE <= since <= self.today + AHEAD:
            raise Invalid("Ngày bắt đầu trước năm 1950 hoặc sau hôm nay hơn một năm. Hãy xem lại năm.")
        return {"since": since}


def keys(staff_code: str, email: str) -> tuple[str, str]:
    """What a row is matched by; "" for what it does not say. A code and an address are never alike."""
    return (f"#{staff_code}" if staff_code else "", email)


def _name(cell: tables.Cell) -> dict[str, Any]:
    typed = tables.text(cell)
    if not typed:
        raise Invalid(NOT_SAID)
    made = full_name(typed)
    return {"name": made.title() if made.isupper() else made}


def _sex(cell: tables.Cell) -> dict[str, Any]:
    typed = fold(tables.text(cell))
    if typed and typed not in SEXES:
        raise Invalid("Giới tính ghi Nam hoặc Nữ, hoặc để trống.")
    return {"sex": SEXES.get(typed, "")}


def _position(cell: tables.Cell) -> dict[str, Any]:
    typed = tables.text(cell)
    if len(typed) > LONGEST_POSITION:
        raise Invalid(
            "Ô này có %(found)s ký tự, nhiều nhất là %(most)s. Hãy rút gọn.", found=len(typed), most=LONGEST_POSITION
        )
    return {"position": sys.intern(typed)}  # most rows say the same


def _group(cell: tables.Cell) -> dict[str, Any]:
    typed = fold(tables.text(cell)).strip(" .*")
    if not typed:
        raise Invalid(NOT_SAID)
    duty = next((duty for word, duty in DUTY_WORDS.items() if word in typed), "")
    group = SPECIALISTS if duty else GROUP_WORDS.get(typed)
    if group is None:
        raise Invalid("Ghi LD, CT hoặc CC; với CT có thể ghi chuyên trách hoặc kiêm nhiệm.")
    return {"group": group, "duty": duty}


def _staff_code(cell: tables.Cell) -> dict[str, Any]:
    typed = tables.text(cell).replace(" ", "").upper()
    if typed and (len(typed) > LONGEST_CODE or not _CODE.fullmatch(typed)):
        raise Invalid("Mã CBCCVC gồm chữ, số và dấu . / - , dài nhất 40 ký tự. Hãy xem lại.")
    return {"staff_code": typed}


def _email(cell: tables.Cell) -> dict[str, Any]:
    typed = tables.text(cell).lower()
    if typed and (len(typed) > LONGEST_EMAIL or not typed.isascii() or not _ADDRESS.fullmatch(typed)):
        raise Invalid("Thư điện tử chưa đúng. Hãy ghi dạng ten@coquan.gov.vn, hoặc để trống.")
    return {"email": typed}


def _until(cell: tables.Cell) -> dict[str, Any]:
    return {"until": tables.day(cell)}


def _contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, Invalid]]:
    """What only a whole row shows. A column that was not read is not there."""
    if values.get("since") and values.get("until") and values["until"] < values["since"]:
        yield "until", Invalid("Đến ngày đứng trước Từ ngày. Hãy xem lại hai ngày này.")
    if values.get("staff_code") == "" and values.get("email") == "":
        yield (
            "staff_code",
            Invalid("Dòng này không có mã CBCCVC và không có email. Ghi ít nhất một: tên và ngày sinh có thể trùng."),
        )


def _phone(cell: tables.Cell) -> dict[str, Any]:
    numbers = [_number(typed) for typed in re.split(r"[,;/]", tables.text(cell)) if typed.strip()]
    joined = ", ".join(numbers)
    if len(joined) > LONGEST_PHONE:
        raise Invalid("Ô này có quá nhiều số điện thoại. Hãy để lại một hoặc hai số.")
    return {"phone": joined}


def _number(typed: str) -> str:
    """Sheets that hold it as a number lose the 0 in front."""
    found = re.sub(r"^(\+84|84(?=\d{9}$))", "0", _PHONE_SIGNS.sub("", typed))
    found = found if found.startswith("0") else f"0{found}"
    if not _PHONE.fullmatch(found):
        raise Invalid("Số điện thoại gồm 9 đến 11 chữ số, ví dụ 0912345678. Hãy xem lại hoặc để trống.")
    return found
