"""What coverage counts: whom, where, when, and of how many."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask

from lms_app.accounts.models import Person
from lms_app.certificates.models import Certificate, OutsideRecord
from lms_app.certificates.service import issuing, revoking
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import NotFound
from lms_app.courses.models import CourseVersion
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import MERGE, SPLIT, Unit
from lms_app.reporting.figures import Asked
from lms_app.reporting.service import coverage
from tests import make
from tests.reporting.world import NEW_YEAR, TODAY, ask, at, figures, named, succeed, target


@pytest.fixture
def province(app: Flask) -> Unit:
    return make.unit("Tỉnh Vĩnh Long", kind="province", code="vl")


@pytest.fixture
def commune(province: Unit) -> Unit:
    return make.unit("Xã An Bình", province, code="x1")


@pytest.fixture
def neighbour(province: Unit) -> Unit:
    return make.unit("Xã Bình Phú", province, code="x2")


@pytest.fixture
def course(app: Flask) -> CourseVersion:
    return make.course()


def worker(where: Unit, **values: object) -> Person:
    who = make.person()
    make.employment(who, where, **values)  # type: ignore[arg-type]  # a builder's own values
    return who


def elsewhere(who: Person, on: date, course_id: str | None = None) -> None:
    make.add(
        OutsideRecord(
            digest=f"{who.id.hex}{on}"[:64], person_id=who.id, full_name=who.name, course_title="Lớp AI", issued_on=on,
            issuer_name="Trường Chính trị", course_id=course_id, source="CV 12", imported_at=now(), imported_by="Lan",
        )
    )  # fmt: skip


def test_rows_are_the_units_below_each_with_all_that_is_below_it(
    province: Unit, commune: Unit, neighbour: Unit, course: CourseVersion
) -> None:
    school = make.unit("Trường mầm non An Bình", commune, kind="school")
    make.completed(worker(commune), course, at(2026, 3, 1))
    worker(school)
    worker(neighbour)
    found = ask(province)
    assert [line.name for line in found.lines] == ["Xã An Bình", "Xã Bình Phú"]
    assert figures(found.lines[0]) == (2, 1, 1)
    assert found.lines[0].below
    assert figures(found.lines[1]) == (1, 0, 0)
    assert not found.lines[1].below
    assert figures(found.total) == (3, 1, 1)


def test_a_units_own_staff_is_a_row_only_where_it_has_any(province: Unit, commune: Unit) -> None:
    make.unit("Trường mầm non An Bình", commune, kind="school")
    assert [line.own for line in ask(commune).lines] == [False]
    worker(commune)
    found = ask(commune)
    assert [(line.name, line.own) for line in found.lines if line.own] == [("Cơ quan Xã An Bình", True)]


def test_a_person_in_two_units_counts_in_each_row_and_once_in_the_total(
    province: Unit, commune: Unit, neighbour: Unit, course: CourseVersion
) -> None:
    who = worker(commune)
    make.employment(who, neighbour)
    make.completed(who, course, at(2026, 3, 1))
    make.headcount(commune, cc=10)
    found = ask(province)
    assert [figures(line) for line in found.lines] == [(1, 1, 1), (1, 1, 1)]
    assert figures(found.total) == (1, 1, 1)
    assert found.total.counted == 1, "one of their units stated a headcount"


def test_two_posts_in_one_unit_are_one_person(province: Unit, commune: Unit) -> None:
    who = worker(commune)
    make.employment(who, commune, group="CT")
    assert ask(province).total.staff == 1


def test_who_moved_within_the_year_counts_where_they_work_on_the_day_with_what_they_learnt_before(
    province: Unit, commune: Unit, neighbour: Unit, course: CourseVersion
) -> None:
    who = worker(commune, until=date(2026, 5, 31))
    make.employment(who, neighbour, since=date(2026, 6, 1))
    make.completed(who, course, at(2026, 3, 1))
    today, before = ask(province), ask(province, date(2026, 5, 31))
    assert (figures(named(today, commune)), figures(named(today, neighbour))) == ((0, 0, 0), (1, 1, 1))
    assert (figures(named(before, commune)), figures(named(before, neighbour))) == ((1, 1, 1), (0, 0, 0))


def test_training_before_a_merge_counts_after_it_and_a_day_before_shows_the_old_units(
    app: Flask, course: CourseVersion
) -> None:
    last, first = date(2025, 6, 30), date(2025, 7, 1)
    old = make.unit("Tỉnh Bến Tre", kind="province", valid_until=last)
    district = make.unit("Huyện Ba Tri", old, kind="district", valid_until=last)
    new = make.unit("Tỉnh Vĩnh Long", kind="province", valid_from=first)
    commune = make.unit("Xã Ba Tri", new, valid_from=first)
    succeed(old, new, MERGE, first)
    who = worker(district, until=last)
    make.employment(who, commune, since=first)
    make.completed(who, course, at(2025, 3, 1))
    roots = (new.id, old.id)
    assert figures(named(ask(new, first, date(2025, 1, 1), roots=roots), commune)) == (1, 1, 1)
    assert figures(named(ask(old, last, date(2025, 1, 1), roots=roots), district)) == (1, 1, 1)
    with pytest.raises(NotFound):
        ask(new, last, roots=roots)


def test_a_split_unit_is_past_of_neither_half_but_its_people_bring_what_they_learnt(
    province: Unit, course: CourseVersion
) -> None:
    last, first = date(2026, 4, 30), date(2026, 5, 1)
    old = make.unit("Xã Lương Hòa cũ", province, valid_until=last)
    one, other = (make.unit(f"Xã {name}", province, valid_from=first) for name in ("Lương Hòa", "Châu Hòa"))
    for half in (one, other):
        succeed(old, half, SPLIT, first)
        who = worker(old, until=last)
        make.employment(who, half, since=first)
        make.completed(who, course, at(2026, 3, 1))
    assert figures(named(ask(province, last), old)) == (2, 2, 2)
    assert [figures(line) for line in ask(province).lines] == [(1, 1, 1), (1, 1, 1)]
    with pytest.raises(NotFound):
        ask(old, last, roots=(one.id,))


def test_a_missing_headcount_is_unknown_and_its_people_are_not_in_the_share(
    province: Unit, commune: Unit, neighbour: Unit, course: CourseVersion
) -> None:
    make.headcount(commune, ld=1, ct=1, cc=2)
    for where in (commune, neighbour):
        make.completed(worker(where), course, at(2026, 3, 1))
    found = ask(province)
    known, unknown = named(found, commune), named(found, neighbour)
    assert (known.headcount, known.share, known.source) == (4, 0.25, "QĐ giao biên chế 2026")
    assert (unknown.headcount, unknown.share, unknown.gap(0.8)) == (None, None, None)
    total = found.total
    assert (total.headcount, total.counted, total.trained, total.units, total.unknown) == (4, 1, 2, 2, 1)


def test_the_newest_headcount_up_to_the_day_holds_and_one_group_has_its_own(commune: Unit) -> None:
    make.headcount(commune, cc=10, on=date(2025, 1, 1))
    make.headcount(commune, ld=2, cc=20, on=date(2026, 6, 1))
    assert ask(commune, date(2026, 5, 31)).total.headcount == 10
    assert ask(commune).total.headcount == 22
    assert ask(commune, group="LD").total.headcount == 2
    assert ask(commune, date(2024, 12, 31)).total.headcount is None


def test_a_revoked_certificate_takes_its_completion_with_it_until_it_is_completed_anew(
    commune: Unit, course: CourseVersion
) -> None:
    who = worker(commune)
    with time_machine.travel(at(2026, 3, 1), tick=False):
        issued = make.certificate(who, course)
    assert figures(ask(commune).total) == (1, 1, 1)
    with time_machine.travel(at(2026, 4, 1), tick=False):
        revoking.revoke(issued.code, "Cấp nhầm", actor="x", by="Lan")
        db.session.commit()
    assert figures(ask(commune).total) == (1, 0, 0)
    enrolment = db.session.get_one(Enrolment, issued.enrolment_id)
    enrolment.completed_at = at(2026, 5, 1)
    db.session.commit()
    assert figures(ask(commune).total) == (1, 1, 1), "completed anew, not certified yet"
    with time_machine.travel(at(2026, 5, 2), tick=False):
        issuing.issue(enrolment.id)
        db.session.commit()
    assert figures(ask(commune).total) == (1, 1, 1)


def test_a_replaced_certificate_changes_nothing(commune: Unit, course: CourseVersion) -> None:
    issued = make.certificate(worker(commune), course)
    db.session.get_one(Certificate, issued.id).status = "replaced"
    db.session.commit()
    assert figures(ask(commune, now().date(), now().date()).total) == (1, 1, 1)


def test_a_withdrawn_completion_does_not_count(commune: Unit, course: CourseVersion) -> None:
    done = make.completed(worker(commune), course, at(2026, 3, 1))
    done.completed_at = None
    db.session.commit()
    assert figures(ask(commune).total) == (1, 0, 0)


def test_training_elsewhere_counts_and_for_one_course_only_where_it_counts_as_that(
    commune: Unit, course: CourseVersion
) -> None:
    who = worker(commune)
    elsewhere(who, date(2026, 3, 1))
    elsewhere(who, date(2026, 11, 23), course.course_id)
    elsewhere(who, date(2026, 11, 24))
    assert figures(ask(commune).total) == (1, 1, 2)
    assert figures(ask(commune, course=course.course_id).total) == (1, 1, 1)


def test_one_group_counts_the_posts_of_that_group_alone(commune: Unit, course: CourseVersion) -> None:
    make.completed(worker(commune, group="LD"), course, at(2026, 3, 1))
    worker(commune, group="CC")
    assert figures(ask(commune, group="LD").total) == (1, 1, 1)
    assert figures(ask(commune, group="CC").total) == (1, 0, 0)
    assert figures(ask(commune, group="CT").total) == (0, 0, 0)


def test_one_course_counts_alone(commune: Unit, course: CourseVersion) -> None:
    other = make.course("ct-01")
    who = worker(commune)
    make.completed(who, course, at(2026, 3, 1))
    make.completed(who, other, at(2026, 4, 1))
    assert figures(ask(commune).total) == (1, 1, 2)
    assert figures(ask(commune, course="ct-01").total) == (1, 1, 1)


def test_the_period_is_of_local_days_both_included(commune: Unit, course: CourseVersion) -> None:
    for moment in (
        datetime(2025, 12, 31, 16, 59, tzinfo=UTC),
        datetime(2025, 12, 31, 17, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 16, 59, tzinfo=UTC),
        datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
    ):
        make.completed(worker(commune), course, moment)
    assert ask(commune).total.trained == 2


def test_overdue_is_who_has_not_completed_by_the_day_what_was_due_by_it(commune: Unit, course: CourseVersion) -> None:
    for due, done in (
        (at(2026, 11, 23), None),
        (at(2026, 11, 24), None),
        (at(2026, 3, 1), at(2026, 4, 1)),
        (at(2026, 3, 1), at(2026, 11, 25)),
    ):
        enrolment = make.completed(worker(commune), course)
        enrolment.due_at, enrolment.completed_at = due, done
        db.session.commit()
    assert ask(commune).total.overdue == 2
    assert ask(commune, date(2026, 3, 15)).total.overdue == 2


def test_the_nearest_target_of_the_day_holds_the_groups_own_first(province: Unit, commune: Unit) -> None:
    assert ask(commune).target is None
    target(province, 0.8, until=date(2025, 12, 31))
    target(province, 1.0, since=date(2026, 1, 1))
    target(province, 0.9, group="LD", since=date(2026, 1, 1))
    assert ask(commune, roots=(province.id,)).target == 1.0
    assert ask(commune, date(2025, 12, 31)).target == 0.8
    assert ask(commune, group="LD").target == 0.9
    target(commune, 0.7)
    assert ask(commune).target == 0.7


def test_an_officer_of_one_unit_finds_nothing_beside_it(province: Unit, commune: Unit, neighbour: Unit) -> None:
    assert ask(commune, roots=(commune.id,)).unit == "Xã An Bình"
    for unit in (neighbour, province):
        with pytest.raises(NotFound):
            ask(unit, roots=(commune.id,))


def test_many_people_are_counted_as_few_are(
    province: Unit, commune: Unit, neighbour: Unit, course: CourseVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in (commune, neighbour, neighbour):
        enrolment = make.completed(worker(where), course, at(2026, 3, 1))
        enrolment.due_at = at(2026, 2, 1)
    make.completed(make.person(), course, at(2026, 3, 1))
    elsewhere(worker(commune), date(2026, 3, 1))
    few = ask(province)
    monkeypatch.setattr(coverage, "FEW", 0)
    assert ask(province) == few
    assert few.total.trained == 4


def test_several_highest_units_are_the_rows(province: Unit, commune: Unit) -> None:
    other = make.unit("Trường Chính trị", code="a")
    worker(other)
    worker(commune)
    asked = Asked(other.id, (), TODAY, NEW_YEAR)
    found = coverage.table_of_tops(asked, [province.id, other.id])
    assert [(line.name, line.staff, line.own) for line in found.lines] == [
        ("Trường Chính trị", 1, False),
        ("Tỉnh Vĩnh Long", 1, False),
    ]
    assert found.total.staff == 2
