"""A report as it is before it becomes a file: letterhead, tables, notes, signatures. Its words are Vietnamese.

All files of a report are made from one `Document`, so that none can say another figure than the others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import floor
from typing import Any, Self

UNKNOWN = "chưa có số liệu"
TEXT, MIDDLE, NUMBER = "text", "mid", "num"
"""How a column stands: to the left, in the middle, to the right."""


class Share(float):
    """A share, 1 for all; cut to a tenth of a percent, because 79,99% must not be shown as 80%."""

    def __new__(cls, value: float) -> Self:
        return super().__new__(cls, floor(value * 1000 + 1e-6) / 1000)

    @classmethod
    def of(cls, value: float | None) -> "Share | None":
        return None if value is None else cls(value)


Cell = str | bool | int | float | date | None
Row = Mapping[str, Cell]
"""Column's key -> what stands there. None: not known, and said so. A key that is missing: the cell stays empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """`width`: millimetres on paper; 0 for what only files for programs hold. `over`: a head above neighbours."""

    key: str
    title: str
    width: float
    stands: str = NUMBER
    over: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading ("" for none), with their subtotal."""

    title: str
    rows: tuple[Row, ...]
    total: Row | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is what machine-readable files call it."""

    name: str
    title: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    total: Row | None = None

    @property
    def printed(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.width)

    @property
    def heads(self) -> list[tuple[str, tuple[Column, ...]]]:
        """Neighbouring printed columns under their common head; a column without one stands alone."""
        found: list[tuple[str, tuple[Column, ...]]] = []
        for column in self.printed:
            if found and column.over and found[-1][0] == column.over:
                found[-1] = (column.over, (*found[-1][1], column))
            else:
                found.append((column.over, (column,)))
        return found

    @property
    def is_empty(self) -> bool:
        """Nobody entered anything: people are told that nothing is known, and no total of 0."""
        return self.total is None and not any(group.rows for group in self.groups)

    def lines(self) -> Iterator[tuple[str, str, Row]]:
        """Every row with what it is (row, subtotal or total) and its group's heading."""
        for group in self.groups:
            for row in group.rows:
                yield "row", group.title, row
            if group.total is not None:
                yield "subtotal", group.title, group.total
        if self.total is not None:
            yield "total", "", self.total


@dataclass(frozen=True, slots=True)
class About:
    """Whose report it is, and of what. `parent`, `issuer`: the lines of the issuing body. `day` is the as-of day.

    `signer`: the title under which it is signed. `made_on`: the day beside the place.
    """

    kind: str
    unit: str
    code: str
    year: int
    since: date
    day: date
    parent: str
    issuer: str
    place: str
    made_on: date
    signer: str

    @property
    def period(self) -> str:
        return f"Số liệu từ ngày {self.since:%d/%m/%Y} đến hết ngày {self.day:%d/%m/%Y}"


@dataclass(frozen=True, slots=True)
class Document:
    about: About
    title: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    """Lines below the title, before the period."""


def text(cell: Cell) -> str:
    """As it is printed: 1.284, 80,0%, 23/11/2026, Đạt; what is not known is said."""
    if cell is None:
        return UNKNOWN
    if isinstance(cell, bool):
        return "Đạt" if cell else "Chưa đạt"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, Share):
        return f"{_decimal(cell * 100, 1)}%"
    return cell if isinstance(cell, str) else _decimal(cell, 0 if cell == int(cell) else 1)


def plain(cell: Cell) -> Any:
    """As machines read it: numbers as numbers, days as yyyy-mm-dd."""
    return cell.isoformat() if isinstance(cell, date) else cell


def long_day(day: date) -> str:
    """The day beside the place, as NĐ 30/2020 writes it: small days and the first two months have two digits."""
    month = f"{day.month:02}" if day.month <= 2 else str(day.month)  # noqa: PLR2004 - January and February
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def _decimal(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))
