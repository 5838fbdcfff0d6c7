"""Kinds of reports, and by when the yearly ones are owed to a ministry."""

from dataclasses import dataclass
from datetime import date

COVERAGE, MOHA, MOST, PLAN = "coverage", "moha", "most", "plan"


@dataclass(frozen=True, slots=True)
class Kind:
    """`to`: who is owed it each year, "" for nobody. It must be there before `month`/`month_day`, `later` years on.

    `slug`: how its files are called.
    """

    code: str
    name: str
    holds: str
    slug: str
    to: str = ""
    act: str = ""
    month: int = 0
    month_day: int = 0
    later: int = 0

    def due(self, year: int) -> date:
        """The day before which the report of a year is owed."""
        return date(year + self.later, self.month, self.month_day)

    def next_year(self, today: date) -> int:
        """The year of the next report that is not too late today."""
        return next(year for year in range(today.year - 1, today.year + 2) if self.due(year) > today)


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            COVERAGE,
            "Độ phủ đào tạo theo đơn vị",
            "Biên chế, người đã đạt và tỷ lệ của ba nhóm đối tượng; lượt học, quá hạn, còn thiếu.",
            "do-phu",
        ),
        Kind(
            MOHA,
            "Kết quả đào tạo năm, gửi Bộ Nội vụ",
            "Người đã đạt, lượt học và số tiết theo đơn vị, nhóm và nội dung; các chỉ số K1, K2 (cả lượt), K8, K9.",
            "ket-qua-dao-tao",
            "Bộ Nội vụ",
            "Nghị định 171/2025/NĐ-CP, Điều 39",
            month=1,
            month_day=31,
            later=1,
        ),
        Kind(
            MOST,
            "Kết quả theo Quyết định 2629/QĐ-TTg, gửi Bộ Khoa học và Công nghệ",
            "Các chỉ số K1 đến K7 với chỉ tiêu và căn cứ, độ phủ theo nhóm, chiến dịch, mạng lưới.",
            "nhan-luc-so",
            "Bộ Khoa học và Công nghệ",
            "Quyết định 2629/QĐ-TTg",
            month=12,
            month_day=15,
        ),
        Kind(
            PLAN,
            "Kế hoạch đào tạo của các cơ quan",
            "Cơ quan đã có và chưa có kế hoạch của năm.",
            "ke-hoach",
        ),
    )
}
"""Code -> kind. The names are Vietnamese source sentences; templates translate them."""

YEARLY = tuple(kind for kind in KINDS.values() if kind.to)
