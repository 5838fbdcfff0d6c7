"""What everybody learns of a certificate by its code: the status at once, the rest by its holder's leave."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from lms_app.app import create_app
from lms_app.certificates.models import Certificate
from lms_app.certificates.service import revoking, sharing
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.ids import new_code, show_code
from lms_app.core.settings import Settings
from lms_app.web.security import limiter
from tests import make
from tests.web import Browser, Page, counted

EMAIL = "nguyen.thuong@coquan.example"
NAME = "Nguyễn Thị Thưởng"
MASKED = "N*** T*** T***"


@pytest.fixture
def issued(app: Flask) -> Certificate:
    who = make.person(NAME, email=EMAIL, birth_date=date(1985, 9, 2))
    make.employment(who, make.unit("Xã An Bình"), "Chuyên viên")
    return make.certificate(who, make.course(title="Kỹ năng số cơ bản"))


def changed(issued: Certificate, **values: Any) -> None:
    found = db.session.get_one(Certificate, issued.id)
    for name, value in values.items():
        setattr(found, name, value)
    db.session.commit()


def status(page: Page) -> str | None:
    found = re.search(r'<main[^>]* data-status="(\w+)"', page.body)
    return found[1] if found else None


def wrong_character(code: str) -> str:
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def api(web: Browser, code: str, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(web.get(f"/api/v1/certificates/{code}", **query).body)
    return found


def test_a_typed_code_is_answered_in_any_spelling_and_masks_the_name(web: Browser, issued: Certificate) -> None:
    page = web.get("/verify").submit("/verify", code=f" {show_code(issued.code).lower().replace('0', 'o')} ")
    assert (page.status, status(page)) == (200, "valid")
    for words in ("Còn hiệu lực", MASKED, "Kỹ năng số cơ bản", issued.serial, "Kiểm tra lúc"):
        assert words in page.text
    assert "Thưởng" not in page.text
    assert "Xã An Bình" not in page.text


@pytest.mark.parametrize("typed", [NAME, "  nguyen thi  THUONG ", "Nguyễn Thị Thưởng"])
def test_whoever_types_the_printed_name_sees_everything(web: Browser, issued: Certificate, typed: str) -> None:
    page = web.get(f"/v/{issued.code}").submit(f"/v/{issued.code}", name=typed)
    assert (page.status, status(page)) == (200, "valid")
    for words in (NAME, "Chuyên viên, Xã An Bình", "Họ tên anh chị gõ đúng"):
        assert words in page.text
    assert "1985" not in page.body
    assert NAME in web.get("/verify", code=issued.code, name=typed).text


def test_a_wrong_name_says_so_reveals_nothing_and_stays(web: Browser, issued: Certificate) -> None:
    page = web.get(f"/v/{issued.code}").submit(f"/v/{issued.code}", name="Nguyễn Thị Thường Vụ")
    assert (page.status, status(page)) == (200, "valid")
    assert "không khớp" in page.text
    assert page.form("/v/").fields["name"] == "Nguyễn Thị Thường Vụ"
    assert MASKED in page.text
    assert "Thưởng" not in page.text


def test_the_share_link_shows_everything_until_it_is_revoked(web: Browser, issued: Certificate) -> None:
    with transaction():
        sharing.share(issued.person_id, issued.code, on=True)
    key = db.session.get_one(Certificate, issued.id).share_key
    assert NAME in web.get(f"/v/{issued.code}", k=key).text
    assert NAME not in web.get(f"/v/{issued.code}", k="khác").text
    with transaction():
        sharing.share(issued.person_id, issued.code, on=False)
    assert MASKED in web.get(f"/v/{issued.code}", k=key).text
    assert MASKED in web.get(f"/v/{issued.code}", k="").text


def test_a_hidden_certificate_shows_its_status_and_answers_a_name_with_yes_or_no(
    web: Browser, issued: Certificate
) -> None:
    changed(issued, hidden=True, share_key="chia-khoa")
    for page in (web.get(f"/v/{issued.code}"), web.get(f"/v/{issued.code}", k="chia-khoa")):
        assert status(page) == "valid"
        assert issued.serial in page.text
        for hidden in ("Kỹ năng số cơ bản", MASKED, "Thưởng"):
            assert hidden not in page.text
    right = web.get(f"/v/{issued.code}").submit(f"/v/{issued.code}", name=NAME)
    assert "Họ tên khớp" in right.text
    assert "Kỹ năng số cơ bản" not in right.text
    assert "không khớp" in web.get(f"/v/{issued.code}").submit(f"/v/{issued.code}", name="Lê Tám").text
    assert set(api(web, issued.code, name=NAME)) == {
        *("status", "word", "shows", "name_agrees", "code", "serial", "issuer", "issued_on", "as_of"),
    }


def test_a_replaced_certificate_shows_its_successor(web: Browser, issued: Certificate) -> None:
    newer = make.certificate(make.person("Lê Tám"), make.course("ct-02"))
    changed(
        issued, status="replaced", replaced_by_id=newer.id, revoked_at=now(), revoked_by="Lan", revoked_reason="Sai tên"
    )
    with counted() as seen:
        page = web.get(f"/v/{issued.code}")
    assert len(seen) == 2
    assert status(page) == "replaced"
    for words in ("Đã được thay thế", "không còn giá trị từ ngày", "Sai tên", newer.serial):
        assert words in page.text
    assert f'href="/v/{newer.code}"' in page.body
    assert api(web, issued.code)["replaced_by"] == {
        "status": "valid",
        "code": show_code(newer.code),
        "serial": newer.serial,
    }


def test_an_expired_certificate_says_until_when_it_held(web: Browser, issued: Certificate) -> None:
    changed(issued, valid_until=date(2026, 1, 31))
    page = web.get(f"/v/{issued.code}")
    assert status(page) == "expired"
    assert "có giá trị đến hết ngày 31/01/2026" in page.text
    changed(issued, valid_until=now().date() + timedelta(days=2))
    assert status(web.get(f"/v/{issued.code}")) == "valid"


def test_a_revoked_certificate_says_since_when_and_why_at_once(web: Browser, issued: Certificate) -> None:
    assert status(web.get(f"/v/{issued.code}")) == "valid"
    with transaction():
        revoking.revoke(issued.code, "Ghi sai họ tên", actor="cli", by="Phạm Ngọc Lan")
    page = web.get(f"/v/{issued.code}")
    assert status(page) == "revoked"
    assert "Đã thu hồi" in page.text
    assert "Ghi sai họ tên" in page.text
    assert "Phạm Ngọc Lan" not in page.text
    found = api(web, issued.code)
    assert (found["status"], found["revoked_reason"]) == ("revoked", "Ghi sai họ tên")
    assert "revoked_on" in found


def test_the_page_says_truly_whether_the_file_is_signed(web: Browser, issued: Certificate) -> None:
    assert "Tệp PDF đang được tạo" in web.get(f"/v/{issued.code}").text
    outbox.drain()
    for level, words in (("", "chưa ký số"), ("B-B", "khóa tự tạo của hệ thống (PAdES B-B)"), ("B-T", "PAdES B-T")):
        changed(issued, file_level=level, file_key="certificates/x.pdf")
        assert words in web.get(f"/v/{issued.code}").text
        assert api(web, issued.code)["signature"] == (level or None)


def test_the_qr_in_capitals_leads_to_the_same_answer(web: Browser, issued: Certificate) -> None:
    page = web.get(f"/V/{issued.code}")
    assert (page.path, page.status, status(page)) == (f"/v/{issued.code}", 200, "valid")


def test_a_posted_code_is_answered_without_a_token(web: Browser, issued: Certificate) -> None:
    assert status(web.post("/verify", code=issued.code)) == "valid"
    assert status(web.post("/verify")) == "unknown"


@pytest.mark.parametrize("path", ["/v/{}", "/verify?code={}", "/api/v1/certificates/{}"])
@pytest.mark.parametrize("name", ["", NAME])
def test_no_answer_tells_birth_date_or_address_of_the_person(
    web: Browser, issued: Certificate, path: str, name: str
) -> None:
    body = web.get(path.format(issued.code) + ("&" if "?" in path else "?") + f"name={name}").body
    text = body.encode().decode("unicode_escape") if path.startswith("/api") else body
    assert (NAME if name else MASKED) in text
    for secret in ("1985", EMAIL, str(issued.person_id), str(issued.enrolment_id)):
        assert secret not in body


def test_the_programs_answer_has_the_pages_words_and_opens_by_name_and_key(web: Browser, issued: Certificate) -> None:
    changed(issued, share_key="chia-khoa")
    closed, named, shared = (
        api(web, issued.code),
        api(web, issued.code, name="nguyen thi thuong"),
        api(web, issued.code, k="chia-khoa"),
    )
    assert (closed["status"], closed["word"], closed["shows"]) == ("valid", "Còn hiệu lực", "masked")
    assert (closed["full_name"], closed["name_agrees"]) == (MASKED, None)
    assert (named["full_name"], named["unit"], named["name_agrees"]) == (NAME, "Xã An Bình", True)
    assert (shared["full_name"], shared["shows"]) == (NAME, "full")
    assert api(web, issued.code, name="Lê Tám")["name_agrees"] is False
    assert "unit" not in closed


def test_unknown_and_malformed_codes_get_the_same_answer(web: Browser, issued: Certificate) -> None:
    for code in (new_code(), wrong_character(issued.code), "abc", "0" * 500, "%00"):
        page = web.get(f"/v/{code}")
        assert (page.status, status(page)) == (404, "unknown")
        answer = web.get(f"/api/v1/certificates/{code}")
        found = json.loads(answer.body)
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
        assert (found["status"], found["state"], set(found)) == (
            404,
            "unknown",
            {"type", "title", "status", "detail", "state", "as_of"},
        )
        assert status(web.post(f"/v/{code}", name=NAME)) == "unknown"


def test_a_wrong_check_character_is_found_without_the_database_and_the_typed_code_stays(
    web: Browser, issued: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = wrong_character(issued.code)
    monkeypatch.setattr(
        "lms_app.certificates.queries.register.row", lambda *_a, **_k: pytest.fail("asked the database")
    )
    page = web.get("/verify", code=wrong)
    assert page.form("/verify").fields["code"] == wrong
    assert "Có ký tự gõ chưa đúng" in page.text
    assert "ở đây có 3 ký tự" in web.get("/verify", code="abc").text


def test_guessing_is_slowed_down(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)
    strict = create_app(replace(settings, rate_limits=True))
    answers = [strict.test_client().get(f"/api/v1/certificates/{new_code()}").status_code for _ in range(31)]
    assert answers == [404] * 30 + [429]
    with strict.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (NAME, MASKED),
        ("Y Đăm Niê Kđăm", "Y*** Đ*** N*** K***"),
        ("H'Hen Niê", "H*** N***"),
        ("Ê\u0306 Ban", "Ê\u0306*** B***"),
        ("An", "A***"),
    ],
)
def test_a_mask_keeps_first_letters_and_hides_lengths(name: str, shown: str) -> None:
    assert sharing.masked(name) == shown


@pytest.mark.parametrize("typed", ["H'Hen Niê", "H’Hen Niê", "h'hen nie", "H\u02bchen Nie\u0302"])
def test_a_name_agrees_with_any_apostrophe_and_without_marks(typed: str) -> None:
    assert sharing.same_name(typed, "H'Hen Niê")
    assert not sharing.same_name("", "H'Hen Niê")
