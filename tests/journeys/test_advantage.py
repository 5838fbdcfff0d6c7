"""LTI Advantage on a platform of others, from its registration to next year's copy; and frames that lack something."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect

from tests.journeys import frames
from tests.journeys.conftest import DESK, Site, blocking, browser_with
from tests.journeys.people import read_lesson, sign_in
from tests.journeys.platform import Context, Person, Platform
from tests.journeys.test_lti import STARTED, until

COURSE = "Kỹ năng số cơ bản cho công chức, viên chức, người lao động"
OTHER = "Bảo đảm an toàn hệ thống thông tin theo cấp độ"
MAI = Person("co-mai", "Đỗ Thị Mai", "Instructor")
TAM = Person("tam", "Lê Văn Tám")
AN = Person("an", "Ông Thị Ẩn")
NEXT = Person("sau", "Trần Năm Sau")
Seat = Callable[[str], Page]


@pytest.fixture
def seat(chromium: Chromium, tmp_path: Path) -> Iterator[Seat]:
    """A browser of one's own, which blocks third parties' cookies."""
    with ExitStack() as browsers:

        def sit(name: str) -> Page:
            (tmp_path / name).mkdir()
            return browsers.enter_context(blocking(chromium, tmp_path / name)).new_page()

        yield sit


@pytest.fixture
def admin(chromium: Chromium, site: Site) -> Iterator[Page]:
    context = chromium.new_context(base_url=site.url, viewport=DESK)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def in_course(platform: Platform, title: str, *people: Person) -> tuple[Context, str]:
    """A course of the platform's that is registered by hand, with one link."""
    room = platform.new_course(title, "journey", *people)
    link = room.add_link({"title": COURSE, "url": f"{platform.tool}/lti/courses/cc-01"})
    return room, link.id


# ---- the whole story


def test_a_class_from_registration_to_next_years_copy(platform: Platform, site: Site, admin: Page, seat: Seat) -> None:
    desk, home = seat("teacher"), seat("learner")
    client, code = frames.register(desk, platform)
    room = platform.new_course("Lớp Kỹ năng số 2026", client, MAI, TAM, AN)
    refused = frames.opened(desk, platform.view("pick", room, MAI))
    expect(refused.locator("main")).to_contain_text("đang chờ quản trị viên của trang này duyệt")
    frames.manage(admin, site, code)
    frames.decide(admin, "Duyệt kết nối", "Đang dùng")

    frames.pick(desk, platform, room, MAI, COURSE, OTHER)
    first, second = room.links.values()
    assert [link.custom["course"] for link in (first, second)] == ["cc-01", "ct-02"]
    assert [room.items[link.item]["scoreMaximum"] for link in (first, second)] == [100, 100]

    passes(home, platform, site, room)
    score = dict(room.grades[first.item, TAM.sub])
    sees_class_and_work(desk, platform, room, score)

    twin = platform.copy(room)
    goes_on_in_the_copy(home, platform, twin, score)
    assert room.grades == {(first.item, TAM.sub): score}, "the old gradebook stays as it was"
    begins(home, platform, twin)
    tells_both_classes_apart(desk, platform, room, twin)


def passes(page: Page, platform: Platform, site: Site, room: Context) -> None:
    """A learner, in a frame of another site without a third party's cookies: name, lessons, test, certificate."""
    link = next(iter(room.links.values()))
    frame = frames.opened(page, platform.page(room, link.id, TAM))
    kept = frame.evaluate("document.cookie = 'other=1; SameSite=None; Secure; path=/'; document.cookie")
    assert "other" not in kept, "third parties' cookies are blocked"
    expect(frame.locator(".embed-top")).to_contain_text(COURSE)
    frames.learn(frame)
    frames.confirm_name(frame, TAM.name)
    frames.pass_test(frame, site, wrong=1)
    right, total = re.findall(r"(\d+)/(\d+)", frame.locator(".verdict").inner_text())[0]
    frames.take_certificate(frame)
    until(lambda: "/v/" in grade(room, link.item, TAM)["comment"])
    score = grade(room, link.item, TAM)
    assert score["scoreGiven"] == pytest.approx(100 * int(right) / int(total), abs=0.01)
    assert (score["scoreMaximum"], score["gradingProgress"]) == (100, "FullyGraded")
    page.goto(re.findall(rf"{site.url}/v/\S+", score["comment"])[0])
    expect(page.locator("main")).to_have_attribute("data-status", "valid")
    page.get_by_label("Họ và tên in trên giấy").fill(TAM.name)
    page.get_by_role("button", name="So họ tên").click()
    expect(page.locator("main")).to_contain_text("Họ tên khớp")


