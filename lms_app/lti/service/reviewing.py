"""Submission Review 1.0: from a cell of the gradebook to that learner's attempt, for the teacher and for themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.assessment import entrance, feedback
from lms_app.assessment import queries as assessment
from lms_app.assessment.entrance import Entrance
from lms_app.assessment.feedback import Finding
from lms_app.core.errors import NotFound
from lms_app.lti import recording
from lms_app.lti.claims import Launch
from lms_app.lti.forms import Place
from lms_app.lti.queries import classes, reviews
from lms_app.lti.reasons import refusal
from lms_app.lti.service import opening
from lms_app.lti.service.classes import of_launch
from lms_app.lti.service.opening import Found, Opened

NOBODY = "Học viên này không có trong lớp của anh chị, hoặc chưa mở khóa học này."


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with what was answered. `points` of `worth`."""

    finding: Finding
    points: float
    worth: int

    @property
    def is_right(self) -> bool:
        return self.points >= self.worth


@dataclass(frozen=True, slots=True)
class Work:
    """A learner's attempts at the final test, oldest first, and one of them with all its answers."""

    where: Row[Any]
    student: Row[Any]
    entrance: Entrance
    attempt: Any
    answers: Sequence[Answer]


def open_review(said: Launch, sender: Row[Any]) -> Opened:
    """A teacher sees the learner's attempts, the learner their own result. Raises `LaunchRefused` for anybody else."""
    if not said.is_teacher and said.for_user != said.sub:
        raise refusal("reviewer")
    link = reviews.asked(sender.id, said)
    work = reviews.work(sender.id, said.for_user, link) if link else None
    if link is None or work is None:
        raise refusal("no-work")
    known = recording.known(sender.id, said, Place(link.course_id, link.place))
    user_id, person_id = recording.user(known, sender, said)
    if said.is_teacher:
        if not work.is_here:
            raise refusal("no-work")
        scope = {"course": link.course_id, "use": opening.TEACH}
        return opening.record(said, sender, Found(user_id, person_id, link.id), scope, f"/lti/review/{work.id}")
    if not work.submitted:
        raise refusal("no-work")
    scope = {"course": link.course_id, "use": opening.LEARN}
    found = Found(user_id, person_id, link.id, work.id)
    return opening.record(said, sender, found, scope, f"/courses/{link.course_id}/final/result")


def look(launch_id: UUID, enrolment_id: UUID, number: int | None, lang: str) -> Work:
    """The attempts of somebody in the teacher's class; `number`: which to show, the newest if none is given.

    Raises `NotFound` for anybody else, for a course without a test, and for an attempt that was not handed in.
    """
    where = of_launch(launch_id, lang)
    student = classes.student(where, enrolment_id)
    if student is None:
        raise NotFound(NOBODY)
    found = entrance.look(student, lang)
    attempt = next((one for one in reversed(found.attempts) if number in {None, one.number}), None)
    if attempt is None and number is not None:
        raise NotFound("Học viên này chưa nộp lượt làm đó.")
    return Work(where, student, found, attempt, _answers(attempt.id, lang) if attempt else ())


def _answers(attempt_id: UUID, lang: str) -> Sequence[Answer]:
    """With the key, which a teacher may always see."""
    return [
        Answer(feedback.find(item, with_key=True), item.points or 0, item.worth)
        for item in assessment.sheet(attempt_id, lang)
    ]
