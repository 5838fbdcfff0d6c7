"""What is typed about units: where one looks, what one is, how one changes. Units are named by code or name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from lms_app.core.typed import chosen_id, day, line
from lms_app.organisations.kinds import KINDS
from lms_app.organisations.models import ABOLISH, BEGINNING, MERGE, MOVE, RENAME, SPLIT
from lms_app.organisations.service.units import LONGEST_CODE

LONGEST = 300
MOST_LINES = 200
EARLIEST = 1900
NO_DAY = "Ghi ngày, ví dụ 01/07/2025."
NO_CODE = "Ghi mã đơn vị, không có dấu cách, nhiều nhất 45 ký tự, không có ký tự @."
NO_NAME = "Ghi tên đơn vị, nhiều nhất 300 ký tự."
NO_KIND = "Chọn một loại trong danh sách."
NO_ACT = "Ghi số, ngày của văn bản, nhiều nhất 300 ký tự. Ví dụ: Nghị quyết số 202/2025/QH15 ngày 12/6/2025."

CHANGES = {
    RENAME: "Đổi tên",
    MOVE: "Chuyển sang đơn vị cấp trên khác",
    MERGE: "Sáp nhập với đơn vị khác",
    SPLIT: "Chia thành nhiều đơn vị",
    ABOLISH: "Giải thể",
}
"""Kind of change -> how it is called, in the order of the page."""


def is_code(typed: str) -> bool:
    return 0 < len(typed) <= LONGEST_CODE and not set(" @") & set(typed)


@dataclass(frozen=True)
class Place:
    """Where in the tree somebody looks, and at which day. `typed`: looked for in names and codes."""

    day: date
    below: UUID | None
    typed: str
    kind: str
    page: int

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> "Place":
        page = query.get("page", "")
        return cls(
            day(query.get("day", "")) or today,
            chosen_id(query.get("below", "")),
            line(query.get("q", ""), 80),
            query.get("kind", "") if query.get("kind", "") in KINDS else "",
            int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 6 else 1,  # noqa: PLR2004
        )

    @property
    def is_search(self) -> bool:
        return bool(self.typed or self.kind)


@dataclass(frozen=True)
class UnitForm:
    """A unit as typed. `parent`: code or name of the one above, "" for none; `since` None is told in `errors`."""

    code: str
    name: str
    kind: str
    parent: str
    since: date | None
    act: str
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "UnitForm":
        code, name, act = (line(form.get(one, "")) for one in ("code", "name", "act"))
        typed = line(form.get("since", ""))
        since = day(typed) if typed else BEGINNING
        errors = _named(code, name)
        if form.get("kind") not in KINDS:
            errors["kind"] = NO_KIND
        if since is None or since.year < EARLIEST:
            errors["since"] = NO_DAY
        if len(act) > LONGEST:
            errors["act"] = NO_ACT
        return cls(code, name, form.get("kind", ""), line(form.get("parent", ""), LONGEST), since, act, errors)


@dataclass(frozen=True)
class NewUnit:
    """A unit that begins with a change."""

    code: str
    name: str


@dataclass(frozen=True)
class ChangeForm:
    """A change as typed. `others`, `into` and `heirs` name units that are there; `parent` the one above the new ones.

    `begun`: the units of a split that begin; other lines of it, one word each, name units that are there (`heirs`).
    """

    kind: str
    on: date | None
    act: str
    new: NewUnit
    new_kind: str
    parent: str
    others: tuple[str, ...]
    into: str
    heirs: tuple[str, ...]
    begun: tuple[NewUnit, ...]
    errors: dict[str, str]

    @classmethod
    def read(cls, kind: str, form: Mapping[str, str]) -> "ChangeForm":
        on, act = day(form.get("on", "")), line(form.get("act", ""))
        new = NewUnit(line(form.get("code", "")), line(form.get("name", "")))
        others, heirs, parts = (_lines(form.get(one, "")) for one in ("others", "heirs", "parts"))
        begun = tuple(_new(one) for one in parts if ";" in one)
        into = line(form.get("into", ""), LONGEST)
        errors: dict[str, str] = {}
        if on is None or on.year < EARLIEST:
            errors["on"] = NO_DAY
        if not act or len(act) > LONGEST:
            errors["act"] = NO_ACT
        if kind == RENAME or (kind == MERGE and not into):
            errors |= _named(new.code, new.name)
        if kind == MERGE and not others:
            errors["others"] = "Ghi ít nhất một đơn vị cùng sáp nhập, mỗi dòng một mã."
        if kind == SPLIT:
            errors |= _split(parts, begun)
        if kind in {RENAME, MERGE, SPLIT} and form.get("new_kind") not in KINDS:
            errors["new_kind"] = NO_KIND
        return cls(
            kind, on, act, new, form.get("new_kind", ""), line(form.get("parent", ""), LONGEST), others, into,
            heirs if kind == ABOLISH else tuple(one for one in parts if ";" not in one), begun, errors,
        )  # fmt: skip


def _named(code: str, name: str) -> dict[str, str]:
    errors = {}
    if not is_code(code):
        errors["code"] = NO_CODE
    if not 0 < len(name) <= LONGEST:
        errors["name"] = NO_NAME
    return errors


def _split(parts: tuple[str, ...], begun: tuple[NewUnit, ...]) -> dict[str, str]:
    errors = {}
    if len(parts) < 2 or len(parts) > MOST_LINES:  # noqa: PLR2004 - fewer than two is no split
        errors["parts"] = "Ghi ít nhất hai đơn vị, mỗi dòng một đơn vị: mã; tên."
    elif any(not is_code(one.code) or not 0 < len(one.name) <= LONGEST for one in begun):
        errors["parts"] = "Mỗi dòng ghi mã; tên. Mã không có dấu cách, nhiều nhất 45 ký tự."
    return errors


def _new(typed: str) -> NewUnit:
    code, _, name = typed.partition(";")
    return NewUnit(code.strip(), name.strip())


def _lines(typed: str) -> tuple[str, ...]:
    """One unit a line; a tab, as sheets paste it, stands for the semicolon."""
    found = (line(one.replace("\t", ";"))[: LONGEST + 60] for one in typed.splitlines()[: MOST_LINES + 1])
    return tuple(one for one in found if one)
