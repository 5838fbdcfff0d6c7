"""One app and one database a worker, emptied after each test.

Under `python -m tests.services` on PostgreSQL and Redis, and then only what can meet them.
"""

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import text

from lms_app.app import LmsFlask, create_app
from lms_app.certificates import keys
from lms_app.core import db as database
from lms_app.core.db import db, make_wal
from lms_app.core.settings import Settings
from tests.services import SERVICES, Services, fresh_database
from tests.web import Browser

INSTALLED_BY_CI = ("postgresql", "redis", "chromium", "poppler", "zbar", "qpdf", "softhsm", "LibreOffice", "Open edX")
KEY = "test-key-test-key-test-key-test-key"
LEFT_OUT = pytest.StashKey[int]()


class Compiled(BytecodeCache):
    """Jinja's code of each template, for the further apps that tests make: compiling all takes two seconds an app."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session")
def services() -> Services:
    """Whoever asks for a database or a queue asks for this, at last; so `_without_services` knows who does not."""
    return SERVICES


@pytest.fixture(scope="session")
def database_url(services: Services, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    if not services.database:
        return f"sqlite:///{tmp_path_factory.mktemp('db')}/lms.db"
    return fresh_database(services.database, f"lms_test_{worker_id}")


@pytest.fixture(scope="session")
def settings(services: Services, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data=tmp_path_factory.mktemp("data"),
        url="http://127.0.0.1",
        secret_key=KEY,
        database_url=database_url,
        redis_url=services.redis,
        rate_limits=False,
        certificate_wait_hours=0,
        allow_private_hosts=True,
    )


@pytest.fixture(scope="session")
def the_app(settings: Settings) -> Iterator[Flask]:
    LmsFlask.jinja_options = {"bytecode_cache": Compiled()}
    keys.BITS = 2048  # made anew for many tests, and slow to make
    database.PRAGMAS = (*database.PRAGMAS, "synchronous=OFF")  # nothing here has to outlive a power cut
    app = create_app(settings)
    with app.app_context():
        make_wal(db.engine)
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(the_app: Flask) -> Iterator[Flask]:
    """The app with an application context open: builders and services may be called straight away."""
    with the_app.app_context():
        yield the_app
        db.session.rollback()
        _empty()


@pytest.fixture
def web(app: Flask) -> Browser:
    return Browser(app)


def _empty() -> None:
    """By DELETE, which for a few rows is quicker than TRUNCATE, and on PostgreSQL in one round trip."""
    deletes = [str(table.delete()) for table in reversed(db.metadata.sorted_tables)]
    for words in [";".join(deletes)] if db.engine.dialect.name == "postgresql" else deletes:
        db.session.execute(text(words))
    db.session.commit()
    db.session.remove()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL and Redis only what can meet them: the rest ran on SQLite to the letter as it would run here."""
    if not SERVICES.database:
        return
    apart = [item for item in items if not _meets_services(item)]
    items[:] = [item for item in items if _meets_services(item)]
    config.hook.pytest_deselected(items=apart)
    config.stash[LEFT_OUT] = len(apart)


def _meets_services(item: pytest.Item) -> bool:
    return "services" in getattr(item, "fixturenames", ("services",))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells the process that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if hasattr(node, "workeroutput"):
        node.config.stash[LEFT_OUT] = node.workeroutput["left_out"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"{left_out} tests that use no database left out here: they run on SQLite alone")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true nothing is skipped for want of a program: .ci/run installs them all."""
    report = yield
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
    if os.environ.get("CI") and any(name in reason for name in INSTALLED_BY_CI):  # noqa: TID251 - the tests' own switch
        report.outcome = "failed"
    return report
