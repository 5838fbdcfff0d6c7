"""PAdES signatures: the home of pyHanko.

A PDF comes with its signature field already in it: `/ByteRange [0 1111111111 1111111111 1111111111]` and a `/Contents`
of zeros as long as `hole` says, each once. `seal` fills both in and changes nothing else: one revision, PAdES B-B.
"""

import asyncio
import hashlib
import re
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_pem_x509_certificates
from pyhanko.sign.signers import pdf_cms
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from lms_app.core import outbound
from lms_app.core.errors import Conflict

BASIC, TIMED, LONG_TERM = "B-B", "B-T", "B-LT"
"""PAdES levels (ETSI EN 319 142-1): signed; with a time stamp; with all that checking needs inside."""

DIGEST = "sha256"
STAMP_ROOM = 6144
"""Bytes for a time stamp token with the certificates of its server: 1.5 KB to 6 KB are seen in practice."""

SLACK = 64
"""Bytes by which two signatures of one key may differ in length (ECDSA: 70 to 72), and some."""

MALFORMED = (ValueError, TypeError, KeyError, AttributeError)
"""What parsers raise at an answer of another shape; AttributeError: pyHanko 0.38 when the nonce is another one."""

QUERY = {"Content-Type": "application/timestamp-query"}
GUARD = 500
"""Of the quick signatures, each so many-th is also made by pyHanko and compared."""

_RANGE = re.compile(rb"/ByteRange ?\[ ?0 1111111111 1111111111 1111111111 ?\]")
_SEALED = re.compile(rb"/ByteRange ?\[0 (\d+) (\d+) \d+\]")
_CONTENTS = re.compile(rb"/Contents ?<(0{1024,})>")
_PROBE = b"does the key belong to the certificate?"
_DIGEST = hashlib.sha256(b"mould").digest()


class BadKey(Conflict):
    """A key that cannot sign now; the sentence says which and why. Nobody's data is at fault."""


class NoStamp(Exception):
    """The time stamp authority gave no time stamp to use. The reason is our own word."""


