"""How many people units say they have, beside our lists: what is not known is said, nobody sees the neighbour's."""

from datetime import date

import pytest

from lms_app.core.db import db
from lms_app.organisations.models import Headcount, Unit
from tests import make
from tests.reporting.planning import STRANGER, Place, sheet, shown, sums, table
from tests.web import Browser, Page

SOURCE = "QĐ giao biên chế số 12 ngày 05/01/2026"


def enter(web: Browser, unit: Unit, **fields: str) -> Page:
    usual = {"ld": "2", "ct": "1", "cc": "9", "on": "01/01/2026", "source": SOURCE}
    return web.get(f"/hr/headcounts/{unit.id}").submit("", **usual | fields)


def stored() -> list[tuple[date, int, int, int]]:
    db.session.rollback()
    return [(one.on, one.ld, one.ct, one.cc) for one in db.session.query(Headcount).order_by(Headcount.on)]


# ---- the list


def test_a_unit_without_a_headcount_has_none_rather_than_zero(chief: Browser, place: Place) -> None:
    make.headcount(place.commune, ld=2, ct=1, cc=9)
    page = chief.get("/hr/headcounts")
    rows = {row[0]: row for row in table(page)[1:]}
    assert rows["Xã An Bình"][1:4] == ["12", "0", "-12"]
    assert rows["Xã An Bình"][6:12] == ["2", "0", "1", "0", "9", "0"]
    assert rows["Xã Bình Phú"][1:6] == ["chưa có số liệu", "0", "", "", ""]
    assert rows["Xã Bình Phú"][6:12] == ["", "0", "", "0", "", "0"]
    assert "Tỉnh Vĩnh Long" not in rows
    assert sums(page) == {
        "Đơn vị phải có biên chế": "3",
        "Chưa có số liệu": "2",
        "Lệch với danh sách": "1",
        "Cộng biên chế đã có": "12",
    }
    assert [row[0] for row in table(chief.get("/hr/headcounts", status="none"))[1:]] == [
        "Trường mầm non An Bình",
        "Xã Bình Phú",
    ]


def test_with_no_headcount_at_all_there_is_no_sum(chief: Browser) -> None:
    assert sums(chief.get("/hr/headcounts"))["Cộng biên chế đã có"] == "Chưa có số liệu"


def test_the_newest_figures_up_to_the_day_hold(chief: Browser, place: Place) -> None:
    make.headcount(place.commune, cc=9, on=date(2025, 1, 1))
    make.headcount(place.commune, cc=12, on=date(2026, 1, 1))
    on = {day: table(chief.get("/hr/headcounts", day=day))[2][1] for day in ("2025-12-31", "2026-01-01", "2024-12-31")}
    assert on == {"2025-12-31": "9", "2026-01-01": "12", "2024-12-31": "chưa có số liệu"}


def test_people_of_our_lists_stand_beside_it_by_group_on_that_day(chief: Browser, place: Place) -> None:
    make.headcount(place.commune, ld=1, ct=0, cc=1)
    both = make.person("Trần Văn Hai")
    make.employment(both, place.commune, group="LD")
    make.employment(both, place.commune, group="CC")
    make.employment(make.person(), place.commune, group="CC", until=date(2026, 6, 30))
    make.employment(make.person(), place.school, group="CC")
    page = chief.get("/hr/headcounts")
    assert table(page)[2][:4] == ["Xã An Bình", "2", "1", "-1"]
    assert table(page)[2][6:12] == ["1", "1", "0", "0", "1", "1"]
    before = chief.get("/hr/headcounts", day="2026-06-30")
    assert table(before)[2][1:4] == ["2", "2", "0"]
    assert table(before)[2][6:12] == ["1", "1", "0", "0", "1", "2"]
    assert table(chief.get("/hr/headcounts", status="differs")) == []
    assert [row[0] for row in table(chief.get("/hr/headcounts", status="differs", day="2026-06-30"))[1:]] == [
        "Xã An Bình"
    ]


def test_a_unit_can_be_looked_at_alone_with_all_below_it(chief: Browser, place: Place) -> None:
    names = [row[0] for row in table(chief.get("/hr/headcounts", unit=str(place.commune.id)))[1:]]
    assert names == ["Trường mầm non An Bình", "Xã An Bình"]


def test_the_file_holds_what_the_page_shows_cell_for_cell(chief: Browser, place: Place) -> None:
    make.headcount(place.commune, cc=1284)
    title, *rows = sheet(chief, "/hr/headcounts.xlsx")
    assert title[0] == "Biên chế theo đơn vị, số liệu đến ngày 26/11/2026"
    page = table(chief.get("/hr/headcounts"))
    assert [[cell.replace("1284", "1.284") for cell in shown(row)] for row in rows] == page
    assert rows[2][1] == 1284


