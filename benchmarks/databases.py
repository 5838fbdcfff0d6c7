"""Which database a benchmark runs on: SQLite in its own folder, or a throw-away PostgreSQL."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.pages import environment
from tests import services

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def ask(parser: argparse.ArgumentParser, *usual: str) -> None:
    """Both when nothing is said, or those named `usual`."""
    parser.add_argument(
        "--databases",
        nargs="+",
        choices=(SQLITE, POSTGRESQL),
        default=usual or (SQLITE, POSTGRESQL),
        help="a PostgreSQL server is started for the run",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


@contextlib.contextmanager
def chosen(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """The settings of an installation with an empty database, `LMS_DATABASE_URL` notwithstanding."""
    usual = environment(folder)
    if name == SQLITE:
        yield usual | {"LMS_DATABASE_URL": f"sqlite:///{folder / 'lms.db'}"}
        return
    with services.postgresql() as address:
        yield usual | {"LMS_DATABASE_URL": services.fresh_database(address, "lms_benchmark")}
