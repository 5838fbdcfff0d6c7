"""What an operator does: platforms entered, paused, checked; our own keys made and changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, update

from lms_app.core import audit, outbound
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.lti import keys, tokens
from lms_app.lti.models import AccessToken, Deployment, Platform, ToolKey
from lms_app.lti.queries import platforms

PUBLIC_BEFORE = timedelta(days=1)
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
    if any(found.client_id == values["client_id"] for found in platforms.by_issuer(values["issuer"])):
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
    fits = [one for one in platforms.platforms() if one.name == word or (word and str(one.id).startswith(word))]
    if len(fits) != 1:
        raise NotFound("Không có đúng một hệ thống nào có mã hoặc tên “%(word)s”.", word=word)
    return fits[0]


def set_status(platform_id: UUID, status: str, actor: object) -> None:
    """`status`: one of the words of `models.Platform`. `actor`: who decided, for the audit."""
    db.session.execute(update(Platform).where(Platform.id == platform_id).values(status=status))
    audit.note(actor, f"lti.platform.{status}", platform_id)


def signing_key() -> Row[Any] | None:
    """The key that signs now: the newest whose time has come."""
    at = now()
    return next((key for key in platforms.tool_keys(at) if key.signs_from is None or key.signs_from <= at), None)


def ensure_key() -> Row[Any]:
    """Our signing key, made at first need."""
    if found := signing_key():
        return found
    _new_key(now())
    return ensure_key()


def _new_key(signs_from: datetime) -> str:
    kid, pem = keys.new_pair()
    db.session.add(ToolKey(kid=kid, private_pem=pem, created_at=now(), signs_from=signs_from))
    db.session.flush()
    return kid


def rotate_key(*, at_once: bool = False) -> tuple[str, datetime]:
    """A new key, public at once, that signs from a day on; the old ones stay public for a month. Its id and that time.

    `at_once` for a key that somebody else may know: platforms that keep our key set for a while refuse us that long.
    """
    signs_from = now() if at_once else now() + PUBLIC_BEFORE
    ensure_key()
    db.session.execute(update(ToolKey).where(ToolKey.retired_at.is_(None)).values(retired_at=signs_from))
    kid = _new_key(signs_from)
    audit.note("cli", "lti.key.rotated", kid, signs_from=signs_from.isoformat())
    return kid, signs_from


def key_set() -> list[dict[str, Any]]:
    """Our public keys, those lately retired too. Empty before the first need."""
    return [keys.public_jwk(key.kid, key.private_pem) for key in platforms.tool_keys(now() - PUBLIC_AFTER)]


def token(platform_id: UUID, scopes: str, *, fresh: bool = False) -> str:
    """A platform's access token, from the cache or asked for. Call with no transaction open.

    `fresh` drops the cached one. Raises `tokens.TokenRefused` or `outbound.Unreachable`.
    """
    with reading():
        kept = None if fresh else platforms.token(platform_id, scopes, now())
        sender = platforms.platform(platform_id)
        signing = signing_key()
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
