"""A report as a workbook of Excel (a home of XlsxWriter). Texts are texts, never formulas; figures are figures."""

import io
from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from lms_app.reporting import document as report
from lms_app.reporting.document import Cell, Column, Document, Row, Table

COUNTER = 10.0
"""Width of the column of running numbers, in millimetres."""

CHARACTER = 1.95
"""Millimetres of the character by which Excel counts the width of columns."""

LETTER = 1.75
"""Millimetres that a letter of 11 pt takes on the average: Excel does not measure what is in merged cells."""

BOLD = 1.2
"""How much wider the bold letters of heads are."""

LINE = 15.0
"""Points that a line takes."""

LETTERS = {"font_name": "Times New Roman", "font_size": 11}
WHOLE, DECIMAL, PERCENT, DAY = "[$-42A]#,##0", "[$-42A]#,##0.0", "[$-42A]0.0%", "dd/mm/yyyy"
"""42A is Vietnamese: 1.234,5 wherever the reader's program follows the cell."""

ALIGNED: dict[str, dict[str, Any]] = {
    report.TEXT: {"align": "left"},
    report.MIDDLE: {"align": "center"},
    report.NUMBER: {"align": "right", "indent": 1},
}
NATION, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"


def xlsx(document: Document) -> bytes:
    """A sheet for each table, every one a whole paper of its own: letterhead, title, table, notes, signatures."""
    file, about = io.BytesIO(), document.about
    book = Workbook(
        file, {"strings_to_formulas": False, "strings_to_urls": False, "default_format_properties": LETTERS}
    )
    book.set_properties(
        {
            "title": f"{document.title}, {about.unit}, năm {about.year}",
            "subject": about.period,
            "author": about.issuer,
            "company": about.issuer,
            "created": datetime(*about.made_on.timetuple()[:3]),  # noqa: DTZ001 - the format has no zone
        }
    )
    book.set_custom_property("Language", "vi-VN", "text")
    for at, table in enumerate(document.tables, 1):
        name = f"Biểu {at}" if len(document.tables) > 1 else "Báo cáo"
        _Sheet(book, book.add_worksheet(name), document, table).write()
    book.close()
    return file.getvalue()


