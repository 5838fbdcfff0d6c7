"""Pickings, and all that may be picked: three statements, however many courses there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, insert, select, update

from lms_app.core.db import change, row, rows
from lms_app.courses.models import Course, CourseText, CourseVersion, Lesson, LessonText, Quiz, QuizText
from lms_app.courses.queries import OPEN
from lms_app.lti.models import ACTIVE, Picking, Platform

BEGIN = insert(Picking)
PICKING = (
    select(
        Picking.digest,
        Picking.platform_id,
        Picking.deployment_id,
        Picking.sub,
        Picking.settings,
        Picking.locale,
        Picking.origin,
        Picking.answered_at,
        Platform.name.label("platform"),
        Platform.issuer,
        Platform.client_id,
    )
    .join(Platform, Platform.id == Picking.platform_id)
    .where(Picking.digest == bindparam("digest"), Picking.expires_at > bindparam("now"), Platform.status == ACTIVE)
)
ANSWER = (
    update(Picking)
    .where(Picking.digest == bindparam("which"), Picking.answered_at.is_(None))
    .values(answered_at=bindparam("at"))
)
PRUNE = delete(Picking).where(Picking.expires_at <= bindparam("now"))
_NEWEST = and_(CourseVersion.course_id == Course.id, CourseVersion.number == Course.version, Course.status == OPEN)
COURSES = (
    select(
        Course.id,
        CourseVersion.audience,
        CourseVersion.minutes,
        CourseVersion.rule,
        CourseText.title,
        CourseText.summary,
        CourseText.search,
    )
    .select_from(Course)
    .join(CourseVersion, _NEWEST)
    .join(CourseText, and_(CourseText.version_id == CourseVersion.id, CourseText.lang == bindparam("lang")))
    .order_by(Course.id)
)
LESSONS = (
    select(Course.id.label("course_id"), Lesson.slug, Lesson.minutes, LessonText.title)
    .select_from(Course)
    .join(CourseVersion, _NEWEST)
    .join(Lesson, Lesson.version_id == CourseVersion.id)
    .join(LessonText, and_(LessonText.lesson_id == Lesson.id, LessonText.lang == bindparam("lang")))
    .order_by(Course.id, Lesson.position)
)
QUIZZES = (
    select(Course.id.label("course_id"), Quiz.slug, Quiz.settings, QuizText.title)
    .select_from(Course)
    .join(CourseVersion, _NEWEST)
    .join(Quiz, Quiz.version_id == CourseVersion.id)
    .join(QuizText, and_(QuizText.quiz_id == Quiz.id, QuizText.lang == bindparam("lang")))
    .order_by(Course.id, Quiz.position)
)


def begin(**values: Any) -> None:
    change(BEGIN, **values)


def picking(digest: str, now: datetime) -> Row[Any] | None:
    """One that has not ended, answered or not, of a platform in use."""
    return row(PICKING, digest=digest, now=now)


def answer(digest: str, at: datetime) -> bool:
    """Whether it was still open: of two answers only one gets True."""
    return change(ANSWER, which=digest, at=at) == 1


def prune(now: datetime) -> None:
    change(PRUNE, now=now)


def courses(lang: str) -> Sequence[Row[Any]]:
    """Every open course: id, audience, minutes, rule, title, summary, search."""
    return rows(COURSES, lang=lang)


def lessons(lang: str) -> Sequence[Row[Any]]:
    """Every lesson of every open course, in order: course_id, slug, minutes, title."""
    return rows(LESSONS, lang=lang)


def quizzes(lang: str) -> Sequence[Row[Any]]:
    """Every test of every open course, in order: course_id, slug, settings, title."""
    return rows(QUIZZES, lang=lang)
