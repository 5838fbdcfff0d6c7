"""Lists of rows that offices send: the rows below a known header, and what is wrong with their cells."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms_app.core import tables
from lms_app.core.errors import Invalid

Cells = Mapping[str, tables.Cell]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: a sentence with its `values`. `at`: the row in the file, from 1.

    `name`: whose row; `typed`: the cell. `column` and both are "" where there is nothing to say.
    """

    at: int
    name: str
    column: str
    typed: str
    message: str
    values: Mapping[str, Any]


@dataclass
class Reading:
    """What a list says; each list adds its own."""

    faults: list[Fault] = field(default_factory=list)

    @property
    def wrong_rows(self) -> int:
        return len({fault.at for fault in self.faults})


def read(
    content: bytes,
    most: int,
    labels: Mapping[str, str],
    also: Mapping[str, Sequence[str]],
    required: Collection[str],
) -> list[tuple[int, Cells]]:
    """Every row that says something, with its number in the file, from 1. Columns are found by `labels` and `also`.

    Raises `Invalid` for what is no such list: see `tables.read`; and without a required column, or without rows.
    """
    rows = tables.read(content, most)
    found = tables.columns(rows, {name: (label, *also.get(name, ())) for name, label in labels.items()})
    missing = [labels[name] for name in required if name not in found.places]
    if missing:
        raise no_columns(missing)
    lines: list[tuple[int, Cells]] = [
        (at, {name: tables.cell(cells, place) for name, place in found.places.items()})
        for at, cells in enumerate(rows[found.header + 1 :], found.header + 2)
        if any(tables.text(cell) for cell in cells)
    ]
    if not lines:
        raise no_rows()
    return lines


def no_columns(missing: Sequence[str]) -> Invalid:
    return Invalid(
        "Chưa tìm thấy cột %(missing)s ở 20 dòng đầu. Hãy dùng tệp mẫu, giữ nguyên dòng tiêu đề cột.",
        missing=", ".join(missing),
    )


def no_rows() -> Invalid:
    return Invalid("Danh sách chưa có dòng nào dưới dòng tiêu đề cột.")


def faulty(faults: Sequence[Fault], whose: str, sentence: Callable[..., str]) -> bytes:
    """The wrong cells as a list. `whose`: the header above names; `sentence` puts a message and values into words."""
    rows = (
        (fault.at, fault.name, fault.column, fault.typed, sentence(fault.message, **fault.values)) for fault in faults
    )
    return tables.write(("Dòng", whose, "Cột", "Giá trị trong tệp", "Cách sửa"), rows, title="Dòng sai")
