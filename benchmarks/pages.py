"""CPU that a page costs the server, beside a plain Flask hello world on the same server. `make figures`.

Makes its own SQLite, or fills the empty PostgreSQL database that LMS_DATABASE_URL names (whose own CPU is not counted).
Rounds go through all pages in an order that rotates, so that what else the machine does falls on all alike. Believe
the ratios, not the milliseconds.
"""

import argparse
import contextlib
import itertools
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import seed
from benchmarks.measure import Client, cpu, server

KEY = "benchmark-" * 4
MILLION = 1_000_000
Step = Callable[[], None]


@dataclass
class Page:
    """One thing to measure. `step` does it once; `pid` is the server whose CPU it costs."""

    name: str
    pid: int
    step: Step
    costs: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--requests", type=int, default=120, help="of each page in each round")
    parser.add_argument("--warm", type=int, default=250, help="requests before anything is counted")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        environment = _environment(Path(folder))
        email = seed.fill(environment, wanted.people)
        ours, plain = (
            stack.enter_context(server("wsgi:app", environment)),
            stack.enter_context(server("benchmarks.hello:app", {})),
        )
        pages = _pages(ours, plain, email)
        _run(pages, wanted.warm, wanted.rounds, wanted.requests)
    figures = [_figures(page, pages[0]) for page in pages]
    print(json.dumps(figures, indent=2) if wanted.json else _table(figures))


def _environment(data: Path) -> dict[str, str]:
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
        Page("hello world", plain_pid, lambda: _expect(visitor, "/", 200)),
        Page("lesson page", pid, lambda: _expect(client, lesson, 200, Accept_Encoding="br")),
        Page("lesson page, 304", pid, lambda: _expect(client, lesson, 304, If_None_Match=tag)),
        Page("save an answer, next question", pid, _answering(client)),
        Page("catalogue, 12 courses", pid, lambda: _expect(client, "/courses", 200, Accept_Encoding="br")),
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
        _expect(client, answer.headers["location"], 200, Accept_Encoding="br")

    return step


def _first_answer(page: str) -> dict[str, str]:
    choice = re.search(r'<input type="radio" name="answer"[^>]*value="([^"]+)"', page)
    assert choice is not None, page
    hidden = _hidden(page)
    return {name: hidden[name] for name in ("csrf_token", "number", "kind")} | {"answer": choice[1], "go": "next"}


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def _expect(client: Client, path: str, status: int, **headers: str) -> None:
    answer = client.get(path, **headers)
    assert answer.status == status, (path, answer.status, answer.body[:300])


def _run(pages: list[Page], warm: int, rounds: int, requests: int) -> None:
    for page in pages:
        for _ in range(warm):
            page.step()
    for number in range(rounds):
        turn = number % len(pages)
        for page in (*pages[turn:], *pages[:turn]):
            before = cpu(page.pid)
            for _ in range(requests):
                page.step()
            page.costs.append((cpu(page.pid) - before) / requests / MILLION)


def _figures(page: Page, plain: Page) -> dict[str, float | str]:
    pairs = list(zip(page.costs, plain.costs, strict=True))
    return {
        "page": page.name,
        "median_ms": round(median(page.costs), 3),
        "minimum_ms": round(min(page.costs), 3),
        "paired_difference_ms": round(median(mine - theirs for mine, theirs in pairs), 3),
        "times_hello": round(median(mine / theirs for mine, theirs in pairs), 1),
    }


def _table(figures: Sequence[Mapping[str, float | str]]) -> str:
    lines = [f"{'CPU for each request':32} {'median':>9} {'minimum':>9} {'less hello':>11} {'x hello':>8}"]
    lines += [
        f"{row['page']:32} {row['median_ms']:6.2f} ms {row['minimum_ms']:6.2f} ms "
        f"{row['paired_difference_ms']:8.2f} ms {row['times_hello']:8.1f}"
        for row in figures
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
