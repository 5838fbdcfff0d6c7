"""Who may do what, given and taken: on the page by administrators, and by command."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import Person, Role
from lms_app.core.audit import AuditEntry
from lms_app.core.db import db
from lms_app.organisations.models import Unit
from tests import make
from tests.web import Browser


@pytest.fixture
def commune(app: Flask) -> Unit:
    return make.unit("Xã An Bình", code="an-binh")


@pytest.fixture
def an(app: Flask) -> Person:
    return make.person("Nguyễn Văn An", email="an@coquan.example")


@pytest.fixture
def admin(web: Browser) -> Browser:
    make.person("Lê Minh Khôi", "admin", email="khoi@coquan.example")
    web.sign_in("khoi@coquan.example")
    return web


def held(person: Person) -> list[tuple[Any, ...]]:
    db.session.expire_all()
    found = db.session.execute(select(Role.name, Role.unit_id).where(Role.person_id == person.id).order_by(Role.name))
    return [tuple(one) for one in found]


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["people", *words])
    return result.exit_code, result.output


def test_an_administrator_makes_an_hr_officer_of_one_unit_and_takes_it_back(
    admin: Browser, commune: Unit, an: Person
) -> None:
    address = f"/hr/people/{an.id}/roles"
    page = admin.get(address).submit(address + "/give", role="hr", unit=str(commune.id))
    assert "Phụ trách Xã An Bình, cả đơn vị trực thuộc" in page.text
    assert held(an) == [("hr", commune.id)]
    assert "Phụ trách tất cả đơn vị" in admin.get(address).submit(address + "/give", role="hr_of_all").text
    assert held(an) == [("hr", None)]
    admin.get(address).submit(address + "/take", role="hr")
    assert held(an) == []
    noted = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == str(an.id)).order_by(AuditEntry.id)
    ).all()
    assert list(noted) == ["accounts.give_role", "accounts.give_role", "accounts.take_role"]


@pytest.mark.parametrize(
    ("role", "unit", "told"),
    [
        ("hr", "", "Chọn đơn vị mà người này phụ trách"),
        ("hr", "không có", "Không có đơn vị nào"),
        ("owner", "", "Chọn một quyền"),
        ("", "", "Chọn một quyền"),
    ],
)
def test_a_role_that_is_none_or_whose_unit_is_missing_is_not_given(
    admin: Browser, commune: Unit, an: Person, role: str, unit: str, told: str
) -> None:
    address = f"/hr/people/{an.id}/roles"
    page = admin.get(address).submit(address + "/give", role=role, unit=unit)
    assert page.status == 400
    assert told in page.text
    assert held(an) == []


def test_the_last_administrator_stays(admin: Browser) -> None:
    me = db.session.scalars(select(Person).where(Person.email == "khoi@coquan.example")).one()
    address = f"/hr/people/{me.id}/roles"
    page = admin.get(address).submit(address + "/take", role="admin")
    assert page.status == 409
    assert "quản trị viên cuối cùng" in page.text
    assert held(me) == [("admin", None)]
    make.person("Trần Thị Quản", "admin", active=False)
    assert admin.get(address).submit(address + "/take", role="admin").status == 409
    make.person("Phạm Thị Quản", "admin")
    assert admin.get(address).submit(address + "/take", role="admin").status == 200
    assert held(me) == []


def test_roles_are_given_by_administrators_alone(app: Flask, web: Browser, an: Person) -> None:
    make.hr(email="lan@coquan.example")
    web.sign_in("lan@coquan.example")
    assert web.get(f"/hr/people/{an.id}/roles").status == 403
    assert "/roles" not in web.get(f"/hr/people/{an.id}").body


def test_commands_give_take_and_tell(app: Flask, commune: Unit, an: Person) -> None:
    make.employment(an, commune)
    db.session.rollback()
    assert run(app, "role", "AN@coquan.example", "hr", "--unit", "AN-BINH") == (0, "gave hr an@coquan.example\n")
    assert held(an) == [("hr", commune.id)]
    db.session.rollback()
    code, told = run(app, "show", "an@coquan.example")
    assert code == 0
    assert "role\thr\tXã An Bình" in told
    assert "\tCC\tan-binh\tXã An Bình" in told
    assert run(app, "role", "an@coquan.example", "hr", "--remove")[0] == 0
    assert held(an) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("role", "khong@coquan.example", "hr"), "nobody has the address"),
        (("show", "khong@coquan.example"), "nobody has the address"),
        (("role", "an@coquan.example", "hr", "--unit", "khong-co"), "no unit of today"),
        (("role", "an@coquan.example", "admin", "--unit", "an-binh"), "--unit goes with hr"),
        (("role", "an@coquan.example", "owner"), "Invalid value"),
    ],
)
def test_commands_say_what_is_wrong(app: Flask, commune: Unit, an: Person, words: tuple[str, ...], told: str) -> None:
    db.session.rollback()
    code, output = run(app, *words)
    assert code != 0
    assert told in output
    assert held(an) == []


def test_the_command_keeps_the_last_administrator(app: Flask) -> None:
    make.person("Lê Minh Khôi", "admin", email="khoi@coquan.example")
    db.session.rollback()
    code, output = run(app, "role", "khoi@coquan.example", "admin", "--remove")
    assert code == 1
    assert "quản trị viên cuối cùng" in output
