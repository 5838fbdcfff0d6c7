"""Keys of both sides, and the only home of PyJWT: RS256 and nothing else, whatever a token or a key set asks for."""

import json
import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from lms_app.core import outbound
from lms_app.core.clock import now
from lms_app.core.db import db, reading, row, transaction
from lms_app.core.ids import new_id
from lms_app.lti.models import KeySet

log = logging.getLogger("lms.lti")

BITS = 2048
FETCH = 5.0
BURST = 3.0
REFILL = 10.0
"""For key ids we do not know: three fetches at once, then one in ten seconds, however many tokens are forged."""

STALE = timedelta(days=1)
LARGEST_TOKEN = 100_000
STORED = select(KeySet.keys, KeySet.fetched_at).where(KeySet.url == bindparam("url"))


class KeyProblem(Exception):
    """`unavailable`: no key set to be had; `unknown`: it has no such key; `signature`: the token is not by that key."""


# ---- our own keys


def new_pair() -> tuple[str, str]:
    """A key id and a private key as PEM. Takes about a tenth of a second."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return new_id().hex, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_jwk(kid: str, private_pem: str) -> dict[str, Any]:
    key = _private(private_pem).public_key()
    return {**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "use": "sig", "alg": "RS256"}


def sign(claims: dict[str, Any], kid: str, private_pem: str) -> str:
    return jwt.encode(claims, _private(private_pem), algorithm="RS256", headers={"kid": kid})


@lru_cache(16)
def _private(pem: str) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


# ---- keys of platforms


def payload(token: str, key: rsa.RSAPublicKey) -> Any:
    """What a token says, once its signature holds. Claims are not looked at. Raises `KeyProblem("signature")`."""
    try:
        return json.loads(_JWS.decode(token, key, algorithms=["RS256"]))
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise KeyProblem("signature") from error


_JWS = jwt.PyJWS()


@dataclass
class _Ring:
    """The keys of one address, in this process."""

    keys: dict[str, rsa.RSAPublicKey] = field(default_factory=dict)
    fetched_at: datetime | None = None
    allowance: float = BURST
    counted_at: datetime = field(default_factory=now)
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_loaded: bool = False

    def may_fetch(self) -> bool:
        at = now()
        self.allowance = min(BURST, self.allowance + max(0.0, (at - self.counted_at).total_seconds()) / REFILL)
        self.counted_at = at
        if self.allowance < 1:
            return False
        self.allowance -= 1
        return True

    @property
    def is_stale(self) -> bool:
        return self.fetched_at is None or now() - self.fetched_at > STALE


_rings: dict[str, _Ring] = {}


def forget() -> None:
    """Drop what this process knows; for tests."""
    _rings.clear()


def find(url: str, kid: str) -> rsa.RSAPublicKey:
    """The platform's key of that id. Call with no transaction open: it may have to ask the platform (5 s at most).

    One thread asks, the others wait for its answer; a failed asking keeps the old keys. Raises `KeyProblem`.
    """
    ring = _rings.setdefault(url, _Ring())
    known = ring.keys.get(kid)
    if known and not ring.is_stale:
        return known
    seen = ring.fetched_at
    with ring.lock:
        if not ring.is_loaded:
            _load(ring, url)
        is_asked = ring.fetched_at != seen and kid in ring.keys
        if not is_asked and (kid not in ring.keys or ring.is_stale) and ring.may_fetch():
            _refresh(ring, url)
    if kid not in ring.keys:
        raise KeyProblem("unknown" if ring.keys else "unavailable")
    return ring.keys[kid]


def fetch(url: str) -> list[dict[str, Any]]:
    """The usable keys at an address: RSA, for signatures, 2048 bits or more.

    Raises `outbound.Unreachable` or `KeyProblem`.
    """
    answer = outbound.get(url, headers={"Accept": "application/json"}, total=FETCH)
    if not answer.is_good:
        raise KeyProblem("unavailable")
    return usable(answer.body)


def usable(body: bytes) -> list[dict[str, Any]]:
    """The keys of a key set that are for us, at least one. Raises `KeyProblem`."""
    try:
        found = [jwk for jwk in json.loads(body)["keys"] if _parsed(jwk)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise KeyProblem("unavailable") from error
    if not found:
        raise KeyProblem("unavailable")
    return found


def _parsed(jwk: Any) -> rsa.RSAPublicKey | None:
    """One JWK as a key, or None when it is not for us. The key's own `alg` decides nothing."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig" or "d" in jwk:
        return None
    if not isinstance(jwk.get("kid"), str):
        return None
    try:
        key = RSAAlgorithm.from_jwk({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]})
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if isinstance(key, rsa.RSAPublicKey) and key.key_size >= BITS else None


def _use(ring: _Ring, jwks: list[dict[str, Any]], fetched_at: datetime) -> None:
    ring.keys = {jwk["kid"]: key for jwk in jwks if (key := _parsed(jwk))}
    ring.fetched_at = fetched_at


def _load(ring: _Ring, url: str) -> None:
    with reading():
        stored = row(STORED, url=url)
    if stored:
        _use(ring, stored.keys, stored.fetched_at)
    ring.is_loaded = True


def _refresh(ring: _Ring, url: str) -> None:
    try:
        jwks = fetch(url)
    except (outbound.Unreachable, KeyProblem) as error:
        log.warning("key set not read: %s (%s)", url, error)
        return
    _use(ring, jwks, now())
    try:
        with transaction():
            db.session.merge(KeySet(url=url, keys=jwks, fetched_at=now()))
    except IntegrityError:
        log.debug("another process stored the key set first: %s", url)
    except SQLAlchemyError:
        log.warning("key set not stored: %s", url)
