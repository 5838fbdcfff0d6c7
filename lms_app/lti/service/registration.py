"""A platform registers itself: its configuration fetched, our registration posted, and what came of it stored."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from lms_app.core import outbound
from lms_app.core.outbound import Answer
from lms_app.lti import forms, quirks, registering, registry
from lms_app.lti.models import ACTIVE, DELETED, PENDING
from lms_app.lti.queries import platforms
from lms_app.lti.registering import Closed, NotRegistered, Offer, Tool

OPEN, APPROVE, CLOSED = "open", "approve", "closed"
LIFE = 3600
"""Seconds that a page keeps its word. Moodle's token lasts as long."""

LONGEST = 10_000
MOST_PENDING = 100
"""Anybody with a host of their own may register it: more than so many are not for an administrator but against one."""

MOST_OF_A_HOST = 5
"""So that one host cannot take the places of all others."""

CROWDED = "Đang có quá nhiều đăng ký chờ duyệt. Hãy báo quản trị viên của trang này."
REGISTERED = "registration"
"""Who acts, in the audit: nobody that we know."""

UNREACHED = {
    "address": "Địa chỉ của hệ thống không dùng được: cần https và một máy chủ công khai.",
    "timeout": "Hệ thống không trả lời trong 10 giây. Hãy thử đăng ký lại.",
    "too large": "Hệ thống trả lời dài hơn 1 MB, nên không đọc.",
}
NO_CONNECTION = "Không kết nối được với hệ thống. Hãy kiểm tra địa chỉ và chứng thư https của hệ thống rồi thử lại."
REDIRECTED = "Hệ thống chuyển sang một địa chỉ khác, nên không đăng ký được."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a platform opens our registration with. `token` is its own secret: kept in no log and no row."""

    config_url: str
    token: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`differs`: it is known with other addresses, which only an administrator changes."""

    platform_id: UUID
    differs: bool = False


def check_open(mode: str) -> None:
    """Whether a platform may register itself. `mode`: the setting. Raises `NotRegistered`."""
    if mode == CLOSED:
        raise Closed("Trang này không nhận đăng ký tự động. Hãy gửi thông tin kết nối cho quản trị viên của trang này.")
    if platforms.pending() >= MOST_PENDING:
        raise NotRegistered(CROWDED)


def check_room(found: Offer) -> None:
    """Whether this platform's host may have one more registration wait. Raises `NotRegistered`.

    Where one issuer serves all customers, they share the limit of all.
    """
    if quirks.of(found.product, found.issuer, found.auth_url).issuer_for_all:
        return
    host = forms.origin_of(found.issuer)
    waiting = [one for one in platforms.platforms() if one.status == PENDING and forms.origin_of(one.issuer) == host]
    if len(waiting) >= MOST_OF_A_HOST:
        raise NotRegistered(CROWDED)


# ---- a page's word to the next request, since a frame without cookies has no session


def promise(secret: str, *parts: str) -> str:
    return _signer(secret).dumps(parts)


def promised(secret: str, sent: str) -> list[str]:
    """Raises `NotRegistered` for what no page of ours said within the hour."""
    try:
        found: list[str] = _signer(secret).loads(sent, max_age=LIFE)
    except BadData as error:
        raise NotRegistered("Trang đăng ký này đã quá một giờ. Hãy mở lại từ hệ thống của đơn vị.") from error
    return found


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="lti-register")


# ---- calls; no transaction may be open


def offer(asked: Asked) -> Offer:
    """Fetch and read the platform's configuration. Raises `NotRegistered`."""
    if not asked.config_url or max(len(asked.config_url), len(asked.token)) > LONGEST:
        raise NotRegistered(
            "Hệ thống chưa gửi địa chỉ cấu hình. Hãy mở trang này từ mục thêm công cụ LTI của hệ thống."
        )
    headers = {"Accept": "application/json"} | _bearer(asked.token)
    answer = _answered(lambda: outbound.get(asked.config_url, headers=headers))
    if not answer.is_good:
        raise NotRegistered("Hệ thống không đưa cấu hình của mình ra (HTTP %(status)s).", status=answer.status)
    found = registering.read(asked.config_url, answer.body)
    urls = {"token_endpoint": found.token_url, "jwks_uri": found.jwks_url, "authorization_endpoint": found.auth_url}
    if wrong := [name for name, url in urls.items() if not outbound.allowed(url)]:
        raise NotRegistered("Cấu hình của hệ thống thiếu hoặc sai: %(names)s.", names=", ".join(wrong))
    return found


def register(asked: Asked, found: Offer, tool: Tool) -> registering.Answer:
    """Post our registration. Raises `NotRegistered` with what the platform said."""
    headers = {"Accept": "application/json", "Content-Type": "application/json"} | _bearer(asked.token)
    answer = _answered(lambda: outbound.post(found.registration_url, registering.request(found, tool), headers=headers))
    if not answer.is_good:
        raise NotRegistered(
            "Hệ thống không nhận đăng ký này (HTTP %(status)s). %(said)s",
            status=answer.status,
            said=registering.complaint(answer.body),
        )
    return registering.answer(answer.body)


def _answered(call: Callable[[], Answer]) -> Answer:
    try:
        answer = call()
    except outbound.Unreachable as error:
        raise NotRegistered(UNREACHED.get(str(error), NO_CONNECTION)) from error
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise NotRegistered(REDIRECTED)
    return answer


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token and token.isascii() and token.isprintable() else {}


# ---- rows


def keep(found: Offer, said: registering.Answer, mode: str) -> Outcome:
    """Store what was registered. `mode`: the setting.

    A known registration keeps its status and its addresses: whoever can put one file on a platform's host could
    otherwise put other keys in the place of its own. One that was deleted waits for an administrator in any mode.
    """
    fixed = quirks.of(found.product, found.issuer, found.auth_url).one_deployment
    deployments = [one for one in (said.deployment or fixed,) if one]
    known = platforms.by_registration(found.issuer, said.client_id)
    if known and known.status != DELETED:
        registry.add_deployments(known.id, deployments, REGISTERED)
        return Outcome(known.id, (known.auth_url, known.token_url, known.jwks_url) != _addresses(found))
    status = ACTIVE if mode == OPEN and known is None else PENDING
    return Outcome(registry.add_platform(_values(found, said), deployments, REGISTERED, status).id)


def _addresses(found: Offer) -> tuple[str, str, str]:
    return found.auth_url, found.token_url, found.jwks_url


def _values(found: Offer, said: registering.Answer) -> dict[str, str]:
    return {
        "name": found.name,
        "issuer": found.issuer,
        "client_id": said.client_id,
        "auth_url": found.auth_url,
        "token_url": found.token_url,
        "jwks_url": found.jwks_url,
        "audience": found.audience,
        "product": quirks.name(found.product, found.issuer, found.auth_url),
    }
