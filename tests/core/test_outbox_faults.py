"""Dead hosts, late workers, handlers that fail: none of them loses, doubles or blocks what is not theirs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from lms_app.core import outbox
from lms_app.core.audit import AuditEntry
from lms_app.core.db import db, reading, row, transaction
from lms_app.core.outbox_rows import OutboxRow
from tests.core.owed import MINUTE, START, Post, lane, only, owe, states

pytestmark = pytest.mark.usefixtures("handlers")


def test_a_lane_pauses_after_five_host_faults_in_a_row_and_lets_one_probe_through(post: Post, clock: Any) -> None:
    post.answers = [outbox.again("HTTP 503", host_fault=True)] * 20
    for n in range(12):
        owe(n, f"dead-{n}", lane="dead")
    outbox.drain()
    first = len(post.got)
    assert first >= 5
    assert lane("dead").paused_until > START
    assert lane("dead").failures == first
    clock.move_to(lane("dead").paused_until)
    with transaction():
        assert len(outbox.take("w", 8, lane("dead").paused_until)) == 1


def test_a_dead_lane_does_not_stop_a_live_one(app: Flask, post: Post) -> None:
    def dead_or_live(row: outbox.Row) -> outbox.Outcome:
        post.send(row)
        return outbox.again("timeout", host_fault=True) if row.lane == "dead" else outbox.DONE

    app.extensions["outbox"]["mail"] = outbox.send(dead_or_live)
    for n in range(20):
        owe(n, f"dead-{n}", lane="dead")
    owe(99, "live", lane="live")
    outbox.drain()
    assert ("mail/live", 99) in post.got
    assert len(post.got) < 20


def test_an_answer_about_the_row_says_that_the_host_is_well(post: Post) -> None:
    fault = outbox.again("HTTP 500", host_fault=True)
    post.answers = [fault, fault, fault, outbox.hold("HTTP 404")]
    for n in range(4):
        owe(n, str(n))
        outbox.drain()
    assert lane().failures == 0


def test_an_old_token_changes_nothing(clock: Any) -> None:
    owe(1)
    with transaction():
        (old,) = outbox.take("w1", 1, START)
    later = START + timedelta(seconds=61)
    clock.move_to(later)
    with transaction():
        (new,) = outbox.take("w2", 1, later)
    with transaction():
        assert outbox.mark([(old, outbox.DONE)], later) == set()
        assert outbox.mark([(old, outbox.again("x"))], later) == set()
    assert (only().state, only().owner, only().attempts) == ("open", "w2", 0)
    with transaction():
        assert outbox.mark([(new, outbox.DONE)], later) == {new.id}


def test_a_lease_is_not_taken_by_another_before_its_end() -> None:
    owe(1)
    with transaction():
        assert len(outbox.take("w1", 1, START)) == 1
        assert outbox.take("w2", 1, START + timedelta(seconds=59)) == []


def test_a_local_effect_that_comes_too_late_is_not_made(clock: Any) -> None:
    owe(1, topic="local", lane="local")
    with transaction():
        (old,) = outbox.take("w1", 1, START)
    clock.shift(timedelta(seconds=61))
    assert outbox.drain() == [("local", "local/k")]
    assert outbox.run(old) is None
    assert len(db.session.scalars(select(AuditEntry)).all()) == 1


def test_a_local_handler_that_fails_leaves_nothing_and_is_tried_again(clock: Any, caplog: Any) -> None:
    owe(1, topic="broken", lane="local")
    owe(2, "other", topic="local", lane="local")
    outbox.drain()
    assert [entry.subject for entry in db.session.scalars(select(AuditEntry))] == ["local/other"]
    failed = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == "broken")).one()
    assert (failed.state, failed.attempts) == ("open", 1)
    assert failed.due_at > START
    assert failed.error
    assert failed.error.startswith("ValueError at owed:")
    assert "00001" not in caplog.text + failed.error
    clock.shift(MINUTE)
    outbox.drain()
    assert db.session.get_one(OutboxRow, failed.id, populate_existing=True).attempts == 2


def test_a_sender_that_raises_is_tried_again(post: Post, clock: Any) -> None:
    post.answers = [RuntimeError("x")]
    owe(1)
    outbox.drain()
    assert str(only().error).startswith("RuntimeError at owed:")
    clock.shift(MINUTE)
    outbox.drain()
    assert states() == ["done"]


def test_a_topic_without_a_handler_waits(clock: Any) -> None:
    owe(1, topic="unknown")
    outbox.drain()
    clock.shift(MINUTE)
    assert (only().state, only().error) == ("open", "no handler for unknown")


def test_a_row_that_fails_for_two_weeks_waits_for_a_person(post: Post, clock: Any) -> None:
    post.answers = [outbox.again("HTTP 404")]
    owe(1)
    clock.shift(timedelta(days=14, seconds=1))
    outbox.drain()
    assert states() == ["held"]


def test_a_row_that_stops_its_worker_ten_times_waits_for_a_person(post: Post) -> None:
    owe(1)
    with transaction():
        db.session.execute(update(OutboxRow).values(takes=10))
    outbox.drain()
    assert post.got == []
    assert states() == ["held"]
    with transaction():
        outbox.retry(only().id)
    outbox.drain()
    assert states() == ["done"]


def test_two_transactions_that_owe_the_same_key_take_turns(app: Flask) -> None:
    """PostgreSQL gives ids before commit: the later one could be seen, and sent, first."""
    if app.extensions["settings"].is_sqlite:
        pytest.skip("SQLite has one writer")
    owe(0, "first")  # a lane's first row makes the lane, which waits too
    with transaction():
        outbox.put("mail", "mail/k", "host", {"n": 1})
        with ThreadPoolExecutor() as pool:
            assert not pool.submit(_owe_without_waiting, app, "mail/k").result()
            assert pool.submit(_owe_without_waiting, app, "mail/other").result()


def _owe_without_waiting(app: Flask, key: str) -> bool:
    """Whether a second transaction could put at once."""
    with app.app_context():
        try:
            with transaction():
                db.session.execute(text("SET LOCAL lock_timeout = '300ms'"))
                outbox.put("mail", key, "host", {"n": 2})
        except OperationalError:
            return False
        return True


def test_a_transaction_in_the_middle_of_reading_can_be_undone() -> None:
    """PostgreSQL is read without a transaction; what is written afterwards must have one all the same."""
    with reading():
        assert row(select(OutboxRow.id)) is None
        with pytest.raises(RuntimeError):
            _owe_and_fail()
    assert db.session.scalars(select(OutboxRow.id)).all() == []


def _owe_and_fail() -> None:
    with transaction():
        outbox.put("mail", "mail/k", "smtp", {})
        raise RuntimeError
