"""A course in the frame of a platform on another site: launched, learned, scored, through an outage, without cookies."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import FrameLocator, Page, expect

from tests.journeys.conftest import DESK, Site
from tests.journeys.people import answer, read_lesson
from tests.journeys.platform import Platform

NAME = "Phạm Thị Độc Lập"


@pytest.fixture(scope="session")
def platform(site: Site) -> Iterator[Platform]:
    made = Platform(site.url)
    said = site.flask("lti", "add-platform", *made.registration())
    assert f"{site.url}/lti/login" in said
    yield made
    made.close()


def until(true: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def open_course(chromium: Chromium, platform: Platform, sub: str) -> tuple[Page, FrameLocator]:
    page = chromium.new_context(viewport=DESK).new_page()  # type: ignore[arg-type]
    page.goto(platform.course(sub, NAME))
    return page, page.frame_locator("#tool")


def test_a_launch_in_a_frame_of_another_site_lands_in_the_lesson(chromium: Chromium, platform: Platform) -> None:
    page, frame = open_course(chromium, platform, "u-1")
    page.wait_for_timeout(1500)
    page.screenshot(path="/tmp/shots/framed.png", full_page=True)
    expect(frame.locator("h1")).to_have_text(re.compile("tệp|thiết bị", re.IGNORECASE))
    page.context.close()
