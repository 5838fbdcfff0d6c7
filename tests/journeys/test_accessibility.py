"""Every page, for everybody: axe, no sideways scroll, no script needed, nothing said to the console.

Pages are listed once as (name, who, address); `people` brings the states about by plain requests.
"""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Frame, Page, expect

from tests.journeys import frames
from tests.journeys.conftest import DESK, PHONE, Site
from tests.journeys.lti_pages import LtiPages, Open
from tests.journeys.people import read_lesson, sign_in, start_course, take_test
from tests.journeys.platform import Platform

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
AXE = "axe.run({runOnly: " + json.dumps(TAGS) + ", resultTypes: ['violations']})"
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS = [("light", PHONE), ("dark", DESK)]
STATES = """
for name, courses in {"trainee": ("cc-01", "ct-02", "ld-01"), "failed": ("cc-01",)}.items():
    for course in courses:
        enrolment = learning.enrol(accounts.by_email(f"{name}@demo.vn").id, course)
        learning.read_all(enrolment)
        if name == "failed":
            assessment.play(enrolment.person_id, course, 0)
        else:
            assessment.start(enrolment.person_id, course, acknowledged=True)
"""
"""One stands in the middle of all tests, one has failed."""
ONE_OF_EACH_KIND = (
    "SELECT q.kind, e.course_id, i.position FROM attempt_item i JOIN question q ON q.id = i.question_id"
    " JOIN attempt a ON a.id = i.attempt_id JOIN enrolment e ON e.id = a.enrolment_id"
    " JOIN person p ON p.id = e.person_id WHERE p.email = 'trainee@demo.vn' GROUP BY q.kind"
)


class World:
    """The states that pages can show, and the signed-in cookies that open them."""

    def __init__(self, chromium: Chromium, site: Site, platform: Platform) -> None:
        self.chromium, self.site, self.platform = chromium, site, platform
        self.states: dict[str, Any] = {"visitor": None}
        site.python(STATES)
        for name in ("trainee", "failed", "officer", "chief", "scriptless"):
            page = self.fresh()
            sign_in(page, f"{name}@demo.vn")
            self.states[name] = page.context.storage_state()
            page.context.close()
        site.flask("demo", "certificates", "--count", "2", "--out", str(site.data / "made"))
        self.valid, self.revoked = sorted(path.stem for path in (site.data / "made").glob("*.pdf"))
        self.file = site.data / "made" / f"{self.revoked}.pdf"
        self._revoke()
        with sqlite3.connect(site.data / "lms.db") as db:
            kinds = db.execute(ONE_OF_EACH_KIND).fetchall()
        assert len(kinds) >= 4, f"drawn anew each time, but never so few kinds: {kinds}"
        self.lti = LtiPages(chromium, site, platform)
        self.states |= self.lti.states
        self.questions = [f"/courses/{course}/final/{position}" for _kind, course, position in kinds]

    def fresh(self, who: str = "visitor", **values: Any) -> Page:
        state = self.states.get(who)
        return self.chromium.new_context(base_url=self.site.url, storage_state=state, **values).new_page()

    def _revoke(self) -> None:
        page = self.fresh("officer", viewport=DESK)
        page.goto(f"/hr/certificates/{self.revoked}")
        page.get_by_label(re.compile("Lý do")).fill("Cấp nhầm người")
        page.get_by_role("button", name=re.compile("Thu hồi")).click()
        page.context.close()


def begin(page: Page) -> None:
    if page.locator("main input[type=checkbox]").count():
        page.locator("main input[type=checkbox]").check()
    page.locator("main form button").first.click()


@pytest.fixture(scope="session")
def world(chromium: Chromium, site: Site, platform: Platform) -> World:
    return World(chromium, site, platform)


def _wrong_password(page: Page) -> None:
    page.goto("/sign-in")
    form = page.locator("form[action='/sign-in']")
    form.get_by_label("Thư điện tử công vụ").fill("ai@demo.vn")
    form.get_by_label("Mật khẩu").fill("sai")
    form.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator(".errors, [role=alert]").first).to_be_visible()


def _unanswered(page: Page) -> None:
    page.goto("/courses/ld-01")
    if page.get_by_role("button", name="Bắt đầu học").count():
        page.get_by_role("button", name="Bắt đầu học").first.click()
    else:
        page.get_by_role("link", name=re.compile("Vào bài 1|Học tiếp")).first.click()
    page.get_by_role("button", name="Hoàn thành và tiếp tục").click()
    expect(page.locator("#errors")).to_be_visible()


def _previewed(page: Page) -> None:
    page.goto("/hr/batches/new")
    page.get_by_label("Khóa học").select_option("cc-01")
    page.get_by_role("button", name="Xem ai sẽ được cấp").click()
    expect(page.locator("#preview")).to_be_visible()


