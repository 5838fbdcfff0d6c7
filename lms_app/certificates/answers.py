"""What a page says about a certificate, in the reader's language: no score, no address of a person.

How much of it a reader sees is a `service.sharing.Opening`; the birth date is for HR alone.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from markupsafe import Markup
from sqlalchemy import Row

from lms_app.certificates import models
from lms_app.certificates.forms.lookup import Lookup
from lms_app.certificates.models import EXPIRED, REPLACED, REVOKED, UNKNOWN, VALID
from lms_app.certificates.service.checking import SEVERAL, Line
from lms_app.certificates.service.sharing import FULL, STATUS, Opening, masked
from lms_app.certificates.service.uploads import ALTERED, FOREIGN, MISMATCH, Upload
from lms_app.core.clock import now
from lms_app.core.ids import show_code
from lms_app.web.i18n import Local, _, duration

Facts = list[tuple[str, str]]

WORDS = {
    VALID: ("ok", "check", "Còn hiệu lực"),
    REPLACED: ("warn", "info", "Đã được thay thế"),
    EXPIRED: ("warn", "clock", "Hết hiệu lực"),
    REVOKED: ("err", "err", "Đã thu hồi"),
}
"""Status -> kind and sign of the components, and the word."""

LIST_WORDS = WORDS | {
    SEVERAL: ("warn", "ask", "Nhiều giấy cùng tên"),
    UNKNOWN: ("err", "ask", "Không tìm thấy"),
}
"""What may stand beside a row of a list."""

FILE_WORDS = WORDS | {
    ALTERED: ("err", "warn", "Tệp đã bị sửa"),
    MISMATCH: ("err", "warn", "Không khớp sổ cấp giấy"),
    FOREIGN: ("err", "err", "Không do cơ quan này cấp"),
    UNKNOWN: ("err", "ask", "Không nhận ra tệp này"),
}
"""What may be said of a PDF that somebody sends."""

SIGNATURES = {
    "": "Bản điện tử chưa ký số",
    "B-B": "Tệp PDF có chữ ký số của cơ quan cấp (PAdES B-B)",
    "B-T": "Tệp PDF có chữ ký số của cơ quan cấp và dấu thời gian (PAdES B-T)",
    "B-LT": "Tệp PDF có chữ ký số của cơ quan cấp, dấu thời gian và dữ liệu để kiểm tra lâu dài (PAdES B-LT)",
}
SELF_SIGNED = "Tệp PDF ký số bằng khóa tự tạo của hệ thống (PAdES %(level)s)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` and `sign` are those of the components; `word` is the one big word."""

    status: str
    kind: str
    sign: str
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class State:
    """The chip beside a certificate in a list."""

    status: str
    kind: str
    sign: str
    word: str


@dataclass(frozen=True, slots=True)
class Told:
    """What stands beside one row of a list, "" for nothing to say."""

    kind: str
    sign: str
    word: str
    agrees: str = ""
    serial: str = ""
    course: str = ""
    day: date | None = None
    note: str = ""


def standing(issued: Row[Any]) -> str:
    """The status today."""
    return models.status(issued, _local().today())


def state(issued: Row[Any]) -> State:
    status = standing(issued)
    kind, sign, word = WORDS[status]
    return State(status, kind, sign, _(word))


def told(line: Line) -> Told:
    kind, sign, word = LIST_WORDS.get(line.status, ("", "", ""))
    agrees = {True: _("Khớp"), False: _("Không khớp"), None: ""}[line.agrees]
    note = " ".join(_(one.text, **one.values).unescape() for one in line.notes)
    found = line.issued
    if found is None:
        return Told(kind, sign, _(word) if word else "", note=note)
    course = "" if line.is_closed else found.course_title
    return Told(kind, sign, _(word), agrees, found.serial, course, found.issued_on, note)


