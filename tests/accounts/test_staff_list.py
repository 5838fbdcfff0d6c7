"""The staff list: who is in it, in which order, found by what; and the table that holds the same, cell for cell."""

import io
import re
from datetime import date
from typing import Any

import html5lib
import pytest
import time_machine
from flask import Flask
from openpyxl import load_workbook

from lms_app.accounts.models import Person
from lms_app.accounts.queries import staff as queries
from lms_app.organisations.models import Unit
from tests import make
from tests.web import Browser, Page, counted

PATH = "/hr/people"


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel("2026-11-26T03:00:00Z", tick=False):
        yield


@pytest.fixture
def province(app: Flask) -> Unit:
    return make.unit("Tỉnh Vĩnh Long", kind="province", code="vl")


@pytest.fixture
def commune(province: Unit) -> Unit:
    return make.unit("Xã An Bình", province, code="an-binh")


@pytest.fixture
def officer(app: Flask, commune: Unit) -> Browser:
    make.hr(commune, email="lan@coquan.example")
    return _signed_in(app, "lan@coquan.example")


@pytest.fixture
def chief(app: Flask) -> Browser:
    make.hr(email="chinh@coquan.example")
    return _signed_in(app, "chinh@coquan.example")


def _signed_in(app: Flask, email: str) -> Browser:
    web = Browser(app)
    web.sign_in(email)
    return web


def staff(name: str, where: Unit, position: str = "Chuyên viên", **values: Any) -> Person:
    employment = {key: values.pop(key) for key in ("group", "since", "until") if key in values}
    person = make.person(name, **values)
    make.employment(person, where, position, **employment)
    return person


def shown(page: Page) -> list[list[str]]:
    """The cells of the table's body."""
    tree = html5lib.parse(page.body, namespaceHTMLElements=False)
    return [["".join(cell.itertext()).strip() for cell in row] for row in tree.iterfind(".//tbody/tr")]


def names(page: Page) -> list[str]:
    return [cells[0] for cells in shown(page)]


def filed(web: Browser, **query: str) -> list[tuple[Any, ...]]:
    answer = web.open("GET", PATH + ".xlsx", query_string=query)
    assert answer.status_code == 200, answer.text
    return list(load_workbook(io.BytesIO(answer.data)).worksheets[0].values)


def test_people_stand_in_the_order_of_vietnamese_names_with_their_count(officer: Browser, commune: Unit) -> None:
    for name in ("Trần Văn Đức", "Lê Thị Ân", "Nguyễn Văn An", "Phạm Ái", "Võ Thị Duyên"):
        staff(name, commune)
    page = officer.get(PATH)
    assert names(page) == ["Phạm Ái", "Nguyễn Văn An", "Lê Thị Ân", "Võ Thị Duyên", "Trần Văn Đức"]
    assert "5 người" in page.text


def test_an_officer_sees_their_unit_with_all_below_it_and_nobody_else(
    officer: Browser, chief: Browser, province: Unit, commune: Unit
) -> None:
    staff("Nguyễn Văn An", commune)
    staff("Lê Thị Ân", make.unit("Trường An Bình", commune, kind="school"))
    staff("Võ Thị Duyên", make.unit("Xã Bình Phú", province))
    staff("Trần Văn Đức", province)
    assert names(officer.get(PATH)) == ["Nguyễn Văn An", "Lê Thị Ân"]
    assert len(names(chief.get(PATH))) == 4


def test_a_person_with_two_posts_is_one_line(chief: Browser, province: Unit, commune: Unit) -> None:
    both = staff("Nguyễn Văn An", commune, "Công chức")
    make.employment(both, province, "Cộng tác viên", group="CT", since=date(2025, 1, 1))
    (cells,) = shown(chief.get(PATH))
    assert cells[3:6] == [
        "Tỉnh Vĩnh Long; Xã An Bình",
        "Cộng tác viên; Công chức",
        "Cán bộ CNTT, chuyển đổi số; Công chức, viên chức, người lao động",
    ]