def _person(page: Page) -> None:
    page.goto("/hr/people")
    page.locator("tbody a").first.click()
    expect(page.locator("#courses")).to_be_visible()


def _unsaved(page: Page) -> None:
    page.goto("/hr/people/new")
    page.get_by_role("button", name="Thêm người này").click()
    expect(page.locator("#errors")).to_be_visible()


def _unnamed(code: str) -> Open:
    def unnamed(page: Page) -> None:
        page.goto(f"/hr/certificates/{code}/replace")
        page.get_by_label("Họ và tên").fill("")
        page.get_by_role("button", name="Cấp giấy mới").click()
        expect(page.locator("#errors")).to_be_visible()

    return unnamed


def _unit(page: Page) -> None:
    """A ward that came out of two districts."""
    page.goto("/hr/units?q=An+H%E1%BB%99i")
    page.get_by_role("link", name="phường An Hội").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("An Hội")


def _changed(page: Page) -> None:
    """A rename as it is shown before it is done."""
    _unit(page)
    page.goto(f"{page.url}/change?kind=rename")
    page.get_by_label("Từ ngày").fill("01/01/2027")
    page.get_by_label("Văn bản").fill("Nghị quyết thử")
    page.get_by_role("button", name="Xem điều sẽ xảy ra").click()
    expect(page.locator("#seen")).to_be_visible()


def _book(page: Page) -> None:
    page.goto("/hr/books")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("button", name="In sổ (PDF)")).to_be_visible()


def _uploaded(file: Path) -> Open:
    def uploaded(page: Page) -> None:
        page.goto("/verify")
        page.get_by_label("Tệp PDF").set_input_files(file)
        page.get_by_role("button", name="Kiểm tra tệp").click()
        expect(page.locator("main")).to_have_attribute("data-status", "revoked")

    return uploaded


def _offline(file: Path) -> Open:
    def offline(page: Page) -> None:
        page.goto("/verify/offline")
        expect(page.locator("#kept")).to_contain_text("đã lưu")
        page.locator("#file").set_input_files(file)
        expect(page.locator("main")).to_have_attribute("data-status", "revoked")

    return offline


def pages(world: World) -> list[tuple[str, str | Open]]:
    """Who opens what."""
    final = "/courses/cc-01/final"
    visitor: list[str | Open] = [
        *("/", "/courses", "/courses/cc-01", "/courses?q=khong-co-khoa-nay", "/help", "/privacy", "/accessibility"),
        *("/verify", f"/v/{world.valid}", f"/v/{world.revoked}", "/verify?code=ABCD-ABCD-ABCD-A", "/lti/"),
        *("/verify/offline", _uploaded(world.file), _offline(world.file)),
        *("/sign-in", _wrong_password, "/khong-co-trang-nay", "/lti/login"),
        "/sign-in/link/khong-co",
    ]
    trainee: list[str | Open] = [
        *("/me", "/account", "/courses/cc-01", "/courses/cc-01/lessons/thiet-bi", "/admin/", final, f"{final}/review"),
        *world.questions,
        *("/courses/cc-01/final/1", "/me/certificates"),
    ]
    failed: list[str | Open] = [f"{final}/result", final, "/me", "/me/certificates"]
    figures: list[str | Open] = ["/hr/indicators", "/hr/indicators/k8/people"]
    officer: list[str | Open] = [*figures, "/hr/certificates", "/hr/certificates/check", "/hr/certificates/waiting"]
    officer += [f"/hr/certificates/{world.valid}", "/hr/batches", "/hr/batches/new", _previewed]
    officer += [f"/hr/certificates/{world.revoked}", "/me", _unanswered]
    officer += [f"/hr/certificates/{world.valid}/replace", f"/hr/certificates/{world.valid}/withdraw"]
    officer += [_unnamed(world.valid)]
    officer += ["/hr/units", "/hr/units/new", "/hr/units/import", "/hr/units/unplaced", _unit, _changed]
    officer += ["/hr/", "/hr/people", "/hr/people/new", _person, _unsaved]
    officer += ["/hr/coverage", "/hr/coverage/people?what=staff", "/hr/coverage/timeline", "/hr/coverage?day=x"]
    officer += ["/hr/books", _book, "/hr/certificates/download?show=1", "/hr/outside", "/hr/signing"]
    officer += [
        "/hr/plans",
        "/hr/headcounts",
        "/hr/headcounts/import",
        "/hr/targets",
        "/hr/targets/new",
        "/hr/baselines",
    ]
    officer += ["/hr/campaigns", "/hr/campaigns/new", "/hr/network", "/hr/network/new", "/hr/people/imports"]
    officer += ["/hr/assignments", "/hr/assignments/new", "/hr/reminders", "/hr/reports"]
    admin: list[str | Open] = ["/admin/", "/admin/outbox", "/admin/designs", "/admin/designs/default"]
    admin += ["/admin/signing", "/admin/issuers", "/admin/issuers/new"]
    everybody = {"visitor": visitor, "trainee": trainee, "failed": failed, "officer": officer, "chief": admin}
    shown = [(who, where) for who, places in everybody.items() for where in places]
    return shown + [(who, where) for who, places in world.lti.pages().items() for where in places]


