"""A staff list of a whole province by a real worker: checked, written, sent again, when nothing changes.

Memory is the most that the worker holds, and the most of its helper, a process of its own that reads the workbook.
"Longest wait" is what a learner's answer would wait for the writer's slot of SQLite while the list is written.
"""

import argparse
import contextlib
import itertools
import json
import re
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from benchmarks import databases
from benchmarks.crew import crew
from lms_app.accounts.forms.columns import LABELS
from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries import imports as lists
from lms_app.accounts.queries import people
from lms_app.accounts.service import imports
from lms_app.app import create_app
from lms_app.core import tables
from lms_app.core.db import db, make_wal, reading, transaction
from lms_app.core.settings import Settings
from tests import make

SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ")
MIDDLES = ("Thị Mỹ", "Văn", "Hoàng", "Quốc", "Thị Bích", "Minh", "Ngọc", "Thanh")
GIVEN = ("Ánh", "Dũng", "Hạnh", "Khôi", "Lan", "Ngọc", "Phước", "Thưởng", "Tâm", "Yến")
LIMIT, MEMORY, LONGEST = 120.0, 500.0, 3.0
Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--units", type=int, default=1500)
    parser.add_argument(
        "--gate", action="store_true", help=f"fail over {LIMIT} s, {MEMORY} MB or a wait of {LONGEST} s"
    )
    databases.ask(parser, databases.SQLITE)
    wanted = parser.parse_args()
    found = {name: _run(name, wanted.rows, wanted.units) for name in wanted.databases}
    if wanted.json:
        print(json.dumps(found))
    else:
        for name, figures in found.items():
            print(f"\n{name}: {wanted.rows} rows, {wanted.units} units")
            for what, value in figures.items():
                print(f"  {what:36} {value:9.1f}")
    for figures in found.values():
        if wanted.gate and (
            figures["check and apply, s"] > LIMIT
            or figures["worker's memory, MB"] > MEMORY
            or figures.get("longest wait to write, s", 0) > LONGEST
        ):
            raise SystemExit("A staff list takes too long, too much memory, or the writer's slot for too long.")


def _run(database: str, count: int, units: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder, databases.chosen(database, Path(folder)) as chosen:
        app = create_app(Settings.from_env(chosen))
        with app.app_context():
            make_wal(db.engine)
            db.create_all()
            content = _list(count, _units(units))
            officer_id = make.hr().id
            with reading():
                officer = people.person(officer_id)
            assert officer
            figures: Figures = {"file, MB": len(content) / 1e6}
            with crew(chosen, 1) as workers, _watched(workers.running[0].pid, chosen, figures):
                while not workers.working:
                    time.sleep(0.1)
                figures["check, s"], sent = _until(lists.CHECKED, lambda: imports.send(content, "tinh.xlsx", officer))
                figures["apply, s"], _ = _until(
                    lists.DONE, lambda: imports.confirm(sent, officer.id, leave_absent=False) or sent
                )
                figures["check and apply, s"] = figures["check, s"] + figures["apply, s"]
                again, sent = _until(lists.CHECKED, lambda: imports.send(content, "tinh.xlsx", officer))
                figures["sent again: check, s"] = again
            with reading():
                kept = [db.session.scalar(select(func.count()).select_from(table)) for table in (Person, Employment)]
                counts = lists.one(sent)
            assert kept == [count + 1, count], kept
            assert counts
            assert counts.counts["unchanged"] == count, counts
            db.session.remove()
            db.engine.dispose()
    return figures


def _until(state: str, do: object) -> tuple[float, UUID]:
    """Seconds until a list, of which `do` answers the id, is in this state."""
    began = time.perf_counter()
    with transaction():
        found: UUID = do()  # type: ignore[operator]
    while True:
        with reading():
            row = lists.one(found)
        assert row
        assert row.state not in {lists.REFUSED, lists.CANCELLED}, row
        if row.state == state:
            return time.perf_counter() - began, found
        time.sleep(0.05)


def _units(count: int) -> list[tuple[str, str]]:
    province = make.unit("Tỉnh Vĩnh Long", kind="province", code="VL")
    found = [(f"DV-{at:04}", f"Ủy ban nhân dân xã Bình An {at}") for at in range(count - 1)]
    for code, name in found:
        make.unit(name, province, code=code)
    return found


def _list(count: int, units: list[tuple[str, str]]) -> bytes:
    names = itertools.cycle(" ".join(parts) for parts in itertools.product(SURNAMES, MIDDLES, GIVEN))
    first = date(1966, 1, 1)
    rows = (
        [
            *(at + 1, name, first + timedelta(days=at % 13_000), ("Nam", "Nữ")[at % 2], "Chuyên viên"),
            *(*units[at % len(units)], ("CC", "LD", "CT")[at % 3], f"cb{at}@coquan.example", 912_000_000 + at),
            *(f"CB{at:06}", date(2025, 7, 1), ""),
        ]
        for at, name in zip(range(count), names, strict=False)
    )
    return tables.write(list(LABELS.values()), rows, above=["TỈNH VĨNH LONG"])


@contextlib.contextmanager
def _watched(pid: int, chosen: Mapping[str, str], figures: Figures) -> Iterator[None]:
    """The most memory of a process and of those below it, and the longest wait for the writer's slot."""
    over = threading.Event()
    threads = [threading.Thread(target=_weigh, args=(pid, figures, over))]
    if chosen["LMS_DATABASE_URL"].startswith("sqlite:///"):
        path = chosen["LMS_DATABASE_URL"].removeprefix("sqlite:///")
        threads.append(threading.Thread(target=_knock, args=(path, figures, over)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _weigh(pid: int, figures: Figures, over: threading.Event) -> None:
    while not over.wait(0.05):
        held = [_held(one) for one in _below(pid)]
        figures["worker's memory, MB"] = max(figures.get("worker's memory, MB", 0), held[0])
        figures["helper's memory, MB"] = max([figures.get("helper's memory, MB", 0), *held[1:]])


def _held(pid: int) -> float:
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def _below(pid: int) -> list[int]:
    found = [pid]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in re.findall(r"\d+", children.read_text())]
    return found


def _knock(path: str, figures: Figures, over: threading.Event) -> None:
    """Take the writer's slot and give it back, again and again."""
    link = sqlite3.connect(path, timeout=60, isolation_level=None)
    while not over.wait(0.02):
        began = time.perf_counter()
        link.execute("BEGIN IMMEDIATE")
        link.execute("COMMIT")
        waited = time.perf_counter() - began
        figures["longest wait to write, s"] = max(figures.get("longest wait to write, s", 0), waited)
    link.close()


if __name__ == "__main__":
    main()
