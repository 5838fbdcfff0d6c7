"""One question a page: each kind, what is missing, flags, autosave, the price of a page."""

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.assessment.models import Attempt, AttemptItem
from lms_app.core.db import db
from tests import make
from tests.assessment.learner import FINAL, answer_all, answers, begun, learner, ready, signed_in
from tests.web import counted

KINDS = ("single", "multiple", "numeric", "gap", "order", "match")


def attempts() -> list[Attempt]:
    db.session.expire_all()
    return list(db.session.scalars(select(Attempt).order_by(Attempt.number)))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_answered_through_the_page_and_remembered(app: Flask, kind: str) -> None:
    web, _, page = begun(app, kinds=(kind,), questions=2)
    filled = answers(page)
    assert page.submit("/final/1", go="next", **filled).path == f"{FINAL}/2"
    again = web.get(f"{FINAL}/1")
    assert "đã trả lời 1" in again.text
    form = again.form("/final/1").fields
    assert {name: form[name] for name in filled} == filled
    result = answer_all(again, 2).submit("/submit")
    assert "Đạt: 2/2 câu đúng" in result.text
    assert attempts()[0].score == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_answer_of_each_kind_is_wrong(app: Flask, kind: str) -> None:
    _, _, page = begun(app, kinds=(kind,), questions=1)
    result = answer_all(page, 0).submit("/submit")
    assert "Chưa đạt: 0/1 câu đúng" in result.text
    assert "Bài số 1" in result.text


@pytest.mark.parametrize(
    ("kind", "filled", "sentence"),
    [
        ("single", {}, "Hãy chọn một đáp án"),
        ("multiple", {}, "Hãy chọn ít nhất một đáp án"),
        ("numeric", {"answer": "nhiều"}, "Hãy gõ một số, ví dụ 4,9"),
        ("gap", {"answer-0": " "}, "Hãy điền đủ các chỗ trống"),
        ("order", {"answer-0": "1", "answer-1": "2"}, "Hãy chọn số thứ tự cho mọi dòng"),
        ("order", {"answer-0": "1", "answer-1": "1", "answer-2": "3"}, "Mỗi số thứ tự chỉ dùng một lần"),
        ("match", {"answer-a": "1"}, "Hãy chọn cho mọi dòng"),
    ],
)
def test_what_is_missing_is_said_and_what_was_given_is_kept(
    app: Flask, kind: str, filled: dict[str, str], sentence: str
) -> None:
    web, _, page = begun(app, kinds=(kind,), questions=2)
    again = page.submit("/final/1", go="next", **filled)
    assert again.status == 400
    assert sentence in again.text
    kept = web.get(f"{FINAL}/1").form("/final/1").fields
    assert all(kept[name] == value.strip() for name, value in filled.items())
    assert "Câu 1" in web.get(f"{FINAL}/review").text


def test_a_question_may_be_left_for_later_by_flag_by_going_back_and_by_the_list(app: Flask) -> None:
    web, _, page = begun(app, questions=3)
    assert page.submit("/final/1", go="next", flag="1").path == f"{FINAL}/2"
    assert web.get(f"{FINAL}/3").submit("/final/3", go="back").path == f"{FINAL}/2"
    review = web.get(f"{FINAL}/review")
    assert "Còn 3 câu chưa trả lời xong" in review.text
    assert "1 câu đánh dấu để xem lại" in review.text


def test_going_on_comes_back_to_the_first_open_question(app: Flask) -> None:
    web, who, page = begun(app, questions=3)
    page.submit("/final/1", go="next", **answers(page))
    desk = signed_in(app, who)
    assert "Làm tiếp" in desk.get(FINAL).text
    assert desk.get(FINAL).submit("/final").path == f"{FINAL}/2"
    assert len(attempts()) == 1
    assert web.get(f"{FINAL}/4").path == f"{FINAL}/review"
    assert web.get(f"{FINAL}/5").status == 404
    assert web.get(f"{FINAL}/0").status == 404


def test_an_answer_sent_twice_is_kept_once(app: Flask) -> None:
    _, _, page = begun(app, questions=2)
    filled = answers(page)
    page.submit("/final/1", go="next", **filled)
    page.submit("/final/1", go="next", **filled)
    items = list(db.session.scalars(select(AttemptItem).order_by(AttemptItem.position)))
    assert [(item.answered, item.answer) for item in items] == [(True, "1"), (False, None)]


def test_autosave_saves_and_says_nothing(app: Flask) -> None:
    web, _, page = begun(app, questions=2)
    form = page.form("/final/1")
    answer = web.client.post(form.action, data=form.fields | {"answer": "2"}, headers={"X-Autosave": "1"})
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert web.get(f"{FINAL}/1").form("/final/1").fields["answer"] == "2"


def test_a_form_of_no_page_of_ours_is_refused(app: Flask) -> None:
    _, _, page = begun(app, questions=2)
    assert page.submit("/final/1", kind="essay", answer="1").status == 400
    assert page.submit("/final/1", number="-1", answer="1").status == 400
    assert page.submit("/final/1", kind="multiple", answer="1").status == 404
    assert page.submit("/final/1", number="7", answer="1").status == 404


def test_the_question_page_and_the_answer_cost_few_statements(app: Flask) -> None:
    for questions in (2, 30):
        make.course(f"cc-{questions}", questions=questions)
        who = make.person()
        ready(who, f"cc-{questions}")
        web = signed_in(app, who)
        page = web.get(f"/courses/cc-{questions}/final").submit("/final")
        web.get(page.path)
        with counted() as seen:
            web.get(page.path)
        assert len(seen) <= 4, "\n".join(seen)
        form = page.form("/final/1")
        with counted() as seen:
            web.client.post(form.action, data=form.fields | {"answer": "1"})
        assert len(seen) == 2, "\n".join(seen)


def test_reading_pages_writes_nothing(app: Flask) -> None:
    web, _, page = begun(app, questions=2)
    answer_all(page, 0)
    with counted() as seen:
        for path in (FINAL, f"{FINAL}/1", f"{FINAL}/review"):
            web.get(path)
    assert not [s for s in seen if not s.lstrip().upper().startswith("SELECT")]


def test_the_whole_test_can_be_taken_in_english(app: Flask) -> None:
    web, _ = learner(app, questions=2)
    web.client.set_cookie("lang", "en")
    intro = web.get(FINAL)
    assert "2 questions" in intro.text or "Questions" in intro.text
    page = intro.submit("/final")
    assert "Question 1/2" in page.text
    refused = page.submit("/final/1", go="next")
    assert "Select one option" in refused.text
    review = answer_all(page, 1)
    assert "You have answered every question" in review.text
    assert "Not yet passed: 1/2 correct" in review.submit("/submit").text
