from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from lms_app.core import outbox
from tests.core.owed import START, Post, broken, effect


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def handlers(app: Flask, post: Post, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"mail": outbox.send(post.send), "local": outbox.do(effect), "broken": outbox.do(effect, broken)}
    monkeypatch.setitem(app.extensions, "outbox", table)
