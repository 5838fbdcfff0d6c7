"""A completed course is certified once its bearer has seen the name, by itself after some hours, or once approved."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import Person
from lms_app.accounts.service import people as accounts
from lms_app.certificates import jobs
from lms_app.certificates.models import Certificate, Claim, RegisterBook
from lms_app.certificates.queries import claims as waiting
from lms_app.certificates.service import auditing, claims
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.settings import Settings
from lms_app.learning.models import Enrolment
from tests import make

pytestmark = pytest.mark.usefixtures("app")

APPROVED = {"kind": "COMPLETION", "template": "default", "approval": True}


@pytest.fixture
def patient(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Learners have 24 hours."""
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, certificate_wait_hours=24.0))


def completes(enrolment: Enrolment) -> None:
    """The outbox tells of the completion."""
    with transaction():
        ids = {"enrolment": str(enrolment.id)}
        outbox.put("learning.completed", f"learning.completed/{enrolment.id}", "local", ids)
    drain()


def drain() -> None:
    """Rows that a handler owes are due a moment later."""
    while outbox.drain():
        pass
    db.session.expire_all()


def later(hours: float) -> None:
    with time_machine.travel(now() + timedelta(hours=hours)):
        jobs.issue_due()
        drain()


def issued() -> list[str]:
    return list(db.session.scalars(select(Certificate.full_name).order_by(Certificate.number)))


def claim() -> Claim | None:
    db.session.expire_all()
    return db.session.scalar(select(Claim))


def test_without_hours_to_wait_it_is_issued_at_once_and_leaves_no_claim() -> None:
    completes(make.completed(make.person("Lê Văn Tám"), make.course()))
    assert (issued(), claim()) == (["Lê Văn Tám"], None)


@pytest.mark.usefixtures("patient")
def test_it_waits_for_the_bearers_word_and_then_goes_at_once() -> None:
    enrolment = make.completed(make.person("Lê Văn Tám"), make.course())
    completes(enrolment)
    kept = claim()
    assert kept is not None
    assert enrolment.completed_at is not None
    assert (issued(), kept.waits_for, kept.due_at) == ([], "name", enrolment.completed_at + timedelta(hours=24))
    with transaction():
        claims.confirm(enrolment.id, None)
    assert (issued(), claim()) == (["Lê Văn Tám"], None)


@pytest.mark.usefixtures("patient")
def test_a_word_given_before_the_outbox_told_counts_too() -> None:
    enrolment = make.completed(make.person("Lê Văn Tám"), make.course())
    with transaction():
        claims.confirm(enrolment.id, "Lê Văn  Tâm")
    completes(enrolment)
    with transaction():
        claims.confirm(enrolment.id, None)
    assert (issued(), claim()) == (["Lê Văn Tâm"], None)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("source", ["own", "platform"])
def test_without_an_answer_it_is_issued_by_itself_under_the_name_as_it_stands(source: str) -> None:
    completes(make.completed(make.person("LE VAN TAM", name_source=source), make.course()))
    later(23.9)
    assert issued() == []
    later(24.1)
    assert (issued(), claim()) == (["LE VAN TAM"], None)
    later(48)
    assert issued() == ["LE VAN TAM"]


@pytest.mark.usefixtures("patient")
def test_a_name_that_nobody_told_is_never_printed_and_waits_until_somebody_does() -> None:
    who = make.person("Học viên từ Trường", name_source="none")
    completes(make.completed(who, make.course()))
    later(1000)
    assert issued() == []
    with transaction():
        accounts.confirm_name(who.id, "Lê Văn Tám")
    drain()
    assert issued() == ["Lê Văn Tám"]


@pytest.mark.usefixtures("patient")
def test_a_name_that_the_platform_tells_late_is_issued_at_its_hour() -> None:
    who = make.person("Học viên từ Trường", name_source="none")
    completes(make.completed(who, make.course()))
    later(25)
    found = db.session.get_one(Person, who.id)
    found.name, found.name_source = "Lê Văn Tám", "platform"
    db.session.commit()
    later(25)
    assert issued() == ["Lê Văn Tám"]


@pytest.mark.parametrize("hours", [0.0, 24.0])
def test_a_course_that_asks_for_approval_waits_for_it_however_the_name_was_settled(
    app: Flask, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, certificate_wait_hours=hours))
    completes(make.completed(make.person(), make.course(certificate=APPROVED)))
    later(25)
    kept = claim()
    assert kept is not None
    assert (issued(), kept.waits_for) == ([], "approval")
    with transaction():
        claims.confirm(kept.enrolment_id, None)
        accounts.owe_certificates(db.session.scalars(select(Person.id)).one())
    drain()
    assert issued() == []


def test_a_course_without_certificate_gives_none() -> None:
    version = make.course()
    version.certificate = {}
    db.session.commit()
    completes(make.completed(make.person(), version))
    assert (issued(), claim()) == ([], None)


@pytest.mark.usefixtures("patient")
def test_a_completion_that_was_withdrawn_leaves_no_claim() -> None:
    enrolment = make.completed(make.person(), make.course())
    completes(enrolment)
    db.session.get_one(Enrolment, enrolment.id).completed_at = None
    db.session.commit()
    later(25)
    assert (issued(), claim()) == ([], None)


@pytest.mark.usefixtures("patient")
def test_one_that_cannot_be_printed_is_kept_with_its_reason_and_blocks_no_other() -> None:
    version = make.course()
    absurd = make.completed(make.person("Â" * 120), version)
    completes(absurd)
    completes(make.completed(make.person("Lê Văn Tám"), version))
    later(25)
    assert issued() == ["Lê Văn Tám"]
    with reading():
        assert "120 ký tự" in waiting.refusals([absurd.id])[absurd.id]
    with transaction():
        accounts.confirm_name(absurd.person_id, "Âu Cơ")
    later(50)
    assert issued() == ["Lê Văn Tám", "Âu Cơ"]
    assert [found.number for found in db.session.scalars(select(Certificate).order_by(Certificate.number))] == [1, 2]


def test_at_once_a_refused_one_is_held_and_its_completion_is_not_told_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    enrolment = make.completed(make.person("Lê Văn Tám"), make.course())
    settings: Settings = app.extensions["settings"]
    with monkeypatch.context() as broken:
        broken.setitem(app.extensions, "settings", replace(settings, designs=tmp_path))
        completes(enrolment)
    with reading():
        assert "mẫu giấy default" in waiting.refusals([enrolment.id])[enrolment.id]
    assert db.session.scalar(select(RegisterBook.last_number)) is None
    with transaction():
        claims.hand_over(enrolment.id)
    drain()
    assert (issued(), claim()) == (["Lê Văn Tám"], None)


@pytest.mark.usefixtures("patient")
def test_more_than_one_round_falls_due_at_the_same_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST", 2)
    version = make.course()
    for name in ("Lê Một", "Lê Hai", "Lê Ba", "Lê Bốn", "Lê Năm"):
        completes(make.completed(make.person(name), version))
    later(25)
    assert len(issued()) == 5


@pytest.mark.usefixtures("patient")
def test_a_clock_that_goes_back_an_hour_issues_nothing_twice_and_leaves_no_gap() -> None:
    version = make.course()
    with time_machine.travel("2026-11-25T03:00:00+00:00") as clock:
        first, second = (make.completed(make.person(), version) for _ in range(2))
        completes(first)
        completes(second)
        clock.shift(timedelta(hours=25))
        jobs.issue_due()
        drain()
        clock.shift(timedelta(hours=-1))
        third = make.completed(make.person(), version)
        completes(third)
        with transaction():
            claims.confirm(third.id, None)
        jobs.issue_due()
        drain()
        found = list(db.session.scalars(select(Certificate).order_by(Certificate.number)))
        assert [one.number for one in found] == [1, 2, 3]
        assert [one.issued_at.hour for one in found] == [4, 4, 3]
        with reading():
            assert [problem for problem in auditing.audited() if "PDF" not in problem] == []
