"""Publishing: one folder, checked, becomes a version that never changes."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from lms_app.core import audit, outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Invalid
from lms_app.core.ids import new_id
from lms_app.courses import checker, compose, queries
from lms_app.courses.compose import LANGUAGES, Composer
from lms_app.courses.folder import Document, Folder
from lms_app.courses.issues import Issue, errors
from lms_app.courses.loader import load
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

STATUSES = {"draft", "review", "published", "retired"}
PUBLISHED = "courses.published"
ORDER = (CourseVersion, CourseText, Lesson, LessonText, Handout, Quiz, QuizText, Question, QuestionText, Media)
"""Rows are written in this order, so that what is referred to stands first."""


class NotPublishable(Invalid):
    """The folder has errors; `issues` names each with file and line."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("Khóa học còn %(n)s lỗi cần sửa trước khi xuất bản.", n=len(issues))
        self.issues = issues


@dataclass(frozen=True)
class Published:
    """`is_new` is false when the same content had been published before."""

    course: str
    version_id: UUID
    number: int
    digest: str
    is_new: bool


def check(path: Path, *, publishing: bool = False) -> list[Issue]:
    """Errors and warnings of a course's folder, by file and line."""
    return checker.check(load(path), now().date(), publishing=publishing)


def publish(path: Path, actor: object) -> Published:
    """Write the folder as the version that new people get. Raises `NotPublishable`.

    The same content again makes no version: the course only goes back to it and takes over `status`.
    Owes `courses.published` upward whenever another version becomes the newest one.
    """
    folder = load(path)
    course = db.session.scalar(select(Course).where(Course.id == folder.id).with_for_update())
    known = queries.version_of(folder.id, folder.digest)
    status = str(folder.course.values.get("status", ""))
    if course is not None and known is not None and status in STATUSES:
        return _again(course, known.id, known.number, folder.digest, status)
    if wrong := errors(checker.check(folder, now().date(), publishing=True)):
        raise NotPublishable(wrong)
    number = _last_number(folder.id) + 1
    before = _texts(folder.id, course.version) if course else {}
    if course is None:
        db.session.add(Course(id=folder.id, status=status, version=number))
    else:
        course.version, course.status = number, status
    db.session.flush()
    version_id = _write(folder, number, before)
    _tell(folder.id, version_id)
    audit.note(actor, "course.publish", folder.id, version=number, digest=folder.digest)
    return Published(folder.id, version_id, number, folder.digest, is_new=True)


def _again(course: Course, version_id: UUID, number: int, digest: str, status: str) -> Published:
    if course.version != number:
        _tell(course.id, version_id)
    course.version, course.status = number, status
    db.session.flush()
    return Published(course.id, version_id, number, digest, is_new=False)


def _tell(course_id: str, version_id: UUID) -> None:
    payload = {"course": course_id, "version": str(version_id)}
    outbox.put(PUBLISHED, f"{PUBLISHED}/{course_id}", "local", payload)


def _last_number(course_id: str) -> int:
    numbers = db.session.scalars(select(CourseVersion.number).where(CourseVersion.course_id == course_id))
    return max(numbers, default=0)


def _texts(course_id: str, number: int) -> dict[str, tuple[str, date]]:
    """Lesson slug -> its words and day of the last change, in the version before."""
    statement = (
        select(Lesson.slug, LessonText.html, Lesson.updated_on)
        .join(LessonText, LessonText.lesson_id == Lesson.id)
        .join(CourseVersion, CourseVersion.id == Lesson.version_id)
        .where(CourseVersion.course_id == course_id, CourseVersion.number == number, LessonText.lang == LANGUAGES[0])
    )
    return {slug: (html, day) for slug, html, day in db.session.execute(statement)}


def _write(folder: Folder, number: int, before: dict[str, tuple[str, date]]) -> UUID:
    rows = _Rows(folder, before)
    head = {"id": rows.version_id, "course_id": folder.id, "number": number, "published_at": now()}
    rows.put(CourseVersion, **head, **compose.version(folder))
    rows.course(folder)
    for name, data in folder.media.items():
        rows.put(Media, version_id=rows.version_id, name=name, digest=_keep(name, data))
    for model in ORDER:
        if rows.found.get(model):
            db.session.execute(insert(model), rows.found[model])
    return rows.version_id


