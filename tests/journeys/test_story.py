"""The whole story in a browser, against a running server and worker: learn, stop, resume, fail, pass, print, verify, revoke."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.conftest import DESK, PHONE, Site

NAME = "Nguyễn Thị Thưởng"


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    form = page.locator("form[action='/sign-in']")
    form.get_by_label("Thư điện tử công vụ").fill(email)
    form.get_by_label("Mật khẩu").fill("demo-2026")
    form.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/me")


def read_lesson(page: Page) -> None:
    """Answer each self-check with its first option, then complete and continue."""
    while page.locator("form.check:not([data-answered])").count():
        check = page.locator("form.check:not([data-answered])").first
        check.locator("input[type=radio], input[type=checkbox]").first.check()
        check.get_by_role("button").click()
        expect(page.locator(".told").first).to_be_visible()
    page.get_by_role("button", name="Hoàn thành và tiếp tục").click()


def keys(site: Site, position: int) -> Any:
    """The right answer to the question at this place of the newest attempt, from the database: the page must not tell."""
    with sqlite3.connect(site.data / "lms.db") as db:
        found = db.execute(
            "SELECT q.kind, q.key, t.body, i.layout FROM attempt_item i JOIN question q ON q.id = i.question_id"
            " JOIN question_text t ON t.question_id = q.id AND t.lang = 'vi'"
            " JOIN attempt a ON a.id = i.attempt_id WHERE i.position = ? ORDER BY a.started_at DESC LIMIT 1",
            (position,),
        ).fetchone()
    kind, key, body, layout = found[0], *(json.loads(part) for part in found[1:])
    return kind, key, body, layout


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).replace("&amp;", "&").split())


def answer(page: Page, site: Site, position: int, *, right: bool) -> None:
    kind, key, body, _layout = keys(site, position)
    main = page.locator("main")
    if kind in {"single", "multiple"}:
        wanted = [option for option in body["options"] if (option["id"] in key["right"]) == right]
        for option in wanted if kind == "multiple" and right else wanted[:1]:
            label = main.locator("label.opt", has_text=plain(option["html"])).first
            label.locator("input").check()
    elif kind == "numeric":
        low = key["ranges"][0][0].replace(".", ",")
        main.locator("input[type=text], input[inputmode]").first.fill(low if right else "987654")
    elif kind == "gap":
        for at, gap in enumerate(key["gaps"]):
            main.locator("input[type=text]").nth(at).fill(gap["accepted"][0] if right else "không biết")
    else:
        _choose(page, kind, key, body, right=right)


def _choose(page: Page, kind: str, key: Any, body: Any, *, right: bool) -> None:
    """Order and match: a list box beside each row."""
    if kind == "order":
        rows = {option["id"]: option["html"] for option in body["options"]}
        sequence = key["sequence"] if right else key["sequence"][::-1]
        for rank, option in enumerate(sequence, 1):
            page.get_by_label(plain(rows[option]), exact=False).select_option(label=str(rank))
        return
    choices = {choice["id"]: plain(choice["html"]) for choice in body["choices"]}
    lefts = {row["id"]: plain(row["html"]) for row in body["rows"]}
    pairs = list(key["pairs"].items())
    for at, (left, choice) in enumerate(pairs):
        picked = choice if right else pairs[(at + 1) % len(pairs)][1]
        page.get_by_label(lefts[left], exact=False).select_option(label=choices[picked])


def take_test(page: Page, site: Site, *, wrong: int) -> None:
    """Answer every question, the first `wrong` ones wrongly, and submit."""
    total = int(re.search(r"/(\d+)", page.locator("h1").inner_text()).group(1))  # type: ignore[union-attr]
    for position in range(1, total + 1):
        answer(page, site, position, right=position > wrong)
        page.locator(".quizbar button:not(.btn-2)").click()
    page.get_by_role("button", name="Nộp bài").click()


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
    expect(desk.locator("main")).to_contain_text("Vì sao chưa đúng")
    expect(desk.locator(".cert .n")).to_have_text(NAME)
    desk.goto("/me/certificates")
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
