"""The operator's buttons. Each leaves an audit entry with who and why."""

from uuid import UUID

from lms_app.core import audit, outbox
from lms_app.core.errors import Invalid
from lms_app.core.text import clean

LONGEST_REASON = 300


def retry(actor: UUID, row_id: int) -> None:
    """Try a failed or held row now. Raises `Conflict` when it is done, dropped or in flight."""
    audit.note(actor, "outbox.retry", row_id, topic=outbox.retry(row_id))


def drop(actor: UUID, row_id: int, reason: str) -> None:
    """Give a row up for good; later rows of its key go on. Raises `Invalid` without a reason, `Conflict` as `retry`."""
    reason = clean(reason)[:LONGEST_REASON]
    if not reason:
        raise Invalid(
            "Ghi lý do bỏ việc này.", fields={"reason": "Ghi lý do, ví dụ: khóa học đã gỡ khỏi hệ thống kia."}
        )
    audit.note(actor, "outbox.drop", row_id, topic=outbox.drop(row_id), reason=reason)


def resume(actor: UUID, lane: str) -> None:
    """Try a paused lane and its waiting rows now."""
    outbox.resume(lane)
    audit.note(actor, "outbox.resume", lane)
