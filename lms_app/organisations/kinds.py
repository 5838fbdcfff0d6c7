"""What units are: kinds as data, with what the plan asks of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """`has_staff`: people work in it, so it owes a headcount. `needs_plan`: it owes a training plan each year (K1)."""

    code: str
    name: str
    has_staff: bool = True
    needs_plan: bool = True


KINDS = {
    kind.code: kind
    for kind in (
        Kind("province", "Tỉnh, thành phố", has_staff=False, needs_plan=False),
        Kind("grouping", "Nhóm đơn vị", has_staff=False, needs_plan=False),
        Kind("department", "Sở, ban, ngành"),
        Kind("division", "Phòng, ban trực thuộc", needs_plan=False),
        Kind("district", "Huyện, thị xã, thành phố thuộc tỉnh"),
        Kind("commune", "Xã, phường, thị trấn"),
        Kind("service", "Đơn vị sự nghiệp"),
        Kind("school", "Trường học", needs_plan=False),
        Kind("party", "Cơ quan Đảng, đoàn thể"),
        Kind("enterprise", "Doanh nghiệp", needs_plan=False),
        Kind("other", "Khác", needs_plan=False),
    )
}
"""Code -> kind. The names are Vietnamese source sentences; templates translate them."""

STAFFED = tuple(kind.code for kind in KINDS.values() if kind.has_staff)
PLANNING = tuple(kind.code for kind in KINDS.values() if kind.needs_plan)
COMMUNE = "commune"
