"""Reading quizzes, attempts and their items. No page of an open attempt reads a question's key."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Row, and_, bindparam, exists, func, null, or_, select, update

from lms_app.assessment.models import Attempt, AttemptItem
from lms_app.core.db import change, row, rows
from lms_app.courses.models import CourseText, CourseVersion, Question, QuestionText, Quiz, QuizText
from lms_app.learning.models import Enrolment

_LANG: BindParameter[str] = bindparam("lang")
_MINE = (Enrolment.person_id == bindparam("person"), Enrolment.course_id == bindparam("course"))
_QUIZ = (
    Quiz.id,
    Quiz.slug,
    Quiz.version_id,
    Quiz.settings,
    QuizText.title,
    QuizText.intro,
    QuizText.acknowledge,
    QuizText.text_lang,
)
_ATTEMPT = (
    Attempt.id,
    Attempt.enrolment_id,
    Attempt.version_id,
    Attempt.quiz_id,
    Attempt.quiz,
    Attempt.number,
    Attempt.started_at,
    Attempt.deadline,
    Attempt.submitted_at,
    Attempt.score,
    Attempt.passed,
)
QUIZZES = (
    select(*_QUIZ)
    .join(QuizText, and_(QuizText.quiz_id == Quiz.id, QuizText.lang == _LANG))
    .where(Quiz.version_id == bindparam("version"))
    .order_by(Quiz.position)
)
QUIZ = (
    select(*_QUIZ)
    .join(QuizText, and_(QuizText.quiz_id == Quiz.id, QuizText.lang == _LANG))
    .where(Quiz.id == bindparam("quiz"))
)
HEAD = (
    select(CourseText.title, CourseVersion.certificate, CourseVersion.periods)
    .join(CourseVersion, CourseVersion.id == CourseText.version_id)
    .where(CourseText.version_id == bindparam("version"), CourseText.lang == _LANG)
)
ATTEMPTS = (
    select(*_ATTEMPT)
    .where(Attempt.enrolment_id == bindparam("enrolment"), Attempt.quiz == bindparam("quiz"))
    .order_by(Attempt.number)
)
OPEN = select(*_ATTEMPT).where(Attempt.enrolment_id == bindparam("enrolment"), Attempt.submitted_at.is_(None))
POOL = (
    select(
        Question.id,
        Question.home,
        Question.slug,
        Question.position,
        Question.kind,
        Question.difficulty,
        Question.tags,
        Question.key,
    )
    .where(Question.version_id == bindparam("version"))
    .order_by(Question.slug)
)
ITEM = (
    select(
        Attempt.id,
        Attempt.number,
        Attempt.deadline,
        Quiz.settings,
        QuizText.title,
        CourseText.title.label("course_title"),
        AttemptItem.position,
        AttemptItem.layout,
        AttemptItem.answer,
        AttemptItem.flagged,
        QuestionText.body,
        QuestionText.text_lang,
    )
    .select_from(Enrolment)
    .join(Attempt, and_(Attempt.enrolment_id == Enrolment.id, Attempt.submitted_at.is_(None)))
    .join(AttemptItem, and_(AttemptItem.attempt_id == Attempt.id, AttemptItem.position == bindparam("at")))
    .join(QuestionText, and_(QuestionText.question_id == AttemptItem.question_id, QuestionText.lang == _LANG))
    .join(Quiz, Quiz.id == Attempt.quiz_id)
    .join(QuizText, and_(QuizText.quiz_id == Attempt.quiz_id, QuizText.lang == _LANG))
    .join(CourseText, and_(CourseText.version_id == Attempt.version_id, CourseText.lang == _LANG))
    .where(*_MINE)
)
MARKS = (
    select(AttemptItem.position, AttemptItem.answered, AttemptItem.flagged)
    .where(AttemptItem.attempt_id == bindparam("attempt"))
    .order_by(AttemptItem.position)
)
SHEET = (
    select(
        AttemptItem.position,
        AttemptItem.layout,
        AttemptItem.answer,
        AttemptItem.points,
        Question.kind,
        Question.key,
        Question.points.label("worth"),
        QuestionText.body,
        QuestionText.text_lang,
    )
    .join(Question, Question.id == AttemptItem.question_id)
    .join(QuestionText, and_(QuestionText.question_id == Question.id, QuestionText.lang == _LANG))
    .where(AttemptItem.attempt_id == bindparam("attempt"))
    .order_by(AttemptItem.position)
)
STANDING = (
    select(Attempt.submitted_at, Attempt.deadline)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .where(*_MINE, Attempt.number == bindparam("number"))
    .order_by(Attempt.started_at.desc())
)
BUSY = (
    select(Attempt.enrolment_id)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .where(Enrolment.course_id == bindparam("course"), Attempt.submitted_at.is_(None))
)
_OPEN_TO_ANSWERS = (
    select(Attempt.id)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .where(
        *_MINE,
        Attempt.number == bindparam("number"),
        Attempt.submitted_at.is_(None),
        or_(Attempt.deadline.is_(None), Attempt.deadline >= bindparam("latest")),
    )
)
SAVE = (
    update(AttemptItem)
    .where(
        AttemptItem.attempt_id.in_(_OPEN_TO_ANSWERS),
        AttemptItem.position == bindparam("at"),
        AttemptItem.points.is_(null()),
        exists().where(Question.id == AttemptItem.question_id, Question.kind == bindparam("kind")),
    )
    .values(
        answer=bindparam("new_answer"),
        answered=bindparam("new_answered"),
        flagged=bindparam("new_flagged"),
        saved_at=bindparam("new_saved_at"),
    )
)
"""Owner, open, in time and kind in one statement. `points IS NULL` is what a submission waiting for the same row
changes: PostgreSQL looks at it again after the wait, so nothing is saved behind a grade."""

COUNT = select(func.count()).select_from(AttemptItem).where(AttemptItem.attempt_id == bindparam("attempt"))


def quizzes(version_id: UUID, lang: str) -> Sequence[Row[Any]]:
    return rows(QUIZZES, version=version_id, lang=lang)


def quiz(quiz_id: UUID, lang: str) -> Row[Any]:
    return _found(row(QUIZ, quiz=quiz_id, lang=lang))


def head(version_id: UUID, lang: str) -> Row[Any]:
    """Title, certificate and periods of a version of a course."""
    return _found(row(HEAD, version=version_id, lang=lang))


def attempts(enrolment_id: UUID, quiz: str) -> Sequence[Row[Any]]:
    """All attempts at one test, oldest first, whatever version they were made on."""
    return rows(ATTEMPTS, enrolment=enrolment_id, quiz=quiz)


def open_attempt(enrolment_id: UUID) -> Row[Any] | None:
    """The attempt not yet submitted; it may have run out of time."""
    return row(OPEN, enrolment=enrolment_id)


def pool(version_id: UUID) -> Sequence[Row[Any]]:
    return rows(POOL, version=version_id)


def item(person_id: UUID, course_id: str, position: int, lang: str) -> Row[Any] | None:
    """One question of this person's open attempt, with all that its page shows."""
    return row(ITEM, person=person_id, course=course_id, at=position, lang=lang)


