"""What a page may cost, without a clock: statements counted, for one row as for thirty; and no template compiled."""

from dataclasses import dataclass

import jinja2
import pytest
from flask import Flask

from lms_app.assessment import service as assessment
from lms_app.certificates.service import credentials
from lms_app.core.db import transaction
from lms_app.learning.service import studying as learning
from tests import make
from tests.web import Browser, counted

EMAIL = "nguyen.thuong@coquan.example"
LESSON = "/courses/cc-01/lessons/bai-1"
QUESTION = "/courses/cc-01/final/1"

VISITOR = {
    "/": 1,
    "/courses": 1,
    "/courses/cc-01": 3,
    "/help": 0,
    "/privacy": 0,
    "/accessibility": 0,
    "/sign-in": 0,
    "/verify": 0,
    "/v/{code}": 1,
    "/v/{code}?name=nguyen+thi+thuong": 1,
    "/verify?code={code}": 1,
    "/api/v1/certificates/{code}": 1,
    "/healthz": 0,
    "/verify/offline": 0,
    "/verify/offline/worker.js": 0,
    "/verify/offline/keys.json": 8,
    "/.well-known/did.json": 1,
    "/credentials/issuer": 1,
    "/credentials/status/1": 4,
    "/credentials/achievements/xong-1": 1,
}
LEARNER = {
    "/": 2,
    "/courses": 2,
    "/courses?q=bai": 2,
    "/courses/cc-01": 5,
    LESSON: 3,
    "/courses/cc-01/final": 9,
    QUESTION: 3,
    "/courses/cc-01/final/review": 10,
    "/courses/xong-1/certificate": 2,
    "/me": 3,
    "/me/certificates": 4,
    "/account": 2,
    "/api/v1/me": 1,
    "/help": 1,
    "/v/{code}": 2,
}
"""Address -> statements, without BEGIN and COMMIT."""


@dataclass
class World:
    visitor: Browser
    learner: Browser
    code: str

    def costs(self, browser: Browser, paths: dict[str, int]) -> dict[str, int]:
        return {path: cost(browser, "GET", path.format(code=self.code)) for path in paths}


@pytest.fixture(params=[1, 30], ids=["one-row", "thirty-rows"])
def world(app: Flask, request: pytest.FixtureRequest) -> World:
    """Somebody in a test, with that many lessons and questions, courses and certificates."""
    rows: int = request.param
    who = make.person("Nguyễn Thị Thưởng", email=EMAIL)
    make.course("cc-01", lessons=rows, questions=rows)
    for number in range(1, rows + 1):
        version = make.course(f"xong-{number}", lessons=1, questions=1)
        issued = make.certificate(who, version)
        code = issued.code
        make.course(f"hoc-{number}", lessons=1, questions=1)
        with transaction():
            learning.enrol(who.id, f"hoc-{number}")
    with transaction():
        learning.read_all(learning.enrol(who.id, "cc-01"))
        assessment.start(who.id, "cc-01", acknowledged=True)
    credentials.credential(issued)
    learner = Browser(app)
    learner.sign_in(EMAIL)
    return World(Browser(app), learner, code)


def cost(browser: Browser, method: str, path: str, **options: object) -> int:
    """Statements of the second request, so that nothing is counted that happens once a process."""
    for _ in range(2):
        with counted() as seen:
            answer = browser.open(method, path, **options)
        assert answer.status_code in {200, 302, 303, 304}, (path, answer.status_code, answer.text)
    return len(seen)


def test_a_visitors_pages_keep_their_budget_whatever_their_length(world: World) -> None:
    assert world.costs(world.visitor, VISITOR) == VISITOR


def test_a_learners_pages_keep_their_budget_whatever_their_length(world: World) -> None:
    assert world.costs(world.learner, LEARNER) == LEARNER


def test_an_unchanged_lesson_costs_two_statements(world: World) -> None:
    tag = world.learner.open("GET", LESSON).headers["ETag"]
    assert cost(world.learner, "GET", LESSON, headers={"If-None-Match": tag}) == 2


def test_an_answer_costs_two_statements(world: World) -> None:
    fields = world.learner.get(QUESTION).form("/final/").fields | {"answer": "0", "go": "next"}
    assert cost(world.learner, "POST", QUESTION, data=fields) == 2


def test_the_result_of_a_test_costs_the_same_whatever_its_length(world: World) -> None:
    done = world.learner.get("/courses/cc-01/final/review").submit("/final/submit")
    assert done.status == 200
    assert cost(world.learner, "GET", "/courses/cc-01/final/result") == 13


@pytest.mark.parametrize("world", [1], indirect=True, ids=["one-row"])
def test_no_request_compiles_a_template(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a template is compiled")

    make.person("Trần Thị Quản", "admin", "hr", email="quan@coquan.example")
    operator = Browser(world.visitor.client.application)
    monkeypatch.setattr(operator.client.application.jinja_env, "bytecode_cache", None)  # it would hide a compilation
    monkeypatch.setattr(jinja2.Environment, "compile", refuse)
    operator.sign_in("quan@coquan.example")
    world.costs(world.visitor, VISITOR)
    world.costs(world.learner, LEARNER)
    for path in (
        "/admin/",
        "/admin/outbox",
        "/hr/certificates",
        "/hr/certificates/check",
        f"/hr/certificates/{world.code}",
        "/lti/",
        "/admin/lti",
        "/admin/lti/grades",
    ):
        assert operator.get(path).status == 200, path
    assert world.visitor.get("/no-such-page").status == 404
