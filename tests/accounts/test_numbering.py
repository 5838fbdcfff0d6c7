"""The small numbers of people: one for each, and the right one beside every id."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from lms_app.accounts.models import Employment, Person
from lms_app.certificates.models import OutsideRecord
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.ids import new_id
from lms_app.learning.models import Enrolment
from tests import make
from tests.reporting.asking import elsewhere

REPEATING = (Employment, Enrolment, OutsideRecord)


def test_each_person_gets_the_next_number_also_many_at_once(app: Flask) -> None:
    make.person(email="mot@coquan.example")
    first = db.session.scalars(select(Person.number)).one()
    values = {"name": "Lê Văn Tám", "sort_key": "tam", "created_at": now()}
    db.session.execute(insert(Person), [{"id": new_id(), **values} for _ in range(3)])
    db.session.add_all([Person(**values) for _ in range(2)])
    db.session.commit()
    assert first
    assert set(db.session.scalars(select(Person.number))) == set(range(first, first + 6))


def test_a_number_is_one_persons_alone(app: Flask) -> None:
    numbers = [make.person(email=f"nguoi{at}@coquan.example").number for at in range(2)]
    assert None not in numbers
    assert len(set(numbers)) == 2


def test_whatever_is_counted_by_person_repeats_the_number(app: Flask) -> None:
    who = make.person(email="mot@coquan.example")
    make.employment(who, make.unit())
    make.completed(who, make.course())
    elsewhere(who, date(2026, 3, 1))
    assert {model: set(db.session.scalars(select(model.person_number))) for model in REPEATING} == {
        model: {who.number} for model in REPEATING
    }


def test_a_row_cannot_go_to_somebody_else_without_their_number(app: Flask) -> None:
    one, other = (make.person(email=f"{name}@coquan.example") for name in ("mot", "hai"))
    post = make.employment(one, make.unit())
    post.person_id = other.id
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()
    post.person_id, post.person_number = other.id, other.number
    db.session.commit()


def test_a_training_of_nobody_we_know_has_no_number(app: Flask) -> None:
    elsewhere(None, date(2026, 3, 1))
    assert db.session.scalars(select(OutsideRecord.person_number)).one() is None
    with pytest.raises(IntegrityError):
        db.session.execute(update(OutsideRecord).values(person_id=make.person().id))
