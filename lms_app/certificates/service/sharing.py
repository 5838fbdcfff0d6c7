"""What a holder lets others see of a certificate besides its status, and how others come to see more."""

import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from lms_app.certificates.models import Certificate
from lms_app.core import audit
from lms_app.core.db import db
from lms_app.core.errors import NotFound
from lms_app.core.text import fold

STATUS, MASKED, FULL = "status", "masked", "full"

STARS = "***"
"""For the rest of a word, whatever its length: the length would tell much of a short list of surnames."""

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"))
"""As phones and offices type the one in H'Hen."""


@dataclass(frozen=True, slots=True)
class Opening:
    """`shows`: status (its holder hides the rest), masked or full.

    `agrees`: whether the typed name is the printed one; None when none was typed.
    """

    shows: str
    agrees: bool | None = None


def masked(name: str) -> str:
    """`Nguyễn Thị Ánh` -> `N*** T*** Á***`: enough for whoever holds the paper, little for whoever does not."""
    return " ".join(_first(word) + STARS for word in name.split())


def same_name(typed: str, printed: str) -> bool:
    """Case, marks and spaces do not count: many type without Vietnamese marks."""
    return fold(typed.translate(_APOSTROPHES)) == fold(printed.translate(_APOSTROPHES))


def opened(issued: Row[Any], name: str = "", key: str = "") -> Opening:
    """What may be shown to somebody who has the code, perhaps the name as printed, perhaps the holder's share key."""
    agrees = same_name(name, issued.full_name) if fold(name) else None
    if issued.hidden:
        return Opening(STATUS, agrees)
    shared = issued.share_key is not None and secrets.compare_digest(key.encode(), issued.share_key.encode())
    return Opening(FULL if agrees or shared else MASKED, agrees)


def held(issued: Row[Any], *, intact: bool) -> Opening:
    """What may be shown to somebody who sends the PDF: it says no less itself, unless it was altered."""
    if issued.hidden:
        return Opening(STATUS)
    return Opening(FULL if intact else MASKED)


def share(person_id: UUID, code: str, *, on: bool) -> None:
    """Make a share link, or end it: a link made again has another key. Raises `NotFound` for another's certificate."""
    found = _own(person_id, code)
    if on == (found.share_key is not None):
        return
    found.share_key = secrets.token_urlsafe(16) if on else None
    audit.note(person_id, "certificate.share" if on else "certificate.unshare", code)


def hide(person_id: UUID, code: str, *, hidden: bool) -> None:
    """Show nobody more than the status, or show again. Raises `NotFound` for another's certificate."""
    found = _own(person_id, code)
    if found.hidden != hidden:
        found.hidden = hidden
        audit.note(person_id, "certificate.hide" if hidden else "certificate.unhide", code)


def _own(person_id: UUID, code: str) -> Certificate:
    wanted = select(Certificate).where(Certificate.code == code, Certificate.person_id == person_id)
    found = db.session.scalar(wanted.with_for_update())
    if found is None:
        raise NotFound("Không có giấy chứng nhận này trong danh sách của anh chị.")
    return found


def _first(word: str) -> str:
    """The first letter with the marks that belong to it (Ê̆ is two characters)."""
    length = next((at for at, c in enumerate(word) if at and not unicodedata.combining(c)), len(word))
    return word[:length]
