"""What an administrator sees of the outbox and does about it; what monitoring asks."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from lms_app.core import outbox
from lms_app.core.audit import AuditEntry
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.outbox_rows import OutboxLane, OutboxRow
from tests import make
from tests.web import Browser


@pytest.fixture
def admin(web: Browser) -> Browser:
    web.sign_in(make.person("Phạm Thị Hoa", "admin").email or "")
    return web


def owe(topic: str = "lti.grade", key: str = "lti.grade/1", lane: str = "lms.example") -> int:
    with transaction():
        outbox.put(topic, key, lane, {"enrolment": "1"})
    return max(db.session.scalars(select(OutboxRow.id)))


def fail(app: Flask, *outcomes: outbox.Outcome) -> None:
    """Let what is due end with these outcomes, then well."""
    left = list(outcomes)
    app.extensions["outbox"] = {"lti.grade": outbox.send(lambda _row: left.pop(0) if left else outbox.DONE)}
    outbox.drain()


@pytest.fixture(autouse=True)
def handlers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "outbox", app.extensions["outbox"])


def state(row_id: int) -> str:
    return db.session.get_one(OutboxRow, row_id, populate_existing=True).state


def acts() -> list[tuple[str, str]]:
    found = db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("outbox.%")).order_by(AuditEntry.id))
    return [(entry.action, entry.subject) for entry in found]


@pytest.mark.parametrize("path", ["/admin/", "/admin/outbox", "/admin/outbox/1"])
def test_only_administrators_see_the_pages(web: Browser, path: str) -> None:
    assert web.get(path).path == "/sign-in" or web.get(path).status == 401
    web.sign_in(make.person().email or "")
    assert web.get(path).status == 403


def test_the_admin_home_shows_numbers_and_leads_to_the_outbox(admin: Browser) -> None:
    owe()
    page = admin.get("/admin/")
    assert page.status == 200
    assert "Người dùng đang hoạt động" in page.text
    assert 'href="/admin/outbox"' in page.body


def test_the_outbox_page_of_an_idle_system_says_so(admin: Browser) -> None:
    page = admin.get("/admin/outbox")
    assert "Mọi việc đã xong." in page.text
    assert "Không có việc nào bị lỗi." in page.text


def test_a_held_row_is_shown_with_its_reason_and_retried(app: Flask, admin: Browser) -> None:
    row = owe()
    fail(app, outbox.hold("HTTP 403"))
    page = admin.get("/admin/outbox")
    assert "HTTP 403" in page.text
    assert f"lti.grade #{row}" in page.text
    assert page.submit(f"/admin/outbox/{row}/retry").path == "/admin/outbox"
    outbox.drain()
    assert state(row) == "done"
    assert acts() == [("outbox.retry", str(row))]


def test_a_row_is_dropped_only_with_a_reason(app: Flask, admin: Browser) -> None:
    row = owe()
    fail(app, outbox.hold("HTTP 404"))
    page = admin.get(f"/admin/outbox/{row}").submit("drop", reason="  ")
    assert page.status == 400
    assert "Ghi lý do" in page.text
    assert state(row) == "held"
    page.submit("drop", reason="Khóa học đã gỡ")
    assert state(row) == "dropped"
    assert acts() == [("outbox.drop", str(row))]


def test_a_row_that_is_done_cannot_be_retried(app: Flask, admin: Browser) -> None:
    row = owe()
    fail(app, outbox.hold("HTTP 404"))
    page = admin.get(f"/admin/outbox/{row}")
    page.submit("retry")
    outbox.drain()
    assert page.submit("retry").status == 409
    assert state(row) == "done"


def test_a_paused_lane_is_shown_and_tried_now(app: Flask, admin: Browser) -> None:
    row = owe()
    fail(app, outbox.again("HTTP 503", 3600, host_fault=True))
    page = admin.get("/admin/outbox")
    assert "1 lỗi liên tiếp" in page.text
    assert outbox.drain() == []
    page.submit("/lanes/resume")
    assert outbox.drain() == [("lti.grade", "lti.grade/1")]
    assert state(row) == "done"
    assert acts() == [("outbox.resume", "lms.example")]


def test_an_unknown_row_is_not_found(admin: Browser) -> None:
    assert admin.get("/admin/outbox/987654").status == 404


def test_health_needs_nothing(web: Browser) -> None:
    assert web.get("/healthz").body == "ok\n"


def test_ready_until_due_rows_are_not_taken_for_five_minutes(web: Browser) -> None:
    owe()
    assert web.get("/readyz").status == 200
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert web.get("/readyz").status == 503
        outbox.drain()
        assert web.get("/readyz").status == 200


def test_a_paused_lane_and_rows_behind_a_held_one_are_no_missing_worker(app: Flask, web: Browser) -> None:
    owe(key="lti.grade/held")
    fail(app, outbox.hold("HTTP 404"))
    owe(key="lti.grade/held")
    owe(key="lti.grade/paused", lane="dead.example")
    with transaction():
        db.session.get_one(OutboxLane, "dead.example").paused_until = now() + timedelta(hours=1)
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert web.get("/readyz").status == 200


def test_metrics_count_by_topic_lane_and_state(app: Flask, web: Browser) -> None:
    owe(key="lti.grade/1")
    fail(app, outbox.hold("HTTP 404"))
    owe(key="lti.grade/2")
    text = web.get("/metrics").body
    assert 'lms_outbox_rows{lane="lms.example",state="held",topic="lti.grade"} 1.0' in text
    assert 'lms_outbox_rows{lane="lms.example",state="waiting",topic="lti.grade"} 1.0' in text
    assert "lms_outbox_stuck 0.0" in text


def test_the_command_line_says_what_waits(app: Flask) -> None:
    owe()
    said = app.test_cli_runner().invoke(args=["jobs", "status"])
    assert "lti.grade -> lms.example: 1 waiting, 0 in flight, 0 held" in said.output
    assert said.exit_code == 0
