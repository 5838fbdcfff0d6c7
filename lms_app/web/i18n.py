"""Vietnamese is the source text; English comes from translations/*.en.po. One look-up a string, cached.

`_("Chào %(name)s", name=...)` escapes its values. An entry with a plural form is chosen by `n`.
Vietnamese is shown unless the reader chose otherwise (docs/decisions/0004): cookie `lang`, then the person's locale.
"""

from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from math import floor
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import Flask, current_app, request
from markupsafe import Markup

from lms_app.core.clock import now
from lms_app.core.errors import Invalid
from lms_app.core.settings import Settings

LANGUAGES = ("vi", "en")
DEFAULT = "vi"
_language: ContextVar[str] = ContextVar("language", default=DEFAULT)
_FOLDER = Path(__file__).parent / "translations"


@lru_cache(1)
def catalogue() -> dict[str, tuple[str, ...]]:
    """Message -> its English forms (one, or one and other)."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(_FOLDER.glob("*.en.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale="en"):
                if entry.id and entry.string:
                    message = entry.id if isinstance(entry.id, str) else entry.id[0]
                    found[message] = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
    return found


@lru_cache(8192)
def _forms(language: str, message: str) -> tuple[Markup, ...]:
    found = catalogue().get(message, ()) if language == "en" else ()
    return tuple(Markup(form) for form in (found or (message,)))  # noqa: S704 - catalogue text is ours


def say(language: str, message: str, /, **values: Any) -> Markup:
    """A sentence in a language: for mail, jobs and documents, which have no request."""
    forms = _forms(language, message)
    form = forms[0] if str(values.get("n")) == "1" else forms[-1]
    if not values:
        return form
    if all(type(value) is int for value in values.values()):
        return Markup(str(form) % values)  # noqa: S704 - whole numbers need no escaping, which takes most of the time
    return form % values


def _(message: str, /, **values: Any) -> Markup:
    """A sentence in the language of this request."""
    return say(_language.get(), message, **values)


def fields(error: Invalid) -> dict[str, str]:
    """What is wrong with each field of a form, in the language of this request."""
    return {name: _(sentence, **error.values) for name, sentence in error.fields.items()}


def language() -> str:
    return _language.get()


def begin() -> None:
    """At the start of a request: what its cookie says, before it is known who is asking."""
    choose(None)


def choose(locale: str | None) -> None:
    """Settle this request's language: cookie, then the person's, then Vietnamese."""
    wanted = request.cookies.get("lang") or locale
    _language.set(wanted if wanted in LANGUAGES else DEFAULT)


def number(value: float, digits: int = 0) -> str:
    """1.284 or 78,8 in Vietnamese; 1,284 or 78.8 in English."""
    text = f"{value:,.{digits}f}"
    return text if language() == "en" else text.translate(str.maketrans(",.", ".,"))


def decimal(value: float) -> str:
    """78,8 or 80: one digit, none where the value is whole."""
    return number(value, 0 if value == int(value) else 1)


def percent(share: float) -> str:
    """A share as percent, rounded down: what is under the pass mark must not look like it."""
    return decimal(floor(share * 1000 + 1e-6) / 10)


def duration(minutes: int) -> Markup:
    """`7 giờ 30 phút`."""
    return _duration(_language.get(), minutes)


@lru_cache(1024)
def _duration(language: str, minutes: int) -> Markup:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return say(language, "%(n)s phút", n=rest)
    if not rest:
        return say(language, "%(n)s giờ", n=hours)
    return say(language, "%(hours)s giờ %(rest)s phút", hours=hours, rest=rest)


class Local:
    """Dates and times in the organisation's zone, for templates: `day`, `moment`."""

    def __init__(self, settings: Settings) -> None:
        self.zone = settings.zone

    def today(self) -> date:
        return now().astimezone(self.zone).date()

    def day(self, value: datetime | date) -> str:
        """23/11/2026."""
        if isinstance(value, datetime):
            value = value.astimezone(self.zone)
        return value.strftime("%d/%m/%Y")

    def moment(self, value: datetime) -> str:
        """15:42, 23/11/2026."""
        return value.astimezone(self.zone).strftime("%H:%M, %d/%m/%Y")


def today() -> date:
    """The day on the calendar of the organisation."""
    found: Local = current_app.extensions["local"]
    return found.today()


def init(app: Flask, settings: Settings) -> None:
    local = Local(settings)
    app.extensions["local"] = local
    app.jinja_env.globals.update(
        _=_, language=language, day=local.day, moment=local.moment, number=number, duration=duration
    )
