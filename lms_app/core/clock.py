"""The only clock. Tests move it with time-machine."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time as aware UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is its one home
