"""Lists of units as offices send them: read, compared with what is there, and added as a whole or not at all.

A list only adds. What a unit that is there already should be otherwise is a correction or a change of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from lms_app.core import audit, listed, tables
from lms_app.core.db import db
from lms_app.core.errors import Invalid
from lms_app.core.ids import new_id
from lms_app.core.listed import Cells, Fault
from lms_app.core.text import fold
from lms_app.organisations.kinds import KINDS
from lms_app.organisations.models import BEGINNING, Unit
from lms_app.organisations.queries import units as queries
from lms_app.organisations.service import units
from lms_app.organisations.service.units import Facts, said

MOST = 20_000
LABELS = {
    "code": "Mã đơn vị",
    "name": "Tên đơn vị",
    "kind": "Loại",
    "parent": "Mã đơn vị cấp trên",
    "valid_from": "Từ ngày",
    "valid_until": "Đến ngày",
    "act": "Văn bản",
}
ALSO = {
    "code": ("Mã", "Mã số"),
    "name": ("Tên", "Đơn vị", "Tên cơ quan"),
    "kind": ("Loại đơn vị", "Loại hình"),
    "parent": ("Mã cấp trên", "Đơn vị cấp trên", "Trực thuộc"),
    "valid_from": ("Ngày thành lập", "Ngày bắt đầu"),
    "valid_until": ("Ngày kết thúc",),
    "act": ("Số văn bản", "Căn cứ"),
}
REQUIRED = ("code", "name", "kind")
LONGEST = {"code": units.LONGEST_CODE, "name": 300, "act": 300, "parent": 60}
KIND_WORDS = {
    "province": ("tỉnh", "thành phố trực thuộc trung ương"),
    "grouping": ("nhóm",),
    "department": ("sở", "ban", "ngành"),
    "division": ("phòng", "phòng ban", "chi cục"),
    "district": ("huyện", "thị xã", "thành phố thuộc tỉnh", "quận"),
    "commune": ("xã", "phường", "thị trấn", "đặc khu"),
    "service": ("sự nghiệp", "trung tâm", "bệnh viện"),
    "school": ("trường",),
    "party": ("đảng", "đoàn thể", "mặt trận"),
    "enterprise": ("doanh nghiệp nhà nước", "công ty"),
}
"""What lists write beside the kinds' own names and codes."""

