"""kill -9 on the worker in the middle of a batch: another goes on, and each completion has exactly one certificate."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms_app.app import create_app
from lms_app.certificates.models import Certificate, IssueBatch, IssueItem
from lms_app.certificates.service import auditing, batches
from lms_app.core.db import db, make_wal, reading, transaction
from lms_app.core.ids import new_id
from lms_app.core.settings import Settings
from tests import make
from tests.services import Services, fresh_database

COMPLETIONS, KILLS, LIMIT = 200, 3, 100.0
ROOT = Path(__file__).parents[2]
COUNT = select(func.count()).select_from(Certificate)


@pytest.fixture
def env(services: Services, tmp_path: Path, worker_id: str) -> dict[str, str]:
    server = services.database
    url = fresh_database(server, f"lms_batch_{worker_id}") if server else f"sqlite:///{tmp_path / 'batch.db'}"
    ours = {"LMS_DATA": str(tmp_path), "LMS_URL": "http://127.0.0.1", "LMS_SECRET_KEY": "k" * 32}
    short = {
        "LMS_OUTBOX_LEASE": "6",
        "LMS_OUTBOX_SEND_LIMIT": "1",
        "LMS_OUTBOX_SWEEP": "0.5",
        "LMS_OUTBOX_BACKOFF": "0.2",
    }
    return {**os.environ, **short, **ours, "LMS_DATABASE_URL": url}  # noqa: TID251 - what the worker inherits


@pytest.fixture
def site(env: dict[str, str]) -> Iterator[Flask]:
    app = create_app(Settings.from_env(env))
    with app.app_context():
        make_wal(db.engine)
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def issued() -> int:
    with reading():
        return db.session.scalars(COUNT).one()


def worker(env: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def works_on(process: "subprocess.Popen[bytes]", more_than: int) -> None:
    """Wait until this worker has committed a chunk and is in the next one."""
    limit = time.monotonic() + LIMIT
    while issued() <= more_than:
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < limit, "the worker does not get on"
        time.sleep(0.01)
    time.sleep(0.05)


@pytest.mark.usefixtures("site")
def test_a_worker_killed_in_a_batch_leaves_each_completion_one_certificate(env: dict[str, str]) -> None:
    version = make.course()
    who = make.person("Phạm Ngọc Lan")
    ids = [make.completed(make.person(f"Lê Văn {'A' * (1 + at % 40)}"), version).id for at in range(COMPLETIONS)]
    batch_id = new_id()
    with transaction():
        batches.order(batch_id, ids, "Lớp một", "", batches.Orderer(who.id, who.name))
    process, before = worker(env), 0
    try:
        for _ in range(KILLS):
            works_on(process, before)
            process.kill()
            process.wait()
            before = issued()
            process = worker(env)
        works_on(process, COMPLETIONS - 1)
    finally:
        process.kill()
        process.wait()
    found = db.session.execute(select(Certificate.number, Certificate.enrolment_id).order_by(Certificate.number)).all()
    assert [one.number for one in found] == list(range(1, COMPLETIONS + 1))
    assert {one.enrolment_id for one in found} == set(ids)
    assert set(db.session.scalars(select(IssueItem.state))) == {"issued"}
    assert db.session.get_one(IssueBatch, batch_id, populate_existing=True).state in {"running", "done"}
    with reading():
        assert [problem for problem in auditing.audited() if "PDF" not in problem] == []
