"""Open edX's own LTI code (lti-consumer-xblock), served from an environment of its own on another site than the tool's.

Its pages are at http://localhost:<port>, the tool's at http://127.0.0.1:<port>. tests/platforms/openedx is the harness.
"""

import json
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.services import free_port

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-openedx" / "bin" / "python"
FIRST = "course-v1:TruongCT+KNS+2026"
TEACHER = "lan"
SECONDS_TO_START = 60
Row = dict[str, Any]


class OpenEdx:
    """One school with one class. `folder` takes its database and its log; nothing outlives `stop`."""

    def __init__(self, tool: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = folder / "openedx.log"
        command = [str(PYTHON), "tests/platforms/openedx/serve.py", str(self.port), tool, str(folder)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self._wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def registration(self) -> list[str]:
        """The words of `flask lti add-platform` that register it, from what Studio shows its teachers."""
        shown = self._get("/registration.json")
        words = {"--name": "Trường Chính trị (Open edX)", "--issuer": shown["issuer"]}
        words |= {"--client-id": shown["client_id"], "--deployment": shown["deployment_id"]}
        words |= {"--auth-url": shown["oidc_callback"], "--token-url": shown["token_url"]}
        words |= {"--jwks-url": shown["keyset_url"]}
        return [word for pair in words.items() for word in pair]

    def course(self, username: str, block: str, course: str = FIRST) -> str:
        """The address of a person's page of the course with one block in it. Opening it signs that person in."""
        return f"{self.url}/courses/{course}?{urlencode({'as': username, 'block': block})}"

    def studio(self, block: str, course: str = FIRST) -> str:
        """The teacher's page of one block: what to register, what is picked, the link that starts deep linking."""
        return f"{self.url}/studio/{course}?{urlencode({'as': TEACHER, 'block': block})}"

    def enrol(self, username: str, name: str, course: str = FIRST, role: str = "student") -> str:
        """Puts a person on the roster, new or known; answers the `sub` of all their launches."""
        asked = {"course": course, "username": username, "name": name, "role": role}
        sub: str = self._post("/members", asked)["sub"]
        return sub

    def drop(self, username: str, course: str = FIRST) -> None:
        self._post("/members", {"course": course, "username": username, "name": "", "role": ""})

    def copy(self, run: str, course: str = FIRST) -> str:
        """A re-run of the course; answers its key. Learners and picked items stay behind, as in Open edX."""
        key: str = self._post(f"/courses/{course}/copy", {"run": run})["course"]
        return key

    def sub(self, username: str) -> str:
        found: str = self._get("/state.json")["people"][username]
        return found

    def items(self, block: str, course: str = FIRST) -> list[Row]:
        return self._rows("items", course, block)

    def line_items(self, block: str, course: str = FIRST) -> list[Row]:
        return self._rows("line_items", course, block)

    def scores(self, username: str, block: str, course: str = FIRST) -> list[Row]:
        """What came in by AGS, with its comment: the newest for each line item."""
        sub = self.sub(username)
        return [row for row in self._rows("scores", course, block) if row["sub"] == sub]

    def grades(self, username: str, block: str, course: str = FIRST) -> list[Row]:
        """What their code made of it in the gradebook."""
        return [row for row in self._rows("grades", course, block) if row["username"] == username]

    def _rows(self, table: str, course: str, block: str) -> list[Row]:
        found: list[Row] = self._get("/state.json")[table]
        return [row for row in found if (row["course"], row["block"]) == (course, block)]

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as answer:
            return json.load(answer)

    def _post(self, path: str, form: dict[str, str]) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", urlencode(form).encode(), timeout=20) as answer:
            return json.load(answer)

    def _wait(self) -> None:
        end = time.monotonic() + SECONDS_TO_START
        while True:
            assert self.process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(f"{self.url}/ready", timeout=2):
                    return
            except OSError:
                assert time.monotonic() < end, self.log.read_text()
                time.sleep(0.1)
