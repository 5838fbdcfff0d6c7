"""Scores reach the platform: in order, once each, whatever the platform answers."""

import json
import logging
from datetime import datetime, timedelta

import jwt
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.learning.service import studying as learning
from lms_app.lti import grades, registry
from lms_app.lti.keys import public_jwk
from lms_app.lti.models import Grade, LtiUser, Platform
from tests import make
from tests.lti.classroom import score
from tests.lti.platform import ABSENT, ROLE, SCORE, Lms, Said, Server, tool_pair, work

SCORES = "/items/6/scores"


@pytest.fixture
def learner(lms: Lms, client: FlaskClient) -> str:
    """Somebody who has launched the course as a learner: their `sub`."""
    lms.launch(client)
    return "u-4"


def grade() -> Grade:
    db.session.expire_all()
    return db.session.scalars(select(Grade)).one()


def given(server: Server) -> list[float]:
    return [one["scoreGiven"] for one in server.scores()]


def test_a_score_arrives_as_the_specification_wants_it(learner: str, server: Server) -> None:
    score(learner, 0.8)
    work()
    asked = server.calls(SCORES)[0]
    assert asked.query == "type_id=5"
    assert asked.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
    assert asked.headers["Authorization"] == "Bearer t1"
    said = json.loads(asked.body)
    at = datetime.fromisoformat(said.pop("timestamp"))
    assert abs((now() - at).total_seconds()) < 5
    assert said == {
        "userId": "u-4",
        "scoreGiven": 80.0,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "comment": "Đã đạt bài kiểm tra cuối khóa.",
    }
    assert (grade().state, grade().sent_share) == ("sent", 0.8)


def test_the_token_is_asked_for_with_our_key_and_kept(lms: Lms, learner: str, server: Server) -> None:
    score(learner, 0.5)
    work()
    score(learner, 0.9)
    work(2)
    assert given(server) == [50, 90]
    assert len(server.calls("/token")) == 1
    form = dict(pair.split("=") for pair in server.calls("/token")[0].body.decode().split("&"))
    key = jwt.PyJWK(public_jwk(*tool_pair())).key
    claims = jwt.decode(form["client_assertion"], key, algorithms=["RS256"], audience=f"{server.url}/token")
    assert claims["iss"] == claims["sub"] == lms.client_id
    assert claims["iat"] <= now().timestamp() - 4


def test_the_token_names_the_audience_the_platform_wants(lms: Lms, learner: str, server: Server) -> None:
    db.session.get_one(Platform, lms.id).audience = "https://lms.example/aud"
    db.session.commit()
    score(learner, 0.5)
    work()
    assertion = server.calls("/token")[0].body.decode().split("client_assertion=")[1].split("&")[0]
    assert jwt.decode(assertion, options={"verify_signature": False})["aud"] == "https://lms.example/aud"


def test_a_lower_second_attempt_is_not_news_to_the_platform(learner: str, server: Server) -> None:
    score(learner, 0.8)
    work()
    score(learner, 0.4)
    work(2)
    assert given(server) == [80]


def test_a_newer_score_replaces_one_not_yet_sent(learner: str, server: Server) -> None:
    score(learner, 0.5)
    score(learner, 0.7)
    work()
    assert given(server) == [70]


def test_two_scores_never_share_a_second_and_none_is_ahead_of_the_clock(learner: str, server: Server) -> None:
    with time_machine.travel(datetime.fromisoformat("2026-11-24T08:00:00.100Z"), tick=False) as clock:
        score(learner, 0.5)
        outbox.drain(now())
        score(learner, 0.7)
        outbox.drain(now())
        assert given(server) == [50]
        clock.shift(timedelta(seconds=1))
        outbox.drain(now())
    stamps = [one["timestamp"] for one in server.scores()]
    assert given(server) == [50, 70]
    assert stamps == ["2026-11-24T08:00:00.100Z", "2026-11-24T08:00:01.100Z"]


@pytest.mark.parametrize(
    "said",
    [
        Said(500),
        Said(502, b"<html>Bad gateway</html>"),
        Said(503),
        Said(408),
        Said(200, b"<!doctype html><title>Maintenance</title>"),
        Said(302, headers={"Location": "/elsewhere"}),
    ],
    ids=lambda said: f"{said.status}",
)
def test_a_platform_in_trouble_gets_the_score_later(learner: str, server: Server, said: Said) -> None:
    server.script[SCORES] = [said]
    score(learner, 0.8)
    work()
    assert grade().state == "owed"
    work(3600)
    assert given(server) == [80, 80]
    assert grade().state == "sent"


def test_a_platform_that_is_down_for_an_hour_gets_the_newest_score(
    lms: Lms, learner: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    del lms
    there = grade().lineitem
    grade().lineitem = "http://127.0.0.1:9/items/6?type_id=5"
    db.session.commit()
    score(learner, 0.5)
    work()
    assert (grade().state, grade().error) == ("owed", "connection")
    score(learner, 0.9)
    work(1800)
    grade().lineitem = there
    db.session.commit()
    work(3 * 3600)
    assert given(server) == [90]


def test_a_refused_token_is_replaced_once(learner: str, server: Server) -> None:
    server.script[SCORES] = [Said(401)]
    score(learner, 0.8)
    work()
    assert [one.headers["Authorization"] for one in server.calls(SCORES)] == ["Bearer t1", "Bearer t2"]
    assert grade().state == "sent"


def test_a_token_refused_twice_waits_for_the_operator(learner: str, server: Server) -> None:
    server.script[SCORES] = [Said(401)] * 5
    score(learner, 0.8)
    work()
    work(3600)
    assert len(server.calls(SCORES)) == 2
    assert (grade().state, grade().error) == ("held", "HTTP 401")


def test_a_403_may_mean_a_token_that_ended_so_a_new_one_is_tried_once(learner: str, server: Server) -> None:
    server.script[SCORES] = [Said(403)]
    score(learner, 0.8)
    work()
    assert (grade().state, len(server.calls("/token"))) == ("sent", 2)


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (403, 2), (404, 1), (410, 1), (422, 1)])
def test_a_refusal_is_held_until_a_newer_score(learner: str, server: Server, status: int, tries: int) -> None:
    server.script[SCORES] = [Said(status, b'{"userId": "u-4"}')] * tries
    score(learner, 0.8)
    work()
    work(3600)
    assert (grade().state, grade().error, len(server.calls(SCORES))) == ("held", f"HTTP {status}", tries)
    score(learner, 0.9)
    work(3700)
    assert given(server)[-1] == 90


def test_an_older_timestamp_is_no_fault_of_ours(learner: str, server: Server) -> None:
    server.script[SCORES] = [Said(409)]
    score(learner, 0.8)
    work()
    work(3600)
    assert len(server.calls(SCORES)) == 1


def test_a_busy_platform_is_left_alone_as_long_as_it_asks(learner: str, server: Server) -> None:
    server.script[SCORES] = [Said(429, headers={"Retry-After": "600"})]
    score(learner, 0.8)
    work()
    work(500)
    assert len(server.calls(SCORES)) == 1
    work(700)
    assert len(server.calls(SCORES)) == 2


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (Said(400, b'{"error": "invalid_client"}'), "held"),
        (Said(400, b'{"error": "invalid_scope"}'), "held"),
        (Said(400, b'{ "error" : ""kid" invalid, unable to lookup correct key"}'), "owed"),
        (Said(500), "owed"),
        (Said(200, b"<html>"), "owed"),
        (Said(200, b'{"access_token": 4}'), "owed"),
        (Said(429, headers={"Retry-After": "5"}), "owed"),
    ],
)
def test_a_platform_that_gives_no_token(learner: str, server: Server, said: Said, state: str) -> None:
    server.script["/token"] = [said]
    score(learner, 0.8)
    work()
    assert (grade().state, server.calls(SCORES)) == (state, [])
    if state == "owed":
        work(3600)
        assert given(server) == [80]


def test_what_the_platform_wrote_is_never_logged(
    learner: str, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script[SCORES] = [Said(400, b"SECRET-BODY")]
    score(learner, 0.8)
    work()
    assert "SECRET-BODY" not in caplog.text
    assert "SECRET-BODY" not in (grade().error or "")


def test_a_disabled_platform_gets_nothing(lms: Lms, learner: str, server: Server) -> None:
    registry.set_status(lms.id, "disabled", "test")
    db.session.commit()
    score(learner, 0.8)
    work()
    assert (grade().state, server.scores()) == ("held", [])


def test_a_second_link_to_the_same_course_gets_the_score_that_stands(
    lms: Lms, client: FlaskClient, learner: str, server: Server
) -> None:
    score(learner, 0.8)
    work()
    lms.launch(client, resource_link={"id": "rl-2"}, ags={"scope": [SCORE], "lineitem": f"{server.url}/items/7"})
    work()
    lms.launch(client)
    work(5)
    assert [(one.path, json.loads(one.body)["scoreGiven"]) for one in server.asked if "scores" in one.path] == [
        ("/items/6/scores", 80),
        ("/items/7/scores", 80),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": [f"{ROLE}Instructor"]},
        {"roles": []},
        {"ags": ABSENT},
        {"ags": {"scope": [SCORE]}},
        {"ags": {"scope": [SCORE], "lineitem": "javascript:1"}},
        {
            "ags": {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"],
                "lineitem": "http://127.0.0.1/1",
            }
        },
    ],
)
def test_no_grade_is_owed_without_learner_line_item_and_right(
    lms: Lms, client: FlaskClient, server: Server, changes: dict[str, object]
) -> None:
    lms.launch(client, **changes)
    person = db.session.scalars(select(LtiUser.person_id)).one()
    with transaction():
        enrolment = learning.enrol(person, "cc-01")
        learning.record_result(enrolment.id, "kiem-tra", enrolment.version_id, 0.8, passed=True)
    work()
    assert server.scores() == []


def test_somebody_without_a_platform_owes_nobody(lms: Lms, server: Server) -> None:
    del lms
    person = make.person()
    with transaction():
        enrolment = learning.enrol(person.id, "cc-01")
        learning.record_result(enrolment.id, "kiem-tra", enrolment.version_id, 0.8, passed=True)
    work()
    assert server.scores() == []


@pytest.mark.parametrize(
    ("lineitem", "scores"),
    [
        ("https://a.example/i/6", "https://a.example/i/6/scores"),
        ("https://a.example/i/6/", "https://a.example/i/6/scores"),
        ("https://a.example/i/6?type_id=5&x=%2F", "https://a.example/i/6/scores?type_id=5&x=%2F"),
        ("https://a.example/i/6/lineitem?a=1#f", "https://a.example/i/6/lineitem/scores?a=1"),
    ],
)
def test_scores_stand_before_the_query_string(lineitem: str, scores: str) -> None:
    assert grades.scores_url(lineitem) == scores


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 7 ", 7),
        ("99999999999999", 86400),
        ("soon", None),
        ("-5", None),
        ("Tue, 24 Nov 2026 08:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 07:00:00 GMT", 0),
        ("Tue, 24 Nov 2026 08:01:00", 60),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert grades.wait_of(header, datetime.fromisoformat("2026-11-24T08:00:00Z")) == seconds
