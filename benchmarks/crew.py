"""Worker processes as an operator runs them (`flask jobs run`), and what kills them."""

import contextlib
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import ROOT, cpu, inherited

COMMAND = (sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run")
PATIENCE = 40


@dataclass
class Crew:
    environment: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0

    def start(self, count: int = 1) -> None:
        for _ in range(count):
            env, quiet = inherited(self.environment), subprocess.DEVNULL
            self.running.append(subprocess.Popen(COMMAND, cwd=ROOT, env=env, stdout=quiet, stderr=quiet))

    @property
    def working(self) -> list[subprocess.Popen[bytes]]:
        """Those that are up: a worker's lock file holds its process number."""
        folder = Path(self.environment["LMS_DATA"]) / "workers"
        numbers = {int(path.name.rsplit("-", 2)[1]) for path in folder.glob("*")}
        return [process for process in self.running if process.pid in numbers]

    def kill_one(self, chance: random.Random) -> None:
        """End one by SIGKILL, in the middle of whatever it does, and start another. Nothing when none is up yet."""
        if not (ready := self.working):
            return
        victim = chance.choice(ready)
        victim.kill()
        victim.wait()
        self.running.remove(victim)
        self.kills += 1
        self.start()

    def cpu(self) -> float:
        """Seconds that those who run now have used."""
        return sum(cpu(process.pid) for process in self.running) / 1e9

    def stop(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait(PATIENCE)
        self.running.clear()


@contextlib.contextmanager
def crew(environment: Mapping[str, str], count: int) -> Iterator[Crew]:
    made = Crew(environment)
    made.start(count)
    try:
        yield made
    finally:
        made.stop()
