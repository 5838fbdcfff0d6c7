"""Reading enrolments, lessons with a person's ticks, and where somebody stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, case, func, select

from lms_app.core.db import row, rows
from lms_app.courses.models import Course, CourseText, CourseVersion, Lesson, LessonText
from lms_app.learning.models import AssignedEnrolment, Assignment, Enrolment, Progress, QuizResult

_MINE = (Enrolment.person_id == bindparam("person"), Enrolment.course_id == bindparam("course"))
_ENROLMENT = (
    Enrolment.id,
    Enrolment.person_id,
    Enrolment.course_id,
    Enrolment.version_id,
    Enrolment.completed_at,
    Enrolment.certificate,
    Enrolment.seen_lesson,
    Enrolment.stamp,
)
ASSIGNED_BY = (
    select(Assignment.created_by_name)
    .join(AssignedEnrolment, AssignedEnrolment.assignment_id == Assignment.id)
    .where(AssignedEnrolment.enrolment_id == Enrolment.id, Assignment.closed_at.is_(None))
    .order_by(Assignment.due_on, Assignment.created_at)
    .limit(1)
    .correlate(Enrolment)
    .scalar_subquery()
)
"""For a statement with `Enrolment` in it: who assigned it, of several the one whose day comes first."""

ENROLMENT = select(*_ENROLMENT, Enrolment.due_at, ASSIGNED_BY.label("assigned_by")).where(*_MINE)
BY_ID = select(*_ENROLMENT).where(Enrolment.id == bindparam("enrolment"))
LESSON = (
    select(
        Enrolment.id.label("enrolment_id"),
        Enrolment.version_id,
        Enrolment.stamp,
        CourseText.title.label("course_title"),
        Lesson.slug,
        Lesson.position,
        Lesson.minutes,
        Lesson.complete,
        Lesson.checks.label("check_slugs"),
        Lesson.updated_on,
        LessonText.title,
        LessonText.html,
        LessonText.checks,
        LessonText.sources,
        LessonText.kilobytes,
        LessonText.text_lang,
        Progress.done_at,
        Progress.checks.label("answers"),
    )
    .select_from(Enrolment)
    .join(CourseText, and_(CourseText.version_id == Enrolment.version_id, CourseText.lang == bindparam("lang")))
    .join(Lesson, and_(Lesson.version_id == Enrolment.version_id, Lesson.slug == bindparam("lesson")))
    .join(LessonText, and_(LessonText.lesson_id == Lesson.id, LessonText.lang == bindparam("lang")))
    .outerjoin(Progress, and_(Progress.enrolment_id == Enrolment.id, Progress.lesson == Lesson.slug))
    .where(*_MINE)
)
OUTLINE = (
    select(Lesson.slug, Lesson.position, Lesson.minutes, LessonText.title, Progress.done_at)
    .join(LessonText, and_(LessonText.lesson_id == Lesson.id, LessonText.lang == bindparam("lang")))
    .outerjoin(Progress, and_(Progress.lesson == Lesson.slug, Progress.enrolment_id == bindparam("enrolment")))
    .where(Lesson.version_id == bindparam("version"))
    .order_by(Lesson.position)
)
DONE = (
    select(func.count())
    .select_from(Progress)
    .join(Lesson, and_(Lesson.slug == Progress.lesson, Lesson.version_id == Enrolment.version_id))
    .where(Progress.enrolment_id == Enrolment.id, Progress.done_at.is_not(None))
    .correlate(Enrolment)
    .scalar_subquery()
)
"""For a statement with `Enrolment` in it: how many lessons are ticked off, of the version that is read."""

FINAL_RESULT = and_(
    QuizResult.enrolment_id == Enrolment.id,
    QuizResult.quiz == CourseVersion.rule[("quizzes", 0)].as_string(),
)
SHARE = case(
    (CourseVersion.grade == "first", QuizResult.first),
    (CourseVersion.grade == "last", QuizResult.last),
    else_=QuizResult.best,
)
"""What `standing` tells, for statements over many enrolments: join `QuizResult` on `FINAL_RESULT`."""

MINE = (
    select(
        *_ENROLMENT,
        Enrolment.origin,
        Enrolment.due_at,
        ASSIGNED_BY.label("assigned_by"),
        Enrolment.seen_at,
        CourseText.title,
        CourseText.summary,
        CourseVersion.audience,
        CourseVersion.minutes,
        CourseVersion.lessons,
        DONE.label("done"),
    )
    .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
    .join(CourseText, and_(CourseText.version_id == Enrolment.version_id, CourseText.lang == bindparam("lang")))
    .where(Enrolment.person_id == bindparam("person"))
    .order_by(Enrolment.seen_at.desc())
)
TICKS = select(Progress.lesson).where(Progress.enrolment_id == bindparam("enrolment"), Progress.done_at.is_not(None))
PASSED = select(QuizResult.quiz).where(
    QuizResult.enrolment_id == bindparam("enrolment"), QuizResult.passed_at.is_not(None)
)
RULE = select(CourseVersion.rule, CourseVersion.grade, CourseVersion.course_id).where(
    CourseVersion.id == bindparam("version")
)
ASKED = (
    select(CourseVersion.rule, CourseVersion.grade, Enrolment.certificate)
    .join(Enrolment, Enrolment.version_id == CourseVersion.id)
    .where(Enrolment.id == bindparam("enrolment"))
)
SLUGS = select(Lesson.slug).where(Lesson.version_id == bindparam("version")).order_by(Lesson.position)
RESULTS = select(QuizResult.quiz, QuizResult.first, QuizResult.last, QuizResult.best, QuizResult.passed_at).where(
    QuizResult.enrolment_id == bindparam("enrolment")
)
NEWEST = (
    select(CourseVersion.id)
    .join(Course, and_(Course.id == CourseVersion.course_id, Course.version == CourseVersion.number))
    .where(Course.id == bindparam("course"), Course.status == "published")
)
BEHIND = select(Enrolment.id).where(
    Enrolment.course_id == bindparam("course"),
    Enrolment.completed_at.is_(None),
    Enrolment.version_id != bindparam("version"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a grade says of an enrolment. `share` in [0, 1] is the final test's, by the course's grade mode.

    `certificate`: the code of the one issued.
    """

    share: float | None
    passed: bool
    certificate: str | None


