"""What can be said of a PDF that somebody sends: signed by whom, changed since. Runs apart, see `core/apart.py`.

Trust is a matter of exact certificates: those that this register has signed with. A chain to a public authority
proves who somebody is, not that the office issued anything.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from asn1crypto import pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from lms_app.core.ids import parse_code

NO_PDF, BROKEN, ENCRYPTED, UNSIGNED, SIGNED = "no_pdf", "broken", "encrypted", "unsigned", "signed"
MOST_SIGNATURES = 5
MOST_CODES = 10
HEAD = 1024
"""Bytes within which `%PDF-` has to stand."""

_CODE = re.compile(rb"(?<![0-9A-Za-z])[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}-?[0-9A-Za-z](?![0-9A-Za-z])")
_TOKEN = re.compile(rb"eyJ[\w-]+\.(eyJ[\w-]+)\.")
"""A JWT; its middle is the payload."""


def inspected(content: bytes, ours: Sequence[str]) -> dict[str, Any]:
    """`ours`: PEM of every certificate that ever sealed for us. What comes back is plain enough for JSON:

    `state`; `codes`: what in the file looks like a code of ours; and for a signed file `subject`, `fingerprint` (of
    the certificate), `is_intact` (the signed bytes are as signed), `is_whole` (and nothing was added that
    may change what is seen), `said_at` (the time the signer claims, ISO 8601, or "").
    """
    if b"%PDF-" not in content[:HEAD]:
        return {"state": NO_PDF}
    try:
        return _read(content, ours)
    except Exception:  # noqa: BLE001 - a hostile file can provoke any; this process is for it alone
        return {"state": BROKEN}


def _read(content: bytes, ours: Sequence[str]) -> dict[str, Any]:
    reader = PdfFileReader(BytesIO(content))
    if reader.encrypted:
        return {"state": ENCRYPTED}
    found = {"codes": _codes(reader)}
    signatures = reader.embedded_regular_signatures[:MOST_SIGNATURES]
    if not signatures:
        return {"state": UNSIGNED, **found}
    known = [x509.Certificate.load(pem.unarmor(one.encode())[2]) for one in ours]
    fingerprints = {one.sha256 for one in known}
    chosen = next((one for one in signatures if one.signer_cert.sha256 in fingerprints), signatures[0])
    return {"state": SIGNED, **found, **_judged(chosen, known)}


def _judged(signature: EmbeddedPdfSignature, known: list[x509.Certificate]) -> dict[str, Any]:
    own = signature.signer_cert
    said_at = signature.self_reported_timestamp
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=known, allow_fetching=False))
    is_maintained = status.modification_level == ModificationLevel.LTA_UPDATES
    is_intact = bool(status.intact and status.valid)
    return {
        "subject": _subject(own),
        "fingerprint": own.sha256.hex(),
        "is_intact": is_intact,
        "is_whole": bool(
            is_intact
            and status.docmdp_ok
            and status.seed_value_ok
            and (status.coverage == SignatureCoverageLevel.ENTIRE_FILE or is_maintained)
        ),
        "said_at": said_at.isoformat() if said_at and said_at.tzinfo else "",
    }


def _subject(certificate: x509.Certificate) -> str:
    said = certificate.subject.native
    names = [said.get("common_name"), said.get("organization_name")]
    return ", ".join(str(name) for name in names if name)


def _codes(reader: PdfFileReader) -> list[str]:
    """What can be codes in the metadata, the attachments and the tokens in them; whose they are, the register says."""
    said = list(_said(reader))
    payloads = [_payload(match[1]) for part in said for match in _TOKEN.finditer(part)]
    found = (parse_code(match[0].decode()) for part in (*said, *payloads) for match in _CODE.finditer(part))
    return list(dict.fromkeys(code for code in found if code))[:MOST_CODES]


def _payload(segment: bytes) -> bytes:
    return urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))


def _said(reader: PdfFileReader) -> Iterator[bytes]:
    """Texts of a file that are no page: its metadata, its attachments."""
    metadata = reader.root.get("/Metadata")
    if isinstance(metadata, generic.StreamObject):
        yield metadata.data
    names = reader.root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", [])
    for at in range(1, len(names), 2):
        yield names[at]["/EF"]["/F"].data
