"""The words on the sheet, in the spelling of Vietnamese official documents: pure functions of a certificate."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from lms_app.certificates.models import Certificate
from lms_app.core.ids import show_code
from lms_app.core.text import clean

TITLES = {"COMPLETION": ("GIẤY CHỨNG NHẬN", "ĐÃ HOÀN THÀNH KHÓA TẬP HUẤN NGẮN HẠN")}
"""Kind -> title and line below. A sheet that is no statutory chứng chỉ must not look like one (domain §2.1)."""

FORM = "trực tuyến"
RESULT = "Đạt"
PARENT = "Ủy ban nhân dân tỉnh Vĩnh Long"
PLACE = "Vĩnh Long"
PREFIX = "VL-CĐS"
SIGNER_TITLE = "GIÁM ĐỐC"
ENGLISH = {
    "parent_name": "People's Committee of Vĩnh Long Province",
    "name": "Department of Science and Technology",
    "place": "Vĩnh Long",
    "capacity": "",
    "signer_title": "DIRECTOR",
}
"""What a certificate and its first issuer say where no setting says otherwise."""

UNSIGNED = "Bản điện tử chưa ký số"
NOTE = (
    "Giấy chứng nhận này không thay thế chứng chỉ bồi dưỡng theo Nghị định số 171/2025/NĐ-CP. "
    "Bản điện tử chưa ký số: hãy kiểm tra bằng mã QR hoặc mã tra cứu."
)

Issued = Certificate | Row[Any]
Words = Mapping[str, str]


def words(issued: Issued, site_url: str) -> Words:
    """Every text of a design, by its id in certificate.html."""
    title, subtitle = TITLES[issued.kind]
    code = show_code(issued.code)
    return {
        "title": title,
        "subtitle": subtitle,
        "author": issued.issuer_name,
        "issuer_parent": issued.issuer_parent.upper(),
        "issuer": issued.issuer_name.upper(),
        "says": f"{issued.issuer_name} chứng nhận Ông/Bà",
        "full_name": issued.full_name,
        "person": _person(issued),
        "course_title": issued.course_title,
        "facts": _facts(issued),
        "serial_number": issued.serial,
        "serial": f"Số hiệu: {issued.serial}",
        "book_number": issued.book_number,
        "book_no": f"Số vào sổ: {issued.book_number}",
        "shown_code": code,
        "code": f"Mã tra cứu: {code}",
        "where": f"Kiểm tra tại {urlsplit(site_url).netloc}{urlsplit(site_url).path}/verify",
        "place_date": _place_date(issued.place, issued.issued_on),
        "capacity": issued.capacity,
        "signer_title": issued.signer_title,
        "signer": issued.signer_name,
        "signature_note": UNSIGNED,
        "note": NOTE,
        "issued_at": issued.issued_at.isoformat(timespec="seconds"),
    }


def plain(text: str) -> str:
    """One line of visible letters: a font shaper hides zero-width and bidi characters without a word (spec §2.11)."""
    return clean("".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"))


def day(value: date) -> str:
    """02/9/1985: a zero before days under 10 and before months 1 and 2 only (NĐ 30/2020, Annex I)."""
    return f"{value.day:02}/{_month(value)}/{value.year}"


def length(issued: Issued) -> str:
    """Periods (tiết) where the course counts them, else minutes."""
    return f"{issued.periods} tiết" if issued.periods else f"{issued.minutes} phút"


def place_of_work(issued: Issued) -> str:
    return ", ".join(part for part in (issued.position, issued.unit_name) if part)


def _person(issued: Issued) -> str:
    born = f"Sinh ngày {day(issued.birth_date)}" if issued.birth_date else ""
    return " · ".join(part for part in (born, place_of_work(issued)) if part)


def _facts(issued: Issued) -> str:
    when = f"Từ ngày {day(issued.from_date)} đến ngày {day(issued.to_date)}"
    if issued.from_date == issued.to_date:
        when = f"Ngày {day(issued.to_date)}"
    parts = [f"Hình thức: {issued.form}", f"Thời lượng: {length(issued)}", when, f"Kết quả: {issued.result}"]
    if issued.valid_until:
        parts.append(f"Có giá trị đến hết ngày {day(issued.valid_until)}")
    return " · ".join(parts)


def _place_date(place: str, on: date) -> str:
    return f"{place}, ngày {on.day:02} tháng {_month(on)} năm {on.year}"


def _month(value: date) -> str:
    return f"{value.month:02}" if value.month < 3 else str(value.month)  # noqa: PLR2004 - January and February
