"""Lists that people send and fetch: xlsx, xls, ods and csv (the home of XlsxWriter).

What is sent is never trusted: workbooks are read in a process of their own, rows are limited, no macro runs, no link is
followed. What is written holds texts as texts, so that no cell of ours is ever taken for a formula.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from lms_app.core import apart, workbook
from lms_app.core.errors import Invalid
from lms_app.core.text import clean, fold

Cell = str | int | float | bool | date | datetime | None
Row = Sequence[Cell]

MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE
MEMORY, SECONDS = 1024, 20
"""Megabytes and seconds that reading one workbook may take: a zip bomb ends there."""

LONG_LARGEST, LONG_SECONDS = 30 * MEGABYTE, 45
"""For lists of a hundred thousand rows, which no request waits for."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula when it opens a CSV."""

HEADER_WITHIN = 20
"""Rows in which a header is looked for: lists of offices begin with their own letterhead."""

ZIPPED, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
NOT_READ = "Không đọc được tệp này. Hãy gửi tệp Excel (.xlsx) hoặc CSV, không đặt mật khẩu."
_reader = apart.Pool(f"{workbook.__name__}:{workbook.rows.__name__}", SECONDS, MEMORY)
_patient_reader = apart.Pool(f"{workbook.__name__}:{workbook.rows.__name__}", LONG_SECONDS, MEMORY)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """Where a list's columns are: name -> place, counted from 0. `header`: the row that says so, -1 when none does."""

    header: int
    places: Mapping[str, int]


@dataclass(frozen=True)
class Sheet:
    """`name`: "" for a text file. `lines`: with letterhead and header, without empty rows at the end.

    A line is a row as JSON, for `read_line`; all rows as cells would take six times the memory.
    """

    name: str
    lines: list[bytes]


def read(content: bytes, most: int) -> list[Row]:
    """The rows of the first sheet that shows something, with letterhead and header, without empty rows at the end.

    Raises `Invalid` for a file that is too large, no list, locked by a password, or has more than `most` rows.
    """
    check_size(len(content), LARGEST)
    if content.startswith((ZIPPED, OLD_EXCEL)):
        return [read_line(line) for line in _workbook(content, _reader, most=most).lines]
    return _within(_separated(_decoded(content), most), most)


def read_long(content: bytes, most: int) -> Sheet:
    """The same, for jobs: more and slower, and what a merged cell says stands in each row that it covers."""
    check_size(len(content), LONG_LARGEST)
    if not content.startswith((ZIPPED, OLD_EXCEL)):
        rows: list[Any] = _within(_separated(_decoded(content), most), most)
        for at, cells in enumerate(rows):  # one by one, here and below: a hundred thousand rows need not be there twice
            rows[at] = line(cells)
        return Sheet("", rows)
    return _workbook(content, _patient_reader, most=most, merged=True)


def check_size(size: int, most: int) -> None:
    if size > most:
        raise Invalid("Tệp lớn quá %(most)s MB. Hãy chia danh sách thành nhiều tệp.", most=most // MEGABYTE)


def pasted(typed: str, most: int) -> list[Row]:
    """The rows of what was pasted from a sheet or typed: a line each, cells apart by tab, semicolon or comma."""
    return _within(_separated(typed, most), most)


def columns(rows: Sequence[Row], names: Mapping[str, Sequence[str]]) -> Columns:
    """Find the columns by their headers. `names`: column -> the headers it may have, compared without case and marks.

    The header is the row, of the first twenty, that names most of them. Ties go to the upper one, but for a header
    that is merged over two rows.
    """
    known = {fold(header): name for name, headers in names.items() for header in headers}
    best = Columns(-1, {})
    for at, cells in enumerate(rows[:HEADER_WITHIN]):
        places: dict[str, int] = {}
        for place, cell in enumerate(cells):
            name = known.get(fold(text(cell)).strip(" *:."))
            if name:
                places.setdefault(name, place)
        if len(places) > len(best.places) or (places and places == best.places and at == best.header + 1):
            best = Columns(at, places)
    return best


def cell(cells: Row, place: int | None) -> Cell:
    """A cell of a row that may be shorter than others."""
    return cells[place] if place is not None and place < len(cells) else None


def text(value: Cell) -> str:
    """A cell as one line of text: whole numbers without a fraction, days as dd/mm/yyyy, spaces single, NFC."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean(str(value))


def day(value: Cell) -> date | None:
    """A day as Excel keeps it, or typed as dd/mm/yyyy or yyyy-mm-dd; None for an empty cell. Raises `Invalid`."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    typed = text(value)
    if not typed:
        return None
    found = _DAY.fullmatch(typed)
    year_first = _ISO_DAY.fullmatch(typed)
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        if year_first:
            return date(int(year_first[1]), int(year_first[2]), int(year_first[3]))
    except ValueError:
        pass
    raise Invalid("%(typed)s không phải là ngày. Hãy ghi dạng ngày/tháng/năm, ví dụ 02/09/1985.", typed=typed[:40])


def write(header: Sequence[str], rows: Iterable[Row], title: str = "Danh sách", above: Sequence[str] = ()) -> bytes:
    """An xlsx with one sheet: lines `above`, a bold header that stays in sight, then the rows, one at a time.

    Numbers and days stay numbers and days.
    """
    file = io.BytesIO()
    book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(title[:31])
    bold, days = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "dd/mm/yyyy"})
    moments = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    sheet.set_column(0, max(len(header) - 1, 0), 20)
    for at, line in enumerate(above):
        sheet.write_string(at, 0, line)
    for place, name in enumerate(header):
        sheet.write_string(len(above), place, name, bold)
    sheet.freeze_panes(len(above) + 1, 0)
    for at, cells in enumerate(rows, len(above) + 1):
        for place, value in enumerate(cells):
            _put(sheet, (at, place), value, (days, moments))
    book.close()
    return file.getvalue()


