"""What a page says about a certificate, in the reader's language: no birth date, no score, no address of a person."""

from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Row

from lms_app.certificates import models
from lms_app.certificates.forms import Lookup
from lms_app.certificates.models import REVOKED, UNKNOWN, VALID
from lms_app.core.clock import now
from lms_app.core.ids import show_code
from lms_app.web.i18n import Local, _, duration

Facts = list[tuple[str, str]]


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


def state(issued: Row[Any]) -> State:
    status = models.status(issued, _local().today())
    if status == VALID:
        return State(status, "ok", "check", _("Còn hiệu lực"))
    return State(status, "err", "err", _("Đã thu hồi") if status == REVOKED else _("Hết hiệu lực"))


def verdict(issued: Row[Any] | None) -> Verdict:
    local, at = _local(), now()
    checked = _("Kiểm tra lúc %(time)s.", time=local.moment(at))
    if issued is None:
        sentence = _("Không có giấy chứng nhận nào mang mã này. Hãy so lại mã với bản giấy.")
        return Verdict(UNKNOWN, "err", "ask", _("Không tìm thấy"), sentence + " " + checked)
    found = state(issued)
    if found.status == VALID:
        sentence = _("Giấy chứng nhận này do %(issuer)s cấp.", issuer=issued.issuer_name)
        return Verdict(found.status, "ok", "drum", found.word, sentence + " " + checked)
    since = issued.revoked_at if found.status == REVOKED else issued.valid_until
    sentence = (
        _("Giấy chứng nhận này không còn giá trị từ ngày %(day)s.", day=local.day(since))
        if found.status == REVOKED
        else _("Giấy chứng nhận này có giá trị đến hết ngày %(day)s.", day=local.day(since))
    )
    return Verdict(found.status, "err", "err", found.word, sentence + " " + checked)


def facts(issued: Row[Any]) -> Facts:
    """What everybody may see: what is on the paper without the birth date."""
    local = _local()
    work = ", ".join(part for part in (issued.position, issued.unit_name) if part)
    found = [
        (_("Họ và tên"), issued.full_name),
        (_("Tên khóa học"), issued.course_title),
        (_("Thời lượng, kết quả"), f"{_length(issued)}, {_(issued.result)}"),
        (_("Chức vụ, đơn vị khi cấp"), work),
        (_("Số hiệu"), issued.serial),
        (
            _("Số vào sổ"),
            _("%(number)s, ngày %(day)s", number=issued.book_number, day=local.day(issued.issued_on)),
        ),
    ]
    if issued.valid_until:
        found.append((_("Hiệu lực đến"), local.day(issued.valid_until)))
    if issued.status == REVOKED:
        found.append((_("Lý do thu hồi"), issued.revoked_reason or ""))
    found.append((_("Chữ ký số"), _("Bản điện tử chưa ký số")))
    return [(term, text) for term, text in found if text]


def register(issued: Row[Any]) -> Facts:
    """What HR sees besides: the code, the birth date, the file, and who revoked it when."""
    local = _local()
    found = [(_("Mã tra cứu"), show_code(issued.code)), *facts(issued)]
    if issued.birth_date:
        found.append((_("Ngày sinh"), local.day(issued.birth_date)))
    if issued.status == REVOKED:
        found.append((_("Người thu hồi"), issued.revoked_by or ""))
        found.append((_("Thu hồi lúc"), local.moment(issued.revoked_at)))
    found.append((_("Mã băm SHA-256 của tệp PDF"), issued.file_sha256 or _("Chưa có tệp PDF")))
    return found


def record(issued: Row[Any]) -> dict[str, Any]:
    """The same for programs; dates are ISO 8601."""
    status = models.status(issued, _local().today())
    found: dict[str, Any] = {
        "status": status,
        "code": show_code(issued.code),
        "serial": issued.serial,
        "book_number": issued.book_number,
        "full_name": issued.full_name,
        "position": issued.position,
        "unit": issued.unit_name,
        "course": {"id": issued.course_id, "title": issued.course_title},
        "periods": issued.periods,
        "result": issued.result,
        "issuer": issued.issuer_name,
        "issued_on": issued.issued_on.isoformat(),
        "valid_until": issued.valid_until.isoformat() if issued.valid_until else None,
        "signed": False,
        "checked_at": now().isoformat(timespec="seconds"),
    }
    if status == REVOKED:
        found |= {
            "revoked_on": issued.revoked_at.astimezone(_local().zone).date().isoformat(),
            "revoked_reason": issued.revoked_reason,
        }
    return found


def problem(asked: Lookup) -> str:
    return _(asked.error, **asked.values)


def _length(issued: Row[Any]) -> str:
    return _("%(n)s tiết", n=issued.periods) if issued.periods else duration(issued.minutes)


def _local() -> Local:
    found: Local = current_app.extensions["local"]
    return found
