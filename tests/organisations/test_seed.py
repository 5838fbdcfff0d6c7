"""Plan 4624 as data: loaded once, each figure with its act and with what it is not."""

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.core.db import db, transaction
from lms_app.core.errors import NotFound
from lms_app.organisations.models import Baseline, Target, Unit
from lms_app.organisations.service import seed
from lms_app.organisations.service.seed import Loaded
from lms_app.organisations.service.targets import INDICATORS
from tests import make
from tests.organisations.test_tree import AFTER, BEFORE


@pytest.fixture
def provinces(app: Flask) -> tuple[Unit, Unit]:
    return (
        make.unit("Tỉnh Bến Tre", kind="province", code="83", valid_until=BEFORE),
        make.unit("Tỉnh Vĩnh Long", kind="province", code="86", valid_from=AFTER),
    )


def load() -> Loaded:
    with transaction():
        return seed.load("cli")


def test_it_is_loaded_once(provinces: tuple[Unit, Unit]) -> None:
    assert load() == Loaded(21, 11)
    assert load() == Loaded(0, 0)


def test_what_hr_has_changed_since_stays(provinces: tuple[Unit, Unit]) -> None:
    load()
    target = db.session.scalars(select(Target).where(Target.indicator == "K8")).one()
    target.value = 48
    db.session.commit()
    assert load() == Loaded(0, 0)
    db.session.refresh(target)
    assert target.value == 48


def test_without_its_units_nothing_is_loaded_and_they_are_named(app: Flask) -> None:
    make.unit("Tỉnh Vĩnh Long", kind="province", code="86")
    with pytest.raises(NotFound, match="83"):
        load()
    assert db.session.query(Target).count() == db.session.query(Baseline).count() == 0


def test_the_sums_and_shares_of_the_baselines_agree_with_one_another(provinces: tuple[Unit, Unit]) -> None:
    load()
    found = {one.code: (one.have, one.out_of) for one in db.session.query(Baseline)}
    whole, *parts = (found[f"4624-0{at}"] for at in (1, 2, 3, 4))
    assert whole == (2061, 2392) == tuple(map(sum, zip(*parts, strict=True)))
    assert [round(100 * have / (out_of or 1), 1) for have, out_of in (whole, *parts)] == [86.2, 89.1, 92.8, 72.4]
    assert sum(found[f"4624-0{at}"][0] for at in (6, 7, 8, 9)) == found["4624-05"][0] == 46
    assert (found["4624-06"][0] + found["4624-07"][0], found["4624-08"][0] + found["4624-09"][0]) == (30, 16)
    assert sum(found[f"4624-{at}"][0] for at in (10, 11, 12, 13)) == 46
    assert [found[f"4624-{at}"][0] for at in range(14, 22)] == [95, 587, 542, 62.8, 83.2, 76, 87.5, 46.5]


def test_every_baseline_says_what_it_is_not_and_every_target_names_its_act(provinces: tuple[Unit, Unit]) -> None:
    load()
    baselines, targets = db.session.query(Baseline).all(), db.session.query(Target).all()
    assert all(one.note and one.act.startswith("Kế hoạch 4624") for one in baselines)
    literacy = [one.note for one in baselines if "trình độ tin học" in one.name]
    assert len(literacy) == 4
    assert all("không phải mẫu số của chỉ tiêu trên 80%" in note.casefold() for note in literacy)
    assert all(one.act and one.note and one.indicator in INDICATORS for one in targets)
    unsure = [one.note for one in targets if "2629" in one.act]
    assert all("cần đối chiếu văn bản gốc" in note for note in unsure)


def test_plan_4624_and_its_successors_ask_what_they_ask(provinces: tuple[Unit, Unit]) -> None:
    load()
    old, new = provinces
    asked = {
        (one.indicator, one.group, one.unit_id, one.valid_from.year): one.value for one in db.session.query(Target)
    }
    assert asked == {
        ("K1", "", old.id, 2021): 1,
        ("K2", "LD", old.id, 2021): 0.8,
        ("K2", "CT", old.id, 2021): 0.8,
        ("K2", "CC", old.id, 2021): 0.8,
        ("K4", "", old.id, 2021): 1,
        ("K2", "", new.id, 2025): 0.8,
        ("K2", "", new.id, 2026): 1,
        ("K6", "", new.id, 2026): 1,
        ("K7", "CT", new.id, 2025): 0.5,
        ("K7", "CT", new.id, 2028): 1,
        ("K8", "", new.id, 2025): 40,
    }


def test_each_act_says_where_and_when_it_was_looked_up() -> None:
    acts = seed.contents()["acts"]
    assert all(act["address"].startswith("http") and act["checked_on"] and act["read"] for act in acts)
    named = {act["name"] for act in acts}
    used = {
        seed.contents()["before"]["act"],
        *(one["act"].split(", Điều")[0] for one in seed.contents()["now"]["targets"]),
    }
    assert used <= named


def test_the_command_loads_for_units_of_other_codes(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    missing = run(args=["plans", "seed", "--unit", "H61", "--before", "H10"])
    assert missing.exit_code == 1
    assert "H10, H61" in missing.output
    make.unit("Tỉnh Bến Tre", kind="province", code="H10")
    make.unit("Tỉnh Vĩnh Long", kind="province", code="H61")
    done = run(args=["plans", "seed", "--unit", "H61", "--before", "H10"])
    assert (done.exit_code, done.output) == (0, "added 21 baselines, 11 targets\n")
