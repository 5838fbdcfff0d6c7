"""`flask lti ...`"""

import json
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.testing import FlaskClient
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import select

from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.lti import registry
from lms_app.lti.claims import SCORE
from lms_app.lti.guides import GUIDES
from lms_app.lti.models import Deployment, Grade, Platform
from tests.lti.classroom import score
from tests.lti.platform import SITE, Lms, Said, Server, work

NEW = {
    "--name": "Moodle",
    "--issuer": "https://moodle.example",
    "--client-id": "c1",
    "--auth-url": "https://moodle.example/auth",
    "--token-url": "https://moodle.example/token",
    "--jwks-url": "https://moodle.example/jwks",
}


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["lti", *words])
    return result.exit_code, result.output


def add(app: Flask, **changes: str) -> tuple[int, str]:
    options = NEW | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    return run(
        app,
        "add-platform",
        *(word for pair in options.items() for word in pair),
        "--deployment",
        "1",
        "--deployment",
        "2",
    )


def test_adding_a_platform_prints_what_to_type_into_it(app: Flask) -> None:
    code, said = add(app)
    assert code == 0
    for address in ("login", "launch", "jwks.json"):
        assert f"{SITE}/lti/{address}" in said
    assert set(db.session.scalars(select(Deployment.deployment_id))) == {"1", "2"}
    assert add(app)[0] == 1, "the same registration twice"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.product)
def test_for_a_product_the_labels_of_its_own_form_are_printed(app: Flask, guide: Any) -> None:
    code, said = add(app, product=guide.product)
    assert (code, f"In {guide.name}:" in said) == (0, True)
    for entry in guide.entries:
        assert f"  {entry.label}: " in said
    assert "%(" not in said
    assert "&gt;" not in said


@pytest.mark.parametrize(
    "url", ["ftp://moodle.example/", "moodle.example", "https://user@moodle.example/", "http://[::1", ""]
)
def test_an_address_we_would_never_call_is_refused(app: Flask, url: str) -> None:
    code, said = add(app, token_url=url)
    assert (code, "--token-url: " in said) == (1, True)


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("issuer", "moodle"), ("client_id", "x" * 300), ("audience", "x\ny")]
)
def test_a_value_that_cannot_be_stored_is_named(app: Flask, field: str, value: str) -> None:
    code, said = add(app, **{field: value})
    assert (code, f"--{field.replace('_', '-')}: " in said) == (1, True)


def test_platforms_are_listed_shown_and_switched(lms: Lms, app: Flask, client: FlaskClient) -> None:
    assert "never launched" in run(app, "platforms")[1]
    lms.launch(client)
    assert "1 launches" in run(app, "platforms")[1]
    assert "deployments  1" in run(app, "show", str(lms.id)[:8])[1]
    assert run(app, "disable", "Trường Chính trị")[1] == "Trường Chính trị: off\n"
    assert db.session.scalar(select(Platform.status)) == "disabled"
    assert run(app, "disable", str(lms.id), "--enable")[0] == 0
    assert run(app, "show", "nobody")[0] == 1


# ---- our own key


def test_a_new_key_signs_and_the_old_one_stays_public(lms: Lms, app: Flask, client: FlaskClient) -> None:
    """No break: public a day before it signs, and the old one public for a month after."""
    before = public(client)
    _code, said = run(app, "rotate-key")
    new = next(kid for kid in public(client) if kid not in before)
    assert f"key {new} is public now" in said
    assert set(public(client)) == {*before, new}
    assert signed_by(lms) == before[0]
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        assert set(public(client)) == {*before, new}
        assert signed_by(lms) == new
    with time_machine.travel(now() + timedelta(days=32), tick=False):
        assert public(client) == [new]
        assert signed_by(lms) == new


def test_a_key_that_others_may_know_signs_no_more_at_once(lms: Lms, app: Flask, client: FlaskClient) -> None:
    before = public(client)
    run(app, "rotate-key", "--now")
    assert signed_by(lms) not in before
    assert before[0] in public(client), "what it has signed stays valid"


def public(client: FlaskClient) -> list[str]:
    return [key["kid"] for key in (client.get("/lti/jwks.json").json or {})["keys"]]


def signed_by(lms: Lms) -> str:
    """The key id of a token request, whose signature holds by the key set of that moment."""
    registry.token(lms.id, SCORE, fresh=True)
    assertion = parse_qs(lms.server.calls("/token")[-1].body.decode())["client_assertion"][0]
    kid: str = jwt.get_unverified_header(assertion)["kid"]
    key = next(key for key in registry.key_set() if key["kid"] == kid)
    jwt.decode(assertion, jwt.PyJWK(key).key, algorithms=["RS256"], audience=f"{lms.server.url}/token")
    return kid


# ---- check


def test_check_says_what_is_well(lms: Lms, app: Flask) -> None:
    code, said = run(app, "check", str(lms.id))
    assert code == 0
    assert said.splitlines() == [
        "warn  site: LMS_URL is http: browsers keep no session in the frame of an https page.",
        "ok    keys: 1 usable key.",
        "ok    clock: Both clocks agree.",
        "ok    token: Allowed: send scores.",
        "ok    token: Allowed: find and make gradebook columns.",
        "ok    token: Allowed: read the list of the class.",
    ]


def weak() -> bytes:
    private = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what `check` must warn of
    return json.dumps({"keys": [RSAAlgorithm.to_jwk(private.public_key(), as_dict=True) | {"kid": "k"}]}).encode()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Said(500), "answers HTTP 500."),
        (Said(302, headers={"Location": "/x"}), "answers HTTP 302."),
        (Said(200, b"<!doctype html>"), "answers with a page or something else, not with a key set."),
        (Said(200, b"[]"), "not with a key set."),
        (Said(200, b'{"keys": []}'), "has no RSA key."),
        (Said(200, b'{"keys": [{"kty": "EC"}, {"kty": "oct", "k": "c2VjcmV0"}]}'), "has no RSA key."),
        (Said(200, weak()), "weaker than 2048 bits"),
    ],
    ids=["error", "redirect", "html", "list", "empty", "no-rsa", "weak"],
)
def test_check_says_what_is_wrong_with_keys(lms: Lms, app: Flask, server: Server, said: Said, told: str) -> None:
    server.script["/jwks"] = [said]
    code, out = run(app, "check", str(lms.id))
    assert (code, told in out, "err   keys: " in out) == (1, True, True)


@pytest.mark.parametrize(
    ("said", "told", "tries"),
    [
        (Said(400, b'{"error": "invalid_client"}'), f"could not read {SITE}/lti/jwks.json", 1),
        (Said(400, b'{"error": "unauthorized_client"}'), "lets it ask for no token", 1),
        (Said(400, b'{"error" : ""kid" invalid"}'), "grants no token (HTTP 400)", 1),
        (Said(200, b"<html>"), "grants no token (HTTP 200 without a token)", 1),
        (Said(400, b'{"error": "invalid_scope"}'), "err   token: Not allowed by the platform: send scores.", 3),
    ],
)
def test_check_says_what_is_wrong_with_tokens(
    lms: Lms, app: Flask, server: Server, said: Said, told: str, tries: int
) -> None:
    server.script["/token"] = [said]
    code, out = run(app, "check", str(lms.id))
    assert (code, told in out) == (1, True)
    assert len(server.calls("/token")) == tries


def test_a_roster_that_is_not_allowed_is_only_worth_a_warning(lms: Lms, app: Flask, server: Server) -> None:
    good = Said(200, b'{"access_token": "t"}')
    server.script["/token"] = [good, good, Said(400, b'{"error": "invalid_scope"}')]
    code, said = run(app, "check", str(lms.id))
    assert (code, "warn  token: Not allowed by the platform: read the list of the class." in said) == (0, True)


@pytest.mark.parametrize(
    ("seconds", "told"), [(90, "clock is 90 seconds fast"), (-45, "45 seconds slow"), (20, "Both clocks agree.")]
)
def test_check_says_whose_clock_is_wrong(lms: Lms, app: Flask, server: Server, seconds: int, told: str) -> None:
    with time_machine.travel("2026-11-25T08:00:00Z", tick=False):
        date = format_datetime(now() + timedelta(seconds=seconds), usegmt=True)
        server.script["/jwks"] = [Said(200, b'{"keys": []}', {"Date": date})]
        assert told in run(app, "check", str(lms.id))[1]


def test_check_says_that_nothing_answers(lms: Lms, app: Flask) -> None:
    db.session.get_one(Platform, lms.id).jwks_url = "http://127.0.0.1:9/jwks"
    db.session.get_one(Platform, lms.id).token_url = "http://127.0.0.1:9/token"
    db.session.query(Deployment).delete()
    db.session.commit()
    code, said = run(app, "check", str(lms.id))
    assert code == 1
    assert "The keys at http://127.0.0.1:9/jwks cannot be read: it cannot be reached." in said
    assert "No token to be had at http://127.0.0.1:9/token: it cannot be reached." in said
    assert "There is no deployment ID, so every launch is refused." in said
    assert "3 to mend" in said


def test_check_says_that_our_own_address_holds_no_session_in_a_frame(
    lms: Lms, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = replace(app.extensions["settings"], allow_private_hosts=False)
    monkeypatch.setitem(app.extensions, "settings", public)
    code, said = run(app, "check", str(lms.id))
    assert (code, "err   site: LMS_URL is http" in said) == (1, True)
    assert "the address cannot be used: it needs https and a public host" in said


# ---- grades


def test_grades_are_listed_and_owed_again(lms: Lms, app: Flask, client: FlaskClient, server: Server) -> None:
    lms.launch(client)
    assert "no score yet" in run(app, "grades", "--waiting")[1]
    server.script["/items/6/scores"] = [Said(503), Said(404)]
    score("u-4", 0.8)
    work()
    assert "80 not sent, next try 20" in run(app, "grades", "--waiting")[1]
    work(3600)
    assert "held  80 not sent  HTTP 404" in run(app, "grades")[1]
    assert run(app, "resend", "--platform", str(lms.id)[:8])[1] == "1 owed again\n"
    work()
    assert run(app, "grades", "--waiting")[1] == ""
    assert "80 sent" in run(app, "grades")[1]
    assert run(app, "resend")[1] == "0 owed again\n"
    assert run(app, "resend", "--all")[1] == "1 owed again\n"
    assert db.session.scalars(select(Grade.state).execution_options(populate_existing=True)).one() == "owed"
    assert run(app, "resend", "--platform", "nobody")[0] == 1
