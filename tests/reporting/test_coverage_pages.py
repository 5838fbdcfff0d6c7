"""What HR sees of coverage: the table, the list behind each number, the files, the line over time; and who may."""

import io
import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from python_calamine import CalamineWorkbook

from lms_app.core.db import db
from lms_app.organisations.models import MERGE, Unit
from tests import make
from tests.reporting.world import TODAY, at, succeed, target
from tests.web import Browser, Page, counted

LAN = "lan@coquan.example"
NUMBER = re.compile(r'<a href="(/hr/coverage/people\?[^"]*)" aria-label="[^"]*">([\d.]+)</a>')


@dataclass
class Office:
    web: Browser
    province: Unit
    commune: Unit
    school: Unit
    neighbour: Unit

    def table(self, unit: Unit | None = None, **query: Any) -> Page:
        chosen = {"unit": str(unit.id)} if unit else {}
        return self.web.get("/hr/coverage", **chosen, **query)


@pytest.fixture
def office(app: Flask) -> Any:
    """An officer of the province, on 23/11/2026; people trained, not trained, late, and in two places."""
    with time_machine.travel(at(2026, 11, 23), tick=False):
        province = make.unit("Tỉnh Vĩnh Long", kind="province", code="vl")
        commune, neighbour = (make.unit(f"Xã {name}", province, code=name) for name in ("An Bình", "Bình Phú"))
        school = make.unit("Trường mầm non An Bình", commune, kind="school", code="mn")
        courses = [make.course(name, title=name) for name in ("cc-01", "ct-01")]
        for number in range(9):
            who = make.person(f"Nguyễn Văn {number}", staff_code=f"CB{number}")
            make.employment(who, (commune, school, neighbour)[number % 3], group=("CC", "LD")[number % 2])
            if number % 4 == 0:
                make.employment(who, neighbour, position="Kiêm nhiệm")
            for course in courses[: number % 3]:
                make.completed(who, course, at(2026, 3, 1 + number))
            if number % 3 == 0:
                late = make.completed(who, courses[1])
                late.completed_at, late.due_at = None, at(2026, 6, 1)
        make.headcount(commune, ld=1, cc=4)
        make.headcount(school, cc=3)
        target(province, 0.8)
        make.hr(province, email=LAN)
        db.session.commit()
        web = Browser(app)
        web.sign_in(LAN)
        yield Office(web, province, commune, school, neighbour)


def cells(content: bytes) -> list[list[str]]:
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        return [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]


def shown(page: Page) -> list[list[str]]:
    """The cells of a table's body as a reader sees them."""
    body = page.body.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in rows
    ]


@pytest.mark.parametrize("query", [{}, {"group": "LD"}, {"course": "cc-01"}, {"day": "2026-03-03"}, {"period": "all"}])
def test_each_number_is_as_long_as_the_list_behind_it_and_the_file_of_that_list(
    office: Office, query: dict[str, str]
) -> None:
    for unit in (office.province, office.commune):
        links = NUMBER.findall(office.table(unit, **query).body)
        assert len(links) >= 10
        for link, number in links:
            address = unescape(link)
            page = office.web.get(address)
            listed = shown(page) if int(number) else []
            assert len(listed) == int(number), (address, page.text)
            if listed:
                file = office.web.open("GET", address.replace("/people?", "/people.xlsx?")).data
                assert cells(file)[-len(listed) :] == listed


def test_the_table_says_share_gap_and_what_is_not_known(office: Office) -> None:
    page = office.table(office.province)
    assert "chỉ tiêu 80%" in page.text
    assert "Chưa có số liệu · nhập biên chế" in page.text
    assert f'href="/hr/headcounts?unit={office.neighbour.id}"' in page.body
    assert "Cộng 2 đơn vị có biên chế" in page.text
    assert f'href="/hr/assignments?unit={office.province.id}"' in page.body


def test_a_unit_leads_down_and_keeps_the_filters(office: Office) -> None:
    page = office.table(office.province, group="CC", period="all")
    assert f"/hr/coverage?unit={office.commune.id}&amp;period=all&amp;group=CC" in page.body
    below = office.table(office.commune, group="CC", period="all")
    assert "Cơ quan Xã An Bình" in below.text
    assert 'aria-current="page">Xã An Bình' in below.body
    assert "Tỉnh Vĩnh Long" in below.body.split("<main")[0]


