"""A small whole number for each person, by which a hundred thousand are counted: docs/decisions/0020.

It stands beside `person_id` in the tables that are counted by person, and a foreign key over both keeps them in step.
It is no name: it is shown nowhere and may be another in a copy of the data.
"""

from typing import Annotated, Any

from sqlalchemy import ForeignKeyConstraint, Integer, Sequence, Uuid, bindparam, column, select, table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import mapped_column
from sqlalchemy.sql.functions import FunctionElement

from lms_app.core.db import Base

_SEQUENCE = Sequence("person_number_seq", metadata=Base.metadata)


class _Next(FunctionElement[int]):
    """The next free number, found by the statement that inserts one person."""

    type = Integer()
    inherit_cache = True


@compiles(_Next, "postgresql")
def _next_of_sequence(*_: Any, **__: Any) -> str:
    return f"nextval('{_SEQUENCE.name}')"


@compiles(_Next, "sqlite")
def _next_of_table(*_: Any, **__: Any) -> str:
    """Only one can write at a time."""
    return "(SELECT coalesce(max(number), 0) + 1 FROM person)"


_person = table("person", column("id", Uuid), column("number", Integer))
_NUMBER = select(_person.c.number).where(_person.c.id == bindparam("person", type_=Uuid))


def of_row(context: Any) -> int | None:
    """Look up the number of the person in a row being inserted. Whoever inserts many had better say it."""
    person_id = context.get_current_parameters()["person_id"]
    found: int | None = context.connection.scalar(_NUMBER, {"person": person_id}) if person_id else None
    return found


ONE_BY_ONE = {"implicit_returning": False}
"""For the table of people: one INSERT of several rows would give them all the same number."""

Number = Annotated[int, mapped_column(unique=True, default=_Next())]
PersonNumber = Annotated[int, mapped_column(default=of_row)]


def person_key() -> ForeignKeyConstraint:
    """That `person_id` is somebody, and `person_number` their number."""
    return ForeignKeyConstraint(["person_id", "person_number"], ["person.id", "person.number"])
