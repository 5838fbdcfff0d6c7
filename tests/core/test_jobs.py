"""The bell, the turns of periodic work, and the worker around them."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.core import jobs, outbox
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.core.settings import Settings
from lms_app.core.worker import Worker, alive, is_clock_right, release_dead
from tests.services import free_port

LIMIT = 20.0


def wait_for(done: threading.Event) -> None:
    assert done.wait(LIMIT)


def tells(event: threading.Event) -> outbox.Handler:
    """A handler that only says that it was called."""

    def handle(_row: outbox.Row) -> outbox.Outcome:
        event.set()
        return outbox.DONE

    return outbox.send(handle)


@pytest.fixture
def quick(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """A sweep so seldom that only the bell can be what woke a worker; a bell and locks of this test's own."""
    settings: Settings = replace(app.extensions["settings"], outbox_sweep=LIMIT * 3, data=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    monkeypatch.setitem(app.extensions, "doorbell", jobs.Doorbell(settings))
    return settings


@pytest.fixture
def working(app: Flask, quick: Settings) -> Iterator[Worker]:
    worker = Worker(app)
    thread = threading.Thread(target=worker.work_on)
    thread.start()
    yield worker
    worker.stop()
    thread.join(LIMIT)
    assert not thread.is_alive()


@pytest.mark.usefixtures("working")
def test_a_worker_takes_at_once_what_is_put(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = threading.Event()
    monkeypatch.setitem(app.extensions, "outbox", {"mail": tells(sent)})
    time.sleep(0.3)  # let it look once and fall asleep, so that only the bell can wake it
    with transaction():
        outbox.put("mail", "mail/1", "host", {})
    wait_for(sent)


def test_a_worker_goes_on_after_a_handler_raised_and_ends_with_all_marked(
    app: Flask, working: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()

    def broken(_row: outbox.Row) -> None:
        raise ValueError

    table = {"broken": outbox.do(broken), "mail": tells(done)}
    monkeypatch.setitem(app.extensions, "outbox", table)
    with transaction():
        outbox.put("broken", "broken/1", "local", {})
    with transaction():
        outbox.put("mail", "mail/1", "host", {})
    wait_for(done)
    working.stop()
    limit = time.monotonic() + LIMIT
    while _owners() and time.monotonic() < limit:
        time.sleep(0.01)
    found = db.session.execute(select(OutboxRow.topic, OutboxRow.state, OutboxRow.owner, OutboxRow.attempts)).all()
    assert sorted(tuple(one) for one in found) == [("broken", "open", None, 1), ("mail", "done", None, 0)]


def _owners() -> list[str | None]:
    """Who holds a row as the database has it: `busy` falls a moment before the mark is committed."""
    with reading():
        return list(db.session.scalars(select(OutboxRow.owner).where(OutboxRow.owner.is_not(None))))


@pytest.mark.usefixtures("app")
def test_rows_of_a_dead_worker_are_freed_at_once_those_of_a_living_one_are_not(tmp_path: Path) -> None:
    (tmp_path / "host-1-dead").touch()
    for key in ("a", "b"):
        with transaction():
            outbox.put("mail", f"mail/{key}", "far", {})
    with alive(tmp_path, "host-2-living"):
        with transaction():
            assert len(outbox.take("host-1-dead", 1, now())) == 1
            assert len(outbox.take("host-2-living", 1, now())) == 1
        assert release_dead(tmp_path, now()) == 1
        assert [path.name for path in tmp_path.glob("*")] == ["host-2-living"]
    assert list(tmp_path.glob("*")) == []


def test_a_broken_bell_fails_nothing_and_is_left_alone_for_a_while(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(app.extensions["settings"], redis_url=f"redis://127.0.0.1:{free_port()}/0")
    bell = jobs.Doorbell(settings)
    monkeypatch.setitem(app.extensions, "doorbell", bell)
    with transaction():
        outbox.put("mail", "mail/1", "host", {})
    assert bell.silent_until > time.monotonic()
    assert len(db.session.scalars(select(OutboxRow)).all()) == 1


def test_bells_that_nobody_hears_do_not_pile_up(quick: Settings) -> None:
    bell = jobs.Doorbell(replace(quick, redis_url=""))
    for _ in range(jobs.ENOUGH + 10):
        bell.ring()
    assert bell.huey.pending_count() == jobs.ENOUGH


def test_periodic_work_is_done_by_one_worker_in_each_period(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setitem(app.extensions, "periodic", {})
    jobs.every(app, "count", 3600, lambda: ran.append("count"))
    assert jobs.run_periodic("one") == ["count"]
    assert jobs.run_periodic("one") == []
    assert jobs.run_periodic("two") == []
    at = now() + timedelta(seconds=3601)
    assert jobs.elect("count", "two", 3600, at) == 2
    assert jobs.elect("count", "one", 3600, at) is None
    assert ran == ["count"]


def test_periodic_work_that_fails_does_not_stop_the_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError

    ran: list[str] = []
    monkeypatch.setitem(app.extensions, "periodic", {})
    jobs.every(app, "broken", 60, broken)
    jobs.every(app, "good", 60, lambda: ran.append("good"))
    assert jobs.run_periodic("one") == ["good"]


def test_a_clock_that_is_off_the_databases_is_seen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_clock_right()
    if app.extensions["settings"].is_sqlite:
        pytest.skip("SQLite has no clock of its own")
    monkeypatch.setattr("lms_app.core.worker.the_time", lambda: now() + timedelta(seconds=5))
    assert not is_clock_right()


def test_the_host_name_fits_into_the_owner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 253)
    assert len(Worker(app).owner) <= 120
