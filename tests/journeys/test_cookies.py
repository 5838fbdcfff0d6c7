"""The browser of the journeys with blocked cookies really blocks: shown with a site of two lines in another's frame."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext

from tests.journeys.conftest import blocking, browser_with
from tests.journeys.platform.http import Asked, Said, Server

KIND = "Secure; SameSite=None; Path=/"


@pytest.fixture
def other() -> Iterator[Server]:
    """Its page frames its own second page under another host name; that one tells the cookies it was sent."""

    def answer(asked: Asked) -> Said:
        if asked.path == "/outer":
            return Said(200, f"<iframe src='http://127.0.0.1:{server.port}/set'></iframe>", "text/html")
        if asked.path == "/set":
            cookies = [("Set-Cookie", f"plain=1; {KIND}"), ("Set-Cookie", f"own=1; {KIND}; Partitioned")]
            return Said(200, "<a href='/tell'>tell</a>", "text/html", cookies)
        return Said(200, asked.headers.get("Cookie", ""), "text/plain")

    server = Server(answer)
    yield server
    server.close()


def kept(browser: AbstractContextManager[BrowserContext], server: Server) -> str:
    with browser as context:
        page = context.new_page()
        page.goto(f"http://localhost:{server.port}/outer")
        frame = page.frames[1]
        frame.get_by_role("link").click()
        frame.wait_for_url("**/tell")
        return frame.locator("body").inner_text()


def test_blocking_refuses_a_third_partys_cookie_and_keeps_a_partitioned_one(
    chromium: Chromium, other: Server, tmp_path: Path
) -> None:
    assert kept(blocking(chromium, tmp_path), other) == "own=1"


def test_without_blocking_both_are_kept(chromium: Chromium, other: Server, tmp_path: Path) -> None:
    assert kept(browser_with({"cookie_controls_mode": 0}, chromium, tmp_path), other) == "plain=1; own=1"
