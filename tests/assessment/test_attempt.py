import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from lms_app.assessment import queries, service
from lms_app.assessment.forms import Posted
from lms_app.assessment.models import Attempt, AttemptItem
from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict, NotFound
from lms_app.courses.models import Quiz, QuizText
from lms_app.learning.models import Enrolment, QuizResult
from tests import make
from tests.assessment.learner import FINAL, answer_all, answers, begun, learner, ready, signed_in
from tests.web import Browser, Page

KINDS = ("single", "multiple", "numeric", "gap", "order", "match")
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def attempts() -> list[Attempt]:
    db.session.expire_all()
    return list(db.session.scalars(select(Attempt).order_by(Attempt.number)))


def test_sixty_percent_of_ten_is_six_points(app: Flask) -> None:
    _, _, page = begun(app, questions=10, pass_=60)
    result = answer_all(page, 6).submit("/submit")
    assert "Đạt: 6/10 câu đúng" in result.text
    assert "60%" in result.text


def test_five_of_ten_fails_and_says_what_to_read_and_how_often_one_may_try(app: Flask) -> None:
    web, _, page = begun(app, questions=10, pass_=60)
    result = answer_all(page, 5).submit("/submit")
    assert "Chưa đạt: 5/10 câu đúng" in result.text
    assert 'href="/courses/cc-01/lessons/bai-1#muc-1"' in result.body
    assert "Anh chị còn 2 lượt" in result.text
    assert "Làm lại" in web.get(FINAL).text or "Làm lại" in web.get(FINAL).body


def test_submitting_twice_grades_and_records_once(app: Flask) -> None:
    web, _, page = begun(app, questions=2)
    review = answer_all(page, 2)
    first = review.submit("/submit")
    db.session.expire_all()
    stamp = db.session.scalars(select(Enrolment.stamp)).one()
    second = review.submit("/submit")
    assert first.path == second.path == f"{FINAL}/result/1"
    db.session.expire_all()
    assert db.session.scalars(select(Enrolment.stamp)).one() == stamp
    assert len(attempts()) == 1
    assert "data-focus" in first.body
    assert "data-focus" not in web.get(f"{FINAL}/result").body
    assert page.submit("/final/1", **answers(page)).status == 409


def test_an_old_tab_cannot_answer_or_submit_a_newer_attempt(app: Flask) -> None:
    web, _, page = begun(app, questions=2)
    review = answer_all(page, 0)
    review.submit("/submit")
    web.get(FINAL).submit("/final")
    assert page.submit("/final/1", **answers(page)).status == 409
    assert review.submit("/submit").path == f"{FINAL}/result/1"
    assert [attempt.submitted_at is None for attempt in attempts()] == [False, True]


