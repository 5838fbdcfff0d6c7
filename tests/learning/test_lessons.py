from flask import Flask
from sqlalchemy import select

from lms_app.core.db import db, transaction
from lms_app.learning.models import Enrolment, Progress
from lms_app.learning.queries import studying as queries
from lms_app.learning.service import studying as service
from tests import make
from tests.web import Browser, counted


def signed_in(app: Flask) -> Browser:
    web = Browser(app)
    make.person("Nguyễn Thị Thưởng", email="thuong@coquan.example")
    web.sign_in("thuong@coquan.example")
    return web


def test_a_learner_reads_all_lessons_and_comes_to_the_test(app: Flask) -> None:
    make.course("cc-01", lessons=2)
    web = signed_in(app)
    first = web.get("/courses/cc-01").submit("/enrol")
    assert first.path == "/courses/cc-01/lessons/bai-1"
    second = web.post(first.path, csrf_token=first.forms[-1].fields["csrf_token"])
    assert second.path == "/courses/cc-01/lessons/bai-2"
    done = web.post(second.path, csrf_token=second.forms[-1].fields["csrf_token"])
    assert done.path == "/courses/cc-01"
    assert "Làm bài kiểm tra cuối khóa" in done.text


def test_one_resumes_on_another_device_where_one_was(app: Flask) -> None:
    make.course("cc-01", lessons=3)
    phone = signed_in(app)
    first = phone.get("/courses/cc-01").submit("/enrol")
    phone.post(first.path, csrf_token=first.forms[-1].fields["csrf_token"])
    desk = Browser(app)
    desk.sign_in("thuong@coquan.example")
    mine = desk.get("/me")
    assert "Học tiếp bài 2" in mine.text
    assert "Đã xong 1 trong 3 bài học" in mine.text


def test_a_visitor_sees_the_course_but_is_asked_to_sign_in_for_a_lesson(app: Flask) -> None:
    make.course("cc-01")
    web = Browser(app)
    assert "Đăng nhập để học" in web.get("/courses/cc-01").text
    assert web.get("/courses/cc-01/lessons/bai-1").path == "/sign-in"


def test_a_lesson_of_a_course_one_is_not_in_leads_to_its_page(app: Flask) -> None:
    make.course("cc-01")
    assert signed_in(app).get("/courses/cc-01/lessons/bai-1").path == "/courses/cc-01"


def test_an_unknown_course_and_an_unknown_lesson_are_not_found(app: Flask) -> None:
    make.course("cc-01")
    web = signed_in(app)
    web.get("/courses/cc-01").submit("/enrol")
    assert web.get("/courses/zz-99").status == 404
    assert web.get("/courses/cc-01/lessons/khong-co").status == 404


def test_a_retired_course_takes_nobody_new(app: Flask) -> None:
    make.course("cc-01", status="retired")
    assert signed_in(app).get("/courses/cc-01").status == 404


def test_a_lesson_with_self_checks_waits_for_an_answer_right_or_wrong(app: Flask) -> None:
    make.course("cc-01", lessons=2, checks=1)
    web = signed_in(app)
    lesson = web.get("/courses/cc-01").submit("/enrol")
    refused = web.post(lesson.path, csrf_token=lesson.forms[-1].fields["csrf_token"])
    assert refused.status == 409
    assert "Còn 1 câu tự kiểm tra chưa trả lời" in refused.text
    answered = lesson.submit("/checks/tu-1", **{"tu-1": "a"})
    assert answered.path == lesson.path
    assert "Chưa đúng" in answered.text
    went_on = web.post(lesson.path, csrf_token=lesson.forms[-1].fields["csrf_token"])
    assert went_on.path.endswith("/bai-2")


def test_a_self_check_tells_nothing_before_it_is_answered(app: Flask) -> None:
    make.course("cc-01", lessons=1, checks=1)
    web = signed_in(app)
    lesson = web.get("/courses/cc-01").submit("/enrol")
    enrolment = db.session.scalars(select(Enrolment)).one()
    found = queries.lesson(enrolment.person_id, "cc-01", "bai-1", "vi")
    assert found is not None
    body = found.checks["tu-1"]
    hidden = [option["feedback"] for option in body["options"] if option["feedback"]] + [body["answer"]]
    assert hidden
    assert not [text for text in hidden if text and text in lesson.body]


