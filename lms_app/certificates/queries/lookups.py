"""Reading many certificates at once, for lists that others send."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Executable, Row, bindparam, select

from lms_app.accounts.queries import reach
from lms_app.certificates.models import Certificate
from lms_app.core.db import rows

CHUNK = 5000
"""Values of one statement: SQLite takes 32,766, PostgreSQL 65,535."""

_SAID = select(
    Certificate.id,
    Certificate.code,
    Certificate.serial,
    Certificate.full_name,
    Certificate.course_title,
    Certificate.issued_on,
    Certificate.valid_until,
    Certificate.status,
    Certificate.revoked_reason,
    Certificate.replaced_by_id,
    Certificate.hidden,
)
BY_CODES = _SAID.where(Certificate.code.in_(bindparam("wanted", expanding=True)))
BY_SERIALS = _SAID.where(Certificate.serial.in_(bindparam("wanted", expanding=True)))
BY_NAMES = _SAID.where(Certificate.full_name.in_(bindparam("wanted", expanding=True))).order_by(Certificate.issued_at)
BY_IDS = _SAID.where(Certificate.id.in_(bindparam("wanted", expanding=True)))
OF_STAFF = select(Certificate.id).where(
    Certificate.id.in_(bindparam("wanted", expanding=True)), Certificate.person_id.in_(reach.STAFF)
)
"""With `roots` and a `day`: which of these ids are of people who work in these trees on that day."""


def found(statement: Executable, wanted: Iterable[Any], **values: Any) -> Iterator[Row[Any]]:
    """The rows of one of the statements above, for any number of values."""
    once = list(dict.fromkeys(wanted))
    for at in range(0, len(once), CHUNK):
        yield from rows(statement, wanted=once[at : at + CHUNK], **values)