def enrolment(person_id: UUID, course_id: str) -> Row[Any] | None:
    return row(ENROLMENT, person=person_id, course=course_id)


def by_id(enrolment_id: UUID) -> Row[Any] | None:
    return row(BY_ID, enrolment=enrolment_id)


def lesson(person_id: UUID, course_id: str, slug: str, lang: str) -> Row[Any] | None:
    """The lesson on the version this person reads, with their tick and self-check answers; None if not enrolled."""
    return row(LESSON, person=person_id, course=course_id, lesson=slug, lang=lang)


def outline(version_id: UUID, enrolment_id: UUID | None, lang: str) -> Sequence[Row[Any]]:
    return rows(OUTLINE, version=version_id, enrolment=enrolment_id, lang=lang)


def mine(person_id: UUID, lang: str) -> Sequence[Row[Any]]:
    return rows(MINE, person=person_id, lang=lang)


def results(enrolment_id: UUID) -> Sequence[Row[Any]]:
    return rows(RESULTS, enrolment=enrolment_id)


def newest_version(course_id: str) -> UUID | None:
    """The version new people get; None when the course is not open."""
    found = row(NEWEST, course=course_id)
    return found.id if found else None


def ticks(enrolment_id: UUID) -> set[str]:
    return {found.lesson for found in rows(TICKS, enrolment=enrolment_id)}


def passed(enrolment_id: UUID) -> set[str]:
    return {found.quiz for found in rows(PASSED, enrolment=enrolment_id)}


def slugs(version_id: UUID) -> list[str]:
    return [found.slug for found in rows(SLUGS, version=version_id)]


def rule(version_id: UUID) -> Row[Any]:
    found = row(RULE, version=version_id)
    if found is None:
        raise LookupError(version_id)
    return found


def standing(enrolment_id: UUID) -> Standing | None:
    """Where an enrolment stands now; None when it is gone."""
    asked = row(ASKED, enrolment=enrolment_id)
    if asked is None:
        return None
    quiz = next(iter(asked.rule.get("quizzes", [])), None)
    result = next((found for found in results(enrolment_id) if found.quiz == quiz), None)
    return Standing(
        share=getattr(result, asked.grade) if result else None,
        passed=bool(result and result.passed_at),
        certificate=asked.certificate,
    )


def behind(course_id: str, version_id: UUID) -> list[UUID]:
    """Unfinished enrolments that still read an older version."""
    return [found.id for found in rows(BEHIND, course=course_id, version=version_id)]
