"""Reads on another connection while the caller goes on."""

from threading import get_ident

import pytest
from flask import Flask

from lms_app.accounts.models import Person
from lms_app.core.db import beside, db, transaction
from lms_app.core.errors import NotFound
from tests import make


def names(*wanted: str) -> tuple[int, set[str]]:
    return get_ident(), set(db.session.scalars(db.select(Person.name).where(Person.name.in_(wanted))))


def failing() -> None:
    raise NotFound("Không có.")


def test_what_was_committed_is_read_on_another_thread_and_its_connection_is_given_back(app: Flask) -> None:
    with transaction():
        make.person("Nguyễn Thị Ánh")
    before = db.engine.pool.checkedout()  # type: ignore[attr-defined]
    with beside() as read:
        first, second = read(names, "Nguyễn Thị Ánh"), read(names, "Lê Văn Tám")
    assert first.result()[1] == {"Nguyễn Thị Ánh"}
    assert second.result()[1] == set()
    assert get_ident() not in {first.result()[0], second.result()[0]}
    assert db.engine.pool.checkedout() == before  # type: ignore[attr-defined]


def test_an_error_of_the_read_is_the_callers_when_they_ask_for_what_it_found(app: Flask) -> None:
    with beside() as read:
        told = read(failing)
    with pytest.raises(NotFound):
        told.result()
