"""Enrolling, ticking lessons off, taking in test results, completing: each writes `stamp` and what is owed upward."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from lms_app.accounts.queries import people
from lms_app.core import audit, outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, NotFound
from lms_app.learning import completion
from lms_app.learning.models import Enrolment, Progress, QuizResult
from lms_app.learning.queries import studying as queries

COMPLETED = "learning.completed"
SCORED = "learning.scored"
MOVED = "learning.moved"
WITHDRAWN = "learning.withdrawn"


class Unanswered(Conflict):
    """The lesson asks for answers to its self-checks (`checks`: their slugs) before it counts as done."""

    def __init__(self, checks: tuple[str, ...]) -> None:
        super().__init__("Còn %(n)s câu tự kiểm tra chưa trả lời trong bài này.", n=len(checks))
        self.checks = checks


def enrol(person_id: UUID, course_id: str, origin: str = "self") -> Enrolment:
    """The person's enrolment, made on the newest version when there is none. Raises `NotFound` for a closed course."""
    found = db.session.scalar(
        select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.course_id == course_id)
    )
    if found:
        return found
    version_id = queries.newest_version(course_id)
    if version_id is None:
        raise NotFound("Khóa học này chưa mở hoặc đã đóng. Hãy chọn khóa khác trong danh mục.")
    at = now()
    made = Enrolment(
        person_id=person_id, course_id=course_id, version_id=version_id, origin=origin, enrolled_at=at, seen_at=at
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # a second click was faster
        return locked(person_id, course_id)
    return made


def locked(person_id: UUID, course_id: str) -> Enrolment:
    """The enrolment, locked for this transaction. Raises `NotFound` when the person is not enrolled."""
    found = db.session.scalar(
        select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.course_id == course_id).with_for_update()
    )
    if found is None:
        raise NotFound("Anh chị chưa ghi danh khóa học này. Mở trang khóa học và chọn Bắt đầu học.")
    return found


def finish_lesson(enrolment: Enrolment, slug: str) -> str | None:
    """Tick a lesson off and say the slug of the next one not done, None when all are.

    Raises `Unanswered` while a self-check of a `complete: check` lesson has no answer (right or wrong does not matter).
    """
    lesson = queries.lesson(enrolment.person_id, enrolment.course_id, slug, "vi")
    if lesson is None:
        raise NotFound("Bài học này không có trong khóa học.")
    unanswered = tuple(check for check in lesson.check_slugs if check not in (lesson.answers or {}))
    if lesson.complete == "check" and unanswered:
        raise Unanswered(unanswered)
    progress = _progress(enrolment, slug)
    if progress.done_at is None:
        progress.done_at = now()
    _touch(enrolment, slug)
    _complete_if_done(enrolment)
    return _next(enrolment, slug)


def answer_check(enrolment: Enrolment, slug: str, check: str, answer: Any, share: float) -> None:
    """Keep what was answered to a self-check; the newest answer counts, nothing is graded."""
    progress = _progress(enrolment, slug)
    progress.checks = {**progress.checks, check: {"answer": answer, "share": share}}
    _touch(enrolment, slug)


def record_result(enrolment_id: UUID, quiz: str, version_id: UUID, share: float, *, passed: bool) -> None:
    """Take in the result of one submitted attempt (`share` in [0, 1]) and owe it to whoever waits for a grade."""
    enrolment = db.session.get_one(Enrolment, enrolment_id, with_for_update=True)
    result = db.session.get(QuizResult, (enrolment_id, quiz))
    at = now()
    if result is None:
        result = QuizResult(enrolment_id=enrolment_id, quiz=quiz, version_id=version_id, first=share, best=share)
        db.session.add(result)
    result.last = share
    result.best = max(result.best, share)
    result.version_id, result.updated_at = version_id, at
    if passed and result.passed_at is None:
        result.passed_at = at
    _touch(enrolment, enrolment.seen_lesson)
    outbox.put(
        SCORED, f"{SCORED}/{enrolment_id}", "local", {"enrolment": str(enrolment_id), "quiz": quiz}, replace=True
    )
    _complete_if_done(enrolment)


def read_all(enrolment: Enrolment) -> None:
    """Tick every lesson, as somebody would who reads them all (demo data and trials)."""
    for slug in queries.slugs(enrolment.version_id):
        progress = _progress(enrolment, slug)
        progress.done_at = progress.done_at or now()
    _touch(enrolment, None)
    _complete_if_done(enrolment)


def follow(course_id: str, version_id: UUID, *, except_for: set[UUID]) -> int:
    """Move unfinished enrolments to a newly published version, but those in the middle of an attempt."""
    moved = [found for found in queries.behind(course_id, version_id) if found not in except_for]
    if moved:
        db.session.execute(
            update(Enrolment)
            .where(Enrolment.id.in_(moved))
            .values(version_id=version_id, stamp=Enrolment.stamp + 1)
            .execution_options(synchronize_session=False)
        )
    return len(moved)


