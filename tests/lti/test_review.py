"""Submission Review 1.0: from a cell of the gradebook to the attempt behind it."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms_app.assessment import service as assessment
from lms_app.core.db import db, transaction
from lms_app.core.ids import new_id
from lms_app.learning.service import studying as learning
from lms_app.lti.models import Deployment, Launch
from tests import make
from tests.lti.classroom import TEACHER, enrolment, for_user, learn, play, score, teach
from tests.lti.platform import ABSENT, ROLE, SCORE, Lms, platform
from tests.web import Browser

KINDS = ("single", "multiple", "numeric", "gap", "order", "match")


def review(lms: Lms, client: FlaskClient, about: str, **changes: Any) -> TestResponse:
    """A click on a cell of the gradebook, as its teacher."""
    usual: dict[str, Any] = {"sub": "t-1", "name": "Trần Quốc Toản", "roles": TEACHER}
    kind = {"message_type": "LtiSubmissionReviewRequest", **for_user(about)}
    return lms.launch(client, **usual | kind | changes)


@pytest.fixture
def worked(lms: Lms, web: Browser) -> str:
    """A learner who has taken the test twice; their enrolment."""
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    play("u-4", 0.5)
    play("u-4", 1)
    return str(enrolment("u-4").id)


def test_a_teacher_opens_the_learner_s_attempt(lms: Lms, web: Browser, worked: str) -> None:
    answer = review(lms, web.client, "u-4")
    assert (answer.status_code, answer.location) == (303, f"/lti/review/{worked}")
    shown = web.get(answer.location)
    assert "Bài làm của Nguyễn Thị Hoa" in shown.text
    assert "Đạt: 4/4 câu đúng" in shown.text
    assert "lượt 2" in shown.text
    first = web.get(f"/lti/review/{worked}/1")
    assert "Chưa đạt: 2/4 câu đúng" in first.text
    assert "Chưa trả lời xong câu này" in first.text
    assert "Đáp án" in first.text, "a teacher may see the key whatever the test tells learners"
    assert 'href="/lti/class"' in first.body
    assert web.get("/lti/class").status == 200


def test_the_line_item_alone_is_enough(lms: Lms, web: Browser, worked: str) -> None:
    answer = review(lms, web.client, "u-4", resource_link=ABSENT)
    assert answer.location == f"/lti/review/{worked}"


def test_a_learner_opens_their_own_attempt(lms: Lms, web: Browser, worked: str) -> None:
    answer = review(lms, web.client, "u-4", sub="u-4", name="Nguyễn Thị Hoa", roles=[f"{ROLE}Learner"])
    assert (answer.status_code, answer.location) == (303, "/courses/cc-01/final/result")
    assert "Đạt: 4/4 câu đúng" in web.get(answer.location).text
    assert web.get(f"/lti/review/{worked}").status == 403


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize("roles", [[f"{ROLE}Learner"], [f"{ROLE}Mentor"], [f"{ROLE}Administrator"], []])
def test_nobody_else_sees_it(lms: Lms, web: Browser, roles: list[str]) -> None:
    learn(lms, web.client, "u-5", "Lê Văn Ân")
    answer = review(lms, web.client, "u-4", sub="u-5", roles=roles)
    assert answer.status_code == 403
    assert "Chỉ giảng viên của lớp và chính học viên đó" in answer.get_data(as_text=True)
    assert answer.headers.getlist("Set-Cookie") == []


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize(
    "changes",
    [
        for_user("nobody"),
        {"resource_link": {"id": "rl-77"}, "ags": ABSENT},
        {"resource_link": ABSENT, "ags": {"scope": [SCORE], "lineitem": "http://127.0.0.1/items/77"}},
        {"resource_link": ABSENT, "ags": ABSENT},
    ],
    ids=["nobody", "no such link", "no such column", "neither"],
)
def test_where_nothing_is_yet_a_page_says_so(lms: Lms, web: Browser, changes: dict[str, Any]) -> None:
    before = db.session.scalar(select(Launch.id).order_by(Launch.at.desc()))
    answer = review(lms, web.client, "u-4", **changes)
    assert answer.status_code == 403
    assert "Chưa có bài làm nào của học viên này trong khóa học." in answer.get_data(as_text=True)
    assert db.session.scalar(select(Launch.id).order_by(Launch.at.desc())) == before


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize("claim", [ABSENT, {}, {"user_id": 4}, {"user_id": ""}, "u-4", {"person_sourcedid": "x"}])
def test_a_review_that_names_no_learner_is_refused(lms: Lms, web: Browser, claim: Any) -> None:
    name = next(iter(for_user("x")))
    assert review(lms, web.client, "u-4", **{name: claim}).status_code == 403


def test_a_learner_without_a_test_handed_in_has_nothing_to_see(lms: Lms, web: Browser) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    answer = review(lms, web.client, "u-4", sub="u-4", roles=[f"{ROLE}Learner"])
    assert answer.status_code == 403


def test_a_teacher_sees_that_nothing_is_handed_in_and_what_is_under_way(lms: Lms, web: Browser) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    shown = web.get(review(lms, web.client, "u-4").location)
    assert "Học viên này chưa nộp lượt làm nào." in shown.text
    with transaction():
        found = enrolment("u-4")
        learning.read_all(found)
    with transaction():
        assessment.start(found.person_id, "cc-01", acknowledged=True)
    assert "Lượt 1 đang làm, bắt đầu lúc" in web.get(shown.path).text
    assert web.get(f"{shown.path}/1").status == 404


def test_an_address_of_nobody_opens_nothing(lms: Lms, web: Browser) -> None:
    teach(lms, web.client)
    assert web.get(f"/lti/review/{new_id()}").status == 404


@pytest.mark.usefixtures("worked")
def test_a_teacher_sees_no_work_done_in_another_class(lms: Lms, web: Browser) -> None:
    elsewhere = {"context": {"id": "ctx-2"}, "resource_link": {"id": "rl-9"}, "ags": ABSENT}
    teach(lms, web.client, **elsewhere)
    assert review(lms, web.client, "u-4", **elsewhere).status_code == 403
    assert web.get(f"/lti/review/{enrolment('u-4').id}").status == 404


@pytest.mark.usefixtures("worked")
def test_a_link_of_another_deployment_with_the_same_id_is_another(lms: Lms, web: Browser) -> None:
    db.session.add(Deployment(platform_id=lms.id, deployment_id="2"))
    db.session.commit()
    assert review(lms, web.client, "u-4", deployment_id="2").status_code == 403


def test_a_sub_of_another_platform_is_somebody_else(lms: Lms, web: Browser, worked: str) -> None:
    del worked
    other = platform(lms.server, client_id="other", issuer="https://other.example")
    assert review(other, web.client, "u-4").status_code == 403


def test_every_kind_of_question_is_shown_with_answer_and_key(lms: Lms, web: Browser) -> None:
    make.course("cc-06", questions=6, kinds=KINDS)
    link = {"custom": {"course": "cc-06"}, "resource_link": {"id": "rl-6"}}
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa", **link)
    play("u-4", 1, "cc-06")
    shown = web.get(review(lms, web.client, "u-4", **link).location)
    for words in ("Phương án b", "Phương án a", "TTHC", "5", "Việc a → Cách 1"):
        assert words in shown.text
    assert shown.text.count("Đúng") >= 6


def test_a_score_without_an_attempt_here_shows_no_answers(lms: Lms, web: Browser) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    score("u-4", 0.8)
    shown = web.get(review(lms, web.client, "u-4").location)
    assert "Học viên này chưa nộp lượt làm nào." in shown.text
