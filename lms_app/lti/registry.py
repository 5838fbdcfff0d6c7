"""What an operator does: platforms entered, paused, checked; our own keys made and changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update

from lms_app.core import audit, outbound
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.lti import claims, forms, keys, quirks, tokens
from lms_app.lti.models import (
    ACTIVE,
    DELETED,
    LONG_URL,
    AccessToken,
    Deployment,
    PendingLaunch,
    Picking,
    Platform,
    ToolKey,
)
from lms_app.lti.queries import platforms

FIELDS = ("name", "issuer", "client_id", "auth_url", "token_url", "jwks_url", "audience", "product")
LONGEST_NAME, LONGEST_ISSUER, SHORT = 200, 500, 100
ADDRESS = "Cần một địa chỉ https://… công khai."

MOST_DEPLOYMENTS = 200
"""That a platform may add by registering again, which anybody can have theirs do; by hand there is no end."""

TAKEN = "Client ID này là của một hệ thống khác đã kết nối. Hãy tạo client ID mới ở hệ thống muốn kết nối."
"""Our assertions say who we are by client_id alone, and one key signs them all: with another's client_id a platform
could pass them on and be us there. Moodle does not look for whom an assertion is, nor whether it came before."""

PUBLIC_BEFORE = timedelta(days=1)
PUBLIC_AFTER = timedelta(days=30)
"""How long a retired key stays in our key set: longer than any platform caches it."""


def add_platform(
    values: dict[str, str], deployments: Iterable[str], actor: object = "cli", status: str = ACTIVE
) -> Platform:
    """Enter a platform; one that was deleted comes back with its people's history. `actor`: who, for the audit.

    Raises `Invalid` with a sentence for each wrong field, `Conflict` for a registration in use.
    """
    checked = _checked(values)
    named = _deployments(deployments)
    before = platforms.by_registration(checked["issuer"] or "", checked["client_id"] or "")
    if before and before.status != DELETED:
        raise Conflict("Hệ thống này đã được kết nối với client_id đó.")
    if any(
        not _is_copy(checked["issuer"] or "", one.issuer) for one in platforms.by_client(checked["client_id"] or "")
    ):
        raise Conflict(TAKEN)
    made = db.session.get_one(Platform, before.id) if before else Platform(created_at=now())
    _assign(made, checked | {"status": status})
    db.session.add(made)
    db.session.flush()
    _keep_deployments(made.id, named)
    ensure_key()
    act = "lti.platform.revived" if before else "lti.platform.added"
    audit.note(actor, act, made.id, issuer=made.issuer, client_id=made.client_id, status=status)
    return made


def _is_copy(issuer: str, other: str) -> bool:
    """Whether two issuers may know us by one client_id: a cloud's copies for trials do, others never."""
    is_cloud = quirks.of("", issuer).issuer_for_all and quirks.of("", other).issuer_for_all
    return issuer == other or (is_cloud and quirks.name("", issuer) == quirks.name("", other))


def change_platform(platform_id: UUID, values: dict[str, str], deployments: Iterable[str], actor: object) -> None:
    """Another name, other addresses or deployments; issuer and client_id are what the platform is. Raises `Invalid`."""
    made = db.session.get_one(Platform, platform_id)
    checked = _checked(values | {"issuer": made.issuer, "client_id": made.client_id})
    named = _deployments(deployments)
    old = {name: getattr(made, name) for name in checked}
    _assign(made, checked)
    _keep_deployments(platform_id, named)
    db.session.execute(delete(AccessToken).where(AccessToken.platform_id == platform_id))
    changed = sorted(name for name, value in checked.items() if (value or "") != (old[name] or ""))
    audit.note(actor, "lti.platform.changed", platform_id, changed=changed, deployments=named)


def add_deployments(platform_id: UUID, deployments: Iterable[str], actor: object) -> None:
    """More deployments of a known platform: of no use to others, since each launch bears its signature."""
    known = db.session.scalars(select(Deployment.deployment_id).where(Deployment.platform_id == platform_id)).all()
    new = [one for one in _deployments(deployments) if one not in known][: max(0, MOST_DEPLOYMENTS - len(known))]
    if not new:
        return
    db.session.add_all(Deployment(platform_id=platform_id, deployment_id=one) for one in new)
    audit.note(actor, "lti.platform.registered_again", platform_id, deployments=new)


