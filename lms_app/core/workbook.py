"""The rows of a workbook's first visible sheet, as JSON can say them; see `core/tables.py`.

Runs apart (`core/apart.py`): a sheet with one cell in its furthest corner asks for all memory.
"""

import io
import json
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

LOCKED = "locked"


def rows(content: bytes, *, most: int, merged: bool = False) -> dict[str, Any] | str:
    """`{"name": ..., "count": how many rows, "rows": those, none when there are more than `most`}`, or `LOCKED`.

    A row is a list of cells, itself as the text of JSON, so that whoever asked need not hold all cells at once. A cell
    is a text, number or boolean, a day as `{"day": "2026-11-25"}`, a moment as `{"at": ...}`. `merged`: what a merged
    cell says stands in each row it covers, in its first column. Empty rows at the end do not count.
    """
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            for about in book.sheets_metadata:
                if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
                    sheet = book.get_sheet_by_name(about.name)
                    found = sheet.to_python(skip_empty_area=False)
                    if merged:
                        _fill_down(found, sheet.merged_cell_ranges or [])
                    while found and all(cell == "" for cell in found[-1]):
                        found.pop()
                    if found:
                        said = [_line(cells) for cells in found] if len(found) <= most else []
                        return {"name": about.name, "count": len(found), "rows": said}
    except PasswordError:
        return LOCKED
    return {"name": "", "count": 0, "rows": []}


def _fill_down(cells: list[list[Any]], ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """What lies outside the cells is passed over: a range may name a million rows."""
    for (top, left), (bottom, _right) in ranges:
        for at in range(top + 1, min(bottom + 1, len(cells))):
            if left < len(cells[at]):
                cells[at][left] = cells[top][left]


def _line(cells: list[Any]) -> str:
    return json.dumps([_said(cell) for cell in cells], ensure_ascii=False)


def _said(value: object) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value if isinstance(value, str | int | float | bool) else str(value)
