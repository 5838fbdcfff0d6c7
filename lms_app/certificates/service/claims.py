"""Completed courses that are not certified yet: their bearer's word on the name, the hours without one, approval.

    completed -> waits for the name (due_at) -> handed to the outbox (due_at None) -> issued, or waits for approval

What is handed over is certified by its own outbox row, so that one that is refused blocks no other: the row is held,
with the reason in words, until the name is mended or an officer tries again.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete

from lms_app.accounts.service import people as accounts
from lms_app.certificates.models import APPROVAL, NAME, Claim
from lms_app.certificates.queries import claims as waiting
from lms_app.certificates.queries import register
from lms_app.certificates.service import issuing
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Invalid, LmsError
from lms_app.core.site import settings

CLAIM = "certificates.claim"
MOST = 200
"""Claims handed over in one transaction."""


def complete(enrolment_id: UUID) -> None:
    """A course was completed: keep a claim until its bearer has seen the name, or have it certified at once.

    At once: with no hours to wait, under a name that is the bearer's own word. A course may give no certificate.
    """
    course = _uncertified(enrolment_id)
    if course is None or waiting.of(enrolment_id):
        return
    hours = settings().certificate_wait_hours
    if not hours and course.name_source == "own":
        _at_once(enrolment_id)
        return
    due = course.completed_at + timedelta(hours=hours)
    db.session.add(Claim(enrolment_id=enrolment_id, waits_for=NAME, due_at=due, created_at=now()))
    db.session.flush()


def hand_over(enrolment_id: UUID) -> None:
    """Have it certified now, or as soon as the outbox gets to it; one that was refused is tried again."""
    if _uncertified(enrolment_id) is None:
        return
    claim = _claim(enrolment_id)
    if claim.waits_for == NAME:
        claim.due_at = None
        db.session.flush()
        _owe(enrolment_id)


def hand_over_due() -> int:
    """At most `MOST` whose hours are over and whose name somebody has told; how many there were."""
    found = waiting.take_due(now(), MOST)
    for enrolment_id in sorted(found, key=str):
        _owe(enrolment_id)
    return len(found)


def certify(enrolment_id: UUID) -> None:
    """Issue a claim, or keep it for approval where the course asks for that.

    Raises `Invalid` or `BadDesign` for what cannot be printed, `Conflict` while no issuer is valid.
    """
    course = _uncertified(enrolment_id)
    if course is None:
        db.session.execute(delete(Claim).where(Claim.enrolment_id == enrolment_id))
    elif course.name_source == "none":
        _claim(enrolment_id).due_at = now()
    elif course.certificate.get("approval"):
        claim = _claim(enrolment_id)
        claim.waits_for, claim.due_at = APPROVAL, None
    else:
        issuing.issue(enrolment_id)


def confirm(enrolment_id: UUID, name: str | None) -> None:
    """Its bearer's word on the name to be printed: as it stands (None) or as typed; then it is certified at once.

    Raises `Invalid`, and changes nothing, for a name that cannot be printed. What is not the name's fault waits as a
    held row of the outbox. Said again, it changes nothing.
    """
    course = register.completed(enrolment_id)
    if course is None:
        raise Conflict("Khóa học này chưa hoàn thành nên chưa cấp được giấy chứng nhận.")
    with db.session.begin_nested():
        if name is not None:
            accounts.confirm_name(course.person_id, name)
            db.session.flush()
        error = _at_once(enrolment_id)
        if error and error.values.get("name") == "full_name":
            raise Invalid(error.message, {"name": error.message}, **error.values) from error


def _at_once(enrolment_id: UUID) -> LmsError | None:
    """Certify in this transaction. What is refused leaves nothing but its row in the outbox, which will be held."""
    try:
        with db.session.begin_nested():
            certify(enrolment_id)
    except LmsError as error:
        hand_over(enrolment_id)
        return error
    return None


def _uncertified(enrolment_id: UUID) -> Row[Any] | None:
    """What is to be certified, its enrolment locked; None when it is already, is not completed, or never will be."""
    issuing.lock([enrolment_id])
    course = register.completed(enrolment_id)
    return course if course and course.certificate and not register.is_certified(enrolment_id) else None


def _claim(enrolment_id: UUID) -> Claim:
    found = db.session.get(Claim, enrolment_id)
    if found is None:
        found = Claim(enrolment_id=enrolment_id, waits_for=NAME, due_at=None, created_at=now())
        db.session.add(found)
    return found


def _owe(enrolment_id: UUID) -> None:
    outbox.put(CLAIM, waiting.key(enrolment_id), "local", {"enrolment": str(enrolment_id)}, replace=True)
