"""The least that a tool on pylti1p3 can be, as that library's documentation shows it: no database, no page of ours.

It remembers launches in this process, reads its configuration at each request as in the library's examples, and
fetches the platform's keys at each launch, which is what the library does by default. `PLAIN_TOOL` names the
configuration's file.
"""

import os
import time
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from pylti1p3.contrib import flask as adapter
from pylti1p3.tool_config.json_file import ToolConfJsonFile

CONFIGURATION = "PLAIN_TOOL"


class Memory:
    """What `FlaskCacheDataStorage` wants of a cache: Flask-Caching's two methods."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Any, float]] = {}

    def get(self, key: str) -> Any:
        value, until = self.kept.get(key, (None, 0.0))
        return value if until > time.monotonic() else None

    def set(self, key: str, value: Any, timeout: float | None = None) -> None:
        self.kept[key] = (value, time.monotonic() + (timeout or 300.0))


app = Flask(__name__)
app.secret_key = "benchmark-" * 4
lti: Any = adapter
"""It has no types."""

launches = lti.FlaskCacheDataStorage(Memory())
configuration = os.environ.get(CONFIGURATION, "")  # noqa: TID251 - the script's own switch


@app.get("/lti/login")
def login() -> ResponseReturnValue:
    asked = lti.FlaskRequest()
    started = lti.FlaskOIDCLogin(asked, ToolConfJsonFile(configuration), launch_data_storage=launches)
    answer: ResponseReturnValue = started.redirect(asked.get_param("target_link_uri"))
    return answer


@app.post("/lti/launch")
def launch() -> str:
    opened = lti.FlaskMessageLaunch(lti.FlaskRequest(), ToolConfJsonFile(configuration), launch_data_storage=launches)
    name: str = opened.get_launch_data()["name"]
    return f"Hello, {name}"
