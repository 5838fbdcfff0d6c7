"""What people type about certificates, cleaned and checked. Error sentences are translated where they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from lms_app.certificates.models import EXPIRED, REPLACED, REVOKED, VALID
from lms_app.core.ids import CODE_LENGTH, parse_code
from lms_app.core.text import clean

LONGEST_TYPED = 80
LONGEST_REASON = 500
LONGEST_SOURCE = 500
MOST_DIGITS = 9


def line(typed: str) -> str:
    """One short line of printable characters: neither PostgreSQL nor HTML takes the others."""
    return clean("".join(c if c.isprintable() else " " for c in typed))[:LONGEST_TYPED]


@dataclass(frozen=True)
class Lookup:
    """A code as typed; `code` is None when it cannot be one, and `error` says why. The database is not asked then."""

    typed: str
    code: str | None
    error: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: str) -> "Lookup":
        typed = line(typed)
        code = parse_code(typed)
        if code:
            return cls(typed, code)
        length = sum(character.isalnum() for character in typed)
        if not length:
            return cls(typed, None, "Ghi mã tra cứu in cạnh mã QR trên giấy chứng nhận.")
        if length != CODE_LENGTH:
            return cls(
                typed,
                None,
                "Mã có 13 ký tự, ở đây có %(found)s ký tự. Hãy so lại với mã in trên giấy.",
                {"found": length},
            )
        return cls(typed, None, "Có ký tự gõ chưa đúng. Hãy so từng ký tự với mã in trên giấy.")


@dataclass(frozen=True)
class Revocation:
    reason: str
    error: str = ""

    @classmethod
    def read(cls, typed: str) -> "Revocation":
        reason = clean("".join(c if c.isprintable() else " " for c in typed))
        if not reason:
            return cls(reason, "Ghi lý do thu hồi, ví dụ: Ghi sai họ tên.")
        if len(reason) > LONGEST_REASON:
            return cls(reason, "Lý do dài quá 500 ký tự. Hãy rút gọn.")
        return cls(reason)


@dataclass(frozen=True)
class Source:
    """Who vouches for a list of trainings elsewhere."""

    text: str
    error: str = ""

    @classmethod
    def read(cls, typed: str) -> "Source":
        text = clean("".join(c if c.isprintable() else " " for c in typed))
        if not text:
            return cls(text, "Ghi nguồn của danh sách, ví dụ: Công văn số 12/SNV-CCVC ngày 05/3/2026.")
        if len(text) > LONGEST_SOURCE:
            return cls(text, "Nguồn dài quá 500 ký tự. Hãy rút gọn.")
        return cls(text)


@dataclass(frozen=True)
class Wanted:
    """Which lines of the register; what is empty or None asks for nothing. `error`: why what was typed is no filter."""

    name: str = ""
    number: str = ""
    course: str = ""
    unit: str = ""
    status: str = ""
    first: date | None = None
    last: date | None = None
    batch: UUID | None = None
    book: UUID | None = None
    error: str = ""

    @classmethod
    def read(cls, typed: Mapping[str, str], book: UUID | None = None) -> "Wanted":
        texts = {name: line(typed.get(name, "")) for name in ("name", "number", "course", "unit")}
        error = ""
        if texts["number"].isdecimal() and len(texts["number"]) > MOST_DIGITS:
            texts["number"], error = "", "Số vào sổ có nhiều nhất 9 chữ số."
        status = typed.get("status", "")
        first, last = _day(typed.get("first", "")), _day(typed.get("last", ""))
        if any(typed.get(name) and day is None for name, day in (("first", first), ("last", last))):
            error = "Ngày chưa đúng. Hãy ghi dạng năm-tháng-ngày, ví dụ 2026-11-25."
        elif first and last and first > last:
            error = "Từ ngày đang sau đến ngày. Hãy đổi lại."
        return cls(
            **texts,
            status=status if status in {VALID, EXPIRED, REVOKED, REPLACED} else "",
            first=first,
            last=last,
            batch=_id(typed.get("batch", "")),
            book=book,
            error=error,
        )

    @property
    def is_all(self) -> bool:
        """Whether nothing is asked for but the book."""
        return self == Wanted(book=self.book)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None
