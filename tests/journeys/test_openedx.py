"""A class on Open edX's own LTI code: registered, launched in its frame, learned, scored, copied for the next year."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Frame, Locator, Page, expect

from tests.journeys.conftest import DESK, Site
from tests.journeys.frames import learn, pass_test, take_certificate
from tests.journeys.openedx import FIRST, PYTHON, TEACHER, OpenEdx
from tests.journeys.test_lti import until

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no Open edX platform here: bash .ci/platforms makes it")
COURSE = "Kỹ năng số cơ bản cho công chức, viên chức, người lao động"
OTHER = "Bảo đảm an toàn hệ thống thông tin theo cấp độ"


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


def pick(page: Page, openedx: OpenEdx, block: str, *courses: str, course: str = FIRST) -> None:
    """The teacher's way in Studio: deep linking in a new tab, where the courses are ticked."""
    page.goto(openedx.studio(block, course))
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Deep Linking Launch").click()
    tab = opened.value
    expect(tab.locator("h1")).to_have_text("Chọn nội dung cho lớp")
    for title in courses:
        tab.get_by_role("checkbox", name=title, exact=True).check()
    tab.get_by_role("button", name="Thêm vào lớp").click()
    expect(tab.locator("body")).to_contain_text("successfully saved")
    tab.close()
    page.reload()
    expect(page.get_by_text("The Deep Linking configuration stored")).to_be_visible()


def certified(openedx: OpenEdx, username: str, block: str, course: str = FIRST) -> bool:
    return any("/v/" in score["comment"] for score in openedx.scores(username, block, course))


def test_a_teacher_picks_two_courses_and_a_learner_opens_both(openedx: OpenEdx, visit: Page) -> None:
    pick(visit, openedx, "picked", COURSE, OTHER)
    items = openedx.items("picked")
    assert [(item["type"], " ".join(item["title"].split()), item["custom"]["course"]) for item in items] == [
        ("ltiResourceLink", COURSE, "cc-01"),
        ("ltiResourceLink", OTHER, "ct-02"),
    ]
    visit.goto(openedx.course("an", "picked"))
    links = visit.frame_locator("iframe.ltiLaunchFrame").get_by_role("link")
    expect(links).to_have_count(2)
    for number, title in enumerate((COURSE, OTHER)):
        with visit.expect_popup() as opened:
            links.nth(number).click()
        expect(opened.value.locator(".embed-top")).to_contain_text(title)
        opened.value.close()


def test_a_picked_course_is_learned_in_the_frame_and_its_score_and_certificate_stand_in_the_platform(
    openedx: OpenEdx, site: Site, visit: Page
) -> None:
    pick(visit, openedx, "frame", COURSE)
    visit.goto(openedx.course("hoa", "frame"))
    frame = tool_frame(visit)
    expect(frame.locator(".embed-top")).to_contain_text(COURSE)
    kept = frame.evaluate("document.cookie = 'other=1; SameSite=None; Secure; path=/'; document.cookie")
    assert "other" not in kept, "this browser blocks third parties' cookies"
    learn(frame)
    pass_test(frame, site, wrong=0)
    take_certificate(frame)
    until(lambda: certified(openedx, "hoa", "frame"))
    (score,) = openedx.scores("hoa", "frame")
    assert (score["given"], score["maximum"], score["grading"]) == (100, 100, "FullyGraded")
    assert [(row["earned"], row["possible"]) for row in openedx.grades("hoa", "frame")] == [(10, 10)]
    link = re.findall(r"http\S+/v/\S+", score["comment"])[0]
    assert "Họ tên khớp" in visit.request.get(link, params={"name": "Nguyễn Thị Hoa"}).text()


def test_a_teacher_sees_the_whole_class_with_those_who_never_came(openedx: OpenEdx, site: Site, visit: Page) -> None:
    name, unseen = "Phan Văn Điểm", "Vũ Thị Vắng"
    sub = openedx.enrol("diem", name)
    openedx.enrol("vang", unseen)
    visit.goto(openedx.course("diem", "given"))
    tool_frame(visit)
    site.flask("demo", "answer", "--sub", sub, "--course", "cc-01", "--score", "0.9")
    until(lambda: openedx.scores("diem", "given"))

    visit.goto(openedx.course(TEACHER, "given"))
    until(lambda: class_row(visit, unseen).count())
    expect(class_row(visit, unseen)).to_contain_text("chưa bắt đầu")
    expect(class_row(visit, name)).to_contain_text("Đạt")
    assert class_row(visit, "Lê Thị Lan").count() == 0, "a teacher is no learner"
    openedx.drop("vang")
    tool_frame(visit).get_by_role("button", name="Đọc lại danh sách lớp").click()
    until(lambda: not class_row(visit, unseen).count() or "đã rời lớp" in class_row(visit, unseen).inner_text())
    class_row(visit, name).get_by_role("link").click()
    expect(visit.frames[1].locator("h1")).to_contain_text(name)
    expect(visit.frames[1].locator("main")).to_contain_text("Câu 1.")


def class_row(page: Page, name: str) -> Locator:
    """The row of one person on the class page, read anew."""
    page.reload()
    return tool_frame(page).get_by_role("row", name=name)


def test_a_copied_course_keeps_the_progress_and_brings_each_class_its_own_grade(
    openedx: OpenEdx, site: Site, visit: Page
) -> None:
    visit.goto(openedx.course("duc", "given"))
    tool_frame(visit)
    site.flask("demo", "answer", "--sub", openedx.sub("duc"), "--course", "cc-01", "--score", "0.9")
    until(lambda: certified(openedx, "duc", "given"))
    old = openedx.scores("duc", "given")

    next_year = openedx.copy("2027")
    openedx.enrol("duc", "Đỗ Minh Đức", next_year)
    visit.goto(openedx.course("duc", "given", next_year))
    expect(tool_frame(visit).locator(".embed-top")).to_contain_text(COURSE)
    until(lambda: certified(openedx, "duc", "given", next_year))
    new = openedx.scores("duc", "given", next_year)
    assert [score["given"] for score in new] == [score["given"] for score in old]
    assert [score["line_item"] for score in new] != [score["line_item"] for score in old]
    assert openedx.scores("duc", "given") == old, "last year's class stands as it was"

    visit.goto(openedx.course(TEACHER, "given", next_year))
    until(lambda: class_row(visit, "Đỗ Minh Đức").count())
    assert class_row(visit, "Út Thị Bé").count() == 0, "she is in last year's class only"
    assert not openedx.items("frame", next_year), "what was picked does not come along"
    pick(visit, openedx, "frame", OTHER, course=next_year)
    assert [item["custom"]["course"] for item in openedx.items("frame", next_year)] == ["ct-02"]
