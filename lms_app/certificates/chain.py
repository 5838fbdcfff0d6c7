"""What a register entry says and how it is chained to the one before it: pure functions.

`digest` = SHA-256 over the digest before it, a newline and the content, as UTF-8; the first of a book has "" before it.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from lms_app.certificates.models import Certificate

PRINTED = (
    *("code", "serial", "number", "page", "book_number", "edition", "course_id", "kind", "design", "language"),
    *("course_title", "full_name", "birth_date", "position", "unit_name", "form", "periods", "minutes", "from_date"),
    *("to_date", "result", "decision", "issued_at", "issued_on", "valid_until", "issuer_parent", "issuer_name"),
    *("place", "capacity", "signer_title", "signer_name", "english", "status_list", "status_index"),
)
"""What an `issue` entry holds of a certificate: all that never changes."""


def issued_content(issued: Certificate | Row[Any]) -> str:
    """What the entry of an issue says; the same again as long as nobody has changed the certificate's row.

    Its `kind` is that of the certificate (COMPLETION ...); an entry of any other sort says its own there.
    """
    return canonical({name: getattr(issued, name) for name in PRINTED})


def canonical(values: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no spaces, letters as they are; dates and times by ISO 8601."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_iso)


def digest(previous: str, content: str) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def _iso(value: date | datetime) -> str:
    return value.isoformat()
