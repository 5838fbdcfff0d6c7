"""What is owed is handled in order, later if it must be. No threads, no sleep: `drain` and a moved clock."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.core import outbox
from lms_app.core.audit import note
from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict
from lms_app.core.outbox_rows import OutboxRow
from tests.core.owed import MINUTE, START, Post, lane, only, owe, states

pytestmark = pytest.mark.usefixtures("handlers")


def test_what_is_owed_is_sent_once(post: Post) -> None:
    owe(1)
    assert outbox.drain() == [("mail", "mail/k")]
    assert outbox.drain() == []
    assert post.got == [("mail/k", 1)]
    assert states() == ["done"]


def test_a_transaction_that_is_undone_owes_nothing(post: Post) -> None:
    outbox.put("mail", "mail/k", "host", {"n": 1})
    db.session.rollback()
    outbox.drain()
    assert post.got == []
    assert states() == []


def test_rows_of_a_key_go_out_in_order_even_when_the_first_fails(post: Post, clock: Any) -> None:
    post.answers = [outbox.again("HTTP 500")]
    for n in (1, 2, 3):
        owe(n)
    outbox.drain()
    assert [n for _, n in post.got] == [1]
    clock.shift(MINUTE)
    outbox.drain()
    assert [n for _, n in post.got] == [1, 1, 2, 3]


def test_another_key_does_not_wait(post: Post) -> None:
    post.answers = [outbox.again("HTTP 404")]
    owe(1, "a")
    owe(2, "b")
    outbox.drain()
    assert post.got == [("mail/a", 1), ("mail/b", 2)]


def test_waiting_grows_with_each_failure_and_has_an_end(app: Flask, post: Post, clock: Any) -> None:
    post.answers = [outbox.again("HTTP 404")] * 30
    owe(1)
    waits = []
    for _ in range(15):
        outbox.drain()
        waits.append((only().due_at - START).total_seconds())
        clock.move_to(only().due_at)
        waits[-1] -= sum(waits[:-1])
    settings = app.extensions["settings"]
    for attempts, wait in enumerate(waits):
        longest = min(settings.outbox_backoff_cap, settings.outbox_backoff * 2**attempts)
        assert longest / 2 <= round(wait, 3) <= longest
    assert waits[-1] >= settings.outbox_backoff_cap / 2


def test_a_host_that_names_a_time_is_obeyed(post: Post, clock: Any) -> None:
    post.answers = [outbox.again("HTTP 429", 90, host_fault=True)]
    owe(1)
    outbox.drain()
    assert lane().paused_until == START + timedelta(seconds=90)
    clock.shift(timedelta(seconds=89))
    assert outbox.drain() == []
    clock.shift(timedelta(seconds=1))
    assert outbox.drain() == [("mail", "mail/k")]
    assert lane().failures == 0


def test_the_newest_payload_replaces_one_that_nobody_took(post: Post) -> None:
    owe(1, replace=True)
    owe(2, replace=True)
    outbox.drain()
    assert post.got == [("mail/k", 2)]


def test_replacing_does_not_shorten_the_wait_after_a_failure(post: Post, clock: Any) -> None:
    post.answers = [outbox.again("HTTP 404", 60)]
    owe(1, replace=True)
    outbox.drain()
    owe(2, replace=True)
    assert outbox.drain() == []
    clock.shift(MINUTE)
    outbox.drain()
    assert [n for _, n in post.got] == [1, 2]


def test_a_row_in_flight_is_not_replaced_but_followed(clock: Any, post: Post) -> None:
    owe(1, replace=True)
    with transaction():
        (taken,) = outbox.take("w1", 5, START)
    owe(2, replace=True)
    assert outbox.drain() == []
    clock.shift(timedelta(seconds=1))
    with transaction():
        outbox.mark([(taken, outbox.DONE)], START)
    outbox.drain()
    assert taken.payload == {"n": 1}
    assert post.got == [("mail/k", 2)]


def test_a_newer_payload_revives_a_held_row(post: Post) -> None:
    post.answers = [outbox.hold("HTTP 403")]
    owe(1, replace=True)
    outbox.drain()
    assert states() == ["held"]
    owe(2, replace=True)
    outbox.drain()
    assert states() == ["done"]
    assert [n for _, n in post.got] == [1, 2]


def test_a_held_row_blocks_its_key_and_no_other(post: Post, clock: Any) -> None:
    post.answers = [outbox.hold("HTTP 403")]
    owe(1, "a")
    owe(2, "a")
    owe(3, "b")
    outbox.drain()
    clock.shift(timedelta(days=1))
    outbox.drain()
    assert post.got == [("mail/a", 1), ("mail/b", 3)]


def test_a_person_retries_a_held_row_and_its_key_goes_on(post: Post) -> None:
    post.answers = [outbox.hold("HTTP 403")]
    owe(1)
    owe(2)
    outbox.drain()
    with transaction():
        assert outbox.retry(db.session.scalar(select(OutboxRow.id).where(OutboxRow.state == "held")) or 0) == "mail"
    outbox.drain()
    assert [n for _, n in post.got] == [1, 1, 2]


def test_a_person_drops_a_held_row_and_its_key_goes_on(post: Post) -> None:
    post.answers = [outbox.hold("HTTP 403")]
    owe(1)
    owe(2)
    outbox.drain()
    held = db.session.scalar(select(OutboxRow.id).where(OutboxRow.state == "held")) or 0
    with transaction():
        outbox.drop(held)
    outbox.drain()
    assert [n for _, n in post.got] == [1, 2]
    assert states() == ["dropped", "done"]
    with pytest.raises(Conflict):
        outbox.retry(held)


def test_done_rows_go_after_thirty_days_and_their_numbers_never_come_back(clock: Any, post: Post) -> None:
    post.answers = [outbox.DONE, outbox.hold("HTTP 404")]
    owe(1, "a")
    owe(2, "b")
    outbox.drain()
    highest = max(db.session.scalars(select(OutboxRow.id)))
    clock.shift(timedelta(days=31))
    db.session.commit()
    outbox.prune()
    assert states() == ["held"]
    with transaction():
        outbox.drop(only().id)
    owe(3, "c")
    assert max(db.session.scalars(select(OutboxRow.id))) > highest


def test_a_bell_rings_once_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr("lms_app.core.jobs.ring", lambda: rung.append(1))
    with transaction():
        with db.session.begin_nested():
            outbox.put("mail", "mail/a", "host", {"n": 1})
        outbox.put("mail", "mail/b", "host", {"n": 2})
        assert rung == []
    assert len(rung) == 1
    with transaction():
        note("system", "nothing", "owed")
    assert len(rung) == 1
