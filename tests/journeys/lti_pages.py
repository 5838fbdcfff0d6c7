"""States that the pages of LTI can show: a class where one passed, one has not begun, one whose score was refused;
a registration that waits; a picker; a course read without a name.
"""

import sqlite3
from collections.abc import Callable
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.journeys import frames
from tests.journeys.conftest import DESK, Site
from tests.journeys.people import sign_in
from tests.journeys.platform import Person, Platform, Said
from tests.journeys.test_lti import until

Open = Callable[[Page], object]
TEACHER = Person("axe-teacher", "Lý Thị Dạy", "Instructor")
HELD = Person("axe-held", "Công Tằng Tôn Nữ Hoàng Phương Mai Khuê")
LINKED = Person("axe-linked", "Phan Thị Nối")
IDLE = Person("axe-idle", "Đỗ Chưa Học")
ACCOUNTS = """
from datetime import timedelta
from sqlalchemy import select
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.lti.models import LinkMail, LtiUser
from lms_app.lti.platform import digest
from lms_app.lti.service import identity
accounts.add_person("Phan Thị Nối", "linked@demo.vn", password="demo-2026")
account = accounts.by_email("linked@demo.vn")
users = db.session.scalars(select(LtiUser).where(LtiUser.sub.in_(["axe-held", "axe-linked"])).order_by(LtiUser.sub))
held, linked = users
token = identity.make_token(linked.id, account.id)
db.session.flush()
identity.accept(token)
until = now() + timedelta(hours=1)
db.session.add(LinkMail(digest=digest("axe-token"), user_id=held.id, account_id=account.id, expires_at=until))
"""


class LtiPages:
    """`states`: cookies of frame sessions that were taken along into a tab, so that their pages open by themselves."""

    def __init__(self, chromium: Chromium, site: Site, platform: Platform) -> None:
        self.chromium, self.site, self.platform = chromium, site, platform
        self.room = platform.new_course("Lớp trợ năng", "journey", TEACHER, HELD, LINKED, IDLE)
        content = {"title": "Kỹ năng số", "url": f"{site.url}/lti/courses/cc-01", "lineItem": {"scoreMaximum": 100}}
        self.link = self.room.add_link(content).id
        platform.script["scores"] = [Said(403), Said(403)]
        self.states = {"framed": self._launched(HELD)}
        site.flask("demo", "answer", "--sub", HELD.sub, "--course", "cc-01", "--score", "0.3")
        until(lambda: self._ids("SELECT id FROM lti_grade WHERE state = 'held'"))
        self.states["joined"] = self._launched(LINKED)
        site.flask("demo", "answer", "--sub", LINKED.sub, "--course", "cc-01", "--score", "0.9")
        site.python(ACCOUNTS)
        self.states["teacher"] = self._launched(TEACHER)
        self.states["linked"] = self._signed_in()
        platform.deep_linking = {"accept_lineitem": True, "accept_multiple": True}
        self.picker = self._framed(platform.view("pick", self.room, TEACHER))
        platform.deep_linking = {}
        self.guest = self._framed(platform.page(self.room, self.link, Person("axe-nobody"), anonymous="1"))
        self.offer, self.registered = self._register()

    def _page(self) -> Page:
        return self.chromium.new_context(viewport=DESK, base_url=self.site.url).new_page()  # type: ignore[arg-type]

    def _launched(self, person: Person) -> Any:
        page = self._page()
        frame = frames.opened(page, self.platform.page(self.room, self.link, person))
        frame.get_by_role("button", name="Mở trong thẻ mới").click()
        expect(frame.locator("h1")).to_have_text(frames.TAB)
        frames.go_on_in_a_tab(page, frame, person.name)
        state = page.context.storage_state()
        page.context.close()
        return state

    def _signed_in(self) -> Any:
        page = self._page()
        sign_in(page, "linked@demo.vn")
        state = page.context.storage_state()
        page.context.close()
        return state

    def _framed(self, address: str) -> str:
        page = self._page()
        shown = frames.opened(page, address).url
        page.context.close()
        return shown

    def _register(self) -> tuple[str, str]:
        """What is shown before, and after."""
        offer = self._framed(self.platform.register_page())
        page = self._page()
        frame = frames.opened(page, self.platform.register_page())
        frame.get_by_role("button", name="Đồng ý đăng ký").click()
        frame.wait_for_url("**/lti/registered?*")
        registered = frame.url
        page.context.close()
        return offer, registered

    def _ids(self, query: str) -> list[str]:
        with sqlite3.connect(self.site.data / "lms.db") as db:
            return [str(UUID(found)) for (found,) in db.execute(query)]

    def pages(self) -> dict[str, list[str | Open]]:
        """Who opens what."""
        by_hand = self._ids("SELECT id FROM lti_platform WHERE client_id = 'journey'")[0]
        waiting = self._ids("SELECT id FROM lti_platform WHERE status = 'pending'")[0]
        held = self._ids("SELECT id FROM lti_grade WHERE state = 'held'")[0]
        one = f"/admin/lti/{by_hand}"
        return {
            "visitor": [
                *(self.picker, f"{self.picker}?q=khong-co-khoa-nay", self._nothing_ticked),
                *(self.guest, self.offer, self.registered, "/lti/register", "/lti/account/confirm/axe-token"),
            ],
            "teacher": ["/lti/class", _work, "/courses/cc-01", "/lti/account"],
            "framed": ["/lti/data", "/lti/account", _wrong_account, "/courses/cc-01/final/result"],
            "joined": ["/lti/account", "/lti/data"],
            "linked": ["/lti/linked", "/account"],
            "chief": [
                *("/admin/lti", "/admin/lti/new", _half_a_platform, one, _checked(one), f"{one}/edit", f"{one}/delete"),
                *(f"/admin/lti/{waiting}", "/admin/lti/grades", f"/admin/lti/grades?platform={by_hand}&state=sent"),
                *(f"/admin/lti/grades?platform={by_hand}", f"/admin/lti/grades/{held}", _without_reason(held)),
            ],
        }

    def _nothing_ticked(self, page: Page) -> None:
        page.goto(self.picker)
        page.get_by_role("button", name="Thêm vào lớp").click()
        expect(page.get_by_role("alert")).to_be_visible()


def _work(page: Page) -> None:
    page.goto("/lti/class")
    page.get_by_role("link", name=HELD.name).click()
    expect(page.locator("h1")).to_contain_text("Bài làm của")


def _wrong_account(page: Page) -> None:
    page.goto("/lti/account")
    page.get_by_role("button", name="Nối tài khoản này").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _half_a_platform(page: Page) -> None:
    page.goto("/admin/lti/new")
    page.get_by_role("button", name="Thêm hệ thống").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _checked(address: str) -> Open:
    def checked(page: Page) -> None:
        page.goto(address)
        page.get_by_role("button", name="Kiểm tra kết nối").click()
        expect(page.locator("#findings")).to_be_visible()

    return checked


def _without_reason(grade: str) -> Open:
    def without_reason(page: Page) -> None:
        page.goto(f"/admin/lti/grades/{grade}")
        page.get_by_role("button", name="Bỏ điểm này").click()
        expect(page.locator(".field.bad")).to_be_visible()

    return without_reason
