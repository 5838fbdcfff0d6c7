"""A platform that was away for an hour: few calls while it is away, all that is owed at once when it is back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.core import circuit, outbound, outbox
from lms_app.core.clock import now
from lms_app.core.db import db, reading, row, transaction
from lms_app.core.outbox_rows import NEXT_DUE, PROBE, TRIP, OutboxRow
from tests.core.owed import MINUTE, START, Post, lane, only, owe, states

pytestmark = pytest.mark.usefixtures("handlers")

HOUR = timedelta(hours=1)
LONGEST = timedelta(seconds=PROBE)


class Away:
    """A far host that is away until it is not. `calls`: when it was called."""

    def __init__(self, fault: Callable[[], outbox.Outcome] | None = None) -> None:
        self.fault = fault or (lambda: outbox.again("timeout", host_fault=True))
        self.is_back = False
        self.calls: list[datetime] = []
        self.got: list[tuple[str, Any]] = []

    def send(self, row: outbox.Row) -> outbox.Outcome:
        self.calls.append(now())
        if not self.is_back:
            return self.fault()
        self.got.append((row.key, row.payload["n"]))
        return outbox.DONE


@pytest.fixture
def away(app: Flask) -> Away:
    made = Away()
    app.extensions["outbox"]["mail"] = outbox.send(made.send)
    return made


def work_until(clock: Any, end: datetime) -> None:
    """What a worker does: handle what is due, then wait for what comes due next."""
    while now() < end:
        outbox.drain()
        with reading():
            ahead = [when for when in row(NEXT_DUE, now=now()) or () if when]
        clock.move_to(min([*ahead, end]))


def test_a_host_that_is_away_for_an_hour_is_called_every_45_seconds_by_one_row(away: Away, clock: Any) -> None:
    for n in range(300):
        owe(n // 60, f"{n % 60}")
    work_until(clock, START + HOUR)
    gaps = [after - before for before, after in zip(away.calls, away.calls[1:], strict=False)]
    assert max(gaps) <= LONGEST
    assert 80 <= len(away.calls) <= 110
    settled = [when for when in away.calls if when > START + 5 * MINUTE]
    assert len(settled) == len(set(settled))


def test_when_it_is_back_all_that_is_owed_goes_out_at_once_and_in_order(away: Away, clock: Any) -> None:
    for n in range(300):
        owe(n // 60, f"{n % 60}")
    work_until(clock, START + HOUR)
    away.is_back = True
    back = now()
    clock.move_to(lane().paused_until)
    outbox.drain()
    assert now() - back <= LONGEST
    assert set(states()) == {"done"}
    assert len(away.got) == 300
    for key in range(60):
        assert [n for name, n in away.got if name == f"mail/{key}"] == [0, 1, 2, 3, 4]


def test_a_lone_row_is_sent_within_a_minute_of_the_return(away: Away, clock: Any) -> None:
    owe(1)
    work_until(clock, START + HOUR)
    assert len(away.calls) > TRIP
    away.is_back = True
    work_until(clock, now() + MINUTE)
    assert states() == ["done"]


def test_what_is_owed_during_the_outage_waits_no_longer_than_the_rest(away: Away, clock: Any) -> None:
    owe(1, "early")
    work_until(clock, START + HOUR / 2)
    owe(2, "late")
    work_until(clock, START + HOUR)
    away.is_back = True
    work_until(clock, now() + MINUTE)
    assert states() == ["done", "done"]


def test_an_outage_of_a_few_calls_leaves_no_row_waiting_longer_than_a_probe(away: Away, clock: Any) -> None:
    """Too few faults to pause the lane, for rows that failed often in earlier outages."""
    owe(1)
    with transaction():
        db.session.scalars(select(OutboxRow)).one().attempts = 20
    outbox.drain()
    assert lane().failures == 1
    assert timedelta() < only().due_at - now() <= LONGEST


def test_rows_that_failed_for_their_own_reasons_keep_their_own_wait(post: Post, clock: Any) -> None:
    own, host = outbox.again("HTTP 302"), outbox.again("timeout", host_fault=True)
    owe(1, "own")
    with transaction():
        db.session.scalars(select(OutboxRow)).one().attempts = 20
    post.answers = [own, *[host] * TRIP]
    for n in range(TRIP):
        owe(n, f"host-{n}")
    outbox.drain()
    assert lane().paused_until > START
    clock.shift(MINUTE)
    outbox.drain()
    assert sorted(states()) == [*["done"] * TRIP, "open"]
    left = db.session.scalars(select(OutboxRow).where(OutboxRow.state == "open")).one()
    assert (left.key, left.due_at > START + HOUR / 2) == ("mail/own", True)


def test_a_host_that_names_an_hour_is_left_alone_for_an_hour(away: Away, clock: Any) -> None:
    away.fault = lambda: outbox.again("HTTP 503", 3600, host_fault=True)
    owe(1)
    work_until(clock, START + HOUR)
    assert away.calls == [START]
    away.is_back = True
    outbox.drain()
    assert states() == ["done"]


def test_the_hour_it_named_is_not_shortened_by_a_later_fault_without_one(clock: Any) -> None:
    del clock
    for n in range(TRIP + 1):
        owe(n, str(n))
    taken = []
    with transaction():
        taken += outbox.take("w1", 10, START)
    with transaction():
        outbox.mark([(taken[0], outbox.again("HTTP 429", 3600, host_fault=True))], START)
    for one in taken[1:] * 3:
        with transaction():
            outbox.mark([(one, outbox.again("HTTP 500", host_fault=True))], START)
    assert lane().failures > TRIP
    assert lane().paused_until == START + HOUR


def test_a_row_still_failing_after_two_weeks_waits_for_a_person(away: Away, clock: Any) -> None:
    owe(1)
    work_until(clock, START + timedelta(minutes=10))
    clock.move_to(START + timedelta(days=14, seconds=1))
    outbox.drain()
    assert states() == ["held"]
    assert only().attempts == len(away.calls)


def test_a_send_knocks_at_a_host_whose_circuit_is_open(app: Flask, clock: Any) -> None:
    """Else the circuit's pause would come on top of the lane's, and the minute be missed."""
    del clock
    closed, said = "http://127.0.0.1:9/", []

    def call(_row: outbox.Row) -> outbox.Outcome:
        try:
            outbound.get(closed)
        except outbound.Unreachable as error:
            said.append(str(error))
        return outbox.DONE

    app.extensions["outbox"]["mail"] = outbox.send(call)
    circuit.forget()
    for _ in range(circuit.TRIP):
        with pytest.raises(outbound.Unreachable, match="connection"):
            outbound.get(closed)
    owe(1)
    outbox.drain()
    assert said == ["connection"]
    with pytest.raises(outbound.Unreachable, match="circuit"):
        outbound.get(closed)
    circuit.forget()
