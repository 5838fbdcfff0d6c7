"""The files of a report: one document, four files, the same figures; a paper as the state writes it."""

import csv
import io
import json
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pypdf import PdfReader

from lms_app.core import tables
from lms_app.reporting import exports, sheets
from lms_app.reporting.document import UNKNOWN, About, Document, Share, long_day, text
from lms_app.reporting.service.coverage_report import Section
from lms_app.reporting.service.plan_report import plan_document
from lms_app.reporting.service.yearly_report import Content, Year, moha_document, most_document
from tests.reporting import papers


def year(units: int = 4) -> Year:
    whole = papers.by_group(units)
    return Year([Section("Xã, phường", whole)], whole, papers.INDICATORS)


def moha() -> Document:
    course = Content("cc-01", "Kỹ năng số cơ bản", persons=820, turns=1290, periods=7200)
    return moha_document(year(), {(papers.ASKED.unit_id, False, ""): 7200}, [course], papers.ABOUT)


def most() -> Document:
    run = SimpleNamespace(
        title="Ngày hội số", unit="Xã An Bình", since=date(2026, 10, 10), until=None, channel="Loa", reach=None, act=""
    )
    members = SimpleNamespace(kind="expert", sector="Y tế", members=3, units=2)
    return most_document(year(), [run], [members], papers.ABOUT)


def plans() -> Document:
    states = ("approved", "approved", "draft", None)
    found = [
        SimpleNamespace(
            code=f"u{at}", name=name, status=state, number="12/KH-UBND", signed_on=date(2026, 2, 3), title="Kế hoạch"
        )
        for at, (name, state) in enumerate(zip(papers.NAMES, states, strict=True))
    ]
    return plan_document(found, papers.ABOUT)


MADE = {"coverage": papers.coverage, "moha": moha, "most": most, "plan": plans}


def sheet(document: Document) -> Worksheet:
    return load_workbook(io.BytesIO(sheets.xlsx(document))).worksheets[0]


def cells(found: Worksheet) -> dict[Any, Any]:
    """Value of a cell -> the cell; the last one where several hold the same."""
    return {cell.value: cell for line in found.iter_rows() for cell in line if cell.value is not None}


def row_of(found: Worksheet, name: str) -> list[Any]:
    at = cells(found)[name].row
    return [cell.value for cell in found[at]]


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_a_sheet_holds_figures_as_figures_with_vietnamese_formats(app: Flask) -> None:
    found = sheet(papers.coverage())
    row = found[cells(found)["Xã An Bình"].row]
    assert [cell.value for cell in row[:5]] == [1, "Xã An Bình", 1000, 800, 0.8]
    assert [cell.data_type for cell in row[2:5]] == ["n", "n", "n"]
    assert [cell.number_format for cell in row[2:5]] == ["[$-42A]#,##0", "[$-42A]#,##0", "[$-42A]0.0%"]
    assert {cell.font.name for line in found.iter_rows() for cell in line if cell.value} == {"Times New Roman"}


