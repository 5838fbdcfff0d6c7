"""Stands in for the coverage table until it is merged: slow, and right for small trees only."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from lms_app.accounts.models import Employment
from lms_app.core.db import db
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import Headcount, Unit
from lms_app.reporting.figures import Asked, Coverage, Line


def table(asked: Asked) -> Coverage:
    units = {one.id: one for one in db.session.scalars(select(Unit))}
    children = [one for one in units.values() if one.parent_id == asked.unit_id]
    lines = tuple(_line(asked, one, _below(one.id, units)) for one in sorted(children, key=lambda one: one.name))
    whole = _line(asked, units[asked.unit_id], _below(asked.unit_id, units))
    return Coverage(asked, units[asked.unit_id].name, lines, whole, 0.8, "KH 4624/KH-UBND")


def _below(unit_id: UUID, units: dict[UUID, Unit]) -> set[UUID]:
    found = {unit_id}
    for _ in range(6):
        found |= {one.id for one in units.values() if one.parent_id in found}
    return found


def _line(asked: Asked, unit: Unit, below: set[UUID]) -> Line:
    posts = [
        one
        for one in db.session.scalars(select(Employment).where(Employment.unit_id.in_(below)))
        if asked.group in ("", one.group)
    ]
    begin, end = (datetime.combine(day, time.min, UTC) for day in (asked.since, asked.day + timedelta(days=1)))
    staff = {one.person_id for one in posts}
    done: Sequence[Enrolment] = [
        one
        for one in db.session.scalars(select(Enrolment).where(Enrolment.person_id.in_(staff)))
        if one.completed_at and begin <= one.completed_at < end
    ]
    stated = list(db.session.scalars(select(Headcount).where(Headcount.unit_id.in_(below))))
    heads = sum((one.ld + one.ct + one.cc) if not asked.group else getattr(one, asked.group.lower()) for one in stated)
    known = {one.unit_id for one in stated}
    trained = {one.person_id for one in done}
    counted = {one.person_id for one in posts if one.unit_id in known} & trained
    owed = {one.unit_id for one in posts}
    return Line(
        unit.id,
        unit.code,
        unit.name,
        len(staff),
        len(trained),
        len(done),
        0,
        heads if stated else None,
        len(counted),
        len(owed),
        len(owed - known),
    )
