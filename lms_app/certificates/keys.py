"""Opening and making the keys that seal files: PKCS#12 files, PKCS#11 tokens, and their certificates.

A token is named by a URI (RFC 7512): `pkcs11:token=CoQuan;object=con-dau?module-path=/usr/lib/softhsm/libsofthsm2.so`.
Its PIN is `LMS_SIGNING_PASSPHRASE`, as is the passphrase of a file; a PIN in the URI is refused.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pkcs11 import Attribute, Mechanism, ObjectClass
from pkcs11.exceptions import PKCS11Error, UserAlreadyLoggedIn
from pkcs11.util.ec import encode_ecdsa_signature
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.pkcs11 import open_pkcs11_session

from lms_app.certificates.signing import BadKey

SCHEME = "pkcs11:"
BITS = 3072
YEARS = timedelta(days=3653)
LONGEST_NAME = 64
"""Bytes of an organisation's name in a certificate (X.520, ub-organization-name, as cryptography counts it)."""

_ENCRYPTED = "Mật khẩu LMS_SIGNING_PASSPHRASE không mở được khóa ký %(name)s, hoặc tệp khóa bị hỏng."
_ABSENT = (
    "Chưa dùng được khóa ký trên thiết bị (%(why)s). Hãy kiểm tra thiết bị và mã PIN trong LMS_SIGNING_PASSPHRASE."
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says of itself. `name`: the common name; `subject`: and the organisation, for people.

    `fingerprint`: SHA-256, 64 hexadecimal digits.
    """

    name: str
    subject: str
    valid_from: datetime
    valid_until: datetime
    fingerprint: str


class FileKey:
    """Kept parsed: pyHanko's own signer parses and checks an RSA key again at each signature, for 30 to 100 ms."""

    def __init__(self, private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    def sign(self, data: bytes) -> bytes:
        if isinstance(self._private, rsa.RSAPrivateKey):
            return self._private.sign(data, PKCS1v15(), SHA256())
        return self._private.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True))


class TokenKey:
    """A private key that never leaves its token. One session, opened once."""

    def __init__(self, private: Any) -> None:
        self._private = private

    def sign(self, data: bytes) -> bytes:
        """EC: the raw mechanism over our own digest, which every token has; SoftHSM has no other."""
        try:
            if self._private.key_type == pkcs11.KeyType.RSA:
                return bytes(self._private.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
            digest = hashlib.sha256(data).digest()
            return bytes(encode_ecdsa_signature(self._private.sign(digest, mechanism=Mechanism.ECDSA)))
        except PKCS11Error as error:
            raise BadKey(_ABSENT, why=type(error).__name__) from error


def made(organisation: str, passphrase: str, at: datetime) -> tuple[bytes, str]:
    """A new key with a certificate that it signed itself: PKCS#12, and the certificate as PEM. Takes 0.2 s."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation.encode()[:LONGEST_NAME].decode(errors="ignore")),
            x509.NameAttribute(NameOID.COMMON_NAME, "Khóa ký tự tạo"),
        ]
    )
    start = at.replace(microsecond=0) - timedelta(days=1)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, SHA256())
    )
    content = pkcs12.serialize_key_and_certificates(b"seal", private, built, None, _encryption(passphrase))
    return content, built.public_bytes(Encoding.PEM).decode()


_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def from_file(content: bytes, passphrase: str, name: str) -> tuple[FileKey, str]:
    """The key of a PKCS#12 file, and the certificates in it as PEM, the key's own first. Raises `BadKey`."""
    try:
        private, own, others = pkcs12.load_key_and_certificates(content, passphrase.encode() or None)
    except ValueError as error:
        raise BadKey(_ENCRYPTED, name=name) from error
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or own is None:
        raise BadKey("Tệp khóa %(name)s không có khóa RSA hoặc EC cùng chứng thư số của khóa đó.", name=name)
    return FileKey(private), "".join(one.public_bytes(Encoding.PEM).decode() for one in (own, *others))


def from_token(uri: str, pin: str) -> tuple[TokenKey, str]:
    """The key on a token, and the certificate that lies beside it as PEM ("" when none does). Raises `BadKey`."""
    token, module = _named(uri)
    criteria = TokenCriteria(label=token["token"]) if "token" in token else None
    try:
        session = _session(module, criteria, pin)
        private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=token["object"])
        beside = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: token["object"]})
        found = [x509.load_der_x509_certificate(bytes(one[Attribute.VALUE])) for one in beside]
    except (PKCS11Error, RuntimeError, ValueError, OSError) as error:
        raise BadKey(_ABSENT, why=type(error).__name__) from error
    return TokenKey(private), "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


def facts(chain: str) -> Facts:
    """Of the first certificate of a chain in PEM. Raises `BadKey` for what is no certificate."""
    try:
        own = x509.load_pem_x509_certificates(chain.encode())[0]
    except ValueError as error:
        raise BadKey("Không đọc được chứng thư số. Hãy nộp chứng thư ở dạng PEM.") from error
    names = [
        str(said.value)
        for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for said in own.subject.get_attributes_for_oid(kind)
    ]
    return Facts(
        name=names[0] if names else own.subject.rfc4514_string(),
        subject=", ".join(names) or own.subject.rfc4514_string(),
        valid_from=own.not_valid_before_utc.astimezone(UTC),
        valid_until=own.not_valid_after_utc.astimezone(UTC),
        fingerprint=own.fingerprint(SHA256()).hex(),
    )


def _session(module: str, criteria: TokenCriteria | None, pin: str) -> Any:
    """A process signs in to a token once; its later sessions are signed in already."""
    try:
        return open_pkcs11_session(module, token_criteria=criteria, user_pin=pin or None)
    except UserAlreadyLoggedIn:
        return open_pkcs11_session(module, token_criteria=criteria)


def _encryption(passphrase: str) -> KeySerializationEncryption:
    return BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()


def _named(uri: str) -> tuple[dict[str, str], str]:
    """The attributes that say which key, and the path of the token's library."""
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    parts = dict(part.split("=", 1) for part in path.split(";") if "=" in part)
    options = dict(parse_qsl(query.replace("&", ";"), separator=";"))
    if not uri.startswith(SCHEME) or "object" not in parts or "module-path" not in options:
        raise BadKey("Địa chỉ khóa cần có dạng pkcs11:token=TÊN;object=KHÓA?module-path=/đường/dẫn/thư-viện.so")
    if any(name.startswith("pin") for name in options):
        raise BadKey("Không ghi mã PIN trong địa chỉ khóa. Hãy đặt mã PIN vào LMS_SIGNING_PASSPHRASE.")
    return {name: unquote(value) for name, value in parts.items()}, options["module-path"]
