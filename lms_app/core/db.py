"""The database: base class, column types, transactions, and the two statements-as-constants readers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Dialect, Executable, Integer, MetaData, Row, event
from sqlalchemy.engine import Connection, CursorResult, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from lms_app.core.ids import new_id

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
PRAGMAS: tuple[str, ...] = ("foreign_keys=ON", "busy_timeout=5000", "trusted_schema=OFF", "synchronous=FULL")
PLANS = "SET plan_cache_mode = force_custom_plan; SET jit = off"
"""Plans that know the values: one for all of them joins a whole province to list a commune, 25 times slower.

And no machine code made for them: it takes 20 ms and more, which pages of some milliseconds never win back.
"""

_reading: ContextVar[bool] = ContextVar("reading", default=False)
"""True in a request that must not write; SQLite then begins plainly instead of IMMEDIATE."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime. A naive one is a bug and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
Serial = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map={datetime: Instant})


db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False, "autoflush": True}
)


def rows(statement: Executable, **values: Any) -> Sequence[Row[Any]]:
    """Run a statement that is a module constant, on the session's connection: no ORM result layer."""
    return _connection().execute(statement, values).all()


def row(statement: Executable, **values: Any) -> Row[Any] | None:
    """The first row of a constant statement, or None."""
    return _connection().execute(statement, values).first()


def _connection() -> Connection:
    """The session's connection; while reading on PostgreSQL, without a transaction.

    READ COMMITTED gives no common snapshot anyway, and BEGIN and ROLLBACK cost a tenth of a page.
    """
    session = db.session()
    if _reading.get() and not session.in_transaction() and session.get_bind().dialect.name == "postgresql":
        return session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    return session.connection()


def change(statement: Executable, **values: Any) -> int:
    """Run one UPDATE, INSERT or DELETE constant and say how many rows it touched."""
    result = db.session.connection().execute(statement, values)
    return result.rowcount if isinstance(result, CursorResult) else 0


@contextmanager
def transaction() -> Iterator[None]:
    """Commit on success, roll back on any error. Unsafe requests, jobs and commands each run in one.

    Also in the middle of reading: what was read so far had, on PostgreSQL, no transaction that could be undone.
    """
    if _reading.get():
        db.session.rollback()
    token = _reading.set(False)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _reading.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """Nothing is written inside: SQLite takes no write lock, and the end is a rollback."""
    token = _reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        _reading.reset(token)


def release() -> None:
    """End a transaction that has only read: before slow work (argon2), so that nobody waits for our write lock."""
    db.session.rollback()


def set_reading(*, value: bool) -> None:
    """Say at the start of a request whether it may write (`LmsFlask` does, by its method)."""
    _reading.set(value)


NOT_MADE = "Cơ sở dữ liệu chưa được tạo hoặc chưa nâng cấp. Quản trị viên cần chạy: flask --app wsgi db upgrade"
FULL = "Ổ đĩa của máy chủ đã đầy nên chưa lưu được. Hãy báo quản trị viên."
AWAY = "Cơ sở dữ liệu chưa trả lời. Hãy thử lại sau ít phút; nếu vẫn vậy, hãy báo quản trị viên."
_STATES = {"42P01": NOT_MADE, "42703": NOT_MADE, "53100": FULL}
"""PostgreSQL's own numbers; SQLite has only words."""

_WORDS = {"no such table": NOT_MADE, "no such column": NOT_MADE, "full": FULL}


def trouble(error: DBAPIError) -> str | None:
    """What is the matter with the database, in a sentence; None when the statement itself is wrong (a bug)."""
    said = str(error.orig)
    if isinstance(error, OperationalError):
        return _STATES.get(_state(error)) or next((_WORDS[word] for word in _WORDS if word in said), AWAY)
    return _STATES.get(_state(error))


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", ""))


def plain_types(kind: str, item: object, _context: object) -> str | bool:
    """Write plain types into migrations, so that none of them imports the app."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def init_engine(app: Flask) -> None:
    """Give every SQLite connection our pragmas and our own BEGIN (see docs/decisions/0003), PostgreSQL's `PLANS`."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", _plan_each)


def _plan_each(connection: Any, _record: object) -> None:
    connection.execute(PLANS)
    connection.commit()


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    raw.execute("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def make_wal(engine: Engine) -> None:
    """Once, when the database is made: two workers that both set it at start lock each other out."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode=WAL")
        finally:
            raw.close()
