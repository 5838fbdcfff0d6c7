"""Asking a platform for an access token with a signed assertion (1EdTech Security Framework 1.0, 4.1)."""

import json
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from lms_app.core import outbound
from lms_app.core.ids import new_id
from lms_app.lti import keys
from lms_app.lti.grades import BUSY, wait_of

BACK_DATED = 5
LIFE = 300
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FINAL = {"invalid_client", "invalid_scope", "unauthorized_client"}


@dataclass(frozen=True, slots=True)
class Granted:
    token: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Asker:
    """Us, as one platform knows us, with the key that signs."""

    client_id: str
    token_url: str
    audience: str | None
    kid: str
    private_pem: str


class TokenRefused(Exception):
    """`is_final`: asking again will not help until a person mends the registration, at either end."""

    def __init__(
        self, why: str, *, is_final: bool = False, wait: float | None = None, host_fault: bool = False
    ) -> None:
        super().__init__(why)
        self.is_final = is_final
        self.wait = wait
        self.host_fault = host_fault


def ask(asker: Asker, scopes: str, at: datetime) -> Granted:
    """A new token. Content types are not looked at: Moodle sends JSON as text/html.

    Raises `TokenRefused`, and `Unreachable` from the call.
    """
    answer = outbound.post(
        asker.token_url,
        {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": _assertion(asker, at),
            "scope": scopes,
        },
        headers={"Accept": "application/json"},
    )
    said = _json(answer.body)
    if not answer.is_good:
        raise _refusal(answer.status, said, wait_of(answer.headers.get("Retry-After"), at))
    token = said.get("access_token")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise TokenRefused(f"token: HTTP {answer.status} without a token")
    return Granted(token, _life(said.get("expires_in")))


def _assertion(asker: Asker, at: datetime) -> str:
    """Issued a little in the past: platforms whose clock is behind refuse one from the future."""
    issued = int(at.timestamp()) - BACK_DATED
    claims = {
        "iss": asker.client_id,
        "sub": asker.client_id,
        "aud": asker.audience or asker.token_url,
        "iat": issued,
        "exp": issued + LIFE,
        "jti": new_id().hex,
    }
    return keys.sign(claims, asker.kid, asker.private_pem)


def _refusal(status: int, said: dict[str, Any], wait: float | None) -> TokenRefused:
    error = said.get("error")
    word = error if isinstance(error, str) and error in FINAL else ""
    if word:
        return TokenRefused(f"token: HTTP {status} {word}", is_final=True)
    is_host = status in BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return TokenRefused(f"token: HTTP {status}", wait=wait, host_fault=is_host)


def _json(body: bytes) -> dict[str, Any]:
    """Moodle's answer to a wrong key is not even JSON."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _life(seconds: Any) -> float:
    """Half a minute less than told, so that no token ends on its way; an hour when not told."""
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():
        seconds = int(seconds[:9])
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return 3570.0
    return max(0.0, float(min(seconds, 86400)) - 30)