_KINDS = {fold(word): code for code, words in KIND_WORDS.items() for word in words} | {
    fold(word): kind.code for kind in KINDS.values() for word in (kind.code, kind.name)
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list, from 1. `parent`: the code of the unit above, "" for none; `facts` has its id later."""

    at: int
    facts: Facts
    parent: str


@dataclass
class Reading(listed.Reading):
    """`new`: in the order they can be added, those above before those below."""

    new: list[Line] = field(default_factory=list)
    known: int = 0

    def refuse(self, line: Line, wrong: Invalid) -> None:
        self.faults.append(Fault(line.at, line.facts.code, "", "", wrong.message, wrong.values))


def read(content: bytes) -> Reading:
    """What a list says, compared with what is there. Raises `Invalid` for what is no such list."""
    reading = Reading()
    lines: dict[str, Line] = {}
    for at, cells in listed.read(content, MOST, LABELS, ALSO, REQUIRED):
        _take(reading, lines, at, cells)
    _compare(reading, lines)
    reading.faults.sort(key=lambda fault: fault.at)
    return reading


def add(reading: Reading, actor: object) -> int:
    """Add what is new; how many that was. Raises `Invalid` while a row is wrong: a tree is not added in part."""
    if reading.faults:
        raise Invalid("Còn %(n)s dòng sai. Hãy sửa hết trong tệp rồi gửi lại: cây đơn vị không nhập từng phần.",
                      n=reading.wrong_rows)  # fmt: skip
    ids = {one.code: one.id for one in queries.all_units()}
    ids |= {line.facts.code: new_id() for line in reading.new}
    made = [
        Unit(
            **asdict(replace(line.facts, parent_id=ids[line.parent] if line.parent else None)), id=ids[line.facts.code]
        )
        for line in reading.new
    ]
    db.session.add_all(made)
    units.keep()
    audit.note(actor, "unit.import", "", rows=len(made))
    return len(made)


def template() -> bytes:
    """An empty list with the columns we know, and the kinds above it."""
    kinds = ", ".join(kind.name for kind in KINDS.values())
    above = ("Danh sách đơn vị. Cột bắt buộc: " + ", ".join(LABELS[name] for name in REQUIRED), "Loại: " + kinds)
    return tables.write(list(LABELS.values()), [], title="Đơn vị", above=above)


def _take(reading: Reading, lines: dict[str, Line], at: int, cells: Cells) -> None:
    code = tables.text(cells.get("code"))
    try:
        line = Line(at, _facts(cells), _text("parent", cells))
        if line.facts.code in lines:
            raise Invalid(
                "Mã %(code)s đã có ở dòng %(at)s. Mỗi mã chỉ ghi một dòng.", code=code[:60], at=lines[code].at
            )
        lines[line.facts.code] = line
    except Invalid as wrong:
        reading.faults.append(Fault(at, code[:60], "", "", wrong.message, wrong.values))


def _facts(cells: Cells) -> Facts:
    for name in REQUIRED:
        if not tables.text(cells.get(name)):
            raise Invalid("Cột %(column)s trống. Hãy ghi vào.", column=LABELS[name])
    kind = _KINDS.get(fold(tables.text(cells.get("kind"))))
    if kind is None:
        raise Invalid("Chưa hiểu loại %(typed)s. Hãy ghi một loại có trong tệp mẫu.", typed=_text("kind", cells)[:60])
    since, until = tables.day(cells.get("valid_from")), tables.day(cells.get("valid_until"))
    facts = Facts(
        code=_text("code", cells), name=_text("name", cells), kind=kind, valid_from=since or BEGINNING,
        valid_until=until, act=_text("act", cells),
    )  # fmt: skip
    units.check_life(facts)
    return facts


def _text(name: str, cells: Cells) -> str:
    found = "".join(c for c in tables.text(cells.get(name)) if c.isprintable())
    most = LONGEST.get(name, 300)
    if len(found) > most:
        raise Invalid(
            "Cột %(column)s có %(found)s ký tự, nhiều nhất là %(most)s. Hãy rút gọn.",
            column=LABELS[name], found=len(found), most=most,
        )  # fmt: skip
    return found


def _compare(reading: Reading, lines: Mapping[str, Line]) -> None:
    there = {one.code: one for one in queries.all_units()}
    codes = {one.id: one.code for one in there.values()}
    above = {one.code: codes.get(one.parent_id, "") for one in there.values()}
    above |= {line.facts.code: line.parent for line in lines.values()}
    good: dict[str, Facts] = {code: _known(one) for code, one in there.items()}
    wrong: set[str] = set()
    for line in _from_the_top(lines, above):
        try:
            facts = _checked(line, above, good, wrong)
            if line.facts.code not in there:
                reading.new.append(replace(line, facts=facts))
                good[line.facts.code] = facts
            else:
                _check_same(line, there[line.facts.code], codes)
                reading.known += 1
        except Invalid as found:
            wrong.add(line.facts.code)
            reading.refuse(line, found)


def _known(one: Any) -> Facts:
    return Facts(one.code, one.name, one.kind, one.parent_id, one.valid_from, one.valid_until, one.act)


def _checked(line: Line, above: Mapping[str, str], good: Mapping[str, Facts], wrong: set[str]) -> Facts:
    circle = _circle(line.facts.code, above)
    if circle:
        raise Invalid("Các đơn vị này nằm dưới nhau thành một vòng: %(codes)s. Hãy sửa mã cấp trên.", codes=circle)
    if not line.parent:
        return line.facts
    if line.parent in wrong:
        raise Invalid("Đơn vị cấp trên %(code)s có lỗi ở dòng của nó. Hãy sửa dòng đó trước.", code=line.parent)
    parent = good.get(line.parent)
    if parent is None:
        raise Invalid("Không có đơn vị nào mang mã cấp trên %(code)s. Hãy xem lại mã.", code=line.parent)
    facts = units.dated(line.facts, parent)
    if not units.is_within(facts, parent.valid_from, parent.valid_until):
        raise units.outside(facts, parent)
    return facts


def _check_same(line: Line, one: Any, codes: Mapping[UUID, str]) -> None:
    """What is left out in the list is not a difference."""
    facts = line.facts
    same = (
        (facts.name, one.name, LABELS["name"]),
        (facts.kind, one.kind, LABELS["kind"]),
        (line.parent or codes.get(one.parent_id, ""), codes.get(one.parent_id, ""), LABELS["parent"]),
        (facts.valid_from if facts.valid_from != BEGINNING else one.valid_from, one.valid_from, LABELS["valid_from"]),
        (facts.valid_until or one.valid_until, one.valid_until, LABELS["valid_until"]),
        (facts.act or one.act, one.act, LABELS["act"]),
    )
    for typed, kept, column in same:
        if typed != kept:
            raise Invalid(
                "Mã %(code)s đã có, với cột %(column)s là %(kept)s. Danh sách chỉ thêm đơn vị mới; hãy sửa hoặc ghi"
                " thay đổi ở trang của đơn vị.",
                code=facts.code, column=column, kept=said(kept) if isinstance(kept, date) else kept or "…",
            )  # fmt: skip


def _circle(code: str, above: Mapping[str, str]) -> str:
    """The codes of the circle that this one is part of, "" for none."""
    seen = [code]
    while above.get(seen[-1]):
        seen.append(above[seen[-1]])
        if seen[-1] == code:
            return " → ".join(seen[:8])
        if seen[-1] in seen[:-1]:
            return ""
    return ""


def _from_the_top(lines: Mapping[str, Line], above: Mapping[str, str]) -> Sequence[Line]:
    """Those above before those below, whatever the order in the list."""
    heights: dict[str, int] = {}

    def height(code: str) -> int:
        trail = []
        while code and code not in heights and code not in trail:
            trail.append(code)
            code = above.get(code, "")
        start = heights.get(code, 0)
        for step, one in enumerate(reversed(trail), 1):
            heights[one] = start + step
        return heights.get(trail[0], start) if trail else start

    return sorted(lines.values(), key=lambda line: (height(line.facts.code), line.at))
