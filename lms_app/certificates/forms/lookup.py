"""Asking for a certificate, and revoking one."""

from dataclasses import dataclass, field
from typing import Any

from lms_app.core.ids import CODE_LENGTH, parse_code
from lms_app.core.typed import line

LONGEST_TYPED = 80
LONGEST_NAME = 300
LONGEST_REASON = 500


@dataclass(frozen=True)
class Lookup:
    """A code as typed; `code` is None when it cannot be one, and `error` says why. The database is not asked then."""

    typed: str
    code: str | None
    error: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: str) -> "Lookup":
        typed = line(typed, LONGEST_TYPED)
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
        reason = line(typed)
        if not reason:
            return cls(reason, "Ghi lý do; ai tra cứu cũng đọc được.")
        if len(reason) > LONGEST_REASON:
            return cls(reason, "Lý do dài quá 500 ký tự. Hãy rút gọn.")
        return cls(reason)