def test_an_officer_is_not_told_of_posts_elsewhere_in_the_list(officer: Browser, province: Unit, commune: Unit) -> None:
    both = staff("Nguyễn Văn An", commune)
    make.employment(both, make.unit("Xã Bình Phú", province), "Cộng tác viên")
    (cells,) = shown(officer.get(PATH))
    assert cells[3] == "Xã An Bình"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("nguyen van an", ["Nguyễn Văn An"]),
        ("AN", ["Nguyễn Văn An", "Lê Thị Ân"]),
        ("vl-001", ["Nguyễn Văn An"]),
        ("VL-00", ["Nguyễn Văn An", "Lê Thị Ân"]),
        ("an.le@coquan", ["Lê Thị Ân"]),
        ("AN.LE@coquan.example", ["Lê Thị Ân"]),
        ("khong ai", []),
        ("100%", []),
        ("'; drop", []),
    ],
)
def test_people_are_found_by_folded_name_staff_code_or_address(
    officer: Browser, commune: Unit, typed: str, found: list[str]
) -> None:
    staff("Nguyễn Văn An", commune, staff_code="VL-001")
    staff("Lê Thị Ân", commune, staff_code="VL-002", email="an.le@coquan.example")
    assert names(officer.get(PATH, q=typed)) == found


def test_the_list_of_a_day_holds_who_worked_there_then(officer: Browser, province: Unit, commune: Unit) -> None:
    staff("Nguyễn Văn An", commune, until=date(2026, 6, 30))
    left = staff("Lê Thị Ân", commune, since=date(2026, 7, 1))
    page = officer.get(PATH, day="2026-06-30")
    assert names(page) == ["Nguyễn Văn An"]
    assert "ngày 30/06/2026" in page.text
    assert "/hr/people/" not in re.sub(r'href="/hr/people/(new|imports)', "", page.body), "who left has no page here"
    assert names(officer.get(PATH, day="01/07/2026")) == ["Lê Thị Ân"]
    assert f"/hr/people/{left.id}" in officer.get(PATH, day="01/07/2026").body


@pytest.mark.parametrize("day", ["31/02/2026", "hôm qua", "27/11/2026"])
def test_what_is_no_past_day_is_told_and_answers_nothing(officer: Browser, commune: Unit, day: str) -> None:
    staff("Nguyễn Văn An", commune)
    page = officer.get(PATH, day=day)
    assert page.status == 400
    assert names(page) == []
    assert officer.get(PATH + ".xlsx", day=day).status == 400


def test_filters_by_group_and_by_unit_with_all_below_it(
    chief: Browser, officer: Browser, province: Unit, commune: Unit
) -> None:
    school = make.unit("Trường An Bình", commune, kind="school", code="truong")
    staff("Nguyễn Văn An", commune, group="LD")
    staff("Lê Thị Ân", school)
    staff("Võ Thị Duyên", province)
    assert names(chief.get(PATH, unit=str(commune.id))) == ["Nguyễn Văn An", "Lê Thị Ân"]
    assert names(chief.get(PATH, unit="Truong")) == ["Lê Thị Ân"]
    assert names(chief.get(PATH, unit="xa an binh", group="CC")) == ["Lê Thị Ân"]
    assert names(chief.get(PATH, group="LD")) == ["Nguyễn Văn An"]
    for unknown in (str(province.id), "00000000-0000-4000-8000-000000000000"):
        assert officer.get(PATH, unit=unknown).status == 404
    for unknown in ("vl", "Tỉnh Vĩnh Long", "không có"):
        page = officer.get(PATH, unit=unknown)
        assert page.status == 400
        assert "Không có đơn vị nào mang mã hoặc tên này" in page.text
        assert "Duyên" not in page.text


def test_a_name_that_several_units_bear_is_asked_by_code(chief: Browser, province: Unit) -> None:
    for code in ("cm-1", "cm-2"):
        make.unit("Xã Châu Thành", province, code=code)
    page = chief.get(PATH, unit="xã châu thành")
    assert page.status == 400
    assert "cm-1, cm-2" in page.text