def comma_separated(lines: Iterable[Iterable[Any]]) -> bytes:
    """A CSV in UTF-8 with the mark that Excel wants; None is empty, and a text like a formula gets an apostrophe."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(map(_tame, line) for line in lines)
    return file.getvalue().encode("utf-8-sig")


def _tame(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _put(sheet: object, where: tuple[int, int], value: Cell, formats: tuple[Format, Format]) -> None:
    days, moments = formats
    write = sheet.write_datetime if isinstance(value, date) else sheet.write_number  # type: ignore[attr-defined]
    if isinstance(value, datetime):
        write(*where, value.replace(tzinfo=None), moments)
    elif isinstance(value, date):
        write(*where, value, days)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        write(*where, value)
    elif value not in (None, ""):
        sheet.write_string(*where, str(value))  # type: ignore[attr-defined]


def _workbook(content: bytes, reader: apart.Pool, *, most: int, merged: bool = False) -> Sheet:
    try:
        found = reader.call(content, most=most, merged=merged)
    except apart.Overrun as error:
        raise Invalid(NOT_READ) from error
    if found == workbook.LOCKED:
        raise Invalid("Tệp này đặt mật khẩu. Hãy bỏ mật khẩu rồi gửi lại.")
    if found["count"] > most:
        raise too_long(found["count"], most)
    rows = found.pop("rows")
    for at, said in enumerate(rows):
        rows[at] = said.encode()
    return Sheet(found["name"], _within(rows, most, read_line))


def line(said: Sequence[Any]) -> bytes:
    """A row for `read_line`: of cells as `core/workbook.py` says them."""
    return json.dumps(said, ensure_ascii=False).encode()


def read_line(line: bytes) -> list[Cell]:
    return [_read(value) for value in json.loads(line)]


def _read(value: Any) -> Cell:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["at"]) if "at" in value else date.fromisoformat(value["day"])
    found: Cell = value
    return found


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 as Excel writes them; else the old Vietnamese code page, which takes nearly any byte."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        found = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        found = content.decode("cp1258", errors="replace")
    if "\x00" in found:
        raise Invalid(NOT_READ)
    return found


def _separated(typed: str, most: int) -> list[Row]:
    """Rows of a text; the separator is the one of tab, semicolon and comma that its first lines hold most."""
    start = typed[:10_000]
    separator = max("\t;,", key=start.count)
    rows: list[Row] = []
    try:
        for cells in csv.reader(io.StringIO(typed, newline=""), delimiter=separator):
            rows.append([one.strip() for one in cells])
            if len(rows) > most + HEADER_WITHIN:
                raise too_long(typed.rstrip().count("\n") + 1, most)
    except csv.Error as error:
        raise Invalid(NOT_READ) from error
    return rows


def _within(rows: list[Any], most: int, read: Callable[[Any], Row] = list) -> list[Any]:
    """These rows, without empty ones at the end. `read`: the cells of one."""
    while rows and not any(text(value) for value in read(rows[-1])):
        rows.pop()
    if not rows:
        raise Invalid("Danh sách chưa có dòng nào.")
    if len(rows) > most:
        raise too_long(len(rows), most)
    return rows


def too_long(found: int, most: int) -> Invalid:
    return Invalid(
        "Danh sách có %(found)s dòng, nhiều nhất là %(most)s. Hãy chia thành nhiều tệp.", found=found, most=most
    )
