"""Published courses. A version is written once and never changed; its digest is that of its content.

Texts stand once for each language of the pages (`vi`, `en`), already resolved: where a translation is
missing the row for `en` holds the Vietnamese text and `text_lang` says so. A page asks for one row.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id


class Course(Base):
    """`id` is the folder's and the address's: `cc-01`. `version` is the number of the version new people get."""

    __tablename__ = "course"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    status: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]


class CourseVersion(Base):
    """What was published at one moment.

    `rule`: `{"lessons": "all" | [slugs], "quizzes": [slugs]}`; `certificate`: `{"kind", "template",
    "language": vi, en or vi-en, "valid_months", "refresher": a course id, "approval": bool, "issuer": its code}`;
    `grade`: which attempt counts for an LMS, best, last or first; `minutes` and `periods` (tiết) are estimates.
    """

    __tablename__ = "course_version"
    __table_args__ = (UniqueConstraint("course_id", "number"), UniqueConstraint("course_id", "digest"))
    id: Mapped[Id]
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(40))
    level: Mapped[int]
    minutes: Mapped[int]
    periods: Mapped[int]
    lessons: Mapped[int]
    owner: Mapped[str] = mapped_column(String(300))
    grade: Mapped[str] = mapped_column(String(10))
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    certificate: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime]


class CourseText(Base):
    """`search` is folded title, summary, tags and objectives."""

    __tablename__ = "course_text"
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(String(5), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    objectives: Mapped[list[str]] = mapped_column(JSON)
    search: Mapped[str] = mapped_column(Text)


class Lesson(Base):
    """`slug` is the lesson's `id` in its file and in the address; `checks` the slugs of its self-checks."""

    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("version_id", "slug"),)
    id: Mapped[Id]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    slug: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    minutes: Mapped[int]
    complete: Mapped[str] = mapped_column(String(10))
    checks: Mapped[list[str]] = mapped_column(JSON)
    updated_on: Mapped[date]


class LessonText(Base):
    """`html` is sanitised and final; `<!--check:slug-->` stands where a self-check is drawn.

    `checks`: slug -> the question's body as in `QuestionText.body`, with its key, never sent as it is.
    `sources`: `[{"act", "date", "title", "url", "checked_on", "status"}]`, dates as ISO text or None.
    `kilobytes`: text and pictures, brotli apart.
    """

    __tablename__ = "lesson_text"
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(String(5), primary_key=True)
    text_lang: Mapped[str] = mapped_column(String(5))
    title: Mapped[str] = mapped_column(String(300))
    html: Mapped[str] = mapped_column(Text)
    checks: Mapped[dict[str, Any]] = mapped_column(JSON)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    kilobytes: Mapped[int]


class Handout(Base):
    """A page from `shared/`, linked from lessons."""

    __tablename__ = "handout"
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    lang: Mapped[str] = mapped_column(String(5), primary_key=True)
    text_lang: Mapped[str] = mapped_column(String(5))
    title: Mapped[str] = mapped_column(String(300))
    html: Mapped[str] = mapped_column(Text)


class Quiz(Base):
    """`settings`: pass (percent), attempts, minutes, limit (minutes or None), shuffle, draw, show, cooldown_hours."""

    __tablename__ = "quiz"
    __table_args__ = (UniqueConstraint("version_id", "slug"),)
    id: Mapped[Id]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    slug: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)


class QuizText(Base):
    __tablename__ = "quiz_text"
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(String(5), primary_key=True)
    text_lang: Mapped[str] = mapped_column(String(5))
    title: Mapped[str] = mapped_column(String(300))
    intro: Mapped[str] = mapped_column(Text)
    acknowledge: Mapped[str] = mapped_column(Text, default="")


class Question(Base):
    """`home` is the slug of the bank or quiz it stands in.

    `kind`: single, multiple, numeric, gap, order, match. `key` is language-free and is what scoring reads:
      single, multiple  {"right": ["a", "c"], "options": ["a", "b", "c"], "partial": false}
      numeric           {"ranges": [["4.9", "5.1"]]}  (decimal strings, both ends included)
      gap               {"gaps": [{"accepted": ["TTHC"], "exact": false, "nodiacritics": true}]}
      order             {"sequence": ["a", "b", "c"]}
      match             {"pairs": {"a": "x", "b": "y"}, "choices": ["x", "y", "z"], "partial": false}
    """

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("version_id", "slug"),)
    id: Mapped[Id]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    home: Mapped[str] = mapped_column(String(80))
    slug: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    points: Mapped[int]
    difficulty: Mapped[int]
    tags: Mapped[list[str]] = mapped_column(JSON)
    key: Mapped[dict[str, Any]] = mapped_column(JSON)


class QuestionText(Base):
    """`body`, all HTML sanitised:

    `{"kind", "key", "stem": html, "situation": html, "options": [{"id", "html", "feedback": html}], "answer": html,`
    ` "wrong": [{"value", "feedback"}], "rows": [{"id", "html"}], "choices": [{"id", "html"}], "columns": [text, text],`
    ` "gaps": ["Viết tắt là ", "."], "unit": "%", "reread": {"lesson", "anchor", "title"} | None}`.

    Options for single, multiple, order; rows, choices and columns (heads of the table) for match; unit for numeric.
    gaps: the plain-text pieces around the blanks (one more piece than blanks). Stem, option, row and choice are inline
    HTML; situation, feedback and answer are paragraphs. `wrong` holds known wrong answers, `value` written as:
    numeric a decimal string, gap the text, order `b a c`, match `a=x2`.
    """

    __tablename__ = "question_text"
    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(String(5), primary_key=True)
    text_lang: Mapped[str] = mapped_column(String(5))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class Media(Base):
    """A picture of a course, by the digest of its bytes; the bytes lie in storage under `media/<digest><suffix>`."""

    __tablename__ = "media"
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