def test_without_a_unit_the_officers_own_is_shown(office: Office) -> None:
    assert "Độ phủ đào tạo: Tỉnh Vĩnh Long" in office.table().text


def test_rows_are_sorted_as_asked(office: Office) -> None:
    def names(sort: str) -> list[str]:
        return [row[0] for row in shown(office.table(office.province, sort=sort))]

    assert names("") == names("share") == ["Xã An Bình", "Xã Bình Phú"], "what is not known comes last"
    assert names("gap") == ["Xã An Bình", "Xã Bình Phú"]
    assert sorted(names("name")) == ["Xã An Bình", "Xã Bình Phú"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("day", "31/02/2026", "Ngày chưa đúng"),
        ("day", "2027-01-01", "Ngày này chưa đến"),
        ("day", "0001-01-01", "Ngày chưa đúng"),
        ("group", "XX", "Không có lựa chọn này"),
        ("course", "khong-co", "Không có lựa chọn này"),
        ("period", "x", "Không có lựa chọn này"),
        ("sort", "x", "Không có lựa chọn này"),
    ],
)
def test_a_wrong_filter_is_named_at_its_field_and_the_table_is_shown_all_the_same(
    office: Office, name: str, value: str, sentence: str
) -> None:
    for path in ("/hr/coverage", "/hr/coverage/people", "/hr/coverage/timeline"):
        page = office.web.get(path, unit=str(office.commune.id), **{name: value})
        assert page.status == 400
        assert sentence in page.text
        assert "Xã An Bình" in page.text
    file = office.web.get("/hr/coverage.csv", **{name: value})
    assert file.status == 400
    assert sentence in file.text


def test_what_is_out_of_reach_or_not_there_on_the_day_is_not_found_by_any_address(app: Flask, office: Office) -> None:
    make.hr(office.commune, email="xa@coquan.example")
    web = Browser(app)
    web.sign_in("xa@coquan.example")
    assert web.get("/hr/coverage").status == 200
    for unit in (office.neighbour.id, office.province.id, "khong-co", "00000000-0000-4000-8000-000000000000"):
        for path in ("", ".xlsx", ".csv", ".json", "/people", "/people.xlsx", "/timeline"):
            page = web.get(f"/hr/coverage{path}", unit=str(unit))
            assert page.status == 404, (path, unit)
            assert "phạm vi anh chị phụ trách" in page.text
    assert "Bình Phú" not in web.get("/hr/coverage").body
    assert web.get("/hr/coverage/people", what="staff").body.count("Nguyễn Văn") == 6
    assert "Bình Phú" not in web.get("/hr/coverage/people", what="staff").body, "nor a second post elsewhere"


def test_an_unknown_list_is_not_found(office: Office) -> None:
    assert office.web.get("/hr/coverage/people", what="x").status == 404


def test_the_day_before_a_merge_shows_the_old_units(app: Flask, office: Office) -> None:
    last, first = TODAY.replace(month=6, day=30), TODAY.replace(month=7, day=1)
    new = make.unit("Tỉnh Mới", kind="province", valid_from=first)
    for name in ("Bến Tre", "Trà Vinh"):
        succeed(make.unit(f"Tỉnh {name}", kind="province", valid_until=last), new, MERGE, first)
    make.hr(new, email="moi@coquan.example")
    web = Browser(app)
    web.sign_in("moi@coquan.example")
    assert "Độ phủ đào tạo: Tỉnh Mới" in web.get("/hr/coverage").text
    before = web.get("/hr/coverage", day=last.isoformat())
    assert [row[0] for row in shown(before)] == ["Tỉnh Bến Tre", "Tỉnh Trà Vinh"]
    assert web.get("/hr/coverage/timeline", day=last.isoformat()).status == 200
    assert "01/07/2026" not in web.get("/hr/coverage/timeline").text
    assert "30/06/2026" in web.get("/hr/coverage/timeline").text


