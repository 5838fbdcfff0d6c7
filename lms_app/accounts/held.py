"""A form that arrived after the session had ended: kept in the page itself, signed, until the person is back.

Nothing is stored here: the fields travel through the sign-in page as one signed, compressed value (30 minutes).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

MINUTES = 30
LONGEST = 200_000
SKIPPED = {"csrf_token", "password", "held"}
UNSEEN = {"number", "kind", "go", "flag", "next", "ticket"}
"""What a page sends along by itself; it goes back with the rest but says nothing to its reader."""


@dataclass(frozen=True)
class Held:
    """Where the form was going, and its fields in order."""

    path: str
    fields: tuple[tuple[str, str], ...]

    def shown(self) -> list[tuple[str, str]]:
        """What the person typed, for the page that asks whether to send it now."""
        return [(name, value) for name, value in self.fields if value.strip() and name not in UNSEEN]


def pack(secret: str, path: str, fields: Iterable[tuple[str, str]]) -> str:
    """The held form as text, or "" when it is too long. A form of one button is kept too: it was pressed."""
    kept = [(name, value) for name, value in fields if name not in SKIPPED]
    if sum(len(value) for _, value in kept) > LONGEST:
        return ""
    packed: str = _signer(secret).dumps([path, kept])
    return packed


def unpack(secret: str, text: str) -> Held | None:
    """None when it was not made here, was changed, or is older than 30 minutes."""
    try:
        path, fields = _signer(secret).loads(text, max_age=MINUTES * 60)
    except BadData:
        return None
    return Held(path, tuple((name, value) for name, value in fields))


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="held-form")
