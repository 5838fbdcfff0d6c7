"""A made-up province for trials of coverage: units, people, what they learnt. The same numbers make the same province.

Ids are not the same: the database's rows get theirs as any other.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, product
from typing import Any
from uuid import UUID

import click
from sqlalchemy import insert, select

from lms_app.accounts.models import Employment, Person
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.ids import new_id
from lms_app.core.text import name_key
from lms_app.courses.models import Course, CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.organisations.groups import LEADERS, SPECIALISTS, STAFF
from lms_app.organisations.models import BEGINNING, Headcount, Target, Unit

TOP = "PT"
"""Code of the province; every other code begins with it."""

SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Thạch", "Kim")
MIDDLES = ("Thị", "Văn", "Ngọc", "Minh", "Hoàng", "Thị Thu", "Quốc", "Thanh")
GIVEN = ("An", "Ánh", "Bình", "Dũng", "Đức", "Hạnh", "Hoa", "Khôi", "Lan", "Mỹ", "Nghĩa", "Oanh", "Phượng", "Sơn")
FIELDS = (
    *("Nội vụ", "Tài chính", "Xây dựng", "Y tế", "Công Thương", "Tư pháp", "Khoa học và Công nghệ"),
    *("Nông nghiệp và Môi trường", "Giáo dục và Đào tạo", "Văn hóa, Thể thao và Du lịch", "Dân tộc và Tôn giáo"),
)
DIVISIONS = ("Văn phòng", "Phòng Kế hoạch", "Thanh tra", "Phòng Tổ chức", "Phòng Nghiệp vụ 1", "Phòng Nghiệp vụ 2")
BELOW_COMMUNES = (("Trường mầm non", "school"), ("Trường tiểu học", "school"), ("Trạm y tế", "service"))
DEPARTMENTS, COMMUNES, DIVISIONS_EACH = 20, 124, 6
MONTHS = 18
TWO_POSTS, MOVED, LEFT, COMPLETED, ASSIGNED, STATED = 0.03, 0.04, 0.03, 0.6, 0.3, 0.95
"""Shares: of people with two posts, moved within the year, gone; of enrolments; of units that stated a headcount."""

GROUPS = ((LEADERS, 0.08), (SPECIALISTS, 0.02), (STAFF, 0.9))
POSITIONS = {LEADERS: "Trưởng phòng", SPECIALISTS: "Chuyên viên công nghệ thông tin", STAFF: "Chuyên viên"}
PIECE = 5000
Values = dict[str, Any]


@dataclass(frozen=True)
class Size:
    units: int
    people: int
    enrolments: int


def build(size: Size) -> None:
    """Add the province. Refuses when there is one already, or too few courses are published to be learnt."""
    if db.session.scalar(select(Unit.id).where(Unit.code == TOP)):
        raise click.ClickException("The province is there already. Begin with an empty LMS_DATA to make another.")
    published = select(Course.id, CourseVersion.id.label("version")).join(
        CourseVersion, (CourseVersion.course_id == Course.id) & (CourseVersion.number == Course.version)
    )
    courses = db.session.execute(published.where(Course.status == "published").order_by(Course.id)).all()
    if size.enrolments > len(courses) * size.people:
        raise click.ClickException("There are too few published courses for so many enrolments.")
    chance = random.Random(4624)  # noqa: S311 - no secret, and the same each time
    units = _units(size.units)
    posts = _posts(chance, [unit["id"] for unit in units[1:]], size.people)
    _write(Unit, units)
    _write(Person, posts.people)
    numbers = dict(db.session.execute(select(Person.id, Person.number)).all())
    _write(Employment, _numbered(posts.employments, numbers))
    _write(Headcount, _headcounts(chance, units[1:], posts.employments))
    _write(Target, _targets(units[0]["id"]))
    enrolments = _enrolments(chance, posts.people, [(course, version) for course, version in courses], size.enrolments)
    _write(Enrolment, _numbered(enrolments, numbers))


def _write(table: type, values: Iterable[Values]) -> None:
    left = iter(values)
    while piece := list(islice(left, PIECE)):
        db.session.execute(insert(table), piece)


def _numbered(values: Iterable[Values], numbers: Mapping[UUID, int]) -> Iterator[Values]:
    return (one | {"person_number": numbers[one["person_id"]]} for one in values)


def _unit(code: str, name: str, kind: str, parent: UUID | None) -> Values:
    return {"id": new_id(), "code": code, "name": name, "kind": kind, "parent_id": parent, "valid_from": BEGINNING}


def _units(count: int) -> list[Values]:
    """The province first. Departments with their divisions take about a tenth, the communes share the rest."""
    departments = max(min(DEPARTMENTS, count // 12), 1)
    communes = max(min(COMMUNES, count // 10), 1)
    top = _unit(TOP, "Tỉnh Minh Họa", "province", None)
    upper = [
        _unit(f"{TOP}-S{at + 1:02}", f"Sở {FIELDS[at % len(FIELDS)]} {at + 1}", "department", top["id"])
        for at in range(departments)
    ]
    lower = [_unit(f"{TOP}-X{at + 1:03}", f"Xã Minh Họa {at + 1}", "commune", top["id"]) for at in range(communes)]
    made = [top, *upper, *lower]
    left = max(count - len(made), 0)
    divisions = min(departments * DIVISIONS_EACH, left // 2)
    for at in range(divisions):
        turn, above = at // departments, upper[at % departments]
        name = f"{DIVISIONS[turn]} {above['name']}"
        made.append(_unit(f"{above['code']}-P{turn + 1:02}", name, "division", above["id"]))
    for at in range(left - divisions):
        turn, above = at // communes, lower[at % communes]
        name, kind = BELOW_COMMUNES[turn % len(BELOW_COMMUNES)]
        made.append(_unit(f"{above['code']}-T{turn + 1:02}", f"{name} {above['name']} {turn + 1}", kind, above["id"]))
    return made


@dataclass
class _Posts:
    people: list[Values]
    employments: list[Values]


def _posts(chance: random.Random, units: Sequence[UUID], count: int) -> _Posts:
    names = [" ".join(parts) for parts in product(SURNAMES, MIDDLES, GIVEN)]
    keys = {name: name_key(name) for name in names}
    made, at = _Posts([], []), now()
    groups = [group for group, _share in GROUPS]
    shares = [share for _group, share in GROUPS]
    today = at.date()
    for number in range(1, count + 1):
        name, person_id = chance.choice(names), new_id()
        made.people.append(
            {
                "id": person_id,
                "staff_code": f"{TOP}-{number:06}",
                "name": name,
                "sort_key": keys[name],
                "created_at": at,
            }
        )
        group = chance.choices(groups, shares)[0]
        made.employments += _career(chance, person_id, group, units, today)
    return made


def _career(chance: random.Random, person_id: UUID, group: str, units: Sequence[UUID], today: date) -> Iterator[Values]:
    since, until = date(2020 + chance.randrange(5), 1 + chance.randrange(12), 1), None
    post = {"person_id": person_id, "group": group, "position": POSITIONS[group], "until": None}
    what = chance.random()
    if what < MOVED:
        moved = today - timedelta(days=chance.randrange(1, 300))
        yield post | {"id": new_id(), "unit_id": chance.choice(units), "since": since, "until": moved}
        since = moved + timedelta(days=1)
    elif what < MOVED + LEFT:
        until = today - timedelta(days=chance.randrange(1, 600))
        since = min(since, until)
    yield post | {"id": new_id(), "unit_id": chance.choice(units), "since": since, "until": until}
    if MOVED + LEFT <= what < MOVED + LEFT + TWO_POSTS:
        yield post | {"id": new_id(), "unit_id": chance.choice(units), "since": since, "group": STAFF}


def _headcounts(chance: random.Random, units: Sequence[Values], employments: Sequence[Values]) -> Iterator[Values]:
    there: dict[UUID, dict[str, int]] = {unit["id"]: {"LD": 0, "CT": 0, "CC": 0} for unit in units}
    for post in employments:
        if post["until"] is None:
            there[post["unit_id"]][post["group"]] += 1
    year = now().year
    for unit in units:
        if chance.random() < STATED:
            counts = {
                group.lower(): round(found * chance.uniform(1, 1.1)) for group, found in there[unit["id"]].items()
            }
            yield counts | {
                "id": new_id(),
                "unit_id": unit["id"],
                "on": date(year - 1, 1, 1),
                "source": f"QĐ giao biên chế {year - 1}",
                "entered_at": now(),
                "entered_by": TOP,
            }


def _targets(top: UUID) -> Iterator[Values]:
    usual = {"indicator": "K2", "group": "", "unit_id": top, "note": ""}
    first = {"valid_from": date(2021, 1, 1), "valid_until": date(2025, 12, 31), "value": 0.8}
    yield usual | first | {"id": new_id(), "act": "KH 4624/KH-UBND"}
    later = {"valid_from": date(2026, 1, 1), "valid_until": None, "value": 1.0}
    yield usual | later | {"id": new_id(), "act": "KH 01-KH/BCĐTW"}


def _enrolments(
    chance: random.Random, people: Sequence[Mapping[str, Any]], courses: Sequence[tuple[str, UUID]], count: int
) -> Iterator[Values]:
    """Spread evenly over people, and at random over courses and months."""
    at = now()
    each, more = divmod(count, len(people))
    for number, person in enumerate(people):
        for course, version in chance.sample(courses, min(each + (number < more), len(courses))):
            begun = at - timedelta(minutes=chance.randrange(MONTHS * 30 * 24 * 60))
            done = _done(chance, begun, at)
            assigned = chance.random() < ASSIGNED
            yield {
                "id": new_id(),
                "person_id": person["id"],
                "course_id": course,
                "version_id": version,
                "origin": "assigned" if assigned else "self",
                "enrolled_at": begun,
                "seen_at": done or begun,
                "due_at": begun + timedelta(days=chance.randrange(30, 90)) if assigned else None,
                "completed_at": done,
                "completed_version_id": version if done else None,
            }


def _done(chance: random.Random, begun: datetime, at: datetime) -> datetime | None:
    done = begun + timedelta(minutes=chance.randrange(60, 45 * 24 * 60))
    return done if chance.random() < COMPLETED and done < at else None
