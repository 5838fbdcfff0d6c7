"""A small PDF with a signature field and a hole, written by hand; keys and chains; what the tools say of a file."""

import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from lms_app.core.clock import now

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PASSPHRASE = "mat-khau"
OFFICE = "Con dấu số Sở Khoa học và Công nghệ"

needs_pdfsig = pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler-utils missing")


def paper(hole: int, name: str = "Nguyen Van An", code: str = "", credential: bytes = b"") -> bytes:
    """One page that names somebody, a credential with the code, a certifying signature field (no changes allowed)."""
    credential = credential or f'{{"code": "{code}"}}'.encode()
    text = f"BT /F1 24 Tf 100 300 Td ({name}) Tj ET".encode()
    zeros = b"0" * hole * 2
    objects = [
        (
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]/SigFlags 3>>/Perms<</DocMDP 7 0 R>>"
            b"/Names<</EmbeddedFiles<</Names[(c.json) 8 0 R]>>>>>>"
        ),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Contents 4 0 R/Annots[6 0 R]"
            b"/Resources<</Font<</F1 5 0 R>>>>>>"
        ),
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(CoQuanCap)/V 7 0 R/Rect[0 0 0 0]/F 132/P 3 0 R>>",
        (
            b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
            b"/ByteRange [0 1111111111 1111111111 1111111111]/Contents <%s>/M(D:20261125090000+07'00')"
            b"/Reference[<</Type/SigRef/TransformMethod/DocMDP"
            b"/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]>>" % zeros
        ),
        b"<</Type/Filespec/F(c.json)/EF<</F 9 0 R>>>>",
        b"<</Type/EmbeddedFile/Length %d>>stream\n%s\nendstream" % (len(credential), credential),
    ]
    return _written(objects)


def _written(objects: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def new_key(kind: str = "rsa") -> Private:
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)


def certificate(private: Private, name: str = OFFICE, **options: Any) -> x509.Certificate:
    """Signed by `issuer` (certificate, key), or by itself. `start`, `days`; `ca`, `stamps`: what it is for.

    `list`, `ocsp`: where its issuer says whether it is revoked.
    """
    issuer, issuer_key = options.get("issuer") or (None, private)
    start: datetime = options.get("start") or now().replace(microsecond=0) - timedelta(days=1)
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_ca, stamps = options.get("ca", False), options.get("stamps", False)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=options.get("days", 365)))
        .add_extension(x509.BasicConstraints(is_ca, 0 if is_ca else None), critical=True)
        .add_extension(_usage(is_ca=is_ca, seals=not stamps and not is_ca), critical=True)
    )
    if stamps:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    if "list" in options:
        place = x509.DistributionPoint([x509.UniformResourceIdentifier(options["list"])], None, None, None)
        built = built.add_extension(x509.CRLDistributionPoints([place]), critical=False)
    if "ocsp" in options:
        where = x509.UniformResourceIdentifier(options["ocsp"])
        said = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)
        built = built.add_extension(x509.AuthorityInformationAccess([said]), critical=False)
    return built.sign(issuer_key, SHA256())


def _usage(*, is_ca: bool, seals: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=seals,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def pem(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def p12(private: Private, *chain: x509.Certificate) -> bytes:
    """Its passphrase is `PASSPHRASE`."""
    encryption = BestAvailableEncryption(PASSPHRASE.encode())
    return pkcs12.serialize_key_and_certificates(b"k", private, chain[0], chain[1:], encryption)


def pkcs8(private: Private) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pdfsig(content: bytes, folder: Path) -> str:
    path = folder / "signed.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdfsig", path], check=False, capture_output=True, text=True, env={"HOME": str(folder)})
    assert done.stderr == ""
    return done.stdout
