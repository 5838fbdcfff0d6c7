"""Attempts at a test and what was answered. Both point to the version they were made on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id


class Attempt(Base):
    """`seed` drew the questions and their order; `deadline` is by our clock, None without a limit.

    `score` is a share in [0, 1], set when submitted.
    """

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("enrolment_id", "quiz", "number"),)
    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("course_version.id"))
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"))
    quiz: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    seed: Mapped[int]
    started_at: Mapped[datetime]
    deadline: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    score: Mapped[float | None]
    passed: Mapped[bool | None]


class AttemptItem(Base):
    """One drawn question. `layout` is the order in which its options (or choices) were shown: a list of their ids.

    `answer` is what the page sent, options and choices by their number in `layout`, so that no page tells ids:
    single "2"; multiple ["0", "2"]; order {"0": "3", ...} (number -> rank); match {"a": "1"} (row -> choice);
    numeric and gap as typed ("4,9", ["TTHC"]). `drawing.named` turns it into ids.
    `answered`: nothing is missing in it. `points` is set when the attempt is submitted and closes the item.
    """

    __tablename__ = "attempt_item"
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id"))
    layout: Mapped[list[str]] = mapped_column(JSON)
    answer: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    answered: Mapped[bool] = mapped_column(default=False)
    flagged: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime | None]
    points: Mapped[float | None]