def grade(room: Context, item: str, person: Person) -> dict[str, Any]:
    return room.grades.get((item, person.sub), {"comment": ""})


def class_page(page: Page, platform: Platform, room: Context) -> list[str]:
    """The rows of the class page in the teacher's frame, once the roster has been read."""
    frame = frames.opened(page, platform.page(room, next(iter(room.links)), MAI))
    expect(frame.locator("h1")).to_have_text(COURSE)

    def is_read() -> bool:
        with frame.expect_navigation():
            frame.get_by_role("link", name="Lớp học").click()
        return frame.get_by_text("Danh sách lớp tính đến").count() > 0

    until(is_read)
    return [" ".join(row.split()) for row in frame.locator("tbody tr").all_inner_texts()]


def sees_class_and_work(page: Page, platform: Platform, room: Context, score: dict[str, Any]) -> None:
    """The class page: everybody of the roster, by given names. The gradebook: score, certificate, way to the work."""
    idle, begun = class_page(page, platform, room)
    assert (TAM.name in begun, "6/6" in begun, "Đạt" in begun, "Đã vào sổ điểm" in begun) == (True,) * 4, begun
    assert f"{int(score['scoreGiven'])}" in begun
    assert (AN.name in idle, "chưa bắt đầu" in idle) == (True, True), idle
    page.goto(platform.view("grades", room, MAI))
    expect(page.locator("li")).to_contain_text(score["comment"])
    page.get_by_role("link", name=f"{score['scoreGiven']}/100").click()
    work = frames.settled(page)
    expect(work.locator("h1")).to_have_text(f"Bài làm của {TAM.name}")
    expect(work.locator(".verdict")).to_contain_text("Đạt")
    expect(work.locator("main")).to_contain_text("Đáp án")


def goes_on_in_the_copy(page: Page, platform: Platform, twin: Context, score: dict[str, Any]) -> None:
    """The same learner in the copied course: progress is there, and the copy's own column gets the score."""
    link = next(iter(twin.links.values()))
    frame = frames.opened(page, platform.page(twin, link.id, TAM))
    expect(frame.locator(".steps")).to_contain_text("Đã xong 100% khóa học")
    until(lambda: grade(twin, link.item, TAM)["comment"] == score["comment"])
    assert grade(twin, link.item, TAM)["scoreGiven"] == score["scoreGiven"]


def begins(page: Page, platform: Platform, twin: Context) -> None:
    frame = frames.opened(page, platform.page(twin, next(iter(twin.links)), NEXT))
    expect(frame.locator("h1")).to_contain_text(STARTED)
    expect(frame.locator(".steps")).to_contain_text("Đã xong 0% khóa học")
    read_lesson(frame)


def tells_both_classes_apart(page: Page, platform: Platform, room: Context, twin: Context) -> None:
    old, new = class_page(page, platform, room), class_page(page, platform, twin)
    assert len(old) == 2
    assert not any(NEXT.name in row for row in old)
    assert [(NEXT.name in row, TAM.name in row) for row in new] == [(True, False), (False, True)]
    assert "1/6" in new[0]


