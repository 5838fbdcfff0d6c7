"""Asking for indicators, and the rows only they are about."""

from datetime import date
from itertools import count
from typing import Any

from lms_app.accounts.models import Person
from lms_app.certificates.models import OutsideRecord
from lms_app.core.clock import now
from lms_app.organisations.models import MERGE, Campaign, NetworkMember, Plan, Target, Unit, UnitSuccession
from lms_app.reporting.figures import Asked, Indicator
from lms_app.reporting.service.indicators import indicators
from tests import make

DAY = date(2026, 11, 20)
LAST_BEFORE, FIRST_AFTER = date(2026, 6, 30), date(2026, 7, 1)
"""A merge in the middle of the year."""

Figure = tuple[float | None, float | None]
_number = count(1)


def every(unit: Unit, day: date = DAY, since: date | None = None, course: str = "") -> dict[tuple[str, str], Indicator]:
    """By code and part."""
    asked = Asked(unit.id, (unit.id,), day, since or day.replace(month=1, day=1), course=course)
    return {(one.code, one.part): one for one in indicators(asked)}


def one(unit: Unit, code: str, part: str = "", day: date = DAY, since: date | None = None) -> Indicator:
    return every(unit, day, since)[code, part]


def figure(unit: Unit, code: str, part: str = "", day: date = DAY) -> Figure:
    """`have` of `out_of`."""
    found = one(unit, code, part, day)
    return found.have, found.out_of


def merged(old: Unit, new: Unit, kind: str = MERGE, on: date = FIRST_AFTER) -> None:
    make.add(UnitSuccession(from_id=old.id, to_id=new.id, kind=kind, on=on))


def plan(unit: Unit, year: int = 2026, status: str = "approved", signed_on: date | None = date(2026, 2, 1)) -> Plan:
    made: Plan = make.add(
        Plan(
            unit_id=unit.id,
            year=year,
            number="12/KH-UBND",
            signed_on=signed_on,
            status=status,
            entered_at=now(),
            entered_by="Phạm Ngọc Lan",
        )
    )
    return made


def target(unit: Unit, indicator: str, value: float, group: str = "", **values: Any) -> Target:
    usual = {"valid_from": date(2026, 1, 1), "act": "Quyết định 2629/QĐ-TTg"}
    made: Target = make.add(Target(unit_id=unit.id, indicator=indicator, group=group, value=value, **usual | values))
    return made


def member(
    unit: Unit, kind: str = "expert", sector: str = "Y tế", since: date = date(2025, 1, 1), **values: Any
) -> None:
    make.add(NetworkMember(unit_id=unit.id, kind=kind, sector=sector, full_name="Trần Thị Hoa", since=since, **values))


def campaign(unit: Unit, since: date) -> None:
    make.add(Campaign(unit_id=unit.id, title="Ngày chuyển đổi số", since=since, channel="Đài truyền thanh xã"))


def elsewhere(who: Person | None, issued_on: date, counts_for: str = "", periods: int = 0) -> OutsideRecord:
    """A training elsewhere, of somebody we know or not."""
    made: OutsideRecord = make.add(
        OutsideRecord(
            digest=f"{next(_number):064}",
            person_id=who.id if who else None,
            full_name="Lê Văn Tám",
            course_title="Bồi dưỡng",
            counts_for=counts_for,
            issuer_name="Trường Chính trị tỉnh",
            issued_on=issued_on,
            periods=periods,
            source="Công văn số 12/SNV-CCVC",
            imported_at=now(),
            imported_by="Phạm Ngọc Lan",
        )
    )
    return made
