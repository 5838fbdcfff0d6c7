"""Checking a list that a partner sends against the register: each row by its code, its serial or its name.

An officer who does not look after everybody is told by a code what anybody is told by it. A serial can be counted up
and a name be guessed, so these find only certificates of people they look after.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.certificates.forms.lookup import Lookup
from lms_app.certificates.models import UNKNOWN, VALID
from lms_app.certificates.queries import lookups
from lms_app.certificates.service.sharing import same_name
from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.ids import CODE_LENGTH, parse_code
from lms_app.core.text import clean, fold

MOST = 10_000 + tables.HEADER_WITHIN
"""Rows of a list, its letterhead and header included."""

SEVERAL = "several"
"""More than one certificate bears the name."""

HEADERS = {
    "code": (
        *("ma tra cuu", "ma giay chung nhan", "ma chung nhan", "ma xac minh", "ma gcn", "ma", "code"),
        *("verification code", "certificate code"),
    ),
    "serial": ("so hieu", "so hieu giay chung nhan", "so giay chung nhan", "so gcn", "serial", "certificate number"),
    "name": ("ho va ten", "ho ten", "ho, ten", "ho va ten hoc vien", "ten hoc vien", "full name", "name"),
    "family": ("ho", "ho dem", "ho lot", "ho va dem", "ho va ten dem", "ho va ten lot", "ho va chu dem"),
    "given": ("ten",),
}
"""Column -> what its header may be, without marks. `family` and `given` are a name cut in two, as offices often do."""

SAMPLE = 50
"""Rows that are looked at where no header says what a column holds."""

SHOWN = 3
"""Serials in a note, the newest."""

_SERIAL = re.compile(r"[^\s]+-\d{4}-\d{6}")
_NAME = re.compile(r"[^\W\d_]+(?:['’ -]+[^\W\d_]+)+")


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence with its values, translated where shown."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """What the register says of one row. `status`: of the certificate, unknown, several, or "" for a row without text.

    `typed`: code (or serial) and name as in the list. `agrees`: None where one of both is missing. `is_closed`: its
    holder shows strangers no more than the status, and the asker is one.
    """

    typed: tuple[str, str]
    status: str = ""
    issued: Row[Any] | None = None
    agrees: bool | None = None
    notes: tuple[Note, ...] = ()
    is_closed: bool = False


@dataclass(frozen=True)
class Answer:
    """`header`: the place of the header row, -1 for none. `lines` answer the rows below it, in their order."""

    rows: Sequence[tables.Row]
    header: int
    lines: Sequence[Line]


@dataclass(frozen=True)
class Within:
    """Whose staff the asker looks after: the trees of these units, on a day."""

    roots: tuple[UUID, ...]
    day: date


@dataclass(frozen=True)
class _Register:
    """What was found of a whole list, by what was asked. `closed`: ids of which no more than the status is told."""

    codes: Mapping[str, Row[Any]]
    serials: Mapping[str, Row[Any]]
    names: Mapping[str, Sequence[Row[Any]]]
    successors: Mapping[Any, str]
    closed: frozenset[UUID]


def checked(rows: Sequence[tables.Row], standing: Callable[[Row[Any]], str], within: Within | None = None) -> Answer:
    """Answer every row. `standing` gives a certificate's status today. `within`: None looks after everybody.

    Raises `Invalid` when no column holds codes, serials or names.
    """
    header, places = _columns(rows)
    asked = [_typed(cells, places) for cells in rows[header + 1 :]]
    register = _looked_up(asked, within)
    lines = [_line(typed, register, standing) for typed in asked]
    return Answer(rows, header, list(_with_repeats(lines, header + 2)))


def _with_repeats(lines: Sequence[Line], number: int) -> Iterator[Line]:
    """Note rows that name a certificate of a row above; `number` is the first line's row, counted from 1."""
    seen: dict[Any, int] = {}
    for at, line in enumerate(lines, number):
        first = seen.setdefault(line.issued.id, at) if line.issued is not None else at
        repeated = (Note("Giấy này đã có ở dòng %(row)s.", {"row": first}),) if first != at else ()
        yield replace(line, notes=(*line.notes, *repeated)) if repeated else line


def _columns(rows: Sequence[tables.Row]) -> tuple[int, dict[str, int]]:
    """Where codes and names stand: by header, else by what the cells look like."""
    named = tables.columns(rows, HEADERS)
    places = dict(named.places)
    sample = rows[named.header + 1 : named.header + 1 + SAMPLE]
    if "code" not in places and "serial" not in places:
        _guess(places, "code", sample, _is_code)
    if not places.keys() & {"name", "given"}:
        _guess(places, "name", sample, _is_name)
    if not places.keys() & {"code", "serial", "name", "given"}:
        raise Invalid(
            "Không thấy cột nào chứa mã tra cứu, số hiệu hay họ tên. Hãy đặt tên cột là “Mã tra cứu” và “Họ và tên”."
        )
    return named.header, places