def marks(attempt_id: UUID) -> Sequence[Row[Any]]:
    return rows(MARKS, attempt=attempt_id)


def sheet(attempt_id: UUID, lang: str) -> Sequence[Row[Any]]:
    """All items with their keys, for what is said after the attempt."""
    return rows(SHEET, attempt=attempt_id, lang=lang)


def count(attempt_id: UUID) -> int:
    found: int = _found(row(COUNT, attempt=attempt_id))[0]
    return found


def standing(person_id: UUID, course_id: str, number: int) -> Row[Any] | None:
    """When an attempt of this person was submitted and had to be."""
    return row(STANDING, person=person_id, course=course_id, number=number)


def busy(course_id: str) -> set[UUID]:
    """Enrolments in the middle of an attempt: a new version of the course must not move them."""
    return {found.enrolment_id for found in rows(BUSY, course=course_id)}


def save(person_id: UUID, course_id: str, at: tuple[int, int], latest: datetime, values: dict[str, Any]) -> bool:
    """Keep an answer; False when no open item of this person has that attempt number, position and kind.

    `at`: attempt number, position. `latest`: the earliest deadline still accepted.
    """
    number, position = at
    return change(SAVE, person=person_id, course=course_id, number=number, at=position, latest=latest, **values) == 1


def _found(found: Row[Any] | None) -> Row[Any]:
    if found is None:
        raise LookupError("a row that foreign keys promise")
    return found
