"""How long the pages of coverage take for a made-up province, computed live, whole requests in one process.

Goal: the table of the province (1,500 units, 100,000 people, 300,000 enrolments) p95 under 300 ms, on both databases;
the number of statements does not depend on the number of units.
"""

import argparse
import gc
import os
import tempfile
import time
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, select, text

from benchmarks import databases
from benchmarks.measure import share
from lms_app.app import create_app
from lms_app.core.db import db, make_wal, transaction
from lms_app.core.settings import Settings
from lms_app.operations import province
from lms_app.organisations.models import Unit
from tests import make
from tests.web import Browser, counted

OFFICER = "lan@coquan.example"
COURSES = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=1500)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--enrolments", type=int, default=300_000)
    parser.add_argument("--requests", type=int, default=40, help="of each page; a tenth of lists and files")
    parser.add_argument("--gate", type=float, default=0, help="fail when p95 of the province's table takes more ms")
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    wanted = parser.parse_args()
    size = province.Size(wanted.units, wanted.people, wanted.enrolments)
    slow = [name for name in wanted.databases if _measured(name, size, wanted.requests) > wanted.gate > 0]
    if slow:
        raise SystemExit(f"Over {wanted.gate:.0f} ms: {', '.join(slow)}")


def _measured(database: str, size: province.Size, requests: int) -> float:
    """Print what each page takes; p95 of the province's table."""
    with tempfile.TemporaryDirectory() as folder, databases.chosen(database, Path(folder)) as environment:
        settings = Settings.from_env(environment | {"LMS_RATE_LIMITS": "0"})
        began = time.perf_counter()
        with get_context("spawn").Pool(1) as apart:  # a server does not begin with the memory of such a work
            units = apart.apply(_filled, (settings, size))
        os.sync()  # nor while the disk still writes it
        print(f"{database}: {size.units} units, {size.people} people made in {time.perf_counter() - began:.0f} s")
        app = create_app(settings)
        with app.app_context():
            officer = Browser(app)
            officer.sign_in(OFFICER)
            gc.collect()
            gc.freeze()  # this and the next as wsgi.py does
            gc.set_threshold(50_000, 10, 10)
            pages = _pages(units)
            print(f"{'whole request':44} {'statements':>10} {'p50':>9} {'p95':>9} {'CPU':>9}")
            told = [_told(officer, name, path, requests if often else requests // 10) for name, path, often in pages]
            db.session.remove()
            db.engine.dispose()
    return told[0]


def _filled(settings: Settings, size: province.Size) -> dict[str, str]:
    """Code -> id of the units asked about. The database knows its own sizes, as it would after a night."""
    with create_app(settings).app_context():
        make_wal(db.engine)
        db.create_all()
        for number in range(1, COURSES + 1):
            make.course(f"khoa-{number}", lessons=1, questions=1, title=f"Kỹ năng số, phần {number}")
        with transaction():
            province.build(size)
        make.hr(email=OFFICER)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _settle(connection)
        found = db.session.execute(select(Unit.code, Unit.id).where(Unit.code.in_(("PT", "PT-X001")))).all()
        db.session.remove()
        db.engine.dispose()
    return {code: str(unit_id) for code, unit_id in found}


def _settle(connection: Connection) -> None:
    """PostgreSQL's VACUUM marks pages as seen by all only when their commits, and its own, are on the disk."""
    night = ("SET synchronous_commit = on", "CHECKPOINT", "VACUUM (ANALYZE)")
    for words in ("ANALYZE",) if connection.dialect.name == "sqlite" else night:
        connection.execute(text(words))


def _pages(units: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """What, where, and whether it is asked for often. The first is the one with the goal."""
    top, commune = f"unit={units['PT']}", f"unit={units['PT-X001']}"
    return [
        ("table of the province", f"/hr/coverage?{top}", True),
        ("  one group", f"/hr/coverage?{top}&group=CC", True),
        ("  since the beginning", f"/hr/coverage?{top}&period=all", True),
        ("table of a commune", f"/hr/coverage?{commune}", True),
        ("list of the overdue, province", f"/hr/coverage/people?{top}&what=overdue", False),
        ("list of the trained, province", f"/hr/coverage/people?{top}&what=trained", False),
        ("list of the trained, commune", f"/hr/coverage/people?{commune}&what=trained", True),
        ("twelve months of the province", f"/hr/coverage/timeline?{top}", False),
        ("table of the province as xlsx", f"/hr/coverage.xlsx?{top}", False),
        ("all overdue of the province as xlsx", f"/hr/coverage/people.xlsx?{top}&what=overdue", False),
    ]


def _told(officer: Browser, name: str, path: str, requests: int) -> float:
    with counted() as statements:
        _timed(officer, path)
    times = [_timed(officer, path) for _ in range(max(requests, 2))]
    walls, cpus = [wall for wall, _cpu in times], [cpu for _wall, cpu in times]
    highest = share(walls, 0.95)
    print(f"{name:44} {len(statements):10} {median(walls):6.0f} ms {highest:6.0f} ms {median(cpus):6.0f} ms")
    return highest


def _timed(officer: Browser, path: str) -> tuple[float, float]:
    """Milliseconds: by the clock, and of this process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = officer.open("GET", path)
    took = (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000
    assert answer.status_code == 200, answer.text[:500]
    return took


if __name__ == "__main__":
    main()
