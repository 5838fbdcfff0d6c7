"""Campaigns by year, and a network whose gaps show; only office contacts, only within reach."""

from datetime import date
from typing import Any

import pytest

from lms_app.core.db import db
from lms_app.organisations.models import Campaign, NetworkMember, Target
from tests import make
from tests.reporting.planning import STRANGER, Place, sheet, shown, sums, table
from tests.web import Browser, Page

CAMPAIGN = {
    "title": "Ngày chuyển đổi số",
    "unit": "VL",
    "since": "01/10/2026",
    "until": "10/10/2026",
    "channel": "Đài truyền thanh",
    "reach": "1.200",
    "act": "",
}
MEMBER = {
    "kind": "community",
    "full_name": "Trần Văn Hai",
    "unit": "AB",
    "sector": "",
    "position": "Tổ trưởng",
    "contact": "0275 382 2222",
    "since": "01/01/2026",
    "until": "",
    "act": "QĐ 5/QĐ-UBND",
}


def campaign(web: Browser, address: str = "/hr/campaigns/new", **fields: str) -> Page:
    return web.get(address).submit("", **CAMPAIGN | fields)


def member(web: Browser, address: str = "/hr/network/new", **fields: str) -> Page:
    return web.get(address).submit("", **MEMBER | fields)


def count(kind: Any) -> int:
    db.session.rollback()
    return len(db.session.query(kind).all())


# ---- campaigns


def test_campaigns_are_counted_by_year_against_the_target_of_that_year(chief: Browser, place: Place) -> None:
    make.add(
        Target(
            indicator="K4",
            unit_id=place.province.id,
            valid_from=date(2025, 1, 1),
            valid_until=date(2026, 12, 31),
            value=1,
            act="KH",
        )
    )
    campaign(chief)
    page = campaign(chief, title="Qua năm", since="20/12/2023", until="10/01/2024")
    assert table(page)[1:] == [
        ["2026", "1", "1", "Đạt chỉ tiêu"],
        ["2025", "0", "1", "Chưa đạt chỉ tiêu"],
        ["2024", "1", "", "Chưa có chỉ tiêu"],
        ["2023", "1", "", "Chưa có chỉ tiêu"],
    ]
    assert [row[0] for row in table(page, 1)[1:]] == ["Ngày chuyển đổi số", "Qua năm"]
    assert [row[0] for row in table(chief.get("/hr/campaigns", year="2024"), 1)[1:]] == ["Qua năm"]


def test_a_reach_that_nobody_knows_is_not_zero(chief: Browser) -> None:
    campaign(chief)
    page = campaign(chief, reach="", title="Khác")
    assert sorted(row[2] for row in table(page, 1)[1:]) == ["1.200", "chưa có số liệu"]