def _keep(name: str, data: bytes) -> str:
    """Put a picture's bytes where `Media` says they are."""
    digest = sha256(data).hexdigest()
    key = media_key(digest, name)
    if not storage.exists(key):
        storage.put(key, data)
    return digest


def media_key(digest: str, name: str) -> str:
    return f"media/{digest}{PurePosixPath(name).suffix.lower()}"


class _Rows:
    """Gathers the rows of one version."""

    def __init__(self, folder: Folder, before: dict[str, tuple[str, date]]) -> None:
        self.version_id = new_id()
        self.before = before
        self.compose = Composer(folder)
        self.found: dict[type, list[dict[str, Any]]] = {}

    def put(self, model: type, **values: Any) -> None:
        self.found.setdefault(model, []).append(values)

    def course(self, folder: Folder) -> None:
        for lang in LANGUAGES:
            self.put(CourseText, version_id=self.version_id, lang=lang, **compose.course_text(folder, lang))
        for position, document in enumerate(folder.of("lesson"), 1):
            self.lesson(document, position)
        for document in folder.of("handout"):
            self.handout(document)
        for position, document in enumerate(folder.of("quiz"), 1):
            self.quiz(document, position)
        for document in (*folder.of("bank"), *folder.of("quiz")):
            self.questions(document)

    def lesson(self, document: Document, position: int) -> None:
        values, lesson_id = document.original.data.values, new_id()
        questions = document.original.questions
        html = self.compose.rendered(document, LANGUAGES[0]).html
        words, day = self.before.get(document.slug, ("", now().date()))
        self.put(
            Lesson,
            id=lesson_id,
            version_id=self.version_id,
            slug=document.slug,
            position=position,
            minutes=values["minutes"],
            complete=values.get("complete", "read"),
            checks=[question.slug for question in questions],
            updated_on=day if words == html else now().date(),
        )
        for lang in LANGUAGES:
            text = self.compose.text(document, lang)
            self.put(
                LessonText,
                lesson_id=lesson_id,
                lang=lang,
                text_lang=text.lang,
                title=text.title,
                html=self.compose.rendered(document, lang).html,
                checks={q.slug: self.compose.question(document, q, lang)[1] for q in questions},
                sources=self.compose.sources(document),
                kilobytes=self.compose.kilobytes(document, lang),
            )

    def handout(self, document: Document) -> None:
        for lang in LANGUAGES:
            text = self.compose.text(document, lang)
            html = self.compose.rendered(document, lang).html
            head = {"version_id": self.version_id, "slug": document.slug, "lang": lang, "text_lang": text.lang}
            self.put(Handout, **head, title=text.title, html=html)

    def quiz(self, document: Document, position: int) -> None:
        quiz_id = new_id()
        head = {"id": quiz_id, "version_id": self.version_id, "slug": document.slug, "position": position}
        self.put(Quiz, **head, settings=compose.settings(document))
        for lang in LANGUAGES:
            text = self.compose.text(document, lang)
            self.put(
                QuizText,
                quiz_id=quiz_id,
                lang=lang,
                text_lang=text.lang,
                title=text.title,
                intro=self.compose.block(text.page.text, text.lang),
                acknowledge=str(text.page.data.values.get("acknowledge", "")),
            )

    def questions(self, document: Document) -> None:
        for position, question in enumerate(document.original.questions, 1):
            question_id = new_id()
            self.put(
                Question,
                id=question_id,
                version_id=self.version_id,
                home=document.slug,
                slug=question.slug,
                position=position,
                kind=question.kind,
                points=question.points,
                difficulty=question.difficulty,
                tags=list(question.tags),
                key=self.compose.key(document, question),
            )
            for lang in LANGUAGES:
                text_lang, body = self.compose.question(document, question, lang)
                self.put(QuestionText, question_id=question_id, lang=lang, text_lang=text_lang, body=body)
