"""What the tests of the outbox share: a far host that answers as told, and looks at the rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from lms_app.core import outbox
from lms_app.core.audit import note
from lms_app.core.db import db, transaction
from lms_app.core.outbox_rows import OutboxLane, OutboxRow

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Post:
    """A far host: writes down what arrives and answers what the test wants, `DONE` by default."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []
        self.answers: list[outbox.Outcome | Exception] = []

    def send(self, row: outbox.Row) -> outbox.Outcome:
        answer = self.answers.pop(0) if self.answers else outbox.DONE
        self.got.append((row.key, row.payload["n"]))
        if isinstance(answer, Exception):
            raise answer
        return answer


def effect(row: outbox.Row) -> None:
    note("system", "effect", row.key, n=row.payload["n"])


def broken(row: outbox.Row) -> None:
    effect(row)
    raise ValueError(f"no place for {row.payload['n']:05}")


def owe(n: int, key: str = "k", *, topic: str = "mail", lane: str = "host", replace: bool = False) -> None:
    with transaction():
        outbox.put(topic, f"{topic}/{key}", lane, {"n": n}, replace=replace)


def states() -> list[str]:
    return list(db.session.scalars(select(OutboxRow.state).order_by(OutboxRow.id)))


def only() -> OutboxRow:
    return db.session.scalars(select(OutboxRow).execution_options(populate_existing=True)).one()


def lane(name: str = "host") -> OutboxLane:
    return db.session.get_one(OutboxLane, name, populate_existing=True)
