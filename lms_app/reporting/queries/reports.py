"""Reading reports, each by whoever asked for it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select

from lms_app.core.db import row, rows
from lms_app.reporting.models import Report

_ALL = select(*Report.__table__.columns)
MINE = _ALL.where(Report.asked_by == bindparam("person")).order_by(Report.created_at.desc()).limit(50)
ONE = _ALL.where(Report.id == bindparam("report"), Report.asked_by == bindparam("person"))


def mine(person_id: UUID) -> Sequence[Row[Any]]:
    """The fifty newest that this person asked for."""
    return rows(MINE, person=person_id)


def one(report_id: UUID, person_id: UUID) -> Row[Any] | None:
    return row(ONE, report=report_id, person=person_id)
