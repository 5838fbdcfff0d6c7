"""Reads a workbook from standard input and writes the rows of its first visible sheet as JSON; see `core/tables.py`.

Runs in a process of its own (`core/confined.py`): a sheet with one cell in its furthest corner asks for all memory.
Exit by `Locked` when a password is set. A day is written as `{"day": "2026-11-25"}`, a moment as `{"at": ...}`.
"""

import io
import json
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

LOCKED = "locked"


def main() -> None:
    try:
        print(json.dumps(_rows(sys.stdin.buffer.read()), default=_written))  # noqa: T201 - its answer
    except PasswordError:
        print(json.dumps(LOCKED))  # noqa: T201 - its answer


def _rows(content: bytes) -> list[list[Any]]:
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        for about in book.sheets_metadata:
            if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
                rows = book.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
                if any(cell != "" for cells in rows for cell in cells):
                    return rows
    return []


def _written(value: object) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, time | timedelta):
        return str(value)
    raise TypeError(type(value))


if __name__ == "__main__":
    main()
