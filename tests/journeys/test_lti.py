"""A course in the frame of a platform on another site: launched, learned, scored, through an outage, without cookies."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Frame, Page, expect

from tests.journeys.conftest import DESK, Site
from tests.journeys.people import NO_COOKIES, read_lesson, take_test
from tests.journeys.platform import Platform

NAME = "Phạm Thị Độc Lập"
STARTED = "Thiết bị và phần mềm"


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


def open_course(chromium: Chromium, platform: Platform, sub: str, name: str = NAME) -> tuple[Page, Frame]:
    """The platform's page in a browser of its own, and the tool's frame once it has settled."""
    page = chromium.new_context(viewport=DESK).new_page()  # type: ignore[arg-type]
    page.goto(platform.course(sub, name))
    frame = page.frame(url=re.compile("127.0.0.1"))
    assert frame
    frame.wait_for_load_state()
    return page, frame


def test_a_launch_in_a_frame_of_another_site_is_learned_and_scored(
    chromium: Chromium, platform: Platform, site: Site
) -> None:
    page, frame = open_course(chromium, platform, "u-1")
    expect(frame.locator("h1")).to_contain_text(STARTED)
    expect(frame.locator(".embed-top")).to_contain_text("Kỹ năng số cơ bản")
    expect(frame.get_by_role("button", name="Mở trong thẻ mới")).to_be_visible()
    assert frame.locator("header.top, footer").count() == 0
    page.reload()
    frame = page.frames[1]
    expect(frame.locator("h1")).to_contain_text(STARTED)

    for _ in range(6):
        read_lesson(frame)
    frame.get_by_role("link", name="Làm bài kiểm tra cuối khóa").first.click()
    expect(frame.locator("h1")).to_contain_text("iểm tra")
    if frame.locator("main input[type=checkbox]").count():
        frame.locator("main input[type=checkbox]").check()
    frame.locator("main form button").first.click()
    expect(frame.locator("h1")).to_contain_text("Câu 1")
    take_test(frame, site, wrong=1)
    expect(frame.locator(".verdict")).to_contain_text("Đạt")
    until(lambda: platform.of("u-1"))
    score = platform.of("u-1")[-1]
    right, total = re.findall(r"(\d+)/(\d+)", frame.locator(".verdict").inner_text())[0]
    assert score["scoreGiven"] == pytest.approx(100 * int(right) / int(total), abs=0.01)
    assert (score["item"], score["scoreMaximum"]) == ("6", 100)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    page.context.close()


def test_a_score_outlives_an_outage_and_arrives_once_and_in_order(
    chromium: Chromium, platform: Platform, site: Site
) -> None:
    subs = ["out-1", "out-2", "out-3"]
    for sub in subs:
        page, _frame = open_course(chromium, platform, sub)
        page.context.close()
    platform.down = True
    for sub in subs:
        site.flask("demo", "answer", "--sub", sub, "--course", "cc-01", "--score", "0.4")
    until(lambda: platform.turned_away >= 1)
    site.flask("demo", "answer", "--sub", "out-1", "--course", "cc-01", "--score", "1")
    assert not any(platform.of(sub) for sub in subs)
    assert "out-1" in site.flask("lti", "grades", "--waiting")
    platform.down = False
    until(lambda: all(platform.of(sub) for sub in subs))
    time.sleep(3)
    assert platform.of("out-1")[-1]["scoreGiven"] == 100, "the score that stands comes last"
    for sub in subs:
        sent = platform.of(sub)
        assert len({score["timestamp"] for score in sent}) == len(sent)
        assert [score["timestamp"] for score in sent] == sorted(score["timestamp"] for score in sent)
        assert len(sent) == 1, "what stood when it came back, once"


def test_a_tab_of_ones_own_goes_on_under_the_name_it_shows(chromium: Chromium, platform: Platform) -> None:
    page, frame = open_course(chromium, platform, "tab-1")
    frame.get_by_role("button", name="Mở trong thẻ mới").click()
    expect(frame.locator("h1")).to_have_text("Mở khóa học trong thẻ mới")
    _open_tab(page, frame)
    page.context.close()


def test_where_third_party_cookies_are_blocked_the_course_opens(
    chromium: Chromium, cookieless: Chromium, platform: Platform
) -> None:
    """Partitioned cookies hold where Chromium blocks third parties' cookies; where it takes none, a new tab opens."""
    page, frame = open_course(cookieless, platform, "blocked-1")
    expect(frame.locator("h1")).to_contain_text(STARTED)
    page.context.close()

    page = chromium.new_context(viewport=DESK).new_page()  # type: ignore[arg-type]
    page.route("**/lti/launch", NO_COOKIES)
    page.goto(platform.course("blocked-2", NAME))
    frame = page.frames[1]
    expect(frame.locator("h1")).to_have_text("Mở khóa học trong thẻ mới")
    page.screenshot(path="/tmp/shots/no-cookie.png")
    _open_tab(page, frame)
    page.context.close()


def _open_tab(page: Page, frame: Frame) -> None:
    with page.expect_popup() as opened:
        frame.get_by_role("button", name="Mở trong thẻ mới").click()
    tab = opened.value
    expect(tab.locator("h1")).to_have_text(f"Học với tên {NAME}")
    tab.get_by_role("button", name="Vào học").click()
    expect(tab.locator("h1")).to_contain_text(STARTED)
    read_lesson(tab)
    expect(tab.locator("h1")).not_to_contain_text(STARTED)


def test_a_platform_that_nobody_registered_gets_a_page_that_says_so(chromium: Chromium, site: Site) -> None:
    page = chromium.new_context(base_url=site.url).new_page()
    answer = page.goto("/lti/login?iss=https://unknown.example&login_hint=1&target_link_uri=x&client_id=9")
    assert answer
    assert answer.status == 400
    expect(page.locator("h1")).to_have_text("Chưa mở được khóa học")
    page.context.close()
