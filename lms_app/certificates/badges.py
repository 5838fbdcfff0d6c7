"""Open Badges 3.0 as VC-JWT with ES256, our did:web, and Bitstring Status Lists: pure rules, and their cryptography.

Open Badges 3.0 §8.2 (JSON Web Token proof format), W3C Verifiable Credentials 2.0, Bitstring Status List 1.0,
did:web. Signing is deterministic (RFC 6979): the same certificate gives the same bytes.
"""

import base64
import gzip
import hashlib
import json
import ssl
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import ECAlgorithm
from jwt.utils import der_to_raw_signature
from sqlalchemy import Row

from lms_app.certificates import sheet
from lms_app.certificates.models import Certificate

CONTEXT = "https://www.w3.org/ns/credentials/v2"
BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
DID_CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"]
MEDIA_TYPE = "application/vc+jwt"
ALGORITHM = "ES256"
LIST_SIZE = 131_072
"""Bits of a status list: the least that hides one certificate among others (Bitstring Status List §6.1)."""

LIST_DAYS = 30
"""How long a verifier may go on with a status list it has saved."""

CRITERIA = "Hoàn thành các bài học và đạt bài kiểm tra cuối khóa."

TOKEN = struct.Struct(">BBHHHI")
TOKEN_VERSION = 1
SEPARATOR = "\x1f"
SIGNATURE = 64
DAY_ZERO = date(1970, 1, 1)

Issued = Certificate | Row[Any]
Claims = dict[str, Any]


class _Es256(ECAlgorithm):
    """ES256 whose signatures repeat."""

    def sign(self, msg: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
        return der_to_raw_signature(key.sign(msg, ec.ECDSA(SHA256(), deterministic_signing=True)), key.curve)


_ES256 = _Es256(SHA256, ec.SECP256R1)
_JWS = jwt.PyJWS(algorithms=[ALGORITHM])
_JWS.unregister_algorithm(ALGORITHM)
_JWS.register_algorithm(ALGORITHM, _ES256)


class BadToken(ValueError):
    """Not signed by this key, or no token at all."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where all of it is published: the site's address, and the zone in which its days end."""

    url: str
    zone: ZoneInfo

    @property
    def did(self) -> str:
        """did:web:HOST, with :path for a site below a path and %3A before a port."""
        parts = urlsplit(self.url)
        return ":".join(["did:web", parts.netloc.replace(":", "%3A"), *filter(None, parts.path.split("/"))])

    def list_url(self, number: int) -> str:
        return f"{self.url}/credentials/status/{number}"

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


# ---- keys


def new_key() -> str:
    """A private key (P-256) as PEM."""
    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_jwk(private_pem: str) -> dict[str, str]:
    """The public half: kty, crv, x, y and nothing else."""
    return ECAlgorithm.to_jwk(_private(private_pem).public_key(), as_dict=True)


def sign(claims: Claims, kid: str, private_pem: str) -> str:
    """A compact JWT; the same claims give the same one."""
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return _JWS.encode(payload, _private(private_pem), ALGORITHM, {"typ": "JWT", "kid": kid})


def read(token: str, jwk: Mapping[str, str]) -> Claims:
    """What a token says, once this public key holds for it; times are not looked at. Raises `BadToken`."""
    try:
        found = json.loads(_JWS.decode(token, jwt.PyJWK(dict(jwk), ALGORITHM), algorithms=[ALGORITHM]))
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise BadToken(str(error)) from error
    if not isinstance(found, dict):
        raise BadToken("no object")
    return found


def content(token: str) -> Claims:
    """What a token of our own says, unchecked."""
    return jwt.decode(token, options={"verify_signature": False})


def fingerprint(certificate_pem: str) -> str:
    """SHA-256 of the first certificate of a chain, in hexadecimal."""
    first = certificate_pem.partition("-----END CERTIFICATE-----")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert("".join(first[:2]))).hexdigest()


@lru_cache(4)
def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not a key on P-256")
    return key


# ---- what is published


