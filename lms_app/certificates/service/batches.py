"""Certificates for a whole class on one person's order: a batch of items, worked off in chunks by the outbox.

A chunk is one transaction with the row that owes the next, so that a killed worker leaves it whole to another.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from lms_app.certificates.forms.batches import Chosen
from lms_app.certificates.models import IssueBatch, IssueItem
from lms_app.certificates.queries import batches as found
from lms_app.certificates.service import issuing
from lms_app.core import audit, outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, LmsError, NotFound
from lms_app.core.site import settings

BATCH = "certificates.batch"
CHUNK = 25
"""A chunk holds the lock of SQLite, about 12 ms of work for each certificate."""

STOPPED = "Đợt cấp đã dừng trước khi đến lượt."
HAS_ONE = "Đã có giấy chứng nhận số %(serial)s từ trước."


@dataclass(frozen=True, slots=True)
class Orderer:
    id: UUID
    name: str


@dataclass(frozen=True)
class Preview:
    """Who would be in a batch. `seen` tells this list from another; `unknown`: addresses of nobody in the course."""

    candidates: list[found.Candidate]
    counts: Counter[str]
    ready: list[UUID]
    seen: str
    unknown: list[str]


def preview(chosen: Chosen) -> Preview:
    zone = settings().zone
    since = datetime.combine(chosen.since, time.min, zone) if chosen.since else None
    until = datetime.combine(chosen.until + timedelta(days=1), time.min, zone) if chosen.until else None
    listed = found.search_candidates(chosen.course, chosen.unit, since, until, chosen.emails)
    ready = [one.enrolment_id for one in listed if one.state == found.READY]
    known = {one.email for one in listed}
    unknown = [email for email in chosen.emails if email not in known]
    return Preview(listed, Counter(one.state for one in listed), ready, found.digest(ready), unknown)


def order(batch_id: UUID, enrolment_ids: Sequence[UUID], title: str, decision: str, by: Orderer) -> None:
    """Have these issued, in the order of their ids. The same order given twice, by its id, is one batch."""
    if found.batch(batch_id):
        return
    if not enrolment_ids:
        raise Conflict("Không còn ai để cấp giấy trong danh sách này. Hãy mở lại danh sách.")
    made = IssueBatch(
        id=batch_id,
        title=title,
        decision=decision,
        ordered_by=by.id,
        ordered_by_name=by.name,
        state=found.RUNNING,
        created_at=now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # a second click was faster
        return
    items = [{"batch_id": batch_id, "enrolment_id": one, "state": found.WAITING, "error": ""} for one in enrolment_ids]
    db.session.execute(insert(IssueItem), items)
    audit.note(by.id, "certificate.batch", batch_id, items=len(items), decision=decision)
    _owe(batch_id)


def work(batch_id: UUID) -> None:
    """Issue the next chunk and owe its files by one row; then owe the chunk after it, or finish the batch."""
    batch = db.session.get(IssueBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or batch.state != found.RUNNING:
        return
    waiting = (
        select(IssueItem)
        .where(IssueItem.batch_id == batch_id, IssueItem.state == found.WAITING)
        .order_by(IssueItem.enrolment_id)
        .limit(CHUNK)
    )
    items = db.session.scalars(waiting.execution_options(populate_existing=True)).all()
    issuing.lock([item.enrolment_id for item in items])
    made = [one for item in items if (one := _issue(batch, item))]
    if made:
        issuing.owe_files(made)
    if len(items) == CHUNK:
        _owe(batch_id)
    else:
        batch.state, batch.finished_at = found.DONE, now()


def cancel(batch_id: UUID, actor: UUID) -> None:
    """Issue no more of it; what is issued stays. Raises `Conflict` when it is over."""
    batch = db.session.get(IssueBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound("Không có đợt cấp này. Hãy mở lại danh sách các đợt cấp.")
    if batch.state != found.RUNNING:
        raise Conflict("Đợt cấp này đã xong nên không dừng được nữa.")
    batch.state, batch.finished_at = found.CANCELLED, now()
    left = update(IssueItem).where(IssueItem.batch_id == batch_id, IssueItem.state == found.WAITING)
    db.session.execute(left.values(state=found.REFUSED, error=STOPPED))
    audit.note(actor, "certificate.batch.cancel", batch_id)


def _issue(batch: IssueBatch, item: IssueItem) -> UUID | None:
    """The certificate of one item, or a sentence on it: what is refused takes no number and undoes nobody else."""
    try:
        with db.session.begin_nested():
            made = issuing.issue(item.enrolment_id, batch_id=batch.id, decision=batch.decision, renders=False)
    except LmsError as error:
        item.state, item.error = found.REFUSED, str(error)[:500]
        return None
    if made.batch_id != batch.id:
        item.state, item.error = found.REFUSED, HAS_ONE % {"serial": made.serial}
        return None
    item.state = found.ISSUED
    return made.id


def _owe(batch_id: UUID) -> None:
    outbox.put(BATCH, f"{BATCH}/{batch_id}", "local", {"batch": str(batch_id)})