def verdict(issued: Row[Any] | None) -> Verdict:
    if issued is None:
        sentence = _("Không có giấy chứng nhận nào mang mã này. Hãy so lại mã với bản giấy.")
        return Verdict(UNKNOWN, "err", "ask", _("Không tìm thấy"), sentence + " " + checked())
    found = state(issued)
    return _verdict(found.status, WORDS[found.status], _standing(issued, found.status))


def of_file(found: Upload) -> Verdict:
    return _verdict(found.status, FILE_WORDS[found.status], _(found.reason, **found.values))


def evidence(found: Upload) -> Facts:
    """What the file itself says: signed by whom, when, and whether it is still what was signed."""
    if found.status == UNKNOWN and not found.signer:
        return []
    agrees = found.status in WORDS
    rows = [(_("Chữ ký số"), _(SIGNATURES[found.level]) if agrees and found.level else ""), *_signer(found)]
    if not found.signer:
        rows = [(_("Chữ ký số"), _("Tệp này không có chữ ký số"))]
    if agrees:
        rows.append((_("Nội dung tệp"), _("Không bị sửa sau khi ký") if found.signer else _("Đúng như bản đã cấp")))
    elif found.status == ALTERED:
        rows.append((_("Nội dung tệp"), _("Không còn như khi cấp")))
    in_register = _("Có, số %(serial)s", serial=found.issued.serial) if found.issued else _("Không có giấy này")
    rows += [(_("Sổ cấp giấy"), in_register), (_("Lưu tệp"), _("Tệp chỉ được đọc để kiểm tra, không lưu lại."))]
    return [(term, text) for term, text in rows if text]


def checked() -> Markup:
    """As of when an answer holds."""
    return _("Kiểm tra lúc %(time)s.", time=_local().moment(now()))


def signature(issued: Row[Any]) -> str:
    if issued.file_level and issued.self_made:
        return _(SELF_SIGNED, level=issued.file_level)
    return _(SIGNATURES[issued.file_level]) if issued.file_key else _("Tệp PDF đang được tạo")


def facts(issued: Row[Any], opening: Opening) -> Facts:
    """What is on the paper, as far as it may be shown, and nothing else."""
    local = _local()
    if opening.shows == STATUS:
        return [
            (_("Số hiệu"), issued.serial),
            (_("Ngày cấp"), local.day(issued.issued_on)),
            (_("Cơ quan cấp"), issued.issuer_name),
        ]
    full = opening.shows == FULL
    work = ", ".join(part for part in (issued.position, issued.unit_name) if part)
    found = [
        (_("Họ và tên"), issued.full_name if full else masked(issued.full_name)),
        (_("Tên khóa học"), issued.course_title),
        (_("Thời lượng, kết quả"), f"{_length(issued)}, {_(issued.result)}"),
        (_("Chức vụ, đơn vị khi cấp"), work if full else ""),
        (_("Số hiệu"), issued.serial),
        (_("Số vào sổ"), _("%(number)s, ngày %(day)s", number=issued.book_number, day=local.day(issued.issued_on))),
        (_("Cơ quan cấp"), issued.issuer_name),
        (_("Hiệu lực đến"), local.day(issued.valid_until) if issued.valid_until else ""),
        *_reason(issued),
        (_("Chữ ký số"), signature(issued)),
    ]
    return [(term, text) for term, text in found if text]


def register(issued: Row[Any]) -> Facts:
    """What HR sees besides: the code, the birth date, the file, and who revoked or replaced it when."""
    local = _local()
    found = [(_("Mã tra cứu"), show_code(issued.code)), *facts(issued, Opening(FULL))]
    if issued.birth_date:
        found.append((_("Ngày sinh"), local.day(issued.birth_date)))
    if issued.revoked_at:
        replaced = issued.status == REPLACED
        found.append((_("Người cấp lại") if replaced else _("Người thu hồi"), issued.revoked_by or ""))
        found.append((_("Cấp lại lúc") if replaced else _("Thu hồi lúc"), local.moment(issued.revoked_at)))
    found.append((_("Mã băm SHA-256 của tệp PDF"), issued.file_sha256 or _("Chưa có tệp PDF")))
    return found


