"""With LMS_RATE_LIMITS=1: guessing is slowed down, by the asking machine and by the account."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from lms_app.core.settings import Settings
from lms_app.web.security import limiter
from tests import make
from tests.hostile import world
from tests.web import Browser


@pytest.fixture
def limited(app: Flask, settings: Settings) -> Iterator[Flask]:
    """The limiter is one object for the process: it is put back for the tests that follow."""
    with world.another(replace(settings, rate_limits=True, redis_url="")) as made:
        limiter.enabled = True
        limiter.reset()
        yield made
        limiter.reset()
        limiter.enabled = False


def attempt(web: Browser, email: str, machine: str = "192.0.2.1", **headers: str) -> Any:
    fields = {"email": email, "password": "doan-mo-12345", "csrf_token": world.csrf_token(web)}
    environ = {"REMOTE_ADDR": machine}
    return web.open("POST", "/sign-in", data=fields, environ_overrides=environ, headers=headers)


def test_guessing_many_accounts_from_one_machine_is_stopped_with_a_page(limited: Flask) -> None:
    web = Browser(limited)
    found = [attempt(web, f"nguoi{at}@coquan.example") for at in range(22)]
    assert [answer.status_code for answer in found].count(429) == 2
    page = found[-1].get_data(as_text=True)
    assert "Hãy chờ một phút rồi thử lại." in page
    assert int(found[-1].headers["Retry-After"]) <= 60
    assert attempt(web, "khac@coquan.example", "192.0.2.2").status_code == 400


def test_guessing_one_account_from_many_machines_is_stopped(limited: Flask) -> None:
    web = Browser(limited)
    found = [attempt(web, "Thuong@coquan.example ", f"192.0.2.{at}").status_code for at in range(1, 13)]
    assert found == [400] * 10 + [429] * 2
    assert attempt(web, "khac@coquan.example", "192.0.2.99").status_code == 400


def test_a_forwarded_address_does_not_help_without_a_proxy(limited: Flask) -> None:
    web = Browser(limited)
    found = [
        attempt(web, f"nguoi{at}@coquan.example", **{"X-Forwarded-For": f"198.51.100.{at}"}).status_code
        for at in range(21)
    ]
    assert found[-1] == 429


def test_a_right_password_is_taken_as_long_as_the_limit_is_not_reached(limited: Flask) -> None:
    who, web = make.person(), Browser(limited)
    for _ in range(5):
        attempt(web, who.email or "")
    assert web.sign_in(who.email or "").path == "/me"


def test_letters_to_one_account_are_limited(limited: Flask) -> None:
    web, found = Browser(limited), []
    token = world.csrf_token(web)
    for at in range(7):
        fields = {"email": "thuong@coquan.example", "csrf_token": token}
        environ = {"REMOTE_ADDR": f"192.0.2.{at}"}
        found.append(web.open("POST", "/sign-in/link", data=fields, environ_overrides=environ).status_code)
    assert found == [200] * 5 + [429] * 2


def test_looking_codes_up_is_limited(limited: Flask) -> None:
    web = Browser(limited)
    found = [web.open("GET", "/v/7KQ4-M2XF-9TDP-H").status_code for _ in range(31)]
    assert found == [404] * 30 + [429]


def test_machines_get_the_same_as_problem_json(limited: Flask) -> None:
    web = Browser(limited)
    found = [web.open("GET", "/api/v1/certificates/x") for _ in range(31)][-1]
    assert (found.status_code, found.mimetype) == (429, "application/problem+json")
