"""The offline page in Chromium with the network cut and the server gone, on PDFs that pyHanko signed."""

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore
from werkzeug.serving import make_server

from lms_app.certificates import evidence
from lms_app.certificates.models import Certificate, SigningKey
from lms_app.certificates.queries import keys as known
from lms_app.certificates.queries import register
from lms_app.certificates.service import credentials, revoking
from lms_app.core import outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.ids import show_code
from tests import make
from tests.journeys.conftest import PHONE

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
OFFICE = "Sở Khoa học và Công nghệ"
TODAY = datetime(2026, 11, 25, tzinfo=UTC)


class Seal:
    """A self-made certificate with its key, in the name of the office."""

    def __init__(self, key: PrivateKey) -> None:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, OFFICE)])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(TODAY - timedelta(days=400))
            .not_valid_after(TODAY + timedelta(days=4000))
            .sign(key, hashes.SHA256())
        )
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        self.signer: Any = signers.SimpleSigner(
            asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER)),
            asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
            registry,
        )

    def register(self) -> None:
        pem = self.certificate.public_bytes(Encoding.PEM).decode()
        row = SigningKey(purpose="seal", name="seal-1", location="seal-1.p12", chain=pem, jwk={}, self_made=True)
        row.valid_from = row.created_at = now()
        make.add(row)

    def sign(self, pdf: bytes) -> bytes:
        """In a thread of its own: Playwright has a running event loop in this one, and pyHanko wants to start one."""
        with ThreadPoolExecutor(1) as other:
            return other.submit(self._sign, pdf).result()

    def _sign(self, pdf: bytes) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        signed = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="CoQuanCap"), self.signer)
        content: bytes = signed.getvalue()
        return content


