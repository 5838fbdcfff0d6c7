"""How many people each unit has by its own word."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms_app.core import audit
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Invalid
from lms_app.organisations.models import BEGINNING, Headcount

MOST_PEOPLE = 100_000
LONGEST_SOURCE = 300
NUMBERS = ("ld", "ct", "cc")


@dataclass(frozen=True, slots=True)
class Said:
    """What a unit says it has on a day."""

    unit_id: UUID
    on: date
    ld: int
    ct: int
    cc: int
    source: str

    @property
    def figures(self) -> tuple[int, int, int, str]:
        return (self.ld, self.ct, self.cc, self.source)


def enter(said: Iterable[Said], *, actor: object, by: str) -> int:
    """Keep what units say, the later word on a day instead of the one before; how many were new or changed.

    The caller has found the units in reach. Raises `Conflict` when the same is being entered elsewhere.
    """
    kept = 0
    for one in said:
        row = db.session.scalar(select(Headcount).where(Headcount.unit_id == one.unit_id, Headcount.on == one.on))
        if row and (row.ld, row.ct, row.cc, row.source) == one.figures:
            continue
        row = row or Headcount(unit_id=one.unit_id, on=one.on)
        row.ld, row.ct, row.cc, row.source = one.figures
        row.entered_at, row.entered_by = now(), by
        db.session.add(row)
        kept += 1
    audit.note(actor, "headcount.enter", "", units=kept)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Biên chế này đang được nhập ở một nơi khác. Hãy mở lại trang để xem.") from error
    return kept


def whole(typed: str) -> int:
    """How many people, as typed. Raises `Invalid`."""
    if not typed:
        raise Invalid("Ô này trống. Ghi 0 nếu không có người nào.")
    if typed.startswith("-"):
        raise Invalid("Số người không thể nhỏ hơn 0.")
    digits = typed.replace(".", "") if grouped(typed) else typed
    if not (digits.isascii() and digits.isdecimal()):
        raise Invalid("Số người là số nguyên, ví dụ 12. Hãy bỏ chữ và phần thập phân.")
    if int(digits[:9]) > MOST_PEOPLE:
        raise Invalid("Số người lớn quá 100.000. Hãy xem lại.")
    return int(digits)


def past(found: date | None, today: date) -> date:
    """The day a headcount holds from. Raises `Invalid` for none, and for one to come."""
    if found is None:
        raise Invalid("Ghi ngày của số liệu, ví dụ 31/12/2025.")
    if found > today:
        raise Invalid("Ngày này chưa đến. Ghi ngày của số liệu đã có.")
    if found < BEGINNING:
        raise Invalid("Ngày này trước năm 2000. Hãy xem lại năm.")
    return found


def grouped(typed: str) -> bool:
    """Whether dots part thousands, as in 1.284."""
    first, *rest = typed.split(".")
    return bool(rest) and 1 <= len(first) <= 3 and all(len(part) == 3 for part in rest)  # noqa: PLR2004 - thousands
