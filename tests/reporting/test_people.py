"""A person's page: who they are, where they work, and their whole training record; and where HR begins."""

from datetime import date

import pytest
from flask import Flask

from lms_app.accounts.models import Person, Role
from lms_app.certificates.models import OutsideRecord
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying
from lms_app.organisations.models import Unit
from tests import make
from tests.web import Browser, counted


@pytest.fixture
def commune(app: Flask) -> Unit:
    return make.unit("Xã An Bình", make.unit("Tỉnh Vĩnh Long", kind="province"))


@pytest.fixture
def officer(web: Browser, commune: Unit) -> Browser:
    make.hr(commune, email="lan@coquan.example")
    web.sign_in("lan@coquan.example")
    return web


@pytest.fixture
def an(commune: Unit) -> Person:
    made = make.person("Nguyễn Văn An", email="an@coquan.example", staff_code="VL-001", sex="M", birth_year=1985)
    make.employment(made, commune, "Phó Chủ tịch", group="LD")
    return made


def elsewhere(person: Person, title: str) -> None:
    values = {"person_id": person.id, "full_name": person.name, "course_title": title, "issuer_name": "Học viện"}
    values |= {"issued_on": date(2025, 5, 1), "source": "Công văn 12", "digest": title.ljust(64, "x")[:64]}
    make.add(OutsideRecord(**values, imported_at=now(), imported_by="Phạm Ngọc Lan"))


def test_a_persons_page_tells_facts_posts_courses_certificates_and_trainings_elsewhere(
    officer: Browser, an: Person
) -> None:
    issued = make.certificate(an, make.course("cc-01", title="Kỹ năng số cơ bản"))
    make.course("cc-02", title="Làm việc trên môi trường số")
    with transaction():
        due = db.session.get_one(Enrolment, studying.enrol(an.id, "cc-02").id)
        due.origin, due.due_at = "assigned", now()
    elsewhere(an, "Quản lý nhà nước ngạch chuyên viên")
    page = officer.get(f"/hr/people/{an.id}")
    for told in (
        *("Nguyễn Văn An", "VL-001", "an@coquan.example", "1985", "Nam"),
        *("Phó Chủ tịch. Lãnh đạo, quản lý", "Từ 01/01/2024 đến nay"),
        *("Kỹ năng số cơ bản", "Hoàn thành", issued.serial, "Còn hiệu lực"),
        *("Làm việc trên môi trường số", "Được giao", "Chưa học", "Hạn "),
        *("Quản lý nhà nước ngạch chuyên viên", "Học viện", "01/05/2025"),
    ):
        assert told in page.text, told
    assert f'href="/v/{issued.code}"' in page.body, "the register is for who looks after all"


def test_the_register_is_linked_for_who_may_open_it(app: Flask, an: Person) -> None:
    issued = make.certificate(an, make.course())
    make.hr(email="chinh@coquan.example")
    chief = Browser(app)
    chief.sign_in("chinh@coquan.example")
    assert f'href="/hr/certificates/{issued.code}"' in chief.get(f"/hr/people/{an.id}").body


def test_roles_are_shown_to_administrators_alone(app: Flask, officer: Browser, an: Person) -> None:
    make.add(Role(person_id=an.id, name="trainer"))
    make.person("Lê Minh Khôi", "admin", email="khoi@coquan.example")
    admin = Browser(app)
    admin.sign_in("khoi@coquan.example")
    assert "Giảng viên" in admin.get(f"/hr/people/{an.id}").text
    assert "Giảng viên" not in officer.get(f"/hr/people/{an.id}").text


def test_somebody_known_only_by_a_platform_has_a_page_for_who_looks_after_all(app: Flask, officer: Browser) -> None:
    nobody = make.add(Person(name="Hồ Thị Không", sort_key="x", created_at=now()))
    make.hr(email="chinh@coquan.example")
    chief = Browser(app)
    chief.sign_in("chinh@coquan.example")
    assert "Chưa xếp đơn vị." in chief.get(f"/hr/people/{nobody.id}").text
    assert officer.get(f"/hr/people/{nobody.id}").status == 404


@pytest.mark.parametrize("rows", [1, 30], ids=["one-course", "thirty-courses"])
def test_the_page_costs_the_same_for_one_course_as_for_thirty(officer: Browser, an: Person, rows: int) -> None:
    for at in range(rows):
        make.certificate(an, make.course(f"cc-{at}", lessons=1, questions=1))
        elsewhere(an, f"Lớp {at}")
        make.employment(an, make.unit(f"Tổ {at}"), since=date(2023, 1, 1), until=date(2023, 2, 1))
    for _ in range(2):
        with counted() as seen:
            assert officer.get(f"/hr/people/{an.id}").status == 200
    assert len(seen) == 10


def test_an_officer_of_one_unit_begins_with_what_they_may_do(officer: Browser) -> None:
    page = officer.get("/hr/")
    assert "Anh chị phụ trách Xã An Bình, cả đơn vị trực thuộc." in page.text
    for href in ("/hr/coverage", "/hr/people", "/hr/people/imports", "/hr/units", "/hr/plans", "/hr/indicators"):
        assert f'href="{href}"' in page.body
    for href in ("/hr/certificates", "/hr/batches", "/hr/signing", "/hr/outside"):
        assert f'href="{href}"' not in page.body


def test_who_looks_after_everybody_finds_the_register_too(app: Flask, web: Browser) -> None:
    make.hr(email="chinh@coquan.example")
    web.sign_in("chinh@coquan.example")
    page = web.get("/hr/")
    assert "Anh chị phụ trách tất cả đơn vị." in page.text
    for href in ("/hr/certificates", "/hr/batches", "/hr/signing", "/hr/outside"):
        assert f'href="{href}"' in page.body
        assert web.get(href).status == 200
        assert '<a href="/hr/">Nhân sự</a></li>' in web.get(href).body, href
