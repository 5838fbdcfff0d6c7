"""Lists from offices: any spreadsheet, any separator, and nothing that a hostile file may take from us."""

import io
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.tables import Row
from tests.core.bombs import zip_bomb

NAMES = {"name": ["Họ và tên", "Họ tên"], "born": ["Ngày sinh"], "unit": ["Đơn vị"]}
MOST = 100


def xlsx(*rows: Row) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in rows:
        sheet.append(list(cells))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_gives_its_cells_with_days_and_numbers_as_such() -> None:
    rows = tables.read(xlsx(["Tên", "Sinh", "Số"], ["Lê Tám", date(1985, 9, 2), 12]), MOST)
    assert [tables.text(cell) for cell in rows[1]] == ["Lê Tám", "02/09/1985", "12"]
    assert tables.day(rows[1][1]) == date(1985, 9, 2)


def test_columns_are_found_below_a_letterhead_whatever_their_case_and_marks() -> None:
    rows = tables.read(xlsx(["UBND TỈNH VĨNH LONG"], [], ["STT", "HO VA TEN *", "Ngày sinh:"], [1, "Lê Tám", ""]), MOST)
    found = tables.columns(rows, NAMES)
    assert (found.header, found.places) == (2, {"name": 1, "born": 2})


def test_a_list_without_a_header_says_so() -> None:
    assert tables.columns([["Lê Tám", "02/09/1985"]], NAMES).header == -1


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("Họ tên;Đơn vị\nLê Tám;Xã An Bình".encode(), ["Lê Tám", "Xã An Bình"]),
        ('\ufeffHọ tên,Đơn vị\r\n"Lê Tám","Xã, An Bình"\r\n'.encode(), ["Lê Tám", "Xã, An Bình"]),
        ("Họ tên\tĐơn vị\nLê Tám\tXã An Bình".encode("utf-16"), ["Lê Tám", "Xã An Bình"]),
    ],
)
def test_text_files_are_read_whatever_excel_wrote(content: bytes, cells: list[str]) -> None:
    assert list(tables.read(content, MOST)[1]) == cells


def test_what_was_pasted_from_a_sheet_is_a_list() -> None:
    assert tables.pasted("7KQ4-M2XF-9TDP-H\tLê Tám\n\n", MOST) == [["7KQ4-M2XF-9TDP-H", "Lê Tám"]]


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 no workbook", b"\x00\x01\x02", b"%PDF\x00"]
)
def test_what_is_no_list_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid, match=r"Không đọc được|chưa có dòng"):
        tables.read(content, MOST)


def test_an_empty_list_says_so() -> None:
    for content in (b"", b"\n \n", xlsx([])):
        with pytest.raises(Invalid, match="chưa có dòng nào"):
            tables.read(content, MOST)


def test_a_list_that_is_too_long_is_refused_with_both_numbers() -> None:
    long: list[Row] = [[at] for at in range(MOST + 1)]
    for content in (xlsx(*long), "\n".join(str(at) for at in range(MOST + 1)).encode()):
        with pytest.raises(Invalid) as caught:
            tables.read(content, MOST)
        assert str(caught.value) == "Danh sách có 101 dòng, nhiều nhất là 100. Hãy chia thành nhiều tệp."


def test_a_file_that_is_too_large_is_not_opened() -> None:
    with pytest.raises(Invalid, match="10 MB"):
        tables.read(b"x" * (tables.LARGEST + 1), MOST)


def test_a_zip_bomb_ends_in_its_own_process() -> None:
    bomb = zip_bomb(xlsx(["a"]))
    assert len(bomb) < tables.LARGEST
    with pytest.raises(Invalid):
        tables.read(bomb, MOST)


def test_a_cell_in_the_furthest_corner_takes_no_memory_of_ours() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "a", "z"
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(Invalid):
        tables.read(file.getvalue(), MOST)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("02/9/1985", date(1985, 9, 2)),
        ("2-09-1985", date(1985, 9, 2)),
        ("1985-09-02", date(1985, 9, 2)),
        (datetime(1985, 9, 2, 7, 0), date(1985, 9, 2)),  # noqa: DTZ001 - as a sheet keeps it
        ("", None),
    ],
)
def test_days_are_read_as_offices_write_them(typed: str | datetime, meant: date | None) -> None:
    assert tables.day(typed) == meant


@pytest.mark.parametrize("typed", ["31/02/1985", "1985", "hôm qua"])
def test_what_is_no_day_says_how_to_write_one(typed: str) -> None:
    with pytest.raises(Invalid, match="02/09/1985"):
        tables.day(typed)


def test_a_written_list_holds_no_formula_and_keeps_numbers_and_days() -> None:
    content = tables.write(["Tên", "Số", "Ngày"], [["=1+1", 12, date(2026, 11, 25)], ["https://a.example", None, ""]])
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    cells = list(sheet.iter_rows(min_row=2, values_only=False))
    assert (cells[0][0].value, cells[0][0].data_type) == ("=1+1", "s")
    assert (cells[0][1].value, cells[0][2].value) == (12, datetime(2026, 11, 25))  # noqa: DTZ001 - as a sheet keeps it
    assert cells[1][0].hyperlink is None


def test_lines_stand_above_the_header() -> None:
    rows = tables.read(tables.write(["Tên"], [["Lê Tám"]], above=["Tính đến 25/11/2026"]), MOST)
    assert [tables.text(cells[0]) for cells in rows] == ["Tính đến 25/11/2026", "Tên", "Lê Tám"]
