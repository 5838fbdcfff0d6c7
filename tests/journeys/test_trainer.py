"""A trainer mends a course in its folder: checked, published, seen by the next trainee; no running test changes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, Site
from tests.journeys.people import answer, read_lesson, sign_in, start_course, take_test

NEWS = "Câu này được giảng viên thêm hôm nay."
ASKED = "Câu hỏi được sửa hôm nay:"


@pytest.fixture
def folder(site: Site) -> Iterator[Path]:
    """cc-01 as it lies in the copied courses folder; whatever a test broke is put back."""
    found = Path(site.env["LMS_COURSES"]) / "cc-01"
    before = {path: path.read_bytes() for path in found.rglob("*") if path.is_file()}
    yield found
    for path, content in before.items():
        path.write_bytes(content)


def add_after_title(path: Path, words: str) -> None:
    """A paragraph behind the front matter and before everything else."""
    head, fence, body = path.read_text().partition("\n---\n")
    path.write_text(f"{head}{fence}\n{words}\n{body}")


def refused(site: Site, *words: str) -> str:
    """A command that must fail; returns what it said."""
    done = site.shell.flask(*words)
    assert done.status == 1, done.out + done.err
    assert "Traceback" not in done.err
    return done.out + done.err


def begin_test(page: Page) -> None:
    page.goto("/courses/cc-01")
    start_course(page)
    while "/lessons/" in page.url:
        read_lesson(page)
    page.goto("/courses/cc-01/final")
    if page.locator("main input[type=checkbox]").count():
        page.locator("main input[type=checkbox]").check()
    page.locator("main form button").first.click()


def stems(page: Page) -> list[str]:
    found = []
    for position in range(1, int(page.locator("h1").inner_text().rpartition("/")[2]) + 1):
        page.goto(f"/courses/cc-01/final/{position}")
        found.append(page.locator("legend").inner_text())
    page.goto("/courses/cc-01/final/1")
    return found


def test_an_edit_reaches_new_trainees_and_leaves_a_running_attempt_alone(
    chromium: Chromium, site: Site, folder: Path
) -> None:
    old = chromium.new_context(base_url=site.url, viewport=DESK).new_page()  # type: ignore[arg-type]
    sign_in(old, "old@demo.vn")
    begin_test(old)
    before = stems(old)
    answer(old, site, 1, right=True)
    old.locator(".quizbar button:not(.btn-2)").click()

    add_after_title(folder / "01-thiet-bi.md", NEWS)
    for path in [folder / "90-kiem-tra.quiz.md", *(folder / "bank").glob("*.quiz.md")]:
        if not path.name.endswith(".en.md"):
            path.write_text(re.sub(r"(?m)^## (.+ \{#)", rf"## {ASKED} \1", path.read_text()))
    assert "cc-01" in site.flask("courses", "check", str(folder))
    site.flask("courses", "publish", "cc-01")

    new = chromium.new_context(base_url=site.url, viewport=DESK).new_page()  # type: ignore[arg-type]
    sign_in(new, "new@demo.vn")
    new.goto("/courses/cc-01")
    new.get_by_role("button", name="Bắt đầu học").first.click()
    expect(new.locator(".prose").first).to_contain_text(NEWS)
    new.context.close()

    old.goto("/courses/cc-01/final/1")
    assert stems(old) == before
    take_test(old, site, wrong=0)
    expect(old.locator(".verdict")).to_contain_text("Đạt")
    expect(old.locator("main")).not_to_contain_text(ASKED)
    old.context.close()


@pytest.mark.parametrize("fault", ["alt", "right"])
def test_a_broken_folder_is_told_by_line_and_publishes_nothing(
    chromium: Chromium, site: Site, folder: Path, fault: str
) -> None:
    path = folder / "01-thiet-bi.md"
    text = path.read_text()
    without = {"alt": re.sub(r"!\[[^\]]+\]\(", "![](", text, count=1), "right": text.replace("- [x]", "- [ ]")}
    broken = without[fault]
    assert broken != text
    path.write_text(broken)
    add_after_title(path, "Câu này không bao giờ được xuất bản.")
    assert re.search(r"01-thiet-bi\.md:\d+", refused(site, "courses", "check", str(folder)))
    assert re.search(r"01-thiet-bi\.md:\d+", refused(site, "courses", "publish", "cc-01"))
    page = chromium.new_context(base_url=site.url, viewport=DESK).new_page()  # type: ignore[arg-type]
    sign_in(page, "other@demo.vn")
    page.goto("/courses/cc-01")
    if page.get_by_role("button", name="Bắt đầu học").count():
        page.get_by_role("button", name="Bắt đầu học").first.click()
    page.goto("/courses/cc-01/lessons/thiet-bi")
    expect(page.locator("h1")).to_contain_text("Thiết bị")
    expect(page.locator("main")).not_to_contain_text("không bao giờ")
    page.context.close()
