"""What can be said of a PDF that somebody sends: signed by whom, changed since. Runs apart, see `core/apart.py`.

Trust is a matter of exact certificates: those that this register has signed with. A chain to a public authority
proves who somebody is, not that the office issued anything.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.diff_analysis.commons import compare_dicts
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


AT_ROOT = frozenset({"/AcroForm", "/Perms", "/DSS", "/Extensions", "/Version", "/Metadata"})
AT_PAGE = frozenset({"/Annots"})
AT_FORM = frozenset({"/Fields", "/SigFlags"})
"""Keys that a signature may change in the catalogue, in a page and in a form."""


def inspected(content: bytes, ours: Sequence[str]) -> dict[str, Any]:
    """`ours`: PEM of every certificate that ever sealed for us. What comes back is plain enough for JSON:

    `state`; `codes`: what in the file looks like a code of ours; `credential`: what a token in it says of `code`,
    `serial` and `full_name` (its own signature is not looked at), {} without one; and for a signed file `subject`,
    `fingerprint` (of the certificate), `is_intact` (the signed bytes are as signed), `is_whole` (and nothing was added
    that may change what is seen), `said_at` (the time the signer claims, ISO 8601, or "").
    """
    if b"%PDF-" not in content[:HEAD]:
        return {"state": NO_PDF}
    try:
        return _read(content, ours)
    except Exception:  # noqa: BLE001 - a hostile file can provoke any; this process is for it alone
        return {"state": BROKEN}


def added(content: bytes, before: int) -> dict[str, Any]:
    """What was added to the first `before` bytes, where somebody should have signed and done nothing else.

    As `inspected`, and `certificate` (PEM), `is_only_signed` (nothing but the signature was added), `is_stamped`.
    """
    try:
        reader = PdfFileReader(BytesIO(content))
        if len(reader.embedded_regular_signatures) != 1:
            return {"state": UNSIGNED}
        signature = reader.embedded_regular_signatures[0]
        base = PdfFileReader(BytesIO(content[:before])).total_revisions - 1
        certificate = pem.armor("CERTIFICATE", signature.signer_cert.dump()).decode()
        extras = signature.signer_info["unsigned_attrs"] or ()
        is_stamped = any(one["type"].native == "signature_time_stamp_token" for one in extras)
        said = {"certificate": certificate, "is_only_signed": _is_only_signed(reader, base), "is_stamped": is_stamped}
        return {"state": SIGNED, **_judged(signature, []), **said}
    except Exception:  # noqa: BLE001 - as above
        return {"state": BROKEN}


def _read(content: bytes, ours: Sequence[str]) -> dict[str, Any]:
    reader = PdfFileReader(BytesIO(content))
    if reader.encrypted:
        return {"state": ENCRYPTED}
    said = list(_attached(reader))
    payloads = [_payload(match[1]) for part in said for match in _TOKEN.finditer(part)]
    found = {"codes": _codes([*said, *payloads]), "credential": next(filter(None, map(_credential, payloads)), {})}
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


def _is_only_signed(reader: PdfFileReader, base: int) -> bool:
    """Whether the revisions after `base` change no object of it but those that a signature has to, and only there.

    pyHanko's own policy cannot compare with a file that had no form yet.
    """
    old: Any = reader.get_historical_resolver(base)
    steps: list[Any] = [reader.get_historical_resolver(at) for at in range(reader.total_revisions)]
    known = set().union(*(step.explicit_refs_in_revision() for step in steps[: base + 1]))
    may_differ = {old.root_ref: AT_ROOT} | {kid.reference: AT_PAGE for kid in old.root["/Pages"]["/Kids"]}
    if form := _reference(old.root, "/AcroForm"):
        may_differ[form] = AT_FORM
    free = {_reference(old.trailer_view, "/Info"), _reference(old.root, "/Metadata")}
    return all(
        step.root_ref == old.root_ref
        and not set(step.refs_freed_in_revision())
        and all(
            ref in may_differ
            and compare_dicts(old.get_object(ref), step.get_object(ref), may_differ[ref], raise_exc=False)
            for ref in (step.explicit_refs_in_revision() & known) - free
        )
        for step in steps[base + 1 :]
    )


def _reference(holder: Any, key: str) -> Any:
    """Where the value stands, when it stands elsewhere."""
    return getattr(holder.raw_get(key), "reference", None) if key in holder else None


def _subject(certificate: x509.Certificate) -> str:
    said = certificate.subject.native
    names = [said.get("common_name"), said.get("organization_name")]
    return ", ".join(str(name) for name in names if name)


def _codes(said: list[bytes]) -> list[str]:
    """What can be codes in the attachments and the tokens in them; whose they are, the register says."""
    found = (parse_code(match[0].decode()) for part in said for match in _CODE.finditer(part))
    return list(dict.fromkeys(code for code in found if code))[:MOST_CODES]


def _credential(payload: bytes) -> dict[str, str]:
    """As `badges.credential` writes it; {} for anything else."""
    try:
        said = json.loads(payload)
        subject = said["credentialSubject"]
        (name,) = subject["identifier"]
        code = parse_code(said["id"].rpartition("/")[2])
        return {"code": str(code), "serial": str(subject["licenseNumber"]), "full_name": str(name["identityHash"])}
    except (ValueError, TypeError, LookupError, AttributeError):
        return {}


def _payload(segment: bytes) -> bytes:
    return urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))


def _attached(reader: PdfFileReader) -> Iterator[bytes]:
    try:
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    except KeyError:
        return
    for at in range(1, len(names), 2):
        yield names[at]["/EF"]["/F"].data