@pytest.mark.parametrize("day", ["31/02/2026", "27/11/2026", "31/12/1999", "x"])
def test_a_wrong_day_is_said_on_the_same_page(chief: Browser, day: str) -> None:
    page = chief.get("/hr/headcounts", day=day)
    assert page.status == 400
    assert "Chưa lọc được như anh chị ghi" in page.text
    assert "Xã An Bình" in page.text
    assert chief.get("/hr/headcounts.xlsx", day=day).status == 400


# ---- entering one


def test_figures_are_entered_with_their_day_and_source_and_mended_on_the_same_day(
    officer: Browser, place: Place
) -> None:
    page = enter(officer, place.commune)
    assert table(page)[1] == ["01/01/2026", "2", "1", "9", f"{SOURCE}Phạm Ngọc Lan nhập ngày 26/11/2026"]
    enter(officer, place.commune, cc="10")
    enter(officer, place.commune, on="01/02/2026")
    assert stored() == [(date(2026, 1, 1), 2, 1, 10), (date(2026, 2, 1), 2, 1, 9)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ld": ""}, "Ô này trống. Ghi 0 nếu không có người nào"),
        ({"ct": "-1"}, "Số người không thể nhỏ hơn 0"),
        ({"cc": "2,5"}, "Số người là số nguyên"),
        ({"cc": "mười"}, "Số người là số nguyên"),
        ({"cc": "²"}, "Số người là số nguyên"),
        ({"cc": "100001"}, "lớn quá 100.000"),
        ({"cc": "0" * 12 + "999999"}, "lớn quá 100.000"),
        ({"on": ""}, "Ghi ngày của số liệu"),
        ({"on": "31/02/2026"}, "31/02/2026 không phải là ngày"),
        ({"on": "27/11/2026"}, "Ngày này chưa đến"),
        ({"on": "31/12/1999"}, "Ngày này trước năm 2000"),
        ({"source": " "}, "Ghi nguồn của số liệu"),
        ({"source": "x" * 301}, "301 ký tự, nhiều nhất là 300"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    officer: Browser, place: Place, fields: dict[str, str], said: str
) -> None:
    page = enter(officer, place.commune, **fields)
    assert page.status == 400
    assert said in page.text
    assert all(f'value="{typed}"' in page.body for typed in ({"ld": "2"} | fields).values() if typed)
    assert stored() == []


def test_thousands_may_be_parted_by_dots(officer: Browser, place: Place) -> None:
    enter(officer, place.commune, cc="1.284")
    assert stored() == [(date(2026, 1, 1), 2, 1, 1284)]


def test_a_day_on_which_the_unit_is_not_there_is_refused(chief: Browser, place: Place) -> None:
    gone = make.unit("Huyện Ba Tri", place.province, kind="district", valid_until=date(2025, 6, 30))
    page = enter(chief, gone, on="01/07/2025")
    assert page.status == 400
    assert "Đơn vị không hoạt động vào ngày này" in page.text
    assert enter(chief, gone, on="30/06/2025").status == 200
    assert stored() == [(date(2025, 6, 30), 2, 1, 9)]


def test_a_province_has_no_staff_of_its_own(chief: Browser, place: Place) -> None:
    assert chief.get(f"/hr/headcounts/{place.province.id}").status == 404


# ---- reach


def test_the_neighbours_headcount_is_neither_read_nor_entered(officer: Browser, place: Place) -> None:
    make.headcount(place.neighbour, cc=77)
    assert "Bình Phú" not in officer.get("/hr/headcounts").text
    assert "Bình Phú" not in str(sheet(officer, "/hr/headcounts.xlsx"))
    token = officer.get(f"/hr/headcounts/{place.commune.id}").form("").fields["csrf_token"]
    answers = [
        officer.get(f"/hr/headcounts/{place.neighbour.id}"),
        officer.post(f"/hr/headcounts/{place.neighbour.id}", csrf_token=token, ld="0"),
        officer.get("/hr/headcounts", unit=str(place.neighbour.id)),
        officer.get("/hr/headcounts.xlsx", unit=str(place.neighbour.id)),
    ]
    assert {answer.status for answer in answers} == {404}
    assert not any("Bình Phú" in answer.text for answer in answers)


def test_nobody_else_sees_headcounts(place: Place) -> None:
    make.person("Lê Văn Tám", email=STRANGER)
    assert place.browser(STRANGER).get("/hr/headcounts").status == 403
