"""What is done in the background: reports, and forgetting old ones."""

import json
import logging
from uuid import UUID

from lms_app.core import outbox, storage
from lms_app.core.db import reading, transaction
from lms_app.core.errors import NotFound, OutOfService
from lms_app.reporting import exports
from lms_app.reporting.service import building, reports

log = logging.getLogger(__name__)
ROUNDS = 50


def make(row: outbox.Row) -> outbox.Outcome:
    """`reporting.report`: every file of one report from one computation. Again: all of them anew.

    What goes wrong is written on the report, whose asker may have it made again; a fault of ours is held for operators
    besides. A worker killed in the middle leaves no file to be had, and its row to the next.
    """
    report_id = UUID(row.payload["report"])
    with transaction():
        begun = reports.begin(report_id)
    if begun is None:
        return outbox.DONE
    try:
        _make(report_id, *begun)
    except (NotFound, OutOfService) as error:
        _fail(report_id, error.message if not error.values else reports.BROKEN)
        return outbox.DONE
    except Exception as error:
        log.exception("report %s", report_id)
        _fail(report_id, reports.BROKEN)
        return outbox.hold(f"report: {type(error).__name__}")
    return outbox.DONE


def prune() -> None:
    """Periodic: reports older than ninety days, and their files."""
    for _ in range(ROUNDS):
        with transaction():
            if not reports.prune():
                return


def _make(report_id: UUID, order: building.Order, roots: tuple[UUID, ...]) -> None:
    with reading():
        document = building.document(order, roots)
    made = exports.files(document)
    for ending, content in made.items():
        storage.put(reports.key_of(report_id, ending), content)
    shown = json.dumps(exports.preview(document), ensure_ascii=False).encode()
    storage.put(reports.key_of(report_id, reports.PREVIEW), shown)
    with transaction():
        reports.finish(report_id, {ending: len(content) for ending, content in made.items()})


def _fail(report_id: UUID, why: str) -> None:
    with transaction():
        reports.fail(report_id, why)
