"""A launch that names nobody may read, is told that nothing is recorded, and leaves no row."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms_app.accounts.models import FrameSession, Person
from lms_app.core.db import db
from lms_app.learning.models import Enrolment
from lms_app.lti.models import Grade, Launch, LtiUser, ResourceLink
from tests import make
from tests.lti.platform import ABSENT, ROLE, SITE, Lms
from tests.web import Browser, strict

LEFT_BEHIND = (Person, LtiUser, Launch, ResourceLink, Enrolment, Grade, FrameSession)


@pytest.fixture
def nothing_is_left(app: Flask) -> Iterator[None]:
    del app
    yield
    db.session.rollback()
    assert {
        model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) for model in LEFT_BEHIND
    } == (dict.fromkeys((model.__tablename__ for model in LEFT_BEHIND), 0))


@pytest.mark.usefixtures("nothing_is_left")
def test_somebody_nameless_reads_lesson_after_lesson_and_is_told_that_nothing_is_recorded(lms: Lms, app: Flask) -> None:
    client = app.test_client()
    opened = lms.launch(client, sub=ABSENT, name=ABSENT)
    assert opened.status_code == 303
    page = Browser(app).get(opened.location)
    assert page.status == 200
    assert "không có gì được ghi lại" in page.text
    assert "Bài số 1" in page.text
    assert "frame-ancestors https://lms.example" in page.headers["Content-Security-Policy"]
    following = Browser(app).get(f"{page.path.rpartition('/')[0]}/bai-2")
    assert "Bài số 2" in following.text
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.usefixtures("nothing_is_left")
def test_the_link_of_a_nameless_launch_opens_its_lesson(lms: Lms, client: FlaskClient) -> None:
    target = f"{SITE}/lti/courses/cc-01/lessons/bai-2"
    opened = lms.launch(client, sub=ABSENT, name=ABSENT, target_link_uri=target)
    assert opened.location.endswith("/bai-2")
    assert "Bài số 2" in client.get(opened.location).get_data(as_text=True)


@pytest.mark.usefixtures("nothing_is_left")
def test_it_works_without_any_cookie_in_the_frame(lms: Lms, app: Flask) -> None:
    asked = lms.begin(app.test_client())
    token = lms.token(lms.claims(asked["nonce"], sub=ABSENT, name=ABSENT))
    opened = app.test_client().post("/lti/launch", data={"state": asked["state"], "id_token": token})
    assert opened.status_code == 303
    assert "Set-Cookie" not in opened.headers or "embed" not in opened.headers["Set-Cookie"]
    assert Browser(app).get(opened.location).status == 200


@pytest.mark.usefixtures("nothing_is_left")
def test_a_self_check_is_left_out_and_said_to_be(lms: Lms, app: Flask) -> None:
    make.course("cc-01", checks=1)
    page = Browser(app).get(lms.launch(app.test_client(), sub=ABSENT, name=ABSENT).location)
    assert "câu tự kiểm tra" in page.text
    assert page.forms == []


@pytest.mark.usefixtures("nothing_is_left")
@pytest.mark.parametrize("address", ["/lti/read/made-up", "/lti/read/made-up/bai-1"])
def test_a_made_up_address_reads_nothing(app: Flask, address: str) -> None:
    answer = app.test_client().get(address)
    assert answer.status_code == 403
    strict(answer.get_data(as_text=True), address)


def test_a_course_closed_meanwhile_is_no_longer_read(lms: Lms, app: Flask) -> None:
    opened = lms.launch(app.test_client(), sub=ABSENT, name=ABSENT)
    make.course("cc-01", status="closed")
    assert Browser(app).get(opened.location).status == 404


def test_a_launch_without_name_and_email_learns_and_is_graded(lms: Lms, client: FlaskClient) -> None:
    opened = lms.launch(client, name=ABSENT)
    assert client.get(opened.location).status_code == 200
    person = db.session.scalars(select(Person)).one()
    assert (person.name, person.name_source, person.email) == ("Học viên từ Trường Chính trị", "none", None)
    assert db.session.scalar(select(func.count()).select_from(Grade)) == 1


@pytest.mark.parametrize("roles", [[], [f"{ROLE}Mentor"]])
def test_somebody_with_no_role_or_another_reads_and_owes_no_grade(
    lms: Lms, client: FlaskClient, roles: list[str]
) -> None:
    assert client.get(lms.launch(client, roles=roles).location).status_code == 200
    assert db.session.scalar(select(func.count()).select_from(Grade)) == 0
