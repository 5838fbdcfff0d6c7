"""A unit changes: its people and its HR officers go with it where there is one successor, else they wait for HR."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lms_app.accounts.models import Employment, Role
from lms_app.accounts.queries import people, reach
from lms_app.accounts.queries import units as staff
from lms_app.accounts.service import reorganising
from lms_app.core.db import db, transaction
from lms_app.core.errors import Invalid
from lms_app.organisations.models import ABOLISH, MERGE, RENAME, SPLIT, Unit
from lms_app.organisations.queries import tree
from lms_app.organisations.service.changing import Change
from lms_app.organisations.service.units import Facts
from tests import make

DAY = date(2025, 7, 1)
BEFORE = DAY - timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


def changed(kind: str, *ended: Unit, begun: tuple[Facts, ...] = (), kept: tuple[Unit, ...] = ()) -> reorganising.Effect:
    with transaction():
        return reorganising.change(_wanted(kind, ended, begun, kept), "test")


def _wanted(kind: str, ended: tuple[Unit, ...], begun: tuple[Facts, ...], kept: tuple[Unit, ...]) -> Change:
    return Change(kind, DAY, "NQ", tuple(one.id for one in ended), begun, tuple(one.id for one in kept))


def posts() -> set[tuple[str, str, str]]:
    """Where people work: unit, first and last day."""
    found = db.session.execute(select(Employment, Unit.code).join(Unit, Unit.id == Employment.unit_id))
    return {(code, str(one.since), str(one.until)) for one, code in found}


def new(code: str, below: Unit | None = None) -> Facts:
    return Facts(code, f"Đơn vị {code}", "commune", below.id if below else None)


def test_staff_of_a_renamed_unit_and_of_all_below_it_work_on_in_the_successors() -> None:
    old = make.unit("Xã A", code="A")
    below = make.unit("Trường B", old, kind="school", code="B")
    make.employment(make.person("Lê Ba"), old, "Chủ tịch", "LD")
    make.employment(make.person("Võ Tư"), below, until=date(2026, 1, 1))
    done = changed(RENAME, old, begun=(new("A"),))
    assert (done.moved, done.left) == (2, 0)
    assert posts() == {
        ("A@2025-06-30", "2024-01-01", "2025-06-30"),
        ("A", "2025-07-01", "None"),
        ("B@2025-06-30", "2024-01-01", "2025-06-30"),
        ("B", "2025-07-01", "2026-01-01"),
    }
    kept = db.session.scalars(select(Employment).where(Employment.position == "Chủ tịch")).all()
    assert {one.group for one in kept} == {"LD"}


def test_who_left_before_stays_where_they_were_and_who_comes_later_comes_to_the_successor() -> None:
    one, other = make.unit("A", code="A"), make.unit("B", code="B")
    make.employment(make.person("Lê Ba"), one, until=date(2025, 5, 1))
    make.employment(make.person("Võ Tư"), other, since=date(2025, 9, 1))
    changed(MERGE, one, other, begun=(new("C"),))
    assert posts() == {("A", "2024-01-01", "2025-05-01"), ("C", "2025-09-01", "None")}


def test_after_a_split_people_wait_for_hr_until_they_are_placed() -> None:
    old = make.unit("Huyện A", kind="district", code="A")
    who = make.person("Lê Ba")
    make.employment(who, old)
    done = changed(SPLIT, old, begun=(new("B"), new("C")))
    assert (done.moved, done.left) == (0, 1)
    assert posts() == {("A", "2024-01-01", "2025-06-30")}
    assert [(one.name, one.unit, one.valid_until) for one in staff.unplaced(9)] == [("Lê Ba", "Huyện A", BEFORE)]
    assert staff.unplaced_count() == 1
    make.employment(who, db.session.scalars(select(Unit).where(Unit.code == "B")).one(), since=DAY)
    assert staff.unplaced_count() == 0


def test_an_abolished_unit_with_one_successor_hands_its_people_over() -> None:
    old, heir = make.unit("A", code="A"), make.unit("B", code="B")
    make.employment(make.person("Lê Ba"), old)
    assert changed(ABOLISH, old, kept=(heir,)).moved == 1
    assert ("B", "2025-07-01", "None") in posts()


def test_hr_officers_follow_the_sole_successor_and_see_its_past() -> None:
    old, other = make.unit("A", code="A"), make.unit("B", code="B")
    officer = make.hr(old)
    done = changed(MERGE, old, other, begun=(new("C"),))
    assert done.officers == ("Phạm Ngọc Lan",)
    role = db.session.scalars(select(Role).where(Role.person_id == officer.id)).one()
    assert db.session.get_one(Unit, role.unit_id).code == "C"
    seen = people.person(officer.id)
    assert seen
    assert tree.is_reached(other.id, reach.roots(seen), BEFORE)
    assert role.unit_id
    assert tree.is_reached(role.unit_id, reach.roots(seen), DAY)


def test_an_hr_officer_of_a_split_unit_is_named_as_stranded() -> None:
    old = make.unit("A", code="A")
    make.hr(old)
    assert changed(SPLIT, old, begun=(new("B"), new("C"))).stranded == ("Phạm Ngọc Lan",)


def test_nobody_may_begin_in_a_unit_that_is_gone_by_then() -> None:
    old = make.unit("Xã A", code="A")
    make.employment(make.person("Lê Ba"), old, since=date(2025, 9, 1))
    with pytest.raises(Invalid, match="1 người bắt đầu làm việc ở Xã A từ ngày 01/07/2025 trở đi"):
        changed(ABOLISH, old)
    db.session.rollback()
    assert db.session.scalars(select(Unit)).one().valid_until is None


def test_a_preview_says_what_will_happen_and_changes_nothing() -> None:
    old = make.unit("A", code="A")
    make.unit("B", old, code="B")
    make.employment(make.person("Lê Ba"), old)
    wanted = _wanted(RENAME, (old,), (new("A"),), ())
    shown = reorganising.preview(wanted, "test")
    db.session.commit()
    assert len(db.session.scalars(select(Unit)).all()) == 2
    assert posts() == {("A", "2024-01-01", "None")}
    done = changed(RENAME, old, begun=(new("A"),))
    assert done.seen == shown.seen
    assert (shown.moved, shown.outcome.carried) == (1, ("B (B)",))
