"""What the page says to somebody who sends a PDF. Each attack itself is in test_uploads.py."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from lms_app.certificates.models import Certificate
from lms_app.certificates.queries import register
from lms_app.certificates.service import files, revoking, uploads
from lms_app.certificates.service.uploads import Upload
from lms_app.core import outbox
from lms_app.core.db import db, transaction
from tests import make
from tests.web import Browser, Page

NAME = "Nguyễn Thị Thưởng"
SIGNED = datetime(2026, 11, 25, 3, 4, tzinfo=UTC)
CONTENT = b"%PDF-1.7\nours\n%%EOF"


@pytest.fixture
def issued(app: Flask) -> Certificate:
    made = make.certificate(make.person(NAME), make.course(title="Kỹ năng số cơ bản"))
    with transaction():
        files.keep(made.id, "certificates/x.pdf", CONTENT)
    return made


def send(web: Browser, content: bytes, name: str = "giay.pdf") -> Page:
    return web.post("/verify", pdf=(io.BytesIO(content), name))


def status(page: Page) -> str | None:
    found = re.search(r'<main[^>]* data-status="(\w+)"', page.body)
    return found[1] if found else None


def says(monkeypatch: pytest.MonkeyPatch, issued: Certificate, **values: Any) -> None:
    """Let the check find this."""
    row = register.by_id(issued.id)
    db.session.rollback()
    found = Upload(issued=row, reason=uploads.IN_REGISTER["valid"], **values)
    monkeypatch.setattr(uploads, "checked", lambda _content: found)


def test_a_file_that_we_gave_out_shows_all_that_stands_in_it(web: Browser, issued: Certificate) -> None:
    page = send(web, CONTENT)
    assert (page.status, status(page)) == (200, "valid")
    for words in ("Còn hiệu lực", NAME, "Đúng như bản đã cấp", "không lưu lại", "Kiểm tra lúc"):
        assert words in page.text
    assert "Tệp này không có chữ ký số" in page.text


def test_the_register_has_the_last_word(web: Browser, issued: Certificate) -> None:
    with transaction():
        revoking.revoke(issued.code, "Cấp nhầm", actor="cli", by="Lan")
    page = send(web, CONTENT)
    assert status(page) == "revoked"
    assert "đã bị thu hồi từ ngày" in page.text
    assert "Cấp nhầm" in page.text


def test_an_altered_file_shows_no_more_than_its_code_would(
    web: Browser, issued: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, issued, status="altered", signer="Sở <b>KH&CN</b>", signed_at=SIGNED, self_made=True)
    page = send(web, CONTENT)
    assert status(page) == "altered"
    for words in ("Tệp đã bị sửa", "Không còn như khi cấp", "N*** T*** T***", "Sở <b>KH&CN</b>, bằng khóa tự tạo"):
        assert words in page.text
    assert "10:04, 25/11/2026, theo đồng hồ của người ký" in page.text
    assert NAME not in page.text


def test_a_time_stamped_signature_says_so(web: Browser, issued: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, issued, status="valid", signer="Sở", level="B-T", signed_at=SIGNED, timestamped=True)
    page = send(web, CONTENT)
    for words in (
        "Không bị sửa sau khi ký",
        "dấu thời gian (PAdES B-T)",
        "10:04, 25/11/2026, có dấu thời gian xác nhận",
    ):
        assert words in page.text


def test_a_hidden_certificate_stays_hidden_from_whoever_sends_its_file(web: Browser, issued: Certificate) -> None:
    db.session.get_one(Certificate, issued.id).hidden = True
    db.session.commit()
    page = send(web, CONTENT)
    assert status(page) == "valid"
    assert NAME not in page.text
    assert issued.serial in page.text


def test_another_office_s_file_and_what_is_no_pdf_are_told_apart(web: Browser, issued: Certificate) -> None:
    page = send(web, b"PK\x03\x04 not a pdf")
    assert status(page) == "unknown"
    assert "không phải là PDF" in page.text


def test_no_file_an_empty_one_and_a_huge_one_are_refused_in_words(web: Browser, app: Flask) -> None:
    for page in (send(web, b"", ""), send(web, b"")):
        assert page.status == 400
        assert "Chọn tệp PDF" in page.text
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = web.open("POST", "/verify", data=b"%PDF-" + b"x" * (2 * 1024 * 1024), headers=form)
    assert answer.status_code == 413
    assert "Tệp lớn quá 2 MB" in answer.text


def test_the_certificate_that_its_holder_downloads_is_recognised(web: Browser, app: Flask) -> None:
    made = make.certificate(make.person(NAME, email="thuong@coquan.example"))
    outbox.drain()
    web.sign_in("thuong@coquan.example")
    content = web.client.get(f"/me/certificates/{made.code}.pdf").get_data()
    page = send(Browser(app), content)
    assert (status(page), NAME in page.text) == ("valid", True)


def test_a_file_at_odds_with_the_register_says_so_and_shows_no_more_than_its_code_would(
    web: Browser, issued: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, issued, status="mismatch", signer="Sở", signed_at=SIGNED)
    page = send(web, CONTENT)
    assert status(page) == "mismatch"
    for words in ("Không khớp sổ cấp giấy", "N*** T*** T***", issued.serial):
        assert words in page.text
    assert NAME not in page.text
