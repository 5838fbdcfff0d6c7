"""Headcounts of many units from one list: looked at before anything is written, never doubled, nobody's neighbour."""

import io
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from lms_app.core import tables
from lms_app.core.db import db
from lms_app.core.errors import Invalid
from lms_app.organisations.models import Headcount
from lms_app.organisations.service import headcount_lists
from lms_app.organisations.service.headcount_lists import CHANGED, LABELS, NEW, UNCHANGED, Asker, Reading
from tests.reporting.planning import CHIEF, OFFICER, Place, sheet
from tests.web import Browser, Page

SOURCE = "QĐ giao biên chế 2026"
HEADER = tuple(LABELS.values())
NOW = date(2026, 11, 26)


def line(unit: str = "AB", ld: Any = 2, ct: Any = 1, cc: Any = 9, on: Any = "01/01/2026", source: Any = SOURCE) -> Any:
    return [unit, "Tên ghi cho người đọc", ld, ct, cc, on, source]


def a_list(*lines: Any, header: tuple[str, ...] = HEADER) -> bytes:
    return tables.write(header, lines)


def read(root: UUID, *lines: Any) -> Reading:
    return headcount_lists.read(a_list(*lines), Asker((root,), NOW))


def send(web: Browser, content: bytes) -> Page:
    return web.get("/hr/headcounts/import").submit("/check", list=(io.BytesIO(content), "bien-che.xlsx"))


def stored() -> list[tuple[int, int, int, str]]:
    db.session.rollback()
    return [(one.ld, one.ct, one.cc, one.source) for one in db.session.query(Headcount).order_by(Headcount.cc)]


def test_nothing_is_written_before_it_was_looked_at_and_confirmed(place: Place) -> None:
    chief = place.browser(CHIEF)
    page = send(chief, a_list(line(), line("bp", cc=20), line("MN", "", "", "")))
    assert "Chưa có gì được ghi vào hệ thống" in page.text
    assert stored() == []
    done = page.submit("/import")
    assert "Đã ghi biên chế ở 2 dòng" in done.text
    assert stored() == [(2, 1, 9, SOURCE), (2, 1, 20, SOURCE)]


def test_the_same_list_again_changes_nothing(place: Place) -> None:
    chief = place.browser(CHIEF)
    send(chief, a_list(line(), line("BP"))).submit("/import")
    again = send(chief, a_list(line(), line("BP")))
    assert "Không có dòng mới nào để nhập" in again.text
    reading = read(place.province.id, line(), line("BP", cc=10), line("MN"))
    assert [record.state for record in reading.records] == [UNCHANGED, CHANGED, NEW]
    mended = send(chief, a_list(line(cc=10))).submit("/import")
    assert "Đã ghi biên chế ở 1 dòng" in mended.text
    assert stored() == [(2, 1, 9, SOURCE), (2, 1, 10, SOURCE)]


def test_confirming_twice_or_after_another_list_imports_nothing_unseen(place: Place) -> None:
    chief = place.browser(CHIEF)
    page = send(chief, a_list(line()))
    send(chief, a_list(line(cc=99)))
    assert page.submit("/import").status == 409
    seen = send(chief, a_list(line()))
    seen.submit("/import")
    assert seen.submit("/import").status == 409
    assert stored() == [(2, 1, 9, SOURCE)]


