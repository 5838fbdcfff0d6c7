"""A second shell beside the running product. What it runs is forked off one process that has loaded the app: that takes
four seconds, and the journeys run some forty commands.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from flask import cli

ROOT = Path(__file__).parents[2]
LONGEST = 120
"""Seconds."""

BESIDE = """
from lms_app.accounts.service import people as accounts
from lms_app.assessment import service as assessment
from lms_app.core.db import transaction
from lms_app.learning.service import studying as learning
from wsgi import app
with app.app_context():
    with transaction():
"""


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


class Shell:
    def __init__(self, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.journeys.beside"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True)

    def flask(self, *words: str) -> Done:
        """`flask --app wsgi` with these words."""
        return self._run("flask", "--app", "wsgi", *words)

    def python(self, code: str) -> Done:
        """In one transaction of the app."""
        body = "".join(f"        {line}\n" for line in code.strip().splitlines())
        return self._run("-c", BESIDE + body)

    def close(self) -> None:
        self.process.communicate(timeout=20)

    def _run(self, *command: str) -> Done:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(command), file=self.process.stdin, flush=True)
        return Done(*json.loads(self.process.stdout.readline()))


def serve() -> None:
    """For each line a command, run in a process of its own that ends as any other does; a line says how it ended."""
    import_module("wsgi")
    for line in sys.stdin:
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            child = os.fork()
            if not child:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                signal.alarm(LONGEST)  # a command that hangs is killed, and says so by its status
                run(*json.loads(line))
                return
            _child, status = os.waitpid(child, 0)
            out.seek(0)
            err.seek(0)
            print(json.dumps([os.waitstatus_to_exitcode(status), out.read(), err.read()]), flush=True)


def run(*command: str) -> None:
    if command[0] == "-c":
        exec(command[1], {})  # noqa: S102 - code of the tests
    else:
        sys.argv = list(command)
        cli.main()


if __name__ == "__main__":
    serve()
