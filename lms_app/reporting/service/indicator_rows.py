"""Indicators as a table of a report: numerator, denominator, target with its act, met or not."""

from collections.abc import Collection, Sequence

from lms_app.organisations.groups import GROUPS
from lms_app.reporting.document import MIDDLE, TEXT, Cell, Column, Group, Row, Share, Table
from lms_app.reporting.figures import Indicator

COLUMNS = (
    Column("code", "Mã", 11, MIDDLE),
    Column("name", "Chỉ số", 52, TEXT),
    Column("part", "Nhóm, lĩnh vực", 30, TEXT),
    Column("part_code", "Mã nhóm", 0, MIDDLE),
    Column("unit", "Đơn vị tính", 16, MIDDLE),
    Column("have", "Thực hiện", 17),
    Column("out_of", "Trên tổng số", 17),
    Column("share", "Tỷ lệ", 16),
    Column("turns", "Lượt", 14),
    Column("target", "Chỉ tiêu", 15),
    Column("met", "So với chỉ tiêu", 16, MIDDLE),
    Column("act", "Căn cứ của chỉ tiêu", 32, TEXT),
    Column("note", "Ghi chú", 42, TEXT),
)


def indicator_table(title: str, found: Sequence[Indicator], codes: Collection[str]) -> Table:
    """Those of the codes, in the order they came."""
    rows = tuple(indicator_row(one) for one in found if one.code in codes)
    return Table("indicators", title, COLUMNS, (Group("", rows),))


def indicator_row(one: Indicator) -> Row:
    made: dict[str, Cell] = {
        "code": one.code,
        "name": one.name,
        "part": GROUPS.get(one.part, one.part) or "Chung",
        "part_code": one.part,
        "unit": one.unit,
        "have": one.have,
        "act": one.act,
        "note": one.note,
    }
    if one.is_share:
        made |= {"out_of": one.out_of, "share": Share.of(one.share)}
    if one.turns is not None:
        made["turns"] = one.turns
    if one.target is not None:
        made |= {"target": Share(one.target) if one.is_share else one.target, "met": one.is_met}
    return made
