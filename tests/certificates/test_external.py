"""The office signs with its own token: files go out unsigned, and only the very same ones come back signed."""

import hashlib
import io
import zipfile
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from flask import Flask
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from sqlalchemy import select

from lms_app.certificates import keys as opening
from lms_app.certificates import signing
from lms_app.certificates.models import Certificate, SigningKey
from lms_app.certificates.queries import files as sent
from lms_app.certificates.queries.keys import EXTERNAL
from lms_app.certificates.service import external, issuers, keys, uploads
from lms_app.certificates.signing import Signer
from lms_app.core import outbox, storage
from lms_app.core.db import db, reading, transaction
from lms_app.core.errors import Invalid, NotFound
from tests import make
from tests.certificates.papers import OFFICE, certificate, new_key, pem

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def token() -> Signer:
    """The office's token, which this system never sees; only its certificate is registered."""
    private = new_key("ec")
    return Signer(opening.FileKey(private), pem(certificate(private)))


@pytest.fixture
def waiting(app: Flask, token: Signer) -> Files:
    """Three certificates of an issuer that signs elsewhere, as the zip hands them out."""
    with transaction():
        issuers.profile(signer="Lê Hoàng Minh Phước")
        keys.add("token-so", EXTERNAL, own_pem(token), actor="cli")
        keys.use("token-so", issuers.DEFAULT, actor="cli")
    version = make.course()
    for name in ("Nguyễn Thị Thưởng", "Y Đăm Niê Kđăm", "Lê Văn Tám"):
        make.certificate(make.person(name), version)
    outbox.drain()
    with reading():
        packed = zipfile.ZipFile(io.BytesIO(external.waiting_zip()))
    return {name: packed.read(name) for name in packed.namelist()}


def own_pem(signer: Signer) -> str:
    der = signer.signing_cert.dump()  # type: ignore[union-attr]  # it has one
    return load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


def signed(content: bytes, signer: Signer, change: Any = None, **options: Any) -> bytes:
    """As an office program does it: a signature added at the end; `change` adds something else before."""
    if change:
        content = changed(content, change)
    meta = signers.PdfSignatureMetadata(
        field_name="VanThu", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, **options
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    work = signers.PdfSigner(meta, signer=signer).async_sign_pdf(writer, bytes_reserved=8192)
    return bytes(signing.run(work).getvalue())


def changed(content: bytes, change: Any) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    change(writer)
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def paints(writer: Any) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    drawn = writer.add_object(generic.StreamObject(stream_data=b"q 1 0 0 rg 100 100 300 200 re f Q"))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), drawn])
    writer.update_container(page)


def pdfs(waiting: Files) -> list[tuple[str, bytes]]:
    return [(name, content) for name, content in waiting.items() if name.endswith(".pdf")]


def take(files: list[tuple[str, bytes]]) -> list[external.Taken]:
    with transaction():
        return external.take(files, actor="cli")


def sentence(taken: external.Taken) -> str:
    return taken.error % taken.values if taken.error else ""


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return out.getvalue()


def test_the_batch_holds_the_waiting_files_and_their_digests(waiting: Files) -> None:
    lines = [line.split("  ") for line in waiting[external.MANIFEST].decode().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in pdfs(waiting)}
    assert len(sums) == 3


def test_signed_files_are_taken_back_and_then_valid_with_the_name_of_the_office(waiting: Files, token: Signer) -> None:
    back = [(name, signed(content, token)) for name, content in pdfs(waiting)]
    inside = external.unpacked("back.zip", zipped([(f"da-ky/{name}", content) for name, content in back]))
    results = take(inside)
    assert [(one.error, bool(one.serial)) for one in results] == [("", True)] * 3
    with reading():
        assert sent.how_many_unsigned() == 0
        found = uploads.checked(back[0][1])
        before = uploads.checked(pdfs(waiting)[0][1])
    assert (found.status, found.level, found.self_made) == ("valid", "B-B", False)
    assert OFFICE in found.signer
    assert (before.status, before.level) == ("valid", "")
    kept = db.session.scalars(select(Certificate).order_by(Certificate.number)).first()
    assert kept is not None
    assert kept.file_key is not None
    assert storage.get(kept.file_key) == back[0][1]
    with pytest.raises(NotFound, match="chờ ký"), reading():
        external.waiting_zip()
    assert sentence(take(back)[0]) == "Tệp này đã được nhận từ trước."


def test_each_wrong_file_has_its_sentence_and_keeps_no_other(waiting: Files, token: Signer) -> None:
    (_, first), (_, second), (_, third) = pdfs(waiting)
    private = new_key("ec")
    stranger = Signer(opening.FileKey(private), pem(certificate(private, "Người lạ")))
    results = take(
        [
            ("a.pdf", signed(first, stranger)),
            ("b.pdf", signed(second, token, paints)),
            ("c.pdf", changed(signed(second, token), paints)),
            ("d.pdf", second),
            ("e.pdf", changed(second, paints)),
            ("f.pdf", b"%PDF-1.7 of somebody else"),
            ("g.pdf", signed(second, token)[:-3000] + bytes(3000)),
            ("h.pdf", bytes(uploads.LARGEST + 1)),
            ("i.pdf", signed(third, token)),
        ]
    )
    words = [
        "chưa đăng ký: Người lạ",
        "sửa nội dung",
        "sửa sau khi ký",
        "chưa được ký",
        "đúng một chữ ký",
        "không bắt đầu bằng đúng tệp chờ ký",
        "",
        "quá 2 MB",
    ]
    assert [word in sentence(one) for word, one in zip(words, results, strict=False)] == [True] * len(words)
    assert all(one.error for one in results[:-1])
    assert results[-1].error == ""
    with reading():
        assert sent.how_many_unsigned() == 2


def test_the_office_confirms_a_new_certificate_and_sends_again(waiting: Files) -> None:
    private = new_key("ec")
    renewed = Signer(opening.FileKey(private), pem(certificate(private, "Con dấu mới")))
    name, content = pdfs(waiting)[0]
    back = [(name, signed(content, renewed))]
    refused = take(back)[0]
    assert refused.unknown
    assert opening.facts(refused.unknown).fingerprint == refused.fingerprint
    with transaction():
        keys.learn(refused.unknown, actor="admin")
    assert take(back)[0].error == ""
    assert db.session.scalars(select(SigningKey.location).where(SigningKey.name.startswith("Con dấu mới"))).one()


@pytest.mark.usefixtures("app")
def test_a_zip_bomb_and_what_is_no_zip_are_refused() -> None:
    bomb = zipped([(f"{number}.pdf", bytes(20 * 1024 * 1024)) for number in range(7)])
    assert len(bomb) < 200_000
    many = zipped([(f"{number}.pdf", b"") for number in range(external.MOST + 1)])
    for content in (bomb, many):
        with pytest.raises(Invalid, match="quá nhiều tệp hoặc bung ra quá lớn"):
            external.unpacked("a.zip", content)
    for content in (b"PK\x03\x04 no zip", zipped([("a.pdf", b"x")])[:-10]):
        with pytest.raises(Invalid, match="Không mở được"):
            external.unpacked("a.zip", content)
    one_large = zipped([("a.pdf", bytes(100 * 1024 * 1024))])
    assert len(external.unpacked("a.zip", one_large)[0][1]) == uploads.LARGEST + 1
    assert external.unpacked("a.pdf", b"%PDF") == [("a.pdf", b"%PDF")]
