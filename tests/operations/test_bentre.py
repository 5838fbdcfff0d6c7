"""The demo's province: real units on both sides of the merger, made-up people who work on both."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries import people, reach
from lms_app.accounts.queries import units as staff
from lms_app.accounts.service import people as accounts
from lms_app.core.db import db, rows, transaction
from lms_app.learning.models import AssignedEnrolment, Assignment, Enrolment
from lms_app.operations import bentre, demo
from lms_app.organisations.models import Headcount, Unit, UnitSuccession
from lms_app.organisations.queries import tree
from lms_app.organisations.queries import units as queries
from tests import make

AFTER = bentre.MERGER_DAY
BEFORE = AFTER - timedelta(days=1)


@pytest.fixture
def seeded(app: Flask) -> Flask:
    make.course("cc-01", lessons=1)
    make.course("cc-02", lessons=1)
    with transaction():
        assert bentre.seed()
        demo._people()
    return app


def codes(day: date) -> dict[str, list[str]]:
    """Kind -> codes of the units of a day."""
    found: dict[str, list[str]] = {}
    for one in queries.on_day(day):
        found.setdefault(one.kind, []).append(one.code)
    db.session.rollback()
    return found


def test_before_the_merger_there_are_three_provinces_and_nine_districts(seeded: Flask) -> None:
    there = codes(BEFORE)
    assert sorted(there["province"]) == ["83", "84", "86@2025-06-30"]
    assert len(there["district"]) == 9
    assert "commune" not in there


def test_after_it_one_province_with_the_48_new_communes_of_old_ben_tre_and_no_district(seeded: Flask) -> None:
    there = codes(AFTER)
    assert there["province"] == ["86"]
    assert len(there["commune"]) == 48
    assert "district" not in there
    assert sorted(there["department"]) == ["86.SKHCN", "86.SNV"]
    names = db.session.scalars(select(Unit.name).where(Unit.kind == "commune"))
    assert sum(name.startswith("Ủy ban nhân dân phường") for name in names) == 5


def test_all_of_it_is_one_tree_and_its_past(seeded: Flask) -> None:
    province = bentre.unit_id("86")
    reached = [len(rows(select(tree.REACH.c.id), roots=[province], day=day)) for day in (BEFORE, AFTER)]
    db.session.rollback()
    assert reached == [0, 1 + 48 + 2]
    old = tree.lineage(province)
    assert len(old) == 4
    db.session.rollback()


def test_the_department_of_information_went_into_that_of_science_in_march(seeded: Flask) -> None:
    [one] = queries.became(bentre.unit_id("83.STTTT"))
    assert (one.code, one.on) == ("83.SKHCN", date(2025, 3, 1))
    assert [heir.code for heir in queries.became(one.id)] == ["86.SKHCN"]


def test_land_of_two_districts_comes_from_both(seeded: Flask) -> None:
    came = [one.code for one in queries.came_from(bentre.unit_id("28777"))]
    assert sorted(came) == ["829", "834"]


def test_a_second_start_adds_nothing(seeded: Flask) -> None:
    tables = (Unit, UnitSuccession, Person, Employment, Headcount, Enrolment)
    before = [db.session.scalar(select(func.count()).select_from(table)) for table in tables]
    with transaction():
        assert not bentre.seed()
        demo._people()
    assert [db.session.scalar(select(func.count()).select_from(table)) for table in tables] == before


def test_made_up_staff_work_before_and_after_and_some_wait_for_a_unit(seeded: Flask) -> None:
    employed = [
        db.session.scalar(
            select(func.count(Employment.person_id.distinct())).where(
                Employment.since <= day, (Employment.until.is_(None)) | (Employment.until >= day)
            )
        )
        for day in (BEFORE, AFTER)
    ]
    assert employed == [64, 61 + len(demo.PEOPLE)]
    assert staff.unplaced_count() == bentre.LEFT_UNPLACED
    stated = db.session.scalar(select(func.count(Headcount.unit_id.distinct()))) or 0
    assert 40 < stated < (db.session.scalar(select(func.count()).select_from(Unit)) or 0)
    assert set(db.session.scalars(select(Headcount.source))) == {bentre.SOURCE}


def test_some_completed_before_the_merger_some_after_and_some_are_overdue(seeded: Flask) -> None:
    days = [one.date() for one in db.session.scalars(select(Enrolment.completed_at)) if one]
    assert min(days) < AFTER < max(days)
    late = (
        select(func.count())
        .select_from(AssignedEnrolment)
        .join(Assignment, Assignment.id == AssignedEnrolment.assignment_id)
        .join(Enrolment, Enrolment.id == AssignedEnrolment.enrolment_id)
        .where(Enrolment.completed_at.is_(None), Assignment.due_on < date(2026, 11, 26))
    )
    assert db.session.scalar(late)


def test_the_demo_has_an_officer_of_all_and_one_of_a_commune(seeded: Flask) -> None:
    found = {}
    for email in (demo.HR, demo.HR_OF_A_COMMUNE):
        person = accounts.by_email(email)
        assert person
        officer = people.person(person.id)
        assert officer
        found[email] = set(reach.roots(officer))
    home = bentre.unit_id(bentre.HOME)
    assert found[demo.HR_OF_A_COMMUNE] == {home}
    assert len(found[demo.HR]) == 4
    learner = accounts.by_email("hocvien@demo.vn")
    assert learner
    profile = people.profile(learner.id)
    assert profile
    assert (profile.unit, profile.position) == ("Ủy ban nhân dân xã Phước Long", "Chuyên viên")
