"""Copies for the archive hold what proves that the signer's certificate was not revoked; uploads recognise them."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore

from lms_app.certificates.evidence import NoEvidence
from lms_app.certificates.models import Certificate
from lms_app.certificates.queries import books, register
from lms_app.certificates.service import archiving, issuers, keys, uploads
from lms_app.core import circuit, outbox
from lms_app.core.db import reading, transaction
from lms_app.core.settings import Settings
from tests import make
from tests.certificates.authorities import Registrar, Stamps
from tests.certificates.papers import PASSPHRASE, certificate, needs_pdfsig, new_key, p12, pdfsig
from tests.certificates.test_uploads import paints_another_name


@pytest.fixture
def stamps() -> Iterator[Stamps]:
    made = Stamps()
    yield made
    made.close()


@pytest.fixture
def registrar() -> Iterator[Registrar]:
    made = Registrar()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _settings(app: Flask, stamps: Stamps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings: Settings = app.extensions["settings"]
    own = replace(settings, tsa_url=stamps.url, data=tmp_path, signing_passphrase=PASSPHRASE)
    monkeypatch.setitem(app.extensions, "settings", own)
    keys.forget()
    yield
    keys.forget()
    circuit._hosts.clear()


def issued(*chain: Any, private: Any = None) -> Certificate:
    """Sealed and time-stamped with this key, or with one made here."""
    with transaction():
        issuers.profile(signer="Lê Hoàng Minh Phước")
        if chain:
            keys.add_file("con-dau", p12(private, *chain), actor="cli")
            keys.use("con-dau", issuers.DEFAULT, actor="cli")
    made = make.certificate()
    outbox.drain()
    outbox.drain()  # what the first round owed
    return made


def by(registrar: Registrar, **options: bool) -> Certificate:
    """Sealed with a key whose certificate this authority issued."""
    private = new_key("ec")
    return issued(registrar.issue(private, **options), registrar.own, private=private)


def copy(made: Certificate) -> bytes:
    with reading():
        return archiving.Archive().copy(register.by_id(made.id)).content  # type: ignore[arg-type]  # it is there


def store(content: bytes) -> DocumentSecurityStore:
    return DocumentSecurityStore.read_dss(PdfFileReader(BytesIO(content)))


@pytest.mark.parametrize("single", [False, True], ids=["list", "ocsp"])
def test_a_copy_can_be_checked_without_asking_anybody(registrar: Registrar, stamps: Stamps, single: bool) -> None:
    made = by(registrar, single=single)
    content = copy(made)
    assert registrar.asked == ["/ocsp" if single else "/list"]
    root = asn1.Certificate.load(registrar.own.public_bytes(Encoding.DER))
    signature = PdfFileReader(BytesIO(content)).embedded_regular_signatures[0]
    trusted = {"trust_roots": [root, stamps.own], "allow_fetching": False, "revocation_mode": "require"}
    assert validate_pdf_signature(signature, store(content).as_validation_context(trusted)).bottom_line
    assert len(content) < 64 * 1024


@needs_pdfsig
def test_poppler_finds_the_signature_in_a_copy_valid(registrar: Registrar, tmp_path: Path) -> None:
    assert "Signature is Valid." in pdfsig(copy(by(registrar)), tmp_path)


def test_a_key_made_here_vouches_for_itself() -> None:
    found = store(copy(issued()))
    assert (len(found.certs), len(found.ocsps), len(found.crls)) == (1, 0, 0)


def test_single_answers_that_do_not_come_are_replaced_by_the_list(
    registrar: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Registrar, "_single", lambda _self: bytes.fromhex("30030a0106"))  # unauthorized
    found = store(copy(by(registrar, single=True)))
    assert (len(found.ocsps), len(found.crls), registrar.asked) == (0, 1, ["/ocsp", "/list"])


@pytest.mark.parametrize("single", [False, True], ids=["list", "ocsp"])
def test_a_revoked_certificate_gives_no_copy(registrar: Registrar, single: bool) -> None:
    made = by(registrar, single=single)
    registrar.revoked.add(registrar.issued[-1].serial_number)
    with pytest.raises(NoEvidence, match="không còn hợp lệ"):
        copy(made)


def test_an_authority_that_is_away_or_talks_nonsense_gives_no_copy(registrar: Registrar) -> None:
    made = by(registrar)
    for answer, words in (((503, b""), "Hãy thử lại sau"), ((200, b"<html>"), "không đúng"), ((200, b""), "không")):
        registrar.answer = answer
        with pytest.raises(NoEvidence, match=words):
            copy(made)


def test_a_certificate_that_names_no_address_or_comes_without_its_issuer_gives_no_copy(registrar: Registrar) -> None:
    with pytest.raises(NoEvidence, match="Không hỏi được"):
        copy(by(registrar, listed=False))


def test_a_chain_without_the_issuer_gives_no_copy(registrar: Registrar) -> None:
    private = new_key("ec")
    with pytest.raises(NoEvidence, match="cả chuỗi"):
        copy(issued(certificate(private, issuer=(registrar.own, registrar.private)), private=private))


def test_a_file_without_a_time_stamp_gives_no_copy(stamps: Stamps) -> None:
    stamps.answer = (503, b"")
    with pytest.raises(NoEvidence, match="B-T"):
        copy(issued())


def upload(content: bytes) -> uploads.Upload:
    with reading():
        return uploads.checked(content)


def test_the_command_writes_each_copy_once_and_uploads_know_it(
    app: Flask, registrar: Registrar, tmp_path: Path
) -> None:
    made = by(registrar)
    path = tmp_path / "out" / f"{made.serial}.pdf"
    command = ["certificates", "archive", "--out", str(path.parent)]
    done = app.test_cli_runner().invoke(args=[*command, made.code])
    assert (done.exit_code, done.output) == (0, f"{made.code}\tok\t{path}\n")
    content = path.read_bytes()
    found = upload(content)
    assert (found.status, found.level, found.timestamped) == ("valid", "B-LT", True)
    again = app.test_cli_runner().invoke(args=[*command, made.code])
    assert (again.exit_code, path.read_bytes()) == (0, content)
    assert registrar.asked == ["/list"]


def test_the_command_takes_a_whole_book_and_names_what_failed(app: Flask, registrar: Registrar, tmp_path: Path) -> None:
    made = by(registrar)
    with reading():
        (book,) = books.books()
    command = ["certificates", "archive", "--out", str(tmp_path / "out")]
    done = app.test_cli_runner().invoke(args=[*command, "--book", f"{book.code}/{book.name}/{book.year}"])
    assert (done.exit_code, (tmp_path / "out" / f"{made.serial}.pdf").exists()) == (0, True)
    done = app.test_cli_runner().invoke(args=[*command, "AAAA-AAAA-AAAA-A"])
    assert (done.exit_code, "1 not written" in done.output) == (1, True)
    assert app.test_cli_runner().invoke(args=[*command, "--book", "khong/co/2020"]).exit_code == 1


def test_a_copy_that_nobody_entered_is_still_whole_and_one_painted_on_is_not(registrar: Registrar) -> None:
    content = copy(by(registrar))
    found = upload(content)
    assert (found.status, found.reason) == ("valid", uploads.ANOTHER_COPY)
    assert upload(paints_another_name(content)).status == "altered"
