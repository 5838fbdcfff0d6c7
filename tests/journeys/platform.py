"""A learning platform that others wrote (lti1p3platform), served over HTTP on another site than the tool's.

Its pages are at http://localhost:<port>, the tool's at http://127.0.0.1:<port>: to a browser two different sites, so
the tool's frame is a third party here.
"""

import html
import json
import threading
import urllib.request
from contextlib import suppress
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request
from lti1p3platform.score import UpdateScoreStatus
from lti1p3platform.service_connector import AssignmentsGradesService

LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
CLIENT = "journey"
FRAME = (
    "<!doctype html><html lang=vi><title>Lớp học</title><style>body{{margin:8px}}iframe{{width:100%;height:{height}px;"
    "border:0}}</style><h1>Lớp Kỹ năng số</h1><iframe src='{src}' title='Khóa học' id=tool></iframe>"
)
FORM = (
    "<!doctype html><html lang=vi><title>…</title><form id=go method=post action='{url}'>"
    "<input type=hidden name=state value='{state}'><input type=hidden name=id_token value='{id_token}'></form>"
    "<script>document.getElementById('go').submit()</script>"
)


class Config(LTI1P3PlatformConfAbstract):  # type: ignore[misc]
    """Their side of the registration. One pair of keys a run."""

    def init_platform_config(self, **values: Any) -> None:
        self.platform: Platform = values["platform"]
        self.get_registration()

    def get_registration_by_params(self, **_values: Any) -> Registration:
        site, key = self.platform.tool, rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        made = Registration().set_iss(self.platform.url).set_client_id(CLIENT).set_deployment_id("1")
        made.set_launch_url(f"{site}/lti/courses/cc-01").set_oidc_login_url(f"{site}/lti/login")
        made.set_platform_private_key(private).set_platform_public_key(public)
        with urllib.request.urlopen(f"{site}/lti/jwks.json") as answer:
            return made.set_tool_key_set(json.load(answer))


class Login(OIDCLoginAbstract):  # type: ignore[misc]
    def set_lti_message_hint(self, **values: Any) -> None:
        self._lti_message_hint = values["hint"]

    def get_redirect(self, url: str) -> str:
        return url


class Message(LTIAdvantageMessageLaunchAbstract):  # type: ignore[misc]
    def get_preflight_response(self) -> dict[str, Any]:
        asked: dict[str, Any] = self._request
        return asked

    def render_launch_form(self, launch_data: dict[str, Any], **_values: Any) -> str:
        safe = {name: html.escape(str(value), quote=True) for name, value in launch_data.items()}
        return FORM.format(url=safe["launch_url"], state=safe["state"], id_token=safe["id_token"])


class Incoming(Request):  # type: ignore[misc]
    def build_metadata(self, request: Any) -> Any:
        return request


class Gradebook(AssignmentsGradesService):  # type: ignore[misc]
    book: list[dict[str, Any]]

    def update_score(self, line_item_id: str, score: dict[str, Any]) -> UpdateScoreStatus:
        self.book.append({"item": line_item_id, **score})
        return UpdateScoreStatus.CREATED

    def _unused(self, *_args: Any, **_values: Any) -> Any:
        raise AssertionError("not asked for")

    find_lineitems = find_lineitem = create_lineitem = update_lineitem = delete_lineitem = get_results = _unused


class Platform:
    """`scores`: what its gradebook took. `down`: answers 503 to tokens and scores. `turned_away`: how often it did."""

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.scores: list[dict[str, Any]] = []
        self.down = False
        self.turned_away = 0
        self.names: dict[str, str] = {}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.port = self.http.server_address[1]
        self.url = f"http://localhost:{self.port}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @cached_property
    def config(self) -> Config:
        return Config(platform=self)

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def registration(self) -> list[str]:
        """The words of `flask lti add-platform` that register it."""
        back = f"http://127.0.0.1:{self.port}"
        words = {"--name": "Trường độc lập", "--issuer": self.url, "--client-id": CLIENT, "--deployment": "1"}
        words |= {"--auth-url": f"{self.url}/auth", "--token-url": f"{back}/token", "--jwks-url": f"{back}/jwks"}
        return [word for pair in words.items() for word in pair]

    def course(self, sub: str, name: str) -> str:
        """The address of this learner's page, with the tool in its frame."""
        self.names[sub] = name
        return f"{self.url}/course/{sub}"

    def of(self, sub: str) -> list[dict[str, Any]]:
        return [score for score in self.scores if score["userId"] == sub]

    def answer(
        self, path: str, query: dict[str, str], form: dict[str, str], request: dict[str, Any]
    ) -> tuple[int, str]:
        first, _, rest = path.strip("/").partition("/")
        if first in {"token", "items"} and self.down:
            self.turned_away += 1
            return 503, "down"
        if first == "items":
            return self._score(rest.removesuffix("/scores"), request), ""
        say = {
            "course": lambda: FRAME.format(src=html.escape(self._login(rest), quote=True), height=1400),
            "auth": lambda: self._launch(query),
            "jwks": lambda: json.dumps(self.config.get_jwks()),
            "token": lambda: json.dumps(self.config.get_access_token(form)),
        }.get(first)
        return (200, say()) if say else (404, "")

    def _login(self, sub: str) -> str:
        login = Login(None, self.config)
        login.set_lti_message_hint(hint="course=7&x")
        address: str = login.initiate_login(sub)
        return address

    def _launch(self, asked: dict[str, str]) -> str:
        sub = asked["login_hint"]
        message = Message(asked, self.config)
        message.set_user_data(sub, [LEARNER], self.names[sub], f"{sub}@truong.example")
        message.set_resource_link_claim("rl-1", title="Kỹ năng số")
        message.set_launch_context_claim("ctx-1")
        message.set_ags(f"http://127.0.0.1:{self.port}/items", f"http://127.0.0.1:{self.port}/items/6")
        page: str = message.lti_launch()
        return page

    def _score(self, item: str, request: dict[str, Any]) -> int:
        at = f"http://127.0.0.1:{self.port}/items"
        service = Gradebook(Incoming(request), self.config, at, f"{at}/{item}")
        service.book = self.scores
        code: int = service.handle_update_score(item).code
        return code


def _handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            kind = self.headers.get("Content-Type", "")
            form = dict(parse_qsl(body)) if "form" in kind else {}
            query = dict(parse_qsl(parts.query))
            request: dict[str, Any] = {
                "method": self.command,
                "form_data": form,
                "get_data": query,
                "headers": dict(self.headers),
                "content_type": kind,
                "path": parts.path,
                "json": json.loads(body) if "json" in kind else None,
            }
            code, text = platform.answer(parts.path, query, form, request)
            with suppress(OSError):
                self.say(code, text)

        do_POST = do_GET  # noqa: N815 - the base class's name

        def say(self, code: int, text: str) -> None:
            self.send_response(code)
            is_page = text.startswith("<!doctype")
            self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler
