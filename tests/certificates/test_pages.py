"""What the owner and HR see of a certificate; what everybody sees is in test_verify.py."""

import re
import secrets
from datetime import date, timedelta

import pytest
from flask import Flask

from lms_app.accounts import login
from lms_app.accounts.models import FrameSession, Person
from lms_app.certificates.models import Certificate
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.ids import new_id, show_code
from tests import make
from tests.web import Browser, Page

EMAIL = "nguyen.thuong@coquan.example"


@pytest.fixture
def issued(app: Flask) -> Certificate:
    who = make.person("Nguyễn Thị Thưởng", email=EMAIL, birth_date=date(1985, 9, 2))
    make.employment(who, make.unit("Xã An Bình"), "Chuyên viên")
    return make.certificate(who, make.course(title="Kỹ năng số cơ bản"))


def status(page: Page) -> str | None:
    found = re.search(r'<main[^>]* data-status="(\w+)"', page.body)
    return found[1] if found else None


def test_pages_are_translated(web: Browser, issued: Certificate) -> None:
    web.client.set_cookie("lang", "en")
    page = web.get(f"/v/{issued.code}")
    assert "Valid" in page.text
    assert "Certificate number" in page.text


def test_the_owner_waits_for_the_pdf_and_then_downloads_it(web: Browser, issued: Certificate) -> None:
    web.sign_in(EMAIL)
    path = f"/me/certificates/{issued.code}.pdf"
    waiting = web.get(path)
    assert waiting.status == 202
    assert '<meta http-equiv="refresh" content="3">' in waiting.body
    outbox.drain()
    response = web.client.get(path)
    assert response.get_data().startswith(b"%PDF")
    assert 'filename="giay-chung-nhan-cc-01-nguyen-thi-thuong.pdf"' in response.headers["Content-Disposition"]
    listed = web.get("/me/certificates")
    assert re.search(r"Tải PDF \(\d\d KB\)", listed.text)
    assert issued.serial in listed.text
    assert f'id="{issued.code}"' in listed.body


def test_nobody_else_downloads_it(web: Browser, issued: Certificate) -> None:
    outbox.drain()
    path = f"/me/certificates/{issued.code}.pdf"
    assert web.client.get(path).status_code in {302, 303, 401}
    make.person("Bùi Văn Lạ", email="la@coquan.example")
    web.sign_in("la@coquan.example")
    assert web.get(path).status == 404
    assert issued.serial not in web.get("/me/certificates").text


def test_the_course_leads_to_its_certificate(web: Browser, issued: Certificate) -> None:
    web.sign_in(EMAIL)
    response = web.client.get("/courses/cc-01/certificate")
    assert response.headers["Location"] == f"/me/certificates#{issued.code}"


def test_a_completed_course_whose_certificate_is_owed_shows_a_waiting_page(web: Browser) -> None:
    who = make.person(email=EMAIL)
    enrolment = make.completed(who, make.course(title="Kỹ năng số cơ bản"))
    web.sign_in(EMAIL)
    page = web.get("/courses/cc-01/certificate")
    assert page.status == 202
    assert "Kỹ năng số cơ bản" in page.text
    enrolment = db.session.merge(enrolment)
    enrolment.completed_at = None
    db.session.commit()
    assert web.get("/courses/cc-01/certificate").status == 409


def test_hr_finds_and_revokes(web: Browser, issued: Certificate) -> None:
    make.person("Phạm Ngọc Lan", "hr", email="lan@coquan.example")
    web.sign_in("lan@coquan.example")
    for typed in ("", issued.serial.lower(), show_code(issued.code), "1", issued.book_number):
        assert issued.serial in web.get("/hr/certificates", q=typed).text
    assert "Không có giấy nào khớp" in web.get("/hr/certificates", q="Không Ai Cả").text
    assert issued.serial in web.get("/hr/certificates", q="thuong").text
    page = web.get(f"/hr/certificates/{issued.code}")
    refused = page.submit(issued.code, reason="  ")
    assert refused.status == 400
    assert "Ghi lý do; ai tra cứu" in refused.text
    done = page.submit(issued.code, reason="Ghi sai họ tên")
    assert status(done) == "revoked"
    assert "Phạm Ngọc Lan" in done.text
    assert not [form for form in done.forms if form.method == "post" and "certificates" in form.action]
    assert status(web.get(f"/v/{issued.code}")) == "revoked"


def test_only_hr_opens_the_register(web: Browser, issued: Certificate) -> None:
    web.sign_in(EMAIL)
    assert web.get("/hr/certificates").status == 403
    assert web.get(f"/hr/certificates/{issued.code}").status == 403


def test_a_frame_of_an_lms_opens_the_certificate_of_its_course_only(app: Flask, issued: Certificate) -> None:
    other = make.course("ct-02", title="Khóa khác")
    make.certificate(db.session.get(Person, issued.person_id), other)
    web = Browser(app, **{"Sec-Fetch-Dest": "iframe"})
    token = secrets.token_urlsafe()
    scope = {"course": "cc-01", "launch": str(new_id()), "use": "learn", "origin": "https://lms.example", "back": ""}
    make.add(
        FrameSession(
            digest=login.frame_digest(token),
            person_id=issued.person_id,
            scope=scope,
            expires_at=now() + timedelta(hours=1),
        )
    )
    cookie = app.session_interface.get_signing_serializer(app).dumps({"_user_id": login.FRAME_PREFIX + token})  # type: ignore[attr-defined]
    web.client.set_cookie("embed", cookie)
    page = web.get("/courses/cc-01/certificate")
    assert (page.path, page.status) == ("/me/certificates", 200)
    assert issued.serial in page.text
    assert "Khóa khác" not in page.text
    assert web.get("/courses/ct-02/certificate").status == 403
    assert web.get("/hr/certificates").status in {401, 403}
