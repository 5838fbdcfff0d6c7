"""The demo's province: real units of old Bến Tre and new Vĩnh Long, changed by the real services; people are made up.

What is known of the units, and from where, stands in `bentre.json`.
"""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lms_app.accounts.models import Employment, Person, Role
from lms_app.accounts.service import people as accounts
from lms_app.accounts.service import reorganising
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.text import name_key
from lms_app.courses.models import Course, CourseVersion
from lms_app.learning.models import AssignedEnrolment, Assignment, AssignmentCourse, Enrolment
from lms_app.organisations.groups import LEADERS, SPECIALISTS, STAFF
from lms_app.organisations.models import MERGE, SPLIT, Headcount, Unit
from lms_app.organisations.service import units
from lms_app.organisations.service.changing import Change
from lms_app.organisations.service.units import Facts

FACTS: dict[str, Any] = json.loads((Path(__file__).parent / "bentre.json").read_text(encoding="utf-8"))
ACTOR = "demo"
DEPARTMENTS_DAY, MERGER_DAY = date(2025, 3, 1), date(2025, 7, 1)
SOURCE = "Số minh họa cho bản trình diễn, không phải số thật"
PROVINCE, HOME_AFFAIRS, TECHNOLOGY = "86", "86.SNV", "86.SKHCN"
HOME = "29020"
"""Where the demo's learner works, and the HR officer of one commune."""

STAFFED = {HOME: 8, "28777": 7, "28756": 5, "28903": 5, "29050": 5, "29110": 5, "28870": 4, "29182": 4, "28984": 4}
"""Commune -> made-up people there. Those of a district are placed in communes that came out of it."""

OFFICES = {"83.SNV": 6, "83.SKHCN": 3, "83.STTTT": 5}
SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Thạch", "Kim")
MIDDLES = ("Thị", "Văn", "Ngọc", "Minh", "Hoàng", "Thị Thu", "Quốc", "Thanh")
GIVEN = ("An", "Ánh", "Bình", "Dũng", "Đức", "Hạnh", "Hoa", "Khôi", "Lan", "Mỹ", "Nghĩa", "Oanh", "Phượng", "Sơn")
POSTS = (
    ("Chủ tịch", LEADERS, ""),
    ("Công chức văn phòng - thống kê", STAFF, ""),
    ("Phụ trách công nghệ thông tin", SPECIALISTS, "part"),
    ("Chuyên viên", STAFF, ""),
    ("Phó chủ tịch", LEADERS, ""),
)
LEFT_UNPLACED = 3
UNSTATED = 7
"""Of so many units, one states no headcount."""


@dataclass(frozen=True)
class Staff:
    """Made-up people, by the code of the unit they work in today."""

    of: dict[str, list[UUID]]

    @property
    def all(self) -> list[UUID]:
        return [one for some in self.of.values() for one in some]


def seed() -> bool:
    """Units, staff, headcounts and what they learned, in one transaction; whether there was none of it yet."""
    if db.session.scalar(select(Unit.id).where(Unit.code == PROVINCE)):
        return False
    before = _before()
    staff = _staff(before)
    _merge_departments(before)
    communes = _split_districts(before)
    _place(staff, communes)
    _merge_provinces(before)
    _headcounts()
    _learning(staff)
    return True


def unit_id(code: str) -> UUID:
    return db.session.scalars(select(Unit.id).where(Unit.code == code)).one()


