"""What the people of these journeys do in a browser: sign in, read a lesson, take a test."""

import json
import re
import sqlite3
from typing import Any

from playwright.sync_api import Frame, Page, expect

from tests.journeys.conftest import Site


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    form = page.locator("form[action='/sign-in']")
    form.get_by_label("Thư điện tử công vụ").fill(email)
    form.get_by_label("Mật khẩu").fill("demo-2026")
    form.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/me")


def start_course(page: Page) -> None:
    """From the course's page into its first lesson."""
    page.get_by_role("button", name="Bắt đầu học").first.click()
    page.wait_for_url("**/lessons/**")


def read_lesson(page: Page | Frame) -> None:
    """Answer each self-check with its first option, then complete and continue.

    The button stands below them: once it is there, so are they all.
    """
    finish = page.get_by_role("button", name="Hoàn thành và tiếp tục")
    expect(finish).to_be_visible()
    while left := page.locator("form.check:not([data-answered])").count():
        check = page.locator("form.check:not([data-answered])").first
        check.locator("input[type=radio], input[type=checkbox]").first.check()
        check.get_by_role("button").click()
        expect(page.locator("form.check:not([data-answered])")).to_have_count(left - 1)
        expect(finish).to_be_visible()
    lesson = page.url
    finish.click()
    page.wait_for_url(lambda url: url.partition("#")[0] != lesson.partition("#")[0])


def keys(site: Site, position: int) -> Any:
    """The right answer at this place of the newest attempt, from the database: the page must not tell."""
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


def answer(page: Page | Frame, site: Site, position: int, *, right: bool) -> None:
    kind, key, body, _layout = keys(site, position)
    main = page.locator("main")
    if kind in {"single", "multiple"}:
        wanted = [option for option in body["options"] if (option["id"] in key["right"]) == right]
        for option in wanted if kind == "multiple" and right else wanted[:1]:
            whole = re.compile(rf"^\s*{re.escape(plain(option['html']))}\s*$")
            main.locator("label.opt", has_text=whole).locator("input").check()
    elif kind == "numeric":
        low = key["ranges"][0][0].replace(".", ",")
        main.locator("input[type=text], input[inputmode]").first.fill(low if right else "987654")
    elif kind == "gap":
        for at, gap in enumerate(key["gaps"]):
            main.locator("input[type=text]").nth(at).fill(gap["accepted"][0] if right else "không biết")
    else:
        _choose(page, kind, key, body, right=right)


def _choose(page: Page | Frame, kind: str, key: Any, body: Any, *, right: bool) -> None:
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


def take_test(page: Page | Frame, site: Site, *, wrong: int) -> None:
    """Answer every question, the first `wrong` ones wrongly, and submit."""
    total = int(re.search(r"/(\d+)", page.locator("h1").inner_text()).group(1))  # type: ignore[union-attr]
    for position in range(1, total + 1):
        answer(page, site, position, right=position > wrong)
        page.locator(".quizbar button:not(.btn-2)").click()
    page.get_by_role("button", name="Nộp bài").click()
