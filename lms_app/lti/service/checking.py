"""What is wrong between a platform and us, in words: its keys, its tokens, the clocks, our own address."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row

from lms_app.core import outbound
from lms_app.core.clock import now
from lms_app.core.db import transaction
from lms_app.core.outbound import Answer
from lms_app.core.settings import Settings
from lms_app.lti import keys, registry, tokens
from lms_app.lti.claims import LINEITEM, ROSTER, SCORE
from lms_app.lti.queries import platforms
from lms_app.web.i18n import say

OK, WARN, ERR = "ok", "warn", "err"
MOST_SKEW = 30
"""Seconds: a launch has a leeway of 60, a platform may have none."""

REASONS = {
    "address": "địa chỉ không dùng được: cần https và một máy chủ công khai",
    "timeout": "không trả lời trong thời hạn",
    "too large": "trả lời dài hơn 1 MB",
    "circuit": "vừa lỗi nhiều lần liên tiếp, nên tạm không gọi",
    "busy": "đang bận với các việc khác của trang này",
}
NO_CONNECTION = "không kết nối được"
SCOPES = {SCORE: "gửi điểm", LINEITEM: "tìm và tạo cột điểm", ROSTER: "đọc danh sách lớp"}
"""What each right is for; without scores nothing works that others see, the others are worth a warning."""

TOKENS = {
    "invalid_client": (
        "Hệ thống không nhận chữ ký của trang này (invalid_client). Hoặc máy chủ của nó chưa đọc được %(keys)s, "
        "hoặc client ID sai, hoặc nó cần một audience khác."
    ),
    "unauthorized_client": "Hệ thống biết trang này nhưng không cho xin token (unauthorized_client).",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `about`: site, keys, clock, token or deployment; `kind`: ok, warn, err."""

    kind: str
    about: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)

    def said(self, language: str) -> Markup:
        """The sentence; two of its values are sentences of ours themselves."""
        values = {
            name: say(language, value) if name in {"why", "use"} else value for name, value in self.values.items()
        }
        return say(language, self.message, **values)


def check(one: Row[Any], settings: Settings) -> list[Finding]:
    """Everything that can be told from here. No transaction may be open: it calls the platform up to four times."""
    with transaction():
        registry.ensure_key()
    return [
        *_site(settings),
        *_keys_and_clock(one.jwks_url),
        *_tokens(one, f"{settings.url}/lti/jwks.json"),
        *_deployments(one),
    ]


def is_well(found: Sequence[Finding]) -> bool:
    return all(one.kind != ERR for one in found)


def _site(settings: Settings) -> Iterator[Finding]:
    if settings.secure:
        yield Finding(OK, "site", "Địa chỉ của trang này dùng https.")
        return
    kind = WARN if settings.allow_private_hosts else ERR
    yield Finding(kind, "site", "LMS_URL là http: trình duyệt không giữ phiên học trong khung của một trang https.")


# ---- keys and clock: one call tells both


def _keys_and_clock(url: str) -> Iterator[Finding]:
    answer, trouble = _called(lambda: outbound.get(url, headers={"Accept": "application/json"}, total=keys.FETCH))
    if answer is None:
        yield Finding(ERR, "keys", "Không đọc được khóa ở %(url)s: %(why)s.", {"url": url, "why": trouble})
        return
    yield _keys(url, answer)
    yield from _clock(answer.headers.get("Date"))


def _keys(url: str, answer: Answer) -> Finding:
    if not answer.is_good:
        return Finding(ERR, "keys", "%(url)s trả về HTTP %(status)s.", {"url": url, "status": answer.status})
    try:
        return Finding(OK, "keys", "Đọc được %(n)s khóa dùng được.", {"n": len(keys.usable(answer.body))})
    except keys.KeyProblem:
        return Finding(ERR, "keys", _no_keys(answer.body), {"url": url})


def _no_keys(body: bytes) -> str:
    try:
        listed = json.loads(body)["keys"]
        kinds = [jwk.get("kty") for jwk in listed]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "%(url)s trả về một trang hoặc nội dung khác, không phải bộ khóa."
    if "RSA" in kinds:
        return "Khóa RSA ở %(url)s yếu hơn 2048 bit, không có kid hoặc không dùng để ký."
    return "Bộ khóa ở %(url)s không có khóa RSA nào."


def _clock(date: str | None) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return
    seconds = round((_aware(theirs) - now()).total_seconds())
    if abs(seconds) <= MOST_SKEW:
        yield Finding(OK, "clock", "Hai đồng hồ khớp nhau.")
    elif seconds > 0:
        yield Finding(ERR, "clock", "Đồng hồ của hệ thống nhanh hơn %(n)s giây.", {"n": seconds})
    else:
        yield Finding(ERR, "clock", "Đồng hồ của hệ thống chậm hơn %(n)s giây.", {"n": -seconds})


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# ---- tokens


def _tokens(one: Row[Any], our_keys: str) -> Iterator[Finding]:
    """A right after the other; what says that we are not known at all is said once."""
    for scope, use in SCOPES.items():
        finding, is_known = _token(one, scope, use, our_keys)
        yield finding
        if not is_known:
            return


def _token(one: Row[Any], scope: str, use: str, our_keys: str) -> tuple[Finding, bool]:
    try:
        registry.token(one.id, scope, fresh=True)
    except outbound.Unreachable as error:
        values = {"url": one.token_url, "why": REASONS.get(str(error), NO_CONNECTION)}
        return Finding(ERR, "token", "Không xin được token ở %(url)s: %(why)s.", values), False
    except tokens.TokenRefused as error:
        word = str(error).rpartition(" ")[2]
        if word == "invalid_scope":
            kind = ERR if scope == SCORE else WARN
            return Finding(kind, "token", "Hệ thống không cho quyền: %(use)s.", {"use": use}), True
        message = TOKENS.get(word, "Hệ thống không cấp token (%(why)s).")
        return Finding(ERR, "token", message, {"keys": our_keys, "why": str(error).removeprefix("token: ")}), False
    return Finding(OK, "token", "Được quyền: %(use)s.", {"use": use}), True


def _deployments(one: Row[Any]) -> Iterator[Finding]:
    if not platforms.registered(one).deployments:
        yield Finding(ERR, "deployment", "Chưa có deployment ID nào, nên mọi lần mở đều bị từ chối.")


def _called(call: Callable[[], Answer]) -> tuple[Answer | None, str]:
    try:
        return call(), ""
    except outbound.Unreachable as error:
        return None, REASONS.get(str(error), NO_CONNECTION)
