"""What a newly published version does to people who are learning."""

from uuid import UUID

from sqlalchemy import select

from lms_app.assessment.models import Attempt
from lms_app.core import outbox
from lms_app.core.db import db
from lms_app.learning import service as learning
from lms_app.learning.models import Enrolment


def follow(row: outbox.Row) -> None:
    """Move learners to the new version; somebody in the middle of an attempt keeps theirs until it is submitted."""
    course_id = row.payload["course"]
    busy = db.session.scalars(
        select(Attempt.enrolment_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.course_id == course_id, Attempt.submitted_at.is_(None))
    )
    learning.follow(course_id, UUID(row.payload["version"]), except_for=set(busy))
