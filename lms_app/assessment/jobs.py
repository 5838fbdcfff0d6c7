"""What a newly published version does to people who are learning."""

from uuid import UUID

from lms_app.assessment import queries
from lms_app.core import outbox
from lms_app.learning.service import studying as learning


def follow(row: outbox.Row) -> None:
    """Move learners to the new version; somebody in the middle of an attempt keeps theirs until it is submitted."""
    course_id = row.payload["course"]
    learning.follow(course_id, UUID(row.payload["version"]), except_for=queries.busy(course_id))
