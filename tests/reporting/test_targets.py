"""Targets with the act they come from: several over time, never two at once; baselines say what they are not."""

from datetime import date
from typing import Any

import pytest

from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict
from lms_app.organisations.models import Baseline, Target
from lms_app.organisations.service import targets
from lms_app.reporting.forms.targets import plain, share
from tests import make
from tests.reporting.planning import OFFICER, Place, table
from tests.web import Browser, Page

ACT = "Kế hoạch 4624/KH-UBND ngày 06/8/2021"


def enter(web: Browser, address: str = "/hr/targets/new", **fields: str) -> Page:
    usual = {
        "indicator": "K2",
        "group": "LD",
        "unit": "VL",
        "valid_from": "01/01/2026",
        "valid_until": "31/12/2026",
        "value": "80%",
        "act": ACT,
        "note": "",
    }
    return web.get(address).submit("", **usual | fields)


def stored() -> list[Target]:
    db.session.rollback()
    return db.session.query(Target).order_by(Target.valid_from, Target.group).all()


def section(page: Page, code: str) -> list[list[str]]:
    """The targets of one indicator; the indicators before it must have none."""
    assert f"{code}. " in page.text
    return table(page)[1:]


def test_a_target_is_entered_with_its_act_and_shown_with_its_period(chief: Browser) -> None:
    page = enter(chief, value="80,5", note="Văn bản ghi “trên 80%”.")
    assert stored()[0].value == pytest.approx(0.805)
    assert section(page, "K2") == [
        [
            "01/01/2026 – 31/12/2026Đang áp dụng",
            "80,5%",
            "Lãnh đạo, quản lý",
            "Tỉnh Vĩnh Long",
            f"{ACT}Văn bản ghi “trên 80%”.",
        ]
    ]


def test_an_indicator_that_no_act_asks_anything_of_says_so(chief: Browser) -> None:
    assert chief.get("/hr/targets").text.count("Chưa có văn bản nào giao con số") == len(targets.INDICATORS)


def test_several_targets_follow_one_another(chief: Browser) -> None:
    enter(chief)
    page = enter(chief, valid_from="01/01/2027", valid_until="", value="100")
    assert [row[:2] for row in section(page, "K2")] == [
        ["01/01/2027 – …", "100%"],
        ["01/01/2026 – 31/12/2026Đang áp dụng", "80%"],
    ]


@pytest.mark.parametrize(
    ("since", "until"),
    [("31/12/2026", ""), ("01/01/2025", "01/01/2026"), ("01/06/2026", "02/06/2026"), ("01/01/2025", "")],
)
def test_one_that_overlaps_is_refused_and_names_the_other(chief: Browser, since: str, until: str) -> None:
    enter(chief)
    page = enter(chief, valid_from=since, valid_until=until, value="90")
    assert page.status == 409
    assert f"trùng với chỉ tiêu đã có: {ACT}, từ 01/01/2026 đến 31/12/2026" in page.text
    assert f'value="{since}"' in page.body
    assert len(stored()) == 1


def test_other_groups_units_and_indicators_do_not_overlap(chief: Browser) -> None:
    enter(chief)
    for fields in ({"group": ""}, {"unit": "AB"}, {"indicator": "K6"}):
        assert enter(chief, **fields).status == 200
    assert len(stored()) == 4


def test_a_target_is_mended_where_it_stands(chief: Browser) -> None:
    enter(chief)
    address = f"/hr/targets/{stored()[0].id}"
    assert chief.get(address).form("").fields["value"] == "80%"
    enter(chief, address, value="85")
    [target] = stored()
    assert target.value == pytest.approx(0.85)
    enter(chief, valid_from="01/01/2027", valid_until="")
    refused = enter(chief, address, valid_until="01/01/2027")
    assert refused.status == 409


def test_numbers_are_no_shares(chief: Browser) -> None:
    page = enter(chief, indicator="K8", group="", value="40", valid_until="")
    assert section(page, "K8")[0][:2] == ["01/01/2026 – …Đang áp dụng", "40 tiết"]
    assert enter(chief, indicator="K4", group="", value="40%").status == 400


