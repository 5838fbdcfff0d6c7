"""Training plans: a list with gaps, who may enter what, and files that nobody trusts."""

import io
from datetime import date
from typing import Any

import pytest
from flask import Flask

from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict, Forbidden
from lms_app.organisations.models import Plan, Unit
from lms_app.organisations.service import plans
from lms_app.organisations.service.plans import Editor, Said
from tests import make
from tests.reporting.planning import STRANGER, Place, sheet, shown, sums, table
from tests.web import Browser, Page

PDF = b"%PDF-1.7 ke hoach"
DOCX = b"PK\x03\x04....word/document.xml...."
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...."


def enter(web: Browser, unit: Unit, content: bytes | None = None, year: int = 2026, **fields: str) -> Page:
    usual = {"status": "submitted", "number": "12/KH-UBND", "signed_on": "15/01/2026", "title": "Đào tạo 2026"}
    values: dict[str, Any] = usual | fields
    if content is not None:
        values["file"] = (io.BytesIO(content), "../../Kế hoạch <b>.pdf")
    return web.get(f"/hr/plans/{unit.id}/{year}").submit("", **values)


def stored() -> list[Plan]:
    db.session.rollback()
    return db.session.query(Plan).order_by(Plan.year).all()


# ---- the list


def test_every_unit_that_owes_a_plan_stands_in_the_list_also_without_one(chief: Browser, place: Place) -> None:
    enter(chief, place.commune, status="approved")
    page = chief.get("/hr/plans")
    assert table(page)[1:] == [
        ["Xã An Bình", "Đã duyệt", "12/KH-UBND", "15/01/2026", "Đào tạo 2026", "", "AB"],
        ["Xã Bình Phú", "Chưa có kế hoạch", "", "", "", "", "BP"],
    ]
    assert sums(page) == {
        "Cơ quan có kế hoạch được duyệt": "50%",
        "Phải có kế hoạch": "2",
        "Đã duyệt": "1",
        "Đã trình": "0",
        "Bản nháp": "0",
        "Chưa có kế hoạch": "1",
    }


def test_a_plan_that_is_only_submitted_is_a_gap(chief: Browser, place: Place) -> None:
    enter(chief, place.commune)
    page = chief.get("/hr/plans", status="gaps")
    assert [row[0] for row in table(page)[1:]] == ["Xã An Bình", "Xã Bình Phú"]
    assert sums(page)["Cơ quan có kế hoạch được duyệt"] == "0%"
    assert [row[0] for row in table(chief.get("/hr/plans", status="none"))[1:]] == ["Xã Bình Phú"]


def test_a_unit_that_is_gone_owes_a_plan_for_the_years_it_lasted_to_the_end_of(chief: Browser, place: Place) -> None:
    make.unit("Huyện Ba Tri", place.province, kind="district", valid_until=date(2025, 6, 30))
    assert "Huyện Ba Tri" in chief.get("/hr/plans", year="2024").text
    assert "Huyện Ba Tri" not in chief.get("/hr/plans", year="2025").text
    assert "Huyện Ba Tri" in chief.get("/hr/plans", year="2025", day="2025-06-30").text


def test_without_any_unit_there_is_no_share(app: Flask) -> None:
    make.hr(None, "moi@coquan.example")
    web = Browser(app)
    web.sign_in("moi@coquan.example")
    page = web.get("/hr/plans")
    assert sums(page)["Cơ quan có kế hoạch được duyệt"] == "Chưa có số liệu"
    assert "Không có đơn vị nào như vậy" in page.text


def test_the_file_holds_what_the_page_shows_cell_for_cell(chief: Browser, place: Place) -> None:
    enter(chief, place.commune, PDF, status="approved")
    title, scope, *rows = sheet(chief, "/hr/plans.xlsx")
    assert (title[0], scope[0]) == ("Kế hoạch đào tạo năm 2026", "Tất cả đơn vị anh chị phụ trách")
    assert [shown(row) for row in rows] == table(chief.get("/hr/plans"))
    assert rows[1][3].date() == date(2026, 1, 15)
    assert rows[1][5] == "PDF (1 KB)"
    assert [row[0] for row in sheet(chief, "/hr/plans.xlsx?status=none")[3:]] == ["Xã Bình Phú"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"year": "năm nay"}, "Năm là số có bốn chữ số"),
        ({"year": "1999"}, "Năm là số có bốn chữ số"),
        ({"year": "2028"}, "Năm là số có bốn chữ số"),
        ({"day": "31/02/2026"}, "31/02/2026 không phải là ngày"),
        ({"day": "27/11/2026"}, "Ngày này chưa đến"),
        ({"year": "2025", "day": "2026-01-01"}, "Ngày này không thuộc năm đã chọn"),
    ],
)
def test_a_wrong_year_or_day_is_said_on_the_same_page(chief: Browser, query: dict[str, str], said: str) -> None:
    page = chief.get("/hr/plans", **query)
    assert page.status == 400
    assert said in page.text
    assert "Xã An Bình" in page.text
    assert chief.get("/hr/plans.xlsx", **query).status == 400


