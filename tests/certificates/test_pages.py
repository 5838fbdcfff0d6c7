"""What everybody, the owner and HR see of a certificate."""

import re
import secrets
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from lms_app.accounts import login
from lms_app.accounts.models import FrameSession, Person
from lms_app.app import create_app
from lms_app.certificates.models import Certificate
from lms_app.certificates.service import revoking
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.ids import new_code, new_id, show_code
from lms_app.core.settings import Settings
from lms_app.web.security import limiter
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


def test_a_typed_code_is_answered_in_any_spelling(web: Browser, issued: Certificate) -> None:
    page = web.get("/verify").submit("/verify", code=f" {show_code(issued.code).lower().replace('0', 'o')} ")
    assert (page.status, status(page)) == (200, "valid")
    for words in (
        "Còn hiệu lực",
        "Nguyễn Thị Thưởng",
        "Kỹ năng số cơ bản",
        issued.serial,
        "Kiểm tra lúc",
        "Xã An Bình",
    ):
        assert words in page.text


def test_the_qr_in_capitals_leads_to_the_same_answer(web: Browser, issued: Certificate) -> None:
    page = web.get(f"/V/{issued.code}")
    assert (page.path, page.status, status(page)) == (f"/v/{issued.code}", 200, "valid")


def test_a_posted_code_is_answered_without_a_token(web: Browser, issued: Certificate) -> None:
    assert status(web.post("/verify", code=issued.code)) == "valid"
    assert status(web.post("/verify")) == "unknown"


@pytest.mark.parametrize("path", ["/v/{}", "/verify?code={}", "/api/v1/certificates/{}"])
def test_no_answer_tells_birth_date_or_address_of_the_person(web: Browser, issued: Certificate, path: str) -> None:
    body = web.get(path.format(issued.code)).body
    assert "Thưởng" in body.encode().decode("unicode_escape" if path.startswith("/api") else "utf-8")
    for secret in ("1985", EMAIL, str(issued.person_id), str(issued.enrolment_id)):
        assert secret not in body


def test_a_revoked_certificate_says_since_when_and_why(web: Browser, issued: Certificate) -> None:
    with transaction():
        revoking.revoke(issued.code, "Ghi sai họ tên", actor="cli", by="Phạm Ngọc Lan")
    page = web.get(f"/v/{issued.code}")
    assert status(page) == "revoked"
    assert "Đã thu hồi" in page.text
    assert "Ghi sai họ tên" in page.text
    assert "Phạm Ngọc Lan" not in page.text
    assert web.get(f"/api/v1/certificates/{issued.code}").body.count("revoked") >= 2


def test_unknown_and_malformed_codes_get_the_same_answer(web: Browser, issued: Certificate) -> None:
    for code in (new_code(), issued.code[:-1] + ("0" if issued.code[-1] != "0" else "1"), "abc", "0" * 500, "%00"):
        page = web.get(f"/v/{code}")
        assert (page.status, status(page)) == (404, "unknown")
        answer = web.get(f"/api/v1/certificates/{code}")
        assert (answer.status, answer.body.strip()) == (404, '{"status":"unknown"}')


def test_a_wrong_check_character_is_found_without_the_database_and_the_typed_code_stays(
    web: Browser, issued: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = issued.code[:-1] + ("0" if issued.code[-1] != "0" else "1")
    monkeypatch.setattr(
        "lms_app.certificates.queries.register.row", lambda *_a, **_k: pytest.fail("asked the database")
    )
    page = web.get("/verify", code=wrong)
    assert page.form("/verify").fields["code"] == wrong
    assert "Có ký tự gõ chưa đúng" in page.text
    assert "ở đây có 3 ký tự" in web.get("/verify", code="abc").text


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
    assert "Không có giấy nào khớp" in web.get("/hr/certificates", q="Thưởng").text
    page = web.get(f"/hr/certificates/{issued.code}")
    refused = page.submit(issued.code, reason="  ")
    assert refused.status == 400
    assert "Ghi lý do thu hồi" in refused.text
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


def test_guessing_is_slowed_down(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)
    strict = create_app(replace(settings, rate_limits=True))
    answers = [strict.test_client().get(f"/api/v1/certificates/{new_code()}").status_code for _ in range(31)]
    assert answers == [404] * 30 + [429]
    with strict.app_context():
        db.engine.dispose()
