"""`flask lti ...`"""

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms_app.core.db import db
from lms_app.lti.models import Deployment, Platform
from tests.lti.platform import SITE, Lms, Said, Server

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
    assert f"{SITE}/lti/login" in said
    assert f"{SITE}/lti/jwks.json" in said
    assert set(db.session.scalars(select(Deployment.deployment_id))) == {"1", "2"}
    assert add(app)[0] == 1, "the same registration twice"


@pytest.mark.parametrize(
    "url", ["ftp://moodle.example/", "moodle.example", "https://user@moodle.example/", "http://[::1"]
)
def test_an_address_we_would_never_call_is_refused(app: Flask, url: str) -> None:
    code, said = add(app, token_url=url)
    assert (code, "token_url" in said) == (1, True)


def test_platforms_are_listed_shown_and_switched(lms: Lms, app: Flask, client: FlaskClient) -> None:
    assert "never launched" in run(app, "platforms")[1]
    lms.launch(client)
    assert "1 launches" in run(app, "platforms")[1]
    assert "deployments  1" in run(app, "show", str(lms.id)[:8])[1]
    assert run(app, "disable", "Trường Chính trị")[1] == "Trường Chính trị: off\n"
    assert db.session.scalar(select(Platform.active)) is False
    assert run(app, "disable", str(lms.id), "--enable")[0] == 0
    assert run(app, "show", "nobody")[0] == 1


def test_a_new_key_signs_and_the_old_one_stays_public(lms: Lms, app: Flask, client: FlaskClient) -> None:
    del lms
    before = (client.get("/lti/jwks.json").json or {})["keys"][0]["kid"]
    _code, said = run(app, "rotate-key")
    after = [key["kid"] for key in (client.get("/lti/jwks.json").json or {})["keys"]]
    assert said == f"signing with {after[0]}\n"
    assert (len(after), after[1]) == (2, before)


def test_check_says_in_words_what_is_wrong(lms: Lms, app: Flask, server: Server) -> None:
    code, said = run(app, "check", str(lms.id))
    assert (code, said) == (0, "keys: 1 usable\ntoken: granted for scores\n")
    server.script["/jwks"] = [Said(500)]
    server.script["/token"] = [Said(400, b'{"error": "invalid_client"}')]
    code, said = run(app, "check", str(lms.id))
    assert code == 1
    assert "no RSA signing key" in said
    assert "invalid_client" in said


def test_grades_are_listed_and_owed_again(lms: Lms, app: Flask, client: FlaskClient) -> None:
    lms.launch(client)
    assert "no score yet" in run(app, "grades", "--waiting")[1]
    assert run(app, "resend")[1] == "1 owed again\n"
    assert isinstance(lms.id, UUID)
