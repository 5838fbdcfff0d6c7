"""Made-up figures and what reports are made of them."""

from datetime import date
from uuid import UUID, uuid4  # noqa: TID251 - ids of nothing

from lms_app.reporting.document import About, Document
from lms_app.reporting.figures import Asked, Coverage, Indicator, Line, total
from lms_app.reporting.service.coverage_report import EVERY, ByGroup, Section, coverage_document

ALPHABET = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ "
    "AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬBCDĐEÈẺẼÉẸÊỀỂỄẾỆGHIÌỈĨÍỊKLMNOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢPQRSTUÙỦŨÚỤƯỪỬỮỨỰVXYỲỶỸÝỴ"
)
FORMULA = "=cmd|' /C calc'!A0"
NAMES = ("Xã An Bình", ALPHABET, FORMULA, "Phường Tân Hội")
ABOUT = About(
    kind="coverage",
    unit="Tỉnh Vĩnh Long",
    code="vl",
    year=2026,
    since=date(2026, 1, 1),
    day=date(2026, 11, 23),
    parent="Ủy ban nhân dân tỉnh Vĩnh Long",
    issuer="Sở Khoa học và Công nghệ",
    place="Vĩnh Long",
    made_on=date(2026, 2, 3),
    signer="Thủ trưởng đơn vị",
)
ASKED = Asked(uuid4(), (), ABOUT.day, ABOUT.since)
TARGET, ACT = 0.8, "KH 4624/KH-UBND"
INDICATORS = (
    Indicator("K1", "Cơ quan có kế hoạch", "", 98, 124, "cơ quan", target=1.0, act=ACT),
    Indicator("K2", "Người đã đạt", "LD", 799, 1000, "người", turns=1284, target=0.8, act=ACT),
    Indicator("K2", "Người đã đạt", "CT", None, None, "người", target=0.8, act=ACT),
    Indicator("K3", "Chuyên gia", "Y tế", 3, None, "người"),
    Indicator("K8", "Số tiết bình quân", "", 12.5, None, "tiết", target=40, act="NĐ 171/2025/NĐ-CP"),
)


def line(unit_id: UUID, at: int, names: tuple[str, ...] = NAMES) -> Line:
    """Every fourth states no headcount."""
    heads = None if at % 4 == 3 else 1000 + 100 * at
    trained = 800 + 7 * at
    counted = 0 if heads is None else trained
    return Line(
        unit_id, f"u{at}", names[at % len(names)], 1500, trained, 1284 + at, at, heads, counted, 1, heads is None
    )


def by_group(units: int = 4) -> ByGroup:
    ids = [uuid4() for _ in range(units)]
    lines = tuple(line(one, at) for at, one in enumerate(ids))
    return {
        group: Coverage(
            ASKED, "Tỉnh Vĩnh Long", lines, total(lines, "Tổng cộng"), TARGET if group != "CT" else None, ACT
        )
        for group in EVERY
    }


def coverage(units: int = 4) -> Document:
    whole = by_group(units)
    return coverage_document([Section("", whole)], whole, ABOUT)
