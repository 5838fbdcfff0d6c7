"""What we publish for programs: keys, issuer, achievements, status lists, and credentials that a holder shares."""

import pytest
from flask import Flask

from lms_app.certificates import badges
from lms_app.certificates.models import Certificate
from lms_app.certificates.queries import credentials as known
from lms_app.certificates.service import credentials, revoking
from lms_app.core.db import db, transaction
from tests import make
from tests.web import Browser

SECRET = "bi-mat-cua-nguoi-duoc-cap"


def shared() -> Certificate:
    issued = make.certificate(make.person("Nguyễn Thị Ngọc Ánh"))
    issued.share_key = SECRET
    db.session.commit()
    credentials.credential(issued)
    return issued


def test_the_did_document_stands_at_both_addresses_and_verifies_what_we_signed(web: Browser) -> None:
    token = credentials.credential(shared())
    answer = web.open("GET", "/.well-known/did.json")
    assert answer.json == web.open("GET", "/did.json").json
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (method,) = answer.json["verificationMethod"]
    assert answer.json["assertionMethod"] == [method["id"]]
    assert set(method["publicKeyJwk"]) == {"kty", "crv", "x", "y"}
    assert badges.read(token, method["publicKeyJwk"])["iss"] == answer.json["id"] == "did:web:127.0.0.1"


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://hoc.tinh.gov.vn", "did:web:hoc.tinh.gov.vn"),
        ("https://tinh.gov.vn/hoc/so", "did:web:tinh.gov.vn:hoc:so"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000"),
    ],
)
def test_the_name_follows_from_the_address(url: str, did: str, app: Flask) -> None:
    assert badges.Site(url, app.extensions["settings"].zone).did == did


def test_issuer_and_achievement_are_what_credentials_point_at(web: Browser) -> None:
    issued = shared()
    assert web.open("GET", "/credentials/issuer").json["name"] == issued.issuer_name
    found = badges.content(credentials.credential(issued))["credentialSubject"]["achievement"]
    answer = web.open("GET", found["id"].removeprefix("http://127.0.0.1")).json
    assert {name: answer[name] for name in found} == found
    assert web.open("GET", "/credentials/achievements/khong-co").status_code == 404


def test_a_wallet_gets_the_credential_by_the_holders_link_alone(web: Browser) -> None:
    issued = shared()
    answer = web.open("GET", f"/credentials/{issued.code}?k={SECRET}")
    assert answer.mimetype == "application/vc+jwt"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == credentials.credential(issued)
    as_json = web.open("GET", f"/credentials/{issued.code}?k={SECRET}&format=json")
    assert as_json.json["credentialSubject"]["licenseNumber"] == issued.serial
    for wrong in ("", "?k=", "?k=khac", "?k=%C3%A1"):
        assert web.open("GET", f"/credentials/{issued.code}{wrong}").status_code == 404


def test_a_link_that_was_never_made_or_is_hidden_opens_nothing(web: Browser) -> None:
    issued = shared()
    issued.hidden = True
    db.session.commit()
    assert web.open("GET", f"/credentials/{issued.code}?k={SECRET}").status_code == 404
    other = make.certificate(version=make.course("cc-02"))
    assert web.open("GET", f"/credentials/{other.code}?k=").status_code == 404


def test_a_status_list_is_kept_while_it_is_unchanged_and_new_once_somebody_is_revoked(web: Browser) -> None:
    issued = shared()
    first = web.open("GET", "/credentials/status/1")
    assert first.mimetype == "application/vc+jwt"
    assert "max-age=600" in first.headers["Cache-Control"]
    tag = {"If-None-Match": first.headers["ETag"]}
    assert web.open("GET", "/credentials/status/1", headers=tag).status_code == 304
    with transaction():
        revoking.revoke(issued.code, "Ghi sai họ tên", actor="test", by="Trần Thị Quản")
    again = web.open("GET", "/credentials/status/1", headers=tag)
    assert again.status_code == 200
    assert again.text != first.text
    assert web.open("GET", "/credentials/status/1?format=json").json["type"][1] == "BitstringStatusListCredential"
    for number in (0, 2, 2**31 - 1, 2**40):
        assert web.open("GET", f"/credentials/status/{number}").status_code == 404


def test_what_the_offline_page_trusts_is_dated_and_signed(web: Browser) -> None:
    shared()
    found = web.open("GET", "/verify/offline/keys.json").json
    (key,) = found["badges"].values()
    (token,) = found["lists"].values()
    assert badges.read(token, key)["issuer"]["id"] == found["did"]
    assert found["made_at"]
    assert found["seals"] == {}


def test_the_offline_page_and_its_worker_are_served_for_their_scope(web: Browser) -> None:
    page = web.get("/verify/offline")
    assert page.status == 200
    assert "không gửi đi đâu" in page.text
    assert "Cookie" in page.headers["Vary"]
    worker = web.open("GET", "/verify/offline/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/verify/offline"
    assert web.open("GET", "/verify/offline/manifest.webmanifest").json["scope"] == "/verify/offline"


def test_before_the_first_credential_there_is_no_key_and_reading_makes_none(web: Browser) -> None:
    issued = make.certificate()
    issued.share_key = SECRET
    db.session.commit()
    assert web.open("GET", "/.well-known/did.json").json["verificationMethod"] == []
    assert web.open("GET", "/credentials/status/1").status_code == 404
    assert web.open("GET", f"/credentials/{issued.code}?k={SECRET}").status_code == 404
    assert web.open("GET", "/verify/offline/keys.json").json["lists"] == {}
    assert not known.badge_keys()
