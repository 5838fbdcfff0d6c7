"""The rows of a workbook's first visible sheet, as JSON can say them; see `core/tables.py`.

Runs apart (`core/apart.py`): a sheet with one cell in its furthest corner asks for all memory.
"""

import io
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

LOCKED = "locked"


def rows(content: bytes) -> list[list[Any]] | str:
    """Each cell a text, number or boolean, a day as `{"day": "2026-11-25"}`, a moment as `{"at": ...}`; or `LOCKED`."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            for about in book.sheets_metadata:
                if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
                    found = book.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
                    if any(cell != "" for cells in found for cell in cells):
                        return [[_said(cell) for cell in cells] for cells in found]
    except PasswordError:
        return LOCKED
    return []


def _said(value: object) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value if isinstance(value, str | int | float | bool) else str(value)
