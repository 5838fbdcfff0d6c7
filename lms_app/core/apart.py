"""Work on what strangers send, apart: each call in a process of its own, with limits of time and memory.

A standing helper process imports the module once and then only forks, so that a call costs hundredths of a second;
it has no threads, no secrets in its environment and no connection to the database.
"""

import atexit
import json
import math
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from importlib import import_module
from queue import Empty, LifoQueue
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple

from lms_app.core.settings import ROOT

SECONDS = 5.0
MEGABYTES = 1024
"""Of address space, if nothing else is said: an idle helper has about 200."""

HELPERS = 2
"""At once in one web process; a further call waits for its turn."""

PATIENCE = 8.0
_SIZE = struct.Struct(">Q")


class Overrun(Exception):
    """The work ended without an answer: out of time, out of memory, dead, or no turn was free."""


class Limits(NamedTuple):
    """`megabytes` of address space; `written`: bytes of the largest file, in a folder that goes when the work ends."""

    seconds: float = SECONDS
    megabytes: int = MEGABYTES
    written: int = 0


class Pool:
    """Helpers for one function, `module:name`: it is given the content and values, and answers what JSON can say."""

    def __init__(self, function: str, seconds: float = SECONDS, megabytes: int = MEGABYTES, written: int = 0) -> None:
        self._free: LifoQueue[_Helper] = LifoQueue()
        for _ in range(HELPERS):
            self._free.put(_Helper(function, Limits(seconds, megabytes, written)))
        atexit.register(self.close)

    def call(self, content: bytes, **values: Any) -> Any:
        """Raises `Overrun`."""
        try:
            helper = self._free.get(timeout=PATIENCE)
        except Empty as error:
            raise Overrun("busy") from error
        try:
            return helper.call(content, values)
        finally:
            self._free.put(helper)

    def warm(self) -> None:
        """Let a helper start, and do not wait for it: a call soon after finds it ready."""
        with suppress(Empty, OSError):
            helper = self._free.get_nowait()
            try:
                helper.start()
            finally:
                self._free.put(helper)

    def close(self) -> None:
        while not self._free.empty():
            self._free.get_nowait().close()


class _Helper:
    def __init__(self, function: str, limits: Limits) -> None:
        self._command = [sys.executable, "-m", __name__, function, *map(str, limits)]
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, content: bytes, values: dict[str, Any]) -> Any:
        try:
            process = self.start()
            _put(process.stdin, json.dumps(values).encode())
            _put(process.stdin, content)
            answer = _get(process.stdout)
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise Overrun("helper") from error
        if not answer:
            raise Overrun("limits")
        return json.loads(answer)

    def close(self) -> None:
        if self._process:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            self._process.wait()
            self._process = None

    def start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={"LANG": "C.UTF-8"},
                start_new_session=True,
            )
        return self._process


def serve(function: Callable[..., Any], limits: Limits) -> None:
    """The helper's life: until its master hangs up."""
    while True:
        try:
            values, content = json.loads(_get(sys.stdin.buffer)), _get(sys.stdin.buffer)
        except EOFError:
            return
        work = partial(function, content, **values)
        with TemporaryDirectory() if limits.written else nullcontext() as folder:
            answer = _forked(work, limits, folder)
        _put(sys.stdout.buffer, answer)


def _forked(work: Callable[[], Any], limits: Limits, folder: str | None) -> bytes:
    """The answer of one child, b"" when it died or ran out of time."""
    mine, its = os.pipe()
    child = os.fork()
    if child == 0:
        tempfile.tempdir = folder
        _child(work, its, limits)
    os.close(its)
    answer = _until(mine, time.monotonic() + limits.seconds)
    os.close(mine)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return answer


def _child(work: Callable[[], Any], out: int, limits: Limits) -> None:
    seconds, memory = math.ceil(limits.seconds), limits.megabytes << 20
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.written, limits.written))
        with os.fdopen(out, "wb") as pipe:
            pipe.write(json.dumps(work()).encode())
    finally:
        os._exit(0)


def _until(pipe: int, end: float) -> bytes:
    """All that comes before the pipe is closed; b"" when it is still open at the end of the time."""
    found = bytearray()
    while select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
        more = os.read(pipe, 65536)
        if not more:
            return bytes(found)
        found += more
    return b""


def _put(pipe: BinaryIO | Any, content: bytes) -> None:
    pipe.write(_SIZE.pack(len(content)) + content)
    pipe.flush()


def _get(pipe: BinaryIO | Any) -> bytes:
    head = pipe.read(_SIZE.size)
    if len(head) < _SIZE.size:
        raise EOFError
    return bytes(pipe.read(_SIZE.unpack(head)[0]))


if __name__ == "__main__":
    _module, _, _name = sys.argv[1].partition(":")
    serve(getattr(import_module(_module), _name), Limits(float(sys.argv[2]), *map(int, sys.argv[3:])))
