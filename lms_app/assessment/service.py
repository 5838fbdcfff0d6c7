"""Attempts: begin, answer, submit, and what may be said afterwards. The server's clock rules.

An attempt stays on the version it began on: its quiz, its questions and its keys are that version's, whatever is
published meanwhile.
"""

import secrets
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lms_app.accounts.service import people as accounts
from lms_app.assessment import drawing, entrance, queries, scoring
from lms_app.assessment.forms import Posted
from lms_app.assessment.models import Attempt, AttemptItem
from lms_app.assessment.terms import Terms
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.courses.models import Question
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying as learning_service

GRACE = timedelta(seconds=30)
"""How long after the deadline an answer may still arrive: the network's time, not the learner's."""

SEED_BITS = 31
"""What an INTEGER holds on every database."""

WHY_NOT = {
    "passed": "Anh chị đã đạt bài kiểm tra này nên không cần làm lại.",
    "used_up": "Anh chị đã dùng hết số lượt làm. Hãy liên hệ người phụ trách khóa học.",
    "lessons": "Bài kiểm tra mở khi anh chị đọc xong các bài học. Hãy đọc nốt bài còn lại rồi quay lại đây.",
    "waiting": "Chưa đến giờ mở lượt làm tiếp theo. Trang bài kiểm tra ghi rõ giờ mở.",
}


class TimeUp(Conflict):
    """An answer came after the deadline and the grace."""


def start(person_id: UUID, course_id: str, *, acknowledged: bool = False, name: str | None = None) -> Attempt:
    """The attempt to answer: the open one, else a new one. One that ran out of time is submitted and returned.

    The enrolment is locked first, so that two starts at once give one attempt. Raises `Conflict` with the reason why
    none may begin, and `Invalid` when the quiz asks for a promise that was not given. `name`: what the certificate
    shall say, where its bearer has not confirmed it yet.
    """
    enrolment = learning_service.locked(person_id, course_id)
    running = _running(enrolment.id)
    if running:
        return _submit(enrolment, running) if entrance.is_over(running) else running
    found = entrance.look(enrolment, "vi")
    if found.entry.state != "open":
        raise Conflict(WHY_NOT[found.entry.state])
    if found.quiz.acknowledge and not acknowledged:
        raise Invalid(
            "Hãy đánh dấu vào ô cam kết trước khi làm bài", {"acknowledge": "Hãy đánh dấu vào ô này trước khi làm bài"}
        )
    if name is not None and found.head.certificate:
        accounts.confirm_name(person_id, name)
    return _begin(enrolment, found)


def save(person_id: UUID, course_id: str, position: int, posted: Posted) -> None:
    """Keep an answer, by one UPDATE that also checks owner, attempt, kind and time. Sent twice, it is kept once.

    Raises `TimeUp` after the deadline, `Conflict` after submission, `NotFound` for an item that is not this person's.
    """
    at = now()
    values = {
        "kind": posted.kind,
        "new_answer": posted.answer,
        "new_answered": posted.missing is None,
        "new_flagged": posted.flagged,
        "new_saved_at": at,
    }
    if queries.save(person_id, course_id, (posted.number, position), at - GRACE, values):
        return
    attempt = queries.standing(person_id, course_id, posted.number)
    if attempt is None:
        raise NotFound("Không có câu hỏi này trong lượt làm của anh chị. Hãy mở lại bài kiểm tra.")
    if attempt.submitted_at is not None:
        raise Conflict("Lượt làm này đã nộp nên không sửa được nữa. Mở trang bài kiểm tra để xem kết quả.")
    if attempt.deadline is not None and attempt.deadline < at - GRACE:
        raise TimeUp("Đã hết giờ nên câu trả lời vừa gửi không được tính. Các câu đã lưu vẫn được tính.")
    raise NotFound("Không có câu hỏi này trong lượt làm của anh chị. Hãy mở lại bài kiểm tra.")


def submit(person_id: UUID, course_id: str, number: int | None = None) -> Attempt:
    """Hand in the open attempt and grade it. `number` guards against an old tab; an attempt is graded once only."""
    enrolment = learning_service.locked(person_id, course_id)
    attempt = _numbered(enrolment.id, number)
    if attempt is None:
        raise NotFound("Anh chị chưa có lượt làm nào để nộp. Hãy mở bài kiểm tra và bắt đầu.")
    return attempt if attempt.submitted_at else _submit(enrolment, attempt)


