"""Units change: what was true yesterday stays true, and nothing is half done."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lms_app.core.audit import AuditEntry
from lms_app.core.db import db, rows, transaction
from lms_app.core.errors import Conflict, LmsError
from lms_app.organisations.models import ABOLISH, MERGE, MOVE, RENAME, SPLIT, Headcount, Unit, UnitSuccession
from lms_app.organisations.queries import tree
from lms_app.organisations.service import changing, units
from lms_app.organisations.service.changing import Change, Outcome
from lms_app.organisations.service.units import Facts
from tests import make

DAY = date(2025, 7, 1)
BEFORE = DAY - timedelta(days=1)
ACT = "Nghị quyết số 202/2025/QH15 ngày 12/6/2025"
pytestmark = pytest.mark.usefixtures("app")


def changed(
    kind: str, *ended: Unit, begun: tuple[Facts, ...] = (), kept: tuple[Unit, ...] = (), on: date = DAY
) -> Outcome:
    with transaction():
        wanted = Change(kind, on, ACT, tuple(one.id for one in ended), begun, tuple(one.id for one in kept))
        return changing.change(wanted, "test")


def named(code: str) -> Unit:
    db.session.expire_all()
    found: Unit = db.session.scalars(select(Unit).where(Unit.code == code)).one()
    return found


def below(top: Unit, day: date) -> set[str]:
    statement = select(Unit.code).join(tree.REACH, tree.REACH.c.id == Unit.id)
    found = {one.code for one in rows(statement, roots=[top.id], day=day)}
    db.session.rollback()
    return found


def successions() -> set[tuple[str, str, str]]:
    codes = {one.id: one.code for one in db.session.scalars(select(Unit))}
    found = db.session.scalars(select(UnitSuccession))
    return {(codes[one.from_id], codes[one.to_id] if one.to_id else "-", one.kind) for one in found}


def refused(change: Callable[[], object]) -> str:
    """The sentence, after which everything stands as before."""
    before = _everything()
    with pytest.raises(LmsError) as caught:
        change()
    assert _everything() == before
    return str(caught.value)


def _everything() -> list[str]:
    db.session.rollback()
    return sorted(repr(row) for table in (Unit, UnitSuccession) for row in db.session.execute(table.__table__.select()))


# ---- what each change does


def test_a_renamed_unit_ends_the_day_before_and_its_successor_keeps_the_code() -> None:
    old = make.unit("Xã An Bình", code="X1")
    changed(RENAME, old, begun=(Facts("X1", "Phường An Bình", "commune"),))
    before, after = named("X1@2025-06-30"), named("X1")
    assert (before.name, before.valid_until, after.name, after.valid_from) == (
        "Xã An Bình",
        BEFORE,
        "Phường An Bình",
        DAY,
    )
    assert after.act == ACT
    assert successions() == {("X1@2025-06-30", "X1", RENAME)}


def test_what_hangs_below_a_renamed_unit_is_carried_along_at_any_depth() -> None:
    old = make.unit("Xã An Bình", code="X1")
    school = make.unit("Trường mầm non", old, kind="school", code="T1")
    make.unit("Tổ chuyên môn", school, kind="division", code="T2")
    done = changed(RENAME, old, begun=(Facts("X1", "Phường An Bình", "commune"),))
    assert below(old, BEFORE) == {"X1@2025-06-30", "T1@2025-06-30", "T2@2025-06-30"}
    assert below(named("X1"), DAY) == {"X1", "T1", "T2"}
    assert done.carried == ("Trường mầm non (T1)", "Tổ chuyên môn (T2)")
    assert ("T2@2025-06-30", "T2", MOVE) in successions()
    assert tree.lineage(named("T2").id) == (named("T2").id, named("T2@2025-06-30").id)


def test_a_unit_below_that_only_begins_on_the_day_is_simply_below_the_successor() -> None:
    old = make.unit("Tỉnh Bến Tre", kind="province", code="83")
    young = make.unit("Xã Giao Long", old, code="28807", valid_from=DAY)
    changed(RENAME, old, begun=(Facts("86", "Tỉnh Vĩnh Long", "province"),))
    assert named("28807").id == young.id
    assert below(named("86"), DAY) == {"86", "28807"}


def test_a_moved_unit_stands_below_its_new_parent_from_the_day_on() -> None:
    one, other = make.unit("Sở A", kind="department", code="A"), make.unit("Sở B", kind="department", code="B")
    moved = make.unit("Phòng C", one, kind="division", code="C")
    changed(MOVE, moved, begun=(Facts("C", "Phòng C", "division", other.id),))
    assert (below(one, BEFORE), below(one, DAY)) == ({"A", "C@2025-06-30"}, {"A"})
    assert (below(other, BEFORE), below(other, DAY)) == ({"B"}, {"B", "C"})


def test_several_units_merge_into_a_new_one_that_may_keep_the_code_of_one() -> None:
    olds = [
        make.unit(f"Tỉnh {name}", kind="province", code=code) for name, code in (("Bến Tre", "83"), ("Vĩnh Long", "86"))
    ]
    changed(MERGE, *olds, begun=(Facts("86", "Tỉnh Vĩnh Long", "province"),))
    assert successions() == {("83", "86", MERGE), ("86@2025-06-30", "86", MERGE)}
    assert set(tree.lineage(named("86").id)) == {named("86").id, *(one.id for one in olds)}


def test_a_unit_merges_into_one_that_goes_on() -> None:
    small, large = (
        make.unit("Sở TT&TT", kind="department", code="T"),
        make.unit("Sở KH&CN", kind="department", code="K"),
    )
    make.unit("Phòng Chuyển đổi số", small, kind="division", code="P")
    changed(MERGE, small, kept=(large,))
    assert named("K").valid_until is None
    assert (below(large, BEFORE), below(large, DAY)) == ({"K"}, {"K", "P"})


def test_a_split_gives_several_and_two_splits_may_share_one() -> None:
    city, district = (
        make.unit("TP Bến Tre", kind="district", code="829"),
        make.unit("Huyện Giồng Trôm", kind="district", code="834"),
    )
    changed(SPLIT, city, begun=(Facts("1", "Phường An Hội", "commune"), Facts("2", "Phường Phú Khương", "commune")))
    changed(SPLIT, district, begun=(Facts("3", "Xã Lương Hòa", "commune"),), kept=(named("1"),))
    assert successions() == {("829", "1", SPLIT), ("829", "2", SPLIT), ("834", "3", SPLIT), ("834", "1", SPLIT)}


def test_an_abolished_unit_leaves_no_successor_or_some_that_go_on() -> None:
    gone, given, heir = (make.unit(name, code=name) for name in ("A", "B", "C"))
    changed(ABOLISH, gone)
    changed(ABOLISH, given, kept=(heir,))
    assert successions() == {("A", "-", ABOLISH), ("B", "C", ABOLISH)}
    assert named("A").valid_until == BEFORE


def test_the_same_office_under_a_new_name_still_has_its_headcount_but_a_merged_one_owes_a_new_one() -> None:
    renamed, merged, other = (make.unit(name, code=name) for name in ("A", "B", "C"))
    for one in (renamed, merged):
        make.headcount(one, cc=7, on=date(2025, 1, 1))
    changed(RENAME, renamed, begun=(Facts("A", "A mới", "commune"),))
    changed(MERGE, merged, other, begun=(Facts("D", "D", "commune"),))
    stated = {one.unit_id: (one.cc, one.on) for one in db.session.scalars(select(Headcount)) if one.on == DAY}
    assert stated == {named("A").id: (7, DAY)}


def test_every_change_is_in_the_audit() -> None:
    changed(RENAME, make.unit("A", code="A"), begun=(Facts("A", "A mới", "commune"),))
    [noted] = db.session.scalars(select(AuditEntry))
    assert (noted.action, noted.detail["on"], noted.detail["act"]) == ("unit.rename", "2025-07-01", ACT)


# ---- what is refused, each in a sentence with unit and days, and nothing half done


def test_a_change_dated_before_the_unit_began_is_refused() -> None:
    young = make.unit("Xã Giao Long", code="G", valid_from=DAY)
    said = refused(lambda: changed(RENAME, young, begun=(Facts("G", "Phường Giao Long", "commune"),)))
    assert (
        said
        == "Xã Giao Long (G) bắt đầu ngày 01/07/2025, nên chỉ thay đổi được từ ngày sau đó, không phải từ 01/07/2025."
    )


def test_two_changes_that_overlap_are_refused() -> None:
    old = make.unit("Xã Giao Long", code="G")
    changed(ABOLISH, old)
    again = Facts("H", "Phường Giao Long", "commune")
    said = refused(lambda: changed(RENAME, old, begun=(again,), on=date(2025, 3, 1)))
    assert said == "Xã Giao Long (G) đã kết thúc ngày 30/06/2025, nên không thay đổi được nữa từ ngày 01/03/2025."


def test_a_unit_cannot_move_below_itself() -> None:
    top = make.unit("Sở A", kind="department", code="A")
    middle = make.unit("Phòng B", top, kind="division", code="B")
    leaf = make.unit("Tổ C", middle, kind="division", code="C")
    for parent in (top, leaf):
        moved = (Facts("A", "Sở A", "department", parent.id),)
        assert "thành một vòng" in refused(lambda moved=moved: changed(MOVE, top, begun=moved))  # type: ignore[misc]
    assert "Tổ C (C)" in refused(lambda: changed(MERGE, top, kept=(leaf,)))


def test_ending_a_unit_with_living_ones_below_it_is_refused_unless_one_successor_takes_them() -> None:
    old = make.unit("Huyện Ba Tri", kind="district", code="836")
    make.unit("Trường THCS", old, kind="school", code="T")
    for kind, begun in ((ABOLISH, ()), (SPLIT, (Facts("1", "Xã 1", "commune"), Facts("2", "Xã 2", "commune")))):
        said = refused(lambda kind=kind, begun=begun: changed(kind, old, begun=begun))  # type: ignore[misc]
        assert said.startswith("Còn 1 đơn vị trực thuộc vào ngày 01/07/2025 (Trường THCS (T), …)")


def test_a_successor_below_a_unit_that_is_not_there_is_refused() -> None:
    old = make.unit("Xã A", code="A")
    ended, later = make.unit("P", code="P", valid_until=BEFORE), make.unit("Q", code="Q", valid_from=date(2026, 1, 1))
    said = refused(lambda: changed(MOVE, old, begun=(Facts("A", "Xã A", "commune", ended.id),)))
    assert said == "Đơn vị cấp trên P (P) kết thúc ngày 30/06/2025, nên Xã A (A) không thể còn sau ngày đó."
    said = refused(lambda: changed(MOVE, old, begun=(Facts("A", "Xã A", "commune", later.id),)))
    assert said == "Xã A (A) bắt đầu ngày 01/07/2025, nhưng đơn vị cấp trên Q (Q) đến ngày 01/01/2026 mới có."
    assert "không có vào ngày 01/07/2025" in refused(lambda: changed(MERGE, old, kept=(later,)))


def test_a_successor_cannot_take_a_code_in_use() -> None:
    old, _other = make.unit("Xã A", code="A"), make.unit("Xã B", code="B")
    assert refused(lambda: changed(RENAME, old, begun=(Facts("B", "Xã B mới", "commune"),))) == (
        "Mã B đã là mã của Xã B. Hãy chọn mã khác."
    )


def test_changes_that_make_no_sense_are_refused() -> None:
    one, other = make.unit("A", code="A"), make.unit("B", code="B")
    new = Facts("N", "N", "commune")
    wrong: tuple[Callable[[], object], ...] = (
        lambda: changed(MERGE, one, begun=(new,)),
        lambda: changed(MERGE, one, other),
        lambda: changed(MERGE, one, one, begun=(new,)),
        lambda: changed(SPLIT, one, begun=(new,)),
        lambda: changed(SPLIT, one, begun=(new, new)),
        lambda: changed(RENAME, one, other, begun=(new,)),
        lambda: changed(ABOLISH, one, begun=(new,)),
    )
    for change in wrong:
        assert refused(change)


# ---- adding and correcting


def test_a_unit_that_ends_before_it_begins_is_refused() -> None:
    facts = Facts("A", "Xã A", "commune", None, DAY, BEFORE)
    assert refused(lambda: _added(facts)) == (
        "Xã A (A) kết thúc ngày 30/06/2025, trước ngày bắt đầu 01/07/2025. Hãy sửa một trong hai ngày."
    )


def test_a_unit_outside_its_parents_life_is_refused() -> None:
    parent = make.unit("P", code="P", valid_from=DAY)
    assert "đến ngày 01/07/2025 mới có" in refused(lambda: _added(Facts("A", "Xã A", "commune", parent.id, BEFORE)))


def test_a_correction_keeps_what_stood_there_in_the_audit() -> None:
    wrong = make.unit("Xa An Binh", code="A1")
    with transaction():
        units.correct(wrong.id, Facts("A1", "Xã An Bình", "commune", valid_from=date(2020, 1, 1), act=ACT), "test")
    assert (named("A1").name, named("A1").valid_from) == ("Xã An Bình", date(2020, 1, 1))
    [noted] = db.session.scalars(select(AuditEntry))
    assert noted.detail["before"] == {"name": "Xa An Binh", "valid_from": "2000-01-01", "act": ""}


def test_a_correction_cannot_move_the_day_of_a_change_nor_leave_the_tree_untrue() -> None:
    top = make.unit("Sở A", kind="department", code="A")
    make.unit("Phòng B", top, kind="division", code="B")
    late = Facts("A", "Sở A", "department", valid_from=DAY)
    assert "đến ngày 01/07/2025 mới có" in refused(lambda: _corrected(top, late))
    changed(RENAME, top, begun=(Facts("A", "Sở A mới", "department"),))
    said = refused(lambda: _corrected(named("A"), Facts("A", "Sở A mới", "department", valid_from=date(2025, 8, 1))))
    assert said == "Ngày bắt đầu 01/07/2025 của Sở A mới (A) là ngày của một lần thay đổi, nên không sửa riêng được."
    with pytest.raises(Conflict):
        _corrected(named("B"), Facts("A", "Phòng B", "division", valid_from=DAY))


def _added(facts: Facts) -> None:
    with transaction():
        units.add(facts, "test")


def _corrected(unit: Unit, facts: Facts) -> None:
    with transaction():
        units.correct(unit.id, facts, "test")


def test_a_code_that_somebody_else_has_just_taken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    make.unit("Xã A", code="A")
    monkeypatch.setattr(units, "check_code", lambda _code: None)
    assert "Một người khác vừa ghi đơn vị cùng mã" in refused(lambda: _added(Facts("A", "Xã B", "commune")))
