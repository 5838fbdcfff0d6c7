"""How Alembic runs: in one transaction, on the app's own engine, one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

MIGRATING = 20261124
"""The number of PostgreSQL's advisory lock: two servers that start together migrate one after the other."""


def run_offline() -> None:
    """`flask db upgrade --sql`: print the statements for a database administrator."""
    extension = current_app.extensions["migrate"]
    context.configure(
        url=extension.db.engine.url,
        target_metadata=extension.db.metadata,
        literal_binds=True,
        **extension.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    extension = current_app.extensions["migrate"]
    options: dict[str, Any] = extension.configure_args | {"process_revision_directives": _no_empty_revision}
    with extension.db.engine.connect() as connection, _foreign_keys_off(connection):
        context.configure(
            connection=connection, target_metadata=extension.db.metadata, transactional_ddl=True, **options
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATING})
            context.run_migrations()
            _check_foreign_keys(connection)


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew and dropping the old one, which foreign keys would take for a deletion.

    The pragma works outside a transaction only, so it goes to the driver's connection before SQLAlchemy begins.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise RuntimeError(f"The migration left rows that point nowhere; nothing was changed: {broken[:5]}")


def _no_empty_revision(_context: object, _revision: object, directives: list[Any]) -> None:
    """`flask db migrate` with nothing to do writes no file; `flask db check` wants the empty one to look at."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives.clear()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
