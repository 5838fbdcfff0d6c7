"""What stands before an attempt: the quiz, its terms, what was tried so far, and whether one may begin."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lms_app.assessment import drawing, queries
from lms_app.assessment.terms import Entry, Terms
from lms_app.core.clock import now
from lms_app.core.errors import NotFound
from lms_app.learning import completion
from lms_app.learning.queries import studying as learning


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the page before the test shows. `open`: the attempt to go on with. `unread`: rows of the outline."""

    head: Any
    quiz: Any
    terms: Terms
    questions: int
    attempts: list[Any]
    open: Any
    is_over: bool
    entry: Entry
    unread: list[Any]


def mine(person_id: UUID, course_id: str) -> Any:
    """The enrolment, as a row. Raises `NotFound` when the person is not enrolled."""
    found = learning.enrolment(person_id, course_id)
    if found is None:
        raise NotFound("Anh chị chưa ghi danh khóa học này. Mở trang khóa học và chọn Bắt đầu học.")
    return found


def look(enrolment: Any, lang: str) -> Entrance:
    """Everything about the final test of one enrolment (a row or an `Enrolment`)."""
    running = queries.open_attempt(enrolment.id)
    quiz = _final(enrolment, running, lang)
    terms = Terms.read(quiz.settings)
    attempts = [attempt for attempt in queries.attempts(enrolment.id, quiz.slug) if attempt.submitted_at]
    unread = _unread(enrolment, lang)
    return Entrance(
        head=queries.head(quiz.version_id, lang),
        quiz=quiz,
        terms=terms,
        questions=queries.count(running.id) if running else _size(quiz, terms),
        attempts=attempts,
        open=running,
        is_over=bool(running and is_over(running)),
        entry=Entry.decide(terms, attempts, len(unread), now()),
        unread=unread,
    )


def is_over(attempt: Any) -> bool:
    """Whether the time of an attempt has run out."""
    return attempt.deadline is not None and now() >= attempt.deadline


def _final(enrolment: Any, running: Any, lang: str) -> Any:
    """The course's final quiz: that of the running attempt, else the one its completion rule names, else the first."""
    if running:
        return queries.quiz(running.quiz_id, lang)
    quizzes = queries.quizzes(enrolment.version_id, lang)
    if not quizzes:
        raise NotFound("Khóa học này không có bài kiểm tra cuối khóa.")
    asked = learning.rule(enrolment.version_id).rule.get("quizzes") or []
    return next((quiz for quiz in quizzes if quiz.slug in asked[:1]), quizzes[0])


def _unread(enrolment: Any, lang: str) -> list[Any]:
    """The lessons that the course's rule wants read and that are not."""
    outline = learning.outline(enrolment.version_id, enrolment.id, lang)
    done = {lesson.slug for lesson in outline if lesson.done_at is not None}
    rule = learning.rule(enrolment.version_id).rule
    wanted = completion.missing(rule, [lesson.slug for lesson in outline], done, ()).lessons
    return [lesson for lesson in outline if lesson.slug in wanted]


def _size(quiz: Any, terms: Terms) -> int:
    return len(drawing.draw(0, quiz.slug, terms, queries.pool(quiz.version_id)))
