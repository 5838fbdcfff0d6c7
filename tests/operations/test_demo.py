import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms_app.certificates.models import Certificate
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.settings import Settings
from lms_app.learning.queries import studying as learning
from lms_app.lti.models import LtiUser, Platform
from lms_app.operations import demo
from tests import make


@pytest.fixture
def demo_app(app: Flask) -> Iterator[Flask]:
    """The suite's app, told that it is a demo."""
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, demo=True)
    yield app
    app.extensions["settings"] = before


def test_demo_commands_exist_only_in_a_demo(app: Flask, tmp_path: Path) -> None:
    done = app.test_cli_runner().invoke(demo.group, ["certificates", "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "LMS_DEMO=1" in done.output


def test_made_up_people_get_certificates_by_the_real_path(demo_app: Flask, tmp_path: Path) -> None:
    make.course("cc-01", lessons=1)
    done = demo_app.test_cli_runner().invoke(demo.group, ["certificates", "--count", "2", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    codes = done.output.split()
    assert sorted(file.stem for file in tmp_path.glob("*.pdf")) == sorted(codes)
    assert all((tmp_path / f"{code}.pdf").read_bytes().startswith(b"%PDF") for code in codes)
    assert db.session.scalar(select(func.max(Certificate.number))) == 2


def test_a_learner_from_a_platform_is_played_to_a_score(demo_app: Flask) -> None:
    make.course("cc-01", lessons=1, questions=4)
    who = make.person("Học viên từ Moodle")
    platform = make.add(
        Platform(
            name="Moodle", issuer="https://lms.example", client_id="abc", auth_url="https://lms.example/auth",
            token_url="https://lms.example/token", jwks_url="https://lms.example/keys", audience="",
            created_at=now(),
        )
    )  # fmt: skip
    make.add(LtiUser(platform_id=platform.id, sub="7", person_id=who.id, at=now()))
    words = ["answer", "--sub", "7", "--course", "cc-01", "--score", "0.75"]
    done = demo_app.test_cli_runner().invoke(demo.group, words)
    assert done.exit_code == 0, done.output
    enrolment = learning.enrolment(who.id, "cc-01")
    assert enrolment
    standing = learning.standing(enrolment.id)
    assert standing
    assert (standing.share, standing.passed) == (0.75, True)


def test_an_unknown_learner_is_told_in_words(demo_app: Flask) -> None:
    done = demo_app.test_cli_runner().invoke(demo.group, ["answer", "--sub", "x", "--course", "cc-01", "--score", "1"])
    assert done.exit_code == 1
    assert "Nobody with sub 'x'" in done.output


def test_a_port_in_use_is_told_in_words(demo_app: Flask) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = demo_app.extensions["settings"]
        demo_app.extensions["settings"] = replace(settings, url=f"http://127.0.0.1:{port}")
        done = demo_app.test_cli_runner().invoke(demo.group, ["serve"])
        demo_app.extensions["settings"] = settings
    assert done.exit_code == 1
    assert f"Port {port} is in use" in done.output


def test_a_second_shell_finds_the_address_of_the_demo(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("http://127.0.0.1:8123")
    assert Settings.from_env({"LMS_DEMO": "1", "LMS_DATA": str(tmp_path)}).url == "http://127.0.0.1:8123"
