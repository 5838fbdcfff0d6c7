"""Changes of units with the people in them: who worked in a unit that ends works on in the one that follows it.

Where several follow, or none, nobody can say for whom a person works now: their employment stays ended, and they are
listed until HR places them (`queries.units.unplaced`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, or_, select, update

from lms_app.accounts.models import Employment, Person, Role
from lms_app.core import audit
from lms_app.core.db import db
from lms_app.core.errors import Invalid
from lms_app.core.ids import new_id
from lms_app.organisations.models import Unit
from lms_app.organisations.service import changing
from lms_app.organisations.service.changing import Change, Outcome
from lms_app.organisations.service.units import said


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to people. `moved`: employed anew; `left`: to be placed by HR.

    `officers`: HR officers who look after the successor from then on; `stranded`: whose unit has no single successor.
    """

    outcome: Outcome
    moved: int
    left: int
    officers: tuple[str, ...]
    stranded: tuple[str, ...]

    @property
    def seen(self) -> str:
        """What somebody agreed to who was shown this: another outcome has another digest."""
        shown = {name: value for name, value in asdict(self).items() if name != "outcome"}
        names = [*self.outcome.ended, *self.outcome.begun, *self.outcome.kept, *self.outcome.carried]
        return hashlib.sha256(repr((shown, names)).encode()).hexdigest()


def change(wanted: Change, actor: object) -> Effect:
    """Change the units, and with them employments and HR officers.

    Raises as `changing.change`; the caller undoes all.
    """
    outcome = changing.change(wanted, actor)
    sole = {old: heirs[0] for old, heirs in outcome.heirs.items() if len(heirs) == 1}
    moved, left = _move_staff(outcome, sole, wanted)
    officers, stranded = _move_officers(outcome, sole)
    if moved or left or officers:
        audit.note(
            actor, "unit.staff", wanted.ended[0], on=str(wanted.on), moved=moved, left=left, officers=list(officers)
        )
    return Effect(outcome, moved, left, officers, stranded)


def preview(wanted: Change, actor: object) -> Effect:
    """What `change` would do: it is done, looked at and undone."""
    trial = db.session.begin_nested()
    try:
        return change(wanted, actor)
    finally:
        trial.rollback()
        db.session.expire_all()


def _lasting(wanted: Change, units: Sequence[UUID] | Mapping[UUID, Any]) -> tuple[ColumnElement[bool], ...]:
    """The employments in these units that go on beyond their last day."""
    return Employment.unit_id.in_(list(units)), or_(Employment.until.is_(None), Employment.until >= wanted.on)


def _move_staff(outcome: Outcome, sole: Mapping[UUID, UUID], wanted: Change) -> tuple[int, int]:
    lasting = _lasting(wanted, outcome.heirs)
    found = db.session.execute(select(*Employment.__table__.columns).where(*lasting)).all()
    beginners = {one.unit_id for one in found if one.since >= wanted.on}
    _check_beginners([one for one in found if one.since >= wanted.on and one.unit_id not in sole], wanted)
    db.session.execute(update(Employment).where(*lasting, Employment.since < wanted.on).values(until=wanted.last_day))
    for old in beginners:
        begins = (Employment.unit_id == old, Employment.since >= wanted.on)
        db.session.execute(update(Employment).where(*begins).values(unit_id=sole[old]))
    going = [one for one in found if one.since < wanted.on]
    anew = [_anew(one, sole[one.unit_id], wanted) for one in going if one.unit_id in sole]
    if anew:
        db.session.execute(insert(Employment), anew)
    moved = {one.person_id for one in found if one.unit_id in sole}
    return len(moved), len({one.person_id for one in going} - moved)


def _anew(one: Row[Any], unit_id: UUID, wanted: Change) -> dict[str, Any]:
    kept = {name: getattr(one, name) for name in ("person_id", "person_number", "position", "duty", "until")}
    return {"id": new_id(), "unit_id": unit_id, "group": one.audience, "since": wanted.on, **kept}


def _check_beginners(beginners: Sequence[Row[Any]], wanted: Change) -> None:
    if beginners:
        unit = db.session.get_one(Unit, beginners[0].unit_id)
        raise Invalid(
            "%(n)s người bắt đầu làm việc ở %(unit)s từ ngày %(day)s trở đi, khi đơn vị đã kết thúc."
            " Hãy sửa đơn vị hoặc ngày của họ trước.",
            n=len(beginners), unit=unit.name, day=said(wanted.on),
        )  # fmt: skip


def _move_officers(outcome: Outcome, sole: Mapping[UUID, UUID]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted = (
        select(Role, Person.name)
        .join(Person, Person.id == Role.person_id)
        .where(Role.name == "hr", Role.unit_id.in_(list(outcome.heirs)))
        .order_by(Person.sort_key, Person.id)
    )
    followed, stranded = [], []
    for role, name in db.session.execute(wanted):
        heir = sole.get(role.unit_id) if role.unit_id else None
        if heir:
            role.unit_id = heir
            followed.append(name)
        else:
            stranded.append(name)
    db.session.flush()
    return tuple(followed), tuple(stranded)
