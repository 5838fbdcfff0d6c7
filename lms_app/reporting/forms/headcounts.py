"""What one unit says of how many people it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.organisations.service.headcounts import LONGEST_SOURCE, NUMBERS, Said, past, whole
from lms_app.reporting.forms.typed import Typed


@dataclass(frozen=True, slots=True)
class Headcount:
    """`said` is None when something is wrong."""

    said: Said | None
    errors: dict[str, Invalid]

    @classmethod
    def read(cls, form: Mapping[str, str], unit_id: UUID, today: date) -> "Headcount":
        typed = Typed(form)
        empty = "Ô này trống. Ghi 0 nếu không có người nào."
        ld, ct, cc = (typed.read(name, whole, empty) for name in NUMBERS)
        on = typed.read("on", lambda text: past(tables.day(text), today), "Ghi ngày của số liệu, ví dụ 31/12/2025.")
        source = typed.line(
            "source", LONGEST_SOURCE, "Ghi nguồn của số liệu: quyết định, hoặc văn bản kê khai của đơn vị."
        )
        if typed.errors or ld is None or ct is None or cc is None or on is None:
            return cls(None, typed.errors)
        return cls(Said(unit_id, on, ld, ct, cc, source), typed.errors)
