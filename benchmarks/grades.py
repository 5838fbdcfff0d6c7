"""Grades on their way to a platform: how many a second when all come at once, and how soon one alone is there.

The platform is local and answers each call after `--answer-ms`; it and the workers (`flask jobs run`) are processes
of their own. "One alone": a learner passes on an idle machine, which also completes the course and has the
certificate drawn; the time runs from the commit of the score until the platform has it. "All at once": every learner
gets a score, and only then the worker starts; the time runs from its start, so it holds its start-up, the work that
turns each score into a promise, and the promises' delivery.

`--threads` is LMS_WORKER_THREADS and `--at-once` the outbox's limit for this platform over all workers; left out,
both are as the product sets them. Goals: 10,000 within 120 s at 50 ms; p95 of one alone under 1 s.
"""

import argparse
import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from benchmarks import databases
from benchmarks.crew import crew
from benchmarks.far_platform import FarPlatform
from benchmarks.measure import share
from benchmarks.scoring import Study, study
from lms_app.core.db import db, reading, transaction
from lms_app.core.outbox_rows import OutboxLane

STALLED = 60.0
"""Seconds without an arrival after which the rest is given up and counted as missing."""

OURS = ("local", "smtp")
TEMPLATE = """\
{name}: {workers} worker(s) of {threads} threads, {at_once} at once to the platform
  one alone    p50 {p50_ms} ms, p95 {p95_ms} ms, worst {p100_ms} ms ({samples} passes)
  all at once  {grades} in {seconds} s, {a_second} a second, the first after {first_after} s
               {missing} missing, {twice} twice, {token_requests} token requests, {worker_cpu_ms} ms worker CPU each"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grades", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=200, help="learners who pass one after another")
    parser.add_argument("--answer-ms", type=float, default=50)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--threads", type=int, default=0, help="of each worker; 0: as the product sets them")
    parser.add_argument("--at-once", type=int, default=0, help="calls to the platform; 0: as the product sets them")
    databases.ask(parser, databases.SQLITE)
    wanted = parser.parse_args()
    found = {name: _measure(name, wanted) for name in wanted.databases}
    print(json.dumps(found, indent=2) if wanted.json else _table(found))


def _measure(database: str, wanted: argparse.Namespace) -> dict[str, Any]:
    settings = {"LMS_WORKER_THREADS": str(wanted.threads)} if wanted.threads else {}
    count = 1 + wanted.samples + wanted.grades
    with study(database, count, seconds=wanted.answer_ms / 1000, **settings) as them:
        subs = list(them.learners)
        with crew(them.environment, 1):
            _first, *alone = [_pass_alone(them, sub) for sub in subs[: 1 + wanted.samples]]  # it waits for the worker
        _allow(wanted.at_once)
        return _alone(alone) | _deliver(them, subs[1 + wanted.samples :], wanted.workers)


def _allow(at_once: int) -> None:
    """Change the platform's lane. It is there since the first score."""
    if at_once:
        with transaction():
            db.session.execute(update(OutboxLane).where(OutboxLane.lane.not_in(OURS)).values(at_once=at_once))


def _pass_alone(them: Study, sub: str) -> float:
    """Seconds from the commit to the arrival. The pause before has any length, so that no beat of ours is met."""
    time.sleep(random.uniform(0.2, 0.4))  # noqa: S311 - spreads samples
    before = them.far.graded()
    them.score([sub], 1.0, reads_all=True)
    began = time.monotonic()
    _wait(them.far, before + 1)
    arrived = next((one.at for one in them.far.arrivals() if one.user == sub), None)
    if arrived is None:
        raise SystemExit(f"The score of {sub} did not arrive.")
    return arrived - began


def _wait(far: FarPlatform, count: int) -> None:
    """Until so many users have a score, or none comes any more."""
    seen, since = far.graded(), time.monotonic()
    while seen < count and time.monotonic() - since < STALLED:
        time.sleep(0.05)
        if (now := far.graded()) > seen:
            seen, since = now, time.monotonic()


def _alone(seconds: Sequence[float]) -> dict[str, Any]:
    parts = {f"p{part}_ms": round(share(seconds, part / 100) * 1000) for part in (50, 95, 100)}
    return {"samples": len(seconds), **parts}


def _deliver(them: Study, subs: Sequence[str], workers: int) -> dict[str, Any]:
    before, tokens = them.far.graded(), them.far.tokens()
    them.score_all(subs, 0.8)
    began = time.monotonic()
    with crew(them.environment, workers) as working:
        _wait(them.far, before + len(subs))
        cost = working.cpu()
    wanted = set(subs)
    arrived = [one for one in them.far.arrivals() if one.user in wanted]
    seconds = arrived[-1].at - began if arrived else 0.0
    with reading():
        lanes = db.session.execute(select(OutboxLane.at_once).where(OutboxLane.lane.not_in(OURS))).scalars().all()
    return {
        "grades": len(subs),
        "missing": len(wanted - {one.user for one in arrived}),
        "twice": len(arrived) - len({one.user for one in arrived}),
        "seconds": round(seconds, 1),
        "a_second": round(len(arrived) / seconds, 1) if seconds else 0.0,
        "first_after": round(arrived[0].at - began, 1) if arrived else 0.0,
        "token_requests": them.far.tokens() - tokens,
        "worker_cpu_ms": round(cost / max(1, len(arrived)) * 1000, 2),
        "workers": workers,
        "at_once": lanes,
        "threads": them.app.extensions["settings"].worker_threads,
    }


def _table(found: Mapping[str, Mapping[str, Any]]) -> str:
    return "\n".join(TEMPLATE.format(name=name, **row) for name, row in found.items())


if __name__ == "__main__":
    main()
