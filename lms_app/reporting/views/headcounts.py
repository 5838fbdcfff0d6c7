"""How many people each unit says it has, beside how many our lists have; entering it for one unit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.core import tables
from lms_app.core.errors import Invalid, NotFound
from lms_app.organisations.groups import GROUPS
from lms_app.organisations.kinds import STAFFED
from lms_app.organisations.queries import headcounts as known
from lms_app.organisations.queries import tree
from lms_app.organisations.service import headcounts
from lms_app.reporting.forms.headcounts import Headcount
from lms_app.reporting.forms.plans import OnDay
from lms_app.reporting.queries.headcounts import beside_lists
from lms_app.reporting.views import planning
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _, today

bp = Blueprint("headcounts", __name__)

UNKNOWN = "chưa có số liệu"
NOT_THERE = "Đơn vị không hoạt động vào ngày này. Hãy ghi ngày khác."
NONE, DIFFERS = "none", "differs"
FILTERS = {"": "Tất cả", NONE: "Chưa có số liệu", DIFFERS: "Lệch với danh sách"}
COLUMNS = (
    *("Đơn vị", "Biên chế", "Trong danh sách", "Lệch", "Đến ngày", "Nguồn"),
    *("LD khai", "LD danh sách", "CT khai", "CT danh sách", "CC khai", "CC danh sách", "Mã đơn vị"),
)
TEXTS = {"Đơn vị", "Đến ngày", "Nguồn", "Mã đơn vị"}
"""Columns that hold no numbers."""


@bp.get("/hr/headcounts")
@allow(access.hr)
def index() -> ResponseReturnValue:
    wanted = OnDay.read(request.args, today())
    scope = planning.scope(wanted.day)
    lines = beside_lists(scope.roots, wanted.day)
    page = render_template(
        "reporting/headcounts.html",
        wanted=wanted,
        scope=scope,
        errors=planning.sentences(wanted.errors),
        piece=planning.piece([(one, _cells(one)) for one in _filtered(lines)]),
        owing=len(lines),
        missing=sum(one.on is None for one in lines),
        differing=sum(_differs(one) for one in lines),
        total=sum(_total(one) or 0 for one in lines),
        columns=COLUMNS,
        texts=TEXTS,
        filters=FILTERS,
        status=_status(),
        groups=GROUPS,
        saved=request.args.get("saved", None, int),
        kept=planning.asked("unit", "day", "status"),
    )
    return (page, 400) if wanted.errors else page


@bp.get("/hr/headcounts.xlsx")
@allow(access.hr)
def download() -> ResponseReturnValue:
    """The list as the page shows it, cell for cell."""
    wanted = OnDay.read(request.args, today())
    for error in wanted.errors.values():
        raise error
    rows = map(_cells, _filtered(beside_lists(planning.scope(wanted.day).roots, wanted.day)))
    above = [_("Biên chế theo đơn vị, số liệu đến ngày %(day)s", day=f"{wanted.day:%d/%m/%Y}")]
    found = tables.write([_(name) for name in COLUMNS], rows, title=_("Biên chế"), above=above)
    return attachment(found, XLSX, f"bien-che-{wanted.day.isoformat()}.xlsx")


@bp.get("/hr/headcounts/<uuid:unit_id>")
@allow(access.hr)
def unit(unit_id: UUID) -> ResponseReturnValue:
    return _form(unit_id, {})


@bp.post("/hr/headcounts/<uuid:unit_id>")
@allow(access.hr)
def save(unit_id: UUID) -> ResponseReturnValue:
    """Also figures of a unit's past, of any day on which it was in reach."""
    _unit(unit_id)
    found = Headcount.read(request.form, unit_id, today())
    if found.said is None:
        return _form(unit_id, found.errors), 400
    if not tree.is_reached(unit_id, reach.roots(me()), found.said.on):
        return _form(unit_id, {"on": Invalid(NOT_THERE)}), 400
    headcounts.enter([found.said], actor=me().id, by=me().name)
    return redirect(url_for(".unit", unit_id=unit_id), code=303)


def _status() -> str:
    typed = request.args.get("status", "")
    return typed if typed in FILTERS else ""


def _filtered(lines: Sequence[Any]) -> list[Any]:
    status = _status()
    if status == NONE:
        return [one for one in lines if one.on is None]
    return [one for one in lines if status != DIFFERS or _differs(one)]


def _total(one: Any) -> int | None:
    return None if one.on is None else one.ld + one.ct + one.cc


def _differs(one: Any) -> bool:
    return one.on is not None and (one.ld, one.ct, one.cc) != (one.listed_ld, one.listed_ct, one.listed_cc)


def _cells(one: Any) -> list[tables.Cell]:
    """What the page and the file say of a unit, in the order of `COLUMNS`."""
    total = _total(one)
    return [
        one.name,
        _(UNKNOWN) if total is None else total,
        one.listed_people,
        None if total is None else one.listed_people - total,
        *(one.on, one.source or ""),
        *(one.ld, one.listed_ld, one.ct, one.listed_ct, one.cc, one.listed_cc),
        one.code,
    ]


def _unit(unit_id: UUID) -> Any:
    found = planning.reached_unit(unit_id, today())
    if found.kind not in STAFFED:
        raise NotFound("Đơn vị này không có người, nên không có biên chế.")
    return found


def _form(unit_id: UUID, errors: dict[str, Invalid]) -> str:
    found = _unit(unit_id)
    return render_template(
        "reporting/headcount.html",
        unit=found,
        said=known.of_unit(unit_id),
        groups=GROUPS,
        typed=request.form,
        errors=planning.sentences(errors),
    )
