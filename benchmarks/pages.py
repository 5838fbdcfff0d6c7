"""CPU that a page costs the server, beside a plain Flask hello world on the same server.

Makes its own SQLite, or fills the empty PostgreSQL database that LMS_DATABASE_URL names (whose own CPU is not counted).
Rounds go through all pages in an order that rotates, so that what else the machine does falls on all alike. Believe
the ratios, not the milliseconds.
"""

import contextlib
import itertools
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import rounds, seed
from benchmarks.measure import Client, server
from benchmarks.rounds import Page, Step

KEY = "benchmark-" * 4
LIMIT = 16
"""Times hello world: a lesson page dearer than this is a fault, whatever the machine."""


def main() -> None:
    parser = rounds.arguments(__doc__)
    parser.add_argument("--gate", action="store_true", help=f"fail when a lesson costs over {LIMIT} x hello world")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        chosen = environment(Path(folder))
        email = seed.fill(chosen, wanted.people)
        ours, plain = (
            stack.enter_context(server("wsgi:app", chosen)),
            stack.enter_context(server("benchmarks.hello:app", {})),
        )
        _hello, lesson, *_rest = rounds.run(_pages(ours, plain, email), wanted)
    if wanted.gate and float(lesson["times_hello"]) > LIMIT:
        raise SystemExit(f"A lesson page costs {lesson['times_hello']} x hello world; the limit is {LIMIT}.")


def environment(data: Path) -> dict[str, str]:
    database = os.environ.get("LMS_DATABASE_URL", "")  # noqa: TID251 - the script's own switch
    return {
        "LMS_DATA": str(data),
        "LMS_URL": "http://127.0.0.1",
        "LMS_SECRET_KEY": KEY,
        "LMS_DATABASE_URL": database or f"sqlite:///{data / 'lms.db'}",
    }


def _pages(ours: tuple[int, int], plain: tuple[int, int], email: str) -> list[Page]:
    """The first one is what the others are compared with."""
    (port, pid), (plain_port, plain_pid) = ours, plain
    client, visitor = Client(port), Client(plain_port)
    _sign_in(client, email)
    lesson = f"/courses/{seed.COURSE}/lessons/{seed.LESSON}"
    client.get(lesson)  # the first page of a session makes its CSRF seed, which is part of the tag
    tag = client.get(lesson).headers["etag"]
    return [
        Page("hello world", plain_pid, lambda: expect(visitor, "/", 200)),
        Page("lesson page", pid, lambda: expect(client, lesson, 200, Accept_Encoding="br")),
        Page("lesson page, 304", pid, lambda: expect(client, lesson, 304, If_None_Match=tag)),
        Page("save an answer, next question", pid, _answering(client)),
        Page("catalogue, 12 courses", pid, lambda: expect(client, "/courses", 200, Accept_Encoding="br")),
    ]


def _sign_in(client: Client, email: str) -> None:
    token = _hidden(client.get("/sign-in").text)["csrf_token"]
    answer = client.post("/sign-in", {"email": email, "password": seed.PASSWORD, "csrf_token": token, "next": "/me"})
    assert answer.status == 303, answer.text


def _answering(client: Client) -> Step:
    """Answer the questions in turn, as the page's form does, and fetch the page that follows."""
    base = f"/courses/{seed.COURSE}/final"
    fields = {at: _first_answer(client.get(f"{base}/{at}").text) for at in range(1, seed.QUESTIONS)}
    turns: Iterator[int] = itertools.cycle(fields)

    def step() -> None:
        at = next(turns)
        answer = client.post(f"{base}/{at}", fields[at])
        assert answer.status == 303, (at, answer.status)
        expect(client, answer.headers["location"], 200, Accept_Encoding="br")

    return step


def _first_answer(page: str) -> dict[str, str]:
    choice = re.search(r'<input type="radio" name="answer"[^>]*value="([^"]+)"', page)
    assert choice is not None, page
    hidden = _hidden(page)
    return {name: hidden[name] for name in ("csrf_token", "number", "kind")} | {"answer": choice[1], "go": "next"}


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def expect(client: Client, path: str, status: int, **headers: str) -> None:
    answer = client.get(path, **headers)
    assert answer.status == status, (path, answer.status, answer.body[:300])


if __name__ == "__main__":
    main()