def did_document(site: Site, keys: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, Any]:
    """`keys`: name and public JWK of every key that ever signed, for what they signed stays valid."""
    methods = [
        {"id": f"{site.did}#{name}", "type": "JsonWebKey", "controller": site.did, "publicKeyJwk": dict(jwk)}
        for name, jwk in keys
    ]
    return {
        "@context": DID_CONTEXT,
        "id": site.did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def issuer(site: Site, name: str) -> dict[str, Any]:
    return {"id": site.did, "type": ["Profile"], "name": name, "url": site.url}


def achievement(issued: Issued, site: Site) -> dict[str, Any]:
    """`issued`: anything that names a course as a certificate does."""
    return {
        "id": f"{site.url}/credentials/achievements/{issued.course_id}",
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "name": issued.course_title,
        "description": f"Khóa tập huấn ngắn hạn, {sheet.length(issued)}, hình thức {issued.form}",
        "criteria": {"id": f"{site.url}/courses/{issued.course_id}", "narrative": CRITERIA},
        "inLanguage": "vi",
    }


def credential(issued: Issued, site: Site) -> Claims:
    """An OpenBadgeCredential with the claims of a JWT: what the sheet says, without birth date, position and unit."""
    address = f"{site.url}/v/{issued.code}"
    found = {
        "@context": [CONTEXT, BADGE_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": issued.course_title,
        "issuer": issuer(site, issued.issuer_name),
        "validFrom": _iso(issued.issued_at),
        "credentialSubject": _subject(issued, site),
        "credentialStatus": {
            "id": f"{site.list_url(issued.status_list)}#{issued.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(issued.status_index),
            "statusListCredential": site.list_url(issued.status_list),
        },
        "iss": site.did,
        "jti": address,
        "nbf": int(issued.issued_at.timestamp()),
    }
    if issued.valid_until:
        end = site.start_of(issued.valid_until + timedelta(days=1)) - timedelta(seconds=1)
        found |= {"validUntil": _iso(end), "exp": int(end.timestamp())}
    return found


def _subject(issued: Issued, site: Site) -> dict[str, Any]:
    name = {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": issued.full_name}
    return {
        "type": ["AchievementSubject"],
        "identifier": [name],
        "licenseNumber": issued.serial,
        "activityStartDate": _iso(site.start_of(issued.from_date)),
        "activityEndDate": _iso(site.start_of(issued.to_date)),
        "achievement": achievement(issued, site),
        "result": [{"type": ["Result"], "value": issued.result}],
    }


def status_list(site: Site, number: int, name: str, revoked: Sequence[int], at: datetime) -> Claims:
    """The signed list's content: a bit is set for what is revoked or replaced. `name`: the issuer's."""
    end = at + timedelta(days=LIST_DAYS)
    address = site.list_url(number)
    return {
        "@context": [CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": {"id": site.did, "name": name},
        "validFrom": _iso(at),
        "validUntil": _iso(end),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded(revoked),
        },
        "iss": site.did,
        "jti": address,
        "nbf": int(at.timestamp()),
        "exp": int(end.timestamp()),
    }


def encoded(indexes: Iterable[int]) -> str:
    """A status list with these bits set: most significant first, gzip, base64url, multibase prefix u."""
    bits = bytearray(LIST_SIZE // 8)
    for index in indexes:
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + _text(gzip.compress(bytes(bits), mtime=0))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- a token small enough for a QR code of 40 mm


@dataclass(frozen=True, slots=True)
class Token:
    """What a design may print as a second QR. `key`: number of the key; `until`: None where nothing ends.

    Version, key (a byte each), day of issue, last day (days since 1970, 0 for none), status list (2 bytes each), index
    (4); then name, serial and course in UTF-8 with 0x1F between them; then 64 bytes of signature (r, s).
    """

    key: int
    issued_on: date
    until: date | None
    status_list: int
    status_index: int
    full_name: str
    serial: str
    course_id: str


def token(issued: Issued, key: int, private_pem: str) -> str:
    """About 190 characters of base64url; the same certificate gives the same ones."""
    until = (issued.valid_until - DAY_ZERO).days if issued.valid_until else 0
    days = (issued.issued_on - DAY_ZERO).days, until
    body = TOKEN.pack(TOKEN_VERSION, key, *days, issued.status_list, issued.status_index)
    body += SEPARATOR.join((issued.full_name, issued.serial, issued.course_id)).encode()
    return _text(body + _ES256.sign(body, _private(private_pem)))


def read_token(text: str, jwks: Mapping[int, Mapping[str, str]]) -> Token:
    """`jwks`: number of a key -> public key. Raises `BadToken`."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        body, signature = raw[:-SIGNATURE], raw[-SIGNATURE:]
        version, key, day, until, number, index = TOKEN.unpack_from(body)
        public = jwt.PyJWK(dict(jwks[key]), ALGORITHM).key
        if version != TOKEN_VERSION or not _ES256.verify(body, public, signature):
            raise BadToken("signature")
        name, serial, course = body[TOKEN.size :].decode().split(SEPARATOR)
    except (KeyError, ValueError, struct.error, jwt.PyJWTError) as error:
        raise BadToken(str(error)) from error
    end = DAY_ZERO + timedelta(days=until) if until else None
    return Token(key, DAY_ZERO + timedelta(days=day), end, number, index, name, serial, course)
