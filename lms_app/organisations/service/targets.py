"""What acts ask for: indicators, and targets that hold from one day to another."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms_app.core import audit
from lms_app.core.db import db
from lms_app.core.errors import Conflict
from lms_app.organisations.models import Target
from lms_app.organisations.queries import targets


@dataclass(frozen=True, slots=True)
class Indicator:
    """`is_share`: its targets are shares in [0, 1], shown as percent; else numbers of `unit`."""

    name: str
    is_share: bool = True
    unit: str = ""


INDICATORS = {
    "K1": Indicator("Cơ quan có kế hoạch đào tạo được duyệt"),
    "K2": Indicator("Người đã đạt ít nhất một khóa"),
    "K3": Indicator("Chuyên gia theo lĩnh vực", is_share=False, unit="người"),
    "K4": Indicator("Chiến dịch truyền thông trong năm", is_share=False, unit="chiến dịch"),
    "K5": Indicator("Xã, phường có thành viên mạng lưới"),
    "K6": Indicator("Người đã đạt ít nhất một khóa, theo mục tiêu năm 2026"),
    "K7": Indicator("Cán bộ CNTT có chứng chỉ quản trị dữ liệu (nơi khác cấp)"),
    "K8": Indicator("Số tiết bồi dưỡng của mỗi công chức trong năm", is_share=False, unit="tiết"),
    "K9": Indicator("Lãnh đạo học xong chương trình bắt buộc trong 12 tháng từ khi bổ nhiệm"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an act asks for. `value`: a share in [0, 1] or a number, as the indicator wants it."""

    indicator: str
    group: str
    unit_id: UUID
    valid_from: date
    valid_until: date | None
    value: float
    act: str
    note: str


def save(asked: Asked, actor: object, target_id: UUID | None = None) -> None:
    """Enter a target, or change one. Raises `Conflict` naming another that holds on some of the same days."""
    others = targets.overlapping(asked.indicator, asked.group, asked.unit_id, asked.valid_from, asked.valid_until)
    other = next((one for one in others if one.id != target_id), None)
    if other:
        raise Conflict(
            "Thời gian trùng với chỉ tiêu đã có: %(act)s, từ %(since)s đến %(until)s. Hãy sửa ngày hoặc chỉ tiêu đó.",
            act=other.act,
            since=f"{other.valid_from:%d/%m/%Y}",
            until=f"{other.valid_until:%d/%m/%Y}" if other.valid_until else "…",
        )
    target = db.session.get_one(Target, target_id) if target_id else Target()
    target.indicator, target.group, target.unit_id = asked.indicator, asked.group, asked.unit_id
    target.valid_from, target.valid_until, target.value = asked.valid_from, asked.valid_until, asked.value
    target.act, target.note = asked.act, asked.note
    db.session.add(target)
    db.session.flush()
    audit.note(actor, "target.save", target.id, indicator=asked.indicator, value=asked.value, act=asked.act)