def assign(created_by: Person) -> None:
    """Two courses that are past their day for some of those who were asked to learn them."""
    courses = _courses()
    if not courses or db.session.scalar(select(Assignment.id).limit(1)):
        return
    for code, due in ((TECHNOLOGY, date(2026, 10, 31)), ("28777", date(2026, 9, 30))):
        made = Assignment(
            title="Học khóa bắt buộc năm 2026 (minh họa)", unit_id=unit_id(code), due_on=due, created_at=now(),
            created_by=created_by.id, created_by_name=created_by.name,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        db.session.add(AssignmentCourse(assignment_id=made.id, course_id=courses[0].course_id, position=1))
        at_work = select(Employment.person_id).where(Employment.unit_id == made.unit_id, Employment.until.is_(None))
        for person_id in db.session.scalars(at_work):
            enrolment = _enrolled(person_id, courses[0], now() - timedelta(days=90))
            db.session.add(AssignedEnrolment(assignment_id=made.id, enrolment_id=enrolment.id, added_at=now()))
    db.session.flush()


def _before() -> dict[str, Unit]:
    """The units as they stood before 2025, by code."""
    made = {}
    for code, name in FACTS["provinces"]:
        made[code] = units.add(Facts(code, name, "province"), ACTOR)
        for short, office in (("SNV", "Sở Nội vụ"), ("SKHCN", "Sở Khoa học và Công nghệ")):
            made[f"{code}.{short}"] = _department(f"{code}.{short}", office, made[code])
    made["83.STTTT"] = _department("83.STTTT", "Sở Thông tin và Truyền thông", made["83"])
    for code, name in FACTS["districts"]:
        made[code] = units.add(Facts(code, name, "district", made["83"].id), ACTOR)
    return made


def _department(code: str, name: str, province: Unit) -> Unit:
    there = province.name.replace("Tỉnh", "tỉnh")
    return units.add(Facts(code, f"{name} {there}", "department", province.id), ACTOR)


def _change(kind: str, on: date, act: str, ended: tuple[Unit, ...], begun: tuple[Facts, ...], *kept: UUID) -> None:
    wanted = Change(kind, on, FACTS["acts"][act], tuple(one.id for one in ended), begun, kept)
    reorganising.change(wanted, ACTOR)


def _merge_departments(before: dict[str, Unit]) -> None:
    _change(MERGE, DEPARTMENTS_DAY, "departments", (before["83.STTTT"],), (), before["83.SKHCN"].id)


def _split_districts(before: dict[str, Unit]) -> dict[str, UUID]:
    """The lower level first: communes begin below the province, which then takes them along into the new one."""
    made: dict[str, UUID] = {}
    for district, _name in FACTS["districts"]:
        begun, kept = [], []
        for code, name, came_from in FACTS["communes"]:
            if district in came_from and code in made:
                kept.append(made[code])
            elif district in came_from:
                begun.append(Facts(code, f"Ủy ban nhân dân {name}", "commune", before["83"].id))
        _change(SPLIT, MERGER_DAY, "communes", (before[district],), tuple(begun), *kept)
        made |= {one.code: unit_id(one.code) for one in begun}
    return made


def _merge_provinces(before: dict[str, Unit]) -> None:
    for short, name in (("SNV", "Sở Nội vụ"), ("SKHCN", "Sở Khoa học và Công nghệ")):
        olds = tuple(before[f"{code}.{short}"] for code, _name in FACTS["provinces"])
        new = Facts(f"{PROVINCE}.{short}", f"{name} tỉnh Vĩnh Long", "department", before["86"].id)
        _change(MERGE, MERGER_DAY, "province", olds, (new,))
    olds = tuple(before[code] for code, _name in FACTS["provinces"])
    _change(MERGE, MERGER_DAY, "province", olds, (Facts(PROVINCE, "Tỉnh Vĩnh Long", "province"),))


def _staff(before: dict[str, Unit]) -> Staff:
    """People who were there before the merger, in old departments and districts, as most were."""
    names = _names()
    districts = {code: came_from[0] for code, _name, came_from in FACTS["communes"]}
    of: dict[str, list[UUID]] = {}
    for code, count in (OFFICES | STAFFED).items():
        where = before[code if code in before else districts[code]]
        of[code] = [_person(next(names)) for _ in range(count)]
        for who, (position, group, duty) in zip(of[code], itertools.cycle(POSTS), strict=False):
            _employ(who, where.id, position, group, duty, date(2022, 3, 1))
    of["829"] = [_person(next(names)) for _ in range(LEFT_UNPLACED)]
    for who in of["829"]:
        _employ(who, before["829"].id, "Chuyên viên", STAFF, "", date(2023, 1, 9))
    return Staff(of)


def _place(staff: Staff, communes: dict[str, UUID]) -> None:
    """What HR did after the districts were gone: nearly everybody has a commune."""
    for code in STAFFED:
        for who, (position, group, duty) in zip(staff.of[code], itertools.cycle(POSTS), strict=False):
            _employ(who, communes[code], position, group, duty, MERGER_DAY)


def _employ(who: UUID, where: UUID, position: str, group: str, duty: str, since: date) -> None:
    db.session.add(Employment(person_id=who, unit_id=where, position=position, group=group, duty=duty, since=since))


def _person(name: str) -> UUID:
    made = Person(name=name, sort_key=name_key(name), created_at=now())
    db.session.add(made)
    db.session.flush()
    made.staff_code = f"MH{made.id.hex[:8].upper()}"
    return made.id


def _names() -> Iterator[str]:
    found = [" ".join(parts) for parts in itertools.product(SURNAMES, MIDDLES, GIVEN)]
    random.Random(1687).shuffle(found)  # noqa: S311 - made-up names, the same each time
    return iter(found)


def _headcounts() -> None:
    """Stated by most, not by all; before the merger by the districts and departments."""
    for at, one in enumerate(db.session.scalars(select(Unit).order_by(Unit.code, Unit.id))):
        if one.kind == "province" or at % UNSTATED == 0:
            continue
        on = date(2026, 1, 1) if one.valid_until is None else date(2025, 1, 1)
        ld, ct, cc = (2, 1, 4) if one.kind == "commune" else (3, 2, 9)
        db.session.add(
            Headcount(
                unit_id=one.id, on=on, ld=ld, ct=ct, cc=cc, source=SOURCE, entered_at=now(), entered_by="Bản trình diễn"
            )
        )
    db.session.flush()


def _learning(staff: Staff) -> None:
    """Most completed something: some before the merger, some after, some twice; no certificate is issued for it."""
    courses, chance = _courses(), random.Random(202)  # noqa: S311 - made-up results, the same each time
    for who in staff.all if courses else ():
        for course in courses[: chance.choice((0, 1, 1, 2, 3))]:
            first = chance.choice((datetime(2025, 4, 7, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)))
            done = first + timedelta(days=chance.randrange(75), hours=chance.randrange(9))
            enrolment = _enrolled(who, course, done - timedelta(days=9))
            enrolment.completed_at, enrolment.completed_version_id = done, course.id


def _enrolled(who: UUID, course: CourseVersion, at: datetime) -> Enrolment:
    wanted = select(Enrolment).where(Enrolment.person_id == who, Enrolment.course_id == course.course_id)
    found = db.session.scalar(wanted)
    if found is None:
        found = Enrolment(
            person_id=who,
            course_id=course.course_id,
            version_id=course.id,
            origin="assigned",
            enrolled_at=at,
            seen_at=at,
        )
        db.session.add(found)
        db.session.flush()
    return found


def _courses() -> list[CourseVersion]:
    wanted = (
        select(CourseVersion)
        .join(Course, (Course.id == CourseVersion.course_id) & (Course.version == CourseVersion.number))
        .where(Course.status == "published")
        .order_by(Course.id)
        .limit(3)
    )
    return list(db.session.scalars(wanted))


def officer_of(person_id: UUID, code: str) -> None:
    db.session.add(Role(person_id=person_id, name="hr", unit_id=unit_id(code)))


def work(person_id: UUID, code: str, position: str, group: str) -> None:
    accounts.employ(person_id, unit_id(code), position, group, MERGER_DAY)
