"""Asking for a report, having it made in the background, and who may open it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select, update

from lms_app.accounts.models import Person, Role
from lms_app.core import outbox, storage
from lms_app.core.db import db, transaction
from lms_app.core.errors import OutOfService
from lms_app.core.outbox_rows import OutboxRow
from lms_app.organisations.models import Campaign, NetworkMember, Plan, Unit, UnitSuccession
from lms_app.reporting import exports, jobs
from lms_app.reporting.duties import KINDS, MOHA, MOST
from lms_app.reporting.models import Report
from lms_app.reporting.service import building, reports
from lms_app.reporting.service.building import Order
from tests import make
from tests.web import Browser, Page

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
EMAIL = "nhansu@coquan.example"


@dataclass
class Office:
    """A province with two communes under a heading, and a department; people who learnt in three of them."""

    province: Unit
    communes: list[Unit]
    department: Unit
    officer: Person
    web: Browser


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(app: Flask) -> Office:
    province = make.unit("Tỉnh Vĩnh Long", kind="province", code="vl")
    heading = make.unit("Xã, phường", province, kind="grouping", code="xp")
    communes = [make.unit(name, heading, code=f"x{at}") for at, name in enumerate(("Xã An Bình", "Xã Bình Phú"))]
    department = make.unit("Sở Nội vụ", province, kind="department", code="snv")
    course = make.course("cc-01")
    for unit, group, finished in (
        (communes[0], "CC", True),
        (communes[0], "LD", True),
        (communes[0], "CC", False),
        (communes[1], "CT", True),
        (department, "CC", True),
    ):
        who = make.person()
        make.employment(who, unit, group=group)
        if finished:
            make.completed(who, course, NOW - timedelta(days=30))
    make.headcount(communes[0], ld=1, cc=2)
    make.headcount(department, cc=4)
    officer = make.hr(email=EMAIL)
    web = Browser(app)
    web.sign_in(EMAIL)
    return Office(province, communes, department, officer, web)


def ask(web: Browser, unit: Unit, **typed: Any) -> Page:
    fields = {"kind": "coverage", "year": "2026", "day": "", "signer": ""} | typed
    return web.get("/hr/reports").submit("/hr/reports", unit=str(unit.id), **fields)


def made(web: Browser, unit: Unit, **typed: Any) -> Page:
    """Asked for and made: its page."""
    page = ask(web, unit, **typed)
    assert page.status == 200, page.text
    outbox.drain()
    return web.get(page.path)


def the_report() -> Report:
    db.session.rollback()
    return db.session.scalars(select(Report)).one()


def downloaded(web: Browser, page: Page, ending: str) -> Any:
    return web.open("GET", f"{page.path}/files/{ending}")


def rows(web: Browser, page: Page, table: str) -> list[dict[str, Any]]:
    found = downloaded(web, page, "json").get_json()
    return next(one["rows"] for one in found["tables"] if one["name"] == table)


def test_a_report_waits_is_made_and_is_downloaded_with_its_sizes(office: Office) -> None:
    page = ask(office.web, office.province)
    assert "Đang chờ làm" in page.text
    assert 'http-equiv="refresh"' in page.body
    outbox.drain()
    page = office.web.get(page.path)
    assert "Đã xong" in page.text
    assert "refresh" not in page.body
    for ending, size in the_report().files.items():
        answer = downloaded(office.web, page, ending)
        assert (answer.status_code, len(answer.data)) == (200, size)
        assert f'filename="do-phu-vl-2026.{ending}"' in answer.headers["Content-Disposition"]
        assert f"({-(-size // 1024)} KB)" in page.text


def test_the_page_shows_the_table_as_it_is_printed(office: Office) -> None:
    page = made(office.web, office.province)
    for words in ("Độ phủ theo đơn vị", "Sở Nội vụ", "Xã An Bình", "25,0%", "66,6%", "chưa có số liệu", "Tổng cộng"):
        assert words in page.text


def test_units_below_a_heading_are_listed_under_it_with_a_subtotal(office: Office) -> None:
    found = rows(office.web, made(office.web, office.province), "coverage")
    assert [(one["row"], one["group"], one["name"]) for one in found] == [
        ("row", "", "Sở Nội vụ"),
        ("row", "Xã, phường", "Xã An Bình"),
        ("row", "Xã, phường", "Xã Bình Phú"),
        ("subtotal", "Xã, phường", "Cộng"),
        ("total", "", "Tổng cộng"),
    ]
    assert [one["trained"] for one in found] == [1, 2, 1, 3, 4]
    assert [one["headcount"] for one in found] == [4, 3, None, 3, 7]


def test_the_report_to_the_ministry_of_home_affairs_has_periods_by_group_and_content(office: Office) -> None:
    page = made(office.web, office.province, kind=MOHA)
    results = rows(office.web, page, "results")
    assert [one["periods"] for one in results] == [2, 4, 2, 6, 8]
    assert [one["ld_periods"] for one in results] == [0, 2, 0, 2, 2]
    courses = rows(office.web, page, "courses")
    assert courses[0] | {"row": "", "group": ""} == {
        "row": "",
        "group": "",
        "course": "cc-01",
        "name": "Kỹ năng số cơ bản",
        "trained": 4,
        "turns": 4,
        "periods": 8,
    }
    assert (courses[1]["trained"], courses[1]["turns"], courses[1]["periods"]) == (4, 4, 8)


def test_whoever_works_in_two_units_is_counted_once_in_the_periods_of_the_whole(office: Office) -> None:
    who = make.person()
    make.employment(who, office.communes[0])
    make.employment(who, office.communes[1])
    make.completed(who, make.course("cc-02"), NOW)
    found = rows(office.web, made(office.web, office.province, kind=MOHA), "results")
    assert [one["periods"] for one in found] == [2, 6, 4, 8, 10]


def test_what_was_completed_in_another_year_counts_nothing(office: Office) -> None:
    page = made(office.web, office.province, kind=MOHA, year="2025")
    assert rows(office.web, page, "results")[-1]["periods"] == 0


def test_the_last_day_counts_whole_on_the_local_clock(office: Office) -> None:
    late, early = datetime(2026, 11, 20, 16, 59, tzinfo=UTC), datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    who = make.person()
    make.employment(who, office.department)
    make.completed(who, make.course("cc-02"), late)
    make.completed(who, make.course("cc-03"), early)
    found = rows(office.web, made(office.web, office.department, kind=MOHA, day="20/11/2026"), "courses")
    assert [one["course"] for one in found if one["row"] == "row"] == ["cc-01", "cc-02"]


def test_the_report_to_the_ministry_of_science_has_campaigns_and_network(office: Office) -> None:
    about = {"unit_id": office.communes[0].id, "since": date(2026, 10, 10), "until": None}
    make.add(Campaign(title="Ngày chuyển đổi số", channel="Loa truyền thanh", reach=None, **about))
    for name in ("Trần Thị Ánh", "Lê Đức"):
        make.add(NetworkMember(kind="expert", full_name=name, sector="Y tế", **about))
    page = made(office.web, office.province, kind=MOST)
    assert [(one["name"], one["reach"]) for one in rows(office.web, page, "campaigns")] == [
        ("Ngày chuyển đổi số", None)
    ]
    assert [(one["name"], one.get("members")) for one in rows(office.web, page, "network")] == [
        ("Chuyên gia", 2),
        ("Tổng cộng", 2),
    ]


def test_the_report_of_plans_lists_agencies_without_one(office: Office) -> None:
    entered = {"entered_at": NOW, "entered_by": "Phạm Ngọc Lan", "signed_on": date(2026, 2, 3), "year": 2026}
    make.add(Plan(unit_id=office.communes[0].id, number="12/KH-UBND", status="approved", **entered))
    found = rows(office.web, made(office.web, office.province, kind="plan"), "plans")
    assert {one["name"]: one["status"] for one in found if one["row"] == "row"} == {
        "Xã An Bình": "approved",
        "Xã Bình Phú": "none",
        "Sở Nội vụ": "none",
    }
    assert (found[-1]["units"], found[-1]["share"]) == (3, 0.333)


def test_a_unit_speaks_in_its_parents_name_and_the_province_in_that_of_the_office(office: Office) -> None:
    roots = (office.province.id,)
    for unit, parent, issuer in (
        (office.communes[0], "Tỉnh Vĩnh Long", "Xã An Bình"),
        (office.province, "Ủy ban nhân dân tỉnh Vĩnh Long", "Sở Khoa học và Công nghệ"),
    ):
        found = building.document(Order("plan", unit.id, 2026, date(2026, 11, 23), "Chủ tịch"), roots).about
        assert (found.parent, found.issuer, found.place, found.signer) == (parent, issuer, "Vĩnh Long", "Chủ tịch")


def test_the_day_is_today_or_the_last_of_a_past_year(office: Office) -> None:
    made(office.web, office.province)
    assert the_report().day == date(2026, 11, 23)
    db.session.execute(delete(Report))
    db.session.commit()
    made(office.web, office.province, year="2025")
    assert the_report().day == date(2025, 12, 31)


def test_the_duties_are_told_with_the_days_that_are_left(office: Office) -> None:
    page = office.web.get("/hr/reports")
    assert "Năm 2026, gửi Bộ Nội vụ: trước ngày 31/01/2027, còn 69 ngày" in page.text
    assert "Năm 2026, gửi Bộ Khoa học và Công nghệ: trước ngày 15/12/2026, còn 22 ngày" in page.text
    moha, most = KINDS[MOHA], KINDS[MOST]
    assert (moha.next_year(date(2027, 1, 30)), moha.next_year(date(2027, 1, 31))) == (2026, 2027)
    assert (most.next_year(date(2026, 12, 14)), most.next_year(date(2026, 12, 15))) == (2026, 2027)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("kind", "khac", "Chọn loại báo cáo."),
        ("unit", "khong-co", "Chọn đơn vị."),
        ("year", "2027", "Ghi năm báo cáo bằng bốn chữ số"),
        ("year", "hai nghìn", "Ghi năm báo cáo bằng bốn chữ số"),
        ("day", "31/02/2026", "Ngày chưa đúng."),
        ("day", "24/11/2026", "Ngày số liệu phải nằm trong năm báo cáo và không sau hôm nay."),
        ("day", "31/12/2025", "Ngày số liệu phải nằm trong năm báo cáo và không sau hôm nay."),
        ("signer", "T" * 101, "Chức danh người ký dài quá 100 ký tự."),
    ],
)
def test_what_was_typed_wrong_is_said_and_kept(office: Office, field: str, typed: str, sentence: str) -> None:
    page = office.web.get("/hr/reports")
    fields = {"kind": "coverage", "unit": str(office.province.id), "year": "2026", "signer": "Giám đốc"} | {
        field: typed
    }
    again = page.submit("/hr/reports", **fields)
    assert (again.status, sentence in again.text) == (400, True)
    if field not in {"kind", "unit"}:
        assert again.form("/hr/reports").fields[field] == typed
    assert field == "signer" or again.form("/hr/reports").fields["signer"] == "Giám đốc"


def test_an_officer_of_one_unit_is_offered_it_and_cannot_ask_for_its_neighbour(office: Office) -> None:
    make.hr(office.communes[0], email="xa@coquan.example")
    web = Browser(office.web.client.application)
    web.sign_in("xa@coquan.example")
    page = web.get("/hr/reports")
    assert "Xã An Bình (x0)" in page.text
    assert "Bình Phú" not in page.text
    refused = ask(web, office.communes[1])
    assert (refused.status, building.OUT_OF_REACH in refused.text) == (400, True)
    assert refused.text == ask(web, make.unit("Xã Lạ", valid_until=date(2025, 6, 30))).text
    assert "Đã xong" in made(web, office.communes[0]).text


def test_a_report_is_nobody_elses(office: Office) -> None:
    page = made(office.web, office.province)
    make.hr(email="khac@coquan.example")
    other = Browser(office.web.client.application)
    other.sign_in("khac@coquan.example")
    for path in (page.path, f"{page.path}/files/xlsx"):
        assert other.open("GET", path).status_code == 404
    assert "Độ phủ" not in other.get("/hr/reports").text.split("Báo cáo của anh chị")[1]
    token = other.get("/hr/reports").form("/hr/reports").fields["csrf_token"]
    assert other.open("POST", f"{page.path}/again", data={"csrf_token": token}).status_code == 404


def test_files_are_refused_once_the_unit_is_out_of_reach(office: Office) -> None:
    page = made(office.web, office.province)
    db.session.execute(update(Role).where(Role.person_id == office.officer.id).values(unit_id=office.department.id))
    db.session.commit()
    after = office.web.get(page.path)
    assert "không còn thuộc phạm vi anh chị phụ trách" in after.text
    assert "Xã An Bình" not in after.text
    assert downloaded(office.web, page, "xlsx").status_code == 404


def test_a_reach_that_shrinks_before_it_is_made_makes_nothing(office: Office) -> None:
    page = ask(office.web, office.province)
    db.session.execute(update(Role).where(Role.person_id == office.officer.id).values(unit_id=office.department.id))
    db.session.commit()
    outbox.drain()
    assert building.OUT_OF_REACH in office.web.get(page.path).text
    assert (the_report().state, the_report().files) == ("failed", {})


@pytest.mark.parametrize("ending", ["exe", "preview", "XLSX"])
def test_there_are_no_other_files(office: Office, ending: str) -> None:
    assert downloaded(office.web, made(office.web, office.province), ending).status_code == 404


def test_a_fault_is_told_in_a_sentence_and_the_report_can_be_made_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_document: object) -> dict[str, bytes]:
        raise ArithmeticError("Nguyễn Thị Thưởng")

    page = ask(office.web, office.province)
    with monkeypatch.context() as patch:
        patch.setattr(exports, "files", broken)
        outbox.drain()
    page = office.web.get(page.path)
    assert reports.BROKEN in page.text
    held = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == reports.TOPIC)).one()
    assert (held.state, held.error) == ("held", "report: ArithmeticError")
    page = page.submit("/again")
    assert "Đang chờ làm" in page.text
    outbox.drain()
    assert "Đã xong" in office.web.get(page.path).text


def test_a_full_disk_leaves_no_half_report(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    put: Callable[[str, bytes], None] = storage.put

    def full(key: str, content: bytes) -> None:
        if key.endswith(".csv"):
            raise OutOfService("Máy chủ chưa ghi được tệp (%(why)s).", why="full")
        put(key, content)

    page = ask(office.web, office.province)
    monkeypatch.setattr(storage, "put", full)
    outbox.drain()
    assert (the_report().state, the_report().files) == ("failed", {})
    assert downloaded(office.web, page, "xlsx").status_code == 404


def test_a_worker_killed_in_the_middle_leaves_the_report_to_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    page = ask(office.web, office.province)
    with monkeypatch.context() as patch:
        patch.setattr(reports, "finish", killed)
        with pytest.raises(Killed):
            outbox.drain()
    assert "Đang làm" in office.web.get(page.path).text
    assert downloaded(office.web, page, "xlsx").status_code == 404
    with time_machine.travel(NOW + timedelta(hours=1)):
        with transaction():
            db.session.execute(update(OutboxRow).values(owner=None, state="open"))
        outbox.drain()
    assert "Đã xong" in office.web.get(page.path).text


def test_a_report_that_is_done_is_not_made_twice(office: Office) -> None:
    page = made(office.web, office.province)
    when = the_report().finished_at
    row = outbox.Row(1, reports.TOPIC, "", "local", {"report": page.path.rsplit("/", 1)[1]}, 1, 0, NOW)
    with time_machine.travel(NOW + timedelta(hours=1)):
        assert jobs.make(row) == outbox.DONE
    assert the_report().finished_at == when


def test_making_again_what_has_not_failed_is_a_conflict(office: Office) -> None:
    page = made(office.web, office.province)
    token = office.web.get("/hr/reports").form("/hr/reports").fields["csrf_token"]
    assert office.web.open("POST", f"{page.path}/again", data={"csrf_token": token}).status_code == 409


def test_reports_are_forgotten_after_ninety_days_with_their_files(office: Office) -> None:
    made(office.web, office.province)
    keys = [reports.key_of(the_report().id, ending) for ending in (*exports.ENDINGS, reports.PREVIEW)]
    assert all(storage.exists(key) for key in keys)
    with time_machine.travel(NOW + timedelta(days=89)):
        jobs.prune()
    assert all(storage.exists(key) for key in keys)
    with time_machine.travel(NOW + timedelta(days=91)):
        jobs.prune()
    assert not any(storage.exists(key) for key in keys)
    assert not db.session.scalars(select(Report)).all()


def test_the_command_writes_the_same_figures(app: Flask, office: Office, tmp_path: Any) -> None:
    page = made(office.web, office.province)
    asked = ["reports", "make", "coverage", "--unit", "vl", "--year", "2026", "--out", str(tmp_path)]
    result = app.test_cli_runner().invoke(args=asked)
    assert result.exit_code == 0, result.output
    assert "wrote / đã ghi" in result.output
    written = json.loads((tmp_path / "do-phu-2026.json").read_text())
    assert written["tables"] == downloaded(office.web, page, "json").get_json()["tables"]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".json", ".pdf", ".xlsx"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (["--unit", "khong-co"], "No unit has this code."),
        (["--day", "2027-01-01"], "The day must lie in the year"),
    ],
)
def test_the_command_says_what_is_wrong(
    app: Flask, office: Office, tmp_path: Any, changed: list[str], sentence: str
) -> None:
    asked = ["reports", "make", "plan", "--unit", "vl", "--year", "2026", "--out", str(tmp_path), *changed]
    result = app.test_cli_runner().invoke(args=asked)
    assert (result.exit_code, sentence in result.output) == (1, True)


def test_a_plan_of_what_went_into_a_unit_whole_is_its_plan_as_k1_counts_it(office: Office) -> None:
    old = make.unit("Xã Cũ", office.province, valid_until=date(2026, 6, 30))
    make.add(UnitSuccession(from_id=old.id, to_id=office.communes[1].id, kind="merge", on=date(2026, 7, 1)))
    entered = {"entered_at": NOW, "entered_by": "Phạm Ngọc Lan", "year": 2026, "status": "approved"}
    make.add(Plan(unit_id=old.id, number="12/KH-UBND", signed_on=date(2026, 2, 3), **entered))
    make.add(Plan(unit_id=office.department.id, number="13/KH-SNV", signed_on=date(2026, 12, 3), **entered))
    found = rows(office.web, made(office.web, office.province, kind="plan"), "plans")
    assert {one["name"] for one in found if one["status"] == "approved"} == {"Xã Bình Phú"}
    assert (found[-1]["units"], found[-1]["share"]) == (3, 0.333)
    counted = rows(office.web, made(office.web, office.province, kind=MOST), "indicators")[0]
    assert (counted["code"], counted["have"], counted["out_of"]) == ("K1", 1, 3)
