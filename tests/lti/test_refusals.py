"""What is refused, for which reason, and that nothing of it is left behind."""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.lti import keys
from lms_app.lti.models import Launch, LtiUser, PendingLaunch, Platform, ResourceLink
from tests.lti.platform import (
    ABSENT,
    SITE,
    Claims,
    Lms,
    Said,
    Server,
    jwk,
    platform,
    post,
    private_key,
    public_pem,
    why_refused,
)
from tests.web import strict

Refused = Callable[[TestResponse, str], None]


@pytest.fixture
def refused(caplog: pytest.LogCaptureFixture) -> Refused:
    """A page for people, the reason in the log only, and no row of the launch."""
    caplog.set_level(logging.WARNING, logger="lms.lti")

    def check(response: TestResponse, reason: str) -> None:
        assert why_refused(response, caplog) == reason
        body = response.get_data(as_text=True)
        strict(body, "refused")
        assert "<script>alert" not in body
        for model in (Launch, LtiUser, ResourceLink):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0

    return check


# ---- claims, one by one

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("issuer", {"iss": "https://elsewhere.example"}),
    ("issuer", {"iss": "https://lms.example/"}),
    ("issuer", {"iss": ABSENT}),
    ("issuer", {"iss": ["https://lms.example"]}),
    ("audience", {"aud": "other"}),
    ("audience", {"aud": ABSENT}),
    ("audience", {"aud": []}),
    ("audience", {"aud": ["other"]}),
    ("audience", {"aud": {"abc": 1}}),
    ("presenter", {"aud": ["abc", "other"]}),
    ("presenter", {"aud": ["abc", "other"], "azp": "other"}),
    ("presenter", {"azp": "other"}),
    ("expired", {"exp": ABSENT}),
    ("expired", {"exp": 1_600_000_000}),
    ("expired", {"exp": "9999999999"}),
    ("expired", {"exp": True}),
    ("expired", {"exp": float("inf")}),
    ("issued-in-future", {"iat": ABSENT}),
    ("issued-in-future", {"iat": 9_999_999_999}),
    ("issued-in-future", {"iat": "now"}),
    ("not-yet-valid", {"nbf": 9_999_999_999}),
    ("nonce", {"nonce": "another"}),
    ("nonce", {"nonce": ABSENT}),
    ("nonce", {"nonce": ["a"]}),
    ("nonce", {"nonce": {"a": 1}}),
    ("version", {"version": "1.2.0"}),
    ("version", {"version": ABSENT}),
    ("message-type", {"message_type": "LtiNothing"}),
    ("message-type", {"message_type": ABSENT}),
    ("message-type", {"message_type": ["LtiResourceLinkRequest"]}),
    ("deep-linking-settings", {"message_type": "LtiDeepLinkingRequest"}),
    ("for-user", {"message_type": "LtiSubmissionReviewRequest"}),
    ("deployment", {"deployment_id": "2"}),
    ("deployment", {"deployment_id": ABSENT}),
    ("deployment", {"deployment_id": 1}),
    ("deployment", {"deployment_id": ""}),
    ("roles", {"roles": ABSENT}),
    ("roles", {"roles": "Learner"}),
    ("anonymous", {"sub": ABSENT, "message_type": "LtiSubmissionReviewRequest"}),
    ("anonymous", {"sub": None, "message_type": "DataPrivacyLaunchRequest"}),
    ("sub", {"sub": ""}),
    ("sub", {"sub": ABSENT}),
    ("sub", {"sub": ABSENT, "name": ABSENT, "email": "hoa@coquan.example"}),
    ("sub", {"sub": 4}),
    ("sub", {"sub": "x" * 300}),
    ("sub", {"sub": "a\nb"}),
    ("resource-link", {"resource_link": ABSENT}),
    ("resource-link", {"resource_link": {}}),
    ("resource-link", {"resource_link": None}),
    ("resource-link", {"resource_link": "rl-1"}),
    ("resource-link", {"resource_link": ["rl-1"]}),
    ("target", {"target_link_uri": "https://elsewhere.example/lti/courses/cc-01"}),
    ("target", {"target_link_uri": f"{SITE}.elsewhere.example/lti/courses/cc-01"}),
    ("target", {"target_link_uri": ABSENT}),
    ("no-course", {"target_link_uri": f"{SITE}/lti/"}),
    ("course-closed", {"custom": {"course": "cc-99"}}),
    ("course-closed", {"target_link_uri": f"{SITE}/lti/courses/cc-99"}),
]


