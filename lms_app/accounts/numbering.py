"""A small whole number for each person, by which a hundred thousand are counted: docs/decisions/0020.

The database gives it, and repeats it beside `person_id` in the tables that are counted by person: so whoever writes a
row there, in whatever way, cannot forget it. It is no name: it is shown nowhere and may be another in a copy.
"""

from collections.abc import Mapping
from typing import Annotated

from sqlalchemy import DDL, FetchedValue, event
from sqlalchemy.orm import mapped_column

from lms_app.core.db import Base

Number = Annotated[int | None, mapped_column(server_default=FetchedValue())]
"""None only where `person_id` is. SQLite fills it in after the insert, so the database cannot demand it."""

_GIVE = {
    "sqlite": (
        """CREATE TRIGGER %(table)s_numbered AFTER INSERT ON %(table)s BEGIN
        UPDATE %(table)s SET number = (SELECT coalesce(max(number), 0) + 1 FROM %(table)s) WHERE id = NEW.id; END""",
    ),
    "postgresql": (
        "CREATE SEQUENCE %(table)s_number_seq OWNED BY %(table)s.number",
        "ALTER TABLE %(table)s ALTER number SET DEFAULT nextval('%(table)s_number_seq')",
    ),
}
_REPEAT = {
    "sqlite": (
        """CREATE TRIGGER %(table)s_numbered AFTER INSERT ON %(table)s BEGIN UPDATE %(table)s
        SET person_number = (SELECT number FROM person WHERE id = NEW.person_id) WHERE id = NEW.id; END""",
        """CREATE TRIGGER %(table)s_renumbered AFTER UPDATE OF person_id ON %(table)s BEGIN UPDATE %(table)s
        SET person_number = (SELECT number FROM person WHERE id = NEW.person_id) WHERE id = NEW.id; END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION repeat_number() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.person_number = (SELECT number FROM person WHERE id = NEW.person_id); RETURN NEW; END'""",
        """CREATE TRIGGER %(table)s_numbered BEFORE INSERT OR UPDATE OF person_id ON %(table)s
        FOR EACH ROW EXECUTE FUNCTION repeat_number()""",
    ),
}


def gives_numbers(model: type[Base]) -> None:
    """The database gives each row of the table its `number`."""
    _after_creation(model, _GIVE)


def repeats_numbers(model: type[Base]) -> None:
    """The database keeps `person_number` of the table, whose rows have an `id`, in step with `person_id`."""
    _after_creation(model, _REPEAT)


def _after_creation(model: type[Base], statements: Mapping[str, tuple[str, ...]]) -> None:
    """Migrations say the same in their own words."""
    for dialect, found in statements.items():
        for statement in found:
            event.listen(model.__table__, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
