"""Many rows through one statement, made ready for the driver before the transaction begins.

To write a hundred thousand rows takes SQLAlchemy four times as long as SQLite, which has one writer's slot: what others
wait for is only the latter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Table, bindparam, insert
from sqlalchemy.sql.compiler import SQLCompiler

from lms_app.core.db import db

PIECE = 5000


@dataclass(frozen=True)
class Bulk:
    """A statement in the driver's words, and its values as the driver takes them."""

    sql: str
    rows: list[Any]


def adding(table: Table, names: Iterable[str]) -> Executable:
    """An INSERT of these columns, for `ready`; others get the database's own default."""
    return insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in names})


def ready(statement: Any, rows: Iterable[Mapping[str, Any]]) -> Bulk:
    """`rows`: for each the values of the statement's bindparams."""
    dialect = db.engine.dialect
    compiled: SQLCompiler = statement.compile(dialect=dialect)
    order = compiled.positiontup or list(compiled.binds)
    ways = [(name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in order]
    found = ([way(row[name]) if way else row[name] for name, way in ways] for row in rows)
    if compiled.positiontup:
        return Bulk(compiled.string, [tuple(values) for values in found])
    return Bulk(compiled.string, [dict(zip(order, values, strict=True)) for values in found])


def write(bulk: Bulk) -> int:
    """In the caller's transaction; how many rows it touched."""
    connection, touched = db.session.connection(), 0
    for at in range(0, len(bulk.rows), PIECE):
        touched += connection.exec_driver_sql(bulk.sql, bulk.rows[at : at + PIECE]).rowcount
    return touched
