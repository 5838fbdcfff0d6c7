"""Reading published courses. `lang` is the language of the page: the rows exist for each, already resolved."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, false, select

from lms_app.core.db import row, rows
from lms_app.core.text import fold
from lms_app.courses.models import (
    Course,
    CourseText,
    CourseVersion,
    Handout,
    Lesson,
    LessonText,
    Media,
    Question,
    QuestionText,
    Quiz,
    QuizText,
)

OPEN = "published"

_COURSE = (
    Course.id,
    Course.status,
    CourseVersion.id.label("version_id"),
    CourseVersion.number,
    CourseVersion.label,
    CourseVersion.audience,
    CourseVersion.level,
    CourseVersion.minutes,
    CourseVersion.periods,
    CourseVersion.lessons,
    CourseVersion.owner,
    CourseVersion.grade,
    CourseVersion.rule,
    CourseVersion.certificate,
    CourseVersion.published_at,
    CourseText.title,
    CourseText.summary,
    CourseText.objectives,
)
_TEXT = and_(CourseText.version_id == CourseVersion.id, CourseText.lang == bindparam("lang"))
_NEWEST = and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version)
_VERSIONS = select(*_COURSE).select_from(Course).join(CourseVersion, CourseVersion.course_id == Course.id)

COURSE = (
    select(*_COURSE)
    .select_from(Course)
    .join(CourseVersion, _NEWEST)
    .join(CourseText, _TEXT)
    .where(Course.id == bindparam("course"))
)
VERSION = _VERSIONS.join(CourseText, _TEXT).where(CourseVersion.id == bindparam("version"))
CATALOGUE = (
    select(
        Course.id,
        CourseVersion.audience,
        CourseVersion.minutes,
        CourseVersion.lessons,
        CourseText.title,
        CourseText.summary,
    )
    .select_from(Course)
    .join(CourseVersion, _NEWEST)
    .join(CourseText, _TEXT)
    .where(Course.status == OPEN)
    .order_by(Course.id)
)
DIGEST = select(CourseVersion.id, CourseVersion.number, CourseVersion.published_at).where(
    CourseVersion.course_id == bindparam("course"), CourseVersion.digest == bindparam("digest")
)
LESSON = (
    select(
        Lesson.id,
        Lesson.slug,
        Lesson.position,
        Lesson.minutes,
        Lesson.complete,
        Lesson.checks,
        Lesson.updated_on,
        LessonText.title,
        LessonText.html,
        LessonText.checks.label("checks_body"),
        LessonText.sources,
        LessonText.kilobytes,
        LessonText.text_lang,
    )
    .join(LessonText, and_(LessonText.lesson_id == Lesson.id, LessonText.lang == bindparam("lang")))
    .where(Lesson.version_id == bindparam("version"), Lesson.slug == bindparam("slug"))
)
OUTLINE = (
    select(Lesson.slug, Lesson.position, LessonText.title, Lesson.minutes)
    .join(LessonText, and_(LessonText.lesson_id == Lesson.id, LessonText.lang == bindparam("lang")))
    .where(Lesson.version_id == bindparam("version"))
    .order_by(Lesson.position)
)
_QUIZ = select(
    Quiz.id,
    Quiz.version_id,
    Quiz.slug,
    Quiz.position,
    Quiz.settings,
    QuizText.title,
    QuizText.intro,
    QuizText.acknowledge,
    QuizText.text_lang,
).join(QuizText, and_(QuizText.quiz_id == Quiz.id, QuizText.lang == bindparam("lang")))
QUIZZES = _QUIZ.where(Quiz.version_id == bindparam("version")).order_by(Quiz.position)
QUIZ = _QUIZ.where(Quiz.version_id == bindparam("version"), Quiz.slug == bindparam("slug"))
_QUESTION = (
    Question.id,
    Question.home,
    Question.slug,
    Question.position,
    Question.kind,
    Question.points,
    Question.difficulty,
    Question.tags,
    Question.key,
)
POOL = (
    select(*_QUESTION)
    .where(Question.version_id == bindparam("version"), Question.home == bindparam("home"))
    .order_by(Question.position)
)
QUESTION = (
    select(*_QUESTION, QuestionText.body, QuestionText.text_lang)
    .join(QuestionText, and_(QuestionText.question_id == Question.id, QuestionText.lang == bindparam("lang")))
    .where(Question.id == bindparam("question"))
)
HANDOUT = (
    select(Handout.version_id, Handout.slug, Handout.title, Handout.html, Handout.text_lang)
    .join(CourseVersion, CourseVersion.id == Handout.version_id)
    .join(Course, and_(Course.id == CourseVersion.course_id, Course.version == CourseVersion.number))
    .where(Course.id == bindparam("course"), Handout.slug == bindparam("slug"), Handout.lang == bindparam("lang"))
)
MEDIA = (
    select(Media.digest)
    .join(CourseVersion, CourseVersion.id == Media.version_id)
    .where(
        CourseVersion.course_id == bindparam("course"),
        Media.name == bindparam("name"),
        Media.digest.startswith(bindparam("digest"), autoescape=False),
    )
)
VERSIONS = (
    select(Course.id, Course.status, Course.version, CourseVersion.published_at, CourseText.title)
    .join(CourseVersion, _NEWEST)
    .join(CourseText, _TEXT)
    .order_by(Course.id)
)


def course(course_id: str, lang: str) -> Row[Any] | None:
    """The version new people get, whatever the course's `status`; None for a course never published."""
    return row(COURSE, course=course_id, lang=lang)


