"""The words on the sheet, in the spelling of official documents: pure functions of a certificate.

What a certificate says of its bearer (name, position, unit) stands as it was typed, in every language.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from lms_app.certificates import wording
from lms_app.certificates.models import Certificate
from lms_app.core.errors import Invalid
from lms_app.core.ids import show_code
from lms_app.core.text import clean

VI, EN, BOTH = "vi", "en", "vi-en"
LANGUAGES = (VI, EN, BOTH)

TITLES = {
    "COMPLETION": ("GIẤY CHỨNG NHẬN", "ĐÃ HOÀN THÀNH KHÓA TẬP HUẤN NGẮN HẠN"),
    "PROGRAMME": ("GIẤY CHỨNG NHẬN", "ĐÃ HOÀN THÀNH CHƯƠNG TRÌNH TẬP HUẤN"),
}
"""Kind -> title and line below. A sheet that is no statutory chứng chỉ must not look like one (domain §2.1)."""

ENGLISH_TITLES = {
    "COMPLETION": ("CERTIFICATE OF COMPLETION", "SHORT TRAINING COURSE"),
    "PROGRAMME": ("CERTIFICATE OF COMPLETION", "TRAINING PROGRAMME"),
}

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

IN_ENGLISH = {"trực tuyến": "online", "kết hợp": "blended", "tập trung": "in person", "Đạt": "Passed"}
"""Forms and results that we write ourselves; any other stands as it is."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


PERSONAL = {
    *("full_name", "person", "facts", "issued_at"),
    *("serial_number", "serial", "book_number", "book_no", "shown_code", "code"),
}

Issued = Certificate | Row[Any]
Words = Mapping[str, str]


def words(
    issued: Issued, site_url: str, *, signed: str = wording.UNSIGNED, replaces: str = "", seal: bool = False
) -> Words:
    """Every text of a design, by its id in certificate.html.

    In a bilingual sheet the English beside a text has the same id with `_en` behind. `signed`: whose signature the file
    will carry, and says so. `replaces`: the serial of the certificate that this one was issued instead of.
    `seal`: there is a picture of the issuer's seal; then the word `seal` describes it, else it is empty.
    Raises `Invalid` when a sheet in English lacks a text in English.
    """
    both = issued.language == BOTH
    said = _fixed(issued) | _numbers(issued, site_url) | _vietnamese(issued, signed=signed, replaces=replaces)
    said["seal"] = f"{wording.SEAL[0]} {issued.issuer_name}" if seal else ""
    offline = urlsplit(site_url).netloc + urlsplit(site_url).path + "/verify/offline"
    said["offline"] = wording.OFFLINE[0] % offline
    if issued.language not in {EN, BOTH}:
        return said
    english = _english(issued, signed=signed, replaces=replaces)
    english["offline"] = wording.OFFLINE[1] % offline
    english["seal"] = f"{wording.SEAL[1]} {issued.english['name']}" if seal else ""
    return said | ({f"{name}_en": text for name, text in english.items()} if both else english)


def is_personal(name: str) -> bool:
    """Whether a word differs from person to person in a run. One that is not named here is never filled in wrong:
    certificates in which it differs are only not drawn from one sheet.
    """
    return name.removesuffix("_en") in PERSONAL


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


def _fixed(issued: Issued) -> dict[str, str]:
    """What is the same in every language."""
    return {
        "language": issued.language or VI,
        "full_name": issued.full_name,
        "serial_number": issued.serial,
        "book_number": issued.book_number,
        "shown_code": show_code(issued.code),
        "signer": issued.signer_name,
        "issued_at": issued.issued_at.isoformat(timespec="seconds"),
    }


def _numbers(issued: Issued, site_url: str) -> dict[str, str]:
    """Texts that begin with a label; in a bilingual sheet with both labels, because the value is said once."""
    labels = {name: _label(issued.language, *pair) for name, pair in wording.LABELS.items()}
    born = day(issued.birth_date) if issued.birth_date else ""
    if issued.birth_date and issued.language == EN:
        born = _english_day(issued.birth_date)
    site = urlsplit(site_url)
    return labels | {
        "person": " · ".join(
            part for part in (born and f"{labels['born_label']} {born}", place_of_work(issued)) if part
        ),
        "serial": f"{labels['serial_label']} {issued.serial}",
        "book_no": f"{labels['book_label']} {issued.book_number}",
        "code": f"{labels['code_label']} {show_code(issued.code)}",
        "where": f"{labels['where_label']} {site.netloc}{site.path}/verify",
    }


