from hypothesis import given
from hypothesis import strategies as st

from lms_app.learning.completion import missing

slugs = st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=8)


@given(slugs, slugs)
def test_all_lessons_done_and_all_tests_passed_is_complete(lessons: list[str], quizzes: list[str]) -> None:
    rule = {"lessons": "all", "quizzes": quizzes}
    assert missing(rule, lessons, set(lessons), set(quizzes)).is_complete


@given(slugs, slugs, slugs, slugs)
def test_more_work_never_makes_more_missing(
    lessons: list[str], quizzes: list[str], done: list[str], more: list[str]
) -> None:
    rule = {"lessons": "all", "quizzes": quizzes}
    before = missing(rule, lessons, set(done), set(done))
    after = missing(rule, lessons, {*done, *more}, {*done, *more})
    assert set(after.lessons) <= set(before.lessons)
    assert set(after.quizzes) <= set(before.quizzes)


@given(slugs, slugs)
def test_what_is_missing_is_told_in_course_order(lessons: list[str], done: list[str]) -> None:
    left = missing({"lessons": "all"}, lessons, set(done), set()).lessons
    assert list(left) == [slug for slug in lessons if slug not in done]


def test_only_named_lessons_are_asked_for() -> None:
    left = missing({"lessons": ["b"], "quizzes": []}, ["a", "b", "c"], set(), set())
    assert left.lessons == ("b",)


def test_a_named_lesson_that_the_version_dropped_is_not_asked_for() -> None:
    assert missing({"lessons": ["gone"], "quizzes": []}, ["a"], set(), set()).is_complete
