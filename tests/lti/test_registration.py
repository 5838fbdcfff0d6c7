"""Dynamic Registration 1.0: shown before it is done, least asked, nothing stored when anything is wrong."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from lms_app.core import outbound
from lms_app.core.audit import AuditEntry
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.lti import quirks, registering, registry
from lms_app.lti.claims import LINEITEM, LINEITEM_READ, PRIVACY, REVIEW, ROSTER, SCORE
from lms_app.lti.models import Deployment, LtiUser, Platform
from lms_app.lti.registering import PLATFORM, TOOL, NotRegistered, Tool
from lms_app.lti.service import registration
from tests import make
from tests.architecture.tree import APP
from tests.lti.platform import ABSENT, SITE, Lms, Said, Server, platform
from tests.web import Browser, Page

CONFIGURATION, REGISTRATIONS = "/openid-configuration", "/registrations"
TOKEN = "eyJ.one-hour.once"
MESSAGES = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest", REVIEW, PRIVACY)
VARIABLES = ("Context.id.history", "ResourceLink.id.history", "ResourceLink.submission.endDateTime")
SORRY = "Chưa đăng ký được"


def configuration(server: Server, **changes: Any) -> dict[str, Any]:
    """A platform that can do all. `messages` and `variables` change its LTI part; `ABSENT` leaves a field out."""
    messages, variables = changes.pop("messages", MESSAGES), changes.pop("variables", VARIABLES)
    lti: dict[str, Any] = {"product_family_code": changes.pop("product", "moodle"), "version": "5.1"}
    if messages is not ABSENT:
        lti["messages_supported"] = [{"type": kind, "placements": ["ContentArea"]} for kind in messages]
    if variables is not ABSENT:
        lti["variables"] = list(variables)
    usual: dict[str, Any] = {
        "issuer": server.url,
        "authorization_endpoint": f"{server.url}/auth",
        "token_endpoint": f"{server.url}/token",
        "jwks_uri": f"{server.url}/jwks",
        "registration_endpoint": f"{server.url}{REGISTRATIONS}",
        "scopes_supported": ["openid", SCORE, LINEITEM, LINEITEM_READ, ROSTER],
        PLATFORM: lti,
    }
    return {name: value for name, value in (usual | changes).items() if value is not ABSENT}


class Registering:
    """An administrator of a platform, in its frame, with a browser that keeps no cookie of ours."""

    def __init__(self, app: Flask, server: Server) -> None:
        self.server = server
        self.app = app
        self.language = "vi"
        self.forget()
        self.offer()
        self.accept()

    def forget(self) -> None:
        self.web = Browser(self.app)
        self.web.client.set_cookie("lang", self.language)

    def offer(self, *said: Said, **changes: Any) -> None:
        """What the configuration address answers, each time or in turn."""
        whole = Said(body=json.dumps(configuration(self.server, **changes)).encode())
        self.server.script[CONFIGURATION] = list(said) or [whole] * 9

    def accept(self, client_id: Any = "c-1", deployment: Any = "5") -> None:
        answer = {"client_id": client_id, TOOL: {"deployment_id": deployment, "custom_parameters": {"due": "$Res"}}}
        self.server.script[REGISTRATIONS] = [Said(body=json.dumps(answer).encode())] * 9

    def refuse(self, status: int, body: bytes) -> None:
        self.server.script[REGISTRATIONS] = [Said(status, body)] * 9

    def open(self, address: str = "", token: str = TOKEN, **query: str) -> Page:
        address = address or f"{self.server.url}{CONFIGURATION}"
        return self.web.get("/lti/register", openid_configuration=address, registration_token=token, **query)

    def register(self) -> Page:
        """Read the page, press its button in a browser that forgot everything in between."""
        form = self.open().form("/lti/register")
        self.forget()
        return self.web.post(form.action, **form.fields)

    @property
    def asked(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.server.calls(REGISTRATIONS)[-1].body)
        return found


@pytest.fixture
def there(app: Flask, server: Server) -> Registering:
    return Registering(app, server)


@pytest.fixture
def mode(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    def choose(name: str) -> None:
        settings = replace(app.extensions["settings"], lti_registration=name)
        monkeypatch.setitem(app.extensions, "settings", settings)

    return choose


def stored() -> list[Platform]:
    db.session.rollback()
    return list(db.session.scalars(select(Platform).execution_options(populate_existing=True)))


def acts() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


# ---- shown, done, told


def test_what_will_be_registered_is_shown_before_it_is_done(there: Registering) -> None:
    page = there.open()
    assert page.status == 200
    for told in (there.server.url, "họ tên", "Không xin địa chỉ thư điện tử", "Danh sách lớp", "Ghi điểm", "chọn khóa"):
        assert told in page.text
    assert "quản trị viên của trang này duyệt" in page.text
    assert not there.server.calls(REGISTRATIONS)
    assert not stored()


def test_the_page_stands_in_the_platforms_frame_and_sets_no_cookie(there: Registering) -> None:
    page = there.open()
    assert f"frame-ancestors {there.server.url};" in page.headers["Content-Security-Policy"] + ";"
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    assert TOKEN not in there.register().body


def test_one_button_registers_and_the_page_says_what_comes_next(there: Registering) -> None:
    page = there.register()
    made = stored()[0]
    assert page.status == 200
    assert (made.issuer, made.client_id, made.status) == (there.server.url, "c-1", "pending")
    assert (made.auth_url, made.token_url) == (f"{there.server.url}/auth", f"{there.server.url}/token")
    assert (made.jwks_url, made.audience, made.product) == (f"{there.server.url}/jwks", None, "moodle")
    assert list(db.session.scalars(select(Deployment.deployment_id))) == ["5"]
    assert acts() == ["lti.platform.added"]
    assert str(made.id)[:8] in page.text
    assert "Bấm “Activate” trên thẻ của công cụ mới." in page.text, "what is left to do in Moodle"


def test_the_page_at_the_end_can_close_the_platforms_frame(there: Registering) -> None:
    body = there.register().body
    assert "data-close hidden" in body
    assert "<noscript>" in body, "a sentence for those without a script"
    assert re.search(r'src="/static/lti\.js', body)
    assert '{ subject: "org.imsglobal.lti.close" }' in (APP / "web" / "static" / "lti.js").read_text()


def test_the_request_is_what_platforms_demand(there: Registering) -> None:
    there.register()
    asked, call = there.asked, there.server.calls(REGISTRATIONS)[-1]
    tool = asked[TOOL]
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert call.headers["Content-Type"] == "application/json"
    assert there.server.calls(CONFIGURATION)[0].headers["Authorization"] == f"Bearer {TOKEN}", "Canvas wants it there"
    assert asked["application_type"] == "web"
    assert asked["response_types"] == ["id_token"]
    assert set(asked["grant_types"]) == {"implicit", "client_credentials"}
    assert asked["initiate_login_uri"] == f"{SITE}/lti/login"
    assert asked["redirect_uris"] == [f"{SITE}/lti/launch"]
    assert asked["jwks_uri"] == f"{SITE}/lti/jwks.json"
    assert asked["token_endpoint_auth_method"] == "private_key_jwt"
    assert (tool["domain"], tool["target_link_uri"]) == ("127.0.0.1", f"{SITE}/lti/")


def test_the_least_is_asked_for(there: Registering) -> None:
    there.register()
    tool = there.asked[TOOL]
    assert set(there.asked["scope"].split()) == {SCORE, LINEITEM, ROSTER}
    assert set(tool["claims"]) == {"iss", "sub", "name", "given_name", "family_name"}
    assert [message["type"] for message in tool["messages"]] == list(MESSAGES)
    assert tool["messages"][1]["placements"] == ["ContentArea"]
    assert tool["custom_parameters"] == {
        "resource_link_history": "$ResourceLink.id.history",
        "context_history": "$Context.id.history",
        "due": "$ResourceLink.submission.endDateTime",
    }


def test_what_a_platform_does_not_name_is_not_asked_for(there: Registering) -> None:
    there.offer(messages=MESSAGES[:1], variables=VARIABLES[:1], scopes_supported=["openid", SCORE, LINEITEM_READ])
    page = there.register()
    tool = there.asked[TOOL]
    assert page.status == 200
    assert set(there.asked["scope"].split()) == {SCORE, LINEITEM_READ}
    assert [message["type"] for message in tool["messages"]] == ["LtiResourceLinkRequest"]
    assert tool["custom_parameters"] == {"context_history": "$Context.id.history"}


def test_a_platform_that_says_nothing_of_its_powers_is_asked_for_the_usual(there: Registering) -> None:
    there.offer(**{PLATFORM: ABSENT, "scopes_supported": ABSENT})
    there.register()
    tool = there.asked[TOOL]
    assert set(there.asked["scope"].split()) == {SCORE, LINEITEM, ROSTER}
    assert [message["type"] for message in tool["messages"]] == list(MESSAGES[:2])
    assert len(tool["custom_parameters"]) == 3


def test_no_token_no_header(there: Registering) -> None:
    form = there.open(token="").form("/lti/register")
    there.web.post(form.action, **form.fields)
    assert len(stored()) == 1
    assert "Authorization" not in there.server.calls(REGISTRATIONS)[-1].headers


def test_the_pages_speak_english_to_an_english_browser(there: Registering) -> None:
    there.language = "en"
    there.forget()
    assert "Nothing is registered until you press the button" in there.open().text
    assert "waits for approval" in there.register().text
    there.offer(Said(500))
    assert "The platform does not show its configuration (HTTP 500)." in there.open().text


def test_addresses_on_other_hosts_are_shown(there: Registering) -> None:
    there.offer(token_endpoint="https://auth.elsewhere.example/token", authorization_server="https://aud.example/")
    assert "https://auth.elsewhere.example/token" in there.open().text
    there.register()
    assert (stored()[0].token_url, stored()[0].audience) == (
        "https://auth.elsewhere.example/token",
        "https://aud.example/",
    )


# ---- Canvas: one issuer for all, each customer on a host of its own


CANVAS = {
    "issuer": "https://canvas.instructure.com",
    "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
    "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
    "registration_endpoint": "https://school.instructure.com/api/lti/registrations",
    "authorization_server": "sso.canvaslms.com",
    PLATFORM: {
        "product_family_code": "canvas",
        "https://canvas.instructure.com/lti/account_name": "Trường Chính trị",
        "messages_supported": [{"type": "LtiDeepLinkingRequest", "placements": ["link_selection", "editor_button"]}],
        "variables": ["Context.id.history"],
    },
}


def test_canvas_is_taken_as_it_is() -> None:
    offer = registering.read(f"{CANVAS['issuer']}/api/lti/security/openid-configuration", json.dumps(CANVAS).encode())
    tool = json.loads(registering.request(offer, Tool("https://hoc.example", "Học", "Khóa học")))[TOOL]
    assert (offer.name, offer.audience) == ("Trường Chính trị", ""), "a bare host is no audience"
    assert tool["https://canvas.instructure.com/lti/privacy_level"] == "name_only"
    assert tool["messages"][1]["placements"] == ["link_selection"]


def test_only_the_shared_issuers_own_host_speaks_for_it() -> None:
    with pytest.raises(NotRegistered):
        registering.read("https://evil.example/openid-configuration", json.dumps(CANVAS).encode())


# ---- settings


def test_open_means_in_use_at_once(there: Registering, mode: Any) -> None:
    mode("open")
    assert "dùng được ngay" in there.open().text
    there.register()
    assert stored()[0].status == "active"


def test_closed_means_a_page_that_says_so(there: Registering, mode: Any) -> None:
    form = there.open().form("/lti/register")
    mode("closed")
    for page in (there.open(), there.web.post(form.action, **form.fields)):
        assert page.status == 403
        assert "không nhận đăng ký tự động" in page.text
    assert not stored()
    assert len(there.server.calls(CONFIGURATION)) == 1


def test_a_hundred_waiting_are_enough(there: Registering) -> None:
    for number in range(registration.MOST_PENDING):
        db.session.add(Platform(**waiting(number), created_at=now()))
    db.session.commit()
    page = there.open()
    assert (page.status, "quá nhiều đăng ký chờ duyệt" in page.text) == (400, True)
    assert not there.server.asked


def test_one_host_takes_no_places_of_others(there: Registering) -> None:
    for number in range(registration.MOST_OF_A_HOST):
        db.session.add(Platform(**waiting(number, f"{there.server.url}/{number}"), created_at=now()))
    db.session.commit()
    page = there.open().submit("/lti/register")
    assert (page.status, "quá nhiều đăng ký chờ duyệt" in page.text) == (400, True)
    assert not there.server.calls(REGISTRATIONS)


def waiting(number: int, issuer: str = "https://lms.example") -> dict[str, str]:
    urls = dict.fromkeys(("auth_url", "token_url", "jwks_url"), "https://lms.example/")
    return {"name": "x", "issuer": issuer, "client_id": f"waiting-{number}", "status": "pending"} | urls


# ---- again


def test_registering_again_keeps_the_status_and_adds_the_deployment(there: Registering) -> None:
    there.register()
    with transaction():
        registry.set_status(stored()[0].id, "active", "cli")
    there.accept(deployment="6")
    page = there.register()
    assert [one.status for one in stored()] == ["active"]
    assert set(db.session.scalars(select(Deployment.deployment_id))) == {"5", "6"}
    assert "lti.platform.registered_again" in acts()
    assert "Địa chỉ chưa đổi" not in page.text


def test_registering_again_never_changes_the_addresses_that_keys_come_from(there: Registering) -> None:
    """Whoever can put one file on a platform's host could otherwise become that platform."""
    there.register()
    there.offer(jwks_uri="https://evil.example/jwks")
    page = there.register()
    assert "Địa chỉ chưa đổi" in page.text
    assert [one.jwks_url for one in stored()] == [f"{there.server.url}/jwks"]


