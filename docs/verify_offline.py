"""Check a certificate's credential without its issuer: needs Python 3.11 and `cryptography`, no network.

    python verify_offline.py CREDENTIAL did.json status.jwt

CREDENTIAL: the .jwt file, or the PDF it is attached to (whose own signature is not looked at). Saved earlier from the
issuer's site: /.well-known/did.json and the list that the credential names, /credentials/status/1.
"""

import base64
import json
import re
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256


def unpack(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def attached(pdf):
    for stream in re.findall(rb"/EmbeddedFile\b[^\0]*?stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        content = zlib.decompressobj().decompress(stream, 10**6) if stream[:1] == b"x" else stream
        if re.fullmatch(rb"[\w-]+\.[\w-]+\.[\w-]+\s*", content):
            return content
    sys.exit("no credential in this PDF")


def claims(token, did):
    head, body, raw = token.split(".")
    jwk = next(m["publicKeyJwk"] for m in did["verificationMethod"] if m["id"] == json.loads(unpack(head))["kid"])
    x, y, r, s = map(int.from_bytes, (unpack(jwk["x"]), unpack(jwk["y"]), unpack(raw)[:32], unpack(raw)[32:]))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    key.verify(utils.encode_dss_signature(r, s), f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    return json.loads(unpack(body))


content, did, status = (Path(name).read_bytes() for name in sys.argv[1:4])
try:
    token = attached(content) if content[:5] == b"%PDF-" else content
    badge, listed = (claims(one.decode().strip(), json.loads(did)) for one in (token, status))
    subject, entry = badge["credentialSubject"], badge["credentialStatus"]
except Exception as error:
    sys.exit(f"NOT GENUINE ({type(error).__name__})")
if entry["statusListCredential"] != listed["id"]:
    sys.exit(f"WRONG LIST: save {entry['statusListCredential']}")
bits = zlib.decompress(unpack(listed["credentialSubject"]["encodedList"][1:]), wbits=31)
at, until = int(entry["statusListIndex"]), badge.get("validUntil", "9999-12-31T00:00:00Z")
state = "EXPIRED" if datetime.fromisoformat(until) < datetime.now(UTC) else "VALID"
state = "REVOKED" if bits[at // 8] & 0x80 >> at % 8 else state
facts = subject["identifier"][0]["identityHash"], subject["licenseNumber"], subject["achievement"]["name"]
print(f"{state} as of {listed['validFrom']}", *facts, sep=" | ")
sys.exit(state != "VALID")
