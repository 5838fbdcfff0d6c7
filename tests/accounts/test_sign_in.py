from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from lms_app.accounts.forms.signing_in import safe_next
from lms_app.accounts.service import signing_in as service
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from tests import make
from tests.web import Browser


def test_a_person_signs_in_with_a_password_and_out_again(web: Browser) -> None:
    make.person("Nguyễn Thị Thưởng", email="thuong@coquan.example")
    page = web.sign_in("thuong@coquan.example")
    assert page.path == "/me"
    account = web.get("/account")
    assert "thuong@coquan.example" in account.text
    assert account.submit("/sign-out").path == "/"
    assert web.get("/account").path == "/sign-in"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(web: Browser) -> None:
    make.person(email="thuong@coquan.example")
    wrong = web.sign_in("thuong@coquan.example", "khong-dung-mat-khau")
    unknown = web.sign_in("la@coquan.example", "khong-dung-mat-khau")
    assert (wrong.status, unknown.status) == (400, 400)
    assert wrong.text.replace("thuong@", "") == unknown.text.replace("la@", "")


def test_the_address_typed_is_still_there_after_a_mistake(web: Browser) -> None:
    page = web.sign_in("thuong@coquan.example", "")
    assert page.status == 400
    assert page.form("/sign-in").fields["email"] == "thuong@coquan.example"
    assert "Ghi mật khẩu" in page.text


def test_signing_in_gives_a_new_session(web: Browser) -> None:
    make.person(email="thuong@coquan.example")
    web.get("/sign-in")
    before = web.client.get_cookie("session")
    web.sign_in("thuong@coquan.example")
    after = web.client.get_cookie("session")
    assert before
    assert after
    assert before.value != after.value


def test_a_new_password_signs_other_devices_out(app: Flask) -> None:
    make.person(email="thuong@coquan.example")
    phone, desk = Browser(app), Browser(app)
    phone.sign_in("thuong@coquan.example")
    desk.sign_in("thuong@coquan.example")
    saved = desk.get("/account").submit("/account/password", password="mot cau dai de nho")
    assert "Đã đổi mật khẩu" in saved.text
    assert phone.get("/account").path == "/sign-in"
    assert desk.get("/account").status == 200


def test_a_short_password_is_refused_with_a_sentence(web: Browser) -> None:
    make.person(email="thuong@coquan.example")
    web.sign_in("thuong@coquan.example")
    page = web.get("/account").submit("/account/password", password="ngan")
    assert page.status == 400
    assert "từ 10 đến 200 ký tự" in page.text


def test_a_sign_in_link_works_once(web: Browser) -> None:
    who = make.person(email="thuong@coquan.example")
    with transaction():
        token = service.make_link(who.id)
    assert web.get(f"/sign-in/link/{token}").submit("/sign-in/link").path == "/me"
    other = Browser(web.client.application)
    again = other.get(f"/sign-in/link/{token}").submit("/sign-in/link")
    assert again.status == 400
    assert "đã dùng một lần" in again.text


def test_a_sign_in_link_ends_after_a_day(web: Browser) -> None:
    who = make.person()
    with transaction():
        token = service.make_link(who.id)
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        page = web.get(f"/sign-in/link/{token}").submit("/sign-in/link")
    assert page.status == 400
    assert "hết hạn" in page.text


def test_asking_for_a_link_does_not_tell_who_exists(web: Browser) -> None:
    make.person(email="thuong@coquan.example")
    known = web.get("/sign-in").submit("/sign-in/link", email="thuong@coquan.example")
    unknown = web.get("/sign-in").submit("/sign-in/link", email="la@coquan.example")
    assert known.text.replace("thuong@", "") == unknown.text.replace("la@", "")


def test_what_was_typed_survives_an_ended_session(web: Browser) -> None:
    who = make.person("Nguyễn Thị Thưởng", email="thuong@coquan.example")
    web.sign_in("thuong@coquan.example")
    account = web.get("/account")
    web.client.delete_cookie("session")
    asked = account.submit("/account/name", name="Nguyễn Thị Thu Thưởng")
    assert asked.status == 401
    assert "vẫn còn" in asked.text
    back = asked.submit("/sign-in", email="thuong@coquan.example", password="demo-2026")
    assert "Nguyễn Thị Thu Thưởng" in back.text
    saved = back.submit("/account/name")
    assert "Đã lưu họ tên" in saved.text
    db.session.refresh(who)
    assert who.name == "Nguyễn Thị Thu Thưởng"


def test_after_sign_in_one_comes_back_to_the_page_asked_for(web: Browser) -> None:
    make.person(email="thuong@coquan.example")
    asked = web.get("/account")
    assert asked.path == "/sign-in"
    assert asked.submit("/sign-in", email="thuong@coquan.example", password="demo-2026").path == "/account"


@pytest.mark.parametrize("address", ["https://la.example", "//la.example", "/\\la.example", "", None, "javascript:1"])
def test_a_foreign_next_address_is_not_followed(address: str | None) -> None:
    assert safe_next(address) == "/me"


def test_a_switched_off_person_cannot_come_in(web: Browser) -> None:
    make.person(email="thuong@coquan.example", active=False)
    assert web.sign_in("thuong@coquan.example").status == 400


def test_a_name_with_digits_is_refused_and_stays_in_the_field(web: Browser) -> None:
    make.person(email="thuong@coquan.example")
    web.sign_in("thuong@coquan.example")
    page = web.get("/account").submit("/account/name", name="Thưởng 1985")
    assert page.status == 400
    assert page.form("/account/name").fields["name"] == "Thưởng 1985"


def test_the_menu_shows_only_what_a_person_may_open(app: Flask) -> None:
    make.person(email="hoc@coquan.example")
    web = Browser(app)
    web.sign_in("hoc@coquan.example")
    menu = web.get("/account").body.split("</header>")[0]
    assert "Việc học của tôi" in menu
    assert "Quản trị" not in menu