def test_files_hold_the_figures_of_the_page(office: Office) -> None:
    address = f"?unit={office.province.id}"
    found = json.loads(office.web.open("GET", f"/hr/coverage.json{address}").data)
    lines = {line["name"]: line for line in (*found["lines"], found["total"])}
    table = {row[0]: row for row in cells(office.web.open("GET", f"/hr/coverage.xlsx{address}").data)}
    separated = office.web.open("GET", f"/hr/coverage.csv{address}").data.decode("utf-8-sig").splitlines()
    page = shown(office.table(office.province))
    for row in page:
        line, cell = lines[row[0]], table[row[0]]
        assert [str(line["trained"]), str(line["turns"])] == [row[2], row[6]]
        assert [float(cell[3]), float(cell[9])] == [line["trained"], line["turns"]]
        assert any(one.startswith(f"{row[0]},") and f",{line['trained']}," in one for one in separated)
    assert lines["Xã Bình Phú"]["share"] is None
    assert table["Xã Bình Phú"][5] == ""
    assert found["target"] == 0.8


def test_no_cell_of_a_csv_begins_like_a_formula(office: Office) -> None:
    make.unit("=HYPERLINK(1)", office.province, kind="commune")
    assert ",=HYPERLINK" not in office.web.get("/hr/coverage.csv").body
    assert "'=HYPERLINK(1)" in office.web.get("/hr/coverage.csv").body


def test_the_line_over_time_ends_with_the_figures_of_the_table(office: Office) -> None:
    page = office.web.get("/hr/coverage/timeline", unit=str(office.commune.id))
    rows = shown(page)
    assert [row[0] for row in rows][:2] == ["31/01/2026", "28/02/2026"]
    assert rows[0][1] == "0%"
    total = json.loads(office.web.open("GET", f"/hr/coverage.json?unit={office.commune.id}").data)["total"]
    assert rows[-1][2] == f"{total['counted']} / {total['headcount']}"
    assert 'role="img"' in page.body
    for row, day in zip(rows, ("2026-01-31", "2026-02-28", "2026-03-31"), strict=False):
        then = json.loads(office.web.open("GET", f"/hr/coverage.json?unit={office.commune.id}&day={day}").data)["total"]
        assert row[2] == f"{then['counted']} / {then['headcount']}"


def test_a_name_leads_to_the_person_but_on_a_past_day_when_they_may_be_somebody_elses_now(office: Office) -> None:
    today, past = (
        office.web.get("/hr/coverage/people", unit=str(office.school.id), what="staff", day=day)
        for day in ("2026-11-23", "2026-11-22")
    )
    first = re.findall(r'<a href="(/hr/people/[^"]*)">', today.body)[0]
    assert office.web.get(first).status == 200
    assert "/hr/people/" not in past.body
    assert shown(today) == shown(past)


def test_a_long_list_has_pages(office: Office) -> None:
    for number in range(60):
        make.employment(make.person(f"Trần Thị {number}"), office.school)
    db.session.commit()
    first = office.web.get("/hr/coverage/people", unit=str(office.school.id), what="staff")
    second = office.web.get("/hr/coverage/people", unit=str(office.school.id), what="staff", page="2")
    assert (len(shown(first)), len(shown(second))) == (50, 13)
    assert not {row[0] for row in shown(first)} & {row[0] for row in shown(second)}
    assert "Trang 2 / 2" in second.text


def test_the_pages_cost_the_same_statements_for_one_unit_and_for_thirty(office: Office) -> None:
    paths = ("/hr/coverage", "/hr/coverage/people", "/hr/coverage/timeline", "/hr/coverage.xlsx")
    query = f"?unit={office.province.id}"

    def costs() -> list[int]:
        found = []
        for path in paths:
            office.web.open("GET", path + query)
            with counted() as seen:
                office.web.open("GET", path + query)
            found.append(len(seen))
        return found

    few = costs()
    for number in range(30):
        unit = make.unit(f"Xã {number}", office.province)
        make.headcount(unit)
        make.completed(make.person(), make.course(f"k-{number}"))
        make.employment(make.person(), unit)
    db.session.commit()
    assert costs() == few
    assert few[0] <= 12


def test_before_an_officers_unit_was_there_a_sentence_says_so(app: Flask, office: Office) -> None:
    new = make.unit("Xã Mới", office.province, valid_from=TODAY)
    make.hr(new, email="moi@coquan.example")
    web = Browser(app)
    web.sign_in("moi@coquan.example")
    assert web.get("/hr/coverage").status == 200
    before = web.get("/hr/coverage", day="2026-11-22")
    assert before.status == 404
    assert "chưa phụ trách đơn vị nào" in before.text
