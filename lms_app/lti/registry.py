"""What an operator does: platforms entered, paused, checked; our own keys made and changed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, update

from lms_app.core import audit, outbound
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.lti import keys, queries, tokens
from lms_app.lti.models import AccessToken, Deployment, Platform, ToolKey

PUBLIC_AFTER = timedelta(days=30)
"""How long a retired key stays in our key set: longer than any platform caches it."""


def add_platform(values: dict[str, str], deployments: Sequence[str]) -> Platform:
    """Enter a platform. Raises `Invalid` for an address we would never call, `Conflict` for a known registration."""
    fields = {
        name: "Cần một địa chỉ https://… công khai."
        for name in ("auth_url", "token_url", "jwks_url")
        if not outbound.allowed(values[name])
    }
    if fields:
        raise Invalid("Địa chỉ chưa dùng được: %(names)s.", fields, names=", ".join(sorted(fields)))
    if any(found.client_id == values["client_id"] for found in queries.by_issuer(values["issuer"])):
        raise Conflict("Hệ thống này đã được kết nối với client_id đó.")
    made = Platform(**{name: value for name, value in values.items() if value}, created_at=now())
    db.session.add(made)
    db.session.flush()
    for deployment in dict.fromkeys(deployments):
        db.session.add(Deployment(platform_id=made.id, deployment_id=deployment))
    ensure_key()
    audit.note("cli", "lti.platform.added", made.id, issuer=made.issuer, client_id=made.client_id)
    return made


def find(word: str) -> Row[Any]:
    """A platform by its id, the beginning of its id, or its name. Raises `NotFound` unless exactly one fits."""
    fits = [one for one in queries.platforms() if one.name == word or (word and str(one.id).startswith(word))]
    if len(fits) != 1:
        raise NotFound("Không có đúng một hệ thống nào có mã hoặc tên “%(word)s”.", word=word)
    return fits[0]


def set_active(platform_id: UUID, *, active: bool) -> None:
    db.session.execute(update(Platform).where(Platform.id == platform_id).values(active=active))
    audit.note("cli", "lti.platform.enabled" if active else "lti.platform.disabled", platform_id)


def ensure_key() -> ToolKey:
    """Our signing key, made at first need."""
    found = queries.tool_keys(now())
    if found and found[0].retired_at is None:
        return db.session.get_one(ToolKey, found[0].kid)
    kid, pem = keys.new_pair()
    made = ToolKey(kid=kid, private_pem=pem, created_at=now())
    db.session.add(made)
    db.session.flush()
    return made


def rotate_key() -> str:
    """A new signing key; the old ones stay public for a month. The new key's id."""
    db.session.execute(update(ToolKey).where(ToolKey.retired_at.is_(None)).values(retired_at=now()))
    db.session.flush()
    made = ensure_key()
    audit.note("cli", "lti.key.rotated", made.kid)
    return made.kid


def key_set() -> list[dict[str, Any]]:
    """Our public keys, those lately retired too. Empty before the first need."""
    return [keys.public_jwk(key.kid, key.private_pem) for key in queries.tool_keys(now() - PUBLIC_AFTER)]


def token(platform_id: UUID, scopes: str, *, fresh: bool = False) -> str:
    """A platform's access token, from the cache or asked for. Call with no transaction open.

    `fresh` drops the cached one. Raises `tokens.TokenRefused` or `outbound.Unreachable`.
    """
    with reading():
        kept = None if fresh else queries.token(platform_id, scopes, now())
        sender = queries.platform(platform_id)
        signing = next((key for key in queries.tool_keys(now()) if key.retired_at is None), None)
    if kept:
        return kept
    if sender is None or signing is None:
        raise tokens.TokenRefused("no key of our own yet", is_final=True)
    asker = tokens.Asker(sender.client_id, sender.token_url, sender.audience, signing.kid, signing.private_pem)
    at = now()
    granted = tokens.ask(asker, scopes, at)
    with transaction():
        db.session.merge(
            AccessToken(
                platform_id=platform_id,
                scopes=scopes,
                token=granted.token,
                expires_at=at + timedelta(seconds=granted.seconds),
            )
        )
    return granted.token
