"""Renaming, moving, merging, splitting and abolishing units: what was ends, what is to be begins, and both are kept.

Pure work on the tree. Who works in these units is moved by `accounts.service.reorganising`, which calls this.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from lms_app.core import audit
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Invalid
from lms_app.core.ids import new_id
from lms_app.organisations.models import ABOLISH, MERGE, MOVE, RENAME, SPLIT, Headcount, Unit, UnitSuccession
from lms_app.organisations.service import units
from lms_app.organisations.service.units import Facts, said, title

NAMED_AT_MOST = 3
SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Change:
    """`ended` end the day before `on`. Those of `begun` begin on it; those of `kept` are there already and go on.

    Both follow the ended ones. The first day of `begun` is `on`, whatever they say.
    """

    kind: str
    on: date
    act: str
    ended: tuple[UUID, ...]
    begun: tuple[Facts, ...] = ()
    kept: tuple[UUID, ...] = ()

    @property
    def last_day(self) -> date:
        return self.on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change did. `heirs`: every unit that ended, carried ones too -> those that follow it.

    The others are titles to be shown. `carried`: units below that begin anew, being the same office.
    """

    heirs: dict[UUID, tuple[UUID, ...]]
    ended: tuple[str, ...]
    begun: tuple[str, ...]
    kept: tuple[str, ...]
    carried: tuple[str, ...]


def change(wanted: Change, actor: object) -> Outcome:
    """Do it. Raises `Invalid` or `Conflict` with a sentence that names unit and days; the caller then undoes all."""
    _check_shape(wanted)
    olds = [_ending(unit_id, wanted) for unit_id in wanted.ended]
    kept = [_going_on(unit_id, wanted) for unit_id in wanted.kept]
    _check_parents(wanted)
    children = units.living_below(set(wanted.ended), wanted.on)
    if children and len(wanted.begun) + len(kept) != 1:
        raise _uncarried(children, wanted)
    ended = tuple(title(old) for old in olds)
    made = _begin(wanted, olds)
    heirs = tuple(one.id for one in (*made, *kept))
    for old in olds:
        _succeed(old.id, heirs, wanted.kind, wanted)
    same = {old.id: heirs[0] for old in olds} if len(heirs) == 1 else {}
    carried, titles = _carry(same, wanted)
    if wanted.kind in {RENAME, MOVE}:
        carried = {**same, **carried}
    _keep_headcounts(carried, wanted)
    audit.note(
        actor, f"unit.{wanted.kind}", wanted.ended[0], on=str(wanted.on), act=wanted.act,
        ended=list(ended), heirs=[title(one) for one in (*made, *kept)], carried=len(titles),
    )  # fmt: skip
    fates = {old.id: heirs for old in olds} | {old: (new,) for old, new in carried.items()}
    begun, going_on = (tuple(title(one) for one in some) for some in (made, kept))
    return Outcome(fates, ended, begun, going_on, tuple(titles))


def _check_shape(wanted: Change) -> None:
    taking_part = (*wanted.ended, *wanted.kept)
    followers = len(wanted.begun) + len(wanted.kept)
    if len(set(taking_part)) != len(taking_part):
        raise Invalid("Một đơn vị được chọn hai lần. Hãy bỏ bớt một.")
    if len({one.code for one in wanted.begun}) != len(wanted.begun):
        raise Invalid("Hai đơn vị mới mang cùng một mã. Hãy đổi một mã.")
    if wanted.kind == MERGE and (followers != 1 or len(taking_part) < SEVERAL):
        raise Invalid("Sáp nhập cần ít nhất hai đơn vị và đúng một đơn vị sau khi sáp nhập.")
    if wanted.kind == SPLIT and (len(wanted.ended) != 1 or followers < SEVERAL):
        raise Invalid("Chia đơn vị cần ít nhất hai đơn vị sau khi chia.")
    if wanted.kind in {RENAME, MOVE} and (len(wanted.ended), len(wanted.begun), len(wanted.kept)) != (1, 1, 0):
        raise Invalid("Đổi tên hoặc chuyển đơn vị cần đúng một đơn vị trước và một đơn vị sau.")
    if wanted.kind == ABOLISH and wanted.begun:
        raise Invalid("Giải thể không lập đơn vị mới. Nếu có đơn vị mới, hãy chọn chia hoặc sáp nhập.")


def _ending(unit_id: UUID, wanted: Change) -> Unit:
    found = units.unit(unit_id)
    if found.valid_until is not None:
        raise Invalid(
            "%(unit)s đã kết thúc ngày %(until)s, nên không thay đổi được nữa từ ngày %(day)s.",
            unit=title(found), until=said(found.valid_until), day=said(wanted.on),
        )  # fmt: skip
    if found.valid_from >= wanted.on:
        raise Invalid(
            "%(unit)s bắt đầu ngày %(since)s, nên chỉ thay đổi được từ ngày sau đó, không phải từ %(day)s.",
            unit=title(found), since=said(found.valid_from), day=said(wanted.on),
        )  # fmt: skip
    return found


def _going_on(unit_id: UUID, wanted: Change) -> Unit:
    found = units.unit(unit_id)
    if found.valid_until is not None or found.valid_from > wanted.on:
        raise Invalid(
            "%(unit)s không có vào ngày %(day)s hoặc sẽ kết thúc, nên không thể tiếp nhận đơn vị khác.",
            unit=title(found), day=said(wanted.on),
        )  # fmt: skip
    if set(_above(unit_id)) & set(wanted.ended):
        raise _in_a_circle(title(found))
    return found


def _check_parents(wanted: Change) -> None:
    for one in wanted.begun:
        if one.parent_id in wanted.ended or (one.parent_id and set(_above(one.parent_id)) & set(wanted.ended)):
            raise _in_a_circle(title(one))


def _in_a_circle(unit: str) -> Invalid:
    return Invalid(
        "%(unit)s sẽ nằm dưới chính đơn vị kết thúc, thành một vòng. Hãy chọn đơn vị cấp trên khác.", unit=unit
    )


def _above(unit_id: UUID) -> list[UUID]:
    """The units above it, the nearest first."""
    found: list[UUID] = []
    at = db.session.scalar(select(Unit.parent_id).where(Unit.id == unit_id))
    while at is not None and at not in found:
        found.append(at)
        at = db.session.scalar(select(Unit.parent_id).where(Unit.id == at))
    return found


def _uncarried(children: list[Unit], wanted: Change) -> Invalid:
    names = ", ".join(title(child) for child in children[:NAMED_AT_MOST])
    return Invalid(
        "Còn %(n)s đơn vị trực thuộc vào ngày %(day)s (%(names)s, …). Hãy chuyển hoặc kết thúc chúng trước.",
        n=len(children), day=said(wanted.on), names=names,
    )  # fmt: skip


def _begin(wanted: Change, olds: list[Unit]) -> list[Unit]:
    """End the old, free the codes that the new ones keep, and begin those."""
    kept_codes = {one.code for one in wanted.begun}
    for old in olds:
        old.valid_until = wanted.last_day
        if old.code in kept_codes:
            old.code = past_code(old.code, wanted.last_day)
    db.session.flush()
    made = []
    for one in wanted.begun:
        facts = Facts(one.code, one.name, one.kind, one.parent_id, wanted.on, None, wanted.act)
        units.check_code(facts.code)
        units.check_life(facts)
        made.append(Unit(id=new_id(), **_columns(facts)))
    db.session.add_all(made)
    units.keep()
    return made


def past_code(code: str, last_day: date) -> str:
    """What a code is called once a successor has taken it."""
    return f"{code}@{last_day.isoformat()}"


def _columns(facts: Facts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in Facts.__slots__}


def _succeed(old: UUID, heirs: tuple[UUID, ...], kind: str, wanted: Change) -> None:
    for heir in heirs or (None,):
        db.session.add(UnitSuccession(from_id=old, to_id=heir, kind=kind, on=wanted.on, act=wanted.act))


def _carry(parents: dict[UUID, UUID], wanted: Change) -> tuple[dict[UUID, UUID], list[str]]:
    """Begin anew, level by level, what hangs below units that ended: old unit -> the same office after the change.

    A unit that begins on the day or later was never below the old one: it simply begins below the new one.
    """
    carried: dict[UUID, UUID] = {}
    titles: list[str] = []
    while parents:
        again: dict[UUID, Unit] = {}
        for child in units.living_below(set(parents), wanted.on):
            parent_id = parents[child.parent_id] if child.parent_id else None
            if child.valid_from >= wanted.on:
                child.parent_id = parent_id
                continue
            titles.append(title(child))
            facts = Facts(child.code, child.name, child.kind, parent_id, wanted.on, child.valid_until, wanted.act)
            again[child.id] = Unit(id=new_id(), **_columns(facts))
            child.code, child.valid_until = past_code(child.code, wanted.last_day), wanted.last_day
        db.session.flush()
        db.session.add_all(again.values())
        db.session.flush()
        parents = {old: new.id for old, new in again.items()}
        for old, new in parents.items():
            _succeed(old, (new,), MOVE, wanted)
        carried |= parents
    return carried, titles


def _keep_headcounts(same: dict[UUID, UUID], wanted: Change) -> None:
    """The same office under another name or parent still has as many people: its newest word holds on."""
    stated = select(Headcount).where(Headcount.unit_id.in_(same), Headcount.on <= wanted.on).order_by(Headcount.on)
    newest = {one.unit_id: one for one in db.session.scalars(stated)}
    for old, one in newest.items():
        db.session.add(
            Headcount(
                unit_id=same[old],
                on=wanted.on,
                ld=one.ld,
                ct=one.ct,
                cc=one.cc,
                source=one.source,
                entered_at=now(),
                entered_by=one.entered_by,
            )
        )
    db.session.flush()
