"""What the register and the signature say of a PDF that somebody sends. The file is not kept."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from lms_app.certificates import inspecting, keys, models
from lms_app.certificates.models import EXPIRED, REPLACED, REVOKED, UNKNOWN, VALID
from lms_app.certificates.queries import files, register
from lms_app.certificates.queries import keys as known
from lms_app.certificates.service import issuers
from lms_app.core import apart
from lms_app.core.db import release
from lms_app.core.errors import Invalid

ALTERED, FOREIGN, MISMATCH = "altered", "foreign", "mismatch"
LARGEST = 2 * 1024 * 1024
"""Bytes of a file; ours have about 60,000."""

TOO_LARGE = "Tệp lớn quá 2 MB nên không phải giấy chứng nhận do hệ thống này cấp. Hãy chọn đúng tệp."
UNREADABLE = {
    inspecting.NO_PDF: "Tệp này không phải là PDF. Hãy chọn tệp PDF của giấy chứng nhận.",
    inspecting.BROKEN: "Không đọc được tệp PDF này: tệp bị hỏng hoặc thiếu. Hãy xin lại tệp gốc hoặc tra cứu theo mã.",
    inspecting.ENCRYPTED: "Tệp PDF này đặt mật khẩu nên không kiểm tra được. Hãy nộp tệp gốc, không đặt mật khẩu.",
}
TOO_MUCH = "Tệp PDF này phức tạp bất thường nên không kiểm tra được. Hãy xin lại tệp gốc hoặc tra cứu theo mã."
IN_REGISTER = {
    VALID: "Tệp còn nguyên như khi cấp và giấy chứng nhận còn hiệu lực.",
    EXPIRED: "Tệp còn nguyên như khi cấp, nhưng giấy chứng nhận chỉ có giá trị đến hết ngày %(day)s.",
    REPLACED: "Tệp còn nguyên như khi cấp, nhưng giấy chứng nhận này đã được thay bằng giấy số %(successor)s.",
    REVOKED: "Tệp còn nguyên như khi cấp, nhưng giấy chứng nhận đã bị thu hồi từ ngày %(day)s.",
}
ANOTHER_COPY = (
    "Tệp do cơ quan cấp ký và chưa bị sửa, nhưng khác bản lưu trong sổ. Hãy so họ tên trong tệp với trang này."
)
AT_ODDS = (
    "Tệp do khóa của cơ quan cấp ký nhưng không khớp sổ: mã, số hiệu hoặc họ tên ghi trong tệp khác với sổ, hoặc không"
    " đọc được. Hãy hỏi cơ quan cấp."
)
MATCHED = ("code", "serial", "full_name")
"""What a file of ours that was not given out has to say as the register does."""

_inspector = apart.Pool(f"{inspecting.__name__}:{inspecting.inspected.__name__}")
warm = _inspector.warm


@dataclass(frozen=True)
class Upload:
    """`status`: valid, expired, replaced or revoked (ours, unchanged, and what the register says today), altered (bytes
    changed after signing), mismatch (signed by us, but not given out, and the register says other things), foreign
    (signed by others, or not at all and not ours) or unknown (no PDF, or no entry).

    `issued`: the register's row, when the file names one of ours. `signer`: the subject of the signer's certificate;
    `signed_at`: claimed, or proved when `timestamped`. `reason` is a sentence with `values`, translated where shown.
    """

    status: str
    issued: Row[Any] | None
    reason: str
    signer: str = ""
    level: str = ""
    signed_at: datetime | None = None
    timestamped: bool = False
    self_made: bool = False
    values: dict[str, Any] = field(default_factory=dict)


def checked(content: bytes) -> Upload:
    """Call it while reading: the database is let go of during the slow part. Raises `Invalid` for more than 2 MB."""
    if len(content) > LARGEST:
        raise Invalid(TOO_LARGE)
    given = files.by_digest(hashlib.sha256(content).hexdigest())
    if given:
        return _given(given)
    ours = [one for one in known.seals() if one.chain]
    release()
    try:
        seen = _inspector.call(content, ours=[one.chain for one in ours])
    except apart.Overrun:
        return Upload(UNKNOWN, None, TOO_MUCH)
    if seen["state"] in UNREADABLE:
        return Upload(UNKNOWN, None, UNREADABLE[seen["state"]])
    issued = next(filter(None, map(register.by_code, seen["codes"])), None)
    if seen["state"] == inspecting.UNSIGNED:
        return _unsigned(issued)
    return _signed(seen, issued, {keys.facts(one.chain).fingerprint: one for one in ours})


def _given(given: Row[Any]) -> Upload:
    """Byte for byte a file that we gave out: nothing more to ask of it."""
    issued = register.by_id(given.certificate_id)
    status, values = _state(issued)
    signer = keys.facts(given.chain).subject if given.chain else ""
    return Upload(
        status,
        issued,
        IN_REGISTER[status],
        signer=signer,
        level=given.level,
        signed_at=given.made_at if given.level else None,
        timestamped=given.level not in {"", "B-B"},
        self_made=bool(given.self_made),
        values=values,
    )


def _unsigned(issued: Row[Any] | None) -> Upload:
    if issued:
        return Upload(
            ALTERED,
            issued,
            "Tệp này không có chữ ký số và không giống bản đã cấp, dù có ghi mã của giấy số %(serial)s.",
            values={"serial": issued.serial},
        )
    return Upload(FOREIGN, None, "Tệp này không có chữ ký số, và không phải là tệp do cơ quan cấp phát hành.")


def _signed(seen: Mapping[str, Any], issued: Row[Any] | None, ours: Mapping[str, Row[Any]]) -> Upload:
    key = ours.get(seen["fingerprint"])
    said = {
        "signer": seen["subject"],
        "signed_at": datetime.fromisoformat(seen["said_at"]) if seen["said_at"] else None,
        "self_made": bool(key and key.self_made),
    }
    if key is None:
        reason = "Chữ ký trong tệp là của %(signer)s, không phải của cơ quan cấp. Giấy này không do hệ thống này cấp."
        return Upload(FOREIGN, None, reason, values={"signer": seen["subject"]}, **said)
    if not seen["is_intact"]:
        reason = (
            "Nội dung tệp không còn như lúc ký: tệp đã bị sửa, hoặc được lưu lại bằng phần mềm khác. Hãy xin tệp gốc."
        )
        return Upload(ALTERED, issued, reason, **said)
    if not seen["is_whole"]:
        reason = "Tệp đã bị sửa sau khi ký: phần thêm vào không do cơ quan cấp ký. Hãy xin lại tệp gốc."
        return Upload(ALTERED, issued, reason, **said)
    if issued is None:
        reason = "Chữ ký trong tệp đúng, nhưng sổ đăng ký không có giấy chứng nhận này. Hãy hỏi cơ quan cấp."
        return Upload(UNKNOWN, None, reason, level="B-B", **said)
    if seen["credential"] != {name: getattr(issued, name) for name in MATCHED}:
        return Upload(MISMATCH, issued, AT_ODDS, **said)
    status, values = _state(issued)
    reason = ANOTHER_COPY if status == VALID else IN_REGISTER[status]
    return Upload(status, issued, reason, level="B-B", values=values, **said)


def _state(issued: Row[Any] | None) -> tuple[str, dict[str, Any]]:
    """What the register says today, and the values of its sentence."""
    if issued is None:
        raise LookupError("a file of no certificate")
    status = models.status(issued, issuers.today())
    if status == REPLACED:
        after = files.successor(issued.id)
        return status, {"successor": after.serial if after else "", "code": after.code if after else ""}
    day = {EXPIRED: issued.valid_until, REVOKED: issued.revoked_at and issuers.today(issued.revoked_at)}.get(status)
    return status, {"day": day.strftime("%d/%m/%Y")} if day else {}