@pytest.mark.parametrize(("reason", "changes"), WRONG, ids=[f"{why}-{change}"[:60] for why, change in WRONG])
def test_a_wrong_or_missing_claim_is_refused(
    lms: Lms, client: FlaskClient, refused: Refused, reason: str, changes: dict[str, Any]
) -> None:
    refused(lms.launch(client, **changes), reason)


# ---- tokens


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return jwt.utils.base64url_encode(raw).decode()


def unsigned(claims: Claims, **header: Any) -> str:
    return f"{part({'alg': 'none', 'kid': 'k1'} | header)}.{part(claims)}."


def by_public_key(claims: Claims) -> str:
    """HS256 with the public key as its secret: PyJWT itself declines to make one."""
    head = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims)}"
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{head}.{part(algorithm.sign(head.encode(), public_pem()))}"


def swapped(lms: Lms, claims: Claims) -> str:
    head, _body, signature = lms.token(claims).split(".")
    return f"{head}.{part(claims | {'sub': 'u-5'})}.{signature}"


TOKENS: list[tuple[str, str, Callable[[Lms, Claims], str]]] = [
    ("no token", "token-unreadable", lambda _lms, _claims: ""),
    ("one part", "token-unreadable", lambda _lms, _claims: "abc"),
    ("not base64", "token-unreadable", lambda _lms, _claims: "%.%.%"),
    ("a list as header", "token-unreadable", lambda _lms, claims: f"{part([])}.{part(claims)}.x"),
    ("null as header", "token-unreadable", lambda _lms, claims: f"{part(None)}.{part(claims)}.x"),
    ("deeply nested", "token-unreadable", lambda _lms, _claims: f"{part({})}.{part(b'[' * 30_000)}.x"),
    ("a list as claims", "token-unreadable", lambda lms, _claims: lms.token(["a"])),
    ("a megabyte", "too-long", lambda lms, claims: lms.token(claims | {"ext": "x" * 1_000_000})),
    ("no kid", "kid", lambda lms, claims: lms.token(claims, kid=ABSENT)),
    ("a kid that is a number", "kid", lambda _lms, claims: f"{part({'alg': 'RS256', 'kid': 1})}.{part(claims)}.x"),
    ("an unknown kid", "key-unknown", lambda lms, claims: lms.token(claims, key="k2")),
    ("another's key", "signature", lambda lms, claims: lms.token(claims, key="k2", kid="k1")),
    ("alg none", "algorithm", lambda _lms, claims: unsigned(claims)),
    ("alg None", "algorithm", lambda _lms, claims: unsigned(claims, alg="None")),
    ("alg a list", "algorithm", lambda _lms, claims: unsigned(claims, alg=["RS256"])),
    ("HS256 with the public key", "algorithm", lambda _lms, claims: by_public_key(claims)),
    ("no signature", "signature", lambda lms, claims: lms.token(claims).rpartition(".")[0] + "."),
    ("changed claims", "signature", swapped),
    ("crit", "signature", lambda lms, claims: lms.token(claims, crit=["exp"])),
    ("an own key inside", "signature", lambda lms, claims: lms.token(claims, key="k2", kid="k1", jwk=jwk("k2"))),
]


@pytest.mark.parametrize(
    ("reason", "make_token"), [(why, made) for _n, why, made in TOKENS], ids=[t[0] for t in TOKENS]
)
def test_a_bad_token_is_refused(
    lms: Lms, client: FlaskClient, refused: Refused, reason: str, make_token: Callable[[Lms, Claims], str]
) -> None:
    asked = lms.begin(client)
    refused(post(client, asked["state"], make_token(lms, lms.claims(asked["nonce"]))), reason)


# ---- state, browsers, platforms


def test_a_launch_without_login_is_refused(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    refused(post(client, "", lms.token(lms.claims("n"))), "state")
    refused(post(client, "made-up", lms.token(lms.claims("n"))), "state")
    refused(client.post("/lti/launch"), "state")


def test_a_launch_works_once(lms: Lms, client: FlaskClient, app: Flask) -> None:
    asked = lms.begin(client)
    token = lms.token(lms.claims(asked["nonce"]))
    assert post(client, asked["state"], token).status_code == 303
    assert post(client, asked["state"], token).status_code == 403
    assert post(app.test_client(), asked["state"], token).status_code == 403
    assert db.session.scalar(select(func.count()).select_from(Launch)) == 1


def test_of_many_equal_posts_at_once_one_goes_on(lms: Lms, client: FlaskClient, app: Flask) -> None:
    asked = lms.begin(client)
    token = lms.token(lms.claims(asked["nonce"]))
    keys.find(f"{lms.server.url}/jwks", "k1")
    db.session.rollback()
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _n: post(app.test_client(), asked["state"], token).status_code, range(6)))
    assert sorted(found) == [200, 403, 403, 403, 403, 403]


