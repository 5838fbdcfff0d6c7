"""The two yearly reports of a province. No template of them was at hand: the layout is that of NĐ 30/2020.

To Bộ Nội vụ: training of the year, before 31/01 of the next (NĐ 171/2025/NĐ-CP, Điều 39). To Bộ Khoa học và Công nghệ:
what came of QĐ 2629/QĐ-TTg, before 15/12.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from lms_app.organisations.service.network import COMMUNITY, CORE, EXPERT
from lms_app.reporting.document import MIDDLE, TEXT, About, Cell, Column, Document, Group, Row, Share, Table
from lms_app.reporting.figures import Coverage, Indicator, Line
from lms_app.reporting.service.coverage_report import (
    ALL,
    EVERY,
    NOT_OFFICIAL,
    ONCE,
    TOTAL,
    ByGroup,
    Section,
    groups,
    key,
    name_of,
    notes,
    totals,
)
from lms_app.reporting.service.indicator_rows import indicator_table

MOHA_CODES = ("K1", "K2", "K8", "K8b", "K9")
MOST_CODES = ("K1", "K2", "K3", "K4", "K5", "K6", "K7")
MEMBERS = {
    EXPERT: "Chuyên gia",
    CORE: "Cán bộ nòng cốt của đơn vị",
    COMMUNITY: "Tổ công nghệ số cộng đồng",
}
Periods = Mapping[tuple[UUID, bool, str], int]
"""(Unit, whether it alone is meant, group's code or "" for all) -> periods (tiết) of what its staff completed."""

ELSEWHERE = "Học ở nơi khác, theo danh sách đã nhập"


@dataclass(frozen=True, slots=True)
class Content:
    """A course with what the staff completed of it; `periods` are those of all turns. No course of ours: None."""

    course_id: str | None
    title: str | None
    persons: int
    turns: int
    periods: int


class Run(Protocol):
    """A campaign; `reach` is None where nobody counted."""

    title: str
    unit: str
    since: date
    until: date | None
    channel: str
    reach: int | None
    act: str


class Members(Protocol):
    """How many of the network, by kind and sector, in how many units."""

    kind: str
    sector: str
    members: int
    units: int


@dataclass(frozen=True, slots=True)
class Year:
    """What a yearly report is made of."""

    sections: Sequence[Section]
    whole: ByGroup
    indicators: Sequence[Indicator]


def moha_document(year: Year, periods: Periods, courses: Sequence[Content], about: About) -> Document:
    def row_of(lines: Mapping[str, Line], coverage: Coverage) -> Row:
        return _result(lines, coverage, periods)

    tables = (
        Table(
            "results",
            "Kết quả theo đơn vị và nhóm đối tượng",
            _result_columns(),
            groups(year.sections, row_of),
            {**_result(totals(year.whole), year.whole[ALL], periods), "name": TOTAL},
        ),
        _courses(courses, year.whole[ALL], periods),
        indicator_table("Các chỉ số", year.indicators, MOHA_CODES),
    )
    title = f"Kết quả đào tạo, bồi dưỡng về chuyển đổi số năm {about.year}"
    duty = (
        "Số liệu phục vụ báo cáo Bộ Nội vụ trước ngày 31/01 năm sau (Điều 39 Nghị định 171/2025/NĐ-CP). Số tiết tính "
        "theo thời lượng của khóa học; cơ quan quản lý quyết định phần được tính vào 40 tiết một năm."
    )
    return Document(about, title, tables, (ONCE, duty, NOT_OFFICIAL), (f"Đơn vị báo cáo: {about.unit}",))


def most_document(year: Year, campaigns: Sequence[Run], network: Sequence[Members], about: About) -> Document:
    tables = (
        indicator_table("Các chỉ số và chỉ tiêu", year.indicators, MOST_CODES),
        _by_group(year.whole),
        _campaigns(campaigns),
        _network(network),
    )
    title = f"Kết quả đào tạo, bồi dưỡng nhân lực số năm {about.year}"
    duty = "Số liệu phục vụ báo cáo Bộ Khoa học và Công nghệ trước ngày 15/12 hằng năm (Quyết định 2629/QĐ-TTg)."
    under = ("(Thực hiện Quyết định 2629/QĐ-TTg ngày 01/12/2025)", f"Đơn vị báo cáo: {about.unit}")
    return Document(about, title, tables, (*notes(year.whole[ALL])[:-1], duty, NOT_OFFICIAL), under)


def _result(lines: Mapping[str, Line], coverage: Coverage, periods: Periods) -> Row:
    """A line without a unit is a total: that of the unit asked about."""
    made: dict[str, Cell] = {"code": lines[ALL].code, "name": lines[ALL].name}
    for group, line in lines.items():
        made |= {
            key(group, "staff"): line.staff,
            key(group, "trained"): line.trained,
            key(group, "turns"): line.turns,
            key(group, "periods"): periods.get((line.unit_id or coverage.asked.unit_id, line.own, group), 0),
        }
    return made


def _result_columns() -> tuple[Column, ...]:
    figures = (("staff", "Số người"), ("trained", "Đã đạt"), ("turns", "Lượt"), ("periods", "Số tiết"))
    return (
        Column("code", "Mã đơn vị", 0, MIDDLE),
        Column("name", "Đơn vị", 48, TEXT),
        *(Column(key(group, one), title, 13, over=name_of(group)) for group in EVERY for one, title in figures),
    )


def _courses(found: Sequence[Content], whole: Coverage, periods: Periods) -> Table:
    columns = (
        Column("course", "Mã khóa học", 30, MIDDLE),
        Column("name", "Khóa học, chương trình", 140, TEXT),
        Column("trained", "Số người đã đạt", 28),
        Column("turns", "Lượt", 28),
        Column("periods", "Tổng số tiết", 28),
    )
    rows: tuple[Row, ...] = tuple(
        {
            "course": one.course_id or "",
            "name": one.title or ELSEWHERE,
            "trained": one.persons,
            "turns": one.turns,
            "periods": one.periods,
        }
        for one in found
    )
    total: dict[str, Cell] = {
        "name": TOTAL,
        "trained": whole.total.trained,
        "turns": whole.total.turns,
        "periods": periods.get((whole.asked.unit_id, False, ALL), 0),
    }
    return Table("courses", "Kết quả theo nội dung", columns, (Group("", rows),), total)


def _by_group(whole: ByGroup) -> Table:
    columns = (
        Column("group_code", "Mã nhóm", 0, MIDDLE),
        Column("name", "Nhóm đối tượng", 75, TEXT),
        Column("headcount", "Biên chế", 24),
        Column("trained", "Đã đạt", 24),
        Column("counted", "Đã đạt ở nơi có biên chế", 30),
        Column("share", "Tỷ lệ", 22),
        Column("turns", "Lượt", 22),
        Column("target", "Chỉ tiêu", 22),
        Column("gap", "Còn thiếu", 22),
        Column("overdue", "Quá hạn", 22),
    )
    found = {group: _group_row(group, whole[group]) for group in EVERY}
    rows = tuple(found[group] for group in EVERY if group)
    return Table("groups", "Độ phủ theo nhóm đối tượng", columns, (Group("", rows),), found[ALL])


def _group_row(group: str, coverage: Coverage) -> Row:
    line = coverage.total
    made: dict[str, Cell] = {
        "group_code": group,
        "name": name_of(group),
        "headcount": line.headcount,
        "trained": line.trained,
        "counted": line.counted,
        "share": Share.of(line.share),
        "turns": line.turns,
        "overdue": line.overdue,
    }
    if coverage.target is not None:
        made |= {"target": Share(coverage.target), "gap": line.gap(coverage.target)}
    return made


def _campaigns(found: Sequence[Run]) -> Table:
    columns = (
        Column("name", "Chiến dịch", 72, TEXT),
        Column("unit", "Đơn vị tổ chức", 52, TEXT),
        Column("since", "Từ ngày", 22, MIDDLE),
        Column("until", "Đến ngày", 22, MIDDLE),
        Column("channel", "Kênh", 36, TEXT),
        Column("reach", "Số người tiếp cận", 22),
        Column("act", "Văn bản", 32, TEXT),
    )
    return Table("campaigns", "Chiến dịch nâng cao nhận thức", columns, (Group("", tuple(map(_campaign, found))),))


def _campaign(one: Run) -> Row:
    made: dict[str, Cell] = {"name": one.title, "unit": one.unit, "since": one.since, "channel": one.channel}
    made |= {"reach": one.reach, "act": one.act}
    return made | {"until": one.until} if one.until else made


def _network(found: Sequence[Members]) -> Table:
    columns = (
        Column("name", "Thành phần", 90, TEXT),
        Column("sector", "Lĩnh vực", 90, TEXT),
        Column("members", "Số người", 35),
        Column("units", "Số đơn vị", 35),
    )
    rows: tuple[Row, ...] = tuple(
        {"name": MEMBERS.get(one.kind, one.kind), "sector": one.sector, "members": one.members, "units": one.units}
        for one in found
    )
    total: Row | None = {"name": TOTAL, "members": sum(one.members for one in found)} if found else None
    return Table("network", "Mạng lưới chuyên gia, cán bộ nòng cốt", columns, (Group("", rows),), total)
