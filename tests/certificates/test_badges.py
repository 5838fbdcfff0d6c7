"""Credentials that a wallet, a machine in another office and an independent library can check."""

import base64
import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from flask import Flask
from jwt.algorithms import ECAlgorithm
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from lms_app.certificates import badges, qr
from lms_app.certificates.models import Certificate
from lms_app.certificates.queries import credentials as known
from lms_app.certificates.service import credentials, revoking
from lms_app.core.db import db, transaction
from lms_app.core.settings import Settings
from tests import make


def public_pem(name: str = "badge-1") -> bytes:
    """The published key as an outsider would hold it."""
    (jwk,) = [dict(key.jwk) for key in known.badge_keys() if key.name == name]
    key: Any = ECAlgorithm.from_jwk(jwk)
    pem: bytes = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem


def said(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def bits(token: str) -> str:
    """A status list decoded without our code: one character a bit, in the order of the specification."""
    encoded = said(token)["credentialSubject"]["encodedList"]
    assert encoded[0] == "u"
    raw = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    return "".join(f"{byte:08b}" for byte in raw)


def with_key(app: Flask) -> Certificate:
    issued = make.certificate(make.person("Nguyễn Thị Ngọc Ánh"))
    credentials.credential(issued)
    return issued


def test_an_independent_verifier_accepts_the_credential(app: Flask) -> None:
    issued = with_key(app)
    token = credentials.credential(issued)
    found = OB3Verifier(pubkey_pem=public_pem()).verify(token)
    assert found.issuer.id == "did:web:127.0.0.1"
    assert found.achievement.name == issued.course_title
    assert len(token) < 2500


def test_a_verifier_finds_the_key_at_our_did_web_address(app: Flask) -> None:
    issued = with_key(app)
    document = badges.did_document(credentials.site(), [(key.name, key.jwk) for key in known.badge_keys()])
    verifier = OB3Verifier.for_issuer_did("did:web:127.0.0.1", download=lambda *_a, **_k: json.dumps(document).encode())
    assert verifier.verify(credentials.credential(issued)).issuer.name == issued.issuer_name


def test_an_altered_credential_and_one_without_algorithm_are_refused(app: Flask) -> None:
    header, payload, signature = credentials.credential(with_key(app)).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    changed = payload[:200] + ("A" if payload[200] != "A" else "B") + payload[201:]
    (key,) = known.badge_keys()
    for bad in (f"{header}.{changed}.{signature}", f"{none}.{payload}.", f"{header}.{payload}.", "", "a.b.c"):
        with pytest.raises(OB3VerificationError):
            OB3Verifier(pubkey_pem=public_pem()).verify(bad)
        with pytest.raises(badges.BadToken):
            badges.read(bad, key.jwk)


def test_the_credential_says_what_the_sheet_says_and_no_birth_date(app: Flask) -> None:
    who = make.person("Y Đăm Niê Kđăm", birth_date=date(1985, 9, 2))
    issued = make.certificate(who, make.course(certificate={"kind": "COMPLETION", "valid_months": 24}))
    found = said(credentials.credential(issued))
    subject = found["credentialSubject"]
    assert subject["identifier"][0]["identityHash"] == "Y Đăm Niê Kđăm"
    assert subject["licenseNumber"] == issued.serial
    assert subject["result"] == [{"type": ["Result"], "value": "Đạt"}]
    assert "2 tiết" in subject["achievement"]["description"]
    assert found["validUntil"].endswith("T16:59:59Z")
    assert "1985" not in json.dumps(found)


def test_the_same_certificate_gives_the_same_bytes(app: Flask) -> None:
    issued = with_key(app)
    assert credentials.credential(issued) == credentials.credential(issued)


def test_a_status_list_has_the_bits_of_what_is_revoked_and_no_other(app: Flask) -> None:
    first, second = with_key(app), make.certificate(version=make.course("cc-02"))
    with transaction():
        revoking.revoke(first.code, "Ghi sai họ tên", actor="test", by="Trần Thị Quản")
    token = credentials.status_list(1)
    assert token is not None
    decoded = bits(token)
    assert len(decoded) == 131_072
    assert [at for at, bit in enumerate(decoded) if bit == "1"] == [first.status_index]
    assert decoded[second.status_index] == "0"
    assert credentials.status_list(0) is None
    assert credentials.status_list(2) is None


def test_a_turned_key_signs_and_the_old_one_still_verifies(app: Flask) -> None:
    issued = with_key(app)
    old = credentials.credential(issued)
    done = app.test_cli_runner().invoke(args=["certificates", "turn-badge-key"])
    assert done.output == "badge-2\n"
    new = credentials.credential(issued)
    OB3Verifier(pubkey_pem=public_pem("badge-2")).verify(new)
    OB3Verifier(pubkey_pem=public_pem("badge-1")).verify(old)
    assert new != old


def test_processes_that_need_the_first_key_at_once_make_one(app: Flask, settings: Settings) -> None:
    issued = make.certificate()
    row = dict(issued.__dict__)

    def sign(_: int) -> str:
        with app.app_context():
            return credentials.credential(db.session.get_one(Certificate, row["id"]))

    with ThreadPoolExecutor(4) as pool:
        tokens = set(pool.map(sign, range(4)))
    assert len(tokens) == 1
    folder = settings.data / "keys"
    assert not list(folder.glob(".half-*"))
    assert [key.name for key in known.badge_keys()] == ["badge-1"]
    assert (folder / "badge-1.pem").stat().st_mode & 0o777 == 0o600


def test_a_token_for_a_large_qr_says_what_was_issued_and_repeats(app: Flask) -> None:
    issued = make.certificate(make.person("Tôn Nữ Công Tằng Huyền Trân"))
    address = credentials.token_address(issued)
    assert address == credentials.token_address(issued)
    assert len(address) < 270
    (key,) = known.badge_keys()
    text = address.partition("#")[2]
    found = badges.read_token(text, {1: key.jwk})
    assert (found.full_name, found.serial, found.issued_on) == (issued.full_name, issued.serial, issued.issued_on)
    assert (found.status_list, found.status_index, found.until) == (issued.status_list, issued.status_index, None)


def test_an_altered_token_and_one_of_an_unknown_key_are_refused(app: Flask) -> None:
    text = credentials.token_address(with_key(app)).partition("#")[2]
    (key,) = known.badge_keys()
    for bad in (text[:30] + ("A" if text[30] != "A" else "B") + text[31:], text[:-4], "AQ", "", "ô"):
        with pytest.raises(badges.BadToken):
            badges.read_token(bad, {1: key.jwk})
    with pytest.raises(badges.BadToken):
        badges.read_token(text, {2: key.jwk})


def test_a_printed_token_is_read_back_from_its_qr(app: Flask) -> None:
    address = credentials.token_address(with_key(app))
    picture: Any = cv2.imdecode(np.frombuffer(qr.png(address), np.uint8), cv2.IMREAD_GRAYSCALE)
    framed = cv2.copyMakeBorder(picture, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    assert cv2.QRCodeDetectorAruco().detectAndDecode(framed)[0] == address
