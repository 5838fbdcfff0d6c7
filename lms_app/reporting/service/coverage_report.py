"""The coverage of a unit on paper: a row for each unit below it, the three groups apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lms_app.organisations.groups import GROUPS
from lms_app.reporting.document import MIDDLE, TEXT, About, Cell, Column, Document, Group, Row, Share, Table, text
from lms_app.reporting.figures import Coverage, Line

ALL = ""
EVERY = (*GROUPS, ALL)
"""The codes of the groups, then "" for all of them together."""

ByGroup = Mapping[str, Coverage]
RowOf = Callable[[Mapping[str, Line], Coverage], Row]
"""Makes a row of the lines of one unit (group's code -> line) and the coverage they are from."""

SUBTOTAL, TOTAL = "Cộng", "Tổng cộng"
TITLE = "Báo cáo độ phủ đào tạo, bồi dưỡng về chuyển đổi số"
NOT_OFFICIAL = (
    "Thể thức theo Phụ lục I Nghị định 30/2020/NĐ-CP. Số liệu lấy từ hệ thống học trực tuyến; đây không phải biểu mẫu "
    "do bộ, ngành ban hành."
)
ONCE = (
    "Mỗi người được tính một lần, kể cả khi làm ở nhiều đơn vị hoặc thuộc nhiều nhóm, nên dòng tổng có thể nhỏ hơn "
    "tổng các dòng. Lượt là số lần hoàn thành khóa học trong kỳ."
)


@dataclass(frozen=True, slots=True)
class Section:
    """The units of one heading ("" for none): their coverage, group by group."""

    title: str
    by_group: ByGroup


def coverage_document(sections: Sequence[Section], whole: ByGroup, about: About) -> Document:
    """`whole`: the coverage of the unit itself, whose total is the total of the report."""
    total = {**row(totals(whole), whole[ALL]), "name": TOTAL}
    table = Table("coverage", "Độ phủ theo đơn vị", _columns(), groups(sections, row), total)
    return Document(about, TITLE, (table,), notes(whole[ALL]), (f"Đơn vị báo cáo: {about.unit}",))


def groups(sections: Sequence[Section], row_of: RowOf) -> tuple[Group, ...]:
    """The sections as groups of rows, with a subtotal under each that has a heading."""
    return tuple(
        Group(
            one.title,
            tuple(row_of(lines, one.by_group[ALL]) for lines in aligned(one.by_group)),
            {**row_of(totals(one.by_group), one.by_group[ALL]), "name": SUBTOTAL} if one.title else None,
        )
        for one in sections
    )


def aligned(by_group: ByGroup) -> list[Mapping[str, Line]]:
    """For each unit its lines, group by group, in the order of the table of all groups."""
    found = {group: {line.unit_id: line for line in one.lines} for group, one in by_group.items()}
    return [
        {group: lines[unit] for group, lines in found.items() if unit in lines}
        for unit in (line.unit_id for line in by_group[ALL].lines)
    ]


def totals(by_group: ByGroup) -> Mapping[str, Line]:
    return {group: one.total for group, one in by_group.items()}


def row(lines: Mapping[str, Line], coverage: Coverage) -> Row:
    whole = lines[ALL]
    made: dict[str, Cell] = {"code": whole.code, "name": whole.name}
    for group, line in lines.items():
        made |= {
            key(group, "headcount"): line.headcount,
            key(group, "trained"): line.trained,
            key(group, "counted"): line.counted,
            key(group, "share"): Share.of(line.share),
        }
    made |= {"turns": whole.turns, "overdue": whole.overdue, "units": whole.units, "units_unknown": whole.unknown}
    if coverage.target is not None:
        made |= {"target": Share(coverage.target), "gap": whole.gap(coverage.target)}
    return made


def key(group: str, figure: str) -> str:
    """`ld_trained` for leaders, `trained` for all."""
    return f"{group.lower()}_{figure}" if group else figure


def name_of(group: str) -> str:
    return GROUPS[group] if group else "Tất cả các nhóm"


def _columns() -> tuple[Column, ...]:
    by_group = [
        column
        for group in EVERY
        for column in (
            Column(key(group, "headcount"), "Biên chế", 15, over=name_of(group)),
            Column(key(group, "trained"), "Đã đạt", 13.5, over=name_of(group)),
            Column(key(group, "counted"), "Đã đạt ở nơi có biên chế", 0, over=name_of(group)),
            Column(key(group, "share"), "Tỷ lệ", 15, over=name_of(group)),
        )
    ]
    return (
        Column("code", "Mã đơn vị", 0, MIDDLE),
        Column("name", "Đơn vị", 45, TEXT),
        *by_group,
        Column("turns", "Lượt", 13.5),
        Column("overdue", "Quá hạn", 12.5),
        Column("target", "Chỉ tiêu", 0),
        Column("gap", "Còn thiếu", 13.5),
        Column("units", "Số đơn vị phải khai biên chế", 0),
        Column("units_unknown", "Số đơn vị chưa khai biên chế", 0),
    )


def notes(whole: Coverage) -> tuple[str, ...]:
    """What a reader must know to read the figures right."""
    made = [ONCE]
    if whole.total.unknown:
        made.append(
            f"{whole.total.unknown} trong {whole.total.units} đơn vị chưa có số liệu biên chế: tỷ lệ chỉ tính người đã "
            "đạt ở các đơn vị đã khai biên chế."
        )
    if whole.target is not None:
        made.append(f"Còn thiếu: số người cần đạt thêm để có {_percent(whole.target)} ({whole.act}).")
    return (*made, NOT_OFFICIAL)


def _percent(share: float) -> str:
    return text(Share(share)).replace(",0%", "%")
