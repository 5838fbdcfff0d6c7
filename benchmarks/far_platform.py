"""A platform far away, in a process of its own: `python -m benchmarks.far_platform PORT SECONDS`.

Answers token requests and scores after so many seconds, any number at once. Writes a score down before it answers.
`GET /arrivals` tells all scores, `GET /count` how many users have one.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.request import urlopen

from benchmarks.measure import ROOT, inherited
from tests.services import free_port

TOKEN = json.dumps({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}).encode()
START_LIMIT = 20.0


@dataclass(frozen=True)
class Arrival:
    """`at`: the machine's monotonic clock, which all its processes share. `score`: of 100. `stamp`: as we sent it."""

    at: float
    lineitem: str
    user: str
    score: float
    stamp: str


@dataclass
class FarPlatform:
    """That process, seen from the benchmark. It forgets what arrived when it is stopped."""

    seconds: float
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = [sys.executable, "-m", "benchmarks.far_platform", str(self.port), str(self.seconds)]
        self.process = subprocess.Popen(words, cwd=ROOT, env=inherited({}))
        until = time.monotonic() + START_LIMIT
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                self.graded()
                return
            time.sleep(0.05)
        raise SystemExit("The far platform did not start.")

    def stop(self) -> None:
        """From now on its port refuses connections."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def graded(self) -> int:
        """How many users have a score."""
        return int(self._ask("/count")["users"])

    def tokens(self) -> int:
        return int(self._ask("/count")["tokens"])

    def arrivals(self) -> list[Arrival]:
        return [Arrival(*one) for one in self._ask("/arrivals")]

    def _ask(self, path: str) -> Any:
        with urlopen(f"{self.url}{path}", timeout=30) as answer:
            return json.load(answer)


class Desk:
    """The inside of the process."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.arrivals: list[tuple[float, str, str, float, str]] = []
        self.users: set[str] = set()
        self.tokens = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until whoever asks goes or is killed."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(writer):
            while line := await reader.readline():
                answer = await self._answer(line.split(b" ")[1].decode(), await _body(reader))
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
                writer.write(head.encode() + answer)
                await writer.drain()

    async def _answer(self, path: str, body: bytes) -> bytes:
        if path == "/arrivals":
            return json.dumps(self.arrivals).encode()
        if path == "/count":
            return json.dumps({"users": len(self.users), "tokens": self.tokens}).encode()
        if path == "/token":
            self.tokens += 1
        else:
            said = json.loads(body)
            self.users.add(said["userId"])
            self.arrivals.append((time.monotonic(), path, said["userId"], said["scoreGiven"], said["timestamp"]))
        await asyncio.sleep(self.seconds)
        return TOKEN if path == "/token" else b""


async def _body(reader: asyncio.StreamReader) -> bytes:
    length = 0
    while (line := await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        length = int(value) if name.lower() == "content-length" else length
    return await reader.readexactly(length)


async def _serve(port: int, seconds: float) -> None:
    server = await asyncio.start_server(Desk(seconds).talk, "127.0.0.1", port, backlog=200)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
