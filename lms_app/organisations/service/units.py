"""Adding a unit, and correcting what was entered wrongly. What really changes is a change: see `changing.py`."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from lms_app.core import audit
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.organisations.models import BEGINNING, Unit, UnitSuccession

UNKNOWN = "Không có đơn vị này, hoặc anh chị không phụ trách đơn vị này. Hãy tìm lại trong cây đơn vị."
LONGEST_CODE = 45
"""Characters that people may choose; a code of the past has its last day behind it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a unit. `valid_until`: its last day, None while it lasts."""

    code: str
    name: str
    kind: str
    parent_id: UUID | None = None
    valid_from: date = BEGINNING
    valid_until: date | None = None
    act: str = ""


def said(day: date) -> str:
    """A day as sentences say it."""
    return f"{day:%d/%m/%Y}"


def title(unit: Unit | Facts) -> str:
    """A unit as sentences name it: names repeat, so the code stands behind."""
    return f"{unit.name} ({unit.code})"


def unit(unit_id: UUID) -> Unit:
    """Locked for this transaction. Raises `NotFound`."""
    found = db.session.get(Unit, unit_id, with_for_update=True)
    if found is None:
        raise NotFound(UNKNOWN)
    return found


def add(facts: Facts, actor: object) -> Unit:
    """A new unit.

    Raises `Invalid` for a life that ends before it begins or leaves its parent's, `Conflict` for a code in use.
    """
    check_code(facts.code)
    parent = db.session.get(Unit, facts.parent_id) if facts.parent_id else None
    facts = dated(facts, parent)
    check_life(facts)
    made = Unit(**asdict(facts))
    db.session.add(made)
    keep()
    audit.note(actor, "unit.add", made.id, code=made.code, name=made.name)
    return made


def dated(facts: Facts, parent: Unit | Facts | None) -> Facts:
    """A unit of which nobody said when it began is as old as the one above it."""
    if parent is None or facts.valid_from != BEGINNING:
        return facts
    return replace(facts, valid_from=parent.valid_from)


def correct(unit_id: UUID, facts: Facts, actor: object) -> None:
    """Mend name, kind, code, act and first day of a row that was entered wrongly; parent and end stay as they are.

    The audit keeps what stood there before. Raises as `add`, and `Invalid` for a first day that a change has set.
    """
    found = unit(unit_id)
    wanted = Facts(facts.code, facts.name, facts.kind, found.parent_id, facts.valid_from, found.valid_until, facts.act)
    if wanted.code != found.code:
        check_code(wanted.code)
    if wanted.valid_from != found.valid_from:
        _check_first_day(found, wanted)
    check_life(wanted)
    changed = {name: value for name, value in asdict(wanted).items() if value != getattr(found, name)}
    before = {name: _plain(getattr(found, name)) for name in changed}
    for name, value in changed.items():
        setattr(found, name, value)
    if changed:
        audit.note(actor, "unit.correct", unit_id, before=before, after={n: _plain(v) for n, v in changed.items()})
        db.session.flush()


def keep() -> None:
    """Write what was added. Raises `Conflict` when somebody else has just added a unit of the same code."""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Một người khác vừa ghi đơn vị cùng mã. Hãy mở lại trang để xem.") from error


def check_code(code: str) -> None:
    taken = db.session.scalar(select(Unit).where(Unit.code == code))
    if taken is not None:
        raise Conflict("Mã %(code)s đã là mã của %(name)s. Hãy chọn mã khác.", code=code, name=taken.name)


def check_life(facts: Facts) -> None:
    """That a unit does not end before it begins, and lives within the life of the unit above it."""
    if facts.valid_until and facts.valid_until < facts.valid_from:
        raise Invalid(
            "%(unit)s kết thúc ngày %(until)s, trước ngày bắt đầu %(since)s. Hãy sửa một trong hai ngày.",
            unit=title(facts), since=said(facts.valid_from), until=said(facts.valid_until),
        )  # fmt: skip
    if facts.parent_id is None:
        return
    parent = db.session.get(Unit, facts.parent_id)
    if parent is None:
        raise Invalid("Chưa tìm thấy đơn vị cấp trên của %(unit)s. Hãy xem lại mã.", unit=title(facts))
    if not is_within(facts, parent.valid_from, parent.valid_until):
        raise outside(facts, parent)


def is_within(facts: Facts, since: date, until: date | None) -> bool:
    ends = facts.valid_until or date.max
    return since <= facts.valid_from and ends <= (until or date.max)


def outside(facts: Facts, parent: Unit | Facts) -> Invalid:
    """What to say of a unit that leaves the life of the one above it."""
    if facts.valid_from < parent.valid_from:
        return Invalid(
            "%(unit)s bắt đầu ngày %(since)s, nhưng đơn vị cấp trên %(parent)s đến ngày %(day)s mới có.",
            unit=title(facts), since=said(facts.valid_from), parent=title(parent), day=said(parent.valid_from),
        )  # fmt: skip
    return Invalid(
        "Đơn vị cấp trên %(parent)s kết thúc ngày %(day)s, nên %(unit)s không thể còn sau ngày đó.",
        unit=title(facts), parent=title(parent), day=said(parent.valid_until or date.max),
    )  # fmt: skip


def _check_first_day(found: Unit, wanted: Facts) -> None:
    if db.session.scalar(select(UnitSuccession.id).where(UnitSuccession.to_id == found.id).limit(1)):
        raise Invalid(
            "Ngày bắt đầu %(since)s của %(unit)s là ngày của một lần thay đổi, nên không sửa riêng được.",
            unit=title(found), since=said(found.valid_from),
        )  # fmt: skip
    first = db.session.scalar(
        select(Unit)
        .where(Unit.parent_id == found.id, Unit.valid_from < wanted.valid_from)
        .order_by(Unit.valid_from)
        .limit(1)
    )
    if first is not None:
        raise outside(Facts(first.code, first.name, first.kind, valid_from=first.valid_from), wanted)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID | date) else value


def living_below(unit_ids: set[UUID], day: date) -> list[Unit]:
    """The units straight below these that are there on that day or begin later."""
    lasting = or_(Unit.valid_until.is_(None), Unit.valid_until >= day)
    wanted = select(Unit).where(Unit.parent_id.in_(unit_ids), lasting).order_by(Unit.name, Unit.code)
    return list(db.session.scalars(wanted))
