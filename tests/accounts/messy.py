"""A staff list of many rows, made as messily as offices do, with what must come of it. For tests and journeys."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.accounts.lists import xlsx

HEADER = (
    *("STT", "Họ  và tên", "Năm sinh", "Nam/Nữ", "Chức danh", "Cơ quan, đơn vị", "Nhóm ĐT", "Email công vụ", "SĐT"),
    *("Mã cán bộ", "Số CCCD", "Ngày bắt đầu", "Ghi chú"),
)
ABOVE = (("UBND TỈNH VĨNH LONG",), ("SỞ NỘI VỤ",), (), ("DANH SÁCH CÁN BỘ, CÔNG CHỨC, VIÊN CHỨC",), ())
SURNAMES, GIVEN = ("Nguyễn Thị", "Trần Văn", "Lê Hoàng", "Phạm Ngọc"), ("Ánh", "Dũng", "Hạnh", "Yến", "Phước")
GROUPS = ("CC", "Công chức", "LD", "Lãnh đạo, quản lý", "Chuyên trách", "CT kiêm nhiệm")
FAULT_EACH = 50
REPEATED_EACH = 400


@dataclass(frozen=True)
class Messy:
    """`new`, `unchanged`, `wrong`: rows of each kind in an empty system. `faults`: their numbers in the file."""

    content: bytes
    new: int
    unchanged: int
    faults: tuple[int, ...]

    @property
    def wrong(self) -> int:
        return len(self.faults)


def sheet(rows: int, units: Sequence[tuple[str, str]]) -> Messy:
    """`units`: code and name of some that exist today. Each fiftieth row is wrong, each in another way."""
    lines: list[dict[str, Any]] = []
    faults, repeated = [], 0
    for at in range(rows):
        line = _line(at, units)
        if at % FAULT_EACH == FAULT_EACH - 1:
            line |= _FAULTS[at // FAULT_EACH % len(_FAULTS)]
            faults.append(at + len(ABOVE) + 2)
        elif at % REPEATED_EACH == REPEATED_EACH - 2:
            line = lines[-1]
            repeated += 1
        lines.append(line)
    content = xlsx(*lines, header=HEADER, above=ABOVE, merged=("A1:M1", "A2:M2", "A4:M4"))
    return Messy(content, rows - len(faults) - repeated, repeated, tuple(faults))


_FAULTS: tuple[dict[str, Any], ...] = (
    {"Email công vụ": "dungtv@coquan"},
    {"Cơ quan, đơn vị": "Kho bạc Nhà nước huyện"},
    {"Năm sinh": "31/02/1985"},
    {"Nhóm ĐT": ""},
    {"Mã cán bộ": "", "Email công vụ": ""},
    {"SĐT": "12"},
    {"Họ  và tên": ""},
    {"Ngày bắt đầu": "đầu năm"},
)


def _line(at: int, units: Sequence[tuple[str, str]]) -> dict[str, Any]:
    name = f"{SURNAMES[at % 4]} {GIVEN[at % 5]}"
    code, unit = units[at % len(units)]
    born: date = date(1970, 1, 1) + timedelta(days=at % 9000)
    return {
        "STT": at + 1,
        "Họ  và tên": (name, unicodedata.normalize("NFD", name), name.upper(), f" {name.replace(' ', '  ')} ")[at % 4],
        "Năm sinh": (born, f"{born:%d/%m/%Y}", born.year, f"{born.day}-{born.month}-{born.year}")[at % 4],
        "Nam/Nữ": ("Nữ", "nam", "")[at % 3],
        "Chức danh": ("Chuyên viên", "Phó  Trưởng phòng", "")[at % 3],
        "Cơ quan, đơn vị": (code, unit)[at % 2],
        "Nhóm ĐT": GROUPS[at % len(GROUPS)],
        "Email công vụ": (f"CB{at}@coquan.example", f"cb{at}@coquan.example", "")[at % 3],
        "SĐT": (912_000_000 + at, f"0{912_000_000 + at}", "")[at % 3],
        "Mã cán bộ": f"{at + 1:06}",
        "Số CCCD": f"0831850{at:05}",
        "Ngày bắt đầu": (date(2025, 7, 1), "01/7/2025")[at % 2],
        "Ghi chú": "Luân chuyển" if at % 7 == 0 else "",
    }
