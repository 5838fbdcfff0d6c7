"""Full disks, missing databases, wrong settings: a sentence, and nothing typed is lost."""

import errno
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextvars import Context
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from lms_app.assessment import queries
from lms_app.assessment.models import AttemptItem
from lms_app.certificates.models import Certificate
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.outbox_rows import OutboxRow
from lms_app.core.settings import ROOT, Settings
from tests import make
from tests.assessment import learner
from tests.hostile import world
from tests.web import Browser, strict


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_certificate_waits_while_its_pdf_cannot_be_stored(
    app: Flask, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """The entry in the register stays, the page says that it is coming, and the job is tried again."""

    def refuse(**_where: object) -> Any:
        raise OSError(code, os.strerror(code))

    who = make.person()
    issued = make.certificate(who)
    with monkeypatch.context() as broken:
        broken.setattr("lms_app.core.storage.tempfile.mkstemp", refuse)
        outbox.drain()
    row = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == "certificates.render")).one()
    assert (row.state, row.attempts) == ("open", 1)
    assert db.session.get_one(Certificate, issued.id, populate_existing=True).file_key is None
    web = learner.signed_in(app, who)
    page = web.get(f"/me/certificates/{issued.code}.pdf")
    assert page.status == 202
    assert "Đang cấp giấy chứng nhận" in page.text
    assert web.get(f"/v/{issued.code}").status == 200
    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        outbox.drain()
    assert web.get(f"/me/certificates/{issued.code}.pdf").headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("database or disk is full", "Ổ đĩa của máy chủ đã đầy"),
        ("database is locked", "Cơ sở dữ liệu chưa trả lời"),
        ("unable to open database file", "Cơ sở dữ liệu chưa trả lời"),
        ("attempt to write a readonly database", "Cơ sở dữ liệu chưa trả lời"),
    ],
)
def test_an_answer_that_could_not_be_saved_is_still_on_the_page(
    app: Flask, monkeypatch: pytest.MonkeyPatch, said: str, sentence: str
) -> None:
    _, _, question = learner.begun(app, kinds=("numeric",))

    def refuse(*_args: object) -> bool:
        raise OperationalError("UPDATE", {}, sqlite3.OperationalError(said))

    with monkeypatch.context() as broken:
        broken.setattr(queries, "save", refuse)
        page = question.submit("/final/", answer="4,9")
    assert page.status == 503
    assert sentence in page.text
    assert "Traceback" not in page.body
    assert page.submit("/final/1").path == "/courses/cc-01/final/2"
    assert "4,9" in db.session.scalars(select(AttemptItem.answer)).all()


def test_a_password_is_never_on_the_error_page(app: Flask, web: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    who = make.person()
    web.sign_in(who.email or "")
    account = web.get("/account")

    def refuse(*_args: object) -> None:
        raise OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr("lms_app.accounts.service.signing_in.set_password", refuse)
    page = account.submit("/account/password", password="mot cau rat dai")
    assert page.status == 503
    assert "mot cau rat dai" not in page.body


@pytest.fixture
def unmade(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """An app whose database has no tables."""
    with world.another(replace(settings, data=tmp_path, database_url=f"sqlite:///{tmp_path}/lms.db")) as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/courses", "/courses/cc-01", "/me", "/verify?code=7KQ4-M2XF-9TDP-H", "/admin/"])
def test_a_database_without_tables_says_what_to_run(web: Browser, unmade: Flask, path: str) -> None:
    """Also to somebody who is signed in: the error page asks the database nothing."""
    web.sign_in(make.person(email="a@coquan.example").email or "")
    cookie = web.client.get_cookie("session")
    assert cookie
    client = unmade.test_client()
    client.set_cookie("session", cookie.value)
    answer = Context().run(client.get, path)
    body = answer.get_data(as_text=True)
    strict(body, path)
    assert answer.status_code == 503
    assert "flask --app wsgi db upgrade" in body
    client.set_cookie("lang", "en")
    assert "An administrator must run" in Context().run(client.get, path).get_data(as_text=True)


@pytest.mark.parametrize(
    "command",
    [["courses", "list"], ["jobs", "status"], ["certificates", "audit"], ["courses", "publish", "cc-01"]],
)
def test_a_command_without_tables_says_what_to_run(unmade: Flask, command: list[str]) -> None:
    result = Context().run(unmade.test_cli_runner().invoke, args=command)
    assert result.exit_code == 1
    assert "flask --app wsgi db upgrade" in result.output
    assert "Traceback" not in result.output


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command of its own process, with no other LMS_* setting than those named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}  # noqa: TID251
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        env=kept | env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def one_sentence(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) <= 3, done.stderr


def test_missing_settings_are_named_without_a_traceback(tmp_path: Path) -> None:
    one_sentence(run("courses", "list", LMS_DATA=str(tmp_path)), "LMS_URL: the public address")


@pytest.mark.parametrize(
    ("name", "value"),
    [("URL", "http://127.0.0.1:99999"), ("TIME_ZONE", "Moon"), ("DATABASE_URL", "mysql://x"), ("PROXIES", "two")],
)
def test_a_wrong_setting_is_named_without_a_traceback(tmp_path: Path, name: str, value: str) -> None:
    env = {"LMS_DATA": str(tmp_path), "LMS_DEMO": "1", f"LMS_{name}": value}
    one_sentence(run("demo", "serve", **env), f"LMS_{name}: ")


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file where the folder should be: even root cannot write there."""
    (tmp_path / "file").touch()
    env = {"LMS_DATA": str(tmp_path / "file" / "var")}
    one_sentence(run("demo", "serve", LMS_DEMO="1", **env), "LMS_DATA: cannot write to")
    real = {"LMS_URL": "https://hoc.tinh.example", "LMS_SECRET_KEY": "k" * 32}
    one_sentence(run("courses", "list", **real, **env), "LMS_DATA: cannot write to")


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("demo", "serve", LMS_DEMO="1", LMS_DATA=str(tmp_path), LMS_URL=f"http://127.0.0.1:{port}")
    one_sentence(done, f"Port {port} is in use")


def test_a_broken_course_folder_is_told_file_by_file(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, courses=tmp_path))
    for name, content in {"rong": None, "hong": b"id: [", "byte": b"\xff\xfe\x00"}.items():
        (tmp_path / name).mkdir()
        if content is not None:
            (tmp_path / name / "course.yml").write_bytes(content)
        result = app.test_cli_runner().invoke(args=["courses", "publish", name])
        assert result.exit_code == 1, result.output
        assert "course.yml" in result.output
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
    assert app.test_cli_runner().invoke(args=["courses", "publish", "khong-co"]).exit_code == 2
