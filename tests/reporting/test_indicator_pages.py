"""The indicators on a page, as files, and the people behind them: the same figures everywhere, and nobody else's."""

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from openpyxl import load_workbook

from lms_app.organisations.models import Unit
from lms_app.reporting.figures import Asked
from lms_app.reporting.service.behind import People
from tests import make
from tests.reporting.asking import FIRST_AFTER, LAST_BEFORE, elsewhere, every, merged, target
from tests.web import Browser, counted

TODAY = datetime(2026, 11, 20, 3, tzinfo=UTC)
OFFICER = "nhan.su@coquan.example"


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def province(app: Flask) -> Unit:
    """Three people in one commune: a specialist, a new leader, a clerk with 40 periods."""
    top = make.unit("Tỉnh Vĩnh Long", kind="province")
    commune = make.unit("Xã An Bình", top)
    make.headcount(commune, ld=1, ct=1, cc=1)
    for name, group in (("Lê Văn Tám", "CT"), ("Trần Thị Hoa", "LD"), ("Kim Sơn", "CC")):
        who = make.person(name)
        make.employment(who, commune, group=group, since=date(2025, 3, 1))
        elsewhere(who, date(2026, 1, 5), {"CT": "K7", "LD": "K9"}.get(group, ""), periods=40 if group == "CC" else 0)
    target(top, "K2", 0.8)
    return top


def officer(app: Flask, unit: Unit | None = None) -> Browser:
    make.hr(unit, email=OFFICER)
    browser = Browser(app)
    browser.sign_in(OFFICER)
    return browser


def test_the_table_tells_figure_share_target_and_verdict(app: Flask, province: Unit) -> None:
    page = officer(app).get("/hr/indicators")
    assert "Chỉ số đào tạo: Tỉnh Vĩnh Long" in page.text
    assert "100% 3 / 3 người" in page.text
    assert "80%Đạt" in page.text
    assert "13,3 tiết" in page.text
    assert "chưa có số liệu" in page.text


def test_what_a_page_says_an_english_reader_can_read(app: Flask, province: Unit) -> None:
    browser = officer(app)
    browser.get("/language/en")
    page = browser.get("/hr/indicators")
    assert "People who completed at least one course" in page.text
    assert "Enough is 40 periods." in page.text


def test_page_json_and_csv_have_the_same_figures(app: Flask, province: Unit) -> None:
    browser = officer(app)
    said = json.loads(browser.get("/hr/indicators.json").body)
    assert (said["unit"], said["since"], said["day"]) == ("Tỉnh Vĩnh Long", "2026-01-01", "2026-11-20")
    figures = {(one["code"], one["part"]): one for one in said["indicators"]}
    for key, one in every(province).items():
        assert (figures[key]["have"], figures[key]["out_of"]) == (pytest.approx(one.have), one.out_of)
        assert (figures[key]["target"], figures[key]["met"]) == (one.target, one.is_met)
    text = browser.open("GET", "/hr/indicators.csv").get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    for line in lines:
        of_json = figures[line["code"], line["part"]]
        assert line == {name: "" if of_json[name] is None else str(of_json[name]) for name in line}


def test_a_text_that_a_sheet_would_take_for_a_formula_is_tamed(app: Flask, province: Unit) -> None:
    target(province, "K1", 1.0, act="=HYPERLINK(1)")
    text = officer(app).open("GET", "/hr/indicators.csv").get_data(as_text=True)
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text