@pytest.mark.parametrize(
    ("wrong", "column", "said"),
    [
        (line("KHONG-CO"), "Mã đơn vị", "Không có đơn vị nào mang mã này trong phạm vi"),
        (line(""), "Mã đơn vị", "Không có đơn vị nào mang mã này trong phạm vi"),
        (line("VL"), "Mã đơn vị", "Không có đơn vị nào mang mã này trong phạm vi"),
        (line(ld=-1), "Lãnh đạo, quản lý", "không thể nhỏ hơn 0"),
        (line(ct=1.5), "Cán bộ CNTT, chuyển đổi số", "số nguyên"),
        (line(cc="chín"), "Công chức, viên chức, người lao động", "số nguyên"),
        (line(cc=""), "Công chức, viên chức, người lao động", "Ô này trống"),
        (line(cc=100_001), "Công chức, viên chức, người lao động", "lớn quá 100.000"),
        (line(on="27/11/2026"), "Số liệu đến ngày", "Ngày này chưa đến"),
        (line(on="2026"), "Số liệu đến ngày", "ngày/tháng/năm"),
        (line(on=""), "Số liệu đến ngày", "Ghi ngày của số liệu"),
        (line(on="31/12/1999"), "Số liệu đến ngày", "trước năm 2000"),
        (line(source=""), "Nguồn", "Ghi nguồn của số liệu"),
        (line(source="x" * 301), "Nguồn", "301 ký tự"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column_with_how_to_mend_it(
    place: Place, wrong: Any, column: str, said: str
) -> None:
    reading = read(place.province.id, line("BP"), wrong)
    [fault] = reading.faults
    assert (fault.at, fault.column) == (3, column)
    assert said in fault.message % fault.values
    assert [record.code for record in reading.records] == ["BP"]


def test_a_unit_out_of_reach_is_told_like_one_that_does_not_exist(place: Place) -> None:
    reading = read(place.commune.id, line("BP"), line("KHONG-CO"), line("MN"))
    assert [(fault.at, fault.message) for fault in reading.faults] == [
        (2, headcount_lists.NO_UNIT),
        (3, headcount_lists.NO_UNIT),
    ]
    officer = place.browser(OFFICER)
    send(officer, a_list(line("BP"), line("MN"))).submit("/import")
    assert len(stored()) == 1


def test_a_unit_counts_on_the_days_it_is_there(place: Place) -> None:
    place.neighbour.valid_until = date(2025, 6, 30)
    db.session.commit()
    reading = read(place.province.id, line("BP", on="30/06/2025"), line("BP", on="01/07/2025"))
    assert [record.at for record in reading.records] == [2]
    assert [fault.at for fault in reading.faults] == [3]


def test_rows_that_say_the_same_twice_count_once_and_rows_that_disagree_not_at_all(place: Place) -> None:
    reading = read(place.province.id, line(), line(), line("BP", cc=1), line("BP", cc=2), line("BP", on="01/02/2026"))
    assert [record.at for record in reading.records] == [2, 6]
    assert [(fault.at, fault.values) for fault in reading.faults] == [(4, {"others": "5"}), (5, {"others": "4"})]


def test_the_template_lists_the_units_in_reach_and_can_be_filled_in(place: Place) -> None:
    officer = place.browser(OFFICER)
    above, header, *rows = sheet(officer, "/hr/headcounts/template.xlsx")
    assert "Giữ nguyên mã đơn vị" in above[0]
    assert header == list(HEADER)
    assert [(row[0], row[1]) for row in rows] == [("MN", "Trường mầm non An Bình"), ("AB", "Xã An Bình")]
    assert rows[0][5].date() == NOW
    untouched = officer.open("GET", "/hr/headcounts/template.xlsx").data
    reading = headcount_lists.read(untouched, Asker((place.commune.id,), NOW))
    assert (reading.empty, reading.records, reading.faults) == (2, [], [])


def test_the_wrong_rows_can_be_fetched(place: Place) -> None:
    chief = place.browser(CHIEF)
    assert chief.get("/hr/headcounts/faults.xlsx").status == 404
    send(chief, a_list(line(), line("BP", cc=-1)))
    assert sheet(chief, "/hr/headcounts/faults.xlsx")[1][:4] == [3, "BP", LABELS["cc"], "-1"]


def test_a_list_without_its_header_names_the_columns_that_are_missing(place: Place) -> None:
    with pytest.raises(Invalid, match="Mã đơn vị, Lãnh đạo, quản lý"):
        headcount_lists.read(a_list(line(), header=tuple("abcdefg")), Asker((place.province.id,), NOW))


def test_a_header_alone_is_no_list(place: Place) -> None:
    with pytest.raises(Invalid, match="chưa có dòng nào dưới dòng tiêu đề"):
        headcount_lists.read(a_list(), Asker((place.province.id,), NOW))


def test_a_list_with_more_than_50_days_is_refused_before_any_is_looked_up(place: Place) -> None:
    days = [line(on=date(2020 + at // 12, at % 12 + 1, 1)) for at in range(51)]
    with pytest.raises(Invalid, match="hơn 50 ngày khác nhau"):
        read(place.province.id, *days)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"PK\x03\x04 no workbook", b"\x00" * 50, b""])
def test_what_is_no_list_is_refused_in_words(place: Place, content: bytes) -> None:
    page = send(place.browser(CHIEF), content)
    assert page.status == 400
    assert any(said in page.text for said in ("Không đọc được tệp này", "Chưa tìm thấy cột", "Chọn một tệp"))


def test_html_in_a_list_is_shown_as_it_is(place: Place) -> None:
    page = send(place.browser(CHIEF), a_list(line("<b>AB</b>")))
    assert "&lt;b&gt;AB&lt;/b&gt;" in page.body
