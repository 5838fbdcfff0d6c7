"""One person in an officer's hands: facts, posts, moves; what is refused, and what is written down."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import Employment, Person, SignInLink
from lms_app.accounts.service import people, signing_in
from lms_app.core import outbox
from lms_app.core.audit import AuditEntry
from lms_app.core.db import db, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.organisations.models import Unit
from tests import make
from tests.web import Browser, Page

NEW = "/hr/people/new"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-11-26T03:00:00Z", tick=False):
        yield


@pytest.fixture
def commune(app: Flask) -> Unit:
    return make.unit("Xã An Bình", make.unit("Tỉnh Vĩnh Long", kind="province"), code="an-binh")


@pytest.fixture
def school(commune: Unit) -> Unit:
    return make.unit("Trường An Bình", commune, kind="school")


@pytest.fixture
def neighbour(commune: Unit) -> Unit:
    made: Unit = make.add(Unit(code="binh-phu", name="Xã Bình Phú", kind="commune", parent_id=commune.parent_id))
    return made


@pytest.fixture
def officer(web: Browser, commune: Unit) -> Browser:
    make.hr(commune, email="lan@coquan.example")
    web.sign_in("lan@coquan.example")
    return web


@pytest.fixture
def chief(app: Flask) -> Browser:
    make.hr(email="chinh@coquan.example")
    found = Browser(app)
    found.sign_in("chinh@coquan.example")
    return found


@pytest.fixture
def an(commune: Unit) -> Person:
    made = make.person("Nguyễn Văn An", email="an@coquan.example", staff_code="VL-001")
    make.employment(made, commune)
    return made


def post_of(person: Person) -> Employment:
    db.session.expire_all()
    (found,) = db.session.scalars(select(Employment).where(Employment.person_id == person.id)).all()
    return found


def posts_of(person: Person) -> list[tuple[Any, ...]]:
    db.session.expire_all()
    found = db.session.execute(
        select(Unit.name, Employment.group, Employment.since, Employment.until)
        .join(Unit, Unit.id == Employment.unit_id)
        .where(Employment.person_id == person.id)
        .order_by(Employment.since)
    )
    return [tuple(one) for one in found]


def filled(where: Unit, **changed: str) -> dict[str, str]:
    usual = {"unit": str(where.id), "position": "Công chức", "group": "CC", "duty": "", "since": "01/03/2026"}
    return usual | {"until": ""} | changed


def acts(person: Person) -> list[str]:
    return list(
        db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject == str(person.id), AuditEntry.action.like("staff.%"))
            .order_by(AuditEntry.id)
        )
    )


def add(web: Browser, where: Unit, **changed: str) -> Page:
    facts = {"name": "Lê Thị Ân", "staff_code": "vl-002", "birth": "1990", "email": "An.Le@coquan.example"}
    return web.get(NEW).submit(NEW, **(facts | filled(where) | changed))


def test_a_new_person_gets_facts_a_post_and_what_is_asked_of_the_unit(officer: Browser, commune: Unit) -> None:
    page = add(officer, commune, sex="F", phone="0912 345 678")
    assert "Đã thêm người này." in page.text
    made = people.by_email("an.le@coquan.example")
    assert made is not None
    assert (made.name, made.staff_code, made.birth_year, made.sex) == ("Lê Thị Ân", "VL-002", 1990, "F")
    assert posts_of(made) == [("Xã An Bình", "CC", date(2026, 3, 1), None)]
    assert acts(made) == ["staff.add", "staff.employ"]
    owed = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == people.STAFFED)).all()
    assert [row.payload for row in owed] == [{"people": [str(made.id)]}]
    db.session.rollback()
    outbox.drain()


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "Lê Thị Ân 2", "Ký tự thứ 11"),
        ("name", "", "Ghi họ tên bằng chữ."),
        ("birth", "1990-13-40", "hoặc chỉ ghi năm sinh"),
        ("birth", "01/01/2030", "ở tương lai"),
        ("birth", "2030", "ở tương lai"),
        ("email", "an@", "Thư điện tử chưa đúng"),
        ("phone", "gọi sau", "Số điện thoại chưa đúng"),
        ("staff_code", "vl 001", "Mã chỉ gồm"),
        ("staff_code", "VL-001", "đã thuộc về một người khác"),
        ("email", "an@coquan.example", "đã thuộc về một người khác"),
        ("unit", "", "Chọn đơn vị"),
        ("unit", "Xã Bình Phú", "Không có đơn vị nào"),
        ("group", "XX", "Chọn một nhóm"),
        ("since", "", "Ghi ngày bắt đầu"),
        ("since", "27/11/2026", "chưa tới"),
        ("since", "31/02/2026", "không phải là ngày"),
        ("since", "31/12/1999", "chưa có vào ngày đó"),
        ("until", "28/02/2026", "trước ngày bắt đầu"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    officer: Browser, commune: Unit, field: str, typed: str, told: str
) -> None:
    make.employment(make.person("Nguyễn Văn An", email="an@coquan.example", staff_code="VL-001"), commune)
    before = db.session.scalars(select(Person.id)).all()
    page = add(officer, commune, **{field: typed})
    assert page.status == 400
    assert told in page.text
    assert f'href="#{field}"' in page.body
    assert "Nguyễn Văn An" not in page.text, "whose it is, is not told"
    assert page.form(NEW).fields["position"] == "Công chức"
    assert field in {"unit", "group"} or page.form(NEW).fields[field] == typed
    assert db.session.scalars(select(Person.id)).all() == before


def test_facts_are_corrected_and_what_they_were_is_kept(officer: Browser, an: Person) -> None:
    page = officer.get(f"/hr/people/{an.id}/edit").submit("/edit", name="Nguyễn Văn Ân", birth="02/09/1985")
    assert "Đã lưu thông tin cá nhân." in page.text
    db.session.expire_all()
    found = db.session.get_one(Person, an.id)
    assert (found.name, found.birth_date, found.staff_code) == ("Nguyễn Văn Ân", date(1985, 9, 2), "VL-001")
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.correct")).all()
    assert entry.detail["before"] == {"name": "Nguyễn Văn An", "birth_date": ""}


def test_a_new_address_ends_sessions_and_links_of_the_old_one(app: Flask, officer: Browser, an: Person) -> None:
    person = Browser(app)
    person.sign_in("an@coquan.example")
    with transaction():
        signing_in.make_link(an.id)
    officer.get(f"/hr/people/{an.id}/edit").submit("/edit", email="an.moi@coquan.example")
    assert db.session.scalars(select(SignInLink)).all() == []
    assert person.get("/me").path == "/sign-in"


@pytest.mark.parametrize("role", ["admin", "hr", "trainer"])
def test_nobody_becomes_an_administrator_by_changing_ones_address(
    officer: Browser, chief: Browser, commune: Unit, role: str
) -> None:
    boss = make.person("Lê Minh Khôi", role, email="khoi@coquan.example")
    make.employment(boss, commune)
    for web in (officer, chief):
        page = web.get(f"/hr/people/{boss.id}/edit").submit("/edit", email="ke.gian@coquan.example")
        assert page.status == 400
        assert "do quản trị viên đổi" in page.text
    db.session.expire_all()
    assert db.session.get_one(Person, boss.id).email == "khoi@coquan.example"


def test_a_second_post_may_run_beside_the_first_but_not_the_very_same(
    officer: Browser, commune: Unit, an: Person
) -> None:
    address = f"/hr/people/{an.id}/posts/new"
    page = officer.get(address).submit("/posts/new", **filled(commune))
    assert page.status == 400
    assert "đã có chỗ làm cùng đơn vị, cùng nhóm" in page.text
    officer.get(address).submit("/posts/new", **filled(commune, group="CT", duty="part"))
    assert [group for _, group, _, _ in posts_of(an)] == ["CC", "CT"]


def test_moving_ends_one_post_and_begins_another_the_day_after(
    officer: Browser, commune: Unit, school: Unit, an: Person
) -> None:
    address = f"/hr/people/{an.id}/posts/{post_of(an).id}/move"
    page = officer.get(address).submit("/move", **filled(school))
    assert "Đã chuyển đơn vị." in page.text
    assert posts_of(an) == [
        ("Xã An Bình", "CC", date(2024, 1, 1), date(2026, 2, 28)),
        ("Trường An Bình", "CC", date(2026, 3, 1), None),
    ]
    assert acts(an) == ["staff.move", "staff.employ"]


def test_a_move_begins_after_the_old_post_and_stays_within_reach(
    officer: Browser, school: Unit, neighbour: Unit, an: Person
) -> None:
    address, before = f"/hr/people/{an.id}/posts/{post_of(an).id}/move", posts_of(an)
    assert officer.get(address).submit("/move", **filled(school, since="01/01/2024")).status == 400
    assert officer.get(address).submit("/move", **filled(neighbour)).status == 404
    assert posts_of(an) == before


def test_who_is_given_away_is_the_officers_no_more(officer: Browser, an: Person) -> None:
    address = f"/hr/people/{an.id}/posts/{post_of(an).id}/end"
    assert officer.get(address).submit("/end", until="31/12/2023").status == 400
    page = officer.get(address).submit("/end", until="25/11/2026")
    assert page.path == "/hr/people"
    assert "nay không còn chỗ làm" in page.text
    assert officer.get(f"/hr/people/{an.id}").status == 404


def test_a_post_is_corrected_in_place(officer: Browser, commune: Unit, school: Unit, an: Person) -> None:
    address = f"/hr/people/{an.id}/posts/{post_of(an).id}"
    officer.get(address).submit("/posts/", group="CT", duty="full", since="01/02/2024")
    assert posts_of(an) == [("Xã An Bình", "CT", date(2024, 2, 1), None)]
    assert post_of(an).duty == "full"
    officer.get(address).submit("/posts/", unit=str(school.id), group="LD")
    assert posts_of(an) == [("Trường An Bình", "LD", date(2024, 2, 1), None)]
    assert post_of(an).duty == "", "only specialists are full- or part-time"


def test_an_officer_sees_but_does_not_change_a_post_in_a_unit_of_others(
    officer: Browser, neighbour: Unit, an: Person
) -> None:
    theirs = make.employment(an, neighbour, "Cộng tác viên")
    page = officer.get(f"/hr/people/{an.id}")
    assert "Xã Bình Phú" in page.text
    for ending in ("", "/move", "/end"):
        address = f"/hr/people/{an.id}/posts/{theirs.id}{ending}"
        assert address not in page.body
        assert officer.get(address).status == 404


def test_a_post_in_a_unit_that_ended_is_corrected_by_who_looks_after_all(
    officer: Browser, chief: Browser, an: Person
) -> None:
    old = make.unit("Huyện Long Hồ", kind="district", code="lh", valid_until=date(2025, 6, 30))
    held = make.employment(an, old, since=date(2020, 1, 1), until=date(2025, 6, 30))
    address = f"/hr/people/{an.id}/posts/{held.id}"
    assert officer.get(address).status == 404
    page = chief.get(address).submit("/posts/", unit="lh", position="Trưởng phòng", until="")
    assert "kết thúc trước ngày đó" in page.text
    chief.get(address).submit("/posts/", unit="lh", position="Trưởng phòng")
    db.session.expire_all()
    assert db.session.get_one(Employment, held.id).position == "Trưởng phòng"


def test_many_people_are_told_upward_in_pieces(app: Flask) -> None:
    ids = [make.person(f"Người {chr(65 + at)}").id for at in range(3)]
    asked: list[Any] = ids * 400
    with transaction():
        people.owe_staffed(asked)
    owed = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == people.STAFFED)).all()
    assert sorted(len(row.payload["people"]) for row in owed) == [200, 500, 500]
