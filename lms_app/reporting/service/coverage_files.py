"""The coverage table as files: xlsx and CSV for people, JSON for programs (docs/coverage.md), with the same figures."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from lms_app.core import tables
from lms_app.reporting.figures import Coverage, Line

HEADER = (
    *("Đơn vị", "Mã đơn vị", "Độ phủ (%)", "Đã đạt", "Đã đạt, tính vào độ phủ", "Biên chế", "Nguồn biên chế"),
    *("Còn thiếu", "Chưa đạt", "Lượt học", "Quá hạn", "Đang làm việc theo danh sách"),
    *("Đơn vị phải có biên chế", "Đơn vị chưa có số liệu"),
)


def percent(share: float | None) -> float | None:
    """Rounded down to a tenth: what is under the target must not look as if it met it."""
    return None if share is None else math.floor(share * 1000 + 1e-6) / 10


def cells(coverage: Coverage) -> Iterator[tuple[tables.Cell, ...]]:
    """A row for each line and one for the total."""
    for line in (*coverage.lines, coverage.total):
        yield (
            *(line.name, line.code, percent(line.share), line.trained, line.counted, line.headcount, line.source),
            *(line.gap(coverage.target), line.staff - line.trained, line.turns, line.overdue, line.staff),
            *(line.units, line.unknown),
        )


def xlsx(coverage: Coverage, above: Sequence[str]) -> bytes:
    return tables.write(HEADER, cells(coverage), title="Độ phủ", above=above)


def comma_separated(coverage: Coverage) -> bytes:
    return tables.comma_separated([HEADER, *cells(coverage)])


def plain(coverage: Coverage) -> dict[str, Any]:
    """As JSON says it: shares in [0, ...), None for what is not known."""
    asked = coverage.asked
    return {
        "unit": str(asked.unit_id),
        "name": coverage.unit,
        "day": asked.day.isoformat(),
        "since": asked.since.isoformat(),
        "group": asked.group,
        "course": asked.course,
        "target": coverage.target,
        "act": coverage.act,
        "lines": [_line(line, coverage.target) for line in coverage.lines],
        "total": _line(coverage.total, coverage.target),
    }


def _line(line: Line, target: float | None) -> dict[str, Any]:
    return {
        "unit": str(line.unit_id) if line.unit_id else None,
        "code": line.code,
        "name": line.name,
        "own": line.own,
        "staff": line.staff,
        "trained": line.trained,
        "counted": line.counted,
        "headcount": line.headcount,
        "source": line.source,
        "share": line.share,
        "gap": line.gap(target),
        "turns": line.turns,
        "overdue": line.overdue,
        "units": line.units,
        "unknown": line.unknown,
    }
