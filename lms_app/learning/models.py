"""Enrolments, ticks, and what tests ended with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id


class Enrolment(Base):
    """One person in one course, on the version they read.

    `stamp` grows with every write below it: pages use it as their ETag. `origin`: self, lti, assigned.
    `certificate`: the code of the one issued for it, so that other parts may name it.
    """

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("person_id", "course_id"),)
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    origin: Mapped[str] = mapped_column(String(10), default="self")
    enrolled_at: Mapped[datetime]
    seen_lesson: Mapped[str | None] = mapped_column(String(80))
    seen_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("course_version.id"))
    certificate: Mapped[str | None] = mapped_column(String(20))
    stamp: Mapped[int] = mapped_column(default=0)


class Progress(Base):
    """A lesson begun or done. Kept by slug, so that a new version of the course keeps the ticks.

    `checks`: slug of a self-check -> the answer given (`{"answer": ..., "share": 0..1}`).
    """

    __tablename__ = "progress"
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(80), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    done_at: Mapped[datetime | None]
    checks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class QuizResult(Base):
    """What a person's attempts at one test have come to. Shares are in [0, 1].

    `passed_at` is set once and stays. `first`, `last`, `best`: an LMS is told the one the course names.
    """

    __tablename__ = "quiz_result"
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    quiz: Mapped[str] = mapped_column(String(80), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    first: Mapped[float]
    last: Mapped[float]
    best: Mapped[float]
    passed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
