"""K2 with K2b, K6, K7, K8 and K9: each with the cases that go wrong in practice (docs/indicators.md)."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from lms_app.certificates.forms.correcting import Correction
from lms_app.certificates.service import replacing, revoking
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.errors import NotFound
from lms_app.learning.service import studying
from lms_app.organisations.models import SPLIT, Unit
from lms_app.reporting.figures import Asked
from lms_app.reporting.service.indicators import indicators
from tests import make
from tests.reporting.asking import (
    DAY,
    FIRST_AFTER,
    LAST_BEFORE,
    elsewhere,
    every,
    figure,
    merged,
    one,
    target,
)

pytestmark = pytest.mark.usefixtures("app")
MAY = datetime(2026, 5, 5, 3, tzinfo=UTC)
BEGUN = date(2025, 3, 1)
"""When a leader was appointed whose 12 months ended in the year before `DAY`."""


@pytest.fixture
def province(app: Flask) -> Unit:
    return make.unit("Tỉnh Vĩnh Long", kind="province")


@pytest.fixture
def commune(province: Unit) -> Unit:
    made = make.unit("Xã An Bình", province)
    make.headcount(made, ld=2, ct=1, cc=7)
    return made


# ---- K2, K2b: people and turns


def test_people_are_counted_once_and_their_turns_beside_them(commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune)
    make.completed(who, make.course("cc-01"), MAY)
    make.completed(who, make.course("cc-02"), MAY)
    elsewhere(who, date(2026, 4, 1))
    assert figure(commune, "K2") == (1, 10)
    assert one(commune, "K2").turns == 3
    assert one(commune, "K2").share == 0.1


def test_a_person_in_two_units_is_one_in_the_total_and_one_in_each_group_and_unit(
    province: Unit, commune: Unit
) -> None:
    other = make.unit("Xã Bình Phú", province)
    make.headcount(other, cc=5)
    who = make.person()
    make.employment(who, commune, group="LD")
    make.employment(who, other, group="CC")
    make.employment(who, other, group="CC", position="Văn thư")
    make.completed(who, make.course(), MAY)
    found = every(province)
    assert [found["K2", part].have for part in ("", "LD", "CT", "CC")] == [1, 1, 0, 1]
    assert [found["K2", part].out_of for part in ("", "LD", "CT", "CC")] == [15, 2, 1, 12]
    assert [found["K2", part].turns for part in ("", "LD", "CT", "CC")] == [1, 1, 0, 1]
    assert figure(commune, "K2") == (1, 10)
    assert figure(other, "K2") == (1, 5)


def test_who_moved_in_the_year_counts_where_they_are_on_the_day(province: Unit, commune: Unit) -> None:
    other = make.unit("Xã Bình Phú", province)
    make.headcount(other, cc=5)
    who = make.person()
    make.employment(who, other, until=LAST_BEFORE)
    make.employment(who, commune, since=FIRST_AFTER)
    make.completed(who, make.course(), MAY)
    assert figure(other, "K2") == (0, 5)
    assert figure(commune, "K2") == (1, 10)
    assert figure(other, "K2", day=LAST_BEFORE) == (1, 5)
    assert figure(commune, "K2", day=LAST_BEFORE) == (0, 10)
    assert figure(province, "K2") == (1, 15)


def test_who_left_or_has_not_come_yet_is_not_counted(commune: Unit) -> None:
    for since, until in ((FIRST_AFTER, DAY - timedelta(days=1)), (DAY + timedelta(days=1), None)):
        who = make.person()
        make.employment(who, commune, since=since, until=until)
        elsewhere(who, DAY)
    last_day = make.person()
    make.employment(last_day, commune, since=DAY, until=DAY)
    elsewhere(last_day, DAY)
    assert figure(commune, "K2") == (1, 10)


def test_what_was_learnt_before_a_merge_stays_learnt(province: Unit) -> None:
    old = make.unit("Xã cũ", province, valid_until=LAST_BEFORE)
    new = make.unit("Xã mới", province, valid_from=FIRST_AFTER)
    merged(old, new)
    make.headcount(new, cc=4, on=FIRST_AFTER)
    who = make.person()
    make.employment(who, old, until=LAST_BEFORE)
    make.employment(who, new, since=FIRST_AFTER)
    make.completed(who, make.course(), MAY)
    assert figure(new, "K2") == (1, 4)
    assert figure(old, "K2", day=LAST_BEFORE) == (1, None), "the old unit never stated a headcount"
    assert figure(province, "K2", day=LAST_BEFORE) == (1, None)


def test_the_parts_of_a_split_unit_count_their_own_people(province: Unit) -> None:
    old = make.unit("Huyện cũ", province, kind="district", valid_until=LAST_BEFORE)
    make.headcount(old, cc=2)
    new = [make.unit(f"Xã {number}", province, valid_from=FIRST_AFTER) for number in (1, 2)]
    for place in new:
        merged(old, place, SPLIT)
        make.headcount(place, cc=1, on=FIRST_AFTER)
        who = make.person()
        make.employment(who, old, until=LAST_BEFORE)
        make.employment(who, place, since=FIRST_AFTER)
        make.completed(who, make.course(), MAY)
    assert figure(province, "K2", day=LAST_BEFORE) == (2, 2)
    assert [figure(place, "K2") for place in new] == [(1, 1), (1, 1)]
    assert figure(province, "K2") == (2, 2)


def test_without_any_headcount_the_people_are_told_and_no_share(province: Unit) -> None:
    place = make.unit("Xã An Bình", province)
    who = make.person()
    make.employment(who, place)
    make.completed(who, make.course(), MAY)
    target(province, "K2", 0.8)
    found = one(province, "K2")
    assert (found.have, found.out_of, found.share, found.is_met) == (1, None, None, None)
    assert found.note == "Chưa đơn vị nào có biên chế nên chưa tính được tỷ lệ."


def test_with_some_headcounts_missing_only_units_that_stated_one_are_in_the_share(
    province: Unit, commune: Unit
) -> None:
    silent = make.unit("Xã Bình Phú", province)
    make.unit("Khối xã", province, kind="grouping")
    for place in (silent, commune):
        who = make.person()
        make.employment(who, place)
        make.completed(who, make.course(), MAY)
    both = make.person()
    make.employment(both, silent)
    make.employment(both, commune)
    elsewhere(both, DAY)
    found = one(province, "K2")
    assert (found.have, found.out_of, found.turns) == (2, 10, 3)
    assert found.note == "Chưa tính 1 đơn vị chưa có biên chế."


def test_the_newest_headcount_up_to_the_day_holds(commune: Unit) -> None:
    make.headcount(commune, cc=20, on=FIRST_AFTER)
    make.headcount(commune, cc=99, on=DAY + timedelta(days=1))
    assert figure(commune, "K2") == (0, 20)
    assert figure(commune, "K2", day=LAST_BEFORE) == (0, 10)
    assert figure(commune, "K2", day=date(2025, 12, 31)) == (None, None)


def test_a_revoked_certificate_takes_its_completion_with_it_until_it_is_earned_anew(commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune)
    version = make.course()
    with time_machine.travel(MAY):
        issued = make.certificate(who, version)
    assert figure(commune, "K2") == (1, 10)
    with transaction():
        revoking.revoke(issued.code, "Cấp nhầm người.", actor="cli", by="Phạm Ngọc Lan")
    assert figure(commune, "K2") == (0, 10)
    assert figure(commune, "K8") == (0.0, None)
    with transaction():
        studying.withdraw(who.id, version.course_id, "Làm hộ bài.", by="Phạm Ngọc Lan", actor="cli")
    assert figure(commune, "K2") == (0, 10)
    enrolment = studying.locked(who.id, version.course_id)
    enrolment.completed_at, enrolment.completed_version_id = now(), version.id
    with transaction():
        db.session.add(enrolment)
    assert figure(commune, "K2", day=now().date() + timedelta(days=1)) == (1, 10)


def test_a_replaced_certificate_changes_nothing(commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune)
    with time_machine.travel(MAY):
        issued = make.certificate(who)
        mended = Correction("Lê Văn Tâm", None, "", "", "Sai tên")
        with transaction():
            replacing.replace(issued.code, mended, actor="cli", by="Phạm Ngọc Lan")
    assert figure(commune, "K2") == (1, 10)


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (datetime(2025, 12, 31, 16, 59, 59, tzinfo=UTC), 0),
        (datetime(2025, 12, 31, 17, 0, tzinfo=UTC), 1),
        (datetime(2026, 11, 20, 16, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 11, 20, 17, 0, tzinfo=UTC), 0),
    ],
)
def test_a_day_begins_and_ends_at_midnight_in_vietnam(commune: Unit, at: datetime, counted: int) -> None:
    who = make.person()
    make.employment(who, commune)
    make.completed(who, make.course(), at)
    assert figure(commune, "K2") == (counted, 10)
    assert figure(commune, "K8") == (2.0 * counted, None)


@pytest.mark.parametrize(
    ("day", "counted"), [(date(2025, 12, 31), 0), (date(2026, 1, 1), 1), (DAY, 1), (DAY + timedelta(days=1), 0)]
)
def test_trainings_elsewhere_count_by_the_day_on_their_paper(commune: Unit, day: date, counted: int) -> None:
    who = make.person()
    make.employment(who, commune)
    elsewhere(who, day)
    elsewhere(None, DAY)
    assert figure(commune, "K2") == (counted, 10)


def test_a_period_may_begin_years_before_the_day(commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune)
    make.completed(who, make.course(), datetime(2024, 5, 5, tzinfo=UTC))
    assert one(commune, "K2", since=date(2024, 1, 1)).have == 1
    assert one(commune, "K2").have == 0
    assert one(commune, "K8", since=date(2024, 1, 1)).have == 0.0, "K8 is about the year of the day alone"


def test_one_course_may_be_asked_about(commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune)
    make.completed(who, make.course("cc-01"), MAY)
    make.course("cc-02")
    assert every(commune, course="cc-01")["K2", ""].have == 1
    assert every(commune, course="cc-02")["K2", ""].have == 0


# ---- K6: the same people against the goal of the year


def test_k6_is_the_whole_of_k2_against_its_own_target(province: Unit, commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune)
    make.completed(who, make.course(), MAY)
    target(province, "K2", 0.1)
    target(province, "K6", 1.0)
    target(province, "K6", 0.8, valid_from=date(2025, 1, 1), valid_until=date(2025, 12, 31))
    k2, k6 = one(commune, "K2"), one(commune, "K6")
    assert (k6.have, k6.out_of, k6.target, k6.is_met, k6.turns) == (k2.have, k2.out_of, 1.0, False, None)
    assert k2.is_met is True
    assert one(commune, "K6", day=date(2025, 12, 31)).target == 0.8


# ---- K7: a certificate in data governance


def test_k7_counts_specialists_with_the_certificate_of_the_specialists_there_are(province: Unit, commune: Unit) -> None:
    other = make.unit("Xã Bình Phú", province)
    make.headcount(other, ct=3, cc=0)
    who, leader, late = make.person(), make.person(), make.person()
    make.employment(who, commune, group="CT")
    make.employment(who, other, group="CT")
    make.employment(leader, commune, group="LD")
    make.employment(late, commune, group="CT")
    elsewhere(who, date(2020, 1, 1), "K7")
    elsewhere(who, date(2021, 1, 1), "K7")
    elsewhere(leader, date(2020, 1, 1), "K7")
    elsewhere(late, DAY + timedelta(days=1), "K7")
    assert figure(province, "K7") == (1, 4)
    assert figure(commune, "K7") == (1, 1)
    assert figure(other, "K7") == (1, 3)


def test_k7_is_not_known_before_any_list_is_imported(commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune, group="CT")
    found = one(commune, "K7")
    assert (found.have, found.out_of, found.share) == (None, 1, None)
    assert "Chưa nhập danh sách" in found.note
    elsewhere(None, DAY, "K7")
    assert figure(commune, "K7") == (0, 1)


def test_k7_follows_who_moved_and_leaves_out_units_without_a_headcount(province: Unit, commune: Unit) -> None:
    silent = make.unit("Xã cũ", province, valid_until=LAST_BEFORE)
    merged(silent, commune)
    who = make.person()
    make.employment(who, silent, group="CT", until=LAST_BEFORE)
    elsewhere(who, date(2020, 1, 1), "K7")
    assert figure(province, "K7", day=LAST_BEFORE) == (0, 1)
    assert figure(silent, "K7", day=LAST_BEFORE) == (1, None)
    make.employment(who, commune, group="CT", since=FIRST_AFTER)
    assert figure(province, "K7") == (1, 1)


# ---- K8: periods of the year


def test_k8_sums_periods_here_and_elsewhere_over_the_people_of_the_lists(province: Unit, commune: Unit) -> None:
    diligent, other = make.person(), make.person()
    make.employment(diligent, commune)
    make.employment(diligent, province, group="LD")
    make.employment(other, commune)
    make.completed(diligent, make.course(), MAY)
    elsewhere(diligent, date(2026, 3, 1), periods=38)
    elsewhere(diligent, date(2025, 3, 1), periods=38)
    found = every(province)
    assert (found["K8", ""].have, found["K8", "LD"].have, found["K8", "CC"].have) == (20.0, 40.0, 20.0)
    assert found["K8", "CT"].have is None
    assert (found["K8b", ""].have, found["K8b", ""].out_of) == (1, 2)
    assert (found["K8b", "CT"].have, found["K8b", "CT"].out_of) == (None, None)
    assert (found["K8", ""].target, found["K8", ""].is_met) == (40.0, False)
    assert found["K8", ""].act == "Nghị định 171/2025/NĐ-CP, Điều 16 khoản 3"


def test_k8_takes_the_periods_of_the_version_that_was_completed(commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune)
    make.completed(who, make.course(), MAY)
    newer = make.course()
    newer.periods = 30
    make.add(newer)
    assert figure(commune, "K8") == (2.0, None)


def test_k8_asks_for_what_the_target_asks_for(province: Unit, commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune)
    elsewhere(who, DAY, periods=39)
    assert one(commune, "K8b").have == 0
    target(province, "K8", 39)
    found = one(commune, "K8b")
    assert (found.have, found.out_of) == (1, 1)
    assert found.note.startswith("Mức đủ là 39 tiết.")


def test_k8_follows_people_through_a_merge_and_a_move(province: Unit, commune: Unit) -> None:
    old = make.unit("Xã cũ", province, valid_until=LAST_BEFORE)
    merged(old, commune)
    who = make.person()
    make.employment(who, old, until=LAST_BEFORE)
    make.employment(who, commune, since=FIRST_AFTER)
    elsewhere(who, date(2026, 3, 1), periods=40)
    assert figure(commune, "K8b") == (1, 1)
    assert figure(old, "K8b", day=LAST_BEFORE) == (1, 1)
    assert figure(commune, "K8b", day=LAST_BEFORE) == (None, None)


# ---- K9: new leaders


@pytest.mark.parametrize(
    ("since", "due"),
    [
        (date(2024, 11, 20), 0),
        (date(2024, 11, 21), 1),
        (date(2025, 11, 20), 1),
        (date(2025, 11, 21), 0),
    ],
)
def test_k9_looks_at_leaders_whose_twelve_months_ended_in_the_last_year(commune: Unit, since: date, due: int) -> None:
    make.employment(make.person(), commune, group="LD", since=since)
    elsewhere(None, DAY, "K9")
    assert figure(commune, "K9") == ((0, 1) if due else (None, None))


@pytest.mark.parametrize(
    ("issued_on", "in_time"),
    [(date(2024, 1, 1), 1), (BEGUN, 1), (date(2026, 3, 1), 1), (date(2026, 3, 2), 0)],
)
def test_k9_counts_the_training_by_the_last_day_of_the_twelve_months(
    commune: Unit, issued_on: date, in_time: int
) -> None:
    who = make.person()
    make.employment(who, commune, group="LD", since=BEGUN)
    elsewhere(who, issued_on, "K9")
    assert figure(commune, "K9") == (in_time, 1)


def test_k9_counts_no_other_training_and_nobody_who_is_no_leader(commune: Unit) -> None:
    who, clerk = make.person(), make.person()
    make.employment(who, commune, group="LD", since=BEGUN)
    make.employment(clerk, commune, group="CC", since=BEGUN)
    elsewhere(who, BEGUN)
    elsewhere(clerk, BEGUN, "K9")
    assert figure(commune, "K9") == (0, 1)


def test_k9_takes_neither_a_merge_nor_a_move_nor_a_promotion_for_an_appointment(province: Unit) -> None:
    old = make.unit("Xã cũ", province, valid_until=LAST_BEFORE)
    new = make.unit("Xã mới", province, valid_from=FIRST_AFTER)
    merged(old, new)
    elsewhere(None, DAY, "K9")
    who = make.person()
    make.employment(who, old, group="LD", since=BEGUN, until=date(2026, 1, 31), position="Phó Chủ tịch")
    make.employment(who, old, group="LD", since=date(2026, 2, 1), until=LAST_BEFORE, position="Chủ tịch")
    make.employment(who, new, group="LD", since=FIRST_AFTER)
    assert figure(new, "K9") == (0, 1)
    assert figure(new, "K9", day=date(2027, 7, 2)) == (None, None)


def test_k9_begins_anew_after_a_break_and_counts_a_leader_of_two_units_once(province: Unit, commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune, group="LD", since=date(2020, 1, 1), until=date(2025, 1, 31))
    make.employment(who, commune, group="LD", since=BEGUN)
    make.employment(who, province, group="LD", since=date(2025, 6, 1))
    elsewhere(who, date(2025, 12, 1), "K9")
    assert figure(province, "K9") == (1, 1)
    assert figure(commune, "K9") == (1, 1)


def test_k9_leaves_out_who_is_no_leader_any_more(commune: Unit) -> None:
    who = make.person()
    make.employment(who, commune, group="LD", since=BEGUN, until=LAST_BEFORE)
    make.employment(who, commune, group="CC", since=FIRST_AFTER)
    elsewhere(who, BEGUN, "K9")
    assert figure(commune, "K9") == (None, None)


# ---- whose figures


def test_a_neighbours_unit_is_refused_in_the_words_for_one_that_does_not_exist(province: Unit, commune: Unit) -> None:
    neighbour = make.unit("Xã Bình Phú", province)
    gone = make.unit("Xã cũ", commune, valid_until=LAST_BEFORE)
    for place in (neighbour, province, gone):
        with pytest.raises(NotFound, match="Không có đơn vị này"):
            indicators(Asked(place.id, (commune.id,), DAY, date(2026, 1, 1)))


def test_people_of_a_neighbour_are_in_no_figure(province: Unit, commune: Unit) -> None:
    neighbour = make.unit("Xã Bình Phú", province)
    make.headcount(neighbour, ld=50, ct=50, cc=50)
    for group in ("LD", "CT", "CC"):
        who = make.person()
        make.employment(who, neighbour, group=group, since=BEGUN)
        for counts_for in ("K7", "K9"):
            elsewhere(who, date(2026, 1, 5), counts_for, periods=40)
    found = every(commune)
    assert [found[code, ""].have for code in ("K2", "K7", "K8", "K8b", "K9")] == [0, 0, None, None, None]
    assert [found[code, ""].out_of for code in ("K2", "K7", "K8", "K8b", "K9")] == [10, 1, None, None, None]
