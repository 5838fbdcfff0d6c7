"""The operator's hand on grades: why one waits, sent again, given up. Each act leaves an audit entry."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Row

from lms_app.core import audit, outbox
from lms_app.core.clock import now
from lms_app.core.errors import Invalid, NotFound
from lms_app.core.text import clean
from lms_app.lti import recording
from lms_app.lti.queries import grades as scores
from lms_app.lti.queries import owed

HELD, GIVEN_UP = "held", "given-up"
LONGEST_REASON = 300
CHUNK = 1000
STATUS = re.compile(r"HTTP (\d{3})")
REASONS = {
    "the platform is disabled here": "Kết nối với hệ thống đang tạm ngừng ở trang này.",
    "address not allowed": "Địa chỉ cột điểm không dùng được: cần https và một máy chủ công khai.",
    "connection": "Không kết nối được với hệ thống.",
    "timeout": "Hệ thống không trả lời trong 10 giây.",
    "circuit": "Hệ thống vừa lỗi nhiều lần liên tiếp, nên tạm không gọi.",
    "busy": "Đang gửi nhiều điểm khác đến hệ thống này.",
    "one score a second": "Hệ thống chỉ nhận mỗi giây một điểm cho một người.",
    "no key of our own yet": "Trang này chưa có khóa ký.",
}
REFUSALS = {
    "invalid_client": "Hệ thống không còn nhận trang này (invalid_client): kết nối có thể đã bị xóa ở đó.",
    "invalid_scope": "Hệ thống không cho trang này quyền gửi điểm.",
    "unauthorized_client": "Hệ thống không cho trang này xin token.",
}
STATUSES = {
    "401": "Hệ thống không nhận token của trang này (HTTP 401).",
    "403": "Hệ thống không cho trang này gửi điểm vào cột này (HTTP 403).",
    "404": "Cột điểm không còn ở hệ thống (HTTP 404).",
    "410": "Cột điểm không còn ở hệ thống (HTTP 410).",
    "400": "Hệ thống không nhận điểm của người này (HTTP 400): có thể người này đã rời lớp.",
    "429": "Hệ thống đang nhận quá nhiều yêu cầu (HTTP 429).",
}
OTHER_STATUS = "Hệ thống trả lời HTTP %(status)s."
A_PAGE = "Hệ thống trả về một trang thay cho câu trả lời."


@dataclass(frozen=True, slots=True)
class Owed:
    """One grade on the operator's page. `why` is a message with `values`; without one, `reason` is plain text."""

    row: Row[Any]
    host: str
    why: str
    values: dict[str, str]
    reason: str
    next_try: datetime | None
    is_flying: bool


def listed(found: Sequence[Row[Any]]) -> list[Owed]:
    tries = owed.tries([_key(one.id) for one in found])
    return [_owed(one, tries.get(_key(one.id))) for one in found]


def one(grade_id: UUID) -> Owed:
    """Raises `NotFound`."""
    found = owed.grade(grade_id)
    if found is None:
        raise NotFound("Không có điểm nào mang mã này.")
    return listed([found])[0]


def _owed(found: Row[Any], last: Row[Any] | None) -> Owed:
    why, values = ("", {}) if found.state == GIVEN_UP else words(found.error)
    return Owed(
        row=found,
        host=urlsplit(found.lineitem).hostname or "",
        why=why,
        values=values,
        reason="" if why else found.error or "",
        next_try=owed.next_try(last),
        is_flying=bool(last and last.owner and last.due_at > now()),
    )


def words(error: str | None) -> tuple[str, dict[str, str]]:
    """Our own word for an error as a message and its values; "" for one that has no sentence."""
    if not error:
        return "", {}
    known = REASONS.get(error) or REFUSALS.get(error.rpartition(" ")[2])
    status = STATUS.search(error)
    if known or status is None:
        return known or "", {}
    if "a page" in error:
        return A_PAGE, {}
    return STATUSES.get(status[1], OTHER_STATUS), {"status": status[1]}


# ---- buttons


def resend(actor: object, grade_id: UUID) -> None:
    """Owe the score that stands once more, now; one given up too. Raises `NotFound`."""
    found = one(grade_id).row
    _owe([(found.id, found.lineitem)])
    audit.note(actor, "lti.grade.resent", grade_id)


def resend_all(actor: object, platform_id: UUID | None, states: tuple[str, ...]) -> int:
    """The same for all grades in these states, of one platform or all; how many.

    One given up was a person's decision, and is owed again only by name or by a newer score.
    """
    found = owed.ids(platform_id, states)
    _owe(found)
    audit.note(actor, "lti.grades.resent", platform_id or "all", states=list(states), grades=len(found))
    return len(found)


def give_up(actor: object, grade_id: UUID, reason: str) -> None:
    """Never send this score; a newer one will be sent.

    Raises `Invalid` without a reason, `Conflict` while it is on its way.
    """
    reason = _reason(reason)
    _give_up(one(grade_id).row.id, reason)
    audit.note(actor, "lti.grade.given_up", grade_id, reason=reason)


def give_up_held(actor: object, platform_id: UUID, reason: str) -> int:
    """All of a platform that wait for a person; how many."""
    reason = _reason(reason)
    found = owed.ids(platform_id, (HELD,))
    for grade_id, _ in found:
        _give_up(grade_id, reason)
    audit.note(actor, "lti.grades.given_up", platform_id, reason=reason, grades=len(found))
    return len(found)


def _key(grade_id: UUID) -> str:
    return f"{recording.GRADE}/{grade_id}"


def _owe(found: Sequence[tuple[UUID, str]]) -> None:
    """A row that waits is brought forward; one just being sent is followed by another."""
    for at in range(0, len(found), CHUNK):
        some = found[at : at + CHUNK]
        waiting = owed.tries([_key(grade_id) for grade_id, _ in some])
        owed.mark_owed([grade_id for grade_id, _ in some])
        for grade_id, lineitem in some:
            recording.owe(grade_id, lineitem)
            before = waiting.get(_key(grade_id))
            if before and (before.owner is None or before.due_at <= now()):
                outbox.retry(before.id)


def _give_up(grade_id: UUID, reason: str) -> None:
    waiting = owed.tries([_key(grade_id)]).get(_key(grade_id))
    if waiting:
        outbox.drop(waiting.id)
    scores.mark_state(grade_id, GIVEN_UP, reason)


def _reason(typed: str) -> str:
    reason = clean(typed)[:LONGEST_REASON]
    if not reason:
        raise Invalid("Ghi lý do bỏ.", fields={"reason": "Ghi lý do, ví dụ: học viên đã chuyển lớp."})
    return reason
