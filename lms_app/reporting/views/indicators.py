"""The indicators K1 to K9 for HR: the table, the same as files, and the people behind K7, K8 and K9."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.core import tables
from lms_app.core.errors import NotFound
from lms_app.organisations.groups import GROUPS
from lms_app.reporting.figures import Asked, Indicator
from lms_app.reporting.forms.asked import ALL, YEAR
from lms_app.reporting.forms.indicators import Filter
from lms_app.reporting.queries import places
from lms_app.reporting.service import behind, indicators
from lms_app.reporting.views.asked import Question
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _, decimal, number, percent, today

bp = Blueprint("indicators", __name__)

ROWS = 50
NO_LIST = "Không có danh sách này. Hãy bấm vào một số trong bảng chỉ số."
LISTS = {
    "k7": ("K7", "Cán bộ CNTT, chuyển đổi số và giấy chứng nhận về quản trị dữ liệu"),
    "k8": ("K8", "Số tiết của từng người trong năm"),
    "k9": ("K9", "Lãnh đạo mới và hạn bồi dưỡng 12 tháng"),
}
"""In the address -> indicator, title."""

VALUES = {
    "K7": ("Ngày cấp giấy chứng nhận", "Kết luận"),
    "K8": ("Số tiết", "Kết luận"),
    "K9": ("Ngày bổ nhiệm", "Hạn bồi dưỡng", "Ngày bồi dưỡng", "Kết luận"),
}
PERSON = ("Họ và tên", "Mã CBCCVC", "Đơn vị", "Chức vụ")
VERDICTS = {
    "K7": ("Có giấy", "Chưa có giấy"),
    "K8": ("Đủ tiết", "Chưa đủ tiết"),
    "K9": ("Đúng hạn", "Chưa có đúng hạn"),
}
UNCOUNTED = "Có giấy, đơn vị chưa có biên chế"
COLUMNS = ("code", "part", "name", "have", "out_of", "unit", "share", "turns", "target", "met", "act", "note")


class IndicatorsQuestion(Question):
    """`path`: from the asker's highest unit down to the one asked about. `others`: where else to look that day.

    Without one (`path` is empty) `others` are what the unit was or became. Raises `NotFound` where there is neither.
    """

    def __init__(self) -> None:
        self.filter: Filter = Filter.read(request.args, today())
        roots, day = reach.roots(me()), self.filter.day
        tops = () if self.filter.unit else places.tops(roots, day)
        unit = self.filter.unit or next((top.id for top in tops), None)
        if unit is None:
            raise NotFound(indicators.NO_UNIT)
        self.asked = Asked(unit, roots, day, self.filter.since)
        above = places.path(unit, roots, day)
        self.path = above if above and above[-1].id == unit else ()
        self.others = [*tops[1:], *places.below(unit, roots, day)] if self.path else places.related(unit, roots, day)
        if not self.path and not self.others:
            raise NotFound(indicators.NO_UNIT)

    def strictly(self) -> Self:
        """Raises `NotFound`, too, where there is no unit."""
        super().strictly()
        if not self.path:
            raise NotFound(indicators.NO_UNIT)
        return self

    @property
    def name(self) -> str:
        return str(self.path[-1].name)

    def link(self, path: str, **changed: object) -> str:
        return f"{path}?{urlencode(self.filter.address(**{'unit': self.asked.unit_id} | changed))}"

    def periods(self) -> dict[str, str]:
        return {YEAR: _("Trong năm"), ALL: _("Tích lũy từ đầu")}


@dataclass(frozen=True)
class Shown:
    """One row of the table. `figure` and `share` are "" where nothing is known; `have`, `all`: lists behind them."""

    one: Indicator
    name: str
    figure: str
    share: str
    target: str
    remarks: Sequence[str]
    have: str
    everybody: str


@bp.get("/hr/indicators")
@allow(access.hr)
def table() -> ResponseReturnValue:
    question = IndicatorsQuestion()
    if not question.path:
        return render_template("reporting/indicators-elsewhere.html", question=question), 404
    rows = [_shown(question, one) for one in indicators.indicators(question.asked)]
    page = render_template("reporting/indicators.html", question=question, rows=rows)
    return page, 400 if question.filter.errors else 200


@bp.get("/hr/indicators.json")
@allow(access.hr)
def for_programs() -> ResponseReturnValue:
    question = IndicatorsQuestion().strictly()
    said = {
        "unit": question.name,
        "unit_id": str(question.asked.unit_id),
        "since": question.asked.since.isoformat(),
        "day": question.asked.day.isoformat(),
        "indicators": [dict(zip(COLUMNS, _plain(one), strict=True)) for one in indicators.indicators(question.asked)],
    }
    content = json.dumps(said, ensure_ascii=False, indent=1).encode()
    return attachment(content, "application/json", f"chi-so-{question.asked.day.isoformat()}.json")


@bp.get("/hr/indicators.csv")
@allow(access.hr)
def comma_separated() -> ResponseReturnValue:
    question = IndicatorsQuestion().strictly()
    content = tables.comma_separated([COLUMNS, *map(_plain, indicators.indicators(question.asked))])
    return attachment(content, "text/csv", f"chi-so-{question.asked.day.isoformat()}.csv")


@bp.get("/hr/indicators/<name>/people")
@allow(access.hr)
def people(name: str) -> ResponseReturnValue:
    question, wanted = _people(name)
    found = wanted.found
    last = max(-(-found // ROWS), 1)
    page = min(question.filter.page, last)
    return render_template(
        "reporting/indicator-people.html",
        question=question,
        name=name,
        title=_(LISTS[name][1]),
        wanted=wanted,
        groups={group: _(word) for group, word in GROUPS.items()},
        header=_header(wanted),
        rows=[_cells(wanted.code, one) for one in wanted.entries(ROWS, (page - 1) * ROWS)],
        found=found,
        page=page,
        last=last,
        text=tables.text,
    )


@bp.get("/hr/indicators/<name>/people.xlsx")
@allow(access.hr)
def workbook(name: str) -> ResponseReturnValue:
    question, wanted = _people(name)
    above = [str(_(LISTS[name][1])), f"{question.name}, {question.asked.day:%d/%m/%Y}"]
    cells = (_cells(wanted.code, one) for one in wanted.entries())
    return attachment(tables.write(_header(wanted), cells, above=above), XLSX, f"{name}-{question.asked.day}.xlsx")


def _people(name: str) -> tuple[IndicatorsQuestion, behind.People]:
    if name not in LISTS:
        raise NotFound(NO_LIST)
    question, group = IndicatorsQuestion().strictly(), request.args.get("group", "")
    if group not in GROUPS or name != "k8":
        group = ""
    having = request.args.get("having") == "1"
    return question, behind.People(LISTS[name][0], question.asked, group, having)


def _header(wanted: behind.People) -> list[str]:
    return [str(_(word)) for word in (*PERSON, *VALUES[wanted.code])]


def _cells(code: str, one: behind.Entry) -> list[tables.Cell]:
    verdict = UNCOUNTED if one.has and not one.counted else VERDICTS[code][0 if one.has else 1]
    return [one.name, one.staff_code, one.units, one.positions, *one.values, str(_(verdict))]


def _plain(one: Indicator) -> tuple[Any, ...]:
    share = None if one.share is None else round(one.share, 6)
    have = None if one.have is None else round(one.have, 6)
    figures = (have, one.out_of, one.unit, share, one.turns, one.target, one.is_met)
    return (one.code, one.part, one.name, *figures, one.act, one.note)


def _shown(question: IndicatorsQuestion, one: Indicator) -> Shown:
    unit = _(one.unit)
    figure = "" if one.have is None else decimal(one.have) if one.out_of is None else number(one.have)
    have, everybody = _lists(question, one)
    return Shown(
        one,
        _(GROUPS[one.part]) if one.part in GROUPS else one.part or _(one.name),
        f"{figure} {unit}" if figure and one.out_of is None else figure,
        "" if one.share is None else f"{percent(one.share)}%",
        "" if one.target is None else f"{percent(one.target)}%" if one.is_share else f"{decimal(one.target)} {unit}",
        [_(remark.text, **remark.values) for remark in one.remarks],
        have,
        everybody,
    )


def _lists(question: IndicatorsQuestion, one: Indicator) -> tuple[str, str]:
    """Addresses of the lists behind `have` and `out_of`, "" where there is none."""
    group = one.part if one.part in GROUPS else ""
    code = one.code.removesuffix("b").lower()
    if code in LISTS:
        path = f"/hr/indicators/{code}/people"
        everybody = question.link(path, group=group)
        return (everybody if one.code == "K8" else question.link(path, group=group, having=1)), everybody
    if one.code in {"K2", "K6"}:
        return question.link("/hr/coverage/people", what="trained", group=group), question.link(
            "/hr/coverage", group=group
        )
    year, unit = question.asked.day.year, question.asked.unit_id
    paths = {"K1": f"/hr/plans?year={year}&unit={unit}", "K4": f"/hr/campaigns?year={year}&unit={unit}"}
    path = paths.get(one.code, f"/hr/network?unit={unit}")
    return path, path
