"""LTI launches at a steady rate: does the server keep up, and does anybody see an error?

The server is what the README advises: Granian with a worker for each of two cores and two threads in each, with its
rate limits on. The client is this process; it signs every token (RSA, 2048 bits), on the same machine, so its CPU is
shown too: what the server could do with the client elsewhere is cores / (server CPU per launch). A launch is the login
and the posted token, each answered by a redirect. `--new` is the share of learners who come for the first time: that
makes a person, an enrolment and a grade to be, and costs about twice as much; the others are known.

`late` is time since a launch was due, so a server that falls behind shows growing times, not a lower rate of asking.
"machine busy" counts everything on it, the database and other people's work too. SQLite writes each commit to disk;
the throw-away PostgreSQL has fsync off. `--rate 0` asks as fast as it goes and so finds the highest rate.
"""

import argparse
import contextlib
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import databases, learners, seed
from benchmarks.learners import Class, Took
from benchmarks.measure import busy, cpu, server, share
from tests.lti.platform import Server

WORKERS, THREADS = 2, 2
KNOWN = 400
SEED = 7
TEMPLATE = """\
{name}: {rate} launches a second for {seconds} s, {launches} in all; {errors} errors {which}
  late  p50 {p50_ms} ms, p95 {p95_ms} ms, p99 {p99_ms} ms, worst {p100_ms} ms
  CPU   {server_cpu_ms} ms server, {client_cpu_ms} ms client for each launch; machine busy {machine_busy_cores} cores"""


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU, and on the clock."""

    server: float
    client: float
    machine: float
    wall: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=200, help="launches a second; 0: as many as it can")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--new", type=float, default=0.1, help="share of launches by learners who never came before")
    parser.add_argument("--people", type=int, default=2000, help="in the database besides")
    databases.ask(parser)
    wanted = parser.parse_args()
    found = {}
    for name in wanted.databases:
        with tempfile.TemporaryDirectory() as folder, databases.chosen(name, Path(folder)) as chosen:
            found[name] = _hold(chosen | learners.LAB, wanted)
    print(json.dumps(found, indent=2) if wanted.json else _table(found))


def _hold(chosen: Mapping[str, str], wanted: argparse.Namespace) -> dict[str, Any]:
    seed.fill(chosen, wanted.people)
    with contextlib.closing(Server()) as keys:
        lms = learners.register(chosen, keys)
        with server("wsgi:app", chosen, workers=WORKERS, threads=THREADS) as (port, pid):
            them = Class(lms, port)
            them.launch([f"u-{number}" for number in range(KNOWN)])
            subs = _subs(int((wanted.rate or 200) * wanted.seconds), wanted.new)
            before, began = (cpu(pid), time.process_time(), busy()), time.perf_counter()
            took = them.launch(subs, rate=wanted.rate)
            wall = time.perf_counter() - began
            cost = Cost((cpu(pid) - before[0]) / 1e9, time.process_time() - before[1], busy() - before[2], wall)
    return _figures(took, cost)


def _subs(count: int, new: float) -> list[str]:
    chance = random.Random(SEED)  # noqa: S311 - to be had again
    return [f"u-{KNOWN + at if chance.random() < new else at % KNOWN}" for at in range(count)]


def _figures(took: list[Took], cost: Cost) -> dict[str, Any]:
    late = [one.seconds * 1000 for one in took]
    errors = Counter(one.error for one in took if one.error)
    return {
        "launches": len(took),
        "errors": errors.total(),
        "which": dict(errors) or "",
        "rate": round((len(took) - errors.total()) / cost.wall, 1),
        **{f"p{part}_ms": round(share(late, part / 100), 1) for part in (50, 95, 99, 100)},
        "server_cpu_ms": round(cost.server / len(took) * 1000, 2),
        "client_cpu_ms": round(cost.client / len(took) * 1000, 2),
        "machine_busy_cores": round(cost.machine / cost.wall, 2),
        "seconds": round(cost.wall, 1),
    }


def _table(found: Mapping[str, Mapping[str, Any]]) -> str:
    return "\n".join(TEMPLATE.format(name=name, **row) for name, row in found.items())


if __name__ == "__main__":
    main()
