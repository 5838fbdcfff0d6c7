"""Each unit's training plan of a year, as a list with gaps; entering one; its file."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.core import storage, tables
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.core.text import fold
from lms_app.core.typed import line
from lms_app.organisations.kinds import PLANNING
from lms_app.organisations.models import BEGINNING
from lms_app.organisations.queries import plans as known
from lms_app.organisations.service import plans
from lms_app.reporting.forms.plans import GAPS, NONE, Plan, Wanted, usual_day
from lms_app.reporting.views import planning
from lms_app.reporting.views.planning import Scope
from lms_app.web.downloads import PDF, XLSX, attachment
from lms_app.web.i18n import _, number, percent, today
from lms_app.web.security import takes_files

bp = Blueprint("plans", __name__)

MEGABYTES = 11
COLUMNS = ("Đơn vị", "Trạng thái", "Số kế hoạch", "Ngày ký", "Tên kế hoạch", "Tệp", "Mã đơn vị")
NO_PLAN = "Chưa có kế hoạch"
FILTERS = {"": "Tất cả", GAPS: "Chưa được duyệt", NONE: NO_PLAN, **plans.STATUSES}
SIGNS = {
    None: ("err", "warn"),
    plans.DRAFT: ("", "pen"),
    plans.SUBMITTED: ("warn", "clock"),
    plans.APPROVED: ("ok", "check"),
}
TYPES = {
    "pdf": PDF,
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "doc": "application/msword",
}


@bp.get("/hr/plans")
@allow(access.hr)
def index() -> ResponseReturnValue:
    wanted = Wanted.read(request.args, today())
    scope = planning.scope(wanted.day)
    lines = known.owing(wanted.year, scope.roots, wanted.day)
    counts = Counter(one.status or NONE for one in lines)
    page = render_template(
        "reporting/plans.html",
        wanted=wanted,
        scope=scope,
        errors=planning.sentences(wanted.errors),
        piece=planning.piece([(one, _cells(one)) for one in _filtered(lines)]),
        owing=len(lines),
        counts=counts,
        share=percent(counts[plans.APPROVED] / len(lines)) if lines else None,
        columns=COLUMNS,
        filters=FILTERS,
        status=_status(),
        signs=SIGNS,
        kept=planning.asked("year", "unit", "day", "status"),
    )
    return (page, 400) if wanted.errors else page


@bp.get("/hr/plans.xlsx")
@allow(access.hr)
def download() -> ResponseReturnValue:
    """The list as the page shows it, cell for cell."""
    wanted = Wanted.read(request.args, today())
    for error in wanted.errors.values():
        raise error
    scope = planning.scope(wanted.day)
    rows = map(_cells, _filtered(known.owing(wanted.year, scope.roots, wanted.day)))
    above = [_("Kế hoạch đào tạo năm %(year)s", year=str(wanted.year)), _named(scope)]
    found = tables.write([_(name) for name in COLUMNS], rows, title=_("Kế hoạch"), above=above)
    return attachment(found, XLSX, f"ke-hoach-dao-tao-{wanted.year}.xlsx")


@bp.get("/hr/plans/<uuid:unit_id>/<int:year>")
@allow(access.hr)
def plan(unit_id: UUID, year: int) -> ResponseReturnValue:
    return _form(unit_id, year, {})


@bp.post("/hr/plans/<uuid:unit_id>/<int:year>")
@allow(access.hr)
@takes_files(MEGABYTES)
def save(unit_id: UUID, year: int) -> ResponseReturnValue:
    _unit(unit_id, year)
    found = Plan.read(request.form, _statuses(), today())
    if found.errors:
        return _form(unit_id, year, found.errors), 400
    editor = plans.Editor(me().id, me().name, access.hr_of_all(me()))
    try:
        plans.save(unit_id, year, found.said, _sent(), editor)
    except Invalid as wrong:
        return _form(unit_id, year, {"file": wrong}), 400
    except Conflict as wrong:
        return _form(unit_id, year, {"status": Invalid(wrong.message)}), 409
    return redirect(url_for(".index", year=year), code=303)


@bp.get("/hr/plans/<uuid:unit_id>/<int:year>/file")
@allow(access.hr)
def file(unit_id: UUID, year: int) -> ResponseReturnValue:
    """What was sent, to be saved: never shown in the browser, under a name and type of ours."""
    unit, found = _unit(unit_id, year), known.one(unit_id, year)
    if found is None or not found.file_key:
        raise NotFound("Kế hoạch này chưa có tệp.")
    ending = found.file_key.rpartition(".")[2]
    code = "".join(c if c.isalnum() and c.isascii() else "-" for c in fold(unit.code))
    return attachment(storage.get(found.file_key), TYPES[ending], f"ke-hoach-{code}-{year}.{ending}")


def _status() -> str:
    typed = request.args.get("status", "")
    return typed if typed in FILTERS else ""


def _filtered(lines: Sequence[Any]) -> list[Any]:
    status = _status()
    if status == GAPS:
        return [one for one in lines if one.status != plans.APPROVED]
    return [one for one in lines if not status or (one.status or NONE) == status]


def _cells(one: Any) -> list[tables.Cell]:
    """What the page and the file say of a unit, in the order of `COLUMNS`."""
    status = _(plans.STATUSES[one.status] if one.status else NO_PLAN)
    return [one.name, status, one.number or "", one.signed_on, one.title or "", file_word(one), one.code]


def file_word(one: Any) -> str:
    """Kind and size of a plan's file: `PDF (96 KB)`; nothing where there is none."""
    if not one.file_key:
        return ""
    return f"{one.file_key.rpartition('.')[2].upper()} ({number(-(-one.file_bytes // 1024))} KB)"


