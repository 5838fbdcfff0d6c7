"""Running a module on bytes that nobody vouches for, in a process of its own with little memory and time."""

import subprocess
import sys

from lms_app.core.settings import ROOT

MEGABYTE = 1024 * 1024
_BOOT = (
    "import resource, runpy, sys; memory, seconds, module = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]; "
    "resource.setrlimit(resource.RLIMIT_AS, (memory, memory)); resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); "
    "resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)); resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
    "runpy.run_module(module, run_name='__main__')"
)


class Stopped(Exception):
    """The module ended badly: out of memory, out of time, or by an error of its own."""


def run(module: str, content: bytes, *, seconds: int, megabytes: int) -> bytes:
    """What `python -m module` writes when it reads `content`. It can write no file. Raises `Stopped`."""
    limits = (str(megabytes * MEGABYTE), str(seconds))
    try:
        done = subprocess.run(
            [sys.executable, "-c", _BOOT, *limits, module],
            input=content,
            capture_output=True,
            timeout=2 * seconds + 5,
            check=True,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise Stopped(module) from error
    return done.stdout
