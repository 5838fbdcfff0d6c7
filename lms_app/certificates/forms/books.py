"""Which lines of the register are wanted; who vouches for trainings elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms_app.certificates.forms.lookup import LONGEST_TYPED
from lms_app.certificates.models import EXPIRED, REPLACED, REVOKED, VALID
from lms_app.core.typed import chosen_id, day, line

LONGEST_SOURCE = 500
MOST_DIGITS = 9


@dataclass(frozen=True)
class Source:
    """Who vouches for a list of trainings elsewhere."""

    text: str
    error: str = ""

    @classmethod
    def read(cls, typed: str) -> "Source":
        text = line(typed)
        if not text:
            return cls(text, "Ghi nguồn của danh sách, ví dụ: Công văn số 12/SNV-CCVC ngày 05/3/2026.")
        if len(text) > LONGEST_SOURCE:
            return cls(text, "Nguồn dài quá 500 ký tự. Hãy rút gọn.")
        return cls(text)


@dataclass(frozen=True)
class Wanted:
    """Which lines of the register; what is empty or None asks for nothing.

    `within`: only those of people who work today in the trees of these units, whose staff the asker looks after.
    `error`: why what was typed is no filter.
    """

    name: str = ""
    number: str = ""
    course: str = ""
    unit: str = ""
    status: str = ""
    first: date | None = None
    last: date | None = None
    batch: UUID | None = None
    book: UUID | None = None
    within: tuple[UUID, ...] | None = None
    error: str = ""

    @classmethod
    def read(cls, typed: Mapping[str, str], book: UUID | None = None) -> "Wanted":
        texts = {name: line(typed.get(name, ""), LONGEST_TYPED) for name in ("name", "number", "course", "unit")}
        error = ""
        if texts["number"].isdecimal() and len(texts["number"]) > MOST_DIGITS:
            texts["number"], error = "", "Số vào sổ có nhiều nhất 9 chữ số."
        status = typed.get("status", "")
        first, last = day(typed.get("first", "")), day(typed.get("last", ""))
        if any(typed.get(name) and found is None for name, found in (("first", first), ("last", last))):
            error = "Ngày chưa đúng. Hãy ghi dạng ngày/tháng/năm, ví dụ 25/11/2026."
        elif first and last and first > last:
            error = "Từ ngày đang sau đến ngày. Hãy đổi lại."
        return cls(
            **texts,
            within=None,
            status=status if status in {VALID, EXPIRED, REVOKED, REPLACED} else "",
            first=first,
            last=last,
            batch=chosen_id(typed.get("batch", "")),
            book=book,
            error=error,
        )

    @property
    def is_all(self) -> bool:
        """Whether nothing is asked for but the book."""
        return self == Wanted(book=self.book)
