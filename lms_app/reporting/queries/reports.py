"""Reading reports, each by whoever asked for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, select

from lms_app.core.db import Instant, change, row, rows
from lms_app.organisations.models import Unit
from lms_app.reporting.models import Report

_ALL = select(*Report.__table__.columns, Unit.name.label("unit"), Unit.code).join(Unit, Unit.id == Report.unit_id)
MINE = _ALL.where(Report.asked_by == bindparam("person")).order_by(Report.created_at.desc()).limit(50)
ONE = _ALL.where(Report.id == bindparam("report"), Report.asked_by == bindparam("person"))
OLDER = select(Report.id).where(Report.created_at < bindparam("before", type_=Instant)).limit(200)
FORGET = delete(Report).where(Report.id.in_(bindparam("reports", expanding=True)))


def mine(person_id: UUID) -> Sequence[Row[Any]]:
    """The fifty newest that this person asked for."""
    return rows(MINE, person=person_id)


def one(report_id: UUID, person_id: UUID) -> Row[Any] | None:
    return row(ONE, report=report_id, person=person_id)


def older(before: datetime) -> list[UUID]:
    """Some that were asked for before a moment."""
    return [found.id for found in rows(OLDER, before=before)]


def forget(report_ids: list[UUID]) -> None:
    change(FORGET, reports=report_ids)