# ---- entering


def test_an_officer_enters_and_changes_the_one_plan_of_a_unit_and_year(officer: Browser, place: Place) -> None:
    enter(officer, place.commune, status="draft", number="", signed_on="")
    page = enter(officer, place.commune)
    assert page.path == "/hr/plans"
    [plan] = stored()
    assert (plan.number, plan.signed_on, plan.status, plan.year) == ("12/KH-UBND", date(2026, 1, 15), "submitted", 2026)
    assert plan.entered_by == "Phạm Ngọc Lan"


def test_only_who_looks_after_all_approves(officer: Browser, place: Place) -> None:
    page = officer.get(f"/hr/plans/{place.commune.id}/2026")
    assert "Đã duyệt" not in page.body
    refused = enter(officer, place.commune, status="approved")
    assert (refused.status, stored()) == (400, [])
    assert "Chọn trạng thái của kế hoạch" in refused.text
    with pytest.raises(Forbidden), transaction():
        plans.save(
            place.commune.id, 2026, Said("1", None, "", plans.APPROVED), None, Editor(place.commune.id, "A", False)
        )


def test_an_approved_plan_is_closed_for_its_unit(officer: Browser, chief: Browser, place: Place) -> None:
    enter(officer, place.commune)
    form = officer.get(f"/hr/plans/{place.commune.id}/2026")
    enter(chief, place.commune, status="approved")
    late = form.submit("", status="draft")
    assert late.status == 409
    assert "đã được duyệt nên không sửa được" in late.text
    assert not officer.get(f"/hr/plans/{place.commune.id}/2026").forms
    assert stored()[0].status == "approved"
    with pytest.raises(Conflict), transaction():
        plans.save(place.commune.id, 2026, Said("", None, "", plans.DRAFT), None, Editor(place.commune.id, "A", False))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"number": " "}, "Ghi số kế hoạch"),
        ({"number": "x" * 101}, "101 ký tự, nhiều nhất là 100"),
        ({"signed_on": ""}, "Ghi ngày ký"),
        ({"signed_on": "31/02/2026"}, "31/02/2026 không phải là ngày"),
        ({"signed_on": "27/11/2026"}, "Ngày ký chưa đến"),
        ({"title": "x" * 301}, "301 ký tự, nhiều nhất là 300"),
        ({"status": "xong"}, "Chọn trạng thái"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    officer: Browser, place: Place, fields: dict[str, Any], said: str
) -> None:
    page = enter(officer, place.commune, **fields)
    assert page.status == 400
    assert said in page.text
    kept = {"title": "Đào tạo 2026"} | fields
    assert f'value="{kept["title"]}"' in page.body
    assert stored() == []