def regrade(attempt_id: UUID) -> float:
    """The score that the stored answers earn, computed anew; nothing is written."""
    earned, total = _grade(attempt_id)
    return float(earned / total) if total else 0.0


def play(person_id: UUID, course_id: str, share: float) -> Attempt:
    """Take the test for a made-up person with about `share` of it right: the way a browser would, step by step."""
    attempt = start(person_id, course_id, acknowledged=True)
    items = _items(attempt.id)
    good = round(share * len(items))
    for at, (item, kind, key, _points) in enumerate(items):
        answer = drawing.shown(kind, item.layout, scoring.right(kind, key)) if at < good else None
        missing = None if at < good else "left empty"
        save(person_id, course_id, item.position, Posted(attempt.number, kind, answer, False, missing, "next"))
    return submit(person_id, course_id, attempt.number)


def _begin(enrolment: Enrolment, found: entrance.Entrance) -> Attempt:
    at, seed = now(), secrets.randbits(SEED_BITS)
    drawn = drawing.draw(seed, found.quiz.slug, found.terms, queries.pool(found.quiz.version_id))
    if not drawn:
        raise Conflict("Bài kiểm tra này chưa có câu hỏi. Hãy báo người phụ trách khóa học.")
    attempt = Attempt(
        enrolment_id=enrolment.id,
        version_id=found.quiz.version_id,
        quiz_id=found.quiz.id,
        quiz=found.quiz.slug,
        number=len(found.attempts) + 1,
        seed=seed,
        started_at=at,
        deadline=at + timedelta(minutes=found.terms.limit) if found.terms.limit else None,
    )
    db.session.add(attempt)
    enrolment.stamp += 1
    db.session.flush()
    db.session.add_all(
        AttemptItem(attempt_id=attempt.id, position=position, question_id=item.question, layout=item.layout)
        for position, item in enumerate(drawn, 1)
    )
    db.session.flush()
    return attempt


def _running(enrolment_id: UUID) -> Attempt | None:
    found: Attempt | None = db.session.scalar(
        select(Attempt).where(Attempt.enrolment_id == enrolment_id, Attempt.submitted_at.is_(None))
    )
    return found


def _numbered(enrolment_id: UUID, number: int | None) -> Attempt | None:
    wanted = select(Attempt).where(Attempt.enrolment_id == enrolment_id).order_by(Attempt.started_at.desc())
    if number is not None:
        wanted = wanted.where(Attempt.number == number)
    found: Attempt | None = db.session.scalar(wanted.limit(1))
    return found


def _items(attempt_id: UUID, *, lock: bool = False) -> list[Any]:
    """Items with kind, key and points of their questions, as the database has them now."""
    wanted = (
        select(AttemptItem, Question.kind, Question.key, Question.points)
        .join(Question, Question.id == AttemptItem.question_id)
        .where(AttemptItem.attempt_id == attempt_id)
        .order_by(AttemptItem.position)
        .execution_options(populate_existing=True)
    )
    return list(db.session.execute(wanted.with_for_update(of=AttemptItem) if lock else wanted))


def _submit(enrolment: Enrolment, attempt: Attempt) -> Attempt:
    """Grade once and hand the result down. What ran out of time counts as submitted at its deadline."""
    earned, total = _grade(attempt.id, write=True)
    terms = Terms.read(queries.quiz(attempt.quiz_id, "vi").settings)
    attempt.score = float(earned / total) if total else 0.0
    attempt.passed = terms.is_pass(earned, total)
    attempt.submitted_at = _end(attempt, now())
    db.session.flush()
    learning_service.record_result(enrolment.id, attempt.quiz, attempt.version_id, attempt.score, passed=attempt.passed)
    learning_service.catch_up(enrolment)
    return attempt


def _end(attempt: Attempt, at: datetime) -> datetime:
    return at if attempt.deadline is None else min(at, attempt.deadline)


def _grade(attempt_id: UUID, *, write: bool = False) -> tuple[Fraction, int]:
    """Points earned, without rounding, and points to be had."""
    earned, total = Fraction(0), 0
    for item, kind, key, points in _items(attempt_id, lock=write):
        got = scoring.exact(kind, key, drawing.named(kind, item.layout, item.answer)) * points
        if write:
            item.points = float(got)
        earned, total = earned + got, total + points
    return earned, total
