"""Reading changes nothing, and every answer carries what keeps it safe."""

from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask import Flask

from lms_app.core.settings import Settings
from tests import make
from tests.hostile import world
from tests.hostile.world import ROLES, World
from tests.web import Browser

SITE = "https://hoc.tinh.example"


@pytest.fixture
def office(app: Flask) -> World:
    return world.build(app)


def test_fetching_every_page_as_everybody_writes_nothing(office: World) -> None:
    """Seen through all tables; the signing key of LTI is made before, its first fetch is the one exception."""
    for role in ROLES:
        web = office.browser(role)
        before = world.tables()
        for rule in world.rules(office.app, "GET"):
            for method in ("GET", "HEAD", "OPTIONS"):
                web.open(method, office.address(rule))
        assert world.tables() == before, role


def test_every_answer_says_how_a_browser_must_treat_it(office: World) -> None:
    """The page of a refused launch may stand in any frame: it holds nothing to press."""
    for role in ROLES:
        web = office.browser(role)
        for path in [*(office.address(rule) for rule in world.rules(office.app, "GET")), "/khong-co"]:
            answer = web.open("GET", path)
            headers, is_refused_launch = answer.headers, path.startswith("/lti/") and answer.status_code >= 400
            policy = headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy, path
            assert "unsafe" not in policy, path
            assert "frame-ancestors 'none'" in policy or (is_refused_launch and "frame-ancestors *" in policy), path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "same-origin", path


def test_no_page_of_a_person_is_kept_by_a_shared_cache(office: World) -> None:
    for role in ("trainee", "hr", "admin"):
        web = office.browser(role)
        for rule in world.rules(office.app, "GET"):
            answer = web.open("GET", office.address(rule))
            if answer.mimetype in {"text/html", "application/pdf"} and answer.status_code < 300:
                kept = answer.headers["Cache-Control"]
                assert "private" in kept or "no-store" in kept, f"{role} {rule}: {kept}"
                assert "Cookie" in answer.headers["Vary"], f"{role} {rule}"


def test_a_sign_in_link_is_kept_by_no_cache(web: Browser) -> None:
    answer = web.open("GET", "/sign-in/link/abc")
    assert answer.headers["Cache-Control"] == "no-store"


def cookies(answer: Any) -> SimpleCookie:
    found = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        found.load(line)
    return found


def test_cookies_of_a_session_are_out_of_reach_of_scripts_and_other_sites(web: Browser) -> None:
    cookie = cookies(web.open("GET", "/sign-in"))["session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


@pytest.fixture
def secure(app: Flask, settings: Settings) -> Iterator[Flask]:
    """The same database behind an https address."""
    with world.another(replace(settings, url=SITE)) as made:
        yield made


def test_over_https_cookies_are_secure_and_bound_to_the_host(secure: Flask) -> None:
    who = make.person()
    web = Browser(secure)
    page = web.open("GET", "/sign-in", base_url=SITE)
    token = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"email": who.email, "password": "demo-2026", "csrf_token": token}
    signed = web.open("POST", "/sign-in", base_url=SITE, data=fields, headers={"Referer": SITE})
    assert signed.status_code == 303
    for answer in (page, signed):
        cookie = cookies(answer)["__Host-session"]
        assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
        assert answer.headers["Strict-Transport-Security"]
    assert web.open("GET", "/account", base_url=SITE).status_code == 200
    chosen = web.open("GET", "/language/en", base_url=SITE)
    assert cookies(chosen)["lang"]["secure"] is True


def test_a_session_cookie_of_the_plain_site_is_not_taken_over_https(web: Browser, secure: Flask) -> None:
    web.sign_in(make.person().email or "")
    planted = web.client.get_cookie("session")
    assert planted
    other = Browser(secure)
    other.client.set_cookie("session", planted.value, domain="hoc.tinh.example")
    assert other.open("GET", "/account", base_url=SITE).status_code == 303
