"""The tree of a day, and whose past belongs to whom."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import Person
from lms_app.accounts.queries import people, reach
from lms_app.core.db import rows
from lms_app.organisations.models import MERGE, SPLIT, Unit, UnitSuccession
from lms_app.organisations.queries import tree
from tests import make

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


def reached(who: Person, day: date) -> set[UUID]:
    officer = people.person(who.id)
    assert officer is not None
    statement = select(tree.REACH.c.id)
    return {found.id for found in rows(statement, roots=list(reach.roots(officer)), day=day)}


def ids(units: Collection[Unit]) -> set[UUID]:
    return {one.id for one in units}


def succeed(old: Unit, new: Unit, kind: str) -> None:
    make.add(UnitSuccession(from_id=old.id, to_id=new.id, kind=kind, on=AFTER))


def test_hr_of_a_unit_sees_it_and_all_below_it_and_nothing_beside(app: Flask) -> None:
    province = make.unit("Tỉnh Vĩnh Long", kind="province")
    commune = make.unit("Xã An Bình", province)
    school = make.unit("Trường mầm non An Bình", commune, kind="school")
    neighbour = make.unit("Xã Bình Phú", province)
    assert reached(make.hr(commune), AFTER) == ids({commune, school})
    assert reached(make.hr(), AFTER) == ids({province, commune, school, neighbour})
    assert reached(make.person("Lê Văn Tám"), AFTER) == set()
    assert tree.is_reached(school.id, [commune.id], AFTER)
    assert not tree.is_reached(neighbour.id, [commune.id], AFTER)


def test_a_merged_unit_has_the_past_of_all_that_went_into_it(app: Flask) -> None:
    old = [make.unit(f"Tỉnh {name}", kind="province", valid_until=BEFORE) for name in ("Bến Tre", "Trà Vinh")]
    district = make.unit("Huyện Ba Tri", old[0], kind="district", valid_until=BEFORE)
    new = make.unit("Tỉnh Vĩnh Long", kind="province", valid_from=AFTER)
    for one in old:
        succeed(one, new, MERGE)
    officer = make.hr(new)
    assert reached(officer, BEFORE) == ids({*old, district})
    assert reached(officer, AFTER) == ids({new})


def test_what_was_split_between_two_belongs_to_neither(app: Flask) -> None:
    old = make.unit("Huyện Giồng Trôm", kind="district", valid_until=BEFORE)
    one, other = (make.unit(f"Xã {name}", valid_from=AFTER) for name in ("Lương Hòa", "Châu Hòa"))
    succeed(old, one, SPLIT)
    succeed(old, other, SPLIT)
    assert reached(make.hr(one), BEFORE) == set()
    assert reached(make.hr(one), AFTER) == ids({one})
    assert reached(make.hr(), BEFORE) == ids({old})
