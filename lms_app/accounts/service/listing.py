"""A staff list as it was sent: read once, kept without what we may not keep, and handed back with what is wrong."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lms_app.accounts.forms import columns
from lms_app.core import tables
from lms_app.core.listed import Fault, no_columns, no_rows
from lms_app.core.text import fold
from lms_app.organisations.groups import DUTIES, GROUPS

MOST = 100_000
REQUIRED = ("name", "group")
KEYS = ("staff_code", "email")
UNIT = ("unit_code", "unit_name")
EITHER = " / "
REASON = "Cách sửa"


@dataclass(frozen=True)
class Listed:
    """`lines`: as in `tables.Sheet`, from what stands above the header. `dropped`: headers of columns not kept."""

    sheet: str
    header: int
    places: Mapping[str, int]
    dropped: tuple[str, ...]
    lines: list[bytes]

    @property
    def first(self) -> int:
        """The number of the first row below the header, counted from 0."""
        return self.header + 1

    def row(self, at: int) -> tables.Row:
        return tables.read_line(self.lines[at])

    def kept(self) -> bytes:
        """For `restored`: a line of JSON about the list, then one for each row."""
        return b"\n".join((tables.line([self.sheet, self.header, self.places, self.dropped]), *self.lines))


def restored(content: bytes) -> Listed:
    about, *lines = content.split(b"\n")
    sheet, header, places, dropped = json.loads(about)
    return Listed(sheet, header, places, tuple(dropped), lines)


def read(content: bytes) -> Listed:
    """Raises `Invalid` for what is no staff list, or one of too many rows."""
    sheet = tables.read_long(content, MOST + tables.HEADER_WITHIN)
    found = tables.columns([*map(tables.read_line, sheet.lines[: tables.HEADER_WITHIN])], columns.HEADERS)
    missing = [_label(name) for name in REQUIRED if name not in found.places]
    missing += [EITHER.join(map(_label, names)) for names in (UNIT, KEYS) if not set(names) & set(found.places)]
    if found.header < 0 or missing:
        raise no_columns(missing)
    if len(sheet.lines) - found.header - 1 > MOST:
        raise tables.too_long(len(sheet.lines) - found.header - 1, MOST)
    if len(sheet.lines) == found.header + 1:
        raise no_rows()
    header = tables.read_line(sheet.lines[found.header])
    dropped = _never_kept(header)
    if dropped:
        _drop(sheet.lines, dropped)
    names = tuple(tables.text(header[place]) for place in dropped)
    return Listed(sheet.name, found.header, found.places, names, sheet.lines)


def faulty(listed: Listed, faults: Mapping[int, Sequence[Fault]], sentence: Callable[..., str]) -> bytes:
    """The wrong rows with all their cells and, beside them, what to do; mended, it can be sent as it is."""
    header = [tables.text(cell) for cell in listed.row(listed.header)]
    width = max([len(header), *(len(listed.row(at - 1)) for at in faults)])
    rows = ([*_padded(listed.row(at - 1), width), _reasons(at, faults[at], sentence)] for at in sorted(faults))
    return tables.write([*_padded(header, width), sentence(REASON)], rows, title="Dòng sai")


def template(sentence: Callable[..., str]) -> bytes:
    """An empty list with our columns, and above them how to fill it in."""
    groups = "; ".join(f"{code}: {sentence(name)}" for code, name in GROUPS.items())
    duties = ", ".join(str(sentence(name)).lower() for name in DUTIES.values())
    above = (
        sentence("Mỗi người một dòng; người giữ hai vị trí thì hai dòng. Giữ nguyên dòng tiêu đề cột."),
        sentence("Bắt buộc: Họ và tên, đơn vị (mã hoặc tên), nhóm đối tượng, và mã CBCCVC hoặc email."),
        f"{groups} ({duties}).",
        sentence("Ngày ghi dạng 02/09/1985; ngày sinh có thể chỉ ghi năm. Không ghi số căn cước."),
        "",
    )
    return tables.write(list(columns.LABELS.values()), [], title="Danh sách", above=[str(line) for line in above])


def _label(name: str) -> str:
    return columns.LABELS[name]


def _never_kept(header: tables.Row) -> list[int]:
    names = {fold(name) for name in columns.NEVER_KEPT}
    return [place for place, cell in enumerate(header) if fold(tables.text(cell)).strip(" *:.") in names]


def _drop(lines: list[bytes], dropped: Sequence[int]) -> None:
    """In place, so that the list is never there twice."""
    for at, line in enumerate(lines):
        lines[at] = tables.line(["" if place in dropped else cell for place, cell in enumerate(json.loads(line))])


def _padded(cells: tables.Row, width: int) -> list[Any]:
    return [*cells, *[""] * (width - len(cells))]


def _reasons(at: int, faults: Sequence[Fault], sentence: Callable[..., str]) -> str:
    said = [f"{fault.column}: {sentence(fault.message, **fault.values)}" for fault in faults]
    return f"{sentence('Dòng %(at)s:', at=at)} {' '.join(said)}"
