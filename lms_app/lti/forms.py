"""What comes from outside, brought to values that the rest may trust: addresses, names, places."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from lms_app.core.typed import line

COURSE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LESSON = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
FRAME = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
FINAL = "final"


@dataclass(frozen=True, slots=True)
class Place:
    """What a link opens: a course and, in it, `""` (where one left off), `final` or `lessons/<slug>`."""

    course: str
    inside: str = ""

    @property
    def lesson(self) -> str:
        return self.inside.removeprefix("lessons/") if self.inside != FINAL else ""


def origin_of(url: str | None) -> str:
    """`https://lms.example` of an address, or "" when it has none that may stand in a header."""
    try:
        parts = urlsplit(url or "")
        found = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
    except ValueError:
        return ""
    return found if ORIGIN.fullmatch(found) else ""


def origins(*urls: str | None) -> str:
    """The different origins of some addresses, as `frame-ancestors` wants them."""
    return " ".join(dict.fromkeys(found for url in urls if (found := origin_of(url))))


def is_ours(url: Any, site: str) -> bool:
    """Whether an address lies on this site."""
    return isinstance(url, str) and url.isprintable() and bool(origin_of(url)) and origin_of(url) == origin_of(site)


def place(custom: dict[str, str], target: str) -> Place | None:
    """The custom parameters decide, then the target; None when neither names a course."""
    if course := _match(COURSE, custom.get("course", "")):
        return _inside(course, custom.get("lesson", ""))
    parts = urlsplit(target).path.strip("/").split("/")
    if len(parts) < 3 or parts[:2] != ["lti", "courses"] or not _match(COURSE, parts[2]):  # noqa: PLR2004 - lti/courses/<id>
        return None
    course = _match(COURSE, parts[2])
    rest = parts[3:]
    if rest == [FINAL]:
        return Place(course, FINAL)
    return _inside(course, rest[1] if len(rest) == 2 and rest[0] == "lessons" else "")  # noqa: PLR2004 - lessons/<id>


def _inside(course: str, lesson: str) -> Place:
    if lesson.strip().lower() == FINAL:
        return Place(course, FINAL)
    slug = _match(LESSON, lesson)
    return Place(course, f"lessons/{slug}" if slug else "")


def _match(pattern: re.Pattern[str], value: str) -> str:
    value = value.strip().lower()
    return value if pattern.fullmatch(value) else ""


def plain(value: Any, longest: int) -> str:
    """A text as sent, made fit for a row and a page: no control characters, no halves of characters, NFC."""
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-8", "replace").decode()
    return line(whole, longest)


def spoken(name: str) -> str:
    """A name as a platform told it, fit for a mail of ours: short, and no word of it is an address."""
    return " ".join(word for word in name.split() if not {"/", ":", "@", "."} & set(word))[:60]


def web_address(value: Any, longest: int) -> str | None:
    """An http(s) address as sent, or None."""
    if not isinstance(value, str) or not value.isascii() or len(value) > longest or not value.isprintable():
        return None
    return value if origin_of(value) and not {'"', "<", ">", " ", "\\"} & set(value) else None


def frame_name(sent: str | None) -> str:
    """The platform's frame for postMessage storage: `_parent` or the name of a frame beside ours; "" for none."""
    return sent if sent and FRAME.fullmatch(sent) else ""


def language(locale: str) -> str:
    """Which of our languages a platform's locale asks for (en-GB, vi_VN): English, else Vietnamese."""
    return "en" if locale.lower().startswith("en") else "vi"


def history(sent: str) -> list[str]:
    """The ids in a history variable, newest first (LTI 1.3 core, appendix on `ResourceLink.id.history`)."""
    return [name.strip() for name in sent.split(",")[:20] if name.strip()]


def moment(sent: str) -> datetime | None:
    """A time in ISO 8601, UTC when it names no zone; None for what is none."""
    try:
        found = datetime.fromisoformat(sent)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
