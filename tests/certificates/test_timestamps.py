"""A time stamp is added to a sealed file later, in the room left for it, when the server answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import tsp
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select

from lms_app.certificates import keys, signing
from lms_app.certificates.models import SEAL, Certificate, CertificateFile, SigningKey
from lms_app.certificates.service import files, sealing, uploads
from lms_app.certificates.signing import NoStamp, Signer, TimeServer
from lms_app.core import circuit, outbound, outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.settings import Settings
from tests import make
from tests.certificates.authorities import Stamps
from tests.certificates.papers import certificate, needs_pdfsig, new_key, paper, pdfsig, pem


@pytest.fixture
def authority(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stamps]:
    made = Stamps()
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, tsa_url=made.url))
    yield made
    made.close()
    circuit._hosts.clear()


@pytest.fixture(scope="module")
def signer() -> Signer:
    private = new_key()
    return Signer(keys.FileKey(private), pem(certificate(private)), timed=True)


@pytest.fixture
def sealed(signer: Signer) -> bytes:
    return signing.seal(paper(signer.hole), signer).content


def test_a_time_stamp_leaves_the_signature_and_the_length_as_they_were(
    authority: Stamps, signer: Signer, sealed: bytes
) -> None:
    found = signing.timed(sealed, TimeServer(authority.url))
    assert (found.level, len(found.content)) == ("B-T", len(sealed))
    signature = PdfFileReader(BytesIO(found.content)).embedded_signatures[0]
    context = ValidationContext(trust_roots=[signer.signing_cert, authority.own], allow_fetching=False)
    status = validate_pdf_signature(signature, context)
    assert status.bottom_line
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.trusted
    assert abs(status.timestamp_validity.timestamp - now()) < timedelta(minutes=5)
    assert signing.timed(found.content, TimeServer(authority.url)) == found
    assert len(authority.asked) == 1


@needs_pdfsig
def test_poppler_finds_the_time_stamped_file_valid(authority: Stamps, sealed: bytes, tmp_path: Path) -> None:
    said = pdfsig(signing.timed(sealed, TimeServer(authority.url)).content, tmp_path)
    assert "Signature is Valid." in said
    assert "Total document signed" in said


def test_an_answer_that_is_no_time_stamp_of_this_signature_is_refused(authority: Stamps, sealed: bytes) -> None:
    other = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)},
            "cert_req": True,
        }
    )
    stamp_of_another = authority.stamper.request_tsa_response(other).dump()
    rejected = bytes.fromhex("30053003020102")
    for answer in ((500, b""), (200, b""), (200, b"<html>"), (200, rejected), (200, stamp_of_another)):
        authority.answer = answer
        with pytest.raises(NoStamp):
            signing.timed(sealed, TimeServer(authority.url))
    with pytest.raises(outbound.Unreachable):
        signing.timed(sealed, TimeServer("http://127.0.0.1:9/tsa"))


def test_a_time_stamp_that_needs_more_room_than_was_left_is_a_fault(authority: Stamps, signer: Signer) -> None:
    tight = signing.seal(paper(signer.hole - signing.STAMP_ROOM), signer).content
    with pytest.raises(signing.SealFault, match="do not fit"):
        signing.timed(tight, TimeServer(authority.url))


@pytest.fixture
def issued(app: Flask, signer: Signer, sealed: bytes) -> Certificate:
    """Sealed at B-B while the server was away; its time stamp is owed."""
    made = make.certificate()
    outbox.drain()
    now_ = now()
    with transaction():
        key = SigningKey(
            purpose=SEAL,
            name="con-dau",
            location="k.p12",
            chain="",
            self_made=False,
            valid_from=now_,
            created_at=now_,
        )
        db.session.add(key)
        db.session.flush()
        storage.put(files.key_of(made), sealed)  # type: ignore[arg-type]  # the entity has the same names as a row
        files.keep(made.id, files.key_of(made), sealed, "B-B", key.id)  # type: ignore[arg-type]
        sealing.owe_time_stamp(made.id)
    return made


def test_a_server_that_was_down_upgrades_the_file_later_and_both_files_are_known(
    authority: Stamps, issued: Certificate, sealed: bytes
) -> None:
    authority.answer = (503, b"")
    outbox.drain()
    assert level(issued) == "B-B"
    authority.answer = None
    outbox.drain(now() + timedelta(hours=2))
    assert level(issued) == "B-T"
    found = db.session.get_one(Certificate, issued.id)
    assert found.file_key is not None
    stored = storage.get(found.file_key)
    assert stored != sealed
    with reading():
        before, after = uploads.checked(sealed), uploads.checked(stored)
    assert (before.status, before.level, before.timestamped) == ("valid", "B-B", False)
    assert (after.status, after.level, after.timestamped) == ("valid", "B-T", True)
    given = db.session.execute(select(CertificateFile.level).where(CertificateFile.certificate_id == issued.id))
    assert {one.level for one in given} == {"B-B", "B-T"}


@needs_pdfsig
def test_a_certificate_is_issued_at_once_and_time_stamped_by_the_outbox(authority: Stamps, tmp_path: Path) -> None:
    made = make.certificate()
    outbox.drain()
    outbox.drain()  # what the first round owed
    found = db.session.get_one(Certificate, made.id, populate_existing=True)
    assert (found.file_level, found.file_key is not None, len(authority.asked)) == ("B-T", True, 1)
    content = storage.get(found.file_key or "")
    said = pdfsig(content, tmp_path)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "Khóa ký tự tạo" in said
    with reading():
        answer = uploads.checked(content)
    assert (answer.status, answer.level, answer.timestamped, answer.self_made) == ("valid", "B-T", True, True)


def test_without_a_time_stamp_server_nothing_is_owed(issued: Certificate) -> None:
    assert not [topic for topic, _key in outbox.drain() if topic == sealing.TIMESTAMP]
    assert level(issued) == "B-B"


def level(issued: Certificate) -> str:
    return db.session.get_one(Certificate, issued.id, populate_existing=True).file_level
