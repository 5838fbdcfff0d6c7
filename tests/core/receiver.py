"""A far host with faults, in a process of its own: `python -m tests.core.receiver PORT SEED`.

It writes down what it takes before it answers. GET tells all: what came, in order, and how often it left a taken
one without an answer (those must come twice).
"""

import json
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG = 1.5
WORK = 0.03
FAULTS = (  # share of requests, answer, taken
    (0.10, 500, False),
    (0.03, 429, False),
    (0.02, "hang", False),
    (0.02, "hang", True),
    (0.04, "close", False),
    (0.05, "close", True),
)


class Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, port: int, seed: int) -> None:
        super().__init__(("127.0.0.1", port), Talk)
        self.lock = threading.Lock()
        self.random = random.Random(seed)  # noqa: S311 - a fault list that can be had again
        self.log: list[Any] = []
        self.unanswered = 0

    def fate(self, said: Any) -> object:
        """Which fault this request meets, or 200; a taken one is in the log when this returns."""
        with self.lock:
            dice, answer, taken = self.random.random(), 200, True
            for share, fault, takes in FAULTS:
                if dice < share:
                    answer, taken = fault, takes  # type: ignore[assignment]  # a status or a word
                    break
                dice -= share
            if taken:
                self.log.append(said)
                self.unanswered += answer != 200
            return answer


class Talk(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        fate = self.server.fate(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if fate == "hang":
            time.sleep(HANG)
        if isinstance(fate, int):
            time.sleep(WORK)
            self._answer(fate, b"{}")

    def do_GET(self) -> None:
        with self.server.lock:
            said = json.dumps({"log": self.server.log, "unanswered": self.server.unanswered}).encode()
        self._answer(200, said)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        """A client that was killed in the middle is no news."""
        try:
            super().handle()
        except (ConnectionError, ValueError):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Prints nothing."""


if __name__ == "__main__":
    Receiver(int(sys.argv[1]), int(sys.argv[2])).serve_forever()