def catch_up(enrolment: Enrolment) -> None:
    """After an attempt on an older version: read the newest from here on, unless the course is done."""
    newest = queries.newest_version(enrolment.course_id)
    if newest and enrolment.completed_at is None and enrolment.version_id != newest:
        enrolment.version_id = newest
        _touch(enrolment, enrolment.seen_lesson)


def certified(enrolment_id: UUID, code: str) -> None:
    """Note the code of the certificate issued for a completed enrolment."""
    db.session.get_one(Enrolment, enrolment_id).certificate = code


def withdraw(person_id: UUID, course_id: str, reason: str, *, by: str, actor: object) -> None:
    """Take a completion back: the tests are to be passed again, what was read stays read. `by`: whose order, by name.

    Raises `Conflict` while there is nothing to take back.
    """
    enrolment = locked(person_id, course_id)
    if enrolment.completed_at is None:
        raise Conflict("Người này chưa hoàn thành khóa học nên không có kết quả để hủy.")
    enrolment.completed_at = enrolment.completed_version_id = enrolment.certificate = None
    db.session.execute(update(QuizResult).where(QuizResult.enrolment_id == enrolment.id).values(passed_at=None))
    _touch(enrolment, enrolment.seen_lesson)
    audit.note(actor, "learning.withdraw", enrolment.id, reason=reason)
    ids = {"enrolment": str(enrolment.id), "reason": reason, "by": by}
    outbox.put(WITHDRAWN, f"{WITHDRAWN}/{enrolment.id}", "local", ids)


def hand_over(giver: UUID, taker: UUID) -> list[str]:
    """Give the enrolments of one person to another, but those in a course where the other has one. Their ids.

    Certificates follow by the topic `learning.moved`.
    """
    taken = set(db.session.scalars(select(Enrolment.course_id).where(Enrolment.person_id == taker)))
    found = db.session.scalars(select(Enrolment).where(Enrolment.person_id == giver).with_for_update())
    number = people.numbers([taker])[taker]
    return [_hand(one, taker, number) for one in found if one.course_id not in taken]


def hand_back(enrolment_ids: Sequence[UUID], holder: UUID, owner: UUID, since: datetime) -> None:
    """Give enrolments back to whom they were taken from at that time.

    But those that the holder has completed meanwhile, since their certificate bears the holder's name; and those in a
    course that the owner has begun anew.
    """
    begun = set(db.session.scalars(select(Enrolment.course_id).where(Enrolment.person_id == owner)))
    which = select(Enrolment).where(Enrolment.id.in_(enrolment_ids), Enrolment.person_id == holder)
    number = people.numbers([owner])[owner]
    for one in db.session.scalars(which.order_by(Enrolment.id).with_for_update()).all():
        is_theirs = one.completed_at is not None and one.completed_at >= since
        if not is_theirs and one.course_id not in begun:
            _hand(one, owner, number)


def _hand(enrolment: Enrolment, person_id: UUID, number: int) -> str:
    enrolment.person_id, enrolment.person_number = person_id, number
    enrolment.stamp += 1
    db.session.flush()
    ids = {"enrolment": str(enrolment.id), "person": str(person_id)}
    outbox.put(MOVED, f"{MOVED}/{enrolment.id}", "local", ids)
    return str(enrolment.id)


def _progress(enrolment: Enrolment, slug: str) -> Progress:
    found = db.session.get(Progress, (enrolment.id, slug))
    if found is None:
        found = Progress(enrolment_id=enrolment.id, lesson=slug, version_id=enrolment.version_id, checks={})
        db.session.add(found)
    found.version_id = enrolment.version_id
    return found


def _touch(enrolment: Enrolment, slug: str | None) -> None:
    enrolment.stamp += 1
    enrolment.seen_at = now()
    enrolment.seen_lesson = slug
    db.session.flush()


def _complete_if_done(enrolment: Enrolment) -> None:
    if enrolment.completed_at is not None:
        return
    rule = queries.rule(enrolment.version_id).rule
    left = completion.missing(
        rule, queries.slugs(enrolment.version_id), queries.ticks(enrolment.id), queries.passed(enrolment.id)
    )
    if not left.is_complete:
        return
    enrolment.completed_at = now()
    enrolment.completed_version_id = enrolment.version_id
    db.session.flush()
    outbox.put(COMPLETED, f"{COMPLETED}/{enrolment.id}", "local", {"enrolment": str(enrolment.id)})


def _next(enrolment: Enrolment, slug: str) -> str | None:
    """The first lesson not done after this one, else before it."""
    order, done = queries.slugs(enrolment.version_id), queries.ticks(enrolment.id)
    at = order.index(slug) + 1 if slug in order else 0
    return next((found for found in order[at:] + order[:at] if found not in done), None)
