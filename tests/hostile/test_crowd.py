"""Twelve people take the same course to its end at once, on a real server, while four threads empty the outbox."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from flask import Flask
from sqlalchemy import func, select

from lms_app.assessment.models import Attempt
from lms_app.certificates.models import Certificate, RegisterBook
from lms_app.certificates.service import auditing, issuers
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.core.settings import ROOT, Settings
from lms_app.learning.models import Enrolment
from tests import make
from tests.services import free_port

CROWD = 12
DRAINERS = 4
PATIENCE = 60.0


class Person:
    """A browser of the wire: keeps cookies, follows redirects, notes every status."""

    def __init__(self, port: int, email: str) -> None:
        self.link = HTTPConnection("127.0.0.1", port, timeout=30)
        self.email, self.cookies = email, dict[str, str]()
        self.seen: list[tuple[int, str]] = []
        self.path = self.body = ""

    def get(self, path: str) -> "Person":
        return self._send("GET", path)

    def post(self, path: str, **fields: str) -> "Person":
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.body)
        assert found, f"{self.path} has no form"
        return self._send("POST", path, urlencode({"csrf_token": found[1], **fields}))

    def _send(self, method: str, path: str, data: str | None = None) -> "Person":
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.link.request(method, path, data, headers)
        answer = self.link.getresponse()
        self.path, self.body = path, answer.read().decode()
        self.seen.append((answer.status, f"{method} {path}"))
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        if answer.status in {302, 303}:
            there = urlsplit(answer.headers["Location"])
            return self._send("GET", there.path + (f"?{there.query}" if there.query else ""))
        return self

    def learn(self, together: threading.Barrier) -> None:
        """All start each step at the same moment."""
        self.get("/sign-in").post("/sign-in", email=self.email, password="demo-2026")
        self.get("/courses/cc-01")
        together.wait(PATIENCE)
        self.post("/courses/cc-01/enrol")
        while (lesson := self.path.partition("#")[0]).startswith("/courses/cc-01/lessons/"):
            self.post(lesson)
        self.get("/courses/cc-01/final")
        together.wait(PATIENCE)
        self.post("/courses/cc-01/final")
        while re.fullmatch(r"/courses/cc-01/final/\d+", self.path):
            self.post(self.path, number="1", kind="single", answer=self._right(), go=self._go())
        assert self.path.endswith("/review"), self.path
        together.wait(PATIENCE)
        self.post("/courses/cc-01/final/submit", number="1")

    def _right(self) -> str:
        found = re.search(r'value="([^"]*)"[^>]*><span>Phương án b<', self.body)
        assert found, f"{self.path}: {self.body[-2000:]}"
        return found[1]

    def _go(self) -> str:
        return "review" if 'name="go" value="review"' in self.body else "next"


@contextmanager
def server(settings: Settings) -> Iterator[int]:
    """One worker process with eight threads, on the suite's database."""
    port = free_port()
    names = ("data", "database_url", "redis_url", "secret_key")
    env = {f"LMS_{name.upper()}": str(getattr(settings, name)) for name in names}
    env |= {"LMS_URL": f"http://127.0.0.1:{port}", "LMS_RATE_LIMITS": "0"}
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--blocking-threads", "8", "--log-level", "error", "wsgi:app"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | env)  # noqa: TID251 - the server's own settings
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + PATIENCE
    while True:
        link = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            link.request("GET", "/healthz")
            link.getresponse().read()
        except OSError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < limit, "the server did not start"
            time.sleep(0.1)
        else:
            return
        finally:
            link.close()


def drain(app: Flask, name: str, stopped: threading.Event) -> list[tuple[int, str]]:
    """A worker's work under its own name; what it was handed and how that ended."""
    seen: list[tuple[int, str]] = []
    with app.app_context():
        while True:
            last = stopped.is_set()
            with transaction():
                taken = outbox.take(name, 2, now())
            for one in taken:
                outcome = outbox.run(one)
                if outcome is not None:
                    with transaction():
                        outbox.mark([(one, outcome)], now())
                seen.append((one.id, outcome.state if outcome else "done"))
            if last and not taken:
                return seen
            time.sleep(0 if taken else 0.02)


def test_twelve_people_at_once_get_twelve_certificates(app: Flask, settings: Settings) -> None:
    make.course("cc-01", lessons=3, questions=5)
    emails = [make.person(f"Người Học {at}").email or "" for at in range(CROWD)]
    with transaction():
        issuers.profile(signer="Lê Hoàng Minh Phước")
    together, stopped = threading.Barrier(CROWD), threading.Event()
    with server(settings) as port, ThreadPoolExecutor(CROWD + DRAINERS) as pool:
        workers = [pool.submit(drain, app, f"drain-{at}", stopped) for at in range(DRAINERS)]
        people = [Person(port, email) for email in emails]
        try:
            for finished in [pool.submit(person.learn, together) for person in people]:
                finished.result(PATIENCE * 2)
        finally:
            together.abort()
            stopped.set()
            for person in people:
                person.link.close()
        handled = [one for worker in workers for one in worker.result(PATIENCE * 2)]
    assert not [seen for person in people for seen in person.seen if seen[0] >= 400]
    assert {state for _, state in handled} == {"done"}
    assert len({row for row, _ in handled}) == len(handled), "a row was handled twice"
    db.session.rollback()
    issued = db.session.execute(select(Certificate.number, Certificate.person_id, Certificate.file_key)).all()
    assert sorted(one.number for one in issued) == list(range(1, CROWD + 1))
    assert len({one.person_id for one in issued}) == CROWD
    assert all(one.file_key for one in issued)
    assert db.session.scalars(select(RegisterBook.last_number)).all() == [CROWD]
    assert auditing.audited() == []
    assert _count(Enrolment) == _count(Attempt) == CROWD
    assert not db.session.scalars(select(OutboxRow.id).where(OutboxRow.state != "done")).all()


def _count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0