def test_the_picker_works_by_keyboard_in_a_frame_as_wide_as_a_phone(platform: Platform, seat: Seat) -> None:
    room, _link = in_course(platform, "Lớp bàn phím", MAI)
    page = seat("teacher")
    page.set_viewport_size({"width": 390, "height": 844})
    platform.deep_linking = {"accept_lineitem": True, "accept_multiple": True}
    frame = frames.opened(page, platform.view("pick", room, MAI))
    assert frame.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    press_on(page, frame.get_by_role("checkbox", name=COURSE, exact=True), "Space")
    press_on(page, frame.get_by_role("checkbox", name=re.compile(f"Với cột điểm ?: {COURSE}")), "Space")
    press_on(page, frame.get_by_role("checkbox", name=OTHER, exact=True), "Space")
    press_on(page, frame.get_by_role("button", name="Thêm vào lớp"), "Enter")
    expect(frame.locator("h1")).to_have_text("Đã nhận 2 mục")
    platform.deep_linking = {}
    assert [bool(link.item) for link in list(room.links.values())[1:]] == [False, True], "the column was unticked"


def press_on(page: Page, what: Locator, key: str) -> None:
    """Walk there with the Tab key, and press."""
    for _ in range(60):
        if what.evaluate("one => one === document.activeElement"):
            return page.keyboard.press(key)
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not come to {what}")


# ---- frames that lack something


def test_with_only_third_parties_cookies_blocked_a_platform_that_stores_opens_in_its_frame(
    platform: Platform, seat: Seat
) -> None:
    room, link = in_course(platform, "Lớp giữ hộ", Person("store-1", "Hồ Thị Giữ"))
    page = seat("learner")
    frame = frames.opened(page, platform.page(room, link, room.people["store-1"], storage="_parent"))
    expect(frame.locator("h1")).to_contain_text(STARTED)
    assert page.evaluate("heard.map(one => one.subject)").count("lti.put_data") == 1
    read_lesson(frame)
    expect(frame.locator("h1")).not_to_contain_text(STARTED)


def test_a_frame_without_any_cookie_is_proven_by_the_platforms_storage_and_goes_on_in_a_tab_that_says_whose_name(
    platform: Platform, site: Site, chromium: Chromium, tmp_path: Path
) -> None:
    rule = {f"{site.url},{platform.url}": {"setting": 2}}
    room, link = in_course(platform, "Lớp không cookie", Person("store-2", "Hồ Văn Giữ"))
    with browser_with({"content_settings": {"exceptions": {"cookies": rule}}}, chromium, tmp_path) as context:
        page = context.new_page()
        frame = frames.opened(page, platform.page(room, link, room.people["store-2"], storage="_parent"))
        frame.wait_for_url("**/lti/arrive?*")
        assert page.evaluate("heard.map(one => one.subject)") == ["lti.put_data", "lti.get_data"]
        expect(frame.locator("h1")).to_have_text(frames.TAB)
        tab = frames.go_on_in_a_tab(page, frame, "Hồ Văn Giữ")
        expect(tab.locator("h1")).to_contain_text(STARTED)
        read_lesson(tab)
        expect(tab.locator("h1")).not_to_contain_text(STARTED)


def test_an_anonymous_launch_reads_and_is_told_that_nothing_is_recorded(platform: Platform, seat: Seat) -> None:
    room, link = in_course(platform, "Lớp không tên")
    frame = frames.opened(seat("guest"), platform.page(room, link, Person("hidden-1", "Ẩn Danh"), anonymous="1"))
    expect(frame.locator("h1")).to_contain_text(STARTED)
    expect(frame.locator("main")).to_contain_text("không có gì được ghi lại: không tiến độ, không điểm")
    assert frame.get_by_role("button", name="Hoàn thành và tiếp tục").count() == 0
    frame.get_by_role("link", name="Bài tiếp theo").click()
    expect(frame.locator("h1")).not_to_contain_text(STARTED)
    assert "Ẩn Danh" not in frame.locator("body").inner_text()
    assert not platform.of("hidden-1")


# ---- whose learning, whose data


