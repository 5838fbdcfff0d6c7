"""A course in the frame of a platform on another site: launched, learned, scored; an outage; no cookies."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Frame, Page, expect

from tests.journeys import frames
from tests.journeys.conftest import DESK, Site, browser_with
from tests.journeys.people import read_lesson
from tests.journeys.platform import Platform

NAME = "Phạm Thị Độc Lập"
LATE = "Trần Văn Chờ"
STARTED = "Thiết bị và phần mềm"


def until(true: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def open_course(chromium: Chromium, platform: Platform, sub: str, name: str = NAME) -> tuple[Page, Frame]:
    """The platform's page in a browser of its own, and the tool's frame once it has settled."""
    page = chromium.new_context(viewport=DESK).new_page()  # type: ignore[arg-type]
    page.goto(platform.course(sub, name))
    return page, page.frames[1]


def test_a_launch_in_a_frame_of_another_site_is_learned_and_scored(
    chromium: Chromium, platform: Platform, site: Site
) -> None:
    page, frame = open_course(chromium, platform, "u-1")
    expect(frame.locator("h1")).to_contain_text(STARTED)
    expect(frame.locator(".embed-top")).to_contain_text("Kỹ năng số cơ bản")
    expect(frame.get_by_role("button", name="Mở trong thẻ mới")).to_be_visible()
    assert frame.locator("header.top, footer.foot").count() == 0
    kept = frame.evaluate("document.cookie = 'other=1; SameSite=None; Secure; path=/'; document.cookie")
    assert "other" not in kept, "this browser blocks third parties' cookies: the session lives in a partitioned one"
    page.reload()
    frame = page.frames[1]
    expect(frame.locator("h1")).to_contain_text(STARTED)

    frames.learn(frame)
    frames.pass_test(frame, site, wrong=1)
    until(lambda: platform.of("u-1"))
    score = platform.of("u-1")[-1]
    right, total = re.findall(r"(\d+)/(\d+)", frame.locator(".verdict").inner_text())[0]
    assert score["scoreGiven"] == pytest.approx(100 * int(right) / int(total), abs=0.01)
    assert (score["item"], score["scoreMaximum"]) == ("6", 100)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    page.context.close()


def test_a_score_outlives_an_outage_and_arrives_once(chromium: Chromium, platform: Platform, site: Site) -> None:
    wanted = {"out-1": 1.0, "out-2": 0.9, "out-3": 0.4}
    for sub in wanted:
        page, frame = open_course(chromium, platform, sub, LATE)
        expect(frame.locator("h1")).to_contain_text(STARTED)
        page.context.close()
    platform.down = True
    for sub, share in wanted.items():
        site.flask("demo", "answer", "--sub", sub, "--course", "cc-01", "--score", str(share))
    until(lambda: platform.turned_away >= 2)
    assert not any(platform.of(sub) for sub in wanted)
    assert site.flask("lti", "grades", "--waiting").count(LATE) == len(wanted)
    platform.down = False
    until(lambda: all(platform.of(sub) for sub in wanted))
    assert sorted(score["userId"] for score in platform.scores if score["userId"] in wanted) == list(wanted), "once"
    assert [platform.of(sub)[0]["scoreGiven"] for sub in wanted] == pytest.approx([100, 90, 40], abs=6)
    assert LATE not in site.flask("lti", "grades", "--waiting")


def test_a_tab_of_ones_own_goes_on_under_the_name_it_shows(chromium: Chromium, platform: Platform) -> None:
    page, frame = open_course(chromium, platform, "tab-1")
    frame.get_by_role("button", name="Mở trong thẻ mới").click()
    expect(frame.locator("h1")).to_have_text(frames.TAB)
    _learn_in_a_tab(page, frame)
    page.context.close()


def test_where_a_frame_may_keep_no_cookie_at_all_a_tab_opens(
    chromium: Chromium, platform: Platform, site: Site, tmp_path: Path
) -> None:
    rule = {f"{site.url},{platform.url}": {"setting": 2}}
    choices = {"content_settings": {"exceptions": {"cookies": rule}}}
    with browser_with(choices, chromium, tmp_path) as context:
        page = context.new_page()
        page.goto(platform.course("blocked-1", NAME))
        expect(page.frames[1].locator("h1")).to_have_text(frames.TAB)
        _learn_in_a_tab(page, page.frames[1])


def _learn_in_a_tab(page: Page, frame: Frame) -> None:
    tab = frames.go_on_in_a_tab(page, frame, NAME)
    expect(tab.locator("h1")).to_contain_text(STARTED)
    read_lesson(tab)
    expect(tab.locator("h1")).not_to_contain_text(STARTED)


def test_a_platform_that_nobody_registered_gets_a_page_that_says_so(chromium: Chromium, site: Site) -> None:
    page = chromium.new_context(base_url=site.url).new_page()
    answer = page.goto("/lti/login?iss=https://unknown.example&login_hint=1&target_link_uri=x&client_id=9")
    assert answer
    assert answer.status == 400
    expect(page.locator("h1")).to_have_text(frames.REFUSED)
    page.context.close()
