"""Headcounts of many units from one list: read, compared with what is there, and told row by row what is wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from lms_app.core import listed, tables
from lms_app.core.errors import Invalid
from lms_app.core.listed import Cells, Fault
from lms_app.core.text import clean
from lms_app.organisations.kinds import STAFFED
from lms_app.organisations.queries import headcounts, reached
from lms_app.organisations.service.headcounts import LONGEST_SOURCE, NUMBERS, Said, past, whole

MOST = 5000
MOST_DAYS = 50
"""Different days in one list: whose unit it is, is asked once for each."""

LABELS = {
    "code": "Mã đơn vị",
    "name": "Tên đơn vị",
    "ld": "Lãnh đạo, quản lý",
    "ct": "Cán bộ CNTT, chuyển đổi số",
    "cc": "Công chức, viên chức, người lao động",
    "on": "Số liệu đến ngày",
    "source": "Nguồn",
}
ALSO = {"code": ("Mã",), "name": ("Đơn vị",), "ld": ("LD",), "ct": ("CT",), "cc": ("CC",), "on": ("Ngày",)}
REQUIRED = ("code", *NUMBERS, "on", "source")
NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
NO_UNIT = "Không có đơn vị nào mang mã này trong phạm vi anh chị phụ trách vào ngày đó. Hãy lấy mã từ tệp mẫu."
TWICE = "Đơn vị này có số khác cho cùng ngày ở dòng %(others)s. Hãy giữ lại một dòng."


@dataclass(frozen=True, slots=True)
class Record:
    """One right line. `at`: its row in the file, from 1. `state`: new, changed or unchanged."""

    at: int
    code: str
    said: Said
    state: str = NEW


@dataclass
class Reading(listed.Reading):
    records: list[Record] = field(default_factory=list)
    empty: int = 0
    """Rows whose three numbers are all empty, as the template has them: not known yet, and left so."""

    def of(self, *states: str) -> list[Record]:
        return [record for record in self.records if record.state in states]


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose list it is: the tops of the trees they look after, and today in their zone."""

    roots: tuple[UUID, ...]
    today: date


def read(content: bytes, asker: Asker) -> Reading:
    """What a list says, compared with what is there. Raises `Invalid` for what is no such list."""
    return _read(listed.read(content, MOST, LABELS, ALSO, REQUIRED), asker)


def template(roots: Sequence[UUID], today: date) -> bytes:
    """The list to fill in: every unit in reach that has staff, with today as the day."""
    above = ("Biên chế theo đơn vị. Ghi ba số và nguồn; dòng để trống cả ba số được bỏ qua. Giữ nguyên mã đơn vị.",)
    units = reached.of_kinds(STAFFED, roots, today)
    lines = ((unit.code, unit.name, None, None, None, today, None) for unit in units)
    return tables.write(list(LABELS.values()), lines, title="Biên chế", above=above)


def faulty(reading: Reading, sentence: Callable[..., str]) -> bytes:
    """The wrong cells as a list; `sentence` puts a message and its values into words."""
    return listed.faulty(reading.faults, "Đơn vị", sentence)


def _read(lines: Sequence[tuple[int, Cells]], asker: Asker) -> Reading:
    reading = Reading()
    units = _units(lines, asker)
    for at, cells in lines:
        if not any(tables.text(cells.get(name)) for name in NUMBERS):
            reading.empty += 1
        else:
            _take(reading, at, cells, asker, units)
    _compare(reading)
    return reading


def _units(lines: Sequence[tuple[int, Cells]], asker: Asker) -> dict[date, dict[str, UUID]]:
    """Day -> code in lower case -> unit in reach on it."""
    days = set(filter(None, (_day_or_none(cells.get("on")) for _at, cells in lines)))
    if len(days) > MOST_DAYS:
        raise Invalid("Danh sách có hơn 50 ngày khác nhau ở cột Số liệu đến ngày. Hãy chia thành nhiều tệp.")
    return {
        on: {unit.code.casefold(): unit.id for unit in reached.of_kinds(STAFFED, asker.roots, on)}
        for on in days
        if on <= asker.today
    }


def _day_or_none(cell: tables.Cell) -> date | None:
    try:
        return tables.day(cell)
    except Invalid:
        return None


def _take(
    reading: Reading,
    at: int,
    cells: Cells,
    asker: Asker,
    units: Mapping[date, Mapping[str, UUID]],
) -> None:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    code = clean(tables.text(cells.get("code")))
    for column in (*NUMBERS, "on", "source"):
        try:
            values[column] = _value(column, cells.get(column), asker.today)
        except Invalid as wrong:
            typed = tables.text(cells.get(column))[:60]
            faults.append(Fault(at, code[:60], LABELS[column], typed, wrong.message, wrong.values))
    unit_id = units.get(values.get("on", asker.today), {}).get(code.casefold())
    if unit_id is None and "on" in values:
        faults.append(Fault(at, code[:60], LABELS["code"], code[:60], NO_UNIT, {}))
    if unit_id and not faults:
        reading.records.append(Record(at, code, Said(unit_id=unit_id, **values)))
    reading.faults += faults


def _value(column: str, cell: tables.Cell, today: date) -> Any:
    if column in NUMBERS:
        return whole(tables.text(cell))
    return past(tables.day(cell), today) if column == "on" else _source(tables.text(cell))


def _source(typed: str) -> str:
    if not typed:
        raise Invalid("Ghi nguồn của số liệu: quyết định, hoặc văn bản kê khai của đơn vị.")
    if len(typed) > LONGEST_SOURCE:
        raise Invalid(
            "Ô này có %(found)s ký tự, nhiều nhất là %(most)s. Hãy rút gọn.", found=len(typed), most=LONGEST_SOURCE
        )
    return typed


def _compare(reading: Reading) -> None:
    """Drop rows that say the same twice, refuse all that contradict each other, and tell new from known."""
    known = headcounts.said({record.said.unit_id for record in reading.records})
    alike: dict[tuple[UUID, date], list[Record]] = {}
    for record in reading.records:
        alike.setdefault((record.said.unit_id, record.said.on), []).append(record)
    reading.records = []
    for key, records in alike.items():
        if len({record.said.figures for record in records}) > 1:
            reading.faults += _contradictions(records)
        else:
            reading.records.append(replace(records[0], state=_state(records[0].said, known.get(key))))
    reading.faults.sort(key=lambda fault: fault.at)


def _state(said: Said, before: tuple[int, int, int, str] | None) -> str:
    if before is None:
        return NEW
    return UNCHANGED if before == said.figures else CHANGED


def _contradictions(records: Sequence[Record]) -> Iterator[Fault]:
    for record in records:
        others = ", ".join(str(one.at) for one in records if one.at != record.at)
        yield Fault(record.at, record.code[:60], LABELS["code"], record.code[:60], TWICE, {"others": others})