def record(issued: Row[Any], opening: Opening, successor: Row[Any] | None) -> dict[str, Any]:
    """The same for programs; dates are ISO 8601, what may not be shown is missing (docs/certificates-api.md)."""
    found = state(issued)
    said: dict[str, Any] = {
        "status": found.status,
        "word": found.word,
        "shows": opening.shows,
        "name_agrees": opening.agrees,
        "code": show_code(issued.code),
        "serial": issued.serial,
        "issuer": issued.issuer_name,
        "issued_on": issued.issued_on.isoformat(),
        "as_of": now().isoformat(timespec="seconds"),
    }
    if opening.shows != STATUS:
        said |= _shown(issued, full=opening.shows == FULL)
    if issued.revoked_at:
        said["revoked_on"] = issued.revoked_at.astimezone(_local().zone).date().isoformat()
        said |= {"revoked_reason": issued.revoked_reason} if opening.shows != STATUS else {}
    if successor:
        said["replaced_by"] = {
            "status": state(successor).status,
            "code": show_code(successor.code),
            "serial": successor.serial,
        }
    return said


def problem(asked: Lookup) -> str:
    return _(asked.error, **asked.values)


def _verdict(status: str, look: tuple[str, str, str], sentence: Markup) -> Verdict:
    kind, sign, word = look
    return Verdict(status, kind, "drum" if status == VALID else sign, _(word), sentence + " " + checked())


def _signer(found: Upload) -> Facts:
    who = _("%(signer)s, bằng khóa tự tạo, chưa có tổ chức chứng thực xác nhận", signer=found.signer)
    rows: Facts = [(_("Người ký"), who if found.self_made else found.signer)]
    if found.signed_at:
        at = _local().moment(found.signed_at)
        proved = _("%(at)s, có dấu thời gian xác nhận", at=at)
        claimed = _("%(at)s, theo đồng hồ của người ký, chưa có dấu thời gian xác nhận", at=at)
        rows.append((_("Thời điểm ký"), proved if found.timestamped else claimed))
    return rows


def _standing(issued: Row[Any], status: str) -> Markup:
    """The sentence under the big word."""
    local = _local()
    if status == VALID:
        return _("Giấy chứng nhận này do %(issuer)s cấp.", issuer=issued.issuer_name)
    if status == EXPIRED:
        return _("Giấy chứng nhận này có giá trị đến hết ngày %(day)s.", day=local.day(issued.valid_until))
    if issued.revoked_at:
        return _("Giấy chứng nhận này không còn giá trị từ ngày %(day)s.", day=local.day(issued.revoked_at))
    return _("Giấy chứng nhận này không còn giá trị.")


def _reason(issued: Row[Any]) -> Facts:
    term = _("Lý do thay thế") if issued.status == REPLACED else _("Lý do thu hồi")
    return [(term, issued.revoked_reason or "")] if issued.status != VALID else []


def _shown(issued: Row[Any], *, full: bool) -> dict[str, Any]:
    found = {
        "full_name": issued.full_name if full else masked(issued.full_name),
        "course": {"id": issued.course_id, "title": issued.course_title},
        "periods": issued.periods,
        "result": issued.result,
        "book_number": issued.book_number,
        "valid_until": issued.valid_until.isoformat() if issued.valid_until else None,
        "signature": issued.file_level or None,
    }
    return found | ({"position": issued.position, "unit": issued.unit_name} if full else {})


def _length(issued: Row[Any]) -> str:
    return _("%(n)s tiết", n=issued.periods) if issued.periods else duration(issued.minutes)


def _local() -> Local:
    found: Local = current_app.extensions["local"]
    return found
