"""What this installation is set to, and its days, for services, which import no Flask."""

from datetime import date, datetime, time, timedelta

from flask import current_app

from lms_app.core.clock import now
from lms_app.core.settings import Settings


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def today() -> date:
    """Local."""
    return day_of(now())


def local(at: datetime) -> datetime:
    return at.astimezone(settings().zone)


def day_of(at: datetime) -> date:
    return local(at).date()


def begin_of(day: date) -> datetime:
    """Its first moment, local time."""
    return datetime.combine(day, time.min, settings().zone)


def end_of(day: date) -> datetime:
    """Its last second, local time."""
    return begin_of(day + timedelta(days=1)) - timedelta(seconds=1)