def test_a_bad_post_does_not_burn_the_login_of_its_victim(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    asked = lms.begin(client)
    refused(post(client, asked["state"], "a.b.c"), "token-unreadable")
    refused(post(client, asked["state"], lms.token(lms.claims(asked["nonce"]), key="k2", kid="k1")), "signature")
    assert post(client, asked["state"], lms.token(lms.claims(asked["nonce"]))).status_code == 303


def test_the_nonce_of_another_login_is_refused(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    first, second = lms.begin(client), lms.begin(client)
    refused(post(client, first["state"], lms.token(lms.claims(second["nonce"]))), "nonce")


def test_a_cookie_of_another_browser_is_refused(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    asked = lms.begin(client)
    client.set_cookie(f"lti-{asked['state'][:8]}", "of-another")
    refused(post(client, asked["state"], lms.token(lms.claims(asked["nonce"]))), "browser")


def test_in_another_browser_nobody_is_signed_in_unawares(lms: Lms, client: FlaskClient, app: Flask) -> None:
    asked, other = lms.begin(client), app.test_client()
    assert post(other, asked["state"], lms.token(lms.claims(asked["nonce"]))).status_code == 200
    assert other.get("/api/v1/me").status_code == 401


def test_a_token_of_another_platform_does_not_answer_this_login(
    lms: Lms, server: Server, client: FlaskClient, refused: Refused
) -> None:
    other = platform(server, client_id="xyz", issuer="https://other.example")
    asked = lms.begin(client)
    refused(post(client, asked["state"], lms.token(other.claims(asked["nonce"]))), "issuer")


def test_a_login_is_forgotten_after_ten_minutes(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    asked = lms.begin(client)
    with time_machine.travel(now() + timedelta(minutes=11)):
        refused(post(client, asked["state"], lms.token(lms.claims(asked["nonce"]))), "state")


def test_a_disabled_platform_is_refused_at_login_and_at_launch(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    asked = lms.begin(client)
    db.session.get_one(Platform, lms.id).status = "disabled"
    db.session.commit()
    refused(lms.login(client), "platform-disabled")
    refused(post(client, asked["state"], lms.token(lms.claims(asked["nonce"]))), "platform-disabled")


def test_an_error_from_the_platform_becomes_a_page(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    asked = lms.begin(client)
    script = "<script>alert(1)</script>"
    said = {"error": "login_required", "error_description": script, "state": asked["state"]}
    refused(client.post("/lti/launch", data=said), "platform-error")


# ---- login

LOGINS: list[tuple[str, dict[str, Any]]] = [
    ("platform-unknown", {"iss": "https://elsewhere.example"}),
    ("platform-unknown", {"iss": ABSENT}),
    ("platform-unknown", {"iss": ""}),
    ("platform-unknown", {"iss": "<script>alert(1)</script>"}),
    ("platform-unknown", {"client_id": "wrong"}),
    ("platform-unknown", {"client_id": "<script>alert(1)</script>"}),
    ("login-incomplete", {"login_hint": ABSENT}),
    ("login-incomplete", {"login_hint": ""}),
    ("target", {"target_link_uri": ABSENT}),
    ("target", {"target_link_uri": "https://elsewhere.example/"}),
    ("target", {"target_link_uri": "//elsewhere.example/"}),
    ("target", {"target_link_uri": "javascript:alert(1)"}),
    ("target", {"target_link_uri": f"{SITE}@elsewhere.example/"}),
    ("target", {"target_link_uri": "http://[::1"}),
    ("too-long", {"login_hint": "x" * 20_000}),
    ("too-long", {"lti_message_hint": "x" * 20_000}),
]


@pytest.mark.parametrize(("reason", "changes"), LOGINS, ids=[f"{why}-{change}"[:60] for why, change in LOGINS])
def test_a_bad_login_is_refused_and_redirects_nowhere(
    lms: Lms, client: FlaskClient, refused: Refused, reason: str, changes: dict[str, Any]
) -> None:
    response = lms.login(client, **changes)
    refused(response, reason)
    assert response.location is None
    assert db.session.scalar(select(func.count()).select_from(PendingLaunch)) == 0


def test_script_in_any_parameter_is_never_echoed(lms: Lms, client: FlaskClient) -> None:
    script = "<script>alert(1)</script>"
    for name in ("login_hint", "lti_message_hint", "lti_deployment_id", "anything"):
        assert script not in lms.login(client, **{name: script}).get_data(as_text=True)
    response = lms.launch(client, name=script, resource_link={"id": script, "title": script})
    assert response.status_code == 303
    assert script not in client.get(response.location).get_data(as_text=True)


def test_a_launch_opened_by_get_is_a_page_of_ours(client: FlaskClient) -> None:
    response = client.get("/lti/launch")
    assert response.status_code == 405
    strict(response.get_data(as_text=True), "405")


# ---- key sets

SETS: list[tuple[str, Said]] = [
    ("an error", Said(500)),
    ("not found", Said(404, b'{"keys": []}')),
    ("HTML", Said(200, b"<html>Sign in</html>")),
    ("a redirect", Said(302, headers={"Location": "/jwks"})),
    ("no keys", Said(200, b'{"keys": []}')),
    ("a list", Said(200, b"[]")),
    ("null", Said(200, b'{"keys": [null]}')),
    ("no such word", Said(200, b"{}")),
    ("deeply nested", Said(200, b"[" * 30_000)),
    ("a symmetric key", Said(200, json.dumps({"keys": [{"kty": "oct", "kid": "k1", "k": "AAAA"}]}).encode())),
    ("symmetric, said RS256", Said(200, b'{"keys": [{"kty": "oct", "kid": "k1", "k": "AA", "alg": "RS256"}]}')),
    ("a broken key", Said(200, b'{"keys": [{"kty": "RSA", "kid": "k1", "n": "!", "e": 1}]}')),
    ("for encryption", Said(200, json.dumps({"keys": [jwk("k1", use="enc")]}).encode())),
    ("too large", Said(200, b" " * (1024 * 1024 + 10))),
    ("slow", Said(200, b"{}", slow=0.6)),
    ("dripping", Said(200, b" " * 1000, drip=True)),
]


@pytest.mark.parametrize("said", [said for _name, said in SETS], ids=[name for name, _said in SETS])
def test_without_usable_keys_a_launch_is_refused_and_the_next_one_works(
    lms: Lms, server: Server, client: FlaskClient, refused: Refused, monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    monkeypatch.setattr(keys, "FETCH", 0.25)
    server.script["/jwks"] = [said]
    refused(lms.launch(client), "key-unavailable")
    assert lms.launch(client).status_code == 303


def test_keys_are_fetched_once_for_many_launches(lms: Lms, server: Server, client: FlaskClient) -> None:
    for _ in range(4):
        assert lms.launch(client).status_code == 303
    assert len(server.calls("/jwks")) == 1


def test_a_restart_needs_no_platform(lms: Lms, server: Server, client: FlaskClient) -> None:
    lms.launch(client)
    keys.forget()
    server.script["/jwks"] = [Said(500)] * 9
    assert lms.launch(client).status_code == 303


def test_a_new_key_is_taken_up_at_once_and_the_old_one_goes(
    lms: Lms, server: Server, client: FlaskClient, refused: Refused
) -> None:
    asked = lms.begin(client)
    claims = lms.claims(asked["nonce"])
    keys.find(f"{server.url}/jwks", "k1")
    server.keys = {"keys": [jwk("k2")]}
    refused(post(client, asked["state"], lms.token(claims, key="k3")), "key-unknown")
    refused(post(client, asked["state"], lms.token(claims, key="k1")), "key-unknown")
    assert post(client, asked["state"], lms.token(claims, key="k2")).status_code == 303


def test_forged_key_ids_do_not_make_us_flood_the_platform(lms: Lms, server: Server, client: FlaskClient) -> None:
    lms.launch(client)
    asked = lms.begin(client)
    forged = f"{part({'alg': 'RS256', 'kid': 'x'})}.{part(lms.claims(asked['nonce']))}.x"
    for _ in range(12):
        assert post(client, asked["state"], forged).status_code == 403
    assert len(server.calls("/jwks")) <= keys.BURST
    assert lms.launch(client).status_code == 303


def test_while_the_platform_is_down_known_keys_hold(lms: Lms, server: Server, client: FlaskClient) -> None:
    lms.launch(client)
    server.script["/jwks"] = [Said(500)] * 9
    with time_machine.travel(now() + timedelta(days=2)):
        assert lms.launch(client).status_code == 303


def test_many_launches_at_once_ask_for_the_keys_once(lms: Lms, server: Server, app: Flask) -> None:
    server.script["/jwks"] = [Said(200, json.dumps(server.keys).encode(), slow=0.2)]

    def once(_n: int) -> int:
        return lms.launch(app.test_client(), sub=f"u-{_n}").status_code

    private_key("k1")
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(once, range(4))) == [303] * 4
    assert len(server.calls("/jwks")) == 1