def test_who_works_nowhere_is_found_by_who_looks_after_all_alone(
    chief: Browser, officer: Browser, commune: Unit
) -> None:
    make.person("Hồ Thị Không")
    staff("Nguyễn Văn An", commune)
    staff("Lê Thị Cũ", commune, until=date(2026, 1, 1))
    assert {"Hồ Thị Không", "Lê Thị Cũ"} <= set(names(chief.get(PATH, unplaced="1")))
    assert "Nguyễn Văn An" not in names(chief.get(PATH, unplaced="1"))
    assert names(officer.get(PATH, unplaced="1")) == ["Nguyễn Văn An"]
    assert [row[0] for row in filed(officer, unplaced="1")][2:] == ["Nguyễn Văn An"]


def test_the_table_is_the_list_cell_for_cell(officer: Browser, province: Unit, commune: Unit) -> None:
    born = staff("Nguyễn Văn An", commune, birth_date=date(1985, 9, 2), staff_code="0012")
    make.employment(born, commune, "Phó Chủ tịch", group="LD", since=date(2025, 7, 1))
    staff("Lê Thị Ân", commune, "=1+1", birth_year=1990, group="LD")
    staff("Võ Thị Duyên", province)
    for query in ({}, {"group": "LD"}, {"q": "an", "day": "2025-01-01"}, {"q": "duyen"}):
        page, table = shown(officer.get(PATH, **query)), filed(officer, **query)
        header = next(at for at, cells in enumerate(table) if cells[0] == "Họ và tên")
        written = [
            [f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell if cell is not None else "") for cell in cells]
            for cells in table[header + 1 :]
        ]
        assert written == page
    assert filed(officer)[1][:2] == ("Họ và tên", "Mã CBCCVC")


def test_fifty_stand_on_a_page_and_the_address_keeps_what_was_asked(officer: Browser, commune: Unit) -> None:
    for at in range(60):
        staff(f"Nguyễn Văn {chr(65 + at % 26)}", commune, staff_code=f"VL{at:03}")
    first, second = (names(officer.get(PATH, q="VL0", page=page)) for page in ("1", "2"))
    assert (len(first), len(second)) == (50, 10)
    body = officer.get(PATH, q="vl0", group="CC").body
    assert "group=CC&amp;q=vl0&amp;page=2" in body
    assert names(officer.get(PATH, q="vl0", page="99")) == second
    assert len(names(officer.get(PATH, page="-1"))) == 50


@pytest.mark.parametrize("query", [{}, {"q": "nguyen"}, {"group": "LD"}], ids=["all", "by-name", "leaders"])
def test_the_list_is_the_same_for_who_looks_after_many(
    officer: Browser, commune: Unit, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    two_posts = staff("Nguyễn Văn Bình", commune, group="LD")
    make.employment(two_posts, make.unit("Trường Hoa Mai", commune, kind="school"))
    staff("Trần Thị Ánh", commune)
    staff("Nguyễn Thị Xa", make.unit("Xã Bình Phú"))
    among_few = shown(officer.get(PATH, **query))
    monkeypatch.setattr(queries, "IS_MANY", queries.IS_MANY.offset(0))
    assert among_few
    assert shown(officer.get(PATH, **query)) == among_few


@pytest.mark.parametrize("rows", [1, 30], ids=["one-person", "thirty-people"])
def test_the_list_costs_the_same_for_one_person_as_for_thirty(
    officer: Browser, chief: Browser, commune: Unit, rows: int
) -> None:
    for at in range(rows):
        unit = make.unit(f"Trường {at}", commune, kind="school")
        make.employment(staff(f"Nguyễn Văn {chr(65 + at)}", commune), unit)
    costs = {
        "/hr/people": (officer, 8),
        f"/hr/people?unit={commune.id}&q=nguyen": (officer, 10),
        "/hr/people?day=2026-01-01": (officer, 10),
        "/hr/people?group=CC": (chief, 8),
    }
    for path, (web, most) in costs.items():
        web.get(path)
        with counted() as seen:
            web.get(path)
        assert len(seen) == most, (path, seen)


def test_nobody_but_hr_and_administrators_opens_the_list(app: Flask) -> None:
    make.person("Trần Giảng", "trainer", email="giang@coquan.example")
    web = _signed_in(app, "giang@coquan.example")
    assert web.get(PATH).status == 403
    assert web.get(PATH + ".xlsx").status == 403
