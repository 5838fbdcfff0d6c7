"""The learner sees the name as it will print, and says that it is right or mends it."""

import secrets
import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.accounts import login
from lms_app.accounts.models import FrameSession, Person
from lms_app.accounts.service import people as accounts
from lms_app.certificates.models import Certificate
from lms_app.certificates.service import claims
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.errors import Invalid
from lms_app.core.ids import new_id
from lms_app.core.settings import Settings
from lms_app.courses.models import CourseVersion
from lms_app.learning.models import Enrolment
from tests import make
from tests.web import Browser, Page, counted

EMAIL = "thuong@coquan.example"
PATH = "/courses/cc-01/certificate"


@pytest.fixture(autouse=True)
def patient(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Learners have 24 hours."""
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, certificate_wait_hours=24.0))


def claimed(source: str = "own", name: str = "Nguyễn Thị Thưởng", version: CourseVersion | None = None) -> Enrolment:
    enrolment = make.completed(make.person(name, email=EMAIL, name_source=source), version or make.course())
    with transaction():
        claims.complete(enrolment.id)
    return enrolment


def signed_in(app: Flask) -> Browser:
    web = Browser(app)
    web.sign_in(EMAIL)
    return web


def framed(app: Flask, person_id: object) -> Browser:
    web = Browser(app, **{"Sec-Fetch-Dest": "iframe"})
    token = secrets.token_urlsafe()
    scope = {"course": "cc-01", "launch": str(new_id()), "use": "learn", "origin": "https://lms.example", "back": ""}
    digest = login.frame_digest(token)
    make.add(FrameSession(digest=digest, person_id=person_id, scope=scope, expires_at=now() + timedelta(hours=1)))
    cookie = app.session_interface.get_signing_serializer(app).dumps({"_user_id": login.FRAME_PREFIX + token})  # type: ignore[attr-defined]
    web.client.set_cookie("embed", cookie)
    return web


def printed() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Certificate.full_name)))


def mend(page: Page, name: str) -> Page:
    token = page.forms[-1].fields["csrf_token"]
    return page.browser.post(PATH, csrf_token=token, name=name)


def test_the_page_shows_the_name_as_it_will_print_and_when_it_is_issued_without_an_answer(app: Flask) -> None:
    claimed()
    page = signed_in(app).get(PATH)
    assert "Họ tên sẽ in: Nguyễn Thị Thưởng" in page.text
    assert "Nếu anh chị không làm gì, giấy được cấp tự động lúc" in page.text
    assert [form.fields.get("name", "-") for form in page.forms] == ["-", "Nguyễn Thị Thưởng"]


def test_one_click_says_that_it_is_right(app: Flask) -> None:
    claimed()
    page = signed_in(app).get(PATH).submit(PATH)
    assert page.path == "/me/certificates"
    assert printed() == ["Nguyễn Thị Thưởng"]


def test_a_second_click_from_another_tab_changes_nothing(app: Flask) -> None:
    claimed()
    first = signed_in(app).get(PATH)
    first.submit(PATH)
    assert first.submit(PATH).path == "/me/certificates"
    assert len(printed()) == 1


def test_a_mended_name_is_printed_and_kept(app: Flask) -> None:
    enrolment = claimed()
    page = mend(signed_in(app).get(PATH), "Nguyễn  Thị\u00a0Thương")
    assert page.path == "/me/certificates"
    assert printed() == ["Nguyễn Thị Thương"]
    assert db.session.get_one(Person, enrolment.person_id).name == "Nguyễn Thị Thương"


def test_a_wrong_name_stays_in_its_field_with_what_to_mend(app: Flask) -> None:
    enrolment = claimed()
    page = mend(signed_in(app).get(PATH), "Nguyễn <b>Thưởng")
    assert page.status == 400
    assert page.forms[-1].fields["name"] == "Nguyễn <b>Thưởng"
    assert "Ký tự thứ 8 là “<”" in page.text
    assert printed() == []
    assert db.session.get_one(Person, enrolment.person_id).name == "Nguyễn Thị Thưởng"


def test_a_name_too_long_for_the_sheet_is_not_kept(app: Flask) -> None:
    enrolment = claimed()
    page = mend(signed_in(app).get(PATH), "Â" * 120)
    assert page.status == 400
    assert "Họ và tên có 120 ký tự, quá dài để in" in page.text
    assert (printed(), db.session.get_one(Person, enrolment.person_id).name) == ([], "Nguyễn Thị Thưởng")


def test_a_name_that_changed_since_it_was_shown_is_shown_again(app: Flask) -> None:
    enrolment = claimed()
    page = signed_in(app).get(PATH)
    db.session.get_one(Person, enrolment.person_id).name = "Tên Khác"
    db.session.commit()
    again = page.submit(PATH)
    assert again.status == 409
    assert "Họ tên vừa thay đổi" in again.text
    assert printed() == []
    again.submit(PATH)
    assert printed() == ["Tên Khác"]


def test_in_a_frame_a_platforms_name_is_confirmed_or_mended(app: Flask) -> None:
    enrolment = claimed("platform", "Nguyen Thi Thuong")
    page = framed(app, enrolment.person_id).get(PATH)
    mend(page, "Nguyễn Thị Thưởng")
    assert printed() == ["Nguyễn Thị Thưởng"]
    assert db.session.get_one(Person, enrolment.person_id).name_source == "own"


def test_in_a_frame_ones_own_name_can_be_confirmed_but_not_changed(app: Flask) -> None:
    enrolment = claimed()
    page = framed(app, enrolment.person_id).get(PATH)
    assert len(page.forms) == 1
    assert "chỉ sửa được ở trang Tài khoản" in page.text
    assert mend(page, "Kẻ Mạo Danh").status == 409
    assert (printed(), db.session.get_one(Person, enrolment.person_id).name) == ([], "Nguyễn Thị Thưởng")
    page.submit(PATH, name="Kẻ Mạo Danh")
    assert printed() == ["Nguyễn Thị Thưởng"]


def test_a_platforms_name_with_digits_must_be_mended(app: Flask) -> None:
    claimed("platform", "thuong85")
    page = signed_in(app).get(PATH).submit(PATH)
    assert page.status == 400
    assert "Ký tự thứ 7 là “8”" in page.text


def test_who_has_no_name_yet_types_it(app: Flask) -> None:
    claimed("none", "Học viên từ Trường")
    page = signed_in(app).get(PATH)
    assert "Chưa có họ tên của anh chị" in page.text
    assert "Học viên từ Trường" not in page.text
    assert "tự động" not in page.text
    assert page.submit(PATH, name=" ").status == 400
    page.submit(PATH, name="Nguyễn Thị Thưởng")
    assert printed() == ["Nguyễn Thị Thưởng"]


def test_a_course_with_approval_says_so_before_and_after(app: Flask) -> None:
    claimed(version=make.course(certificate={"kind": "COMPLETION", "approval": True}))
    page = signed_in(app).get(PATH)
    assert "giấy chờ cơ quan cấp duyệt" in page.text
    waits = page.submit(PATH)
    assert waits.status == 202
    assert "Giấy được cấp sau khi cơ quan cấp có quyết định" in waits.text
    assert printed() == []


def test_what_waits_stands_among_the_learners_certificates(app: Flask) -> None:
    enrolment = claimed()
    web = signed_in(app)
    listed = web.get("/me/certificates")
    assert "Chờ anh chị xem họ tên" in listed.text
    assert f'href="{PATH}"' in listed.body
    assert "Chờ anh chị xem họ tên" in framed(app, enrolment.person_id).get("/me/certificates").text
    web.get(PATH).submit(PATH)
    assert "Chờ anh chị" not in web.get("/me/certificates").text


def test_what_waits_for_approval_says_so_among_them(app: Flask) -> None:
    claimed(version=make.course(certificate={"kind": "COMPLETION", "approval": True}))
    web = signed_in(app)
    web.get(PATH).submit(PATH)
    assert "Chờ cơ quan cấp duyệt" in web.get("/me/certificates").text


def test_a_course_without_certificate_says_so(app: Flask) -> None:
    version = make.course()
    version.certificate = {}
    db.session.commit()
    claimed(version=version)
    page = signed_in(app).get(PATH)
    assert page.status == 409
    assert "không cấp giấy chứng nhận" in page.text


def test_the_pages_are_in_english_too(app: Flask) -> None:
    claimed()
    web = signed_in(app)
    web.client.set_cookie("lang", "en")
    page = web.get(PATH)
    assert "Name to be printed: Nguyễn Thị Thưởng" in page.text
    assert "Character 8 is “<”" in mend(page, "Nguyễn <b>").text


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        (unicodedata.normalize("NFD", "Nguyễn Thị Thưởng"), "Nguyễn Thị Thưởng"),
        ("  Y\u00a0Đăm  Niê\tKđăm ", "Y Đăm Niê Kđăm"),
        ("H’Hen Niê", "H’Hen Niê"),
        ("Ê\u0306 Ŭ Č", "Ê\u0306 Ŭ Č"),
    ],
)
def test_what_can_be_mended_is_mended_silently(app: Flask, typed: str, made: str) -> None:
    del app
    who = make.person()
    with transaction():
        accounts.rename(who.id, typed)
    assert db.session.get_one(Person, who.id, populate_existing=True).name == made


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Lê Văn Tám 8", "Ký tự thứ 12 là “8”"),
        ("Lê 😀", "Ký tự thứ 4 là “😀”"),
        ("Lê\u200b Tám", "Ký tự thứ 3 không nhìn thấy được (U+200B)"),
        ("\u202eLê Tám", "Ký tự thứ 1 không nhìn thấy được (U+202E)"),
        ("Lê \x07Tám", "Ký tự thứ 4 không nhìn thấy được (U+0007)"),
        ("Лê Tám", "Ký tự thứ 1 là “Л”"),
        ("Lê {{7*7}}", "Ký tự thứ 4 là “{”"),
        ('Lê "Tám"', 'Ký tự thứ 4 là “"”'),
        ("- '", "Ghi họ tên bằng chữ"),
        ("", "Ghi họ tên bằng chữ"),
        ("An " * 50, "Họ tên dài 149 ký tự, dài nhất là 120"),
    ],
)
def test_what_no_name_holds_is_refused_with_character_and_position(app: Flask, typed: str, said: str) -> None:
    del app
    who = make.person()
    with pytest.raises(Invalid) as error, transaction():
        accounts.rename(who.id, typed)
    assert said in str(error.value)
    assert db.session.get_one(Person, who.id, populate_existing=True).name == "Lê Văn Tám"


def test_two_of_one_name_in_one_class_get_a_certificate_each(app: Flask) -> None:
    del app
    version = make.course()
    both = [make.completed(make.person("Nguyễn Văn An"), version) for _ in range(2)]
    for enrolment in both:
        with transaction():
            claims.confirm(enrolment.id, None)
    found = db.session.scalars(select(Certificate)).all()
    assert [one.full_name for one in found] == ["Nguyễn Văn An"] * 2
    assert {one.enrolment_id for one in found} == {one.id for one in both}
    assert len({one.code for one in found} | {one.serial for one in found}) == 4


def test_the_page_keeps_its_budget(app: Flask) -> None:
    claimed()
    web = signed_in(app)
    web.get(PATH)
    with counted() as seen:
        assert web.get(PATH).status == 200
    assert len(seen) == 6
