"""What an officer of one commune tries beyond addresses: days gone by, units that ended, posts and lists."""

import io
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import Employment, Person, Role
from lms_app.core import tables
from lms_app.core.db import db
from lms_app.organisations.models import ABOLISH, MERGE, SPLIT, Headcount, Unit, UnitSuccession
from tests import make
from tests.hostile import world
from tests.hostile.communes import CODE, EMAIL, NAME, OFFICER, Communes, build
from tests.hostile.test_neighbours import LISTS, POST, main, texts, told
from tests.hostile.world import NOBODY

BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)
DAYS = ("", "day=2026-03-01", "day=2026-06-30", "day=2026-07-01")
DATED = (
    *("/hr/people", "/hr/people.xlsx", "/hr/coverage", "/hr/coverage.json", "/hr/coverage/timeline"),
    *(
        "/hr/coverage/people?what=staff",
        "/hr/coverage/people.xlsx?what=overdue",
        "/hr/indicators",
        "/hr/indicators.csv",
    ),
    *(
        "/hr/indicators/k8/people",
        "/hr/indicators/k9/people.xlsx",
        "/hr/headcounts",
        "/hr/headcounts.xlsx",
        "/hr/plans",
    ),
    *("/hr/plans.xlsx", "/hr/network", "/hr/network.xlsx", "/hr/units"),
)


@pytest.fixture
def communes(app: Flask) -> Communes:
    return build(app)


def unit(communes: Communes, name: str) -> Unit:
    return db.session.get_one(Unit, UUID(communes.values[name]))


def follows(kind: str, before: Unit, *after: Unit | None) -> None:
    """`before` ends; the others, or nobody, follow it."""
    before.valid_until = BEFORE
    for one in after:
        db.session.add(UnitSuccession(from_id=before.id, to_id=one.id if one else None, kind=kind, on=AFTER))
    db.session.commit()


def send(communes: Communes, address: str, **fields: Any) -> Any:
    token = world.csrf_token(communes.web)
    data = {name: communes.fill(value) if isinstance(value, str) else value for name, value in fields.items()}
    return communes.web.open("POST", communes.fill(address), data=data | {"csrf_token": token})


@pytest.mark.parametrize("day", DAYS)
def test_what_was_split_between_both_is_nobodys_past(communes: Communes, day: str) -> None:
    """An Bình and Bình Phú come from one commune in which the neighbour's person worked; only the province sees it."""
    old = make.unit("Xã Phú An", unit(communes, "province"), code="phu-an")
    follows(SPLIT, old, unit(communes, "home"), unit(communes, "unit"))
    person = db.session.get_one(Person, UUID(communes.values["person"]))
    make.employment(person, old, since=date(2020, 1, 1), until=BEFORE)
    for address in DATED:
        for asked in ("", f"unit={old.id}"):
            answer = communes.web.open("GET", f"{address}{'&' if '?' in address else '?'}{day}&{asked}")
            assert answer.status_code in {200, 404}, (address, asked)
            assert told(answer) == [], (address, asked)


@pytest.mark.parametrize("kind", [MERGE, ABOLISH])
def test_who_is_left_with_a_unit_that_ended_sees_nothing_of_what_followed(communes: Communes, kind: str) -> None:
    home = unit(communes, "home")
    follows(kind, home, unit(communes, "unit") if kind == MERGE else None)
    for post in db.session.scalars(select(Employment).where(Employment.unit_id == home.id)):
        post.until = BEFORE
    db.session.commit()
    for address in (*LISTS, *(f"{one}{'&' if '?' in one else '?'}{day}" for one in DATED for day in DAYS)):
        answer = communes.web.open("GET", communes.fill(address))
        assert answer.status_code in {200, 400, 404}, address
        assert told(answer) == [], address


def test_what_became_part_of_ones_own_is_seen_with_its_past_and_its_own_neighbour_is_not(communes: Communes) -> None:
    """Bình Phú merged into An Bình: its past is An Bình's, that of a third commune is not."""
    home, there = unit(communes, "home"), unit(communes, "unit")
    stranger = make.unit("Xã Chợ Lách", unit(communes, "province"))
    hidden = make.person("Kim Thị Sa Rây", staff_code="CL-1")
    make.employment(hidden, stranger)
    follows(MERGE, there, home)
    for address in DATED:
        for day in DAYS:
            answer = communes.web.open("GET", f"{address}{'&' if '?' in address else '?'}{day}")
            assert hidden.name not in " ".join(texts(answer)), (address, day)
    past = communes.web.get("/hr/people?day=2026-03-01")
    assert NAME in past.text
    assert NAME not in communes.web.get("/hr/people").text, "who was not placed anew works in no unit of theirs"


def test_an_officer_whose_role_is_taken_is_no_officer_at_once(communes: Communes) -> None:
    role = db.session.scalars(
        select(Role).join(Person, Person.id == Role.person_id).where(Person.email == OFFICER)
    ).one()
    db.session.delete(role)
    db.session.commit()
    for address in ("/hr/", "/hr/people", "/hr/coverage.json", "/hr/reports", "/hr/people/imports"):
        assert communes.web.open("GET", address).status_code == 403


@pytest.fixture
def shared(communes: Communes) -> Communes:
    """The neighbour's person also works for An Bình, as after a list that named them rightly."""
    person = db.session.get_one(Person, UUID(communes.values["person"]))
    make.employment(person, unit(communes, "home"), "Kiêm nhiệm ở An Bình")
    make.add(Headcount(unit_id=UUID(communes.values["home"]), on=date(2026, 1, 1), ld=1, ct=1, cc=9, source="QĐ 1",
                       entered_at=person.created_at, entered_by="Lan"))  # fmt: skip
    return communes


def test_a_post_of_ones_own_gives_no_hold_on_who_also_works_elsewhere(shared: Communes) -> None:
    """Whoever writes another address into an account can sign in to it."""
    before = world.tables()
    assert shared.web.open("GET", shared.fill("/hr/people/{person}/edit")).status_code == 403
    page = shared.web.get(shared.fill("/hr/people/{person}"))
    assert "/edit" not in page.body, "what is refused is not offered"
    assert "còn làm ở đơn vị ngoài phạm vi" in page.text
    answer = send(shared, "/hr/people/{person}/edit", name=NAME, email="ke.gian@coquan.example")
    assert answer.status_code == 403
    assert world.tables() == before
    assert shared.web.open("GET", shared.fill("/hr/people/{own}/edit")).status_code == 200
    assert "/edit" in shared.web.get(shared.fill("/hr/people/{own}")).body


@pytest.mark.parametrize("address", ["/hr/people/{person}/posts/{post}", "/hr/people/{person}/posts/{post}/end"])
def test_the_post_elsewhere_stays_the_neighbours(shared: Communes, address: str) -> None:
    before = world.tables()
    assert send(shared, address, **POST | {"until": "01/02/2026"}).status_code == 404
    assert world.tables() == before


@pytest.mark.parametrize(
    "address",
    ["/hr/people", "/hr/people.xlsx", "/hr/coverage/people.xlsx?what=staff", "/hr/indicators/k8/people.xlsx"],
)
def test_lists_tell_of_ones_own_posts_alone(shared: Communes, address: str) -> None:
    answer = shared.web.open("GET", address)
    assert NAME in told(answer)
    assert "Bình Phú" not in " ".join(texts(answer))


def test_a_list_of_headcounts_says_of_the_neighbour_what_it_says_of_nobody(communes: Communes) -> None:
    found = {}
    for code in ("binh-phu", "khong-co"):
        content = tables.write(
            ["Mã đơn vị", "LD", "CT", "CC", "Số liệu đến ngày", "Nguồn"], [(code, 1, 2, 3, "01/01/2026", "x")]
        )
        before = len(db.session.scalars(select(Headcount)).all())
        answer = send(communes, "/hr/headcounts/check", list=(io.BytesIO(content), "bien-che.xlsx"))
        assert told(answer) == []
        found[code] = main(answer).replace(code, "")
        assert send(communes, "/hr/headcounts/import", digest="0" * 64).status_code == 409
        assert len(db.session.scalars(select(Headcount)).all()) == before
    assert found["binh-phu"] == found["khong-co"]


@pytest.mark.parametrize("unit_name", ["unit", "province"])
def test_a_report_of_the_neighbour_is_refused_as_of_a_unit_that_is_none(communes: Communes, unit_name: str) -> None:
    before = world.tables()
    said = {
        wanted: send(communes, "/hr/reports", kind="indicators", year="2026", day="", signer="", unit=wanted)
        for wanted in (communes.values[unit_name], NOBODY)
    }
    assert {answer.status_code for answer in said.values()} == {400}
    assert len({main(answer) for answer in said.values()}) == 1
    assert world.tables() == before


@pytest.mark.parametrize("typed", [{"staff_code": CODE}, {"email": EMAIL}])
def test_a_code_or_address_that_is_taken_does_not_tell_whose_it_is(communes: Communes, typed: dict[str, str]) -> None:
    before = world.tables()
    fields = POST | {"unit": "{home}", "name": "Kẻ Gian"} | typed
    answer = send(communes, "/hr/people/new", **fields)
    assert answer.status_code == 400
    assert told(answer, typed=str(typed)) == []
    assert world.tables() == before


@pytest.mark.parametrize(("act", "status"), [("close", 403), ("due", 403), ("remind", 400)])
def test_the_provinces_order_is_the_provinces_to_change(communes: Communes, act: str, status: int) -> None:
    before = world.tables()
    answer = send(communes, f"/hr/assignments/{{provinces}}/{act}", due="{soon}", seen="x")
    assert answer.status_code == status
    assert told(answer) == []
    assert world.tables() == before


def test_sending_an_order_under_the_neighbours_number_changes_nothing_of_theirs(communes: Communes) -> None:
    before = world.tables()
    fields = {"course-1": "cc-02", "due": "{soon}", "unit": "{home}", "order": "{theirs}", "seen": "x"}
    answer = send(communes, "/hr/assignments/new", **fields)
    assert answer.status_code == 303
    assert communes.web.open("GET", answer.headers["Location"]).status_code == 404
    assert world.tables() == before
