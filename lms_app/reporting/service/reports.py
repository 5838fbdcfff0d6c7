"""A report on its way: ordered, made in the background, kept for ninety days."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from lms_app.accounts.queries import people, reach
from lms_app.core import audit, outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, NotFound
from lms_app.core.ids import new_id
from lms_app.organisations.queries import tree
from lms_app.reporting.exports import ENDINGS
from lms_app.reporting.forms.reports import Wanted
from lms_app.reporting.models import Report
from lms_app.reporting.queries import reports
from lms_app.reporting.service.building import Order

TOPIC = "reporting.report"
WAITING, WORKING, DONE, FAILED = "waiting", "working", "done", "failed"
KEPT = timedelta(days=90)
PREVIEW = "preview"
"""Ending of the file that the page shows; nobody downloads it."""

BROKEN = "Máy chủ gặp lỗi khi làm báo cáo này. Hãy bấm làm lại; nếu vẫn vậy, hãy báo quản trị viên."
MISSING = "Không có báo cáo này. Hãy mở lại danh sách báo cáo."


def order(wanted: Wanted, asker: UUID, name: str) -> UUID:
    """Owe a report; its id. Whether the unit is within reach is asked when it is made."""
    made = Report(
        id=new_id(),
        kind=wanted.kind,
        unit_id=wanted.unit,
        year=wanted.year,
        day=wanted.day,
        signer=wanted.signer,
        state=WAITING,
        asked_by=asker,
        asked_by_name=name,
        created_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    audit.note(asker, "report.order", made.id, kind=made.kind, unit=str(made.unit_id), day=made.day.isoformat())
    _owe(made.id)
    return made.id


def again(report_id: UUID, asker: UUID) -> None:
    """Make a failed one again. Raises `NotFound` for another's, `Conflict` when it has not failed."""
    found = db.session.get(Report, report_id, with_for_update=True)
    if found is None or found.asked_by != asker:
        raise NotFound(MISSING)
    if found.state != FAILED:
        raise Conflict("Báo cáo này đang được làm hoặc đã xong. Hãy mở lại trang để xem.")
    found.state, found.error, found.finished_at = WAITING, "", None
    _owe(found.id)


def begin(report_id: UUID) -> tuple[Order, tuple[UUID, ...]] | None:
    """What is to be made, and whose staff its asker looks after now. None: it is made, or gone."""
    found = db.session.get(Report, report_id)
    if found is None or found.state == DONE:
        return None
    found.state = WORKING
    asker = people.person(found.asked_by)
    return (
        Order(found.kind, found.unit_id, found.year, found.day, found.signer),
        reach.roots(asker) if asker else (),
    )


def finish(report_id: UUID, sizes: dict[str, int]) -> None:
    """Only now are its files given out: they are all there."""
    found = db.session.get_one(Report, report_id)
    found.state, found.files, found.error, found.finished_at = DONE, sizes, "", now()


def fail(report_id: UUID, why: str) -> None:
    """`why`: one of our sentences, without values."""
    found = db.session.get_one(Report, report_id)
    found.state, found.error, found.finished_at = FAILED, why, now()


def prune() -> int:
    """Delete what is older than ninety days, files first: whoever dies between leaves a row to begin with again."""
    old = reports.older(now() - KEPT)
    for report_id in old:
        for ending in (*ENDINGS, PREVIEW):
            storage.remove(key_of(report_id, ending))
    reports.forget(old)
    return len(old)


def key_of(report_id: UUID, ending: str) -> str:
    """Of its file in the store."""
    return f"reports/{report_id}.{ending}"


def is_open(report: Any, roots: tuple[UUID, ...]) -> bool:
    """Whether its files may still be given to its asker, who looks after `roots` now."""
    return report.state == DONE and tree.is_reached(report.unit_id, roots, report.day)


def _owe(report_id: UUID) -> None:
    outbox.put(TOPIC, f"{TOPIC}:{report_id}", "local", {"report": str(report_id)}, replace=True)
