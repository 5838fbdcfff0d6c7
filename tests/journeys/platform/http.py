"""A small HTTP server: what was asked, what is said."""

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HTML = "text/html; charset=utf-8"
NOTHING = 204


@dataclass(frozen=True)
class Said:
    """An answer, `seconds` late."""

    status: int = 200
    text: str = ""
    kind: str = "application/json"
    headers: Sequence[tuple[str, str]] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body)) if "form" in self.headers.get("Content-Type", "") else {}

    @property
    def json(self) -> Any:
        """The body as JSON, whatever its type; nothing when it is none."""
        with suppress(ValueError):
            return json.loads(self.body)
        return None


def page(text: str, status: int = 200) -> Said:
    return Said(status, text, HTML)


def data(value: Any, status: int = 200) -> Said:
    return Said(status, json.dumps(value))


class Server:
    """Answers from many threads. `closing` ends a late answer's wait."""

    def __init__(self, answer: Callable[[Asked], Said]) -> None:
        self.closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer, self.closing))
        self.port: int = self.http.server_address[1]
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def _handler(answer: Callable[[Asked], Said], closing: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            said = answer(Asked(self.command, parts.path, query, dict(self.headers), body))
            closing.wait(said.seconds) if said.seconds else None
            with suppress(OSError):
                self.say(said)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class's names

        def say(self, said: Said) -> None:
            self.send_response(said.status)
            for name, value in said.headers:
                self.send_header(name, value)
            if said.status != NOTHING:
                self.send_header("Content-Type", said.kind)
                self.send_header("Content-Length", str(len(said.text.encode())))
            self.end_headers()
            self.wfile.write(said.text.encode())

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler
