"""CPU and time that the PDF of one certificate takes, drawn as the outbox's worker draws it. The goal: under 300 ms."""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.pages import environment
from lms_app.app import create_app
from lms_app.certificates import trials
from lms_app.certificates.service import files
from lms_app.core.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=int, default=20)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_env(environment(Path(folder))))
        with app.app_context():
            first = _draw(trials.NAMES[0])
            rest = [_draw(trials.NAMES[at % len(trials.NAMES)]) for at in range(wanted.sheets)]
    print(f"{'one certificate':32} {'CPU':>9} {'time':>9}")
    print(f"{'the first of a process':32} {first[0]:6.0f} ms {first[1]:6.0f} ms")
    for name, choose in (("median", median), ("minimum", min)):
        print(f"{name:32} {choose(cpu for cpu, _ in rest):6.0f} ms {choose(wall for _, wall in rest):6.0f} ms")


def _draw(name: str) -> tuple[float, float]:
    """Milliseconds of CPU, and on the clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    files.draw(trials.sample(name))
    return (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000


if __name__ == "__main__":
    main()
