"""Rounds through several things to measure, and the table that comes of them."""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.measure import cpu

MILLION = 1_000_000
Step = Callable[[], None]
Figures = Mapping[str, float | str]


@dataclass
class Page:
    """One thing to measure. `step` does it once; `pid` is the server whose CPU it costs."""

    name: str
    pid: int
    step: Step
    costs: list[float] = field(default_factory=list)


def arguments(about: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--requests", type=int, default=120, help="of each page in each round")
    parser.add_argument("--warm", type=int, default=250, help="requests before anything is counted")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def run(pages: Sequence[Page], wanted: argparse.Namespace) -> list[Figures]:
    """Measure and print; the first page is what the others are compared with."""
    figures = measure(pages, wanted)
    print(json.dumps(figures, indent=2) if wanted.json else table(figures))
    return figures


def measure(pages: Sequence[Page], wanted: argparse.Namespace) -> list[Figures]:
    """The order rotates, so noise falls on all alike."""
    for page in pages:
        for _ in range(wanted.warm):
            page.step()
    for number in range(wanted.rounds):
        turn = number % len(pages)
        for page in (*pages[turn:], *pages[:turn]):
            before = cpu(page.pid)
            for _ in range(wanted.requests):
                page.step()
            page.costs.append((cpu(page.pid) - before) / wanted.requests / MILLION)
    return [_figures(page, pages[0]) for page in pages]


def times(mine: Page, theirs: Page) -> float:
    """How many times as dear, by pairs of neighbouring rounds."""
    return round(median(one / other for one, other in zip(mine.costs, theirs.costs, strict=True)), 2)


def _figures(page: Page, plain: Page) -> Figures:
    pairs = list(zip(page.costs, plain.costs, strict=True))
    return {
        "page": page.name,
        "median_ms": round(median(page.costs), 3),
        "minimum_ms": round(min(page.costs), 3),
        "paired_difference_ms": round(median(mine - theirs for mine, theirs in pairs), 3),
        "times_hello": round(median(mine / theirs for mine, theirs in pairs), 1),
    }


def table(figures: Sequence[Figures]) -> str:
    lines = [f"{'CPU for each request':32} {'median':>9} {'minimum':>9} {'less hello':>11} {'x hello':>8}"]
    lines += [
        f"{row['page']:32} {row['median_ms']:6.2f} ms {row['minimum_ms']:6.2f} ms "
        f"{row['paired_difference_ms']:8.2f} ms {row['times_hello']:8.1f}"
        for row in figures
    ]
    return "\n".join(lines)
