"""A sign-in link from the form to the letter and back."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import SignInLink
from lms_app.accounts.service import signing_in as service
from lms_app.core import outbox
from lms_app.core.db import db
from lms_app.core.settings import Settings
from tests import make
from tests.web import Browser


@pytest.fixture
def letters(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that letters are written into; the site has another name than the request's host."""
    settings: Settings = app.extensions["settings"]
    changed = replace(settings, data=tmp_path, mail_url="file:", url="https://hoc.tinh.example")
    monkeypatch.setitem(app.extensions, "settings", changed)
    return tmp_path / "mail"


def ask(web: Browser, email: str) -> None:
    assert web.get("/sign-in").submit("/sign-in/link", email=email).status == 200
    outbox.drain()


def read(folder: Path) -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]


def test_the_link_of_a_letter_signs_in_once(web: Browser, letters: Path) -> None:
    make.person("Nguyễn Thị Thưởng", email="thuong@coquan.example")
    web.headers["Host"] = "evil.example"
    ask(web, "Thuong@CoQuan.example ")
    web.headers.clear()
    (letter,) = read(letters)
    assert letter["To"] == "thuong@coquan.example"
    text = letter.get_content()
    assert "evil" not in letter.as_string()
    found = re.search(r"https://hoc\.tinh\.example(/sign-in/link/(\S+))", text)
    assert found
    assert db.session.scalars(select(SignInLink.digest)).all() == [service.digest(found[2])]
    assert Browser(web.client.application).get(found[1]).submit("/sign-in/link").path == "/me"
    again = Browser(web.client.application).get(found[1]).submit("/sign-in/link")
    assert again.status == 400
    assert "đã dùng một lần" in again.text


def test_looking_at_a_link_does_not_spend_it(web: Browser, letters: Path) -> None:
    """Mail scanners open links before the reader does."""
    make.person(email="thuong@coquan.example")
    ask(web, "thuong@coquan.example")
    path = re.search(r"/sign-in/link/\S+", read(letters)[0].get_content())
    assert path
    for _ in range(3):
        web.open("HEAD", path[0])
        web.get(path[0])
    assert web.get(path[0]).submit("/sign-in/link").path == "/me"


def test_who_is_not_on_the_list_gets_no_letter(web: Browser, letters: Path) -> None:
    make.person(email="nghi@coquan.example", active=False)
    ask(web, "la@coquan.example")
    ask(web, "nghi@coquan.example")
    assert read(letters) == []


def test_asking_many_times_before_the_worker_comes_sends_one_letter(web: Browser, letters: Path) -> None:
    make.person(email="thuong@coquan.example")
    for _ in range(3):
        web.get("/sign-in").submit("/sign-in/link", email="thuong@coquan.example")
    outbox.drain()
    assert len(read(letters)) == 1


def test_a_letter_is_in_the_persons_language(web: Browser, letters: Path) -> None:
    make.person(email="smith@coquan.example", locale="en")
    ask(web, "smith@coquan.example")
    assert read(letters)[0]["Subject"] == "Your sign-in link"
