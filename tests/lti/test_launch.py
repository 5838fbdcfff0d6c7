"""A good launch, and what it leaves behind."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lms_app.accounts.models import Person
from lms_app.core.db import db, transaction
from lms_app.learning.models import Enrolment
from lms_app.lti import registry
from lms_app.lti.models import Grade, Launch, LtiUser, PendingLaunch, Platform, ResourceLink
from lms_app.web.sessions import TwoSessions
from tests.lti.platform import ABSENT, CLAIM, ROLE, SITE, Lms, Server, platform, post
from tests.web import strict


def hidden(page: TestResponse, name: str) -> str:
    field = strict(page.get_data(as_text=True), "page").find(f".//input[@name='{name}']")
    assert field is not None
    return field.get("value") or ""


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_login_sends_the_browser_to_the_registered_address_with_hints_unchanged(lms: Lms, client: FlaskClient) -> None:
    response = lms.login(client)
    where = urlsplit(response.location)
    asked = dict(parse_qsl(where.query))
    assert f"{where.scheme}://{where.netloc}{where.path}" == "https://lms.example/auth"
    assert asked["tenant"] == "1"
    assert asked["redirect_uri"] == f"{SITE}/lti/launch"
    assert asked["lti_message_hint"] == '{"cmid":9,"launchid":"x+y"}'
    assert (asked["response_type"], asked["response_mode"], asked["prompt"]) == ("id_token", "form_post", "none")
    assert "frame-ancestors https://lms.example" in response.headers["Content-Security-Policy"]


def test_login_may_come_by_get_and_without_client_id(lms: Lms, client: FlaskClient) -> None:
    query = {"iss": lms.issuer, "login_hint": "4", "target_link_uri": f"{SITE}/lti/"}
    assert client.get("/lti/login", query_string=query).status_code == 302
    assert count(PendingLaunch) == 1


def test_login_of_an_issuer_with_two_registrations_is_told_apart_by_deployment(
    lms: Lms, server: Server, client: FlaskClient
) -> None:
    platform(server, client_id="other")
    assert lms.login(client, client_id=ABSENT).status_code == 400
    asked = lms.begin(client)
    assert asked["client_id"] == lms.client_id


def test_a_launch_opens_the_first_lesson_in_a_frame_session(lms: Lms, client: FlaskClient) -> None:
    response = lms.launch(client)
    assert (response.status_code, response.location) == (303, "/courses/cc-01/lessons/bai-1")
    page = client.get(response.location)
    assert page.status_code == 200
    assert "frame-ancestors https://lms.example" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    who = client.get("/api/v1/me").json
    assert who is not None
    assert (who["name"], who["scope"]) == ("Nguyễn Thị Hoa", {"course": "cc-01", "teacher": False})


def test_a_launch_leaves_one_row_of_each_kind(lms: Lms, client: FlaskClient) -> None:
    lms.launch(client)
    assert [count(model) for model in (ResourceLink, LtiUser, Person, Enrolment, Launch, Grade, PendingLaunch)] == (
        [1, 1, 1, 1, 1, 1, 0]
    )


def test_the_second_launch_finds_the_same_person_link_and_enrolment(lms: Lms, client: FlaskClient) -> None:
    lms.launch(client)
    lms.launch(client, name="Nguyễn Thị Hoài")
    assert [count(model) for model in (ResourceLink, LtiUser, Person, Enrolment, Launch, Grade)] == [1, 1, 1, 1, 2, 1]
    assert db.session.scalar(select(Person.name)) == "Nguyễn Thị Hoài"


@pytest.mark.parametrize(
    "told", [{"name": "Nguyễn " * 500}, {"name": ABSENT, "family_name": "N" * 200, "given_name": "a" * 200}]
)
def test_a_name_of_thousands_of_characters_is_cut_to_what_a_row_holds(
    lms: Lms, client: FlaskClient, told: dict[str, Any]
) -> None:
    response = lms.launch(client, **told, resource_link={"id": "rl-1", "title": "Đ" * 5000})
    assert client.get(response.location).status_code == 200
    assert len(db.session.scalars(select(Person.name)).one()) <= 300


def test_what_product_a_platform_is_is_learned_from_its_launch(lms: Lms, client: FlaskClient) -> None:
    lms.launch(client, **{f"{CLAIM}tool_platform": {"product_family_code": "moodle", "guid": "x"}})
    assert db.session.scalars(select(Platform.product)).one() == "moodle"
    lms.launch(client, **{f"{CLAIM}tool_platform": ["odd"]})
    assert db.session.scalars(select(Platform.product)).one() == "moodle"


def test_an_email_never_makes_two_people_one(lms: Lms, client: FlaskClient) -> None:
    lms.launch(client, sub="a", email="hoa@coquan.example")
    lms.launch(client, sub="b", email="hoa@coquan.example")
    assert count(Person) == 2
    assert set(db.session.scalars(select(Person.email))) == {None}


def test_six_frames_of_one_page_launch_at_once(lms: Lms, client: FlaskClient) -> None:
    begun = [lms.begin(client) for _ in range(6)]
    for asked in reversed(begun):
        assert post(client, asked["state"], lms.token(lms.claims(asked["nonce"]))).status_code == 303


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"custom": {"course": "cc-01", "lesson": "bai-2"}}, "/courses/cc-01/lessons/bai-2"),
        ({"custom": {"course": "CC-01", "lesson": "$Lesson.id"}}, "/courses/cc-01/lessons/bai-1"),
        ({"custom": {"course": "$Course.id"}}, "/courses/cc-01/lessons/bai-1"),
        ({"custom": {"course": "cc-01"}, "target_link_uri": f"{SITE}/lti/"}, "/courses/cc-01/lessons/bai-1"),
        ({"target_link_uri": f"{SITE}/lti/courses/cc-01/lessons/bai-2"}, "/courses/cc-01/lessons/bai-2"),
        ({"target_link_uri": f"{SITE}/lti/courses/cc-01/lessons/gone"}, "/courses/cc-01/lessons/bai-1"),
        ({"target_link_uri": f"{SITE}/lti/courses/cc-01/final"}, "/courses/cc-01/final"),
        ({"custom": "course=cc-01"}, "/courses/cc-01/lessons/bai-1"),
    ],
)
def test_custom_parameters_then_the_target_say_what_opens(
    lms: Lms, client: FlaskClient, changes: dict[str, object], where: str
) -> None:
    assert lms.launch(client, **changes).location == where


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["abc"]},
        {"aud": ["abc", "other"], "azp": "abc"},
        {"aud": ["other", "abc"], "azp": "abc"},
        {"azp": "abc"},
        {"name": ABSENT, "family_name": "Nguyễn", "given_name": "Hoa"},
        {"name": ABSENT},
        {"name": "\ud800 lẻ"},
        {"name": 7},
        {"context": ABSENT},
        {"context": "text"},
        {"ags": ABSENT},
        {"ags": []},
        {"roles": []},
        {"roles": ["Learner", 3, None]},
        {"launch_presentation": {"return_url": "javascript:alert(1)", "locale": "en-US"}},
        {"ext_anything": {"a": [1, 2]}},
    ],
)
def test_odd_but_lawful_launches_open(lms: Lms, client: FlaskClient, changes: dict[str, object]) -> None:
    response = lms.launch(client, **changes)
    assert response.status_code == 303, response.get_data(as_text=True)
    assert client.get(response.location).status_code == 200


@pytest.mark.parametrize("seconds", [-50, 50])
def test_a_clock_off_by_less_than_a_minute_is_forgiven(lms: Lms, client: FlaskClient, seconds: int) -> None:
    asked = lms.begin(client)
    claims = lms.claims(asked["nonce"])
    claims["iat"] += seconds
    claims["exp"] = claims["iat"] + 5
    assert post(client, asked["state"], lms.token(claims)).status_code == 303


def test_a_teacher_gets_the_class_is_enrolled_nowhere_and_promised_no_grade(lms: Lms, client: FlaskClient) -> None:
    response = lms.launch(client, roles=[f"{ROLE}Instructor", f"{ROLE}Learner"])
    assert response.location == "/lti/class"
    who = client.get("/api/v1/me").json
    assert who is not None
    assert who["scope"] == {"course": "cc-01", "teacher": True}
    assert client.get("/courses/cc-01").status_code == 200
    assert (count(Grade), count(Enrolment)) == (0, 0)


@pytest.mark.parametrize(
    "role",
    ["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator", f"{ROLE}Administrator"],
)
def test_an_administrator_of_a_platform_is_nobody_here(lms: Lms, client: FlaskClient, role: str) -> None:
    lms.launch(client, roles=[role])
    who = client.get("/api/v1/me").json
    assert who is not None
    assert (who["roles"], who["scope"]["teacher"]) == ([], False)
    assert client.get("/admin/").status_code in {403, 404}


def test_the_way_back_is_a_link_where_it_is_an_http_address(lms: Lms, client: FlaskClient) -> None:
    back = "https://lms.example/back?course=7"
    page = client.get(lms.launch(client, launch_presentation={"return_url": back}).location)
    assert f'href="{back}"' in page.get_data(as_text=True)
    page = client.get(lms.launch(client, launch_presentation={"return_url": "javascript:alert(1)"}).location)
    assert "javascript:" not in page.get_data(as_text=True)


def test_a_platform_that_is_disabled_takes_its_open_frames_along(lms: Lms, client: FlaskClient) -> None:
    page = lms.launch(client).location
    with transaction():
        registry.set_status(lms.id, "disabled", "test")
    assert client.get(page).status_code in {303, 401}
    assert client.get("/api/v1/me").status_code == 401


def test_the_frame_opens_its_one_course_only(lms: Lms, client: FlaskClient) -> None:
    lms.launch(client)
    assert client.get("/courses/cc-01").status_code == 200
    assert client.get("/me").status_code == 403


def test_without_its_cookie_a_launch_asks_in_a_new_tab_whose_name_it_is(lms: Lms, app: Flask) -> None:
    frame, tab = app.test_client(), app.test_client()
    asked = lms.begin(frame)
    page = post(tab, asked["state"], lms.token(lms.claims(asked["nonce"])))
    assert page.status_code == 200
    assert tab.get("/api/v1/me").status_code == 401
    ticket = hidden(page, "ticket")
    question = tab.post("/lti/open", data={"ticket": ticket})
    assert "Nguyễn Thị Hoa" in question.get_data(as_text=True)
    assert tab.get("/api/v1/me").status_code == 401
    assert tab.post("/lti/continue", data={"ticket": ticket}).status_code >= 400, "without the form's own token"
    agreed = {"ticket": ticket, "csrf_token": hidden(question, "csrf_token")}
    assert tab.post("/lti/continue", data=agreed).location == "/courses/cc-01/lessons/bai-1"
    assert tab.get("/api/v1/me").status_code == 200
    assert frame.post("/lti/open", data={"ticket": ticket}).status_code == 403, "a ticket is used once"


def test_a_link_opened_by_itself_leads_to_the_course(lms: Lms, client: FlaskClient) -> None:
    del lms
    for inside in ("", "/lessons/bai-1", "/final"):
        assert client.get(f"/lti/courses/cc-01{inside}").location == f"/courses/cc-01{inside}"


def test_nobody_signed_in_is_told_so_as_problem_json(client: FlaskClient) -> None:
    response = client.get("/api/v1/me")
    assert (response.status_code, response.mimetype) == (401, "application/problem+json")


def test_keys_and_configuration_are_public(lms: Lms, client: FlaskClient) -> None:
    del lms
    keys = (client.get("/lti/jwks.json").json or {})["keys"]
    assert [(key["kty"], key["alg"], "d" in key) for key in keys] == [("RSA", "RS256", False)]
    assert (client.get("/lti/config.json").json or {})["oidc_initiation_url"] == f"{SITE}/lti/login"
    page = client.get("/lti/").get_data(as_text=True)
    strict(page, "/lti/")
    assert f"{SITE}/lti/courses/cc-01" in page


def test_the_first_look_at_the_keys_makes_one(app: Flask) -> None:
    first = app.test_client().get("/lti/jwks.json").json
    assert first is not None
    assert len(first["keys"]) == 1
    assert app.test_client().get("/lti/jwks.json").json == first


def test_over_https_cookies_hold_in_another_sites_frame(lms: Lms, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    secure = replace(app.extensions["settings"], url="https://hoc.example")
    monkeypatch.setitem(app.extensions, "settings", secure)
    monkeypatch.setattr(app, "session_interface", TwoSessions(secure=True))
    client = app.test_client()
    site: dict[str, Any] = {"base_url": "https://hoc.example"}
    hints = {"iss": lms.issuer, "login_hint": "4", "target_link_uri": "https://hoc.example/lti/courses/cc-01"}
    begun = client.post("/lti/login", data=hints, **site)
    asked = dict(parse_qsl(urlsplit(begun.location).query))
    token = lms.token(lms.claims(asked["nonce"], target_link_uri=hints["target_link_uri"]))
    opened = client.post("/lti/launch", data={"state": asked["state"], "id_token": token}, **site)
    assert opened.status_code == 303
    cookies = [begun.headers["Set-Cookie"], *opened.headers.getlist("Set-Cookie")]
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert names == {f"__Host-lti-{asked['state'][:8]}", "__Host-embed"}
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"} <= set(cookie.split("; ")), cookie
    assert client.get("/api/v1/me", **site).status_code == 200
