"""What acts ask for and what they stated: read by every HR officer, changed by who looks after all."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.organisations.groups import GROUPS
from lms_app.organisations.queries import targets as known
from lms_app.organisations.service import targets
from lms_app.organisations.service.targets import INDICATORS
from lms_app.reporting.forms.targets import Target
from lms_app.reporting.views import planning
from lms_app.web.i18n import _, decimal, number, today

bp = Blueprint("targets", __name__)


@bp.get("/hr/targets")
@allow(access.hr)
def index() -> ResponseReturnValue:
    """By indicator; one that no act asks anything of says so."""
    found = known.targets()
    return render_template(
        "reporting/targets.html",
        indicators=[
            (code, indicator, [(one, _value(one)) for one in found if one.indicator == code])
            for code, indicator in INDICATORS.items()
        ],
        groups=GROUPS,
        today=today(),
        may_change=access.hr_of_all(me()),
    )


@bp.get("/hr/baselines")
@allow(access.hr)
def baselines() -> ResponseReturnValue:
    found = [
        (one, _figure(one.have), _figure(one.out_of), decimal(100 * one.have / one.out_of) if one.out_of else "")
        for one in known.baselines()
    ]
    return render_template("reporting/baselines.html", baselines=found)


@bp.get("/hr/targets/new")
@allow(access.hr_of_all)
def new() -> ResponseReturnValue:
    return _form(None, {})


@bp.post("/hr/targets/new")
@allow(access.hr_of_all)
def create() -> ResponseReturnValue:
    return _save(None)


@bp.get("/hr/targets/<uuid:target_id>")
@allow(access.hr_of_all)
def target(target_id: UUID) -> ResponseReturnValue:
    return _form(_found(target_id), {})


@bp.post("/hr/targets/<uuid:target_id>")
@allow(access.hr_of_all)
def change(target_id: UUID) -> ResponseReturnValue:
    return _save(_found(target_id))


def _save(found: Any) -> ResponseReturnValue:
    typed = Target.read(request.form, planning.typed_unit())
    if typed.asked is None:
        return _form(found, typed.errors), 400
    try:
        targets.save(typed.asked, me().id, found.id if found else None)
    except Conflict as wrong:
        return _form(found, {"valid_from": Invalid(wrong.message, **wrong.values)}), 409
    return redirect(url_for(".index"), code=303)


def _found(target_id: UUID) -> Any:
    found = known.one(target_id)
    if found is None:
        raise NotFound("Không có chỉ tiêu này. Hãy mở lại danh sách.")
    return found


def _form(found: Any, errors: dict[str, Invalid]) -> str:
    return render_template(
        "reporting/target.html",
        target=found,
        indicators={code: f"{code}. {_(indicator.name)}" for code, indicator in INDICATORS.items()},
        groups={"": _("Tất cả")} | {group: _(name) for group, name in GROUPS.items()},
        typed=request.form if request.method == "POST" else _stored(found),
        errors=planning.sentences(errors),
    )


def _stored(found: Any) -> dict[str, str]:
    if found is None:
        return {"unit": request.args.get("unit", "")}
    return {
        "indicator": found.indicator,
        "group": found.group,
        "unit": found.code,
        "valid_from": f"{found.valid_from:%d/%m/%Y}",
        "valid_until": f"{found.valid_until:%d/%m/%Y}" if found.valid_until else "",
        "value": _value(found),
        "act": found.act,
        "note": found.note,
    }


def _value(one: Any) -> str:
    """`80%`, or `40` for what is counted."""
    return f"{decimal(100 * one.value)}%" if INDICATORS[one.indicator].is_share else decimal(one.value)


def _figure(value: float | None) -> str:
    return "" if value is None else number(value, 0 if value == int(value) else 1)
