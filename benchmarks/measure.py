"""A server of ours on a free port, a keep-alive client on a raw socket, and the CPU that the server took."""

import contextlib
import math
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
START_LIMIT = 30.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Client:
    """One connection that stays open, and the cookies that the server set. Sends no Accept-Encoding unless told."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def get(self, path: str, **headers: str) -> Answer:
        return self._send("GET", path, b"", headers)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, urlencode(fields).encode(), kind)

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join((*lines, "", "")).encode() + body)
        return self._receive()

    def _receive(self) -> Answer:
        status = int(self.file.readline().split(b" ")[1])
        headers: dict[str, str] = {}
        while (line := self.file.readline().decode("latin-1").strip()) != "":
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
            if name.lower() == "set-cookie":
                key, _, kept = value.split(";")[0].partition("=")
                self.cookies[key] = kept
        return Answer(status, headers, self._body(status, headers))

    def _body(self, status: int, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            pieces = []
            while size := int(self.file.readline(), 16):
                pieces.append(self.file.read(size))
                self.file.readline()
            self.file.readline()
            return b"".join(pieces)
        return b"" if status in {204, 304} else self.file.read(int(headers.get("content-length", "0")))


@contextlib.contextmanager
def server(
    app: str, environment: Mapping[str, str], *, workers: int = 1, threads: int = 1
) -> Iterator[tuple[int, int]]:
    """Granian; its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", str(threads), "--log-level", "error", app]
    with subprocess.Popen(command, cwd=ROOT, env=inherited(environment)) as process:
        try:
            _wait(port, process)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(timeout=10)


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """For a process of ours: these settings, and no other `LMS_*` that happens to be set."""
    kept = ("PATH", "HOME", "LANG")
    return {name: os.environ[name] for name in kept if name in os.environ} | dict(environment)  # noqa: TID251


def share(values: Sequence[float], part: float) -> float:
    """The value that `part` of all are not above: 0.95 for the 95th percentile. NaN when there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan


def cpu(pid: int) -> int:
    """Nanoseconds of CPU that a process and all below it have used (the kernel's per-process clock)."""
    return sum(time.clock_gettime_ns((~process) << 3 | 2) for process in _tree(pid))


def busy() -> float:
    """Seconds of CPU that the whole machine has spent on anything, all cores together."""
    spent = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = spent[3] + spent[4]
    return (sum(spent) - idle) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _tree(pid: int) -> list[int]:
    found = [pid]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found += [int(child) for child in re.findall(r"\d+", children.read_text())]
    return found


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"The server did not start on port {port}.")
