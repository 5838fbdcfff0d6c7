"""Reports, for HR: ask for one, see it come, take its files. Each is seen by who asked for it, within their reach."""

import json
import re
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.core import storage
from lms_app.core.errors import NotFound
from lms_app.core.text import fold
from lms_app.organisations.queries import tree
from lms_app.reporting.duties import KINDS, YEARLY
from lms_app.reporting.forms.reports import SIGNER, Wanted
from lms_app.reporting.queries import facts
from lms_app.reporting.queries import reports as kept
from lms_app.reporting.service import reports
from lms_app.reporting.service.building import OUT_OF_REACH
from lms_app.web import i18n
from lms_app.web.downloads import PDF, XLSX, attachment
from lms_app.web.i18n import _

bp = Blueprint("reports", __name__)

MIMES = {"xlsx": XLSX, "pdf": PDF, "csv": "text/csv", "json": "application/json"}
LABELS = {
    "xlsx": "Tải Excel (%(size)s KB)",
    "pdf": "Tải PDF (%(size)s KB)",
    "csv": "Tải CSV (%(size)s KB)",
    "json": "Tải JSON (%(size)s KB)",
}
STATES = {
    reports.WAITING: ("Đang chờ làm", "", "clock"),
    reports.WORKING: ("Đang làm", "", "clock"),
    reports.DONE: ("Đã xong", "ok", "check"),
    reports.FAILED: ("Chưa làm được", "err", "err"),
}
"""State -> words, look and icon."""


@bp.get("/hr/reports")
@allow(access.hr)
def index() -> ResponseReturnValue:
    return _index(request.args, {})


@bp.post("/hr/reports")
@allow(access.hr)
def order() -> ResponseReturnValue:
    wanted = Wanted.read(request.form, i18n.today())
    errors = dict(wanted.errors)
    if wanted.unit and not {"unit", "day"} & set(errors) and not _is_reached(wanted.unit, wanted.day):
        errors["unit"] = OUT_OF_REACH
    if errors:
        return _index(request.form, errors, wanted.day), 400
    made = reports.order(wanted, me().id, me().name)
    return redirect(url_for(".report", report_id=made), code=303)


@bp.get("/hr/reports/<uuid:report_id>")
@allow(access.hr)
def report(report_id: UUID) -> ResponseReturnValue:
    found = _one(report_id)
    is_open = reports.is_open(found, reach.roots(me()))
    return render_template(
        "reporting/report.html",
        report=found,
        kind=KINDS[found.kind],
        states=STATES,
        is_running=found.state in {reports.WAITING, reports.WORKING},
        is_open=is_open,
        labels=LABELS,
        preview=json.loads(storage.get(reports.key_of(report_id, reports.PREVIEW))) if is_open else None,
    )


@bp.post("/hr/reports/<uuid:report_id>/again")
@allow(access.hr)
def again(report_id: UUID) -> ResponseReturnValue:
    reports.again(report_id, me().id)
    return redirect(url_for(".report", report_id=report_id), code=303)


@bp.get("/hr/reports/<uuid:report_id>/files/<ending>")
@allow(access.hr)
def file(report_id: UUID, ending: str) -> ResponseReturnValue:
    found = _one(report_id)
    if ending not in MIMES or not reports.is_open(found, reach.roots(me())):
        raise NotFound(reports.MISSING)
    unit = re.sub("[^a-z0-9]+", "-", fold(found.code)).strip("-")
    name = f"{KINDS[found.kind].slug}-{unit}-{found.year}.{ending}"
    return attachment(storage.get(reports.key_of(report_id, ending)), MIMES[ending], name)


def _one(report_id: UUID) -> Any:
    """Somebody else's is as good as none."""
    found = kept.one(report_id, me().id)
    if found is None:
        raise NotFound(reports.MISSING)
    return found


def _is_reached(unit_id: UUID, day: date) -> bool:
    return tree.is_reached(unit_id, reach.roots(me()), day)


def _index(typed: Any, errors: dict[str, str], day: date | None = None) -> str:
    """`day`: of which units are offered; those of today unless another was typed."""
    today, roots = i18n.today(), reach.roots(me())
    also = [*roots, *([chosen] if (chosen := Wanted.read(typed, today).unit) else [])]
    return render_template(
        "reporting/reports.html",
        kinds=KINDS.values(),
        units=facts.choices(roots, also, day or today),
        duties=[(kind, year, kind.due(year), (kind.due(year) - today).days) for kind, year in _next(today)],
        reports=kept.mine(me().id),
        names={kind.code: kind.name for kind in KINDS.values()},
        states=STATES,
        today=today,
        signer=SIGNER,
        typed=typed,
        errors=errors,
        problems=[(_(sentence), f"#{name}") for name, sentence in errors.items()],
    )


def _next(today: date) -> list[tuple[Any, int]]:
    return [(kind, kind.next_year(today)) for kind in YEARLY]