def test_a_sheet_begins_with_both_blocks_of_the_letterhead_and_ends_with_signatures(app: Flask) -> None:
    found = sheet(papers.coverage())
    there = cells(found)
    left, right = there["ỦY BAN NHÂN DÂN TỈNH VĨNH LONG"], there["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]
    merged = {str(area) for area in found.merged_cells.ranges}
    assert (left.coordinate, left.font.bold, right.row, right.font.bold) == ("A1", False, 1, True)
    assert {area.split(":")[0] for area in merged} >= {left.coordinate, right.coordinate}
    assert there["SỞ KHOA HỌC VÀ CÔNG NGHỆ"].font.bold
    assert there["Độc lập - Tự do - Hạnh phúc"].font.bold
    assert there["Vĩnh Long, ngày 03 tháng 02 năm 2026"].font.italic
    title = there["BÁO CÁO ĐỘ PHỦ ĐÀO TẠO, BỒI DƯỠNG VỀ CHUYỂN ĐỔI SỐ"]
    assert (title.font.bold, title.alignment.horizontal) == (True, "center")
    assert there["NGƯỜI LẬP BIỂU"].row == there["THỦ TRƯỞNG ĐƠN VỊ"].row > there["Tổng cộng"].row
    assert there["(Ký, ghi rõ họ tên)"].row == there["NGƯỜI LẬP BIỂU"].row + 1


def test_a_sheet_prints_on_a4_across_one_page_wide_with_heads_on_each(app: Flask) -> None:
    found = sheet(papers.coverage())
    setup = found.page_setup
    assert (setup.orientation, setup.paperSize, setup.fitToHeight) == ("landscape", 9, 0)
    assert found.sheet_properties.pageSetUpPr.fitToPage
    head = cells(found)["STT"].row
    assert found.print_title_rows == f"${head}:${head + 2}"
    assert found.oddFooter.right.text == "Trang &P/&N"


def test_a_workbook_says_what_it_is_and_in_which_language(app: Flask) -> None:
    book = load_workbook(io.BytesIO(sheets.xlsx(papers.coverage())))
    assert book.properties.title == "Báo cáo độ phủ đào tạo, bồi dưỡng về chuyển đổi số, Tỉnh Vĩnh Long, năm 2026"
    assert book.properties.creator == "Sở Khoa học và Công nghệ"
    assert book.custom_doc_props["Language"].value == "vi-VN"


def separated(document: Document) -> io.StringIO:
    return io.StringIO(tables.comma_separated(exports.flat(document)).decode("utf-8-sig"))


@pytest.mark.parametrize("kind", MADE)
def test_no_cell_is_a_formula_or_a_link_whatever_a_unit_is_called(app: Flask, kind: str) -> None:
    for found in load_workbook(io.BytesIO(sheets.xlsx(MADE[kind]()))).worksheets:
        assert not [cell for line in found.iter_rows() for cell in line if cell.data_type == "f" or cell.hyperlink]
    assert not [cell for row in csv.reader(separated(MADE[kind]())) for cell in row if cell.startswith(tables.FORMULA)]


def test_a_unit_named_like_a_formula_keeps_its_name(app: Flask) -> None:
    document = papers.coverage()
    assert cells(sheet(document))[papers.FORMULA].data_type == "s"
    assert f"'{papers.FORMULA}" in separated(document).getvalue()
    assert papers.FORMULA in [row["name"] for row in exports.machine(document)["tables"][0]["rows"]]


def test_the_total_is_the_sum_of_the_rows(app: Flask) -> None:
    document = papers.coverage(12)
    found = sheet(document)
    rows = [[cell.value for cell in line] for line in found.iter_rows()]
    inside = [row for row in rows if isinstance(row[0], int)]
    last = row_of(found, "Tổng cộng")
    assert len(inside) == 12
    for column in (2, 3, 11, 12, 14, 15):
        assert last[column] == sum(row[column] for row in inside if isinstance(row[column], int))


def test_what_is_not_known_is_said_to_people_and_empty_for_programs(app: Flask) -> None:
    document = papers.coverage()
    unknown = row_of(sheet(document), "Phường Tân Hội")
    assert (unknown[2], unknown[3], unknown[4]) == (UNKNOWN, 821, UNKNOWN)
    row = exports.machine(document)["tables"][0]["rows"][3]
    assert (row["headcount"], row["share"], row["trained"]) == (None, None, 821)
    listed = list(csv.DictReader(separated(document)))[3]
    assert (listed["headcount"], listed["share"], listed["trained"]) == ("", "", "821")
    assert UNKNOWN in words(exports.paper(document))
    assert "1 trong 4 đơn vị chưa có số liệu biên chế" in words(exports.paper(document))


def test_an_empty_cell_is_not_called_unknown(app: Flask) -> None:
    rows = exports.machine(most())["tables"][0]["rows"]
    experts = next(row for row in rows if row["code"] == "K3")
    assert (experts["have"], experts["target"], experts["met"]) == (3, None, None)
    assert row_of(sheet(most()), "Chuyên gia")[6:11] == [None, None, None, None, None]


def test_a_share_is_cut_and_not_rounded_so_that_no_target_seems_met(app: Flask) -> None:
    assert (text(Share(0.7999)), text(Share(0.8)), text(Share(0.788))) == ("79,9%", "80,0%", "78,8%")
    row = next(row for row in exports.machine(most())["tables"][0]["rows"] if row["code"] == "K2")
    assert (row["have"], row["out_of"], row["share"], row["target"], row["met"]) == (799, 1000, 0.799, 0.8, False)


def test_figures_and_days_are_printed_as_vietnamese_write_them() -> None:
    assert (text(1284), text(12.5), text(None), text(date(2026, 11, 23))) == ("1.284", "12,5", UNKNOWN, "23/11/2026")
    assert long_day(date(2026, 11, 5)) == "ngày 05 tháng 11 năm 2026"
    assert long_day(date(2026, 3, 15)) == "ngày 15 tháng 3 năm 2026"


def test_the_paper_is_tagged_and_holds_letterhead_title_figures_and_page_numbers(app: Flask) -> None:
    content = exports.paper(papers.coverage(60))
    reader = PdfReader(io.BytesIO(content))
    said = words(content)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.trailer["/Root"]["/Lang"] == "vi"  # type: ignore[index]
    assert len(reader.pages) > 1
    assert round(float(reader.pages[0].mediabox.width) / 72 * 25.4) == 297
    for words_of_it in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "BÁO CÁO ĐỘ PHỦ ĐÀO TẠO, BỒI DƯỠNG VỀ CHUYỂN ĐỔI SỐ",
        "Số liệu từ ngày 01/01/2026 đến hết ngày 23/11/2026",
        f"Trang 1/{len(reader.pages)}",
        "NGƯỜI LẬP BIỂU",
        "(Ký, ghi rõ họ tên, đóng dấu)",
    ):
        assert words_of_it in said
    heads = [page for page in reader.pages if "STT" in page.extract_text()]
    assert len(heads) >= len(reader.pages) - 1