def test_a_plan_that_somebody_else_enters_at_the_same_moment_is_said_on_the_page(
    officer: Browser, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the other's row had appeared after we looked for it."""
    form = officer.get(f"/hr/plans/{place.commune.id}/2026")
    enter(officer, place.commune)
    monkeypatch.setattr(db.session, "scalar", lambda *_: None)
    late = form.submit("", status="draft", title="Tên khác")
    assert late.status == 409
    assert "đang được nhập ở một nơi khác" in late.text
    assert 'value="Tên khác"' in late.body
    monkeypatch.undo()
    assert [plan.title for plan in stored()] == ["Đào tạo 2026"]


# ---- the file


@pytest.mark.parametrize(
    ("content", "ending", "kind"),
    [
        (PDF, "pdf", "application/pdf"),
        (DOCX, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (DOC, "doc", "application/msword"),
    ],
)
def test_a_file_is_handed_out_only_to_be_saved_under_a_name_of_ours(
    officer: Browser, place: Place, content: bytes, ending: str, kind: str
) -> None:
    enter(officer, place.commune, content)
    answer = officer.open("GET", f"/hr/plans/{place.commune.id}/2026/file")
    assert (answer.data, answer.mimetype) == (content, kind)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="ke-hoach-ab-2026.{ending}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = officer.get(f"/hr/plans/{place.commune.id}/2026")
    assert "Kế hoạch &lt;b&gt;.pdf" in page.body


def test_without_another_file_the_one_before_stays(officer: Browser, place: Place) -> None:
    enter(officer, place.commune, PDF)
    enter(officer, place.commune, number="13/KH-UBND")
    assert officer.open("GET", f"/hr/plans/{place.commune.id}/2026/file").data == PDF


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", b"PK\x03\x04 a zip", b"MZ\x90\x00", b"\x89PNG\r\n"])
def test_what_is_neither_pdf_nor_word_is_refused_whatever_its_name(
    officer: Browser, place: Place, content: bytes
) -> None:
    page = enter(officer, place.commune, content)
    assert page.status == 400
    assert "Tệp này không phải là PDF hoặc Word" in page.text
    assert 'value="12/KH-UBND"' in page.body
    assert stored() == []


def test_a_file_that_is_too_large_is_refused(officer: Browser, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plans.LARGEST == 10 * 1024 * 1024
    monkeypatch.setattr(plans, "LARGEST", 1024)
    page = enter(officer, place.commune, PDF + b"\0" * plans.LARGEST)
    assert page.status == 400
    assert "Tệp lớn quá" in page.text
    assert stored() == []


def test_a_plan_without_a_file_has_none_to_hand_out(officer: Browser, place: Place) -> None:
    enter(officer, place.commune)
    assert officer.get(f"/hr/plans/{place.commune.id}/2026/file").status == 404


# ---- reach


def test_the_neighbour_is_neither_read_nor_entered_nor_told_from_one_that_is_not_there(
    officer: Browser, chief: Browser, place: Place
) -> None:
    enter(chief, place.neighbour, PDF, status="approved")
    assert "Bình Phú" not in officer.get("/hr/plans").text
    assert "Bình Phú" not in str(sheet(officer, "/hr/plans.xlsx"))
    nobody = make.unit("Đã xóa")
    gone = nobody.id
    db.session.delete(nobody)
    db.session.commit()
    token = officer.get(f"/hr/plans/{place.commune.id}/2026").form("").fields["csrf_token"]
    for unit in (place.neighbour.id, place.province.id, gone):
        answers = [
            officer.get(f"/hr/plans/{unit}/2026"),
            officer.get(f"/hr/plans/{unit}/2026/file"),
            officer.post(f"/hr/plans/{unit}/2026", csrf_token=token, status="draft"),
            officer.get("/hr/plans", unit=str(unit)),
            officer.get("/hr/plans.xlsx", unit=str(unit)),
        ]
        assert {answer.status for answer in answers} == {404}
        assert {"Không có đơn vị này trong phạm vi" in answer.text for answer in answers} == {True}
        assert not any("Bình Phú" in answer.text for answer in answers)
    assert officer.get("/hr/plans", unit="x").status == 404


def test_a_unit_without_a_duty_or_a_year_out_of_range_has_no_plan(officer: Browser, place: Place) -> None:
    assert officer.get(f"/hr/plans/{place.school.id}/2026").status == 404
    assert officer.get(f"/hr/plans/{place.commune.id}/1999").status == 404
    assert officer.get(f"/hr/plans/{place.commune.id}/2028").status == 404
    assert officer.get(f"/hr/plans/{place.commune.id}/2027").status == 200


def test_the_plan_of_a_unit_that_is_gone_can_still_be_entered(chief: Browser, place: Place) -> None:
    district = make.unit("Huyện Ba Tri", place.province, kind="district", valid_until=date(2025, 6, 30))
    page = enter(chief, district, year=2025, signed_on="15/01/2025")
    assert page.status == 200
    assert [plan.year for plan in stored()] == [2025]


def test_nobody_else_sees_plans(place: Place) -> None:
    make.person("Lê Văn Tám", email=STRANGER)
    assert place.browser(STRANGER).get("/hr/plans").status == 403
    assert Browser(place.app).open("GET", "/hr/plans").status_code in {302, 303, 401}
