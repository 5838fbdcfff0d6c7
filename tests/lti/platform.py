"""A learning platform for tests: its keys and tokens, and a real HTTP server whose answers can be scripted."""

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from jwt.algorithms import RSAAlgorithm
from werkzeug.test import TestResponse

from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.lti import keys
from lms_app.lti.models import Deployment, Platform, ToolKey

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
SITE = "http://127.0.0.1"


class _Absent:
    """A claim left out. Its name stands in test ids, which must be the same in every worker."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
Claims = dict[str, Any]


@lru_cache(4)
def private_key(name: str) -> rsa.RSAPrivateKey:
    """One key a name for the whole run: making one takes a tenth of a second."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@lru_cache(1)
def tool_pair() -> tuple[str, str]:
    return keys.new_pair()


def jwk(name: str = "k1", **changes: Any) -> dict[str, Any]:
    made = RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True)
    return {**made, "kid": name, "alg": "RS256", "use": "sig", **changes}


def public_pem(name: str = "k1") -> bytes:
    return private_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass
class Said:
    """A scripted answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    slow: float = 0.0
    drip: bool = False


@dataclass
class Asked:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Server:
    """`script[path]`: answers given once each, in order, before the usual one. `asked`: everything that came."""

    def __init__(self) -> None:
        self.script: dict[str, list[Said]] = {}
        self.asked: list[Asked] = []
        self.keys: Any = {"keys": [jwk("k1")]}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def reset(self) -> None:
        self.script, self.asked, self.keys = {}, [], {"keys": [jwk("k1")]}

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def calls(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]

    def scores(self) -> list[Claims]:
        return [json.loads(one.body) for one in self.asked if one.path.endswith("/scores")]

    def answer(self, asked: Asked) -> Said:
        if waiting := self.script.get(asked.path):
            return waiting.pop(0)
        if asked.path == "/jwks":
            return Said(body=json.dumps(self.keys).encode())
        if asked.path == "/token":
            token = {"access_token": f"t{len(self.calls('/token'))}", "expires_in": 3600, "token_type": "Bearer"}
            return Said(body=json.dumps(token).encode(), headers={"Content-Type": "text/html"})
        return Said(200)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply()

        do_POST = do_GET  # noqa: N815 - the base class's name

        def reply(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, parts.path, parts.query, dict(self.headers), body)
            server.asked.append(asked)
            said = server.answer(asked)
            time.sleep(said.slow)
            with suppress(OSError):
                self.say(said)

        def say(self, said: Said) -> None:
            if "Date" in said.headers:  # a clock of its own
                self.send_response_only(said.status)
            else:
                self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            step = 1 if said.drip else len(said.body) or 1
            for at in range(0, len(said.body), step):
                self.wfile.write(said.body[at : at + step])
                self.wfile.flush()
                time.sleep(0.05 if said.drip else 0)

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler


@dataclass
class Lms:
    """One registration at that server, and what its courses and people look like."""

    server: Server
    id: Any
    issuer: str
    client_id: str

    def login(self, client: FlaskClient, **changes: Any) -> TestResponse:
        asked = {
            "iss": self.issuer,
            "client_id": self.client_id,
            "login_hint": "4",
            "lti_message_hint": '{"cmid":9,"launchid":"x+y"}',
            "target_link_uri": f"{SITE}/lti/courses/cc-01",
        } | changes
        return client.post("/lti/login", data={name: value for name, value in asked.items() if value is not ABSENT})

    def begin(self, client: FlaskClient, **changes: Any) -> dict[str, str]:
        """A login, and what it asked the platform for."""
        response = self.login(client, **changes)
        assert response.status_code == 302, response.get_data(as_text=True)
        return dict(parse_qsl(urlsplit(response.location).query))

    def claims(self, nonce: str, /, **changes: Any) -> Claims:
        """A learner's launch. Names of LTI claims need no prefix; `ABSENT` leaves one out."""
        at = int(now().timestamp())
        usual: Claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "u-4",
            "iat": at,
            "exp": at + 60,
            "nonce": nonce,
            "name": "Nguyễn Thị Hoa",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": "1",
            f"{CLAIM}target_link_uri": f"{SITE}/lti/courses/cc-01",
            f"{CLAIM}resource_link": {"id": "rl-1", "title": "Kỹ năng số"},
            f"{CLAIM}context": {"id": "ctx-1"},
            f"{CLAIM}roles": [f"{ROLE}Learner"],
            AGS: {"scope": [SCORE], "lineitem": f"{self.server.url}/items/6?type_id=5"},
        }
        for name, value in changes.items():
            key = f"{CLAIM}{name}" if f"{CLAIM}{name}" in usual or name in {"custom", "launch_presentation"} else name
            usual[AGS if name == "ags" else key] = value
        return {name: value for name, value in usual.items() if value is not ABSENT}

    def token(self, claims: Any, *, key: str = "k1", **header: Any) -> str:
        wanted = {"alg": "RS256", "kid": key} | header
        wanted = {name: value for name, value in wanted.items() if value is not ABSENT}
        return jwt.PyJWS().encode(json.dumps(claims).encode(), private_key(key), algorithm="RS256", headers=wanted)

    def launch(self, client: FlaskClient, **changes: Any) -> TestResponse:
        """Login and launch in one browser."""
        asked = self.begin(client)
        return post(client, asked["state"], self.token(self.claims(asked["nonce"], **changes)))


def work(seconds: float = 0) -> None:
    """The worker's work, so many seconds from now, with what it puts itself."""
    with time_machine.travel(now() + timedelta(seconds=seconds), tick=False):
        outbox.drain(now())


def post(client: FlaskClient, state: str, token: str) -> TestResponse:
    return client.post("/lti/launch", data={"state": state, "id_token": token})


def why_refused(response: TestResponse, caplog: pytest.LogCaptureFixture) -> str:
    """The reason as the log has it. The person sees a page with a sentence and is not signed in."""
    assert 400 <= response.status_code < 500
    assert "Chưa mở được khóa học" in response.get_data(as_text=True)
    assert "embed" not in response.headers.get("Set-Cookie", "")
    said = [record.args for record in caplog.records if record.msg.startswith("refused")]
    assert isinstance(said[-1], tuple)
    return str(said[-1][0])


def platform(server: Server, *, client_id: str = "abc", issuer: str = "https://lms.example", **values: Any) -> Lms:
    """A platform registered here, and a key of our own."""
    made = Platform(
        name=values.pop("name", "Trường Chính trị"),
        issuer=issuer,
        client_id=client_id,
        auth_url="https://lms.example/auth?tenant=1",
        token_url=f"{server.url}/token",
        jwks_url=f"{server.url}/jwks",
        created_at=now(),
        **values,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add(Deployment(platform_id=made.id, deployment_id="1"))
    kid, pem = tool_pair()
    db.session.merge(ToolKey(kid=kid, private_pem=pem, created_at=now()))
    db.session.commit()
    return Lms(server, made.id, issuer, client_id)