def test_every_vietnamese_letter_arrives_in_sheet_and_paper(app: Flask) -> None:
    document = papers.coverage()
    assert papers.ALPHABET in cells(sheet(document))
    said = words(exports.paper(document)).replace(" ", "")
    assert not [letter for letter in papers.ALPHABET.replace(" ", "") if letter not in said]


@pytest.mark.parametrize("kind", MADE)
def test_the_four_files_agree_figure_by_figure(app: Flask, kind: str) -> None:
    document = MADE[kind]()
    files = exports.files(document)
    assert set(files) == set(exports.ENDINGS)
    machine = json.loads(files["json"])
    listed = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    rows = [row for table in machine["tables"] for row in table["rows"]]
    assert len(listed) == len(rows)
    for from_json, from_csv in zip(rows, listed, strict=True):
        for key, value in from_json.items():
            said_plainly = "" if value is None else str(exports.written(value))
            assert from_csv[key].removeprefix("'") == said_plainly, key
    book = load_workbook(io.BytesIO(files["xlsx"]))
    said = words(files["pdf"]).replace(" ", "")
    for found, table in zip(book.worksheets, document.tables, strict=True):
        held = [["" if cell.value is None else cell.value for cell in line[1:]] for line in found.iter_rows()]
        for _, _, row in table.lines():
            printed = [row.get(column.key, "") for column in table.printed]
            assert [_in_sheet(cell) for cell in printed] in held
            assert all(text(cell).replace(" ", "") in said for cell in printed if isinstance(cell, int | float))


def _in_sheet(cell: Any) -> Any:
    if cell is None or isinstance(cell, bool):
        return text(cell)
    return cell if not isinstance(cell, date) else datetime.combine(cell, time.min)


def test_a_csv_opens_in_excel_with_its_letters_and_has_machine_headers(app: Flask) -> None:
    content = exports.files(papers.coverage())["csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    header = content.decode("utf-8-sig").splitlines()[0].split(",")
    assert header[:5] == ["table", "row", "group", "code", "name"]
    assert {"ld_headcount", "ct_share", "cc_trained", "turns", "overdue", "gap", "target"} <= set(header)


def test_a_json_says_of_what_and_of_when_it_is(app: Flask) -> None:
    found = exports.machine(papers.coverage())
    assert {key: found[key] for key in ("kind", "year", "since", "as_of", "unit")} == {
        "kind": "coverage",
        "year": 2026,
        "since": "2026-01-01",
        "as_of": "2026-11-23",
        "unit": {"code": "vl", "name": "Tỉnh Vĩnh Long"},
    }


def test_units_below_a_heading_have_a_subtotal(app: Flask) -> None:
    rows = exports.machine(moha())["tables"][0]["rows"]
    assert [row["row"] for row in rows] == ["row"] * 4 + ["subtotal", "total"]
    assert rows[4]["trained"] == sum(row["trained"] for row in rows[:4])
    assert rows[5]["periods"] == 7200


def test_the_paper_claims_no_official_form_and_names_the_duty(app: Flask) -> None:
    assert "đây không phải biểu mẫu do bộ, ngành ban hành" in words(exports.paper(moha()))
    assert "trước ngày 31/01 năm sau" in words(exports.paper(moha()))
    assert "trước ngày 15/12" in words(exports.paper(most()))


def test_plans_are_listed_with_their_gaps(app: Flask) -> None:
    said = words(exports.paper(plans()))
    assert "Chưa có kế hoạch: 1 cơ quan, đơn vị" in said
    assert "Có kế hoạch được phê duyệt: 2 trong 4 50,0%" in said


def test_the_page_shows_the_first_rows_as_they_are_printed(app: Flask) -> None:
    table = exports.preview(papers.coverage(30))["tables"][0]
    assert (len(table["rows"]), table["left"]) == (20, 11)
    assert table["rows"][0]["cells"][:4] == ["Xã An Bình", "1.000", "800", "80,0%"]


def test_a_report_of_nothing_is_still_a_paper(app: Flask) -> None:
    about: About = papers.ABOUT
    assert "Có kế hoạch được phê duyệt: 0 trong 0" in words(exports.paper(plan_document([], about)))


def test_a_table_that_nobody_filled_in_says_that_nothing_is_known(app: Flask) -> None:
    document = most_document(year(), [], [], papers.ABOUT)
    assert [(table["name"], table["rows"]) for table in exports.machine(document)["tables"][2:]] == [
        ("campaigns", []),
        ("network", []),
    ]
    for found in load_workbook(io.BytesIO(sheets.xlsx(document))).worksheets[2:]:
        assert UNKNOWN in cells(found)
    after = words(exports.paper(document)).split("Biểu 3.")[1]
    assert after.replace(f"{UNKNOWN} biên chế", "").count(UNKNOWN) == 2
