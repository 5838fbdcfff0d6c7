"""What a page weighs on the wire, as Chromium counts it: a first lesson on a phone, and the next one."""

import gzip
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import brotli
from playwright.sync_api import BrowserContext, Page

from tests.journeys.conftest import Site
from tests.journeys.people import read_lesson, sign_in

KB = 1024


@dataclass
class Weight:
    """Encoded bytes, headers and all, of everything that left the server since the last `weigh`."""

    kinds: dict[str, str] = field(default_factory=dict)
    bytes: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(self.bytes.values())

    def of(self, *kinds: str) -> float:
        return sum(size for request, size in self.bytes.items() if self.kinds[request] in kinds)


def scales(page: Page) -> tuple[Any, Weight]:
    weight = Weight()
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    cached = set()
    wire.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    wire.on("Network.responseReceived", lambda event: weight.kinds.update({event["requestId"]: event["type"]}))

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] not in cached:
            weight.bytes[event["requestId"]] = event["encodedDataLength"]

    wire.on("Network.loadingFinished", finished)
    return wire, weight


def test_a_first_lesson_and_the_next_are_light(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    sign_in(page, "phone@demo.vn")
    page.goto("/courses/cc-01")
    page.get_by_role("button", name="Bắt đầu học").first.click()
    first = page.url
    page.goto("about:blank")
    wire, weight = scales(page)
    wire.send("Network.clearBrowserCache")
    page.goto(first, wait_until="networkidle")
    assert page.locator("figure img").count() >= 1, "the lesson with its figure"
    page.locator("figure img").first.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    told = {kind: weight.of(kind) for kind in set(weight.kinds.values())}
    assert weight.total < 32 * KB, told
    assert len(weight.bytes) <= 6, told
    assert weight.of("Document", "Stylesheet") <= 14 * KB, told
    assert "Image" in told, "the figure was fetched and counted"

    read_lesson(page)
    page.goto(first)
    page.wait_for_load_state("networkidle")
    weight.kinds.clear()
    weight.bytes.clear()
    page.get_by_role("button", name="Hoàn thành và tiếp tục").click()
    page.wait_for_load_state("networkidle")
    assert page.url != first
    told = {kind: weight.of(kind) for kind in set(weight.kinds.values())}
    assert weight.total < 8 * KB, told
    assert len(weight.bytes) <= 2, told


def test_static_files_come_compressed_for_a_year_and_as_they_are_now(site: Site) -> None:
    with urllib.request.urlopen(f"{site.url}/sign-in") as page:
        html = page.read().decode()
    address = html.partition('rel="stylesheet" href="')[2].partition('"')[0]
    bodies = {}
    for coding in ("identity", "gzip", "br"):
        asked = urllib.request.Request(site.url + address, headers={"Accept-Encoding": coding})
        with urllib.request.urlopen(asked) as answer:
            assert answer.headers.get("Content-Encoding", "identity") == coding
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert "max-age=31536000" in answer.headers["Cache-Control"]
            bodies[coding] = answer.read()
    assert brotli.decompress(bodies["br"]) == gzip.decompress(bodies["gzip"]) == bodies["identity"]
    assert len(bodies["br"]) < 8 * KB
