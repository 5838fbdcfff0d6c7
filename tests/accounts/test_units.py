"""The pages of units: what HR sees and may do, what is refused, and that whoever looks sees their own tree only."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import Employment
from lms_app.core import tables
from lms_app.core.audit import AuditEntry
from lms_app.core.db import db
from lms_app.organisations.models import SPLIT, Unit, UnitSuccession
from lms_app.organisations.service import listing
from tests import make
from tests.web import Browser, Page, counted

OFFICER, LOCAL = "nhansu@coquan.example", "xa@coquan.example"
UNKNOWN = "Không có đơn vị này, hoặc anh chị không phụ trách đơn vị này."


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-26T03:00:00+00:00", tick=False):
        yield


@pytest.fixture
def officer(app: Flask) -> Browser:
    """HR of everybody."""
    make.hr(email=OFFICER)
    web = Browser(app)
    web.sign_in(OFFICER)
    return web


@pytest.fixture
def local(app: Flask, province: dict[str, Unit]) -> Browser:
    """HR of the commune An Hội."""
    make.hr(province["AH"], email=LOCAL)
    web = Browser(app)
    web.sign_in(LOCAL)
    return web


@pytest.fixture
def province(app: Flask) -> dict[str, Unit]:
    top = make.unit("Tỉnh Vĩnh Long", kind="province", code="86")
    made = {
        "86": top,
        "AH": make.unit("Phường An Hội", top, code="AH"),
        "GL": make.unit("Xã Giao Long", top, code="GL"),
    }
    made["MN"] = make.unit("Trường mầm non An Hội", made["AH"], kind="school", code="MN")
    return made


def code(unit_id: Any) -> str:
    return db.session.scalars(select(Unit.code).where(Unit.id == unit_id)).one()


def units() -> dict[str, Unit]:
    db.session.expire_all()
    return {one.code: one for one in db.session.scalars(select(Unit))}


# ---- looking


def test_the_tree_opens_one_level_at_a_time(officer: Browser, province: dict[str, Unit]) -> None:
    page = officer.get("/hr/units")
    assert "Tỉnh Vĩnh Long" in page.text
    assert "Xã Giao Long" not in page.text
    assert f'below={province["86"].id}" aria-label="3 đơn vị trực thuộc Tỉnh Vĩnh Long">3</a>' in page.body
    page = officer.get("/hr/units", below=province["86"].id)
    assert "2 đơn vị trực thuộc, ngày 26/11/2026" in page.text
    assert "Trường mầm non" not in page.text


def test_the_tree_is_that_of_the_day_in_the_address(officer: Browser) -> None:
    make.unit("Huyện Ba Tri", kind="district", code="836", valid_until=date(2025, 6, 30))
    make.unit("Xã Ba Tri", code="29110", valid_from=date(2025, 7, 1))
    before, after = (officer.get("/hr/units", day=day).text for day in ("2025-06-30", "2025-07-01"))
    assert ("Huyện Ba Tri" in before, "Xã Ba Tri" in before) == (True, False)
    assert ("Huyện Ba Tri" in after, "Xã Ba Tri" in after) == (False, True)


def test_units_are_found_by_name_without_marks_by_code_and_by_kind(officer: Browser, province: dict[str, Unit]) -> None:
    assert "1 đơn vị khớp" in officer.get("/hr/units", q="giao long").text
    assert "Phường An Hội" in officer.get("/hr/units", q="ah").text
    assert "1 đơn vị khớp" in officer.get("/hr/units", kind="school").text
    assert "Không có đơn vị nào khớp" in officer.get("/hr/units", q="Cà Mau").text


def test_an_hr_officer_of_a_unit_sees_it_with_all_below_it_and_no_neighbour(
    local: Browser, province: dict[str, Unit]
) -> None:
    page = local.get("/hr/units")
    assert "Phường An Hội" in page.text
    assert "Tỉnh Vĩnh Long" not in page.text
    assert "Không có đơn vị nào khớp" in local.get("/hr/units", q="Giao Long").text
    assert local.get(f"/hr/units/{province['MN'].id}").status == 200
    for path in (
        f"/hr/units/{province['GL'].id}",
        f"/hr/units?below={province['86'].id}",
        f"/hr/units/{province['86'].id}",
    ):
        page = local.get(path)
        assert (page.status, UNKNOWN in page.text) == (404, True), path
    nobody = local.get("/hr/units/00000000-0000-4000-8000-000000000000")
    assert (nobody.status, UNKNOWN in nobody.text) == (404, True)


def test_who_looks_after_one_unit_changes_none(local: Browser, province: dict[str, Unit]) -> None:
    own = province["AH"].id
    for path in (
        "/hr/units/new",
        f"/hr/units/{own}/edit",
        f"/hr/units/{own}/change",
        "/hr/units/import",
        "/hr/units/unplaced",
    ):
        assert local.get(path).status == 403, path
    assert "Ghi thay đổi" not in local.get(f"/hr/units/{own}").text


def test_a_units_page_says_what_it_came_from_and_who_works_there(officer: Browser, province: dict[str, Unit]) -> None:
    old = make.unit("Thành phố Bến Tre", kind="district", code="829", valid_until=date(2025, 6, 30))
    new = province["AH"]
    act = "Nghị quyết số 1687/NQ-UBTVQH15"
    make.add(UnitSuccession(from_id=old.id, to_id=new.id, kind=SPLIT, on=date(2025, 7, 1), act=act))
    make.employment(make.person("Lê Ba"), new)
    make.employment(make.person("Võ Tư"), province["MN"])
    page = officer.get(f"/hr/units/{new.id}")
    assert "Thành phố Bến Tre (829)Tách từ · 01/07/2025 · Nghị quyết số 1687/NQ-UBTVQH15" in page.text
    assert "2 người; riêng đơn vị này 1 người" in page.text
    for link in (f"/hr/coverage?unit={new.id}", f"/hr/people?unit={new.id}"):
        assert f'href="{link}"' in page.body
    before = officer.get(f"/hr/units/{old.id}")
    assert "Ngày cuối cùng là 30/06/2025" in before.text
    assert "Phường An Hội (AH)Chia thành · 01/07/2025" in before.text


@pytest.mark.parametrize("many", [1, 200])
def test_the_tree_costs_the_same_whatever_its_size(officer: Browser, many: int) -> None:
    top = make.unit("Tỉnh Vĩnh Long", kind="province")
    for n in range(many):
        make.unit(f"Xã {n}", top)
    costs = []
    for path in ("/hr/units", f"/hr/units?below={top.id}", "/hr/units?q=xa", f"/hr/units/{top.id}"):
        with counted() as seen:
            assert officer.get(path).status == 200
        costs.append(len(seen))
    assert costs == [6, 8, 6, 10]


# ---- adding and correcting


def test_a_unit_is_added_below_another_named_by_its_code(officer: Browser, province: dict[str, Unit]) -> None:
    page = officer.get("/hr/units/new").submit(
        "", code="TN", name="Xã Tân Nhuận", kind="commune", parent="86", since="01/7/2025"
    )
    assert page.status == 200
    assert "Xã Tân Nhuận" in page.text
    made = units()["TN"]
    assert (code(made.parent_id), made.valid_from) == ("86", date(2025, 7, 1))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": ""}, "Ghi mã đơn vị"),
        ({"code": "A@1"}, "Ghi mã đơn vị"),
        ({"code": "AH"}, "Mã AH đã là mã của Phường An Hội. Hãy chọn mã khác."),
        ({"name": " "}, "Ghi tên đơn vị"),
        ({"kind": "làng"}, "Chọn một loại trong danh sách."),
        ({"parent": "999"}, "Không có đơn vị 999 vào ngày 01/07/2025. Hãy ghi mã đơn vị."),
        ({"since": "mai"}, "Ghi ngày, ví dụ 01/07/2025."),
        ({"act": "x" * 301}, "nhiều nhất 300 ký tự"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_nothing_typed_is_lost(
    officer: Browser, province: dict[str, Unit], wrong: dict[str, str], said: str
) -> None:
    typed = {
        "code": "TN",
        "name": "Xã Tân Nhuận",
        "kind": "commune",
        "parent": "86",
        "since": "01/07/2025",
        "act": "QĐ 1",
    }
    page = officer.get("/hr/units/new").submit("", **(typed | wrong))
    assert page.status == 400
    assert said in page.text
    kept = page.form("").fields
    assert {name: kept[name] for name in typed if name not in wrong} == {
        name: value for name, value in typed.items() if name not in wrong
    }
    assert "TN" not in units()


def test_a_correction_is_noted_in_the_audit(officer: Browser, province: dict[str, Unit]) -> None:
    at = f"/hr/units/{province['GL'].id}"
    page = officer.get(f"{at}/edit").submit("", name="Xã Giao Long mới")
    assert page.path == at
    assert "Xã Giao Long mới" in page.text
    [noted] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "unit.correct"))
    assert noted.detail["before"] == {"name": "Xã Giao Long"}


def test_a_correction_that_leaves_the_tree_untrue_is_refused(officer: Browser, province: dict[str, Unit]) -> None:
    page = officer.get(f"/hr/units/{province['AH'].id}/edit").submit("", since="01/07/2025")
    assert page.status == 400
    assert "Trường mầm non An Hội (MN) bắt đầu ngày 01/01/2000" in page.text
    assert page.form("").fields["since"] == "01/07/2025"


# ---- changing


def changed(officer: Browser, unit: Unit, kind: str, **fields: str) -> Page:
    """To what is shown before it happens."""
    page = officer.get(f"/hr/units/{unit.id}/change", kind=kind)
    return page.submit("/change", on="01/12/2026", act="QĐ 1", **fields)


def test_a_rename_is_shown_first_and_then_done(officer: Browser, province: dict[str, Unit]) -> None:
    make.employment(make.person("Lê Ba"), province["MN"])
    make.hr(province["AH"])
    page = changed(officer, province["AH"], "rename", name="Xã An Hội", code="AH")
    assert page.status == 200
    assert "Kết thúc hôm trướcPhường An Hội (AH)" in page.text.replace(" Kết", "Kết").replace("trước ", "trước")
    assert "Trường mầm non An Hội (MN)" in page.text
    assert "Người chuyển theo1" in page.text.replace(" 1", "1")
    assert set(units()) == {"86", "AH", "GL", "MN"}
    done = page.submit("/change")
    assert done.path == f"/hr/units/{province['AH'].id}"
    assert "Đổi tên thành · 01/12/2026 · QĐ 1" in done.text
    assert set(units()) == {"86", "AH", "GL", "MN", "AH@2026-11-30", "MN@2026-11-30"}


def test_what_changed_since_it_was_shown_is_shown_again(officer: Browser, province: dict[str, Unit]) -> None:
    page = changed(officer, province["GL"], "rename", name="Phường Giao Long", code="GL")
    make.employment(make.person("Lê Ba"), province["GL"])
    again = page.submit("/change")
    assert again.status == 409
    assert "Dữ liệu vừa thay đổi so với lúc xem" in again.text
    assert "GL@2026-11-30" not in units()
    assert again.submit("/change").status == 200
    assert "GL@2026-11-30" in units()


def test_each_kind_of_change_goes_through_its_form(officer: Browser, province: dict[str, Unit]) -> None:
    changed(officer, province["MN"], "move", parent="Xã Giao Long").submit("/change")
    assert code(units()["MN"].parent_id) == "GL"
    changed(officer, province["AH"], "split", parts="A1; Phường Một\nGL", parent="86").submit("/change")
    assert code(units()["A1"].parent_id) == "86"
    officer.get(f"/hr/units/{units()['A1'].id}/change", kind="merge").submit(
        "/change", on="01/01/2027", act="QĐ 2", others="GL", name="Xã Chung", code="GL", parent="86"
    ).submit("/change")
    assert units()["GL"].name == "Xã Chung"
    officer.get(f"/hr/units/{units()['MN'].id}/change", kind="abolish").submit(
        "/change", on="01/02/2027", act="QĐ 3"
    ).submit("/change")
    assert units()["MN"].valid_until == date(2027, 1, 31)


def test_a_unit_merges_into_one_that_is_there(officer: Browser, province: dict[str, Unit]) -> None:
    changed(officer, province["AH"], "merge", others="Xã Giao Long", into="GL").submit("/change")
    assert units()["GL"].valid_until is None
    assert code(units()["MN"].parent_id) == "GL"


@pytest.mark.parametrize(
    ("kind", "wrong", "said"),
    [
        ("rename", {"on": ""}, "Ghi ngày, ví dụ 01/07/2025."),
        ("rename", {"act": ""}, "Ghi số, ngày của văn bản"),
        ("rename", {"code": "G L"}, "Ghi mã đơn vị"),
        ("rename", {"new_kind": "x"}, "Chọn một loại trong danh sách."),
        ("rename", {"code": "AH"}, "Mã AH đã là mã của Phường An Hội."),
        ("rename", {"on": "01/01/2000"}, "Xã Giao Long (GL) bắt đầu ngày 01/01/2000"),
        ("move", {"parent": "GL"}, "thành một vòng"),
        ("move", {"parent": "Cà Mau"}, "Không có đơn vị Cà Mau vào ngày 01/12/2026."),
        ("merge", {"others": ""}, "Ghi ít nhất một đơn vị cùng sáp nhập"),
        ("merge", {"others": "Xã X"}, "Không có đơn vị Xã X"),
        ("split", {"parts": "A1; Một"}, "Ghi ít nhất hai đơn vị"),
        ("split", {"parts": "A 1; Một\nA2; Hai"}, "Mỗi dòng ghi mã; tên."),
        ("split", {"parts": "A1; Một\nA1; Hai"}, "Hai đơn vị mới mang cùng một mã."),
        ("abolish", {"heirs": "GL"}, "Một đơn vị được chọn hai lần."),
    ],
)
def test_a_change_that_cannot_be_is_refused_in_a_sentence(
    officer: Browser, province: dict[str, Unit], kind: str, wrong: dict[str, str], said: str
) -> None:
    page = officer.get(f"/hr/units/{province['GL'].id}/change", kind=kind)
    refused = page.submit("/change", **({"on": "01/12/2026", "act": "QĐ 1"} | wrong))
    assert refused.status == 400
    assert said in refused.text
    for name, value in wrong.items():
        if name != "new_kind":
            assert refused.form("/change").fields[name] == value
    assert set(units()) == {"86", "AH", "GL", "MN"}


def test_a_name_that_two_units_have_must_be_told_apart_by_code(officer: Browser, province: dict[str, Unit]) -> None:
    make.unit("Xã Giao Long", province["86"], code="GL2")
    refused = changed(officer, province["AH"], "merge", others="xa giao long", code="AH", name="A")
    assert refused.status == 400
    assert "Có 2 đơn vị tên xa giao long. Hãy ghi mã: GL" in refused.text


def test_people_of_a_split_unit_are_listed_until_they_are_placed(officer: Browser, province: dict[str, Unit]) -> None:
    who = make.person("Lê Ba")
    make.employment(who, province["GL"])
    page = officer.get(f"/hr/units/{province['GL'].id}/change", kind="split")
    page.submit("/change", on="01/11/2026", act="QĐ", parts="A1; Một\nA2; Hai", parent="86").submit("/change")
    assert "Chưa xếp đơn vị: 1 người" in officer.get("/hr/units").text
    page = officer.get("/hr/units/unplaced")
    assert f'href="/hr/people/{who.id}"' in page.body
    assert "Xã Giao Long" in page.text
    make.add(Employment(person_id=who.id, unit_id=units()["A1"].id, group="CC", since=date(2026, 11, 1)))
    assert "Không có ai." in officer.get("/hr/units/unplaced").text


# ---- lists


def sent(officer: Browser, *lines: list[Any]) -> Page:
    content = tables.write(list(listing.LABELS.values()), lines)
    token = officer.get("/hr/units/import").form("/check").fields["csrf_token"]
    return officer.post("/hr/units/import/check", csrf_token=token, list=(io.BytesIO(content), "donvi.xlsx"))


def test_a_list_is_looked_at_and_then_added(officer: Browser, province: dict[str, Unit]) -> None:
    page = sent(officer, ["86", "Tỉnh Vĩnh Long", "Tỉnh"], ["BT", "Xã Ba Tri", "Xã", "86"])
    assert "Xã Ba Tri" in page.text
    assert "BT" not in units()
    done = page.submit("/hr/units/import")
    assert "Đã thêm 1 đơn vị mới." in done.text
    assert code(units()["BT"].parent_id) == "86"
    assert "Không có dòng mới nào để nhập." in sent(officer, ["BT", "Xã Ba Tri", "Xã", "86"]).text


def test_wrong_rows_are_shown_and_the_list_cannot_be_added(officer: Browser, province: dict[str, Unit]) -> None:
    page = sent(officer, ["BT", "Xã Ba Tri", "Xã", "86"], ["X", "<b>X</b>", "Xã", "Y"], ["<i>", "Z", "<u>", ""])
    assert "Không có đơn vị nào mang mã cấp trên Y." in page.text
    assert "Chưa hiểu loại <u>." in page.text
    assert not [form for form in page.forms if form.action == "/hr/units/import"]
    assert "BT" not in units()


def test_another_list_sent_meanwhile_is_not_added_unseen(officer: Browser, province: dict[str, Unit]) -> None:
    page = sent(officer, ["BT", "Xã Ba Tri", "Xã"])
    sent(officer, ["BD", "Xã Bình Đại", "Xã"])
    assert page.submit("/hr/units/import").status == 409
    assert not {"BT", "BD"} & set(units())


def test_no_file_and_a_file_that_is_no_list_are_told_on_the_same_page(officer: Browser) -> None:
    token = officer.get("/hr/units/import").form("/check").fields["csrf_token"]
    assert officer.post("/hr/units/import/check", csrf_token=token).status == 400
    bad = officer.post("/hr/units/import/check", csrf_token=token, list=(io.BytesIO(b"PK\x03\x04"), "x.xlsx"))
    assert (bad.status, "Không đọc được tệp này" in bad.text) == (400, True)


def test_the_template_has_the_columns(officer: Browser) -> None:
    answer = officer.open("GET", "/hr/units/import/template.xlsx")
    rows = tables.read(answer.data, 100)
    assert list(rows[2]) == list(listing.LABELS.values())
