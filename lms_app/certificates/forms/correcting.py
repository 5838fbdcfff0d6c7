"""What is to stand on a certificate that replaces a wrong one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lms_app.certificates.forms.lookup import Revocation
from lms_app.core.typed import day, line

LONGEST_PRINTED = 300
CORRECTED = ("full_name", "birth_date", "position", "unit_name", "reason")
TOO_LONG = "Dài quá 300 ký tự. Hãy rút gọn."


@dataclass(frozen=True)
class Correction:
    """What is to stand on the certificate that replaces a wrong one. `errors`: field -> sentence."""

    full_name: str
    birth_date: date | None
    position: str
    unit_name: str
    reason: str
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> "Correction":
        """`typed`: full_name, birth_date (yyyy-mm-dd or dd/mm/yyyy, may be empty), position, unit_name, reason."""
        values = {name: line(typed.get(name, "")) for name in CORRECTED}
        errors, born = {}, day(values["birth_date"])
        if values["birth_date"] and born is None:
            errors["birth_date"] = "Ghi ngày sinh dạng ngày/tháng/năm, ví dụ 02/09/1985, hoặc để trống."
        if not values["full_name"]:
            errors["full_name"] = "Ghi họ và tên như trên giấy tờ."
        errors |= {name: TOO_LONG for name in CORRECTED[:4] if len(values[name]) > LONGEST_PRINTED}
        if reason := Revocation.read(values["reason"]).error:
            errors["reason"] = reason
        return cls(values["full_name"], born, values["position"], values["unit_name"], values["reason"], values, errors)