def test_a_deleted_platform_comes_back_and_waits_in_any_mode(there: Registering, mode: Any) -> None:
    mode("open")
    there.register()
    before = stored()[0].id
    db.session.execute(update(Platform).values(status="deleted"))
    db.session.commit()
    there.register()
    assert [(one.id, one.status) for one in stored()] == [(before, "pending")]


def test_no_platform_gets_the_client_id_of_another_in_any_mode(there: Registering, server: Server, mode: Any) -> None:
    """Our assertions say who we are by it: one sent to a stranger would be good at the platform of that name."""
    victim = platform(server, client_id="c-1", issuer="https://victim.example")
    mode("open")
    page = there.register()
    assert (page.status, "của một hệ thống khác" in page.text) == (409, True)
    assert [one.id for one in stored()] == [victim.id]


def test_the_copies_of_one_cloud_may_share_a_client_id(app: Flask, server: Server) -> None:
    del app
    platform(server, client_id="10000000000001", issuer="https://canvas.instructure.com")
    urls = dict.fromkeys(("auth_url", "token_url", "jwks_url"), f"{server.url}/x")
    copy = {"name": "Thử", "issuer": "https://canvas.test.instructure.com", "client_id": "10000000000001"}
    with transaction():
        registry.add_platform(copy | urls, ["1"])
    assert len(stored()) == 2


