"""Seals: PAdES B-B in a hole, by files and tokens, quickly and one by one; independent tools agree."""

import os
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from lms_app.certificates import keys, signing
from lms_app.certificates.signing import BadKey, SealFault, Signer, Stamp
from lms_app.core.clock import now
from tests.certificates.papers import OFFICE, Private, certificate, needs_pdfsig, new_key, paper, pdfsig, pem, pkcs8

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
needs_token = pytest.mark.skipif(not SOFTHSM.exists(), reason="softhsm2 missing")


def a_signer(kind: str = "rsa") -> Signer:
    private = new_key(kind)
    return Signer(keys.FileKey(private), pem(certificate(private)))


def holds(content: bytes, signer: Signer) -> bool:
    found = PdfFileReader(BytesIO(content)).embedded_signatures
    context = ValidationContext(trust_roots=[signer.signing_cert], allow_fetching=False)
    status = validate_pdf_signature(found[0], context)
    assert status.coverage is not None
    return len(found) == 1 and status.bottom_line and status.coverage.name == "ENTIRE_FILE" and bool(status.docmdp_ok)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_sealed_file_holds_by_pyhanko_and_the_same_file_gives_the_same_bytes(kind: str) -> None:
    signer = a_signer(kind)
    content = paper(signing.hole(signer))
    sealed = signing.seal(content, signer)
    assert sealed.level == "B-B"
    assert holds(sealed.content, signer)
    assert sealed == signing.seal(content, signer)
    assert len(sealed.content) == len(content)


@needs_pdfsig
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_sealed_file_holds_by_poppler_which_names_our_certificate(kind: str, tmp_path: Path) -> None:
    signer = a_signer(kind)
    said = pdfsig(signing.seal(paper(signer.hole), signer).content, tmp_path)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert OFFICE in said


@pytest.mark.parametrize(("kind", "lengths"), [("rsa", range(1, 2)), ("ec", range(2, 6))])
def test_the_quick_stamp_makes_the_very_bytes_of_pyhanko_and_asks_it_once_for_each_length(
    kind: str, lengths: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = a_signer(kind)
    papers = [paper(signer.hole, f"Nguyen Thi Thuong {number}") for number in range(60)]
    sealed = [signing.seal(content, signer) for content in papers]
    by_pyhanko, asked = signer.cms, []

    def cms(digest: bytes) -> bytes:
        asked.append(digest)
        return by_pyhanko(digest)

    monkeypatch.setattr(signer, "cms", cms)
    stamp = Stamp(signer)
    assert [stamp.seal(content) for content in papers] == sealed
    guards = 1
    assert len(asked) - guards in lengths


def test_the_guard_of_the_stamp_looks_at_the_first_and_each_five_hundredth_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signer = a_signer()
    stamp, content = Stamp(signer), paper(signer.hole)
    monkeypatch.setattr(signing, "seal", lambda _pdf, _signer: signing.Sealed(b"another", "B-B"))
    with pytest.raises(SealFault, match="differs"):
        stamp.seal(content)
    for _ in range(signing.GUARD - 1):
        stamp.seal(content)
    with pytest.raises(SealFault, match="differs"):
        stamp.seal(content)


def test_a_file_without_a_hole_or_with_one_too_small_is_not_touched() -> None:
    signer = a_signer()
    with pytest.raises(SealFault, match="0 holes"):
        signing.seal(b"%PDF-1.7 nothing here", signer)
    with pytest.raises(SealFault, match="do not fit"):
        signing.seal(paper(600), signer)


def test_room_for_a_time_stamp_is_kept_only_where_there_is_a_server() -> None:
    private = new_key("ec")
    chain = pem(certificate(private))
    plain, timed = (Signer(keys.FileKey(private), chain, timed=timed) for timed in (False, True))
    assert plain.hole < 2048 < signing.STAMP_ROOM < timed.hole


def test_the_key_of_another_certificate_is_refused() -> None:
    with pytest.raises(BadKey, match="không khớp"):
        Signer(keys.FileKey(new_key("ec")), pem(certificate(new_key("ec"))))


def test_a_key_made_here_opens_with_its_passphrase_only() -> None:
    content, chain = keys.made("Sở Khoa học và Công nghệ tỉnh Vĩnh Long " * 3, "mat-khau", now())
    private, beside = keys.from_file(content, "mat-khau", "tu-tao")
    assert beside == chain
    assert "Khóa ký tự tạo" in keys.facts(chain).subject
    signer = Signer(private, chain)
    assert holds(signing.seal(paper(signer.hole), signer).content, signer)
    for wrong in ("", "khac"):
        with pytest.raises(BadKey, match="LMS_SIGNING_PASSPHRASE"):
            keys.from_file(content, wrong, "tu-tao")
    with pytest.raises(BadKey, match="tệp khóa bị hỏng"):
        keys.from_file(b"no key", "", "tu-tao")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SoftHSM token with its PIN 1234."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)  # noqa: TID251 - the library in this process reads it
    for label in ("co-quan", "khac"):
        command = ["--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "5678"]
        subprocess.run(["softhsm2-util", *command], check=True, capture_output=True)
    return f"pkcs11:token=co-quan;object=KEY?module-path={SOFTHSM}"


def put(private: Private, label: str, identity: str, folder: Path) -> None:
    (folder / "key.pem").write_bytes(pkcs8(private))
    command = ["--import", str(folder / "key.pem"), "--token", "co-quan", "--label", label, "--id", identity]
    subprocess.run(["softhsm2-util", *command, "--pin", "1234"], check=True, capture_output=True)


@needs_token
@pytest.mark.parametrize(("kind", "identity"), [("rsa", "01"), ("ec", "02")])
def test_a_key_on_a_token_seals_as_a_file_does(token: str, kind: str, identity: str, tmp_path: Path) -> None:
    private = new_key(kind)
    put(private, f"khoa-{kind}", identity, tmp_path)
    held, beside = keys.from_token(token.replace("KEY", f"khoa-{kind}"), "1234")
    assert beside == ""
    signer = Signer(held, pem(certificate(private)))
    stamp = Stamp(signer)
    for name in ("Mot", "Hai", "Ba"):
        content = paper(signer.hole, name)
        assert holds(stamp.seal(content).content, signer)
    with pytest.raises(BadKey, match="không khớp"):
        Signer(held, pem(certificate(new_key(kind))))


@needs_token
def test_a_token_that_does_not_open_says_so_without_the_pin(token: str) -> None:
    for uri, pin in ((token, "1234"), (token.replace("co-quan", "khac"), "9999"), (token.replace("co-quan", "x"), "")):
        with pytest.raises(BadKey, match="mã PIN") as failed:
            keys.from_token(uri, pin)
        assert not pin or pin not in str(failed.value)


@pytest.mark.parametrize(
    "uri",
    ["pkcs11:token=a", "pkcs11:object=a", "http:object=a?module-path=b", "pkcs11:object=a?module-path=/x&pin-value=1"],
)
def test_a_key_address_that_lacks_a_part_or_tells_the_pin_is_refused(uri: str) -> None:
    with pytest.raises(BadKey, match=r"pkcs11:token|mã PIN"):
        keys.from_token(uri, "1234")


def test_a_chain_goes_into_the_signature() -> None:
    root_key, private = new_key("ec"), new_key("ec")
    root = certificate(root_key, "Gốc thử", ca=True)
    own = certificate(private, issuer=(root, root_key))
    signer = Signer(keys.FileKey(private), pem(own, root))
    sealed = signing.seal(paper(signer.hole), signer).content
    found = PdfFileReader(BytesIO(sealed)).embedded_signatures[0]
    trusted = asn1.Certificate.load(root.public_bytes(Encoding.DER))
    assert validate_pdf_signature(found, ValidationContext(trust_roots=[trusted], allow_fetching=False)).bottom_line
