"""A tiny app to be killed, with the LMS_* settings of `test_kill.py`.

`python -m tests.core.killed` is its worker; with a port behind it, the process that owes what the worker delivers.
"""

import json
import os
import signal
import sys
import time
from http.client import HTTPConnection, HTTPException

from flask import Flask
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from lms_app.core import db as database
from lms_app.core import outbox
from lms_app.core.db import change, db, rows, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.core.settings import Settings
from lms_app.core.worker import Worker

EFFECT = Table(
    "effect", MetaData(), Column("id", Integer, primary_key=True), Column("key", String(80)), Column("n", Integer)
)
"""Outside the product's metadata. No unique constraint: the test counts doubles itself."""

GRADES, KEYS = 200, 40
PAUSE = 0.01
OWED = select(func.count().label("rows")).where(OutboxRow.topic == "grade")
_INSERT = insert(EFFECT)


def make_app(settings: Settings) -> Flask:
    app = Flask("killed")
    app.config.update(SQLALCHEMY_DATABASE_URI=settings.database_url)
    app.extensions["settings"] = settings
    db.init_app(app)
    database.init_engine(app)
    outbox.init(app, {"grade": outbox.send(grade), "completed": outbox.do(completed)})
    return app


def grade(row: outbox.Row) -> outbox.Outcome:
    """Return one grade to the receiver, as `lti` does it: what the answer says about the row and about the host."""
    link = HTTPConnection("127.0.0.1", row.payload["port"], timeout=1)
    try:
        link.request("POST", "/", json.dumps({"key": row.key, "n": row.payload["n"]}))
        answer = link.getresponse()
        wait = answer.getheader("Retry-After")
        if answer.status == 200:
            return outbox.DONE
        return outbox.again(f"HTTP {answer.status}", float(wait) if wait else None, host_fault=True)
    except (OSError, HTTPException) as error:
        return outbox.again(type(error).__name__, host_fault=True)
    finally:
        link.close()


def completed(row: outbox.Row) -> None:
    change(_INSERT, key=row.key, n=row.payload["n"])


def owe_all(port: int) -> None:
    """A grade and a local effect in each transaction, as a web request owes them; goes on where the killed one was."""
    with make_app(Settings.from_env()).app_context():
        while True:
            with transaction():
                at = rows(OWED)[0].rows
                if at >= GRADES:
                    return
                key, n = at % KEYS, at // KEYS
                outbox.put("completed", f"completed/{key}", "local", {"n": n})
                outbox.put("grade", f"grade/{key}", "host", {"n": n, "port": port})
            time.sleep(PAUSE)


def main() -> None:
    if len(sys.argv) > 1:
        return owe_all(int(sys.argv[1]))
    worker = Worker(make_app(Settings.from_env()))
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.work_on()
    os._exit(0)


if __name__ == "__main__":
    main()