def test_a_pending_platform_opens_nothing_until_it_is_approved(there: Registering, client: FlaskClient) -> None:
    make.course("cc-01")
    there.register()
    made = stored()[0]
    lms = Lms(there.server, made.id, made.issuer, made.client_id)
    assert lms.login(client).status_code == 403
    with transaction():
        registry.set_status(made.id, "active", "cli")
    launched = lms.launch(client, **{"https://purl.imsglobal.org/spec/lti/claim/deployment_id": "5"})
    assert launched.status_code == 303
    assert db.session.scalar(select(func.count()).select_from(LtiUser)) == 1


def test_a_deployment_not_told_is_asked_for(there: Registering) -> None:
    there.accept(deployment=None)
    assert "chưa cho biết deployment ID" in there.register().text
    assert not list(db.session.scalars(select(Deployment)))


# ---- a post is worth nothing without our page


@pytest.mark.parametrize("promise", ["", "x", "a.b.c"])
def test_a_forged_post_calls_nobody(there: Registering, promise: str) -> None:
    page = there.web.post("/lti/register", promise=promise)
    assert (page.status, SORRY in page.text) == (400, True)
    assert not there.server.asked


def test_a_page_keeps_its_word_for_an_hour(there: Registering) -> None:
    form = there.open().form("/lti/register")
    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        page = there.web.post(form.action, **form.fields)
    assert "quá một giờ" in page.text
    assert not stored()


