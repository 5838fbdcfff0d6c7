"""Somebody sends a PDF: each attack has its answer, and a file of ours says what the register says today."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from cryptography.x509 import load_der_x509_certificate
from flask import Flask
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from lms_app.certificates import inspecting, keys, signing
from lms_app.certificates.models import SEAL, Certificate, SigningKey
from lms_app.certificates.service import credentials, files, revoking, uploads
from lms_app.certificates.signing import Signer
from lms_app.core import apart, outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.errors import Invalid
from lms_app.core.ids import new_code, show_code
from tests import make
from tests.certificates.papers import OFFICE, certificate, new_key, paper, pem

NAME = generic.pdf_name


@pytest.fixture
def issued(app: Flask) -> Certificate:
    return make.certificate()


@pytest.fixture(scope="module")
def signer() -> Signer:
    private = new_key("ec")
    return Signer(keys.FileKey(private), pem(certificate(private)))


@pytest.fixture
def registered(app: Flask, signer: Signer) -> Signer:
    """The key that seals for us, in the register."""
    chain = pem(load_der_x509_certificate(signer.signing_cert.dump()))  # type: ignore[union-attr]  # it has one
    said = keys.facts(chain)
    row = SigningKey(
        purpose=SEAL,
        name="con-dau",
        location="con-dau.p12",
        chain=chain,
        self_made=True,
        valid_from=said.valid_from,
        valid_until=said.valid_until,
        created_at=now(),
    )
    with transaction():
        db.session.add(row)
    signer.key_id = row.id
    return signer


@pytest.fixture
def sealed(registered: Signer, issued: Certificate) -> bytes:
    """Signed by us with its credential inside, but not among the files that we gave out."""
    return sealed_with(credentials.credential(issued).encode(), registered)


def sealed_with(credential: bytes, signer: Signer) -> bytes:
    return signing.seal(paper(signer.hole, credential=credential), signer).content


@pytest.fixture
def given(sealed: bytes, registered: Signer, issued: Certificate) -> bytes:
    with transaction():
        files.keep(issued.id, "certificates/x.pdf", sealed, "B-B", registered.key_id)
    return sealed


def checked(content: bytes) -> uploads.Upload:
    with reading():
        return uploads.checked(content)


def sentence(found: uploads.Upload) -> str:
    return found.reason % found.values if found.values else found.reason


def updated(content: bytes, change: Callable[[Any], None]) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(content))
    change(writer)
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def page_of(writer: Any) -> Any:
    return writer.root["/Pages"]["/Kids"][0].get_object()


def paints_another_name(content: bytes) -> bytes:
    def change(writer: Any) -> None:
        page = page_of(writer)
        text = b"1 g 90 280 400 60 re f 0 g BT /F1 24 Tf 100 300 Td (Tran Thi Binh) Tj ET"
        page["/Contents"] = generic.ArrayObject(
            [page.raw_get("/Contents"), writer.add_object(generic.StreamObject(stream_data=text))]
        )
        writer.update_container(page)

    return updated(content, change)


def adds_an_annotation(content: bytes) -> bytes:
    def change(writer: Any) -> None:
        page = page_of(writer)
        box = generic.ArrayObject(map(generic.NumberObject, [90, 280, 490, 340]))
        note = generic.DictionaryObject(  # type: ignore[no-untyped-call]
            {
                NAME("/Type"): NAME("/Annot"),
                NAME("/Subtype"): NAME("/FreeText"),
                NAME("/Rect"): box,
                NAME("/Contents"): generic.pdf_string("Tran Thi Binh"),
                NAME("/DA"): generic.pdf_string("/F1 24 Tf"),
            }
        )
        page["/Annots"].append(writer.add_object(note))
        writer.update_container(page)

    return updated(content, change)


def exchanges_the_credential(content: bytes) -> bytes:
    def change(writer: Any) -> None:
        held = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()
        held["/EF"]["/F"] = writer.add_object(generic.StreamObject(stream_data=b'{"code": "fake"}'))
        writer.update_container(held["/EF"])

    return updated(content, change)


def flips_a_byte(content: bytes) -> bytes:
    at = content.index(b"Nguyen Van An")
    return content[:at] + b"M" + content[at + 1 :]


def appends_junk(content: bytes) -> bytes:
    return content + b"\n%evil\n"


def saves_it_again(content: bytes) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(content)) as pdf:
        pdf.save(out)
    return out.getvalue()


def takes_the_signature_off(content: bytes) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(content)) as pdf:
        del pdf.Root["/AcroForm"], pdf.Root["/Perms"], pdf.pages[0].obj["/Annots"]
        pdf.save(out)
    return out.getvalue()


def sealed_by_another(_content: bytes, name: str = OFFICE) -> bytes:
    private = new_key("ec")
    other = Signer(keys.FileKey(private), pem(certificate(private, name)))
    return signing.seal(paper(other.hole, "Ke Gia Mao"), other).content


def of_another_issuer(content: bytes) -> bytes:
    return sealed_by_another(content, "Trường Đại học khác")


ATTACKS = [
    (flips_a_byte, "altered", "không còn như lúc ký"),
    (paints_another_name, "altered", "sửa sau khi ký"),
    (adds_an_annotation, "altered", "sửa sau khi ký"),
    (exchanges_the_credential, "altered", "sửa sau khi ký"),
    (appends_junk, "altered", "sửa sau khi ký"),
    (saves_it_again, "altered", "lưu lại bằng phần mềm khác"),
    (takes_the_signature_off, "altered", "không có chữ ký số"),
    (sealed_by_another, "foreign", "không phải của cơ quan cấp"),
    (of_another_issuer, "foreign", "Trường Đại học khác"),
]


@pytest.mark.parametrize(("attack", "status", "words"), ATTACKS, ids=[one[0].__name__ for one in ATTACKS])
def test_no_attack_on_a_file_gets_by(given: bytes, attack: Callable[[bytes], bytes], status: str, words: str) -> None:
    found = checked(attack(given))
    assert (found.status, words in sentence(found)) == (status, True)


@pytest.mark.parametrize("attack", [paints_another_name, adds_an_annotation, appends_junk, saves_it_again])
def test_a_file_as_the_system_makes_it_is_known_by_its_code_after_an_attack(
    issued: Certificate, attack: Callable[[bytes], bytes]
) -> None:
    outbox.drain()
    made = db.session.get_one(Certificate, issued.id, populate_existing=True)
    found = checked(attack(storage.get(made.file_key or "")))
    assert found.status == "altered"
    assert found.issued is not None
    assert found.issued.id == issued.id


def test_a_file_as_given_is_known_by_its_bytes_alone(
    given: bytes, issued: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_inspector", None)
    found = checked(given)
    assert (found.status, found.level, found.self_made, found.timestamped) == ("valid", "B-B", True, False)
    assert found.issued is not None
    assert found.issued.id == issued.id
    assert OFFICE in found.signer


def test_a_file_that_we_signed_but_did_not_keep_is_valid_with_a_word_of_caution(
    sealed: bytes, issued: Certificate
) -> None:
    found = checked(sealed)
    assert (found.status, found.level) == ("valid", "B-B")
    assert found.issued is not None
    assert found.issued.id == issued.id
    assert "so họ tên" in sentence(found)
    assert found.signed_at is not None
    assert found.signed_at.isoformat() == "2026-11-25T09:00:00+07:00"


@pytest.mark.parametrize(
    ("name", "other"),
    [("full_name", "Trần Thị Bình"), ("serial", "VL-CĐS-0002"), ("code", new_code())],
    ids=["name", "serial", "code"],
)
def test_a_file_that_we_signed_but_that_says_other_things_than_the_register_does_not_pass(
    registered: Signer, issued: Certificate, name: str, other: str
) -> None:
    row = {column.key: getattr(issued, column.key) for column in Certificate.__table__.columns}
    token = credentials.credential(Certificate(**row | {name: other}))
    found = checked(sealed_with(f"{token}\n{show_code(issued.code)}".encode(), registered))
    assert (found.status, "không khớp sổ" in sentence(found)) == ("mismatch", True)
    assert found.issued is not None
    assert found.issued.id == issued.id


def test_a_file_that_we_signed_with_the_code_but_no_credential_does_not_pass(
    registered: Signer, issued: Certificate
) -> None:
    for inside in (show_code(issued.code).encode(), b"eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln " + issued.code.encode()):
        assert checked(sealed_with(inside, registered)).status == "mismatch"


def test_a_signature_of_ours_on_what_the_register_does_not_hold_is_unknown(registered: Signer) -> None:
    found = checked(signing.seal(paper(registered.hole), registered).content)
    assert (found.status, "không có giấy chứng nhận này" in sentence(found)) == ("unknown", True)


def test_a_revoked_certificate_is_revoked_though_its_file_is_intact(given: bytes, issued: Certificate) -> None:
    with transaction():
        revoking.revoke(issued.code, "Cấp nhầm", actor="cli", by="HR")
    found = checked(given)
    assert found.status == "revoked"
    assert "thu hồi từ ngày" in sentence(found)
    assert checked(paints_another_name(given)).status == "altered"


def test_an_expired_certificate_says_until_when_it_held(given: bytes, issued: Certificate) -> None:
    with transaction():
        db.session.get_one(Certificate, issued.id).valid_until = date(2025, 12, 31)
    found = checked(given)
    assert (found.status, "31/12/2025" in sentence(found)) == ("expired", True)


def test_a_replaced_certificate_names_the_one_that_counts(given: bytes, issued: Certificate) -> None:
    after = make.certificate(make.person("Lê Văn Tám"), make.course("khac"))
    with transaction():
        old = db.session.get_one(Certificate, issued.id)
        old.status, old.replaced_by_id = "replaced", after.id
    found = checked(given)
    assert (found.status, after.serial in sentence(found)) == ("replaced", True)
    assert found.values["code"] == after.code


def test_an_old_file_without_a_signature_is_known_by_its_bytes(issued: Certificate) -> None:
    old = paper(64, code=issued.code).replace(b"/V 7 0 R", b"        ")
    with transaction():
        files.keep(issued.id, "certificates/x.pdf", old)
    found = checked(old)
    assert (found.status, found.level, found.signer, found.signed_at) == ("valid", "", "", None)
    assert checked(old + b" ").status == "altered"


def test_a_retired_key_still_speaks_for_what_it_signed(given: bytes, sealed: bytes, registered: Signer) -> None:
    with transaction():
        db.session.get_one(SigningKey, registered.key_id).retired_at = now()
    assert checked(given).status == "valid"
    assert checked(paints_another_name(sealed)).status == "altered"


def locked() -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(paper(64))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


NO_FILES = {
    "nothing": (b"", "không phải là PDF"),
    "a picture": (b"\x89PNG\r\n", "không phải là PDF"),
    "half a file": (paper(64)[:700], "bị hỏng"),
    "a head alone": (b"%PDF-1.7\n", "bị hỏng"),
    "locked": (locked(), "mật khẩu"),
}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_readable_pdf_is_told_so(kind: str) -> None:
    content, words = NO_FILES[kind]
    found = checked(content)
    assert (found.status, words in sentence(found)) == ("unknown", True)


@pytest.mark.usefixtures("app")
def test_an_unsigned_pdf_of_anybody_is_foreign() -> None:
    assert checked(takes_the_signature_off(paper(64))).status == "foreign"


@pytest.mark.usefixtures("app")
def test_two_hundred_megabytes_are_refused_before_anything_is_read() -> None:
    with pytest.raises(Invalid, match="2 MB"):
        checked(bytes(200 * 1024 * 1024))


def sleeps(_content: bytes) -> str:
    """Never ends."""
    while True:
        pass


def eats(_content: bytes) -> int:
    return len(bytearray(4 * 1024**3))


def dies(_content: bytes) -> None:
    raise RuntimeError


def counts(content: bytes, more: int) -> int:
    return len(content) + more


@pytest.mark.parametrize("function", [eats, dies, sleeps], ids=lambda function: function.__name__)
def test_a_file_that_takes_too_much_harms_only_its_own_process(
    function: Callable[[bytes], Any],
) -> None:
    pool = apart.Pool(f"{__name__}:{function.__name__}", seconds=0.5)
    with pytest.raises(apart.Overrun):
        pool.call(b"x")
    pool.close()


def test_a_helper_that_was_started_before_answers_the_first_call() -> None:
    pool = apart.Pool(f"{__name__}:{counts.__name__}")
    pool.warm()
    started = pool._free.queue[-1]._process
    assert started is not None
    assert pool.call(b"abc", more=1) == 4
    assert pool._free.queue[-1]._process is started
    pool.close()
    pool.warm()  # with none free it does nothing


def test_a_helper_that_died_is_replaced() -> None:
    pool = apart.Pool(f"{__name__}:{counts.__name__}")
    assert pool.call(b"abc", more=1) == 4
    helper = pool._free.queue[-1]
    assert helper._process is not None
    helper._process.kill()
    helper._process.wait()
    assert pool.call(b"abc", more=2) == 5
    pool.close()


def test_what_takes_too_much_gets_a_sentence(issued: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tired:
        def call(self, _content: bytes, **_values: object) -> None:
            raise apart.Overrun

    monkeypatch.setattr(uploads, "_inspector", Tired())
    found = checked(b"%PDF-1.7")
    assert (found.status, "phức tạp bất thường" in sentence(found)) == ("unknown", True)


def test_codes_are_found_in_a_token_inside_the_file() -> None:
    code = new_code()
    payload = urlsafe_b64encode(f'{{"id": "https://hoc.vn/v/{code}"}}'.encode()).rstrip(b"=").decode()
    content = takes_the_signature_off(paper(64, credential=f"eyJhbGciOiJFUzI1NiJ9.{payload}.c2ln".encode()))
    assert inspecting.inspected(content, []) == {"state": inspecting.UNSIGNED, "codes": [code], "credential": {}}
