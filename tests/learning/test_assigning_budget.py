"""What the pages of assignments and reminders cost: the same for one person, assignment and letter as for thirty."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from lms_app.core.db import transaction
from lms_app.learning.service import reminding
from tests import make
from tests.learning import assigned
from tests.learning.assigned import assign, staff
from tests.web import Browser, counted

BUDGET = {
    "/hr/assignments": 7,
    "/hr/assignments?state=all": 7,
    "/hr/assignments/new": 5,
    "/hr/assignments/{made}": 11,
    "/hr/assignments/{made}?show=unfinished": 11,
    "/hr/assignments/{made}/people.xlsx": 10,
    "/hr/assignments/{made}/remind": 9,
    "/hr/reminders": 7,
    "/hr/reminders.xlsx": 3,
}
"""Address -> statements, without BEGIN and COMMIT."""


@pytest.fixture(params=[1, 30], ids=["one", "thirty"])
def officer(app: Flask, request: pytest.FixtureRequest) -> Iterator[tuple[Browser, str]]:
    """An officer with so many units, people and assignments, and so many letters of the last of them."""
    with time_machine.travel("2026-11-26T02:00:00Z"):
        many: int = request.param
        make.course("cc-01")
        make.course("cc-02", title="An toàn thông tin")
        province = assigned.build(app)
        for at in range(many):
            staff(make.unit(f"Trường {at}", province.here, kind="school"), f"Lê {at}")
        people = staff(province.here, "Lê Một")
        for _ in range(many):
            made = assign(province.here, province.officer, "cc-01", "cc-02")
        with transaction():
            for day in range(many):
                reminding.owe(made, "before", assigned.due_in(day), [who.id for who in people], "")
        yield province.browser(province.officer), str(made)


def cost(browser: Browser, path: str) -> int:
    for _ in range(2):
        with counted() as seen:
            answer = browser.open("GET", path)
        assert answer.status_code == 200, (path, answer.text)
    return len(seen)


def test_pages_keep_their_budget_whatever_their_length(officer: tuple[Browser, str]) -> None:
    web, made = officer
    assert {path: cost(web, path.format(made=made)) for path in BUDGET} == BUDGET