def version(version_id: UUID, lang: str) -> Row[Any] | None:
    """The same columns as `course`, for one version."""
    return row(VERSION, version=version_id, lang=lang)


def version_of(course_id: str, digest: str) -> Row[Any] | None:
    """The version with exactly this content: id, number, published_at."""
    return row(DIGEST, course=course_id, digest=digest)


def lesson(version_id: UUID, slug: str, lang: str) -> Row[Any] | None:
    """One lesson with its text; `checks` are the slugs of the self-checks, `checks_body` their bodies with keys."""
    return row(LESSON, version=version_id, slug=slug, lang=lang)


def outline(version_id: UUID, lang: str) -> Sequence[Row[Any]]:
    """slug, position, title, minutes of every lesson, in order."""
    return rows(OUTLINE, version=version_id, lang=lang)


def quizzes(version_id: UUID, lang: str) -> Sequence[Row[Any]]:
    """id, version_id, slug, position, settings, title, intro (HTML), acknowledge, text_lang."""
    return rows(QUIZZES, version=version_id, lang=lang)


def quiz(version_id: UUID, slug: str, lang: str) -> Row[Any] | None:
    return row(QUIZ, version=version_id, slug=slug, lang=lang)


def pool(version_id: UUID, home: str) -> Sequence[Row[Any]]:
    """Every question of a bank or of a quiz: id, home, slug, position, kind, points, difficulty, tags, key."""
    return rows(POOL, version=version_id, home=home)


def question(question_id: UUID, lang: str) -> Row[Any] | None:
    """The columns of `pool` with `body` and `text_lang`."""
    return row(QUESTION, question=question_id, lang=lang)


def handout(course_id: str, slug: str, lang: str) -> Row[Any] | None:
    """A handout of the newest version: version_id, slug, title, html, text_lang."""
    return row(HANDOUT, course=course_id, slug=slug, lang=lang)


def media(course_id: str, digest: str, name: str) -> str | None:
    """The whole digest of a picture from its first digits and its name, in any version of the course."""
    found = row(MEDIA, course=course_id, digest=digest, name=name)
    return found.digest if found else None


def listed(lang: str) -> Sequence[Row[Any]]:
    """Every course ever published: id, status, version, published_at, title."""
    return rows(VERSIONS, lang=lang)


def catalogue(lang: str) -> Sequence[Row[Any]]:
    """id, audience, minutes, lessons, title, summary of every open course."""
    return rows(CATALOGUE, lang=lang)


def search_catalogue(text: str, audience: str, lang: str) -> Sequence[Row[Any]]:
    """Open courses that hold every word of `text` (any case, with or without marks), for one audience or all ("")."""
    words = fold(text).split()[:8]
    found = CATALOGUE
    for word in words:
        found = found.where(CourseText.search.contains(word, autoescape=True))
    if audience:
        letters = "".join(c for c in audience if c.isalnum())
        found = found.where(CourseVersion.audience.contains(letters) if letters == audience else false())
    return rows(found, lang=lang)
