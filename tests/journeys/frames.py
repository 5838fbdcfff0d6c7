"""What people do around and inside a platform's frame: register the tool, approve it, pick, learn, go on in a tab."""

import re

from playwright.sync_api import Frame, Page, expect

from tests.journeys.conftest import Site
from tests.journeys.people import read_lesson, sign_in, take_test
from tests.journeys.platform import Context, Person, Platform

REFUSED = "Chưa mở được khóa học"
TAB = "Mở khóa học trong thẻ mới"


def opened(page: Page, address: str) -> Frame:
    """A page of the platform with the tool's frame, once a launch has settled in it."""
    page.goto(address)
    return settled(page)


def settled(page: Page) -> Frame:
    expect(page.frame_locator("#tool").locator("h1")).to_be_visible()
    return page.frames[1]


def register(page: Page, platform: Platform) -> tuple[str, str]:
    """The platform's administrator agrees in the frame. Returns the client's id and what to name to ours."""
    before = set(platform.clients)
    frame = opened(page, platform.register_page())
    expect(frame.locator("h1")).to_contain_text("Đăng ký")
    assert set(platform.clients) == before, "shown before it is done"
    frame.get_by_role("button", name="Đồng ý đăng ký").click()
    expect(frame.locator(".verdict")).to_contain_text("Đã đăng ký")
    code = re.findall(r"duyệt kết nối ([0-9a-f]{8})", frame.locator("main").inner_text())[0]
    frame.get_by_role("button", name="Đóng khung này").click()
    expect(page.locator("#said")).to_have_text("Đã đóng")
    (client,) = set(platform.clients) - before
    return client, code


def manage(page: Page, site: Site, code: str) -> None:
    """An administrator of ours signs in and opens one platform's page."""
    sign_in(page, "quantri@demo.vn")
    page.goto("/admin/lti")
    page.locator(f"main a[href*='/admin/lti/{code}']").click()
    expect(page.get_by_role("button", name="Kiểm tra kết nối")).to_be_visible()
    assert page.url.startswith(site.url)


def decide(page: Page, button: str, chip: str) -> None:
    page.get_by_role("button", name=button).click()
    expect(page.locator("main .chip").first).to_have_text(chip)


def pick(page: Page, platform: Platform, room: Context, teacher: Person, *titles: str) -> Frame:
    """Deep linking in the frame: each of these courses ticked, with the grade column that the picker proposes."""
    platform.deep_linking = {"accept_lineitem": True, "accept_multiple": True, "data": "d+1"}
    frame = opened(page, platform.view("pick", room, teacher))
    expect(frame.locator("h1")).to_have_text("Chọn nội dung cho lớp")
    for title in titles:
        frame.get_by_role("checkbox", name=title, exact=True).check()
        expect(frame.get_by_role("checkbox", name=re.compile(f"Với cột điểm ?: {title}"))).to_be_checked()
    frame.get_by_role("button", name="Thêm vào lớp").click()
    expect(frame.locator("h1")).to_have_text(f"Đã nhận {len(titles)} mục")
    platform.deep_linking = {}
    return frame


def learn(frame: Frame) -> None:
    """Read every lesson, up to the door of the final test."""
    while frame.get_by_role("button", name="Hoàn thành và tiếp tục").count():
        read_lesson(frame)
    frame.get_by_role("link", name="Làm bài kiểm tra cuối khóa").first.click()
    expect(frame.locator("h1")).to_contain_text("iểm tra")


def confirm_name(frame: Frame, name: str) -> None:
    expect(frame.get_by_label("Họ tên in trên giấy chứng nhận")).to_have_value(name)


def pass_test(frame: Frame, site: Site, *, wrong: int) -> None:
    if frame.locator("main input[type=checkbox]").count():
        frame.locator("main input[type=checkbox]").check()
    frame.locator("main form button").first.click()
    expect(frame.locator("h1")).to_contain_text("Câu 1")
    take_test(frame, site, wrong=wrong)
    expect(frame.locator(".verdict")).to_contain_text("Đạt")


def take_certificate(page: Page | Frame) -> None:
    """The learner sees the name as it will print, and says that it is right."""
    page.get_by_role("button", name="Đúng, cấp giấy").click()
    expect(page.locator("h1")).to_have_text("Giấy chứng nhận của tôi")


def go_on_in_a_tab(page: Page, frame: Frame, name: str) -> Page:
    """The button that opens a tab; it says whose name one learns under before it lets one in."""
    with page.expect_popup() as popup:
        frame.get_by_role("button", name="Mở trong thẻ mới").click()
    tab = popup.value
    expect(tab.locator("h1")).to_have_text(f"Học với tên {name}")
    tab.get_by_role("button", name="Vào học").click()
    expect(tab.locator("h1")).not_to_have_text(f"Học với tên {name}")
    return tab
