"""A server of ours on a free port, a keep-alive client on a raw socket, and the CPU that the server took."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
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
def server(app: str, environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Granian with one worker and one thread; its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "1", "--log-level", "error", app]
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}  # noqa: TID251
    with subprocess.Popen(command, cwd=ROOT, env=inherited | dict(environment)) as process:
        try:
            _wait(port, process)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(timeout=10)


def cpu(pid: int) -> int:
    """Nanoseconds of CPU that a process and all below it have used (the kernel's per-process clock)."""
    return sum(time.clock_gettime_ns((~process) << 3 | 2) for process in _tree(pid))


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
