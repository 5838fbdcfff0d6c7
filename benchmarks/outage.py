"""A platform that is down for `--minutes` while its learners pass and workers are killed: does every grade arrive?

Each learner reaches three rising scores, spread over the time that the platform refuses connections; a newer score
replaces one not yet sent, so the last one is owed, and at most two may come before it. Workers (`flask jobs run`, the
product's own waits) are killed with -9 at random all the while, and after the platform's return until all is there.
The platform is a process of its own that writes a score down before it answers, so what a killed worker had just sent
is sent a second time: that is the only reason for a second arrival.

Read: `missing` and `out of order` (for a line item and user: a lower score or an earlier timestamp after a later one)
must be 0; the goal for the time from the return to the last arrival is a minute. Nothing else is timed.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from benchmarks import databases
from benchmarks.crew import Crew, crew
from benchmarks.far_platform import Arrival
from benchmarks.scoring import Study, study
from lms_app.core.db import reading, row, rows
from lms_app.core.outbox_rows import OutboxLane, OutboxRow

SCORES = (0.5, 0.7, 0.9)
LAST = SCORES[-1] * 100
LATEST = 900.0
"""Seconds after the return when the rest is given up and counted as missing."""

TEMPLATE = """\
{name}: {learners} learners, down for {minutes:g} minutes, {kills} workers killed, {kills_after} after the return
  arrived {arrived}, missing {missing}, twice {twice}, out of order {out_of_order}
  after the return: first {first_after} s, last {last_after} s
  failures in a row before it: {failures_in_a_row}; rows {rows}"""
STATES = select(OutboxRow.state, func.count().label("rows")).group_by(OutboxRow.state)
MOST_FAILURES = select(func.max(OutboxLane.failures).label("failures"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long the platform is down")
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--kill-every", type=float, default=20, help="seconds between two kills, on average")
    parser.add_argument("--answer-ms", type=float, default=50)
    parser.add_argument("--seed", type=int, default=7, help="of the kills")
    databases.ask(parser, databases.SQLITE)
    wanted = parser.parse_args()
    found = {name: _measure(name, wanted) for name in wanted.databases}
    print(json.dumps(found, indent=2) if wanted.json else _table(found))


def _measure(database: str, wanted: argparse.Namespace) -> dict[str, Any]:
    chance = random.Random(wanted.seed)  # noqa: S311 - to be had again
    with study(database, wanted.learners, seconds=wanted.answer_ms / 1000) as them:
        them.far.stop()
        with crew(them.environment, wanted.workers) as workers:
            kills = _killing(workers, chance, wanted.kill_every)
            _be_down(them, wanted.minutes * 60, chance, kills)
            killed_before, failures = workers.kills, _failures()
            them.far.start()
            returned = time.monotonic()
            arrived = _wait(them, returned + LATEST, kills)
        found = _judge(arrived, list(them.learners), returned)
        about = {"minutes": wanted.minutes, "kills": workers.kills, "kills_after": workers.kills - killed_before}
        return about | {"failures_in_a_row": failures} | found | {"rows": _states()}


def _killing(workers: Crew, chance: random.Random, every: float) -> Iterator[None]:
    """Asked again and again: kills one when it is time."""
    due = time.monotonic() + chance.expovariate(1 / every)
    while True:
        if time.monotonic() >= due:
            workers.kill_one(chance)
            due = time.monotonic() + chance.expovariate(1 / every)
        yield


def _be_down(them: Study, seconds: float, chance: random.Random, kills: Iterator[None]) -> None:
    """Let the scores be reached at moments all over this time, each learner's in their order."""
    began = time.monotonic()
    left = [(at, sub, share) for sub in them.learners for at, share in zip(_moments(chance), SCORES, strict=True)]
    left.sort(reverse=True)
    while (now := time.monotonic() - began) < seconds:
        next(kills)
        while left and left[-1][0] * seconds <= now:
            _at, sub, share = left.pop()
            them.score([sub], share)
        time.sleep(0.05)
    for _at, sub, share in reversed(left):
        them.score([sub], share)


def _moments(chance: random.Random) -> list[float]:
    return sorted(chance.random() for _ in SCORES)


def _wait(them: Study, until: float, kills: Iterator[None]) -> Sequence[Arrival]:
    """What arrived once everybody's last score is there."""
    while time.monotonic() < until:
        next(kills)
        arrived = them.far.arrivals()
        if {one.user for one in arrived if one.score == LAST} >= set(them.learners) and not _flying():
            return them.far.arrivals()
        time.sleep(0.2)
    return them.far.arrivals()


def _flying() -> bool:
    """Whether anything is still owed: a row whose worker was killed is sent again."""
    return "open" in _states()


def _states() -> dict[str, int]:
    with reading():
        return {found.state: found.rows for found in rows(STATES)}


def _failures() -> int:
    with reading():
        found = row(MOST_FAILURES)
        return (found.failures if found else None) or 0


def _judge(arrived: Sequence[Arrival], subs: Sequence[str], returned: float) -> dict[str, Any]:
    of: dict[tuple[str, str], list[Arrival]] = {}
    for one in arrived:
        of.setdefault((one.lineitem, one.user), []).append(one)
    there = {user for (_item, user), ones in of.items() if ones[-1].score == LAST}
    last = [next(one.at for one in ones if one.score == LAST) for ones in of.values() if ones[-1].score == LAST]
    return {
        "learners": len(subs),
        "arrived": len(arrived),
        "missing": len(set(subs) - there),
        "twice": len(arrived) - len({(one.lineitem, one.user, one.score) for one in arrived}),
        "out_of_order": sum(_breaks(ones) for ones in of.values()),
        "first_after": round(arrived[0].at - returned, 1) if arrived else 0.0,
        "last_after": round(max(last) - returned, 1) if last else 0.0,
    }


def _breaks(ones: Sequence[Arrival]) -> int:
    return sum(later.score < one.score or later.stamp < one.stamp for one, later in pairwise(ones))


def _table(found: Mapping[str, Mapping[str, Any]]) -> str:
    return "\n".join(TEMPLATE.format(name=name, **row) for name, row in found.items())


if __name__ == "__main__":
    main()
