"""Small made-up worlds, and the indicators counted over them in plain Python, without a join or a group."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lms_app.accounts.models import Employment
from lms_app.certificates.models import Certificate, OutsideRecord
from lms_app.certificates.service import issuing as certificates
from lms_app.certificates.service import revoking
from lms_app.core.db import db, transaction
from lms_app.courses.models import CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import ABOLISH, MERGE, SPLIT, Headcount, NetworkMember, Plan, Unit, UnitSuccession
from tests import make
from tests.reporting import asking

ZONE = timedelta(hours=7)
FIRST, CHANGE = date(2024, 1, 1), date(2026, 7, 1)
KINDS = ("commune", "department", "school", "grouping")
Figure = tuple[float | None, float | None]


def world(seed: int) -> Unit:
    """Units that end and begin at `CHANGE`, people with several posts, courses, papers; the top of all."""
    dice = random.Random(seed)  # noqa: S311 - the same world each time
    top = make.unit("Tỉnh", kind="province")
    units = [top]
    for number in range(9):
        life: dict[str, Any] = dice.choice(
            [{}, {}, {"valid_until": CHANGE - timedelta(days=1)}, {"valid_from": CHANGE}]
        )
        above = [one for one in units if not one.valid_until and one.valid_from != CHANGE]
        units.append(make.unit(f"Đơn vị {number}", dice.choice(above), dice.choice(KINDS), **life))
    _changes(dice, units)
    for place in units:
        for on in dice.sample([date(2025, 1, 1), date(2026, 1, 1), date(2026, 8, 1)], dice.randint(0, 2)):
            make.headcount(place, dice.randint(0, 3), dice.randint(0, 3), dice.randint(0, 3), on)
        if dice.random() < 0.5:
            signed_on = dice.choice([None, date(2026, 2, 1), date(2026, 9, 1)])
            asking.plan(place, status=dice.choice(["approved", "draft"]), signed_on=signed_on)
        if dice.random() < 0.4:
            asking.member(place, dice.choice(["expert", "core"]), dice.choice("ABC"), until=_maybe(dice))
    versions = [make.course(f"cc-{number}", lessons=1, questions=1) for number in range(3)]
    for version in versions:
        version.periods = dice.choice([2, 20, 40])
        make.add(version)
    for _ in range(12):
        _person(dice, units, versions)
    return top


def _changes(dice: random.Random, units: Sequence[Unit]) -> None:
    new = [one for one in units if one.valid_from == CHANGE]
    for old in (one for one in units if one.valid_until):
        chosen = dice.sample(new, min(len(new), dice.randint(0, 2)))
        for one in chosen:
            asking.merged(old, one, MERGE if len(chosen) == 1 else SPLIT, CHANGE)
        if not chosen:
            make.add(UnitSuccession(from_id=old.id, to_id=None, kind=ABOLISH, on=CHANGE))


def _maybe(dice: random.Random) -> date | None:
    return dice.choice([None, _day(dice)])


def _day(dice: random.Random) -> date:
    return FIRST + timedelta(days=dice.randrange(1050))


def _person(dice: random.Random, units: Sequence[Unit], versions: Sequence[CourseVersion]) -> None:
    who = make.person()
    for _ in range(dice.randint(1, 3)):
        since = _day(dice)
        until = dice.choice([None, since + timedelta(days=dice.randrange(500))])
        make.employment(who, dice.choice(units), group=dice.choice(["LD", "CT", "CC"]), since=since, until=until)
    for version in dice.sample(versions, dice.randint(0, 3)):
        at = datetime.combine(_day(dice), time(dice.randrange(24)), UTC)
        make.completed(who, version, at)
    for _ in range(dice.randint(0, 2)):
        asking.elsewhere(who, _day(dice), dice.choice(["", "K7", "K9"]), dice.choice([0, 8, 40]))


def revoke_some(seed: int) -> None:
    """Issue certificates for some completions and revoke some of these."""
    dice = random.Random(seed)  # noqa: S311 - the same world each time
    for enrolment in db.session.scalars(select(Enrolment).order_by(Enrolment.completed_at)).all():
        if dice.random() < 0.4:
            issued = certificates.issue(enrolment.id)
            if dice.random() < 0.5:
                with transaction():
                    revoking.revoke(issued.code, "Cấp nhầm.", actor="cli", by="Phạm Ngọc Lan")


def _covers(posts: Sequence[Employment], day: date) -> bool:
    return any(one.since <= day and (one.until is None or day <= one.until) for one in posts)


def everything(model: Any) -> Sequence[Any]:
    return db.session.scalars(select(model)).all()


class Naive:
    """One question, answered slowly."""

    def __init__(self, top: Unit, day: date, since: date) -> None:
        self.top, self.day, self.since = top, day, since
        self.units = {one.id: one for one in everything(Unit)}
        here = [one for one in self.units.values() if self._exists(one) and self._is_below(one)]
        self.here = {one.id: one for one in here}
        self.heads = {place: head for place in self.here if (head := self._head(place))}
        self.posts = [
            one for one in everything(Employment) if one.unit_id in self.here and self._lasts(one.since, one.until)
        ]

    def _lasts(self, since: date, until: date | None) -> bool:
        return since <= self.day and (until is None or self.day <= until)

    def _exists(self, unit: Unit) -> bool:
        return self._lasts(unit.valid_from, unit.valid_until)

    def _is_below(self, unit: Unit) -> bool:
        while unit.id != self.top.id:
            if unit.parent_id is None or not self._exists(unit):
                return False
            unit = self.units[unit.parent_id]
        return True

    def _head(self, place: UUID) -> Headcount | None:
        said = [one for one in everything(Headcount) if one.unit_id == place and one.on <= self.day]
        return max(said, key=lambda one: one.on, default=None)

    def people(self, group: str, *, stated: bool = False) -> set[UUID]:
        return {
            one.person_id
            for one in self.posts
            if group in ("", one.group) and (not stated or one.unit_id in self.heads)
        }

    def head(self, group: str) -> int | None:
        parts = {"LD": "ld", "CT": "ct", "CC": "cc"}
        names = [parts[group]] if group else list(parts.values())
        found = [getattr(head, name) for head in self.heads.values() for name in names]
        return sum(found) if found else None

    def completions(self, since: date) -> list[tuple[UUID, int]]:
        """Who, and periods: of each completion from that day to the day asked about."""
        void = {one.enrolment_id for one in everything(Certificate) if one.status == "revoked"}
        versions = {one.id: one.periods for one in everything(CourseVersion)}
        here = [
            (one.person_id, versions[one.completed_version_id])
            for one in everything(Enrolment)
            if one.completed_at and one.id not in void and since <= (one.completed_at + ZONE).date() <= self.day
        ]
        return here + [
            (one.person_id, one.periods)
            for one in everything(OutsideRecord)
            if one.person_id and since <= one.issued_on <= self.day
        ]

    def k2(self, group: str) -> tuple[float | None, float | None, int]:
        done = [who for who, _periods in self.completions(self.since)]
        people, head = self.people(group), self.head(group)
        turns = sum(who in people for who in done)
        if head is None:
            return (len(people & set(done)) if people else None), None, turns
        return len(self.people(group, stated=True) & set(done)), head, turns

    def k7(self) -> Figure:
        papers = [one for one in everything(OutsideRecord) if one.counts_for == "K7" and one.issued_on <= self.day]
        head = self.head("CT")
        if not papers:
            return None, head
        return len(self.people("CT", stated=head is not None) & {one.person_id for one in papers}), head

    def k8(self, group: str) -> tuple[float | None, Figure]:
        """The average, and who reaches 40 of how many."""
        people = self.people(group)
        if not people:
            return None, (None, None)
        done = self.completions(self.day.replace(month=1, day=1))
        sums = [sum(periods for one, periods in done if one == who) for who in people]
        return sum(sums) / len(sums), (sum(found >= 40 for found in sums), len(sums))

    def k9(self) -> Figure:
        papers = [one for one in everything(OutsideRecord) if one.counts_for == "K9"]
        due = in_time = 0
        leading = [one for one in everything(Employment) if one.group == "LD"]
        for who in self.people("LD"):
            begun, posts = self.day, [one for one in leading if one.person_id == who]
            while _covers(posts, begun - timedelta(days=1)):
                begun -= timedelta(days=1)
            end = begun.replace(year=begun.year + 1)
            if self.day.replace(year=self.day.year - 1) < end <= self.day:
                due += 1
                in_time += any(one.person_id == who and one.issued_on <= end for one in papers)
        known = any(one.issued_on <= self.day for one in papers)
        return (in_time if due and known else None), due or None

    def heirs(self, place: UUID) -> set[UUID]:
        """Itself and, of what it went into alone, all that is there on the day."""
        changes = [one for one in everything(UnitSuccession) if one.from_id == place]
        further = self.heirs(changes[0].to_id) if len(changes) == 1 and changes[0].to_id else set()
        return ({place} | further) & set(self.here)

    def k1(self) -> Figure:
        owing = {place for place, one in self.here.items() if one.kind in {"commune", "department"}}
        plans = [
            one
            for one in everything(Plan)
            if one.status == "approved" and one.year == self.day.year and (one.signed_on or FIRST) <= self.day
        ]
        having = {heir for one in plans for heir in self.heirs(one.unit_id)}
        return (len(owing & having) if owing else None), len(owing) or None

    def k5(self) -> Figure:
        communes = {place for place, one in self.here.items() if one.kind == "commune"}
        members = everything(NetworkMember)
        ever = {heir for one in members for heir in self.heirs(one.unit_id)} & communes
        active = {heir for one in members if self._lasts(one.since, one.until) for heir in self.heirs(one.unit_id)}
        return (len(communes & active) if ever else None), len(communes) or None
