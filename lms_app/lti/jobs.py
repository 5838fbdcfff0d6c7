"""Scores on their way to platforms: owed with the score itself, sent until the platform has an answer."""

from typing import Any
from uuid import UUID

from flask import current_app

from lms_app.core import outbound, outbox
from lms_app.core.clock import now
from lms_app.core.db import reading, transaction
from lms_app.core.outbox import Outcome, Row
from lms_app.core.settings import Settings
from lms_app.learning import queries as learning
from lms_app.learning.queries import Standing
from lms_app.lti import grades, recording, registry, tokens
from lms_app.lti.claims import SCORE
from lms_app.lti.models import ACTIVE
from lms_app.lti.queries import grades as scores
from lms_app.lti.queries import platforms
from lms_app.web.i18n import say

PASSED = "Đã đạt bài kiểm tra cuối khóa."
NOT_PASSED = "Chưa đạt bài kiểm tra cuối khóa."
CERTIFIED = "Giấy chứng nhận: %(address)s"


def owe_grades(row: Row) -> None:
    """`learning.scored`: every line item that waits for this enrolment is owed the score that stands."""
    for grade in sorted(scores.grades_of(UUID(row.payload["enrolment"])), key=lambda found: str(found.id)):
        recording.owe(grade.id, grade.lineitem)


def tell_certificate(row: Row) -> None:
    """`certificates.issued`: the comment beside each grade of this enrolment names the certificate from now on."""
    enrolment = UUID(row.payload["enrolment"])
    scores.tell_certificate(enrolment, row.payload["code"])
    for grade in sorted(scores.grades_of(enrolment), key=lambda found: str(found.id)):
        recording.owe(grade.id, grade.lineitem)


def send_grade(row: Row) -> Outcome:
    """`lti.grade`: send the score that stands now, not the one of the time of the promise."""
    with reading():
        grade = scores.grade(UUID(row.payload["grade"]))
        stands = learning.standing(grade.enrolment_id) if grade else None
        sender = platforms.platform(grade.platform_id) if grade else None
    if grade is None or sender is None or stands is None or stands.share is None:
        return outbox.DONE
    if sender.status != ACTIVE:
        return _settled(grade, outbox.hold("the platform is disabled here"))
    if grade.state == "sent" and (grade.sent_share, grade.sent_certificate) == (stands.share, grade.certificate):
        return outbox.DONE
    return _send(grade, stands)


def _send(grade: Any, stands: Standing) -> Outcome:
    at, wait = grades.stamp(now(), grade.sent_at)
    if wait:
        return outbox.again("one score a second", wait)
    try:
        verdict = _post(grade, stands, at, fresh=False)
        if verdict.what == "token":
            verdict = _post(grade, stands, at, fresh=True)
    except tokens.TokenRefused as error:
        refused = outbox.hold(str(error)) if error.is_final else _again(str(error), error.wait, error.host_fault)
        return _settled(grade, refused)
    except outbound.Unreachable as error:
        is_ours = str(error) == "address"
        return _settled(grade, outbox.hold("address not allowed") if is_ours else _again(str(error), None, True))
    if verdict.what == "done":
        with transaction():
            scores.mark_sent(grade.id, stands.share or 0.0, grade.certificate, at)
        return outbox.DONE
    if verdict.what == "again":
        return _settled(grade, _again(verdict.error, verdict.wait, verdict.host_fault))
    return _settled(grade, outbox.hold(verdict.error))


def _post(grade: Any, stands: Standing, at: Any, *, fresh: bool) -> grades.Verdict:
    token = registry.token(grade.platform_id, SCORE, fresh=fresh)
    comment = _comment(grade, stands)
    answer = outbound.post(
        grades.scores_url(grade.lineitem),
        grades.payload(grade.sub, stands.share or 0.0, at, comment),
        headers={"Authorization": f"Bearer {token}", "Content-Type": grades.MEDIA_TYPE},
    )
    return grades.judge(answer.status, answer.body, answer.headers.get("Retry-After"), now())


def _comment(grade: Any, stands: Standing) -> str:
    """In the learner's language; with the certificate's address once there is one."""
    said = str(say(grade.locale, PASSED if stands.passed else NOT_PASSED))
    if not stands.passed or not grade.certificate:
        return said
    settings: Settings = current_app.extensions["settings"]
    return f"{said} {say(grade.locale, CERTIFIED, address=f'{settings.url}/v/{grade.certificate}')}"


def _again(error: str, wait: float | None, host_fault: bool) -> Outcome:
    return outbox.again(error, wait, host_fault=host_fault)


def _settled(grade: Any, outcome: Outcome) -> Outcome:
    """Say on the grade itself why it waits, for the operator and the teacher."""
    with transaction():
        scores.mark_state(grade.id, "held" if outcome.state == "held" else "owed", outcome.error)
    return outcome