def _guess(places: dict[str, int], column: str, sample: Sequence[tables.Row], fits: Callable[[str], bool]) -> None:
    """Take the column most of whose cells fit, if there is one."""
    shares = {}
    for place in range(max(map(len, sample), default=0)):
        cells = [words for cells in sample if (words := tables.text(tables.cell(cells, place)))]
        if place not in places.values() and cells:
            shares[place] = sum(map(fits, cells)) / len(cells)
    best = max(shares, key=shares.__getitem__, default=None)
    if best is not None and shares[best] > 1 / 2:
        places[column] = best


def _is_code(words: str) -> bool:
    """Also a code with a wrong character: its row must be told so. One code in a hundred has no digit, like a name."""
    letters = sum(character.isalnum() for character in words)
    is_known = any(map(str.isdecimal, words)) or (" " not in words and parse_code(words) is not None)
    return (letters == CODE_LENGTH and is_known) or _SERIAL.fullmatch(words) is not None


def _is_name(words: str) -> bool:
    return _NAME.fullmatch(words) is not None


def _typed(cells: tables.Row, places: Mapping[str, int]) -> tuple[str, str]:
    """Code or serial, and name, each "" where the row has none."""

    def at(column: str) -> str:
        return tables.text(tables.cell(cells, places.get(column)))

    return at("code") or at("serial"), at("name") or clean(f"{at('family')} {at('given')}")


def _looked_up(asked: Sequence[tuple[str, str]], within: Within | None) -> _Register:
    found = {row.code: row for row in lookups.found(lookups.BY_CODES, filter(None, (parse_code(c) for c, _ in asked)))}
    wanted = [code.upper() for code, _ in asked if _SERIAL.fullmatch(code)]
    serial_rows = list(lookups.found(lookups.BY_SERIALS, wanted))
    name_rows = list(lookups.found(lookups.BY_NAMES, _spellings(asked)))
    strange = _strange([*found.values(), *serial_rows, *name_rows], within)
    serials = {row.serial: row for row in serial_rows if row.id not in strange}
    names: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in name_rows:
        if row.id not in strange:
            names[fold(row.full_name)].append(row)
    everyone = [*found.values(), *serials.values(), *(row for rows in names.values() for row in rows)]
    next_ones = [row.replaced_by_id for row in everyone if row.replaced_by_id]
    successors = {row.id: row.serial for row in lookups.found(lookups.BY_IDS, next_ones)}
    closed = frozenset(row.id for row in found.values() if row.hidden and row.id in strange)
    return _Register(found, serials, names, successors, closed)


def _strange(rows: Iterable[Row[Any]], within: Within | None) -> frozenset[UUID]:
    """Ids of the certificates of people whom the asker does not look after."""
    if within is None:
        return frozenset()
    ids = frozenset(row.id for row in rows)
    known = lookups.found(lookups.OF_STAFF, ids, roots=list(within.roots), day=within.day)
    return ids - {row.id for row in known}


def _spellings(asked: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Names of rows without a code, as typed and as certificates spell them."""
    for code, name in asked:
        if name and not code:
            yield from (name, name.title())


def _line(typed: tuple[str, str], register: _Register, standing: Callable[[Row[Any]], str]) -> Line:
    code, name = typed
    if not code:
        return _by_name(typed, register, standing) if name else Line(typed)
    issued = register.codes.get(parse_code(code) or "") or register.serials.get(code.upper())
    if issued is None:
        asked = Lookup.read(code)
        wrong = asked.error and not _SERIAL.fullmatch(code)
        note = Note(asked.error, asked.values) if wrong else Note("Sổ không có mã hoặc số hiệu này.")
        return Line(typed, UNKNOWN, notes=(note,))
    agrees = same_name(name, issued.full_name) if name else None
    if issued.id in register.closed:
        return Line(typed, standing(issued), issued, agrees, is_closed=True)
    return Line(typed, standing(issued), issued, agrees, _said(issued, register))


def _by_name(typed: tuple[str, str], register: _Register, standing: Callable[[Row[Any]], str]) -> Line:
    found = register.names.get(fold(typed[1]), ())
    if not found:
        note = Note("Không có giấy nào mang họ tên này. Ghi họ tên đủ dấu, hoặc thêm mã tra cứu.")
        return Line(typed, UNKNOWN, notes=(note,))
    if len(found) > 1:
        serials = ", ".join(row.serial for row in found[-SHOWN:]) + (" …" if len(found) > SHOWN else "")
        note = Note(
            "Có %(n)s giấy mang họ tên này: %(serials)s. Thêm mã tra cứu để biết giấy nào.",
            {"n": len(found), "serials": serials},
        )
        return Line(typed, SEVERAL, notes=(note,))
    note = Note("Tìm theo họ tên; có thể là người khác cùng họ tên.")
    return Line(typed, standing(found[0]), found[0], notes=(note, *_said(found[0], register)))


def _said(issued: Row[Any], register: _Register) -> tuple[Note, ...]:
    """Why a certificate counts no longer, and what follows it."""
    notes = []
    if issued.status != VALID and issued.revoked_reason:
        notes.append(Note("Lý do: %(reason)s.", {"reason": issued.revoked_reason.rstrip(".")}))
    if issued.replaced_by_id in register.successors:
        notes.append(Note("Được thay bằng số %(serial)s.", {"serial": register.successors[issued.replaced_by_id]}))
    return tuple(notes)
