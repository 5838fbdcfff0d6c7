"""A platform registered here, and its learners who launch: many at once over few connections, at a given rate.

One process with one event loop, so that the client costs little: signing a token is most of it. Each learner has an
address of their own, as the proxy in front tells it, so that rate limits see people and not one machine.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from benchmarks import seed
from lms_app.app import create_app
from lms_app.core.db import db
from lms_app.core.settings import Settings
from tests.lti.platform import SCORE, Lms, Server

LAB = {"LMS_ALLOW_PRIVATE_HOSTS": "1", "LMS_PROXIES": "1"}
COURSE = f"http://127.0.0.1/lti/courses/{seed.COURSE}"
CONNECTIONS = 24


def register(chosen: Mapping[str, str], keys: Server, *, far: str = "") -> Lms:
    """Enter a platform by the operator's command. `far`: where its tokens and scores are, when not beside its keys."""
    far = far or keys.url
    lms = Lms(keys, None, "https://lms.example", "abc")
    words = ["lti", "add-platform", "--name", "Trường Chính trị", "--issuer", lms.issuer, "--client-id", lms.client_id]
    words += ["--auth-url", "https://lms.example/auth", "--token-url", f"{far}/token"]
    words += ["--jwks-url", f"{keys.url}/jwks", "--deployment", "1"]
    app = create_app(Settings.from_env(chosen))
    done = app.test_cli_runner().invoke(args=words)
    with app.app_context():
        db.engine.dispose()
    if done.exit_code:
        raise SystemExit(done.output)
    return lms


def login_path(lms: Lms) -> str:
    asked = {"iss": lms.issuer, "client_id": lms.client_id, "login_hint": "4", "target_link_uri": COURSE}
    return f"/lti/login?{urlencode(asked)}"


@dataclass(frozen=True)
class Took:
    """One login with its launch. `seconds`: since it was due, so waiting for a free connection is in it."""

    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Class:
    """Learners of one platform at one server. `lineitem`: where their scores go; the platform's own when empty."""

    lms: Lms
    port: int
    lineitem: str = ""

    def launch(self, subs: Sequence[str], *, rate: float = 0) -> list[Took]:
        """A login with its launch for each, so many a second; as fast as it goes when 0."""
        return asyncio.run(self._launch_all(subs, rate))

    async def _launch_all(self, subs: Sequence[str], rate: float) -> list[Took]:
        begin = time.perf_counter() + 0.1
        turns = iter(enumerate(subs))
        lanes = [self._lane(turns, begin, rate) for _ in range(CONNECTIONS)]
        return list(itertools.chain(*await asyncio.gather(*lanes)))

    async def _lane(self, turns: Iterator[tuple[int, str]], begin: float, rate: float) -> list[Took]:
        """One connection; takes the next learner when it is free and their time has come."""
        browser = await Browser.connect(self.port)
        took = []
        for number, sub in turns:
            due = begin + number / rate if rate else time.perf_counter()
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            error = await self._launch_one(browser, sub)
            took.append(Took(time.perf_counter() - due, error))
            if not browser.is_open:
                browser = await Browser.connect(self.port)
        return took

    async def _launch_one(self, browser: "Browser", sub: str) -> str:
        """What went wrong, or nothing."""
        try:
            login = await browser.send("GET", login_path(self.lms), sub)
            if login.status != 302:
                return f"login {login.status}"
            wanted = dict(parse_qsl(urlsplit(login.location).query))
            claims = self.lms.claims(wanted["nonce"], sub=sub, target_link_uri=COURSE, **self._ags())
            form = {"state": wanted["state"], "id_token": self.lms.token(claims)}
            launch = await browser.send("POST", "/lti/launch", sub, form=form, cookie=login.cookie)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            browser.is_open = False
            return type(error).__name__
        return "" if launch.status == 303 else f"launch {launch.status}"

    def _ags(self) -> dict[str, object]:
        return {"ags": {"scope": [SCORE], "lineitem": self.lineitem}} if self.lineitem else {}


@dataclass(frozen=True)
class Reply:
    status: int
    location: str
    cookie: str


@dataclass
class Browser:
    """One connection that stays open, and nothing kept between requests."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    port: int
    is_open: bool = True

    @classmethod
    async def connect(cls, port: int) -> "Browser":
        return cls(*await asyncio.open_connection("127.0.0.1", port), port)

    async def send(
        self, method: str, path: str, sub: str, *, form: Mapping[str, str] | None = None, cookie: str = ""
    ) -> Reply:
        body = urlencode(form or {}).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"X-Forwarded-For: {_address(sub)}"]
        if cookie:
            lines.append(f"Cookie: {cookie}")
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self.writer.write("\r\n".join((*lines, "", "")).encode() + body)
        return await self._receive()

    async def _receive(self) -> Reply:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.partition(": ")[::2] for line in head[1:]]
        headers = {name.lower(): value for name, value in pairs}
        await self.reader.readexactly(int(headers.get("content-length", "0")))
        cookies = [value.split(";")[0] for name, value in pairs if name.lower() == "set-cookie"]
        return Reply(int(head[0].split(" ")[1]), headers.get("location", ""), "; ".join(cookies))


def _address(sub: str) -> str:
    number = int(sub.rpartition("-")[2])
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