def go(page: Page, where: str | Open) -> str:
    if callable(where):
        where(page)
        return getattr(where, "__name__", "?")
    page.goto(where)
    return where


def faults(page: Page | Frame) -> list[str]:
    """What axe finds, each as one line."""
    found = page.evaluate(AXE_SCRIPT + ";" + AXE)["violations"]
    return [f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found for node in one["nodes"]]


def listened(page: Page, said: list[str]) -> None:
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))


def theme(context: BrowserContext, site: Site, look: str) -> None:
    context.add_cookies([{"name": "theme", "value": look, "url": site.url}])


@pytest.mark.parametrize(("look", "size"), LOOKS, ids=["light-phone", "dark-desk"])
def test_axe_finds_nothing_on_any_page(world: World, look: str, size: Any) -> None:
    wrong: list[str] = []
    opened: dict[str, Page] = {}
    for who, where in pages(world):
        if who not in opened:
            opened[who] = world.fresh(who, viewport=size, bypass_csp=True)
            theme(opened[who].context, world.site, look)
        page = opened[who]
        name = go(page, where)
        wrong += [f"{who} {name}: {fault}" for fault in faults(page)]
        if page.evaluate(WIDER) > 0:
            wrong.append(f"{who} {name}: sideways scroll at {size['width']}")
    for page in opened.values():
        page.context.close()
    assert not wrong, "\n".join(wrong)


def test_no_page_scrolls_sideways_or_complains_to_the_console(world: World) -> None:
    """At 320 px, and with letters twice as large; on the way the console stays empty."""
    wrong: list[str] = []
    opened: dict[str, Page] = {}
    said: list[str] = []
    for who, where in pages(world):
        if who not in opened:
            opened[who] = world.fresh(who, viewport={"width": 320, "height": 700})
            listened(opened[who], said)
        page = opened[who]
        name = go(page, where)
        if page.evaluate(WIDER) > 0:
            wrong.append(f"{who} {name}: sideways scroll at 320")
        page.set_viewport_size({"width": 640, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if page.evaluate(WIDER) > 0:
            wrong.append(f"{who} {name}: sideways scroll with letters twice as large")
        page.set_viewport_size({"width": 320, "height": 700})
    for page in opened.values():
        page.context.close()
    heard = [text for text in said if not re.search("status of 40[0-9]", text)]
    assert not wrong + heard, "\n".join(wrong + heard)


def test_the_framed_lesson_is_as_good(world: World) -> None:
    page = world.chromium.new_context(viewport=DESK, bypass_csp=True).new_page()  # type: ignore[arg-type]
    page.goto(world.platform.course("axe-1", "Lê Văn Khung"))
    frame = page.frames[1]
    expect(frame.get_by_role("button", name="Mở trong thẻ mới")).to_be_visible()
    wrong = faults(frame)
    lesson = frame.url
    for where in ("/courses/cc-01", "/courses/cc-01/final"):
        frame.goto(world.site.url + where)
        expect(frame.locator(".embed-top")).to_be_visible()
        wrong += faults(frame)
    frame.goto(lesson)
    frame.get_by_role("button", name="Mở trong thẻ mới").click()
    expect(frame.locator("h1")).to_have_text(frames.TAB)
    wrong += faults(frame)
    with page.expect_popup() as opened:
        frame.get_by_role("button", name="Mở trong thẻ mới").click()
    expect(opened.value.locator("h1")).to_have_text("Học với tên Lê Văn Khung")
    wrong += faults(opened.value)
    page.context.close()
    assert not wrong, "\n".join(wrong)


def test_lesson_and_test_need_no_script_and_what_follows_is_as_good(world: World) -> None:
    page = world.fresh("scriptless", viewport=PHONE, java_script_enabled=False)
    page.goto("/courses/cc-01")
    start_course(page)
    while "/lessons/" in page.url:
        read_lesson(page)
    page.goto("/courses/cc-01/final")
    begin(page)
    take_test(page, world.site, wrong=2)
    expect(page.locator(".verdict")).to_contain_text("Đạt")
    page.context.close()

    page = world.fresh("scriptless", viewport=PHONE, bypass_csp=True)
    wrong = []
    for where in ("/courses/cc-01/final/result", "/courses/cc-01/certificate", "/me/certificates", "/courses/cc-01"):
        page.goto(where)
        wrong += [f"{where}: {fault}" for fault in faults(page)]
        if page.evaluate(WIDER) > 0:
            wrong.append(f"{where}: sideways scroll")
    page.context.close()
    assert not wrong, "\n".join(wrong)
