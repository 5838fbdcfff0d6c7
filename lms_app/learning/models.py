"""Enrolments, ticks, what tests ended with; and courses that HR assigns, with the mail about their due dates."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.accounts.numbering import PersonNumber, person_key
from lms_app.core.db import Base, Id


class Enrolment(Base):
    """One person in one course, on the version they read.

    `stamp` grows with every write below it: pages use it as their ETag. `origin`: self, lti, assigned.
    `certificate`: the code of the one issued for it, so that other parts may name it.
    The first two indexes hold all that coverage asks of everybody's enrolments at once, the last all that the
    indicators ask of each person's.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        person_key(),
        UniqueConstraint("person_id", "course_id"),
        Index("ix_enrolment_completed", "completed_at", "person_id", "course_id", "id", "person_number"),
        Index("ix_enrolment_due", "due_at", "completed_at", "person_id", "course_id", "id", "person_number"),
        Index(
            "ix_enrolment_of_person",
            *("person_id", "completed_at", "certificate", "course_id", "completed_version_id"),
        ),
    )
    id: Mapped[Id]
    person_id: Mapped[UUID]
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
    person_number: Mapped[PersonNumber]


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


class Assignment(Base):
    """HR asks the staff of a unit with all below it, in one group or ("") in all, to complete courses by a day.

    Who joins later is enrolled too, until `closed_at`. `due_on`: the last day, local time.
    """

    __tablename__ = "assignment"
    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(300))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    group: Mapped[str] = mapped_column("audience", String(10), default="")
    due_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_by_name: Mapped[str] = mapped_column(String(300))
    closed_at: Mapped[datetime | None]


class AssignmentCourse(Base):
    """One course of an assignment; several make a programme, in the order of `position`."""

    __tablename__ = "assignment_course"
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"), primary_key=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("course.id"), primary_key=True)
    position: Mapped[int]


class AssignedEnrolment(Base):
    """An enrolment that an assignment asks for, whether it made it or found it."""

    __tablename__ = "assigned_enrolment"
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"), primary_key=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True, index=True)
    added_at: Mapped[datetime]


class Reminder(Base):
    """One mail about one assignment to one person: owed once for each `kind` and `on`, and what became of it.

    `kind`: before, after (the due day) or manual. `state`: owed, sending, sent, skipped (`why`) or unclear (the worker
    died between sending and noting; it is not sent again).
    """

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("assignment_id", "person_id", "kind", "on_day"),)
    id: Mapped[Id]
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(6))
    on: Mapped[date] = mapped_column("on_day")
    state: Mapped[str] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(String(300), default="")
    owed_at: Mapped[datetime]
    owed_by: Mapped[str] = mapped_column(String(300))
    sent_at: Mapped[datetime | None]