def _named(scope: Scope) -> str:
    return scope.unit.name if scope.unit else _("Tất cả đơn vị anh chị phụ trách")


def _unit(unit_id: UUID, year: int) -> Any:
    """The unit that owes this plan. Raises `NotFound`, in the same words out of reach and out of the world."""
    day = today()
    if not BEGINNING.year <= year <= day.year + 1:
        raise NotFound("Không có kế hoạch của năm này. Hãy mở lại danh sách.")
    unit = planning.reached_unit(unit_id, usual_day(year, day))
    if unit.kind not in PLANNING:
        raise NotFound("Đơn vị này không phải lập kế hoạch đào tạo hằng năm.")
    return unit


def _statuses() -> dict[str, str]:
    """What this person may say of a plan: approving is for who looks after all."""
    if access.hr_of_all(me()):
        return plans.STATUSES
    return {status: word for status, word in plans.STATUSES.items() if status != plans.APPROVED}


def _sent() -> plans.Sent | None:
    sent = request.files.get("file")
    content = sent.read(plans.LARGEST + 1) if sent else b""
    return plans.Sent(content, line(sent.filename or "", 200)) if sent and content else None


def _form(unit_id: UUID, year: int, errors: dict[str, Invalid]) -> str:
    unit, found = _unit(unit_id, year), known.one(unit_id, year)
    return render_template(
        "reporting/plan.html",
        unit=unit,
        year=year,
        plan=found,
        closed=bool(found and found.status == plans.APPROVED and not access.hr_of_all(me())),
        statuses={status: _(word) for status, word in _statuses().items()},
        words=plans.STATUSES,
        file_word=file_word(found) if found else "",
        typed=request.form if request.method == "POST" else _stored(found),
        errors=planning.sentences(errors),
    )


def _stored(found: Any) -> dict[str, str]:
    if found is None:
        return {"status": plans.DRAFT}
    signed_on = f"{found.signed_on:%d/%m/%Y}" if found.signed_on else ""
    return {"number": found.number, "signed_on": signed_on, "title": found.title, "status": found.status}
