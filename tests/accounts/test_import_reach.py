"""A list is taken within its sender's reach, and neither changes nor tells anything beyond it. And the command line."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import Employment, Person, Role
from lms_app.accounts.service import imports
from lms_app.core import storage
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.organisations.models import Unit
from tests import make
from tests.accounts.lists import apply, cells, counts, line, people, posts, send, sent, xlsx
from tests.web import Browser

OFFICER = "lan@coquan.example"


@pytest.fixture
def officer(app: Flask) -> Browser:
    """HR of An Bình; Bình Phú is the neighbour."""
    province = make.unit("Tỉnh Vĩnh Long", kind="province", code="VL")
    mine = make.unit("UBND xã An Bình", province, code="AB")
    make.unit("Trường mầm non An Bình", mine, kind="school", code="MN")
    make.unit("UBND xã Bình Phú", province, code="BP")
    make.hr(mine, email=OFFICER)
    browser = Browser(app)
    browser.sign_in(OFFICER)
    return browser


def neighbour(unit: str = "BP", **values: object) -> Person:
    usual = {"name": "Nguyễn Thị Ánh", "email": "anh@coquan.example", "staff_code": "BP-01", "phone": "0999999999"}
    made = make.person(**(usual | values))  # type: ignore[arg-type]
    make.employment(made, db.session.scalars(select(Unit).where(Unit.code == unit)).one(), "Thanh tra viên")
    return made


def shown() -> str:
    """All that the page, and the files behind it, can say of the newest list."""
    db.session.expire_all()
    kept = sent()
    said = storage.get(f"imports/staff/{kept.id}/preview").decode("unicode_escape")
    return said + (str(cells(storage.get(kept.faults_key))) if kept.faults_key else "")


def test_rows_for_units_beyond_ones_reach_are_wrong_in_the_words_of_units_that_are_not_there(officer: Browser) -> None:
    lines = [line(Mã_đơn_vị=code, Mã_CBCCVC=f"A-{at}") for at, code in enumerate(("AB", "MN", "BP", "XX"))]
    send(officer, xlsx(*lines, line(Mã_đơn_vị="", Tên_đơn_vị="UBND xã Bình Phú", Mã_CBCCVC="A-9")))
    assert counts() == {"new": 2, "wrong": 3}
    assert "BP-" not in shown()


def ended(who: Person, until: date) -> None:
    """As their office enters it when they leave."""
    [post] = posts(who.id)
    post.until = until
    db.session.commit()


def test_who_works_elsewhere_is_not_taken_by_a_list_that_knows_code_and_name(officer: Browser) -> None:
    who = neighbour()
    soon = f"{now().date() + timedelta(days=30):%d/%m/%Y}"
    known = ({"Mã_CBCCVC": "BP-01"}, {"Mã_CBCCVC": "", "Email": "anh@coquan.example"})
    for since in (None, "01/01/2020", soon):
        for row in (line(**told, Từ_ngày=since) for told in known):
            assert_refused(officer, row)
    assert len(posts(who.id)) == 1


def assert_refused(officer: Browser, row: dict[str, str]) -> None:
    page = send(officer, xlsx(row))
    assert counts() == {"wrong": 1}
    [fault] = imports.preview(sent().id)["faults"]
    assert "nhờ nơi cũ ghi ngày kết thúc" in fault["message"]
    for secret in ("0999999999", "Bình Phú", "Thanh tra viên"):
        assert secret not in shown()
        assert secret not in page.text


def test_who_leaves_the_other_office_is_taken_from_the_day_after_and_nothing_of_theirs_changes(
    officer: Browser,
) -> None:
    who = neighbour()
    last_day = now().date() + timedelta(days=30)
    ended(who, last_day)
    row = line(Mã_CBCCVC="BP-01", Email="moi@coquan.example", Điện_thoại="0911111111", Ngày_sinh="01/01/1990")
    send(officer, xlsx(row | {"Từ ngày": f"{last_day:%d/%m/%Y}"}))
    assert counts() == {"wrong": 1}, "on that day they still work there"
    row |= {"Từ ngày": f"{last_day + timedelta(days=1):%d/%m/%Y}"}
    page = send(officer, xlsx(row))
    assert counts() == {"changed": 1}
    for secret in ("0999999999", "anh@coquan.example", "Bình Phú", "Thanh tra viên"):
        assert secret not in shown()
        assert secret not in page.text
    apply(page)
    after = people()["Nguyễn Thị Ánh"]
    assert (after.email, after.phone, after.birth_date) == ("anh@coquan.example", "0999999999", None)
    assert len(posts(who.id)) == 2
    send(officer, xlsx(row))
    assert counts() == {"unchanged": 1}


def test_a_list_of_who_left_for_another_office_changes_nothing_when_sent_again(officer: Browser) -> None:
    who = neighbour("AB")
    ended(who, date(2025, 6, 30))
    make.employment(who, db.session.scalars(select(Unit).where(Unit.code == "BP")).one())
    send(officer, xlsx(line(Mã_CBCCVC="BP-01", Từ_ngày="01/01/2024", Đến_ngày="30/06/2025")))
    assert counts() == {"unchanged": 1}


def test_a_post_that_ended_is_not_opened_again_by_a_list_when_its_holder_works_elsewhere(officer: Browser) -> None:
    who = neighbour("AB")
    ended(who, date(2025, 6, 30))
    make.employment(who, db.session.scalars(select(Unit).where(Unit.code == "BP")).one())
    later = f"{now().date() + timedelta(days=30):%d/%m/%Y}"
    assert_refused(officer, line(Mã_CBCCVC="BP-01", Từ_ngày="01/01/2024", Đến_ngày=later))
    send(officer, xlsx(line(Mã_CBCCVC="BP-01", Từ_ngày="01/01/2024", Đến_ngày="15/06/2025")))
    assert counts() == {"changed": 1}, "when it ended is still theirs to correct"


def test_a_second_post_of_who_works_elsewhere_is_added_by_hr_of_all(officer: Browser) -> None:
    who = neighbour()
    make.hr(email="chinh@coquan.example")
    chief = Browser(officer.client.application)
    chief.sign_in("chinh@coquan.example")
    apply(send(chief, xlsx(line(Mã_CBCCVC="BP-01"))))
    assert len(posts(who.id)) == 2
    send(officer, xlsx(line(Mã_CBCCVC="BP-01", Chức_vụ="Phó Chủ tịch")))
    assert counts() == {"changed": 1}, "what they do here is ours to say"


def test_a_post_of_ones_own_gives_no_hold_on_the_account_of_who_also_works_elsewhere(officer: Browser) -> None:
    make.employment(neighbour(), db.session.scalars(select(Unit).where(Unit.code == "AB")).one())
    apply(send(officer, xlsx(line(Mã_CBCCVC="BP-01", Email="ke-la@coquan.example"))))
    assert people()["Nguyễn Thị Ánh"].email == "anh@coquan.example"


@pytest.mark.parametrize("values", [{"Mã_CBCCVC": "BP-01"}, {"Mã_CBCCVC": "", "Email": "anh@coquan.example"}])
def test_somebody_from_elsewhere_of_another_name_is_refused_without_a_word_about_them(
    officer: Browser, values: dict[str, str]
) -> None:
    neighbour()
    send(officer, xlsx(line(Họ_và_tên="Lê Văn Tám", **values)))
    assert counts() == {"wrong": 1}
    assert "Ánh" not in shown()
    assert "Bình Phú" not in shown()


def test_nobody_from_elsewhere_and_nobody_without_a_post_is_absent_or_changed(officer: Browser) -> None:
    neighbour()
    make.person("Lê Văn Tám", email="tam@coquan.example")
    apply(send(officer, xlsx(line(), line(Họ_và_tên="Lê Văn Tám", Mã_CBCCVC="T-1", Email="tam@coquan.example"))))
    assert counts() == {"new": 1, "changed": 1}
    assert people()["Lê Văn Tám"].staff_code is None


def test_a_list_does_not_take_over_the_account_of_who_holds_a_role(officer: Browser) -> None:
    boss = neighbour("AB", staff_code="AB-01")
    make.add(Role(person_id=boss.id, name="admin"))
    send(officer, xlsx(line(Email="ke-la@coquan.example")))
    assert counts() == {"wrong": 1}
    [fault] = imports.preview(sent().id)["faults"]
    assert "giữ quyền trong hệ thống" in fault["message"]


def test_anothers_list_is_not_there(officer: Browser) -> None:
    send(officer, xlsx(line(Điện_thoại="12")))
    make.hr(email="khac@coquan.example")
    other = Browser(officer.client.application)
    other.sign_in("khac@coquan.example")
    mine = f"/hr/people/imports/{sent().id}"
    nowhere = other.get("/hr/people/imports/00000000-0000-4000-8000-000000000000")
    assert (other.get(mine).status, other.get(mine).text) == (404, nowhere.text)
    assert other.get(f"{mine}/faults.xlsx").status == 404
    token = other.get("/hr/people/imports").form("/imports").fields["csrf_token"]
    assert other.post(f"{mine}/apply", csrf_token=token).status == 404
    assert other.post(f"{mine}/cancel", csrf_token=token).status == 404
    assert str(sent().id) not in other.get("/hr/people/imports").body


def test_a_list_whose_senders_reach_has_changed_is_refused(officer: Browser) -> None:
    page = send(officer, xlsx(line()))
    elsewhere = db.session.scalars(select(Unit.id).where(Unit.code == "BP")).one()
    db.session.query(Role).update({"unit_id": elsewhere})
    db.session.commit()
    assert "Quyền của anh chị đã thay đổi" in apply(page).text
    assert "Nguyễn Thị Ánh" not in people()


# ---- flask people import


def run(app: Flask, content: bytes, folder: Path, *options: str) -> tuple[int, str]:
    path = folder / "list.xlsx"
    path.write_bytes(content)
    db.session.rollback()
    found = app.test_cli_runner().invoke(args=["people", "import", str(path), *options])
    return found.exit_code, found.output


@pytest.mark.usefixtures("officer")
def test_the_command_says_what_it_would_change_and_writes_it_when_told(app: Flask, tmp_path: Path) -> None:
    content = xlsx(line(), line(Mã_CBCCVC="B-1", Mã_đơn_vị="BP"))
    code, said = run(app, content, tmp_path)
    assert (code, "Chưa ghi gì" in said, "2  thêm mới / new" in said) == (0, True, True)
    assert db.session.scalar(select(Employment.id)) is None
    code, said = run(app, content, tmp_path, "--apply")
    assert (code, "Đã ghi / written" in said) == (0, True)
    code, said = run(app, content, tmp_path, "--apply")
    assert "2  không đổi / unchanged" in said


@pytest.mark.usefixtures("officer")
def test_the_command_keeps_to_a_unit_or_an_officer_and_writes_the_wrong_rows_out(app: Flask, tmp_path: Path) -> None:
    content = xlsx(line(), line(Mã_CBCCVC="B-1", Mã_đơn_vị="BP"))
    out = tmp_path / "out.xlsx"
    for options in (("--unit", "ab"), ("--as", OFFICER)):
        code, said = run(app, content, tmp_path, *options, "--faults", str(out))
        assert (code, "1  dòng sai / wrong" in said) == (1, True)
        assert "3: Mã đơn vị “BP”" in said
        assert cells(out.read_bytes())[1][5] == "BP"
    assert run(app, content, tmp_path, "--unit", "XX")[0] == 1
    assert run(app, content, tmp_path, "--as", "ai@coquan.example")[0] == 1
    assert run(app, b"%PDF", tmp_path)[0] == 1


@pytest.mark.usefixtures("officer")
def test_the_command_ends_the_posts_of_who_is_not_listed_when_told(app: Flask, tmp_path: Path) -> None:
    gone = neighbour("AB", name="Lê Văn Tám")
    run(app, xlsx(line()), tmp_path, "--apply", "--leave-absent")
    [post] = posts(gone.id)
    assert post.until is not None
    assert post.until > date(2026, 1, 1)
