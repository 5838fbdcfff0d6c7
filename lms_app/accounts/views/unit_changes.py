"""Changing a unit: which way, what exactly, what that would do, and then doing it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.forms.units import CHANGES, ChangeForm
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.accounts.service import reorganising
from lms_app.accounts.service.reorganising import Effect
from lms_app.accounts.views.units import said, visible
from lms_app.core.errors import Invalid, LmsError
from lms_app.organisations.kinds import KINDS
from lms_app.organisations.models import MERGE, MOVE, RENAME, SPLIT
from lms_app.organisations.service import naming
from lms_app.organisations.service.changing import Change
from lms_app.organisations.service.units import Facts
from lms_app.web.i18n import _

bp = Blueprint("unit_changes", __name__)

SEEN_ELSE = "Dữ liệu vừa thay đổi so với lúc xem. Hãy xem lại rồi xác nhận."


@bp.get("/hr/units/<uuid:unit_id>/change")
@allow(access.hr_of_all)
def change(unit_id: UUID) -> ResponseReturnValue:
    found, _day = visible(unit_id, reach.roots(me()))
    return _page(found, request.args.get("kind", ""), {}, None)


@bp.post("/hr/units/<uuid:unit_id>/change")
@allow(access.hr_of_all)
def do(unit_id: UUID) -> ResponseReturnValue:
    """Show what would happen; with `seen` do exactly what was shown."""
    found, _day = visible(unit_id, reach.roots(me()))
    kind = request.form.get("kind", "")
    asked = ChangeForm.read(kind, request.form)
    if kind not in CHANGES or asked.errors:
        return _page(found, kind, said(asked.errors), None), 400
    try:
        wanted = _wanted(found, asked)
        effect = reorganising.preview(wanted, me().id)
        if request.form.get("seen") != effect.seen:
            wrong = {"seen": str(_(SEEN_ELSE))} if "seen" in request.form else {}
            return _page(found, kind, wrong, effect), 409 if wrong else 200
        reorganising.change(wanted, me().id)
    except LmsError as error:
        return _page(found, kind, {"on": _(error.message, **error.values)}, None), 400
    return redirect(url_for("units.unit", unit_id=unit_id), code=303)


def _wanted(unit: Any, asked: ChangeForm) -> Change:
    """The change that is asked for. Raises `Invalid` for names of units that are not there."""
    if asked.on is None:
        raise Invalid("Ghi ngày, ví dụ 01/07/2025.")
    ended: tuple[UUID, ...] = (unit.id,)
    begun: tuple[Facts, ...] = ()
    kept: tuple[UUID, ...] = ()
    parent_id = naming.one(asked.parent, asked.on) if asked.parent else None
    if asked.kind == RENAME:
        begun = (Facts(asked.new.code, asked.new.name, asked.new_kind, unit.parent_id),)
    elif asked.kind == MOVE:
        begun = (Facts(unit.code, unit.name, unit.kind, parent_id),)
    elif asked.kind == MERGE:
        ended = (unit.id, *naming.several(asked.others, asked.on))
        if asked.into:
            kept = (naming.one(asked.into, asked.on),)
            ended = tuple(one for one in ended if one not in kept)
        else:
            begun = (Facts(asked.new.code, asked.new.name, asked.new_kind, parent_id),)
    else:
        kept = naming.several(asked.heirs, asked.on)
        begun = tuple(Facts(one.code, one.name, asked.new_kind, parent_id) for one in asked.begun)
    return Change(asked.kind, asked.on, asked.act, ended, begun, kept)


def _page(unit: Any, kind: str, errors: dict[str, str], effect: Effect | None) -> str:
    usual = {
        "code": unit.code if kind in {RENAME, MERGE} else "",
        "name": unit.name if kind in {RENAME, MERGE} else "",
        "new_kind": unit.kind,
        "parent": unit.parent_code or "" if kind in {MERGE, SPLIT} else "",
    }
    return render_template(
        "accounts/unit-change.html",
        unit=unit,
        kind=kind if kind in CHANGES else "",
        changes=CHANGES,
        kinds=KINDS,
        typed=request.form if request.method == "POST" else usual,
        errors=errors,
        problems=[(sentence, f"#{name}") for name, sentence in errors.items()],
        effect=effect,
    )