def test_nothing_of_the_configuration_goes_through_the_browser(there: Registering) -> None:
    form = there.open().form("/lti/register")
    there.offer(issuer="https://other.example")
    assert SORRY in there.web.post(form.action, **form.fields).text
    assert not there.server.calls(REGISTRATIONS)


@pytest.mark.parametrize("done", ["", "x"])
def test_the_last_page_is_signed(there: Registering, done: str) -> None:
    assert there.web.get("/lti/registered", done=done).status == 400


def test_the_last_page_of_a_removed_platform_says_so(there: Registering) -> None:
    form = there.open().form("/lti/register")
    answer = there.web.open("POST", form.action, data=form.fields)
    with transaction():
        registry.delete_platform(stored()[0].id, "cli")
    assert there.web.open("GET", answer.location).status_code == 404


# ---- bad input: one page with a sentence, and nothing stored


def bad(**changes: Any) -> dict[str, Any]:
    return changes


BAD: dict[str, Any] = {
    "html": Said(body=b"<!doctype html><title>Moodle</title>"),
    "empty": Said(),
    "a-list": Said(body=b"[]"),
    "deep": Said(body=b"[" * 100_000),
    "not-utf-8": Said(body=b'{"issuer": "\xff\xfe"}'),
    "error-500": Said(500),
    "not-found": Said(404, b"{}"),
    "redirected": Said(302, headers={"Location": "https://elsewhere.example/"}),
    "too-large": Said(body=b" " * (outbound.LARGEST + 1)),
    "no-fields": bad(issuer=ABSENT, jwks_uri=ABSENT),
    "numbers": bad(token_endpoint=7, jwks_uri=["x"]),
    "foreign-issuer": bad(issuer="https://victim.example"),
    "foreign-registration": bad(registration_endpoint="https://victim.example/register"),
    "javascript": bad(authorization_endpoint="javascript:alert(1)"),
    "markup": bad(authorization_endpoint='https://lms.example/"><script>'),
    "user": bad(token_endpoint="https://user@lms.example/token"),
    "long": bad(jwks_uri="https://lms.example/" + "x" * 5000),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_configuration_is_a_page_with_a_sentence(there: Registering, case: str) -> None:
    wrong = BAD[case]
    there.offer(wrong) if isinstance(wrong, Said) else there.offer(**wrong)
    page = there.open()
    assert (page.status, SORRY in page.text) == (400, True)
    assert "<script>" not in page.body
    assert not page.forms, "nothing to press but what closes it"
    assert not there.server.calls(REGISTRATIONS)
    assert not stored()


@pytest.mark.parametrize(
    "address",
    ["", "x", "ftp://lms.example/", "javascript:alert(1)", "http://[::1", "https://lms.example/" + "x" * 20_000],
)
def test_a_bad_address_is_a_page_with_a_sentence(there: Registering, address: str) -> None:
    page = there.web.get("/lti/register", openid_configuration=address)
    assert (page.status, SORRY in page.text) == (400, True)
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]


