"""Data privacy launch: one's own data, whole, to see and to take along; nobody else's."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms_app.core.db import db, transaction
from lms_app.learning.service import studying as learning
from lms_app.lti.models import Launch, LtiUser
from tests import make
from tests.lti.classroom import TEACHER, enrolment, for_user, learn, lists, member, play, teach
from tests.lti.platform import ABSENT, ROLE, Lms, Server, work
from tests.web import Browser, counted


def ask(lms: Lms, client: FlaskClient, sub: Any = "u-4", name: str = "Nguyễn Thị Hoa", **changes: Any) -> TestResponse:
    """The platform's own entry for data privacy: about nobody else, and of no link."""
    kind = {"message_type": "DataPrivacyLaunchRequest", "target_link_uri": ABSENT, "ags": ABSENT}
    absent = {"resource_link": ABSENT, "context": ABSENT}
    return lms.launch(client, **kind | absent | {"sub": sub, "name": name, "email": f"{sub}@truong.example"} | changes)


def told(web: Browser) -> Any:
    answer = web.get("/lti/data.json")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    return json.loads(answer.body)


@pytest.fixture
def known(lms: Lms, web: Browser, server: Server) -> None:
    """A learner on the roster, with an attempt, a score and a grade that was sent; and another beside them."""
    for sub, name in (("u-4", "Nguyễn Thị Hoa"), ("u-5", "Lê Văn Ân")):
        learn(lms, web.client, sub, name)
        play(sub, 1)
    teach(lms, web.client)
    lists(server, member("u-4", "Nguyễn Thị Hoa"), member("u-5", "Lê Văn Ân"))
    work()


@pytest.mark.usefixtures("known")
def test_a_learner_opens_their_own_data(lms: Lms, web: Browser) -> None:
    answer = ask(lms, web.client)
    assert (answer.status_code, answer.location) == (303, "/lti/data")
    shown = web.get("/lti/data")
    for words in (
        "Nguyễn Thị Hoa",
        "u-4@truong.example",
        "Trường Chính trị",
        "Lớp Tin học 1",
        "học viên, đang ở trong lớp",
        "Kỹ năng số cơ bản",
        "2/2",
        "Lượt 1: 100%",
        "/items/6?type_id=5",
        "hotro@coquan.example",
    ):
        assert words in shown.text, words
    assert "Lê Văn Ân" not in shown.body
    assert "u-5" not in shown.body


@pytest.mark.usefixtures("known")
def test_the_same_is_there_to_take_along(lms: Lms, web: Browser) -> None:
    ask(lms, web.client)
    found = told(web)
    assert found["person"]["sub"] == "u-4"
    assert found["person"]["email"] == "u-4@truong.example"
    assert found["launches"]["launches"] == 2
    assert [(one["title"], one["role"], one["status"], one["launches"]) for one in found["classes"]] == [
        ("Lớp Tin học 1", "learner", "active", 1)
    ]
    (course,) = found["courses"]
    assert (course["course_id"], course["done"], course["lessons"]) == ("cc-01", 2, 2)
    assert [(one["number"], one["score"], one["passed"], one["answers"]) for one in course["attempts"]] == [
        (1, 1, True, 4)
    ]
    assert [(one["state"], one["sent_share"]) for one in course["grades"]] == [("sent", 1)]
    assert course["grades"][0]["sent_at"].endswith("+00:00")
    assert course["certificate"] is None
    assert "Lê Văn Ân" not in json.dumps(found, ensure_ascii=False)


@pytest.mark.usefixtures("known")
def test_a_certificate_is_named(lms: Lms, web: Browser) -> None:
    enrolment("u-4").certificate = "7KQ4M2XF9TDPH"
    db.session.commit()
    ask(lms, web.client)
    shown = web.get("/lti/data")
    assert "7KQ4-M2XF-9TDP-H" in shown.text
    assert 'href="/v/7KQ4M2XF9TDPH"' in shown.body


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("roles", [[f"{ROLE}Learner"], TEACHER, ["Administrator"]])
def test_data_of_nobody_else_is_shown_whatever_the_role(lms: Lms, web: Browser, roles: list[str]) -> None:
    answer = ask(lms, web.client, "t-9", "Người Khác", roles=roles, **for_user("u-4"))
    assert answer.status_code == 403
    assert answer.headers.getlist("Set-Cookie") == []
    assert db.session.scalar(select(LtiUser.id).where(LtiUser.sub == "t-9")) is None


def test_a_launch_about_oneself_by_name_is_one_s_own(lms: Lms, web: Browser) -> None:
    assert ask(lms, web.client, **for_user("u-4")).location == "/lti/data"
    shown = web.get("/lti/data")
    assert "Chưa có lớp nào." in shown.text
    assert "Chưa có khóa học nào." in shown.text
    assert told(web)["courses"] == []


def test_a_data_session_opens_nothing_else(lms: Lms, web: Browser) -> None:
    ask(lms, web.client, roles=TEACHER)
    for path in ("/lti/class", "/courses/cc-01/lessons/bai-1", "/me", "/admin/"):
        assert web.get(path).status in {403, 404}, path
    assert web.get("/me/certificates").status == 200
    assert db.session.scalars(select(Launch)).one().link_id is None


@pytest.mark.usefixtures("known")
def test_any_session_in_a_frame_may_look(lms: Lms, web: Browser) -> None:
    lms.launch(web.client)
    assert told(web)["person"]["sub"] == "u-4"
    teach(lms, web.client)
    assert told(web)["person"]["sub"] == "t-1"


def test_nobody_without_a_launch_looks(lms: Lms, web: Browser) -> None:
    del lms
    assert web.open("GET", "/lti/data").status_code == 303
    assert web.open("GET", "/lti/data.json").status_code == 303


def test_a_launch_without_a_person_has_no_data(lms: Lms, web: Browser) -> None:
    assert ask(lms, web.client, sub=ABSENT).status_code == 403


def test_what_was_done_outside_the_platform_stays_there(lms: Lms, web: Browser) -> None:
    make.course("cc-02", title="Khóa riêng")
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    person = db.session.scalars(select(LtiUser.person_id).where(LtiUser.sub == "u-4")).one()
    with transaction():
        learning.enrol(person, "cc-02")
    ask(lms, web.client)
    assert [one["course_id"] for one in told(web)["courses"]] == ["cc-01"]


@pytest.mark.usefixtures("known")
def test_the_page_costs_a_constant_number_of_statements_and_writes_nothing(lms: Lms, web: Browser) -> None:
    ask(lms, web.client)
    web.get("/lti/data")
    with counted() as statements:
        assert web.get("/lti/data").status == 200
    assert len(statements) <= 8
    assert not [words for words in statements if not words.startswith(("SELECT", "WITH"))]
