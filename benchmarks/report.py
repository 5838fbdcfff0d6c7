"""How long the reports of a made-up province take, from the figures to the four files, in one process.

Goal: a yearly report of 1,500 units, 100,000 people and 300,000 enrolments in under 10 s. The province is that of
`flask demo province`; `--data` keeps it for the next run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lms_app.app import create_app
from lms_app.certificates.service import issuers
from lms_app.core.db import reading
from lms_app.core.settings import Settings
from lms_app.organisations.queries import reached, tree
from lms_app.reporting import exports
from lms_app.reporting.duties import KINDS
from lms_app.reporting.service.building import Order, document

GOAL = 10.0
TOP = "PT"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=1500)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--data", type=Path, help="data folder; made when it is not there")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = wanted.data or Path(folder)
        environment = {"LMS_DEMO": "1", "LMS_DATA": str(data), "LMS_URL": "http://127.0.0.1:8000"}
        if not (data / "lms.db").exists():
            _flask(environment, "prepare")
            _flask(environment, "province", "--units", str(wanted.units), "--people", str(wanted.people))
        app = create_app(Settings.from_env(environment))
        with app.app_context():
            slowest = max(_made(kind) for kind in KINDS)
    print(f"slowest {slowest:.1f} s, goal {GOAL:.0f} s")
    sys.exit(slowest > GOAL)


def _made(kind: str) -> float:
    """Seconds that one report of the whole province takes."""
    begun = time.perf_counter()
    with reading():
        today = issuers.today()
        unit = reached.by_code(TOP)
        assert unit is not None
        paper = document(Order(kind, unit.id, today.year, today, "Thủ trưởng đơn vị"), tree.tops())
    figures = time.perf_counter() - begun
    sizes = ", ".join(f"{ending} {len(content) // 1024} KB" for ending, content in exports.files(paper).items())
    whole = time.perf_counter() - begun
    print(f"{kind:10} figures {figures:5.2f} s, files {whole - figures:5.2f} s, all {whole:5.2f} s   {sizes}")
    return whole


def _flask(environment: dict[str, str], *words: str) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", *words]
    subprocess.run(command, env=os.environ | environment, check=True)  # noqa: TID251 - a process of its own


if __name__ == "__main__":
    main()
