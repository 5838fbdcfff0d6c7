"""K1, K3, K4, K5 and the targets of all: each with the cases that go wrong in practice (docs/indicators.md)."""

from datetime import date, timedelta

import pytest
from flask import Flask

from lms_app.organisations.models import RENAME, SPLIT, Unit
from tests import make
from tests.reporting.asking import (
    DAY,
    FIRST_AFTER,
    LAST_BEFORE,
    campaign,
    every,
    figure,
    member,
    merged,
    one,
    plan,
    target,
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def province(app: Flask) -> Unit:
    return make.unit("Tỉnh Vĩnh Long", kind="province")


def old(province: Unit, name: str = "Xã cũ", kind: str = "commune") -> Unit:
    return make.unit(name, province, kind=kind, valid_until=LAST_BEFORE)


def new(province: Unit, name: str = "Xã mới", kind: str = "commune") -> Unit:
    return make.unit(name, province, kind=kind, valid_from=FIRST_AFTER)


# ---- K1: plans


def test_k1_counts_units_that_owe_a_plan_and_have_an_approved_one_of_the_year(province: Unit) -> None:
    places = [make.unit(f"Xã {number}", province) for number in range(5)]
    make.unit("Trường mầm non An Bình", places[0], kind="school")
    plan(places[0])
    plan(places[1], status="submitted")
    plan(places[2], year=2025, signed_on=date(2025, 2, 1))
    plan(places[3], signed_on=DAY + timedelta(days=1))
    plan(places[4], signed_on=None)
    assert figure(province, "K1") == (2, 5)
    assert figure(places[0], "K1") == (1, 1)
    assert figure(province, "K1", day=date(2025, 12, 31)) == (1, 5)


def test_k1_is_not_known_where_no_unit_owes_a_plan(province: Unit) -> None:
    make.unit("Trường mầm non An Bình", province, kind="school")
    assert figure(province, "K1") == (None, None)


def test_k1_asks_the_units_of_the_day(province: Unit) -> None:
    gone, come = old(province), new(province)
    plan(gone)
    plan(come)
    assert figure(province, "K1", day=LAST_BEFORE) == (1, 1)
    assert figure(province, "K1", day=FIRST_AFTER) == (1, 1)


def test_k1_takes_the_plan_of_the_year_of_a_unit_that_went_into_one_other_whole(province: Unit) -> None:
    first, second, come = old(province, "Xã một"), old(province, "Xã hai"), new(province)
    for gone in (first, second):
        merged(gone, come)
    assert figure(province, "K1") == (0, 1)
    plan(first)
    assert figure(province, "K1") == (1, 1), "one of the merged is enough"
    plan(second)
    assert figure(province, "K1") == (1, 1)


def test_k1_takes_the_plan_through_two_changes_of_one_year_but_not_into_the_next(province: Unit) -> None:
    gone = old(province)
    between = make.unit("Xã giữa", province, valid_from=FIRST_AFTER, valid_until=date(2026, 8, 31))
    come = make.unit("Xã mới", province, valid_from=date(2026, 9, 1))
    merged(gone, between)
    merged(between, come, RENAME, on=date(2026, 9, 1))
    plan(gone)
    assert figure(province, "K1") == (1, 1)
    assert figure(province, "K1", day=date(2027, 1, 1)) == (0, 1)


def test_k1_asks_the_parts_of_a_split_unit_for_plans_of_their_own(province: Unit) -> None:
    gone = old(province, kind="district")
    plan(gone)
    for number in range(2):
        merged(gone, new(province, f"Xã {number}"), SPLIT)
    assert figure(province, "K1", day=LAST_BEFORE) == (1, 1)
    assert figure(province, "K1") == (0, 2)


def test_k1_asks_nothing_of_a_unit_that_was_abolished(province: Unit) -> None:
    plan(old(province, kind="district"))
    make.unit("Xã An Bình", province)
    assert figure(province, "K1") == (0, 1)


# ---- K3: experts


def test_k3_counts_experts_active_on_the_day_by_sector(province: Unit) -> None:
    place = make.unit("Xã An Bình", province)
    member(province)
    member(place)
    member(place, sector="Giáo dục")
    member(place, sector="")
    member(place, kind="core")
    member(place, sector="Nông nghiệp", until=DAY - timedelta(days=1))
    member(place, sector="Tư pháp", since=DAY + timedelta(days=1))
    found = every(province)
    assert {part: one.have for (code, part), one in found.items() if code == "K3"} == {
        "": 4,
        "Giáo dục": 1,
        "Y tế": 2,
    }
    assert figure(place, "K3") == (3, None)
    assert figure(province, "K3", day=DAY - timedelta(days=1)) == (5, None)


def test_k3_is_not_known_before_anybody_is_entered_and_0_when_all_have_gone(province: Unit) -> None:
    member(province, kind="core")
    assert figure(province, "K3") == (None, None)
    member(province, until=LAST_BEFORE)
    assert figure(province, "K3") == (0, None)


def test_k3_keeps_the_experts_of_a_merged_unit_and_leaves_out_those_of_a_split_one(province: Unit) -> None:
    gone, parted, come = old(province), old(province, kind="district"), new(province)
    merged(gone, come)
    merged(parted, come, SPLIT)
    merged(parted, new(province, "Xã khác"), SPLIT)
    member(gone)
    member(parted)
    assert figure(province, "K3", day=LAST_BEFORE) == (2, None)
    assert figure(come, "K3") == (1, None)
    assert figure(province, "K3") == (1, None)


def test_k3_is_a_number_against_a_number(province: Unit) -> None:
    member(province)
    target(province, "K3", 2)
    target(province, "K3", 1, "Y tế")
    assert one(province, "K3").is_met is False
    assert one(province, "K3", "Y tế").is_met is True


# ---- K4: campaigns


@pytest.mark.parametrize(
    ("since", "counted"),
    [(date(2025, 12, 31), 0), (date(2026, 1, 1), 1), (DAY, 1)],
)
def test_k4_counts_campaigns_begun_in_the_year_up_to_the_day(province: Unit, since: date, counted: int) -> None:
    campaign(make.unit("Xã An Bình", province), since)
    found = one(province, "K4")
    assert (found.have, found.target, found.is_met) == (counted, 1, bool(counted))


def test_k4_is_not_known_before_a_campaign_is_entered(province: Unit) -> None:
    campaign(province, DAY + timedelta(days=1))
    found = one(province, "K4")
    assert (found.have, found.is_met, found.note) == (None, None, "Chưa nhập chiến dịch nào.")


def test_k4_counts_what_units_did_before_they_merged_were_split_or_abolished(province: Unit) -> None:
    gone, parted, come = old(province), old(province, kind="district"), new(province)
    merged(gone, come)
    for number in range(2):
        merged(parted, new(province, f"Xã {number}"), SPLIT)
    for place in (gone, parted, old(province, "Huyện đã giải thể", "district")):
        campaign(place, date(2026, 3, 1))
    assert figure(province, "K4") == (3, None)
    assert figure(come, "K4") == (1, None)


def test_k4_counts_what_a_province_did_before_it_became_part_of_another(province: Unit) -> None:
    ben_tre = make.unit("Tỉnh Bến Tre", kind="province", valid_until=LAST_BEFORE)
    district = make.unit("Huyện Ba Tri", ben_tre, kind="district", valid_until=LAST_BEFORE)
    merged(ben_tre, province)
    campaign(district, date(2026, 3, 1))
    campaign(make.unit("Tỉnh khác", kind="province"), date(2026, 3, 1))
    assert figure(province, "K4") == (1, None)
    assert figure(ben_tre, "K4", day=LAST_BEFORE) == (1, None)


# ---- K5: communes with a network


def test_k5_counts_communes_with_an_active_member_of_any_kind_once(province: Unit) -> None:
    places = [make.unit(f"Xã {number}", province) for number in range(4)]
    department = make.unit("Sở Nội vụ", province, kind="department")
    member(places[0], kind="core")
    member(places[0], kind="community")
    member(places[1], kind="expert")
    member(places[2], until=DAY - timedelta(days=1))
    member(department)
    assert figure(province, "K5") == (2, 4)
    assert figure(province, "K5", day=DAY - timedelta(days=1)) == (3, 4)
    assert figure(department, "K5") == (None, None)


def test_k5_is_not_known_before_anybody_is_entered(province: Unit) -> None:
    make.unit("Xã An Bình", province)
    found = one(province, "K5")
    assert (found.have, found.out_of, found.is_met) == (None, 1, None)


def test_k5_keeps_the_members_of_merged_communes_and_asks_the_parts_of_a_split_one_anew(province: Unit) -> None:
    gone, parted, come = old(province), old(province, "Xã chia"), new(province)
    merged(gone, come)
    for number in range(2):
        merged(parted, new(province, f"Xã {number}"), SPLIT)
    member(gone)
    member(parted)
    assert figure(province, "K5", day=LAST_BEFORE) == (2, 2)
    assert figure(province, "K5") == (1, 3)


# ---- targets


def test_the_nearest_target_holds_while_it_is_valid_and_for_its_group(province: Unit) -> None:
    place = make.unit("Xã An Bình", province)
    target(province, "K2", 0.8)
    target(province, "K2", 0.9, "LD", act="Kế hoạch 4624/KH-UBND")
    target(place, "K2", 0.5, valid_until=LAST_BEFORE)
    target(make.unit("Xã Bình Phú", province), "K2", 0.1)
    found = every(place)
    assert [found["K2", part].target for part in ("", "LD", "CT")] == [0.8, 0.9, 0.8]
    assert found["K2", "LD"].act == "Kế hoạch 4624/KH-UBND"
    assert one(place, "K2", day=LAST_BEFORE).target == 0.5
    assert one(place, "K2", "LD", day=LAST_BEFORE).target == 0.5, "a nearer one of all comes before a group's own"
    assert one(place, "K2", day=date(2025, 12, 31)).target is None


def test_of_two_targets_of_one_unit_the_newer_one_holds(province: Unit) -> None:
    target(province, "K1", 1.0, valid_from=date(2026, 5, 1))
    target(province, "K1", 0.8)
    assert one(province, "K1").target == 1.0


# ---- whose figures


def test_what_a_neighbour_has_is_in_no_figure(province: Unit) -> None:
    place, neighbour = make.unit("Xã An Bình", province), make.unit("Xã Bình Phú", province)
    plan(neighbour)
    member(neighbour)
    campaign(neighbour, date(2026, 3, 1))
    found = every(place)
    assert [found[code, ""].have for code in ("K1", "K3", "K4", "K5")] == [0, None, None, None]
