"""A class on Open edX's own LTI code: registered, launched in its frame, learned, scored, copied for the next year."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Frame, Page, expect

from tests.journeys.conftest import DESK, Site
from tests.journeys.openedx import PYTHON, OpenEdx
from tests.journeys.people import read_lesson, take_test
from tests.journeys.test_lti import until

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no Open edX platform here: bash .ci/platforms makes it")
COURSE = "Kỹ năng số cơ bản"


@pytest.fixture(scope="module")
def openedx(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenEdx]:
    made = OpenEdx(site.url, tmp_path_factory.mktemp("openedx"))
    assert f"{site.url}/lti/login" in site.flask("lti", "add-platform", *made.registration())
    yield made
    made.stop()


@pytest.fixture
def visit(chromium: Chromium) -> Iterator[Page]:
    """A browser of one's own, which keeps third parties' cookies out."""
    context = chromium.new_context(viewport=DESK)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def tool_frame(page: Page) -> Frame:
    """The tool's frame on the platform's page, once a launch has settled in it."""
    expect(page.frame_locator("iframe.ltiLaunchFrame").locator("h1")).to_be_visible()
    return page.frames[1]


def test_a_launch_in_the_frame_is_learned_and_its_score_stands_in_the_gradebook(
    openedx: OpenEdx, site: Site, visit: Page
) -> None:
    visit.goto(openedx.course("hoa", "given"))
    frame = tool_frame(visit)
    expect(frame.locator(".embed-top")).to_contain_text(COURSE)
    kept = frame.evaluate("document.cookie = 'other=1; SameSite=None; Secure; path=/'; document.cookie")
    assert "other" not in kept, "this browser blocks third parties' cookies"
    for _ in range(6):
        read_lesson(frame)
    frame.get_by_role("link", name="Làm bài kiểm tra cuối khóa").first.click()
    expect(frame.locator("h1")).to_contain_text("iểm tra")
    if frame.locator("main input[type=checkbox]").count():
        frame.locator("main input[type=checkbox]").check()
    frame.locator("main form button").first.click()
    expect(frame.locator("h1")).to_contain_text("Câu 1")
    take_test(frame, site, wrong=0)
    expect(frame.locator(".verdict")).to_contain_text("Đạt")
    until(lambda: openedx.scores("hoa", "given"))
    (score,) = openedx.scores("hoa", "given")
    assert (score["given"], score["maximum"]) == (100, 100)
    assert [(row["earned"], row["possible"]) for row in openedx.grades("hoa", "given")] == [(10, 10)]


def test_a_copied_course_keeps_the_progress_and_brings_each_class_its_own_grade(
    openedx: OpenEdx, site: Site, visit: Page
) -> None:
    visit.goto(openedx.course("duc", "given"))
    tool_frame(visit)
    site.flask("demo", "answer", "--sub", openedx.sub("duc"), "--course", "cc-01", "--score", "0.9")
    until(lambda: openedx.scores("duc", "given"))
    old = openedx.scores("duc", "given")

    next_year = openedx.copy("2027")
    openedx.enrol("duc", "Đỗ Minh Đức", next_year)
    visit.goto(openedx.course("duc", "given", next_year))
    expect(tool_frame(visit).locator(".embed-top")).to_contain_text(COURSE)
    until(lambda: openedx.scores("duc", "given", next_year))
    new = openedx.scores("duc", "given", next_year)
    assert [score["given"] for score in new] == [score["given"] for score in old]
    assert [score["line_item"] for score in new] != [score["line_item"] for score in old]
    assert openedx.scores("duc", "given") == old, "last year's class stands as it was"