def test_pressing_twice_ticks_once(app: Flask) -> None:
    make.course("cc-01", lessons=2)
    web = signed_in(app)
    lesson = web.get("/courses/cc-01").submit("/enrol")
    token = lesson.forms[-1].fields["csrf_token"]
    web.post(lesson.path, csrf_token=token)
    first = db.session.scalars(select(Progress.done_at)).one()
    web.post(lesson.path, csrf_token=token)
    assert db.session.scalars(select(Progress.done_at)).one() == first


def test_a_lesson_page_costs_three_statements_and_an_unchanged_one_two(app: Flask) -> None:
    make.course("cc-01", lessons=30)
    web = signed_in(app)
    lesson = web.get("/courses/cc-01").submit("/enrol")
    with counted() as seen:
        answer = web.open("GET", lesson.path)
    assert len(seen) == 3, seen
    with counted() as seen:
        unchanged = web.open("GET", lesson.path, headers={"If-None-Match": answer.headers["ETag"]})
    assert unchanged.status_code == 304
    assert len(seen) == 2, seen


def test_a_tick_changes_the_pages_etag(app: Flask) -> None:
    make.course("cc-01", lessons=2)
    web = signed_in(app)
    lesson = web.get("/courses/cc-01").submit("/enrol")
    before = web.open("GET", lesson.path).headers["ETag"]
    web.post(lesson.path, csrf_token=lesson.forms[-1].fields["csrf_token"])
    assert web.open("GET", lesson.path).headers["ETag"] != before


def test_pages_of_this_part_stay_within_their_query_budget(app: Flask) -> None:
    for number in range(1, 6):
        make.course(f"cc-0{number}", lessons=5)
    web = signed_in(app)
    for number in range(1, 6):
        web.get(f"/courses/cc-0{number}").submit("/enrol")
    for path, budget in {"/me": 3, "/courses/cc-01": 5}.items():
        web.get(path)
        with counted() as seen:
            web.open("GET", path)
        assert len(seen) <= budget, (path, seen)


def test_enrolling_twice_gives_one_enrolment(app: Flask) -> None:
    make.course("cc-01")
    who = make.person()
    with transaction():
        first = service.enrol(who.id, "cc-01")
        second = service.enrol(who.id, "cc-01")
    assert first.id == second.id


def test_a_new_version_moves_unfinished_learners_but_keeps_their_ticks(app: Flask) -> None:
    make.course("cc-01", lessons=2)
    who = make.person()
    with transaction():
        enrolment = service.enrol(who.id, "cc-01")
        service.finish_lesson(enrolment, "bai-1")
    second = make.course("cc-01", lessons=3)
    with transaction():
        assert service.follow("cc-01", second.id, except_for=set()) == 1
    outline = queries.outline(second.id, enrolment.id, "vi")
    assert db.session.scalars(select(Enrolment.version_id)).one() == second.id
    assert [lesson.done_at is not None for lesson in outline] == [True, False, False]


def test_somebody_in_the_middle_of_an_attempt_keeps_the_version(app: Flask) -> None:
    first = make.course("cc-01")
    who = make.person()
    with transaction():
        enrolment = service.enrol(who.id, "cc-01")
    second = make.course("cc-01", lessons=3)
    with transaction():
        service.follow("cc-01", second.id, except_for={enrolment.id})
    assert queries.by_id(enrolment.id).version_id == first.id  # type: ignore[union-attr]


def test_results_keep_first_last_and_best(app: Flask) -> None:
    course = make.course("cc-01", grade="last")
    who = make.person()
    with transaction():
        enrolment = service.enrol(who.id, "cc-01")
        for share in (0.4, 0.9, 0.7):
            service.record_result(enrolment.id, "kiem-tra", course.id, share, passed=share >= 0.6)
    result = queries.results(enrolment.id)[0]
    assert (result.first, result.last, result.best) == (0.4, 0.7, 0.9)
    standing = queries.standing(enrolment.id)
    assert standing
    assert (standing.share, standing.passed, standing.certificate) == (0.7, True, None)
    assert queries.by_id(enrolment.id).completed_at is None  # type: ignore[union-attr]