class _Sheet:
    """Writes one worksheet from the top; `at` is the next free row."""

    def __init__(self, book: Workbook, sheet: Worksheet, document: Document, table: Table) -> None:
        self.book, self.sheet, self.document, self.table = book, sheet, document, table
        self.columns = table.printed
        self.widths = [COUNTER, *(column.width for column in self.columns)]
        self.last = len(self.columns)
        self.at = 0
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def write(self) -> None:
        self._letterhead()
        self._title()
        first = self.at
        self._heads()
        self._page(first, self.at - 1)
        if self.table.is_empty:
            self._across(report.UNKNOWN, italic=True, border=1, align="center")
        for group in self.table.groups:
            if group.title:
                self._across(group.title, bold=True, border=1, italic=False)
            for number, row in enumerate(group.rows, 1):
                self._row(row, number)
            if group.total is not None:
                self._row(group.total, "", bold=True)
        if self.table.total is not None:
            self._row(self.table.total, "", bold=True, bg_color="#EFEFEF")
        self.at += 1
        for note in self.document.notes:
            self._across(note, size=0.9, italic=True, font_size=10)
        self._signatures()

    def _format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            whole = LETTERS | {"valign": "vcenter", "text_wrap": True}
            self.formats[key] = self.book.add_format(whole | properties)
        return self.formats[key]

    def _page(self, first: int, last: int) -> None:
        sheet = self.sheet
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.79, right=0.39, top=0.59, bottom=0.59)
        sheet.center_horizontally()
        sheet.repeat_rows(first, last)
        sheet.set_footer('&R&"Times New Roman,Regular"&10Trang &P/&N')
        sheet.hide_gridlines(2)
        for place, width in enumerate(self.widths):
            sheet.set_column(place, place, width / CHARACTER)

    def _split(self) -> int:
        """The last column of the left half of the letterhead."""
        half, so_far = sum(self.widths) * 0.45, 0.0
        for place, width in enumerate(self.widths):
            so_far += width
            if so_far >= half:
                return min(place, self.last - 1)
        return 0

    def _letterhead(self) -> None:
        about = self.document.about
        middle = self._split()
        left, right = (0, middle), (middle + 1, self.last)
        plain, bold = self._format(align="center", font_size=12), self._format(align="center", font_size=12, bold=True)
        motto = self._format(align="center", font_size=13, bold=True)
        self._halves((left, about.parent.upper(), plain), (right, NATION, bold))
        self._halves((left, about.issuer.upper(), bold), (right, MOTTO, motto))
        self._rule(left, 0.3)
        self._rule(right, 0.45)
        self.sheet.set_row(self.at, 8)
        self.at += 1
        day = f"{about.place}, {report.long_day(about.made_on)}"
        italic = self._format(align="center", font_size=12, italic=True)
        self._halves((left, "", plain), (right, day, italic))

    def _halves(self, *blocks: tuple[tuple[int, int], str, Any]) -> None:
        lines = 1
        for (first, last), text, form in blocks:
            self._merge(first, last, text, form)
            lines = max(lines, _lines(text, sum(self.widths[first : last + 1]), BOLD))
        self.sheet.set_row(self.at, (LINE + 2) * lines)
        self.at += 1

    def _rule(self, block: tuple[int, int], share: float) -> None:
        """A line under the middle of a block: a shape, since borders end where cells end."""
        pixels = [self._pixels(width) for width in self.widths]
        whole = sum(pixels[block[0] : block[1] + 1])
        length = int(whole * share)
        line = {"color": "#000000", "width": 0.75}
        place = {"x_offset": (whole - length) // 2, "y_offset": 2, "width": length, "height": 0, "object_position": 1}
        self.sheet.insert_textbox(self.at, block[0], "", {**place, "line": line, "decorative": True})

    @staticmethod
    def _pixels(width: float) -> int:
        return int(width / CHARACTER * 7 + 5)

    def _title(self) -> None:
        document = self.document
        self.sheet.set_row(self.at, 8)
        self.at += 1
        self._across(document.title.upper(), size=1.4, bold=True, font_size=14, align="center")
        for line in (*document.under, document.about.period):
            self._across(line, size=1.1, font_size=12, align="center", italic=line == document.about.period)
        if len(document.tables) > 1:
            number = document.tables.index(self.table) + 1
            self._across(f"Biểu {number}. {self.table.title}", size=1.1, bold=True, font_size=12)
        self.sheet.set_row(self.at, 8)
        self.at += 1

    def _heads(self) -> None:
        """One row of heads, or two where some have a common one above; then the numbers of the columns."""
        form = self._format(bold=True, align="center", border=1, bg_color="#F2F2F2")
        deep = any(over for over, _ in self.table.heads)
        self._head((self.at, 0, 0), "STT", form, deep=deep)
        place = 1
        for over, columns in self.table.heads:
            if over:
                self._merge(place, place + len(columns) - 1, over, form)
                for at, column in enumerate(columns, place):
                    self.sheet.write_string(self.at + 1, at, column.title, form)
            else:
                self._head((self.at, place, place), columns[0].title, form, deep=deep)
            place += len(columns)
        if deep:
            self.sheet.set_row(
                self.at, LINE * max(_lines(over, _width(columns), BOLD) for over, columns in self.table.heads)
            )
            self.at += 1
        self.sheet.set_row(self.at, LINE * max(_lines(one.title, one.width, BOLD) for one in self.columns))
        self.at += 1
        numbers = self._format(align="center", border=1, italic=True, font_size=9)
        for at in range(self.last + 1):
            self.sheet.write_string(self.at, at, f"({at + 1})", numbers)
        self.sheet.set_row(self.at, 12)
        self.at += 1

    def _head(self, where: tuple[int, int, int], text: str, form: Any, *, deep: bool) -> None:
        row, first, last = where
        if deep:
            self.sheet.merge_range(row, first, row + 1, last, text, form)
        else:
            self.sheet.write_string(row, first, text, form)

    def _row(self, row: Row, number: int | str, **look: Any) -> None:
        form = self._format(border=1, align="center", **look)
        if number:
            self.sheet.write_number(self.at, 0, int(number), form)
        else:
            self.sheet.write_blank(self.at, 0, None, form)
        for place, column in enumerate(self.columns, 1):
            self._cell(place, column, row, look)
        lines = max(_lines(self._said(row, column), column.width) for column in self.columns)
        self.sheet.set_row(self.at, LINE * lines + 2)
        self.at += 1

    @staticmethod
    def _said(row: Row, column: Column) -> str:
        return report.text(row[column.key]) if column.key in row else ""

    def _cell(self, place: int, column: Column, row: Row, look: dict[str, Any]) -> None:
        cell: Cell = row.get(column.key, "")
        align = ALIGNED[column.stands]
        if cell == "":
            self.sheet.write_blank(self.at, place, None, self._format(border=1, **look))
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            number = PERCENT if isinstance(cell, report.Share) else WHOLE if cell == int(cell) else DECIMAL
            self.sheet.write_number(self.at, place, cell, self._format(border=1, num_format=number, **look | align))
        elif isinstance(cell, str | bool) or cell is None:
            unknown = {"italic": True, "font_size": 9, "align": "center", "indent": 0} if cell is None else {}
            form = self._format(border=1, **look | align | unknown)
            self.sheet.write_string(self.at, place, report.text(cell), form)
        else:
            self.sheet.write_datetime(self.at, place, cell, self._format(border=1, num_format=DAY, **look | align))

    def _signatures(self) -> None:
        """Kept on one page with each other by their size; room is left for hand and seal."""
        middle = self._split()
        left, right = (0, middle), (middle + 1, self.last)
        self.at += 1
        bold = self._format(align="center", font_size=12, bold=True)
        how = self._format(align="center", font_size=11, italic=True)
        self._halves((left, "NGƯỜI LẬP BIỂU", bold), (right, self.document.about.signer.upper(), bold))
        self._halves((left, "(Ký, ghi rõ họ tên)", how), (right, "(Ký, ghi rõ họ tên)", how))
        self.sheet.set_row(self.at, 60)

    def _across(self, text: str, size: float = 1.0, **look: Any) -> None:
        self._merge(0, self.last, text, self._format(**look))
        self.sheet.set_row(self.at, (LINE + 1) * size * _lines(text, sum(self.widths), size))
        self.at += 1

    def _merge(self, first: int, last: int, text: str, form: Any) -> None:
        if first == last:
            self.sheet.write_string(self.at, first, text, form)
        else:
            self.sheet.merge_range(self.at, first, self.at, last, "", form)
            self.sheet.write_string(self.at, first, text, form)


def _width(columns: Sequence[Column]) -> float:
    return sum(column.width for column in columns)


def _lines(text: str, width: float, size: float = 1.0) -> int:
    """How many a text takes in so many millimetres, when its letters are `size` times as large as usual."""
    return max(ceil(len(text) * LETTER * size / width), 1)