class SealFault(Exception):
    """A file without a hole, or one too small. A bug, or a hole made before the settings changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    content: bytes
    level: str


class Key(Protocol):
    """The private half, wherever it lies."""

    def sign(self, data: bytes) -> bytes:
        """SHA-256 with RSA (PKCS#1 v1.5) or ECDSA (DER). The same data gives the same bytes, where the key can."""


class Signer(pdf_cms.Signer):
    """A key that is open, and the certificates that go with it. Threads may share one.

    `chain`: PEM, the signer's own first. `key_id`: of the `SigningKey`. `timed`: leave room for a time stamp.
    `self_made`: by this installation, so no office vouches for it.
    `repeats`: the same data gives the same bytes. Raises `BadKey` when the key is not that of the certificate.
    """

    def __init__(
        self, key: Key, chain: str, key_id: UUID | None = None, *, timed: bool = False, self_made: bool = False
    ) -> None:
        found = load_pem_x509_certificates(chain.encode())
        parsed = [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in found]
        super().__init__(signing_cert=parsed[0], cert_registry=_store(parsed[1:]))
        self._key = key
        self._lock = threading.Lock()
        self.key_id = key_id
        self.self_made = self_made
        probed = self.sign(_PROBE)
        self.repeats = probed == self.sign(_PROBE)
        if not _belongs(probed, found[0]):
            raise BadKey("Khóa ký không khớp với chứng thư số. Hãy chọn đúng tệp khóa của chứng thư này.")
        self.hole = len(self.cms(bytes(32))) + SLACK + (STAMP_ROOM if timed else 0)

    def sign(self, data: bytes) -> bytes:
        with self._lock:
            return self._key.sign(data)

    def cms(self, digest: bytes) -> bytes:
        """The detached signature (CMS, DER) over a SHA-256 digest."""
        made: bytes = run(self.async_sign(digest, DIGEST, use_pades=True)).dump()
        return made

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002
        return self.sign(data)


def hole(signer: Signer) -> int:
    """Bytes of CMS to reserve in a file that this signer will seal; `/Contents` has twice as many digits."""
    return signer.hole


def seal(pdf: bytes, signer: Signer) -> Sealed:
    """Raises `SealFault` for a file that has no hole, or one too small."""
    return Sealed(_filled(pdf, signer.cms), BASIC)


class Stamp:
    """Seals many files of one signer quickly: only the digest and the signature of a CMS are exchanged.

    Byte for byte what `seal` makes, which each 500th file proves. A key that signs otherwise each time uses `seal`.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._count = 0
        self._mould = _Mould(signer) if signer.repeats else None

    def seal(self, pdf: bytes) -> Sealed:
        if self._mould is None:
            return seal(pdf, self._signer)
        made = Sealed(_filled(pdf, self._mould.cast), BASIC)
        self._count += 1
        if self._count % GUARD == 1 and made != seal(pdf, self._signer):
            raise SealFault("the quick signature differs from pyHanko's")
        return made


class _Mould:
    """A CMS with two places to exchange: the digest in its signed attributes, and the value of the signature.

    Signed is the set of attributes with its own tag, 0x31; in the file it stands with 0xA0 (RFC 5652, 5.4). An RSA
    value has one length, one of ECDSA has a few: the first of each is made by pyHanko and is the form for the others.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._forms: dict[int, tuple[bytes, bytes, bytes]] = {}
        self._attributes = self._learn(signer.cms(_DIGEST))

    def cast(self, digest: bytes) -> bytes:
        attributes = digest.join(self._attributes)
        value = self._signer.sign(attributes)
        if len(value) not in self._forms:
            made = self._signer.cms(digest)
            self._learn(made, digest)
            return made
        before, between, after = self._forms[len(value)]
        return b"".join((before, b"\xa0", attributes[1:], between, value, after))

    def _learn(self, made: bytes, digest: bytes = _DIGEST) -> tuple[bytes, bytes]:
        """Keep the form of this CMS; what stands before and after the digest in its attributes."""
        info = cms.ContentInfo.load(made)["content"]["signer_infos"][0]
        attributes, value = info["signed_attrs"].untag().dump(), info["signature"].native
        before, rest = _halves(made, b"\xa0" + attributes[1:])
        between, after = _halves(rest, value)
        self._forms[len(value)] = before, between, after
        return _halves(attributes, digest)


class TimeServer(TimeStamper):
    """A time stamp authority (RFC 3161), asked through our one way out. Raises `outbound.Unreachable`, `NoStamp`."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        answer = outbound.post(self._url, req.dump(), headers=QUERY)
        if not answer.is_good:
            raise NoStamp(f"HTTP {answer.status}")
        return tsp.TimeStampResp.load(answer.body)

    def token(self, value: bytes) -> cms.ContentInfo:
        """A time stamp over these bytes, whose signature and imprint hold. Whom to trust, whoever checks it decides."""
        try:
            made = run(self.async_timestamp(hashlib.sha256(value).digest(), DIGEST))
            own = [one.chosen for one in made["content"]["certificates"]]
            context = ValidationContext(trust_roots=own, allow_fetching=False)
            said = run(
                validate_tst_signed_data(made["content"], context, lambda name: hashlib.new(name, value).digest())
            )
        except (TimestampRequestError, SignatureValidationError, *MALFORMED) as error:
            raise NoStamp(type(error).__name__) from error
        if not (said["intact"] and said["valid"]):
            raise NoStamp("not over this signature")
        return made


def timed(pdf: bytes, server: TimeServer) -> Sealed:
    """The same file and signature, with a time stamp in the room left for it; a file that has one stays as it is."""
    place = _SEALED.search(pdf)
    if place is None:
        raise SealFault("not sealed")
    start, end = int(place[1]), int(place[2])
    found = cms.ContentInfo.load(bytes.fromhex(pdf[start + 1 : end - 1].decode()))
    info = found["content"]["signer_infos"][0]
    if not info["unsigned_attrs"]:
        token = server.token(info["signature"].native)
        info["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": [token]}]
    content = bytearray(pdf)
    _pour(content, start, end, found.dump())
    return Sealed(bytes(content), TIMED)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """To its end, in a thread of its own with this one's context: this one may have a running loop already."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(copy_context().run, asyncio.run, work).result()


def _store(others: list[asn1_x509.Certificate]) -> SimpleCertificateStore:
    made = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    made.register_multiple(others)
    return made


def _halves(whole: bytes, part: bytes) -> tuple[bytes, bytes]:
    if whole.count(part) != 1:
        raise SealFault("the signature has not the shape it should have")
    before, _, after = whole.partition(part)
    return before, after


def _filled(pdf: bytes, made: Callable[[bytes], bytes]) -> bytes:
    ranges, holes = _RANGE.findall(pdf), list(_CONTENTS.finditer(pdf))
    if len(ranges) != 1 or len(holes) != 1:
        raise SealFault(f"{len(ranges)} byte ranges and {len(holes)} holes, not one of each")
    start, end = holes[0].start(1) - 1, holes[0].end(1) + 1
    covered = b"/ByteRange [0 %d %d %d]" % (start, end, len(pdf) - end)
    content = bytearray(pdf.replace(ranges[0], covered.ljust(len(ranges[0]))))
    digest = hashlib.sha256(memoryview(content)[:start])
    digest.update(memoryview(content)[end:])
    _pour(content, start, end, made(digest.digest()))
    return bytes(content)


def _pour(content: bytearray, start: int, end: int, signature: bytes) -> None:
    """Write a CMS as digits between the < at `start` and the > before `end`."""
    digits = signature.hex().encode()
    if len(digits) > end - start - 2:
        raise SealFault(f"{len(signature)} bytes do not fit into the hole of {(end - start - 2) // 2}")
    content[start + 1 : end - 1] = digits.ljust(end - start - 2, b"0")


def _belongs(signature: bytes, certificate: Certificate) -> bool:
    public = certificate.public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, _PROBE, PKCS1v15(), SHA256())
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, _PROBE, ec.ECDSA(SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True