@pytest.mark.parametrize(
    ("typed", "value"),
    [("80", 0.8), ("80%", 0.8), ("80 %", 0.8), ("80,5", 0.805), ("80.5%", 0.805), ("0", 0.0), ("100", 1.0)],
)
def test_percent_is_read_as_people_write_it(typed: str, value: float) -> None:
    assert share(typed) == pytest.approx(value)
    assert plain("0,5") == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"indicator": "K2b"}, "Chọn chỉ số"),
        ({"group": "XX"}, "Chọn nhóm đối tượng"),
        ({"unit": "KHONG-CO"}, "Không có đơn vị nào mang mã này"),
        ({"valid_from": ""}, "Ghi ngày bắt đầu"),
        ({"valid_from": "31/02/2026"}, "31/02/2026 không phải là ngày"),
        ({"valid_until": "31/12/2025"}, "Ngày cuối đứng trước ngày đầu"),
        ({"value": ""}, "Ghi giá trị, ví dụ 80%"),
        ({"value": "101"}, "phần trăm từ 0 đến 100"),
        ({"value": "-5"}, "phần trăm từ 0 đến 100"),
        ({"value": "nhiều"}, "phần trăm từ 0 đến 100"),
        ({"value": "1e3"}, "phần trăm từ 0 đến 100"),
        ({"indicator": "K8", "value": "bốn mươi"}, "Giá trị là một số"),
        ({"act": ""}, "Ghi số và ngày của văn bản"),
        ({"note": "x" * 501}, "501 ký tự, nhiều nhất là 500"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(chief: Browser, fields: dict[str, str], said: str) -> None:
    page = enter(chief, **fields)
    assert page.status == 400
    assert said in page.text
    assert f'value="{({"act": ACT} | fields)["act"]}"' in page.body or "act" in fields
    assert stored() == []


def test_an_officer_of_a_unit_reads_targets_and_changes_none(place: Place, chief: Browser) -> None:
    enter(chief)
    officer = place.browser(OFFICER)
    page = officer.get("/hr/targets")
    assert section(page, "K2")[0][1] == "80%"
    assert "Thêm chỉ tiêu" not in page.text
    for address in ("/hr/targets/new", f"/hr/targets/{stored()[0].id}"):
        assert officer.get(address).status == 403
        token = officer.get("/account").forms[0].fields["csrf_token"]
        assert officer.post(address, csrf_token=token).status == 403


def test_a_target_that_is_not_there_is_not_found(chief: Browser, place: Place) -> None:
    assert chief.get(f"/hr/targets/{place.commune.id}").status == 404


def test_the_service_refuses_an_overlap_by_itself(place: Place) -> None:
    values: dict[str, Any] = {"indicator": "K1", "group": "", "unit_id": place.province.id, "act": ACT, "note": ""}
    first = targets.Asked(**values, valid_from=date(2026, 1, 1), valid_until=None, value=1)
    with transaction():
        targets.save(first, "cli")
    with pytest.raises(Conflict, match="đến …"), transaction():
        targets.save(first, "cli")


def test_baselines_are_read_with_what_they_are_not(place: Place) -> None:
    officer = place.browser(OFFICER)
    assert "Chưa có số liệu" in officer.get("/hr/baselines").text
    values = {"unit_id": place.province.id, "on": date(2021, 8, 6), "act": ACT}
    make.add(Baseline(code="a", name="Toàn tỉnh", have=2061, out_of=2392, note="Không phải mẫu số.", **values))
    make.add(Baseline(code="b", name="Mầm non (%)", have=62.8, out_of=None, note="Không nêu số người.", **values))
    assert table(officer.get("/hr/baselines"))[1:] == [
        ["Toàn tỉnh", "2.061", "2.392", "86,2%", f"Tỉnh Vĩnh Long{ACT}", "Không phải mẫu số."],
        ["Mầm non (%)", "62,8", "", "", f"Tỉnh Vĩnh Long{ACT}", "Không nêu số người."],
    ]
