"""Throw-away PostgreSQL and Redis for the tests: `python -m tests.services -- make test` starts both and names them."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

START_LIMIT = 30.0
BINARIES = Path("/usr/lib/postgresql")
"""Debian's place; elsewhere the programs are looked for on the PATH."""

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "log_min_messages=fatal")


def free_port() -> int:
    """A port nobody listens on.

    Below those that the system hands to outgoing connections: one of these could take it before our server does.
    """
    while True:
        port = 15000 + secrets.randbelow(15000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass(frozen=True)
class Services:
    """The addresses of PostgreSQL and Redis that the tests are to use; empty for SQLite and no queue."""

    database: str
    redis: str


SERVICES = Services(os.environ.get("LMS_TEST_DATABASE", ""), os.environ.get("LMS_TEST_REDIS", ""))  # noqa: TID251
"""The tests' own switch, read here alone. A test asks for it by the fixture `services`."""


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder that the user `postgres` may enter."""
    path = Path(tempfile.mkdtemp(prefix="lms-services-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """An empty server on this machine only; its address. It forgets everything on a power cut, and is fast for it."""
    with folder() as home:
        port = free_port()
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        data, sockets = home / "data", f"unix_socket_directories={home}"
        subprocess.run(
            [
                *_as_postgres(),
                _postgres("initdb"),
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        options = [word for option in (*FAST, sockets, "listen_addresses=127.0.0.1") for word in ("-c", option)]
        command: list[str | Path] = [*_as_postgres(), _postgres("postgres"), "-D", data, "-p", str(port), *options]
        with _running(command, lambda: _accepts(data, port)):
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """An empty Redis that writes nothing to disk; its address."""
    with folder() as home:
        port = free_port()
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(home)]
        with _running([*command, "--loglevel", "warning"], lambda: _listens(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def _running(command: Sequence[str | Path], is_ready: Callable[[], bool]) -> Iterator[None]:
    """A process from ready to gone. SIGINT is PostgreSQL's fast shutdown; Redis ends by it too."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/")
    try:
        limit = time.monotonic() + START_LIMIT
        while not is_ready():
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"{command} did not start")
            time.sleep(0.05)
        yield
    finally:
        if process.poll() is None:
            process.send_signal(2)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fresh_database(server: str, name: str) -> str:
    """An empty database on a server, in SQLAlchemy's spelling; one of that name from before is dropped."""
    server = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE 'C.UTF-8'"))
    engine.dispose()
    return f"{server.rsplit('/', 1)[0]}/{name}"


def _postgres(program: str) -> str:
    found = sorted(BINARIES.glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else program


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root. `setpriv` becomes the program itself, so that signals reach it."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]


def _accepts(data: Path, port: int) -> bool:
    """`postmaster.pid` ends with `ready` once connections are taken."""
    path = data / "postmaster.pid"
    return path.exists() and path.read_text().rstrip().endswith("ready") and _listens(port)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(command: list[str]) -> int:
    with postgresql() as database, redis() as queue:
        env = {**os.environ, "LMS_TEST_DATABASE": database, "LMS_TEST_REDIS": queue}  # noqa: TID251 - the tests' switch
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    if "--" not in sys.argv:
        sys.exit("usage: python -m tests.services -- COMMAND")
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
