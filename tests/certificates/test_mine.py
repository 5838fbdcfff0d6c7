"""What holders do with their certificates: share, hide, give to LinkedIn or a wallet, and see what became of them."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.certificates.models import Certificate
from lms_app.core.audit import AuditEntry
from lms_app.core.clock import now
from lms_app.core.db import db
from tests import make
from tests.web import Browser, Page

EMAIL = "nguyen.thuong@coquan.example"


@pytest.fixture
def issued(app: Flask, web: Browser) -> Certificate:
    who = make.person("Nguyễn Thị Thưởng", email=EMAIL)
    made = make.certificate(who, make.course(title="Kỹ năng số cơ bản"))
    web.sign_in(EMAIL)
    return made


def now_is(issued: Certificate) -> Certificate:
    db.session.rollback()
    return db.session.get_one(Certificate, issued.id, populate_existing=True)


def press(page: Page, issued: Certificate, what: str, on: str) -> Page:
    return page.submit(f"/{issued.code}/{what}", on=on)


def test_a_share_link_is_made_ended_and_made_anew(web: Browser, issued: Certificate) -> None:
    shared = press(web.get("/me/certificates"), issued, "share", "1")
    first = now_is(issued).share_key
    assert f"/v/{issued.code}?k={first}" in shared.text
    assert "Nguyễn Thị Thưởng" in web.get(f"/v/{issued.code}", k=first).text
    ended = press(shared, issued, "share", "0")
    assert now_is(issued).share_key is None
    assert "?k=" not in ended.body
    press(ended, issued, "share", "1")
    assert now_is(issued).share_key not in {None, first}
    acts = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == issued.code).order_by(AuditEntry.id)
    ).all()
    assert [act for act in acts if "share" in act] == ["certificate.share", "certificate.unshare", "certificate.share"]


def test_details_are_hidden_and_shown_again_but_the_status_stays(web: Browser, issued: Certificate) -> None:
    hidden = press(web.get("/me/certificates"), issued, "hide", "1")
    assert "Anh chị đang ẩn chi tiết" in hidden.text
    public = web.get(f"/v/{issued.code}")
    assert "Còn hiệu lực" in public.text
    assert "Kỹ năng số cơ bản" not in public.text
    press(hidden, issued, "hide", "0")
    assert "Kỹ năng số cơ bản" in web.get(f"/v/{issued.code}").text


def test_nobody_decides_for_another(web: Browser, issued: Certificate) -> None:
    make.certificate(make.person("Bùi Văn Lạ", email="la@coquan.example"), make.course("ct-02"))
    other = Browser(web.client.application)
    other.sign_in("la@coquan.example")
    token = other.get("/me/certificates").form("/share").fields["csrf_token"]
    for what in ("share", "hide"):
        assert other.post(f"/me/certificates/{issued.code}/{what}", on="1", csrf_token=token).status == 404
        assert other.post(f"/me/certificates/abc/{what}", on="1", csrf_token=token).status == 404
    assert (now_is(issued).share_key, now_is(issued).hidden) == (None, False)


def test_linkedin_gets_title_issuer_dates_number_and_the_link(web: Browser, issued: Certificate) -> None:
    found = now_is(issued)
    found.valid_until, found.share_key = date(2028, 11, 22), "chia-khoa"
    db.session.commit()
    page = web.get("/me/certificates").body.replace("&amp;", "&")
    address = re.findall(r'href="(https://www\.linkedin\.com/profile/add[^"]+)"', page)[0]
    fields = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert fields == {
        "startTask": "CERTIFICATION_NAME",
        "name": "Kỹ năng số cơ bản",
        "organizationName": "Sở Khoa học và Công nghệ",
        "issueYear": str(issued.issued_on.year),
        "issueMonth": str(issued.issued_on.month),
        "expirationYear": "2028",
        "expirationMonth": "11",
        "certUrl": f"http://127.0.0.1/v/{issued.code}?k=chia-khoa",
        "certId": issued.serial,
    }
    assert f'href="/credentials/{issued.code}?k=chia-khoa"' in page


def test_what_became_of_a_certificate_is_said_with_reason_and_successor(web: Browser, issued: Certificate) -> None:
    old = now_is(issued)
    newer = make.certificate(make.person("Lê Tám"), make.course("ct-02"))
    newer.person_id = issued.person_id
    old.status, old.revoked_at, old.revoked_reason, old.replaced_by_id = "replaced", now(), "Sai họ tên", newer.id
    db.session.commit()
    page = web.get("/me/certificates")
    for words in ("Đã được thay thế", "Lý do: Sai họ tên.", f"số {newer.serial}"):
        assert words in page.text
    assert f'href="#{newer.code}"' in page.body


def test_each_file_says_whether_it_is_signed(web: Browser, issued: Certificate) -> None:
    found = now_is(issued)
    found.file_key, found.file_bytes = "certificates/x.pdf", 60_000
    for level, words in (("", "chưa ký số"), ("B-T", "dấu thời gian (PAdES B-T)")):
        found.file_level = level
        db.session.commit()
        page = web.get("/me/certificates").text
        assert words in page
        assert "Tải PDF (59 KB)" in page
