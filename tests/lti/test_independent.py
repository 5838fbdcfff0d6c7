"""The whole way with a platform that others wrote: lti1p3platform logs in, signs, gives tokens, takes scores."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask.testing import FlaskClient
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request
from lti1p3platform.score import UpdateScoreStatus
from lti1p3platform.service_connector import AssignmentsGradesService
from sqlalchemy import select

from lms_app.core import outbox
from lms_app.core.db import db, transaction
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying as learning
from lms_app.lti.models import Grade
from tests import make
from tests.lti.platform import ROLE, SITE, Asked, Said, Server, private_key, public_pem

ISSUER = "https://independent.example"


class Theirs(LTI1P3PlatformConfAbstract):  # type: ignore[misc]
    """Their platform, configured for our tool."""

    def init_platform_config(self, **kwargs: Any) -> None:
        self.client: FlaskClient = kwargs["client"]
        self.get_registration()

    def get_registration_by_params(self, **_kwargs: Any) -> Registration:
        pem = private_key("theirs").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        made = Registration().set_iss(ISSUER).set_client_id("indep").set_deployment_id("1")
        made.set_launch_url(f"{SITE}/lti/courses/cc-01").set_oidc_login_url(f"{SITE}/lti/login")
        made.set_platform_private_key(pem).set_platform_public_key(public_pem("theirs").decode())
        return made.set_tool_key_set(self.client.get("/lti/jwks.json").json)


class Login(OIDCLoginAbstract):  # type: ignore[misc]
    def set_lti_message_hint(self, **_kwargs: Any) -> None:
        self._lti_message_hint = "hint=1&x"

    def get_redirect(self, url: str) -> str:
        return url


class Message(LTIAdvantageMessageLaunchAbstract):  # type: ignore[misc]
    def get_preflight_response(self) -> dict[str, Any]:
        asked: dict[str, Any] = self._request
        return asked

    def render_launch_form(self, launch_data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return launch_data


class Incoming(Request):  # type: ignore[misc]
    def build_metadata(self, request: Asked) -> dict[str, Any]:
        return {
            "method": request.method,
            "form_data": {},
            "get_data": dict(parse_qsl(request.query)),
            "headers": request.headers,
            "content_type": request.headers["Content-Type"],
            "path": request.path,
            "json": json.loads(request.body),
        }


class Gradebook(AssignmentsGradesService):  # type: ignore[misc]
    taken: list[dict[str, Any]]

    def update_score(self, line_item_id: str, score: dict[str, Any]) -> UpdateScoreStatus:
        assert line_item_id == "6"
        self.taken.append(score)
        return UpdateScoreStatus.CREATED

    def _unused(self, *_args: Any, **_kwargs: Any) -> Any:
        raise AssertionError("not asked for")

    find_lineitems = find_lineitem = create_lineitem = update_lineitem = delete_lineitem = get_results = _unused


def answering(theirs: Theirs, taken: list[dict[str, Any]], url: str) -> Callable[[Asked], Said]:
    """What their server says to us."""

    def answer(asked: Asked) -> Said:
        if asked.path == "/jwks":
            return Said(body=json.dumps(theirs.get_jwks()).encode())
        if asked.path == "/token":
            form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
            return Said(body=json.dumps(theirs.get_access_token(form)).encode())
        book = Gradebook(Incoming(asked), theirs, f"{url}/items", f"{url}/items/6")
        book.taken = taken
        result = book.handle_update_score("6")
        return Said(result.code)

    return answer


def test_login_launch_and_score_with_an_independent_platform(
    app: Flask, client: FlaskClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.course("cc-01")
    options = {
        "--name": "Độc lập",
        "--issuer": ISSUER,
        "--client-id": "indep",
        "--auth-url": f"{ISSUER}/auth",
        "--token-url": f"{server.url}/token",
        "--jwks-url": f"{server.url}/jwks",
        "--deployment": "1",
    }
    words = [word for pair in options.items() for word in pair]
    assert app.test_cli_runner().invoke(args=["lti", "add-platform", *words]).exit_code == 0
    theirs, taken = Theirs(client=client), list[dict[str, Any]]()
    monkeypatch.setattr(server, "answer", answering(theirs, taken, server.url))

    login = Login(None, theirs)
    login.set_lti_message_hint()
    begun = client.get(login.initiate_login("u-77").removeprefix(SITE))
    asked = dict(parse_qsl(urlsplit(begun.location).query))
    assert (asked["login_hint"], asked["lti_message_hint"]) == ("u-77", "hint=1&x")

    message = Message(asked, theirs)
    message.set_user_data("u-77", [f"{ROLE}Learner"], "Phạm Thị Độc Lập", "doclap@coquan.example")
    message.set_resource_link_claim("rl-1", title="Kỹ năng số")
    message.set_launch_context_claim("ctx-1")
    message.set_ags(f"{server.url}/items", f"{server.url}/items/6")
    said = message.lti_launch()
    assert said["launch_url"] == f"{SITE}/lti/launch"
    opened = client.post("/lti/launch", data={"state": said["state"], "id_token": said["id_token"]})
    assert opened.location == "/courses/cc-01/lessons/bai-1"
    assert "Bài số 1" in client.get(opened.location).get_data(as_text=True)

    with transaction():
        enrolment = db.session.scalars(select(Enrolment)).one()
        learning.record_result(enrolment.id, "kiem-tra", enrolment.version_id, 0.75, passed=True)
    for _ in range(2):
        outbox.drain()
    assert [(one["userId"], one["scoreGiven"], one["gradingProgress"]) for one in taken] == [
        ("u-77", 75, "FullyGraded")
    ]
    assert db.session.scalar(select(Grade.state)) == "sent"
