"""Agencies with and without a training plan of the year: the list behind K1, with its gaps."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from lms_app.organisations.service.plans import APPROVED, DRAFT, SUBMITTED
from lms_app.reporting.document import MIDDLE, TEXT, About, Cell, Column, Document, Group, Row, Share, Table
from lms_app.reporting.service.coverage_report import NOT_OFFICIAL

STATES = {
    APPROVED: "Đã được phê duyệt",
    SUBMITTED: "Đã trình, chưa được phê duyệt",
    DRAFT: "Đang soạn",
    "": "Chưa có kế hoạch",
}
COLUMNS = (
    Column("code", "Mã đơn vị", 0, MIDDLE),
    Column("name", "Cơ quan, đơn vị", 90, TEXT),
    Column("status", "Tình trạng", 0, MIDDLE),
    Column("number", "Số kế hoạch", 45, TEXT),
    Column("signed_on", "Ngày ký", 25, MIDDLE),
    Column("title", "Trích yếu", 95, TEXT),
    Column("units", "Số cơ quan, đơn vị", 0),
    Column("share", "Tỷ lệ", 0),
)


class Planned(Protocol):
    """A unit that owes a plan; `status` is None where it has none."""

    code: str
    name: str
    status: str | None
    number: str | None
    signed_on: date | None
    title: str | None


def plan_document(found: Sequence[Planned], about: About) -> Document:
    by_state = {state: [one for one in found if (one.status or "") == state] for state in STATES}
    groups = tuple(
        Group(f"{name}: {len(by_state[state])} cơ quan, đơn vị", tuple(_rows(by_state[state])))
        for state, name in STATES.items()
        if by_state[state]
    )
    have, owed = len(by_state[APPROVED]), len(found)
    share = Share.of(have / owed if owed else None)
    total: dict[str, Cell] = {
        "name": f"Có kế hoạch được phê duyệt: {have} trong {owed}",
        "number": share,
        "units": owed,
        "share": share,
    }
    table = Table("plans", "Kế hoạch đào tạo, bồi dưỡng theo đơn vị", COLUMNS, groups, total)
    title = f"Tình hình ban hành kế hoạch đào tạo, bồi dưỡng năm {about.year}"
    note = "Chỉ kế hoạch đã được phê duyệt mới tính là đã có kế hoạch."
    return Document(about, title, (table,), (note, NOT_OFFICIAL), (f"Đơn vị báo cáo: {about.unit}",))


def _rows(found: Iterable[Planned]) -> Iterable[Row]:
    for one in found:
        made: dict[str, Cell] = {"code": one.code, "name": one.name, "status": one.status or "none"}
        if one.status:
            made |= {"number": one.number or None, "signed_on": one.signed_on, "title": one.title or ""}
        yield made
