"""Keys and feedback stay on the server until they may leave it."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.assessment import drawing, feedback, paper
from lms_app.assessment.models import Attempt
from lms_app.core.db import db
from tests import make
from tests.assessment.learner import FINAL, answer_all, begun
from tests.web import Browser, Page

KINDS = ("single", "multiple", "numeric", "gap", "order", "match")
SECRETS = (
    "Vì a",
    "Vì b",
    "Vì c",
    "Đây là quy tắc",
    "Thiếu một",
    "TTHC",
    "right",
    "feedback",
    "sequence",
)


def attempt_pages(web: Browser, page: Page) -> list[Page]:
    pages = [web.get(FINAL), web.get(f"{FINAL}/review")]
    at = 1
    while page.path != f"{FINAL}/review":
        pages.append(page)
        page = web.get(f"{FINAL}/{at}")
        at += 1
    return pages


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_page_of_an_open_attempt_holds_a_key_or_feedback(app: Flask, language: str) -> None:
    web, _, page = begun(app, kinds=KINDS, questions=6)
    web.get(f"/language/{language}")
    pages = attempt_pages(web, page)
    assert len(pages) > 6
    for shown in pages:
        body = shown.body.replace("cols right", "").replace("Chọn tất cả đáp án đúng", "")
        body = body.replace("right answers", "")
        assert not [secret for secret in SECRETS if secret in body], shown.path
        assert " checked" not in body


def test_no_id_of_an_option_is_told(app: Flask) -> None:
    """Ids stand in the author's order, which for order and match is the answer."""
    web, _, page = begun(app, kinds=("order", "match"), questions=2)
    for shown in attempt_pages(web, page):
        assert 'value="x' not in shown.body
        assert 'value="a"' not in shown.body
        assert 'name="answer-c"' not in shown.body


def test_after_a_fail_only_what_one_chose_is_explained(app: Flask) -> None:
    _, _, page = begun(app, questions=2)
    result = answer_all(page, 0).submit("/submit")
    assert "Phương án c" in result.text
    assert "Vì c." in result.text
    for secret in ("Vì a", "Vì b", "Phương án b", "Đây là quy tắc", "Đáp án"):
        assert secret not in result.text, secret


def test_the_key_shows_after_passing(app: Flask) -> None:
    web, _, page = begun(app, questions=5, kinds=KINDS)
    answer_all(page, 0).submit("/submit")
    passed = answer_all(web.get(FINAL).submit("/final"), 3).submit("/submit")
    assert "Đáp án" in passed.text
    assert "Đây là quy tắc" in passed.text
    assert "Đáp án" in web.get(f"{FINAL}/result/1").text


def test_the_key_shows_after_the_last_attempt_where_the_quiz_says_so(app: Flask) -> None:
    settings = {"attempts": 2, "show": {"score": True, "wrong": True, "key": "after_last"}}
    web, _, page = begun(app, questions=1, settings=settings)
    assert "Đây là quy tắc" not in answer_all(page, 0).submit("/submit").text
    again = web.get(FINAL).submit("/final")
    assert "Đây là quy tắc" not in web.get(f"{FINAL}/result/1").text
    assert "Đây là quy tắc" in answer_all(again, 0).submit("/submit").text


def test_the_key_never_shows_where_the_quiz_says_never(app: Flask) -> None:
    _, _, page = begun(app, questions=2, pass_=50, settings={"show": {"key": "never"}})
    result = answer_all(page, 1).submit("/submit")
    assert "Đạt: 1/2" in result.text
    assert "Đây là quy tắc" not in result.text


def test_a_quiz_may_keep_the_score_and_the_wrong_ones_to_itself(app: Flask) -> None:
    _, _, page = begun(app, questions=2, settings={"show": {"score": False, "wrong": False, "key": "never"}})
    result = answer_all(page, 1).submit("/submit")
    assert "Chưa đạt" in result.text
    assert "câu đúng" not in result.text
    assert "50%" not in result.text
    assert "Câu hỏi số" not in result.text
    assert db.session.scalars(select(Attempt.score)).one() == 0.5


def test_a_known_wrong_value_is_explained(app: Flask) -> None:
    _, _, page = begun(app, questions=1, kinds=("numeric",))
    assert "Thiếu một." in answer_all(page, 0).submit("/submit").text


def test_an_incomplete_choice_is_called_incomplete(app: Flask) -> None:
    _, _, page = begun(app, questions=1, kinds=("multiple",))
    result = page.submit("/final/1", go="review", answer="0").submit("/submit")
    assert "Còn thiếu đáp án đúng" in result.text
    assert "Vì a" not in result.text


@pytest.mark.parametrize(
    ("kind", "answer", "value"),
    [
        ("numeric", "4,125", "4.125"),
        ("gap", ["Khac"], "khác"),
        ("order", ["b", "a", "c"], "b a c"),
        ("match", {"a": "x2"}, "a=x2"),
    ],
)
def test_known_wrong_values_of_each_kind_are_explained_and_others_are_not(kind: str, answer: Any, value: str) -> None:
    body = make.body(kind) | {"wrong": [{"value": value, "feedback": "<p>Lạc.</p>"}]}
    layout = {"order": ["a", "b", "c"], "match": ["x1", "x2", "x3"]}.get(kind, [])

    def why(given: Any) -> str:
        item = SimpleNamespace(kind=kind, key=body["key"], body=body, layout=layout, answer=given, points=0, position=1)
        return "".join(feedback.find(item, with_key=False).why)

    assert why(drawing.shown(kind, layout, answer)) == "<p>Lạc.</p>"
    assert why(None) == ""


def test_several_blanks_are_numbered() -> None:
    body = make.body("gap") | {"gaps": ["Một ", " và ", "."]}
    assert paper.stem(body) == "Một (1) …… và (2) ……."
    assert paper.show(body, [], ["a"]).texts == ("a", "")
