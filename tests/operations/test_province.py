"""The made-up province for trials: of the size asked for, within the rules, and the same each time."""

from datetime import date

import click
import pytest
from flask import Flask
from sqlalchemy import func, select

from lms_app.accounts.models import Employment, Person
from lms_app.core.db import db, transaction
from lms_app.learning.models import Enrolment
from lms_app.operations import province
from lms_app.organisations.models import Headcount, Target, Unit
from lms_app.reporting.figures import Asked
from lms_app.reporting.service import coverage
from tests import make

SIZE = province.Size(units=40, people=300, enrolments=500)


def build(size: province.Size = SIZE) -> None:
    with transaction():
        province.build(size)


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_it_has_the_size_asked_for_and_all_kinds_of_careers(app: Flask) -> None:
    for number in range(3):
        make.course(f"cc-{number}")
    build()
    assert (count(Unit), count(Person), count(Enrolment)) == (40, 300, 500)
    assert 300 < count(Employment) < 340
    assert 30 < count(Headcount) < 40
    kinds = set(db.session.scalars(select(Unit.kind)))
    assert kinds == {"province", "department", "division", "commune", "school", "service"}
    assert set(db.session.scalars(select(Employment.group))) == {"LD", "CT", "CC"}
    done = db.session.scalar(select(func.count()).where(Enrolment.completed_at.is_not(None))) or 0
    assert 200 < done < 350
    assert all(code.startswith("PT") for code in db.session.scalars(select(Unit.code)))
    late = select(func.count()).where(Employment.until < Employment.since)
    assert not db.session.scalar(late), "nobody leaves before they came"


def test_coverage_answers_for_it(app: Flask) -> None:
    for number in range(3):
        make.course(f"cc-{number}")
    build()
    top = db.session.scalars(select(Unit).where(Unit.code == "PT")).one()
    db.session.rollback()
    found = coverage.table(Asked(top.id, (top.id,), date(2026, 12, 31), date(2024, 1, 1)))
    assert found.target == 1.0
    assert sum(line.staff for line in found.lines) >= found.total.staff > 250
    assert found.total.share
    assert 0.2 < found.total.share < 1
    assert {target.value for target in db.session.scalars(select(Target))} == {0.8, 1.0}


def test_it_is_made_once_and_needs_enough_courses(app: Flask) -> None:
    with pytest.raises(click.ClickException, match="too few published courses"):
        build()
    make.course("cc-01")
    make.course("cc-02")
    build()
    with pytest.raises(click.ClickException, match="there already"):
        build()


def test_the_smallest_province_has_its_parts(app: Flask) -> None:
    make.course("cc-01")
    build(province.Size(units=4, people=2, enrolments=1))
    assert (count(Unit), count(Enrolment)) == (4, 1)