def test_a_private_address_is_never_called(there: Registering, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    public = replace(app.extensions["settings"], allow_private_hosts=False)
    monkeypatch.setitem(app.extensions, "settings", public)
    for address in (f"{there.server.url}{CONFIGURATION}", "https://127.0.0.1/", "https://localhost/x"):
        assert "cần https và một máy chủ công khai" in there.open(address).text
    assert not there.server.asked


@pytest.mark.parametrize(("reason", "told"), [("timeout", "10 giây"), ("connection", "Không kết nối được")])
def test_a_platform_that_does_not_answer_is_named_so(
    there: Registering, monkeypatch: pytest.MonkeyPatch, reason: str, told: str
) -> None:
    """How long a slow host is waited for, tests/core/test_outbound.py says."""

    def fail(*_args: Any, **_values: Any) -> Any:
        raise outbound.Unreachable(reason)

    monkeypatch.setattr(outbound, "get", fail)
    assert told in there.open().text


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, b"domain_targetlinkuri_mismatch", "domain_targetlinkuri_mismatch"),
        (401, b'{"error": "invalid_token"}', "invalid_token"),
        (400, b'{"error": "x", "error_description": "<b>No</b> more tools"}', "<b>No</b> more tools"),
        (403, b"<html><h1>Forbidden", "HTTP 403"),
        (500, b"", "HTTP 500"),
        (302, b"", "chuyển sang một địa chỉ khác"),
    ],
)
def test_a_refused_registration_repeats_why_and_stores_nothing(
    there: Registering, status: int, body: bytes, told: str
) -> None:
    there.refuse(status, body)
    page = there.register()
    assert (page.status, told in page.text) == (400, True)
    assert "<b>" not in page.body
    assert not stored()


@pytest.mark.parametrize("body", [b"{}", b'{"client_id": 7}', b'{"client_id": ""}', b"<html>", b"[]"])
def test_an_answer_without_a_client_id_stores_nothing(there: Registering, body: bytes) -> None:
    there.refuse(200, body)
    assert "không trả về client ID" in there.register().text
    assert not stored()


def test_a_fixed_deployment_is_known_without_being_told(there: Registering) -> None:
    there.offer(product=quirks.OPENEDX)
    there.accept(deployment=None)
    there.register()
    assert list(db.session.scalars(select(Deployment.deployment_id))) == ["1"]