def delete_platform(platform_id: UUID, actor: object) -> bool:
    """Delete a platform; whether without a trace. One that was used stays as deleted, for its people's history."""
    for table in (AccessToken, PendingLaunch, Picking):
        db.session.execute(delete(table).where(table.platform_id == platform_id))
    if platforms.is_used(platform_id):
        set_status(platform_id, DELETED, actor)
        return False
    gone = db.session.get_one(Platform, platform_id)
    audit.note(actor, "lti.platform.removed", platform_id, issuer=gone.issuer, client_id=gone.client_id)
    db.session.execute(delete(Deployment).where(Deployment.platform_id == platform_id))
    db.session.execute(delete(Platform).where(Platform.id == platform_id))
    return True


def _checked(values: dict[str, str]) -> dict[str, str | None]:
    """The columns as they may be stored. Raises `Invalid`."""
    cleaned = {name: values.get(name, "").strip() for name in FIELDS}
    fields = {name: ADDRESS for name in ("auth_url", "token_url", "jwks_url") if not _is_callable(cleaned[name])}
    if not 0 < len(cleaned["name"]) <= LONGEST_NAME or not cleaned["name"].isprintable():
        fields["name"] = "Ghi tên hệ thống, tối đa 200 ký tự."
    if not forms.web_address(cleaned["issuer"], LONGEST_ISSUER):
        fields["issuer"] = "Ghi đúng issuer mà hệ thống hiện ra, ví dụ https://lms.coquan.example."
    if not claims.is_id(cleaned["client_id"]):
        fields["client_id"] = "Ghi client ID mà hệ thống hiện ra, tối đa 255 ký tự."
    if len(cleaned["audience"]) > LONG_URL or not cleaned["audience"].isprintable():
        fields["audience"] = "Ghi đúng giá trị mà hệ thống hiện ra, hoặc để trống."
    if len(cleaned["product"]) > SHORT or not cleaned["product"].isprintable():
        fields["product"] = "Chọn một sản phẩm trong danh sách."
    if fields:
        raise Invalid("Cần sửa: %(names)s.", fields, names=", ".join(sorted(fields)))
    return cleaned | {"audience": cleaned["audience"] or None}


def _is_callable(url: str) -> bool:
    return bool(forms.web_address(url, LONG_URL)) and outbound.allowed(url)


def _deployments(sent: Iterable[str]) -> list[str]:
    found = [one for one in dict.fromkeys(line.strip() for line in sent) if one]
    if any(not claims.is_id(one) for one in found):
        wrong = {"deployments": "Ghi mỗi dòng một deployment ID, tối đa 255 ký tự."}
        raise Invalid("Cần sửa: %(names)s.", wrong, names="deployments")
    return found


def _assign(made: Platform, values: dict[str, str | None]) -> None:
    for name, value in values.items():
        setattr(made, name, value)


def _keep_deployments(platform_id: UUID, deployments: Sequence[str]) -> None:
    """Exactly these."""
    db.session.execute(delete(Deployment).where(Deployment.platform_id == platform_id))
    db.session.add_all(Deployment(platform_id=platform_id, deployment_id=one) for one in deployments)
    db.session.flush()


def find(word: str) -> Row[Any]:
    """A platform by its id, the beginning of its id, or its name. Raises `NotFound` unless exactly one fits."""
    fits = [one for one in platforms.platforms() if one.name == word or (word and str(one.id).startswith(word))]
    if len(fits) != 1:
        raise NotFound("Không có đúng một hệ thống nào có mã hoặc tên “%(word)s”.", word=word)
    return fits[0]


def set_status(platform_id: UUID, status: str, actor: object) -> None:
    """`status`: one of the words of `models.Platform`. `actor`: who decided, for the audit.

    What a platform opened is shut with it.
    """
    db.session.execute(update(Platform).where(Platform.id == platform_id).values(status=status))
    if status != ACTIVE:
        platforms.end_sessions(platform_id)
    audit.note(actor, f"lti.platform.{status}", platform_id)


# ---- our own keys, and the tokens that they ask for


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
        if not fresh and (kept := platforms.token(platform_id, scopes, now())):
            return kept
        sender = platforms.platform(platform_id)
        signing = signing_key()
    if sender is None or signing is None:
        raise tokens.TokenRefused("no key of our own yet", is_final=True)
    asker = tokens.Asker(sender.client_id, sender.token_url, _audience(sender), signing.kid, signing.private_pem)
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


def _audience(sender: Row[Any]) -> str | None:
    """What was registered; else what its product is known to want; else nothing, which means the token's address."""
    return sender.audience or quirks.of(sender.product, sender.issuer, sender.auth_url).token_audience
