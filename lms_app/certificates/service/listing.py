"""The lines of a book as an office writes them: on pages, in print and as a list for Excel.

What a document says of a line stands in Vietnamese whoever reads it: it is part of the register.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from lms_app.certificates import models, sheet
from lms_app.certificates.forms.books import Wanted
from lms_app.certificates.models import EXPIRED, REPLACED, REVOKED, VALID
from lms_app.certificates.queries import books
from lms_app.certificates.service import issuers
from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.ids import show_code

MOST_LINES = 50_000
"""Lines of one list: seven seconds of the processor."""

TOO_MANY = "Có %(found)s giấy khớp, mỗi lần tải nhiều nhất %(most)s. Hãy lọc theo đơn vị, đợt cấp hoặc khoảng ngày."
STATES = {VALID: "Còn hiệu lực", EXPIRED: "Hết hiệu lực", REVOKED: "Đã thu hồi", REPLACED: "Đã được thay thế"}
HEADER = (
    *("STT", "Số vào sổ", "Số hiệu", "Họ và tên", "Ngày sinh", "Chức vụ", "Đơn vị", "Khóa học", "Mã khóa"),
    *("Từ ngày", "Đến ngày", "Số tiết", "Số phút", "Xếp loại, kết quả", "Quyết định", "Ngày cấp", "Có giá trị đến"),
    *("Trạng thái", "Ký nhận", "Ghi chú", "Mã tra cứu", "Quyển", "Trang sổ"),
)
"""Columns of the list for Excel."""

PRINTED = (
    *("STT", "Số vào sổ", "Số hiệu", "Họ và tên", "Ngày sinh", "Đơn vị", "Khóa học", "Thời gian", "Xếp loại"),
    *("Quyết định số, ngày", "Ngày cấp", "Ký nhận", "Ghi chú"),
)
"""Columns on paper, as offices keep them."""


@dataclass(frozen=True)
class Total:
    """How many lines there are, and how many of them are revoked and replaced."""

    all: int
    revoked: int
    replaced: int

    @classmethod
    def of(cls, lines: Sequence[Row[Any]]) -> "Total":
        found = [line.status for line in lines]
        return cls(len(found), found.count(REVOKED), found.count(REPLACED))


def remark(line: Row[Any], today: date) -> str:
    """What became of a certificate, for the column Ghi chú; "" while it is valid and stands alone."""
    status = models.status(line, today)
    if status == REVOKED:
        return f"Thu hồi ngày {sheet.day(issuers.today(line.revoked_at))}: {line.revoked_reason}"
    if status == REPLACED:
        return f"Được thay thế bằng giấy số {line.replaced_by}" if line.replaced_by else "Đã được thay thế"
    if status == EXPIRED:
        return f"Hết giá trị từ sau ngày {sheet.day(line.valid_until)}"
    return ""


def list_of(wanted: Wanted, above: Sequence[str] = ()) -> bytes:
    """The wanted lines as xlsx, read and written in pieces. Raises `Invalid` for more than 50,000."""
    today = issuers.today()
    found = books.count(wanted, today)
    if found > MOST_LINES:
        raise Invalid(TOO_MANY, found=found, most=MOST_LINES)
    return tables.write(HEADER, cells(books.every(wanted, today)), title="Sổ cấp", above=above)


def cells(lines: Iterable[Row[Any]]) -> Iterator[tables.Row]:
    """Rows under `HEADER`; numbers and days stay such."""
    today = issuers.today()
    for at, line in enumerate(lines, 1):
        yield (
            *(at, line.book_number, line.serial, line.full_name, line.birth_date, line.position, line.unit_name),
            *(line.course_title, line.course_id, line.from_date, line.to_date, line.periods or None, line.minutes),
            *(line.result, line.decision, line.issued_on, line.valid_until),
            *(STATES[models.status(line, today)], "", remark(line, today), show_code(line.code)),
            *(line.book_number.rpartition("/")[2], line.page),
        )


def fixed_by(book: Row[Any]) -> str:
    """What fixes the chain of a book on paper: its newest entry and digest (docs/decisions/0014)."""
    return f"Mã băm của sổ tại dòng ghi {book.last_entry}: {book.last_digest}"


def heading(book: Row[Any]) -> tuple[str, str, str]:
    """The lines above a list of a book."""
    return book.issuer_name or "", f"SỔ CẤP GIẤY CHỨNG NHẬN, quyển {book.name}, năm {book.year}", fixed_by(book)
