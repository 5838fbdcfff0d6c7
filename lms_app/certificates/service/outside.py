"""Trainings elsewhere, as a list of an office says them: read, matched with our people, and kept.

We did not issue, sign or check any of it; who vouches for the list is its `source`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from lms_app.certificates import sheet
from lms_app.certificates.models import OutsideRecord
from lms_app.certificates.queries import outside
from lms_app.certificates.service import issuers
from lms_app.core import audit, listed, tables
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Invalid
from lms_app.core.listed import Cells, Fault
from lms_app.core.text import name_key

MOST = 20_000
PIECE = 1000
LABELS = {
    "full_name": "Họ và tên",
    "birth_date": "Ngày sinh",
    "email": "Email",
    "unit_name": "Đơn vị",
    "course_title": "Tên khóa học",
    "course_id": "Mã khóa tương đương",
    "issuer_name": "Đơn vị cấp",
    "number": "Số",
    "issued_on": "Ngày cấp",
    "periods": "Số tiết",
    "counts_for": "Tính cho",
}
ALSO = {
    "full_name": ("Họ tên", "Tên"),
    "birth_date": ("Năm sinh", "Sinh ngày"),
    "email": ("E-mail", "Thư điện tử", "Địa chỉ email"),
    "unit_name": ("Đơn vị công tác", "Cơ quan", "Nơi công tác"),
    "course_title": ("Khóa học", "Tên khóa", "Tên lớp", "Nội dung"),
    "course_id": ("Mã khóa", "Mã khóa học"),
    "issuer_name": ("Cơ quan cấp", "Nơi cấp"),
    "number": ("Số hiệu", "Số giấy", "Số chứng nhận"),
    "issued_on": ("Cấp ngày",),
    "periods": ("Tiết", "Thời lượng (tiết)"),
    "counts_for": ("Tính cho chỉ số", "Chỉ số"),
}
REQUIRED = ("full_name", "course_title", "issuer_name", "issued_on")
COUNTED = ("K7", "K9")
"""Indicators that only trainings elsewhere answer: docs/indicators.md."""

LONGEST = {"number": 100}
LONGEST_TEXT = 300
LONGEST_EMAIL = 254
MOST_PERIODS = 10_000
_YEAR = re.compile(r"(19|20)\d\d")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Record:
    """One right line. `at`: its row in the file, from 1. `known`: imported before, or twice in this list."""

    at: int
    values: Mapping[str, Any]
    digest: str
    person_id: UUID | None = None
    known: bool = False


@dataclass
class Reading(listed.Reading):
    records: list[Record] = field(default_factory=list)

    @property
    def new(self) -> list[Record]:
        return [record for record in self.records if not record.known]

    @property
    def unmatched(self) -> list[Record]:
        """New ones that no account of ours is found for; they are kept all the same."""
        return [record for record in self.new if record.person_id is None]


def read(content: bytes) -> Reading:
    """What a list says, matched with people and with what is known. Raises `Invalid` for what is no such list."""
    reading, courses = Reading(), outside.courses()
    for at, cells in listed.read(content, MOST, LABELS, ALSO, REQUIRED):
        _take(reading, at, cells, courses)
    reading.records = [record for piece in _pieces(reading.records) for record in _matched(piece)]
    _mark_twice(reading)
    return reading


def add(reading: Reading, source: str, *, actor: object, by: str) -> int:
    """Keep what is new; how many that was. Raises `Conflict` when the same list is being imported elsewhere."""
    fresh, at = reading.new, now()
    db.session.add_all(
        OutsideRecord(
            **record.values,
            digest=record.digest,
            person_id=record.person_id,
            source=source,
            imported_at=at,
            imported_by=by,
        )
        for record in fresh
    )
    audit.note(actor, "outside.import", source[:60], rows=len(fresh))
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Danh sách này đang được nhập ở một nơi khác. Hãy mở lại trang để xem.") from error
    return len(fresh)


def faulty(reading: Reading, sentence: Callable[..., str]) -> bytes:
    """The wrong cells as a list; `sentence` puts a message and its values into words."""
    return listed.faulty(reading.faults, "Họ và tên", sentence)


def template() -> bytes:
    """An empty list with the columns we know."""
    above = ("Danh sách người đã học ở nơi khác. Cột bắt buộc: " + ", ".join(LABELS[name] for name in REQUIRED),)
    return tables.write(list(LABELS.values()), [], title="Học ở nơi khác", above=above)


def _take(reading: Reading, at: int, cells: Cells, courses: frozenset[str]) -> None:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    name = tables.text(cells.get("full_name"))[:60]
    for column, label in LABELS.items():
        cell = cells.get(column)
        try:
            values[column] = _value(column, cell, courses)
        except Invalid as wrong:
            typed = tables.text(cell)[:60]
            faults.append(Fault(at, name, label, typed, wrong.message, wrong.values))
    if faults:
        reading.faults += faults
    else:
        reading.records.append(Record(at, values, _digest(values)))


def _value(column: str, cell: tables.Cell, courses: frozenset[str]) -> Any:
    if column in REQUIRED and not sheet.plain(tables.text(cell)):
        raise Invalid("Ô này trống. Hãy ghi vào; nếu ô đang gộp với dòng trên, hãy bỏ gộp và ghi đủ từng dòng.")
    if column == "course_id":
        return _course(sheet.plain(tables.text(cell)), courses)
    reader = _READERS.get(column)
    return reader(cell) if reader else _text(column, cell)


def _text(column: str, cell: tables.Cell) -> str:
    found, most = sheet.plain(tables.text(cell)), LONGEST.get(column, LONGEST_TEXT)
    if len(found) > most:
        raise Invalid("Ô này có %(found)s ký tự, nhiều nhất là %(most)s. Hãy rút gọn.", found=len(found), most=most)
    return found


def _born(cell: tables.Cell) -> date | None:
    """None where only the year is known: it is too little to tell people apart by."""
    if _YEAR.fullmatch(tables.text(cell)):
        return None
    return _past(cell)


def _past(cell: tables.Cell) -> date | None:
    found = tables.day(cell)
    if found and not date(1900, 1, 1) <= found <= issuers.today():
        raise Invalid("Ngày này ở tương lai hoặc trước năm 1900. Hãy xem lại năm.")
    return found


def _email(cell: tables.Cell) -> str:
    found = sheet.plain(tables.text(cell)).lower()
    if found and (len(found) > LONGEST_EMAIL or not _EMAIL.fullmatch(found)):
        raise Invalid("Thư điện tử chưa đúng. Hãy ghi dạng ten@coquan.gov.vn, hoặc để trống.")
    return found


def _periods(cell: tables.Cell) -> int:
    found = tables.text(cell) or "0"
    if not (found.isascii() and found.isdecimal()) or int(found[:9]) > MOST_PERIODS:
        raise Invalid("Số tiết là số nguyên, ví dụ 40. Hãy bỏ chữ và đơn vị tính.")
    return int(found)


def _indicator(cell: tables.Cell) -> str:
    found = tables.text(cell).upper()
    if found and found not in COUNTED:
        raise Invalid("Ghi K7 (quản trị dữ liệu) hoặc K9 (bồi dưỡng lãnh đạo mới), hoặc để trống.")
    return found


def _course(typed: str, courses: frozenset[str]) -> str | None:
    if typed and typed.lower() not in courses:
        raise Invalid("Không có khóa học nào mang mã này. Hãy ghi mã như trong địa chỉ của khóa, hoặc để trống.")
    return typed.lower() or None


_READERS: dict[str, Callable[[tables.Cell], Any]] = {
    "birth_date": _born,
    "issued_on": _past,
    "email": _email,
    "periods": _periods,
    "counts_for": _indicator,
}


def _digest(values: Mapping[str, Any]) -> str:
    """Of what makes it this training of this person: another source, unit or course of ours does not make another."""
    names = ("full_name", "birth_date", "email", "course_title", "issuer_name", "number", "issued_on")
    said = [str(values[name] or "").casefold() for name in names]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _pieces(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    return (records[at : at + PIECE] for at in range(0, len(records), PIECE))


def _matched(piece: Sequence[Record]) -> Iterator[Record]:
    """By e-mail, else by name and birth date where exactly one person has both."""
    known = outside.known([record.digest for record in piece])
    emails = outside.by_email({record.values["email"] for record in piece if record.values["email"]})
    dated = [record.values for record in piece if record.values["birth_date"]]
    people: dict[tuple[str, date], list[UUID]] = {}
    for person in outside.namesakes(
        {name_key(values["full_name"]) for values in dated}, {values["birth_date"] for values in dated}
    ):
        people.setdefault((person.sort_key, person.birth_date), []).append(person.id)
    for record in piece:
        values = record.values
        alike = people.get((name_key(values["full_name"]), values["birth_date"]), [])
        person_id = emails.get(values["email"]) or (alike[0] if len(alike) == 1 else None)
        yield replace(record, person_id=person_id, known=record.digest in known)


def _mark_twice(reading: Reading) -> None:
    seen: set[str] = set()
    for at, record in enumerate(reading.records):
        if record.digest in seen:
            reading.records[at] = replace(record, known=True)
        seen.add(record.digest)