def test_a_campaign_is_mended_where_it_stands(chief: Browser) -> None:
    campaign(chief)
    address = f"/hr/campaigns/{db.session.query(Campaign).one().id}"
    assert chief.get(address).form("").fields["reach"] == "1200"
    campaign(chief, address, title="Tên mới")
    assert [row[0] for row in table(chief.get("/hr/campaigns"), 1)[1:]] == ["Tên mới"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "Ghi tên chiến dịch"),
        ({"unit": "KHONG-CO"}, "Không có đơn vị nào mang mã này"),
        ({"since": ""}, "Ghi ngày bắt đầu"),
        ({"since": "x"}, "x không phải là ngày"),
        ({"until": "30/09/2026"}, "Ngày cuối đứng trước ngày đầu"),
        ({"channel": ""}, "Ghi kênh truyền thông"),
        ({"reach": "-1"}, "Số người tiếp cận là số nguyên"),
        ({"reach": "nhiều"}, "Số người tiếp cận là số nguyên"),
        ({"reach": "100000001"}, "Số người tiếp cận là số nguyên"),
        ({"reach": "0" * 12 + "1"}, "Số người tiếp cận là số nguyên"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said_and_what_was_typed_stays(
    chief: Browser, fields: dict[str, str], said: str
) -> None:
    page = campaign(chief, **fields)
    assert (page.status, count(Campaign)) == (400, 0)
    assert said in page.text
    assert all(f'value="{typed}"' in page.body for typed in (CAMPAIGN | fields).values() if typed)


def test_campaigns_of_units_that_are_gone_count_in_their_year_and_the_neighbours_never(
    chief: Browser, officer: Browser, place: Place
) -> None:
    make.unit("Huyện Ba Tri", place.province, kind="district", code="BT", valid_until=date(2025, 6, 30))
    campaign(chief, unit="BT", title="Ở huyện cũ", since="01/03/2025", until="")
    campaign(chief, unit="BP", title="Ở Bình Phú")
    campaign(chief, unit="AB", title="Ở An Bình")
    assert "Ở huyện cũ" in chief.get("/hr/campaigns").text
    mine = officer.get("/hr/campaigns").text
    assert "Ở An Bình" in mine
    assert "Ở Bình Phú" not in mine
    assert "Ở huyện cũ" not in mine


def test_only_targets_of_the_own_units_judge_their_campaigns(officer: Browser, chief: Browser, place: Place) -> None:
    for unit, value in ((place.province, 1), (place.neighbour, 5)):
        make.add(Target(indicator="K4", unit_id=unit.id, valid_from=date(2026, 1, 1), value=value, act="KH"))
    assert table(chief.get("/hr/campaigns"))[1] == ["2026", "0", "1", "Chưa đạt chỉ tiêu"]
    assert table(officer.get("/hr/campaigns"))[1] == ["2026", "0", "", "Chưa có chỉ tiêu"]


# ---- the network


def test_experts_core_staff_and_teams_are_listed_and_communes_without_anybody_show(chief: Browser) -> None:
    member(chief)
    page = member(chief, kind="expert", unit="VL", full_name="Lê Thị Ba", sector="Y tế", contact="yte@tinh.example")
    assert sums(page) == {
        "Chuyên gia": "1",
        "Cán bộ nòng cốt": "0",
        "Tổ công nghệ số cộng đồng": "1",
        "Xã, phường chưa có ai": "1 trong 2",
    }
    assert table(page)[1] == [
        "Trần Văn Hai",
        "Tổ công nghệ số cộng đồng",
        "",
        "Tổ trưởng",
        "Xã An Bình",
        "0275 382 2222",
        "01/01/2026",
        "QĐ 5/QĐ-UBND",
    ]
    assert "Chuyên gia theo lĩnh vực Y tế1" in page.text
    assert page.text.endswith("Xã, phường chưa có ai trong mạng lưới Xã Bình Phú")
    assert [row[0] for row in table(chief.get("/hr/network", kind="expert"))[1:]] == ["Lê Thị Ba"]


def test_who_has_left_leaves_a_gap_from_the_next_day_on(chief: Browser) -> None:
    member(chief, until="30/06/2026")
    assert sums(chief.get("/hr/network", day="2026-06-30"))["Xã, phường chưa có ai"] == "1 trong 2"
    assert sums(chief.get("/hr/network"))["Xã, phường chưa có ai"] == "2 trong 2"


def test_a_member_is_mended_where_they_stand(chief: Browser) -> None:
    member(chief)
    address = f"/hr/network/{db.session.query(NetworkMember).one().id}"
    assert chief.get(address).form("").fields["contact"] == "0275 382 2222"
    member(chief, address, position="Tổ phó")
    assert table(chief.get("/hr/network"))[1][3] == "Tổ phó"


def test_the_page_and_the_form_say_that_only_office_contacts_are_kept(chief: Browser) -> None:
    for address in ("/hr/network", "/hr/network/new"):
        assert "Chỉ ghi điện thoại, thư điện tử của cơ quan" in chief.get(address).text


def test_the_file_holds_what_the_page_shows_cell_for_cell(chief: Browser) -> None:
    member(chief)
    title, *rows = sheet(chief, "/hr/network.xlsx")
    assert title[0] == "Mạng lưới chuyển đổi số ngày 26/11/2026"
    assert [shown(row) for row in rows] == table(chief.get("/hr/network"))
    assert len(sheet(chief, "/hr/network.xlsx?kind=expert")) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "boss"}, "Chọn vai trò"),
        ({"kind": "expert"}, "Ghi lĩnh vực của chuyên gia"),
        ({"full_name": ""}, "Ghi họ và tên"),
        ({"full_name": "x" * 301}, "301 ký tự"),
        ({"unit": ""}, "Không có đơn vị nào mang mã này"),
        ({"contact": "gọi anh Hai"}, "Ghi điện thoại hoặc thư điện tử của cơ quan"),
        ({"since": ""}, "Ghi ngày bắt đầu"),
        ({"until": "31/12/2025"}, "Ngày cuối đứng trước ngày đầu"),
    ],
)
def test_what_is_wrong_with_a_member_is_said_and_nothing_is_kept(
    chief: Browser, fields: dict[str, str], said: str
) -> None:
    page = member(chief, **fields)
    assert (page.status, count(NetworkMember)) == (400, 0)
    assert said in page.text


# ---- reach


def test_an_officer_sees_the_network_of_the_own_trees_and_changes_nothing(
    chief: Browser, officer: Browser, place: Place
) -> None:
    member(chief)
    member(chief, unit="BP", full_name="Người Bình Phú")
    page = officer.get("/hr/network")
    assert [row[0] for row in table(page)[1:]] == ["Trần Văn Hai"]
    assert "Bình Phú" not in page.text
    assert "Bình Phú" not in str(sheet(officer, "/hr/network.xlsx"))
    assert officer.get("/hr/network", unit=str(place.neighbour.id)).status == 404
    assert officer.get("/hr/network.xlsx", unit=str(place.neighbour.id)).status == 404
    token = officer.get("/account").forms[0].fields["csrf_token"]
    ids = [row.id for row in db.session.query(NetworkMember)]
    for address in ("/hr/network/new", "/hr/campaigns/new", *(f"/hr/network/{one}" for one in ids)):
        assert officer.get(address).status == 403
        assert officer.post(address, csrf_token=token).status == 403


def test_nobody_else_sees_either(place: Place) -> None:
    make.person("Lê Văn Tám", email=STRANGER)
    for address in ("/hr/network", "/hr/campaigns", "/hr/targets", "/hr/baselines"):
        assert place.browser(STRANGER).get(address).status == 403


def test_what_is_not_there_is_not_found(chief: Browser, place: Place) -> None:
    for address in (f"/hr/network/{place.commune.id}", f"/hr/campaigns/{place.commune.id}"):
        assert chief.get(address).status == 404
