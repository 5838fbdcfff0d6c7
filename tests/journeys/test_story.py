"""The whole story in a browser, against a running server and worker: learn, stop, resume, pass, verify, revoke."""

import re
from pathlib import Path

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.conftest import DESK, PHONE, Site
from tests.journeys.frames import take_certificate
from tests.journeys.people import read_lesson, sign_in, take_test

NAME = "Nguyễn Thị Thưởng"


def test_a_trainee_learns_passes_and_gets_a_certificate_that_hr_can_verify(
    chromium: Chromium, site: Site, tmp_path: Path
) -> None:
    phone = chromium.new_context(base_url=site.url, viewport=PHONE).new_page()  # type: ignore[arg-type]
    sign_in(phone, "hocvien@demo.vn")
    phone.goto("/courses")
    phone.get_by_role("link", name=re.compile("Kỹ năng số cơ bản")).click()
    phone.get_by_role("button", name="Bắt đầu học").first.click()
    for _ in range(2):
        read_lesson(phone)
    phone.context.close()

    desk = chromium.new_context(base_url=site.url, viewport=DESK, accept_downloads=True).new_page()  # type: ignore[arg-type]
    sign_in(desk, "hocvien@demo.vn")
    desk.get_by_role("link", name="Học tiếp bài 3").click()
    for _ in range(4):
        read_lesson(desk)
    desk.get_by_role("link", name="Làm bài kiểm tra cuối khóa").first.click()
    if desk.locator("main input[type=checkbox]").count():
        desk.locator("main input[type=checkbox]").check()
    desk.locator("main form button").first.click()
    take_test(desk, site, wrong=2)

    expect(desk.locator(".verdict")).to_contain_text("Đạt")
    expect(desk.locator("main")).to_contain_text(re.compile("Vì sao chưa đúng|Giải thích"))
    expect(desk.locator(".cert .n")).to_have_text(NAME)
    take_certificate(desk)
    desk.wait_for_function("document.querySelector('a[href$=\".pdf\"]') || (location.reload(), false)", polling=1000)
    with desk.expect_download() as download:
        desk.locator("a[href$='.pdf']").first.click()
    file = tmp_path / "certificate.pdf"
    download.value.save_as(file)
    text = " ".join(PdfReader(file).pages[0].extract_text().split())
    assert NAME in text
    code = re.search(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]", text)
    assert code, text
    _hr_verifies_and_revokes(chromium, site, code.group())


def _hr_verifies_and_revokes(chromium: Chromium, site: Site, code: str) -> None:
    officer = chromium.new_context(base_url=site.url, viewport=DESK).new_page()  # type: ignore[arg-type]
    officer.goto("/verify")
    officer.get_by_label("Mã tra cứu").fill(code.lower())
    officer.locator("main form button").first.click()
    expect(officer.locator("main")).to_have_attribute("data-status", "valid")
    expect(officer.locator("main")).not_to_contain_text(NAME)
    officer.get_by_label("Họ và tên in trên giấy").fill(NAME.lower())
    officer.get_by_role("button", name="So họ tên").click()
    expect(officer.locator("main")).to_contain_text(NAME)
    expect(officer.locator("main")).not_to_contain_text("hocvien@demo.vn")
    officer.goto("/v/" + code.replace("-", ""))
    expect(officer.locator("main")).to_have_attribute("data-status", "valid")
    officer.goto("/verify?code=" + code[:-1] + ("A" if code[-1] != "A" else "B"))
    expect(officer.locator("main")).to_have_attribute("data-status", "unknown")
    sign_in(officer, "nhansu@demo.vn")
    officer.goto("/hr/certificates/" + code.replace("-", ""))
    officer.get_by_label(re.compile("Lý do")).fill("Cấp nhầm người")
    officer.get_by_role("button", name=re.compile("Thu hồi")).click()
    officer.goto("/v/" + code.replace("-", ""))
    expect(officer.locator("main")).to_have_attribute("data-status", "revoked")