@pytest.mark.parametrize(
    ("name", "code", "verdict"), [("k7", "K7", "Có giấy"), ("k8", "K8", "Đủ tiết"), ("k9", "K9", "Đúng hạn")]
)
def test_the_list_behind_a_number_is_what_the_file_holds(
    app: Flask, province: Unit, name: str, code: str, verdict: str
) -> None:
    browser = officer(app)
    page = browser.get(f"/hr/indicators/{name}/people", having="1")
    assert f"{verdict}" in page.text
    sheet = load_workbook(io.BytesIO(browser.open("GET", f"/hr/indicators/{name}/people.xlsx?having=1").data)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert len(rows) == 1
    assert rows[0][-1] == verdict
    for cell in rows[0]:
        assert not isinstance(cell, str) or cell in page.text
    asked = Asked(province.id, (province.id,), date(2026, 11, 20), date(2026, 1, 1))
    assert len(list(People(code, asked).entries())) == People(code, asked).found == (3 if code == "K8" else 1)


def test_a_list_may_be_of_one_group(app: Flask, province: Unit) -> None:
    page = officer(app).get("/hr/indicators/k8/people", group="LD")
    assert "Trần Thị Hoa" in page.text
    assert "Kim Sơn" not in page.text


def test_a_long_list_has_pages(app: Flask, province: Unit) -> None:
    commune = make.unit("Xã Bình Phú", province)
    for number in range(60):
        make.employment(make.person(f"Nguyễn Văn {number}"), commune)
    browser = officer(app)
    first = browser.get("/hr/indicators/k8/people")
    second = browser.get("/hr/indicators/k8/people", page="2")
    assert "Trang 1 / 2" in first.text
    assert "Trang 2 / 2" in second.text
    assert browser.get("/hr/indicators/k8/people", page="99").text == second.text


def test_the_day_is_chosen_before_or_after_a_merge(app: Flask, province: Unit) -> None:
    old = make.unit("Tỉnh Bến Tre", kind="province", valid_until=LAST_BEFORE)
    new = make.unit("Tỉnh mới", kind="province", valid_from=FIRST_AFTER)
    merged(old, new)
    browser = officer(app, new)
    assert "Chỉ số đào tạo: Tỉnh mới" in browser.get("/hr/indicators").text
    page = browser.get("/hr/indicators", unit=str(new.id), day="2026-06-30")
    assert page.status == 404
    assert "Tỉnh Bến Tre" in page.text
    assert "Chỉ số đào tạo: Tỉnh Bến Tre" in browser.get("/hr/indicators", unit=str(old.id), day="30/06/2026").text
    assert "đến hết ngày 31/12/2025" in browser.get("/hr/indicators", year="2025").text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"day": "31/02/2026"}, "Ngày chưa đúng"),
        ({"day": "hôm qua"}, "Ngày chưa đúng"),
        ({"day": "2999-01-01"}, "Ngày này chưa đến"),
        ({"year": "2999"}, "Năm chưa đúng"),
        ({"year": "x"}, "Năm chưa đúng"),
        ({"period": "khong-co"}, "Không có khoảng thời gian này"),
    ],
)
def test_a_wrong_filter_is_named_and_todays_table_shown(
    app: Flask, province: Unit, query: dict[str, str], said: str
) -> None:
    browser = officer(app)
    page = browser.get("/hr/indicators", **query)
    assert page.status == 400
    assert said in page.text
    assert "100% 3 / 3 người" in page.text
    assert browser.open("GET", "/hr/indicators.json", query_string=query).status_code == 400


@pytest.mark.parametrize("path", ["", ".json", ".csv", "/k7/people", "/k8/people", "/k9/people", "/k8/people.xlsx"])
def test_a_neighbours_figures_are_no_more_there_than_those_of_nobody(app: Flask, province: Unit, path: str) -> None:
    mine = make.unit("Xã Bình Phú", province)
    neighbour = make.unit("Xã Tân Hội", province)
    browser = officer(app, mine)
    assert browser.get(f"/hr/indicators{path}", unit=str(mine.id)).status == 200
    answers = {
        (answer.status, answer.text)
        for unit in (str(neighbour.id), str(province.id), "00000000-0000-4000-8000-000000000000", "khong-phai-ma")
        for answer in [browser.get(f"/hr/indicators{path}", unit=unit)]
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert "Kim Sơn" not in browser.get("/hr/indicators/k8/people").text


def test_a_list_that_is_none_is_not_found_and_learners_are_refused(app: Flask, province: Unit) -> None:
    assert officer(app).get("/hr/indicators/k2/people").status == 404
    make.person(email="hoc.vien@coquan.example")
    learner = Browser(app)
    learner.sign_in("hoc.vien@coquan.example")
    assert learner.get("/hr/indicators").status == 403
    assert learner.get("/hr/indicators/k8/people").status == 403


@pytest.mark.parametrize("path", ["", ".json", ".csv", "/k7/people", "/k8/people", "/k9/people"])
def test_a_page_asks_as_much_for_thirty_units_as_for_one(app: Flask, province: Unit, path: str) -> None:
    browser = officer(app)

    def cost() -> int:
        with counted() as statements:
            assert browser.get(f"/hr/indicators{path}").status == 200
        return len(statements)

    before = cost()
    for number in range(30):
        commune = make.unit(f"Xã {number}", province)
        make.headcount(commune, ct=1)
        for group in ("LD", "CT", "CC"):
            who = make.person()
            make.employment(who, commune, group=group, since=date(2025, 3, 1))
            elsewhere(who, date(2026, 1, 5), "K7")
    assert cost() == before <= 19