def test_an_account_is_linked_from_inside_the_frame_and_let_go_again(
    platform: Platform, site: Site, admin: Page, seat: Seat
) -> None:
    site.python('accounts.add_person("Vũ Thị Nối", "noi@demo.vn", password="demo-2026")')
    room, link = in_course(platform, "Lớp nối", Person("link-1", "Vũ T. Nối"))
    frame = frames.opened(seat("learner"), platform.page(room, link, room.people["link-1"]))
    read_lesson(frame)
    frame.get_by_role("link", name="Nối tài khoản").click()
    expect(frame.locator("main")).to_contain_text("chưa nối")
    form = frame.locator("form[action='/lti/account/sign-in']")
    form.get_by_label("Thư điện tử công vụ").fill("noi@demo.vn")
    form.get_by_label("Mật khẩu").fill("sai mật khẩu")
    form.get_by_role("button", name="Nối tài khoản này").click()
    expect(frame.locator("[role=alert]").first).to_contain_text("Chưa nối được")
    form.get_by_label("Mật khẩu").fill("demo-2026")
    form.get_by_role("button", name="Nối tài khoản này").click()
    expect(frame.locator(".verdict")).to_contain_text("Đã nối tài khoản")
    expect(frame.locator("body > footer")).to_contain_text("Vũ Thị Nối")

    sign_in(admin, "noi@demo.vn")
    expect(admin.locator("main")).to_contain_text("Kỹ năng số cơ bản")
    frame.get_by_role("button", name="Bỏ nối tài khoản").click()
    expect(frame.locator(".verdict")).to_contain_text("Đã bỏ nối")
    expect(frame.locator("body > footer")).to_contain_text("Vũ T. Nối")
    admin.goto("/me")
    expect(admin.locator("main")).not_to_contain_text("Kỹ năng số cơ bản")
    frame.get_by_role("link", name="Khóa học").first.click()
    expect(frame.locator("main")).to_contain_text("Đã xong 1 trong 6 bài học")


def test_a_data_privacy_launch_shows_the_learner_what_is_kept_and_nobody_else(platform: Platform, seat: Seat) -> None:
    person, other = Person("data-1", "Bùi Thị Riêng"), Person("data-2", "Bùi Văn Khác")
    room, link = in_course(platform, "Lớp dữ liệu", person, other)
    page = seat("learner")
    frame = frames.opened(page, platform.page(room, link, person))
    read_lesson(frame)
    frame = frames.opened(page, platform.privacy_page(room, person, "data-1"))
    expect(frame.locator("h1")).to_have_text("Dữ liệu của anh chị ở đây")
    for told in ("data-1", "Bùi Thị Riêng", "data-1@truong.example", "Lớp dữ liệu", "1/6"):
        expect(frame.locator("main")).to_contain_text(told)
    frame = frames.opened(page, platform.privacy_page(room, person, "data-2"))
    expect(frame.locator("h1")).to_have_text(frames.REFUSED)
    assert "Bùi Văn Khác" not in frame.locator("body").inner_text()


# ---- platforms that may not, may, may not, may


def test_a_platform_opens_nothing_before_it_is_approved_nor_while_it_is_disabled(
    platform: Platform, site: Site, admin: Page, seat: Seat
) -> None:
    page = seat("learner")
    client, code = frames.register(page, platform)
    room = platform.new_course("Lớp tạm ngừng", client, Person("off-1", "Cao Thị Dừng"))
    link = room.add_link({"title": COURSE, "url": f"{platform.tool}/lti/courses/cc-01"})
    address = platform.page(room, link.id, room.people["off-1"])
    frames.manage(admin, site, code)
    for button, chip, told in (
        ("", "", "đang chờ quản trị viên của trang này duyệt"),
        ("Duyệt kết nối", "Đang dùng", ""),
        ("Tạm ngừng", "Đang ngừng", "Kết nối với hệ thống gửi đến đang tạm ngừng."),
        ("Dùng lại", "Đang dùng", ""),
    ):
        if button:
            frames.decide(admin, button, chip)
        frame = frames.opened(page, address)
        expect(frame.locator("h1")).to_contain_text(frames.REFUSED if told else STARTED)
        expect(frame.locator("main")).to_contain_text(told)