def test_two_starts_at_once_give_one_attempt(app: Flask) -> None:
    web, who = learner(app, questions=2)
    other = signed_in(app, who)
    forms = [(browser, browser.get(FINAL).form("/final")) for browser in (web, other)]
    db.session.remove()
    pages: list[Page] = []
    threads = [
        threading.Thread(target=lambda b=browser, f=form: pages.append(b.post(f.action, **f.fields)))
        for browser, form in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [page.path for page in pages] == [f"{FINAL}/1"] * 2
    assert len(attempts()) == 1


def test_a_late_answer_is_refused_and_saved_ones_count(app: Flask) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        web, _, page = begun(app, questions=2, settings={"limit": 10})
        assert "Còn 10 phút" in page.text
        second = page.submit("/final/1", go="next", **answers(page))
        clock.shift(timedelta(minutes=10, seconds=29))
        assert second.submit("/final/2", go="back", **answers(second)).path == f"{FINAL}/review"
        clock.shift(timedelta(seconds=2))
        late = second.submit("/final/2", go="back", answer="2", number="1", kind="single")
        assert late.status == 409
        assert "Đã hết giờ nên câu trả lời vừa gửi không được tính" in late.text
        assert "Đã hết giờ" in web.get(FINAL).text
        result = late.submit("/submit")
        assert "Đạt: 2/2 câu đúng" in result.text
        assert "Lượt này hết giờ" in result.text
    assert attempts()[0].submitted_at == NOON + timedelta(minutes=10)


def test_starting_again_after_time_ran_out_hands_the_old_attempt_in(app: Flask) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        web, _, _ = begun(app, questions=2, settings={"limit": 10, "cooldown_hours": 24})
        form = web.get(FINAL).form("/final")
        clock.shift(timedelta(hours=2))
        result = web.post(form.action, **form.fields)
        assert result.path == f"{FINAL}/result/1"
        assert "Lượt này hết giờ" in result.text
        assert "Lượt làm tiếp theo mở lúc 12:10, 25/11/2026" in result.text
        assert web.get(f"{FINAL}/1").path == FINAL


def test_between_two_attempts_one_waits(app: Flask) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        web, who, page = begun(app, questions=1, settings={"cooldown_hours": 24})
        answer_all(page, 0).submit("/submit")
        assert "Lượt làm tiếp theo mở lúc 12:00, 25/11/2026" in web.get(FINAL).text
        with pytest.raises(Conflict), transaction():
            service.start(who.id, "cc-01")
        clock.shift(timedelta(hours=24))
        web = signed_in(app, who)
        assert web.get(FINAL).submit("/final").path == f"{FINAL}/1"


def test_attempts_run_out(app: Flask) -> None:
    web, who, page = begun(app, questions=1, settings={"attempts": 2})
    answer_all(page, 0).submit("/submit")
    answer_all(web.get(FINAL).submit("/final"), 0).submit("/submit")
    assert "Anh chị đã dùng hết 2 lượt" in web.get(FINAL).text
    with pytest.raises(Conflict, match="dùng hết"), transaction():
        service.start(who.id, "cc-01")


def test_who_has_passed_need_not_try_again(app: Flask) -> None:
    web, who, page = begun(app, questions=1)
    result = answer_all(page, 1).submit("/submit")
    assert "Nguyễn Thị Thưởng" in result.text
    assert 'href="/courses/cc-01/certificate"' in result.body
    assert "Anh chị đã đạt bài kiểm tra này" in web.get(FINAL).text
    with pytest.raises(Conflict, match="đã đạt"), transaction():
        service.start(who.id, "cc-01")
    assert db.session.scalars(select(QuizResult.best)).one() == 1


def test_the_test_opens_when_all_lessons_are_read(app: Flask) -> None:
    make.course("cc-01", lessons=2)
    who = make.person()
    web = signed_in(app, who)
    web.get("/courses/cc-01").submit("/enrol")
    intro = web.get(FINAL)
    assert "Bài kiểm tra chưa mở" in intro.text
    assert "Còn 2 bài" in intro.text
    assert not intro.forms
    with pytest.raises(Conflict, match="đọc xong"), transaction():
        service.start(who.id, "cc-01")


def test_a_promise_is_asked_for_before_the_start(app: Flask) -> None:
    web, _ = learner(app, questions=1)
    make_promise("Tôi tự làm bài này.")
    refused = web.get(FINAL).submit("/final")
    assert refused.status == 400
    assert "Hãy đánh dấu vào ô này trước khi làm bài" in refused.text
    assert refused.submit("/final", acknowledge="1").path == f"{FINAL}/1"


def make_promise(text: str) -> None:
    for found in db.session.scalars(select(QuizText)):
        found.acknowledge = text
    db.session.commit()


def test_the_intro_states_the_rules(app: Flask) -> None:
    web, _ = learner(app, questions=4, settings={"limit": 30, "cooldown_hours": 12})
    intro = web.get(FINAL).text
    for words in ("4 câu", "từ 60% số điểm", "còn 3 trong 3 lượt", "chờ 12 giờ", "30 phút, tính từ lúc bắt đầu"):
        assert words in intro


def test_an_attempt_stays_on_the_version_it_began_on(app: Flask) -> None:
    web, who, page = begun(app, questions=2)
    old = attempts()[0].version_id
    make.course("cc-01", questions=3, pass_=100)
    review = answer_all(page, 1)
    result = review.submit("/submit")
    assert "Chưa đạt: 1/2 câu đúng" in result.text
    assert "cần từ 60%" in result.text
    assert attempts()[0].version_id == old
    assert "từ 100% số điểm" in web.get(FINAL).text
    ready(who)
    assert web.get(FINAL).submit("/final").path == f"{FINAL}/1"
    assert attempts()[1].version_id != old


def test_another_persons_attempt_cannot_be_seen_answered_or_submitted(app: Flask) -> None:
    _, _, page = begun(app, questions=2)
    stranger = signed_in(app, make.person("Trần Văn Lạ"))
    for path in (FINAL, f"{FINAL}/1", f"{FINAL}/review", f"{FINAL}/result", f"{FINAL}/result/1"):
        assert stranger.get(path).status == 404
    token = stranger.get("/courses/cc-01").form("/enrol").fields["csrf_token"]
    fields: dict[str, Any] = page.form("/final/1").fields | {"answer": "0", "csrf_token": token}
    assert stranger.post(f"{FINAL}/1", **fields).status == 404
    assert stranger.post(f"{FINAL}/submit", csrf_token=token, number="1").status == 404
    assert db.session.scalars(select(func.count()).where(AttemptItem.answered)).one() == 0


def test_a_visitor_is_asked_to_sign_in(app: Flask) -> None:
    make.course("cc-01")
    assert Browser(app).get(FINAL).path == "/sign-in"


def test_a_course_without_a_test_and_an_unknown_course_are_not_found(app: Flask) -> None:
    web, _ = learner(app)
    assert web.get("/courses/zz-99/final").status == 404


def test_an_unfinished_attempt_is_known_to_publishing(app: Flask) -> None:
    _, _, page = begun(app, questions=1)
    enrolment = db.session.scalars(select(Enrolment.id)).one()
    assert queries.busy("cc-01") == {enrolment}
    answer_all(page, 1).submit("/submit")
    db.session.rollback()
    assert queries.busy("cc-01") == set()


@pytest.mark.parametrize(("share", "score"), [(1.0, 1.0), (0.8, 0.8), (0.0, 0.0)])
def test_a_made_up_person_gets_about_the_share_asked_for(app: Flask, share: float, score: float) -> None:
    _, who = learner(app, questions=10, kinds=KINDS, settings={"shuffle": ["questions", "options"]})
    with transaction():
        attempt = service.play(who.id, "cc-01", share)
    assert attempt.score == score
    assert service.regrade(attempt.id) == score


def test_nobody_is_graded_on_a_test_without_questions(app: Flask) -> None:
    _, who = learner(app, questions=1)
    for quiz in db.session.scalars(select(Quiz)):
        quiz.settings = quiz.settings | {"draw": []}
    db.session.commit()
    with pytest.raises(Conflict, match="chưa có câu hỏi"), transaction():
        service.start(who.id, "cc-01")
    with pytest.raises(NotFound), transaction():
        service.submit(who.id, "cc-01")
    with pytest.raises(NotFound), transaction():
        service.save(who.id, "cc-01", 1, Posted(1, "single", "0", flagged=False, missing=None, go="next"))


def test_an_answer_that_waited_behind_the_submission_is_not_kept(app: Flask) -> None:
    _, who = learner(app, questions=2)
    person_id, told = who.id, []

    def late() -> None:
        posted = Posted(1, "single", "1", flagged=False, missing=None, go="next")
        with app.app_context(), pytest.raises(Conflict) as refused, transaction():
            service.save(person_id, "cc-01", 1, posted)
        told.append(str(refused.value))

    with transaction():
        service.start(person_id, "cc-01")
    db.session.remove()
    other = threading.Thread(target=late)
    with transaction():
        attempt_id = service.submit(person_id, "cc-01", 1).id
        other.start()
        other.join(0.3)
    other.join()
    assert "đã nộp" in told[0]
    assert service.regrade(attempt_id) == 0
