"""What people type or choose, read: lines, days, ids."""

from datetime import date
from uuid import UUID

from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.text import clean


def line(typed: str, longest: int | None = None) -> str:
    """One line of printable characters: neither PostgreSQL nor HTML takes the others. Of any length, or cut."""
    return clean("".join(c if c.isprintable() else " " for c in typed))[:longest]


def day(typed: str) -> date | None:
    """A day as people write it or browsers send it; None for nothing, and for what is none."""
    try:
        return tables.day(line(typed))
    except Invalid:
        return None


def chosen_id(typed: str) -> UUID | None:
    """What was chosen in a list; None for none, and for what is none."""
    try:
        return UUID(typed)
    except ValueError:
        return None
