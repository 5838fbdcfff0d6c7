"""A real server, worker and browser: `make demo` as its user meets it, on a free port and a throw-away data folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.journeys.beside import ROOT, Shell
from tests.journeys.platform import Platform
from tests.services import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS_TO_START = 90
IMPATIENT = {
    "LMS_RATE_LIMITS": "0",
    "LMS_OUTBOX_BACKOFF": "0.5",
    "LMS_OUTBOX_BACKOFF_CAP": "2",
    "LMS_OUTBOX_SWEEP": "1",
}

OWN_PEOPLE = """
for name, roles in {people!r}.items():
    accounts.add_person(f"Nguyễn Thị {{name.title()}}", f"{{name}}@demo.vn", password="demo-2026", roles=roles)
"""
EXTRAS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("phone", "old", "new", "other", "trainee", "scriptless", "failed", "holder", "keeper"), ()),
    "officer": ("hr",),
    "chief": ("admin",),
}
"""People beside those of the demo, so that the files, which may share a server, never meet in one person."""


@dataclass
class Site:
    """The running product: its address, its data folder, its environment, and a shell beside it."""

    url: str
    data: Path
    env: dict[str, str]
    shell: Shell

    def flask(self, *words: str) -> str:
        """Run a command in a second shell that joins the demo; returns what it printed."""
        done = self.shell.flask(*words)
        assert done.status == 0, done.out + done.err
        return done.out

    def python(self, code: str) -> None:
        """Run Python beside the product, in one transaction: states that would take a person long to reach."""
        done = self.shell.python(code)
        assert done.status == 0, done.err


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site")
    courses = tmp_path_factory.mktemp("material") / "courses"
    shutil.copytree(ROOT / "courses", courses)
    url = f"http://127.0.0.1:{free_port()}"
    here = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}  # noqa: TID251
    env = here | {"LMS_DEMO": "1", "LMS_DATA": str(data), "LMS_URL": url, "LMS_COURSES": str(courses)} | IMPATIENT
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "serve"]
    with (data / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        _wait(url, process, data / "log.txt")
        made = Site(url, data, env, Shell(env))
        made.python(OWN_PEOPLE.format(people=EXTRAS))
        yield made
        made.shell.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=40)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail("the server did not start:\n" + log.read_text())


@pytest.fixture(scope="session")
def platform(site: Site) -> Iterator[Platform]:
    """A learning platform on another site, registered by the command line."""
    made = Platform(site.url)
    said = site.flask("lti", "add-platform", *made.registration())
    assert f"{site.url}/lti/login" in said
    yield made
    made.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    if CHROMIUM is None:
        if os.environ.get("CI"):  # noqa: TID251 - CI never skips
            pytest.fail("CI must have chromium: apt-get install chromium")
        pytest.skip("no chromium here: apt-get install chromium plays the browser journeys")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def browser_with(choices: dict[str, Any], chromium: Chromium, folder: Path) -> Iterator[BrowserContext]:
    """A browser on a profile of its own, set as a person or their administrator would set it."""
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": choices}))
    kind: dict[str, Any] = {"executable_path": CHROMIUM, "args": FLAGS, "viewport": DESK}
    context = chromium.browser_type.launch_persistent_context(folder, **kind)
    yield context
    context.close()


def blocking(chromium: Chromium, folder: Path) -> AbstractContextManager[BrowserContext]:
    """A browser that blocks third parties' cookies: chrome://settings/cookies, "Block third-party cookies"."""
    return browser_with({"cookie_controls_mode": 1, "block_third_party_cookies": True}, chromium, folder)


@pytest.fixture
def context(chromium: Chromium, site: Site) -> Iterator[BrowserContext]:
    """A phone of its own: fresh cookies, Vietnamese unless the page says otherwise."""
    made = chromium.new_context(base_url=site.url, viewport=PHONE)  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, so that both workers end together; the rest in the order that chance gave."""
    items.sort(key=lambda item: item.path.name != "test_accessibility.py")
