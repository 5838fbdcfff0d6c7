from flask import Flask

from lms_app.courses import queries
from tests import make


def test_the_newest_version_is_the_one_new_people_get(app: Flask) -> None:
    first = make.course()
    second = make.course(title="Kỹ năng số, bản mới")
    found = queries.course("cc-01", "vi")
    assert found is not None
    assert (found.version_id, found.number, found.title) == (second.id, 2, "Kỹ năng số, bản mới")
    old = queries.version(first.id, "vi")
    assert old is not None
    assert (old.number, old.title) == (1, "Kỹ năng số cơ bản")
    assert old._fields == found._fields


def test_a_course_never_published_is_none(app: Flask) -> None:
    assert queries.course("xx-99", "vi") is None


def test_a_lesson_comes_with_its_checks_and_the_outline_in_order(app: Flask) -> None:
    version = make.course(lessons=3, checks=2)
    assert [found.slug for found in queries.outline(version.id, "en")] == ["bai-1", "bai-2", "bai-3"]
    found = queries.lesson(version.id, "bai-1", "en")
    assert found is not None
    assert (found.title, found.complete, found.checks) == ("Lesson 1", "check", ["tu-1", "tu-2"])
    assert set(found.checks_body) == {"tu-1", "tu-2"}


def test_every_kind_of_question_is_in_its_bank_with_key_and_body(app: Flask) -> None:
    version = make.course(questions=6, kinds=tuple(make.KEYS))
    pool = queries.pool(version.id, "nh-mot")
    assert [found.kind for found in pool] == list(make.KEYS)
    for found in pool:
        text = queries.question(found.id, "vi")
        assert text is not None
        assert text.body["kind"] == found.kind
        assert text.key == make.KEYS[found.kind]


def test_a_quiz_carries_its_settings(app: Flask) -> None:
    version = make.course(pass_=70, settings={"attempts": 1})
    found = queries.quiz(version.id, "kiem-tra", "vi")
    assert found is not None
    assert (found.settings["pass"], found.settings["attempts"], found.title) == (70, 1, "Bài kiểm tra cuối khóa")
    assert [quiz.slug for quiz in queries.quizzes(version.id, "vi")] == ["kiem-tra"]


def test_the_catalogue_is_searched_without_marks_and_by_audience(app: Flask) -> None:
    make.course("cc-01", title="Kỹ năng số cơ bản")
    make.course("ld-01", title="Lãnh đạo chuyển đổi số", audience="LD")
    make.course("ct-09", title="Chuyển đổi số nội bộ", status="retired")
    assert [found.id for found in queries.search_catalogue("", "", "vi")] == ["cc-01", "ld-01"]
    assert [found.id for found in queries.search_catalogue("CHUYEN đoi", "", "vi")] == ["ld-01"]
    assert [found.id for found in queries.search_catalogue("so", "CC", "vi")] == ["cc-01"]
    assert queries.search_catalogue("100%", "", "vi") == []
    assert queries.search_catalogue("", "_%", "vi") == []
