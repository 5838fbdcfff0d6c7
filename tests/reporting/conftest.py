"""The province of the plans, on its day, with the browsers of its officers."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.reporting.planning import CHIEF, OFFICER, TODAY, Place
from tests.web import Browser


@pytest.fixture
def place(app: Flask) -> Iterator[Place]:
    with time_machine.travel(TODAY, tick=False):
        yield Place(app)


@pytest.fixture
def officer(place: Place) -> Browser:
    return place.browser(OFFICER)


@pytest.fixture
def chief(place: Place) -> Browser:
    return place.browser(CHIEF)