def _label(language: str, vietnamese: str, english: str) -> str:
    if language == BOTH:
        return f"{vietnamese.removesuffix(':')} / {english}"
    return english if language == EN else vietnamese


def _vietnamese(issued: Issued, *, signed: str, replaces: str) -> dict[str, str]:
    title, subtitle = TITLES[issued.kind]
    return {
        "state": "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "motto": "Độc lập - Tự do - Hạnh phúc",
        "title": title,
        "subtitle": subtitle,
        "author": issued.issuer_name,
        "issuer_parent": issued.issuer_parent.upper(),
        "issuer": issued.issuer_name.upper(),
        "says": f"{issued.issuer_name} chứng nhận Ông/Bà",
        "done": wording.DONE[issued.kind][0],
        "course_title": issued.course_title,
        "facts": _facts(issued),
        "place_date": _place_date(issued.place, issued.issued_on),
        "capacity": issued.capacity,
        "signer_title": issued.signer_title,
        "signature_note": wording.SIGNATURE[signed][0],
        "replaces": f"Cấp lại, thay cho giấy chứng nhận số {replaces}" if replaces else "",
        "note": f"{wording.NOTE} {wording.SIGNATURE_NOTE[signed][0]}",
    }


def _english(issued: Issued, *, signed: str, replaces: str) -> dict[str, str]:
    texts = issued.english or {}
    lacking = [called for name, called in wording.NEEDED.items() if not texts.get(name)]
    if issued.capacity and not texts.get("capacity"):
        lacking.append("dòng thẩm quyền ký (KT., TL., TUQ.)")
    if lacking:
        raise Invalid(
            "Giấy chứng nhận này có phần tiếng Anh nhưng còn thiếu bản tiếng Anh của: %(names)s. "
            "Hãy bổ sung ở cơ quan cấp hoặc ở khóa học rồi cấp lại.",
            names=", ".join(lacking),
        )
    title, subtitle = ENGLISH_TITLES[issued.kind]
    return {
        "state": "SOCIALIST REPUBLIC OF VIET NAM",
        "motto": "Independence - Freedom - Happiness",
        "title": title,
        "subtitle": subtitle,
        "author": texts["name"],
        "issuer_parent": texts["parent_name"].upper(),
        "issuer": texts["name"].upper(),
        "says": f"The {texts['name'].removeprefix('The ')} certifies that",
        "done": wording.DONE[issued.kind][1],
        "course_title": texts["course_title"],
        "facts": _english_facts(issued),
        "place_date": f"{texts['place']}, {_english_day(issued.issued_on)}",
        "capacity": texts.get("capacity", ""),
        "signer_title": texts["signer_title"],
        "signs": " · ".join(part for part in (texts.get("capacity"), texts["signer_title"]) if part),
        "signature_note": wording.SIGNATURE[signed][1],
        "replaces": f"Issued in place of certificate No. {replaces}" if replaces else "",
        "note": f"{wording.ENGLISH_NOTE} {wording.SIGNATURE_NOTE[signed][1]}",
    }


def _facts(issued: Issued) -> str:
    when = f"Từ ngày {day(issued.from_date)} đến ngày {day(issued.to_date)}"
    if issued.from_date == issued.to_date:
        when = f"Ngày {day(issued.to_date)}"
    parts = [f"Hình thức: {issued.form}", f"Thời lượng: {length(issued)}", when, f"Kết quả: {issued.result}"]
    if issued.valid_until:
        parts.append(f"Có giá trị đến hết ngày {day(issued.valid_until)}")
    return " · ".join(parts)


def _english_facts(issued: Issued) -> str:
    when = f"From {_english_day(issued.from_date)} to {_english_day(issued.to_date)}"
    if issued.from_date == issued.to_date:
        when = f"On {_english_day(issued.to_date)}"
    form, result = (IN_ENGLISH.get(text, text) for text in (issued.form, issued.result))
    count, unit = (issued.periods, "period") if issued.periods else (issued.minutes, "minute")
    parts = [f"Form: {form}", f"Duration: {count} {unit}{'' if count == 1 else 's'}", when, f"Result: {result}"]
    if issued.valid_until:
        parts.append(f"Valid until {_english_day(issued.valid_until)}")
    return " · ".join(parts)


def _place_date(place: str, on: date) -> str:
    return f"{place}, ngày {on.day:02} tháng {_month(on)} năm {on.year}"


def _month(value: date) -> str:
    return f"{value.month:02}" if value.month < 3 else str(value.month)  # noqa: PLR2004 - January and February


def _english_day(value: date) -> str:
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