def unsigned(token: str) -> bytes:
    """A page with the credential attached; none for ""."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    if token:
        pdf.attachments["credential.jwt"] = pikepdf.AttachedFileSpec(
            pdf, token.encode(), mime_type="application/vc+jwt"
        )
    made = io.BytesIO()
    pdf.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return made.getvalue()


def changed(pdf: bytes) -> bytes:
    """One bit of the first stream."""
    at = pdf.index(b"stream") + 20
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def added(pdf: bytes) -> bytes:
    """An incremental update that paints over the page, as any tool can write one."""
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = NumberObject(180)  # type: ignore[no-untyped-call]
    writer.update_container(page)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def completed(pdf: bytes, chain: str) -> bytes:
    """The copy for an archive, of a file sealed with a key made here."""
    return evidence.completed(pdf, evidence.gathered(chain)).content


@dataclass
class World:
    app: Flask
    seal: Seal
    issued: Certificate

    @property
    def token(self) -> str:
        return credentials.credential(self.issued)

    def pdf(self) -> bytes:
        return self.seal.sign(unsigned(self.token))


@pytest.fixture(params=["p256", "rsa"])
def world(app: Flask, request: pytest.FixtureRequest) -> World:
    key: PrivateKey = (
        ec.generate_private_key(ec.SECP256R1())
        if request.param == "p256"
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    seal = Seal(key)
    issued = make.certificate(make.person("Nguyễn Thị Ngọc Ánh"))
    credentials.credential(issued)
    seal.register()
    return World(app, seal, issued)


def drain(app: Flask) -> None:
    """In a thread of its own, as `Seal.sign`."""
    with app.app_context():
        outbox.drain()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    db.session.rollback()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def context(chromium: Chromium) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport=PHONE)  # type: ignore[arg-type]
    yield made
    made.close()


def visited(context: BrowserContext, app: Flask) -> Page:
    """The page, opened once with the server there, and again with server and network gone."""
    page = context.new_page()
    with serving(app) as url:
        page.goto(f"{url}/verify/offline")
        expect(page.locator("#kept")).to_contain_text("đã lưu")
    context.set_offline(offline=True)
    page.reload()
    expect(page.locator("#age")).to_contain_text("Theo dữ liệu lấy lúc")
    return page


def chosen(page: Page, content: bytes) -> tuple[str, str]:
    """What the page makes of a file: the status, and all that it says."""
    page.set_input_files("#file", {"name": "giay.pdf", "mimeType": "application/pdf", "buffer": content})
    page.wait_for_selector("main[data-status]")
    return page.locator("main").get_attribute("data-status") or "", page.locator("#answer").inner_text()


def pasted(page: Page, text: str) -> tuple[str, str]:
    page.locator("details").evaluate("one => { one.open = true; }")
    page.fill("#credential", text)
    page.click("#paste button")
    page.wait_for_selector("main[data-status]")
    return page.locator("main").get_attribute("data-status") or "", page.locator("#answer").inner_text()


def test_files_are_judged_without_server_and_network(world: World, context: BrowserContext) -> None:
    good = world.pdf()
    stranger = Seal(ec.generate_private_key(ec.SECP256R1()))
    page = visited(context, world.app)
    status, said = chosen(page, good)
    assert status == "valid"
    for part in ("Còn hiệu lực", "Nguyễn Thị Ngọc Ánh", world.issued.serial, show_code(world.issued.code), OFFICE):
        assert part in said
    assert "Theo dữ liệu lấy lúc" in said
    assert "Ký lúc" in said
    assert chosen(page, changed(good))[0] == "altered"
    status, said = chosen(page, added(good))
    assert (status, "Tệp đã bị sửa" in said) == ("altered", True)
    assert "Nguyễn Thị Ngọc Ánh" not in said
    assert chosen(page, good + b"\n%%EOF\n")[0] == "altered"
    status, said = chosen(page, stranger.sign(unsigned(world.token)))
    assert (status, "Không do cơ quan cấp" in said) == ("foreign", True)
    assert chosen(page, unsigned(world.token))[0] == "foreign"
    assert chosen(page, world.seal.sign(unsigned("")))[0] == "unclear"
    assert chosen(page, b"GIF89a")[0] == "unknown"
    assert chosen(page, bytes(3 * 1024 * 1024))[0] == "unknown"


def test_the_file_that_we_give_out_is_judged_as_its_copies_are(app: Flask, context: BrowserContext) -> None:
    issued = make.certificate(make.person("H'Hen Niê"))
    with ThreadPoolExecutor(1) as other:
        other.submit(drain, app).result()
    db.session.rollback()
    made = register.by_code(issued.code)
    assert made is not None
    good = storage.get(made.file_key)
    page = visited(context, app)
    status, said = chosen(page, good)
    assert status == "valid", said
    assert "H'Hen Niê" in said
    assert chosen(page, changed(good))[0] == "altered"
    assert chosen(page, added(good))[0] == "altered"
    with ThreadPoolExecutor(1) as other:
        copy = other.submit(completed, good, known.seals()[0].chain).result()
    status, said = chosen(page, copy)
    assert (status, "Bản lưu trữ lâu dài" in said) == ("unclear", True)
    assert "H'Hen Niê" not in said
    assert chosen(page, changed(copy))[0] == "altered"


@pytest.mark.parametrize("world", ["p256"], indirect=True)
def test_a_revoked_one_says_so_once_the_list_was_fetched_again(world: World, context: BrowserContext) -> None:
    good = world.pdf()
    page = visited(context, world.app)
    assert chosen(page, good)[0] == "valid"
    with transaction():
        revoking.revoke(world.issued.code, "Ghi sai họ tên", actor="test", by="Trần Thị Quản")
    assert chosen(page, good)[0] == "valid", "its list is the old one, and it says of when"
    context.set_offline(offline=False)
    page = visited(context, world.app)
    status, said = chosen(page, good)
    assert (status, "Đã thu hồi" in said) == ("revoked", True)


@pytest.mark.parametrize("world", ["p256"], indirect=True)
def test_a_pasted_credential_is_judged_too(world: World, context: BrowserContext) -> None:
    token = world.token
    page = visited(context, world.app)
    status, said = pasted(page, f"  {token[:80]}\n{token[80:]} ")
    assert (status, world.issued.serial in said) == ("valid", True)
    at = token.index(".") + 50
    assert pasted(page, token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :])[0] == "altered"
    header = "eyJhbGciOiJub25lIn0"
    assert pasted(page, f"{header}.{token.split('.')[1]}.AA")[0] == "foreign"
    assert pasted(page, "xin chào")[0] == "unknown"


@pytest.mark.parametrize("world", ["p256"], indirect=True)
def test_the_token_of_a_large_qr_is_judged_where_its_address_opens(world: World, context: BrowserContext) -> None:
    token = credentials.token_address(world.issued).partition("#")[2]
    page = visited(context, world.app)
    page.goto(f"{page.url}#{token}")
    page.reload()
    expect(page.locator("main")).to_have_attribute("data-status", "valid")
    said = page.locator("#answer").inner_text()
    assert world.issued.full_name in said
    assert world.issued.issued_on.strftime("%d/%m/%Y") in said
    assert pasted(page, token[:40] + ("A" if token[40] != "A" else "B") + token[41:])[0] == "altered"


@pytest.mark.parametrize("world", ["p256"], indirect=True)
def test_the_page_breaks_no_rule_of_the_site(world: World, context: BrowserContext) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with serving(world.app) as url:
        page.goto(f"{url}/verify/offline")
        expect(page.locator("#kept")).to_contain_text("đã lưu")
        assert chosen(page, world.pdf())[0] == "valid"
    assert not complaints
