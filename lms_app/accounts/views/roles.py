"""What somebody may do: administrators give roles and take them."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.accounts.queries import staff as queries
from lms_app.accounts.service import roles, staff
from lms_app.core.errors import Invalid
from lms_app.core.typed import line
from lms_app.organisations.queries import choosing
from lms_app.web.i18n import fields, today

bp = Blueprint("roles", __name__)

HR_OF_ALL = "hr_of_all"
CHOICES = {
    roles.HR: "Cán bộ nhân sự của một đơn vị, cả đơn vị trực thuộc",
    HR_OF_ALL: "Cán bộ nhân sự của tất cả đơn vị",
    roles.TRAINER: roles.ROLES[roles.TRAINER],
    roles.ADMIN: roles.ROLES[roles.ADMIN],
}


@bp.get("/hr/people/<uuid:person_id>/roles")
@allow(access.admin)
def index(person_id: UUID) -> ResponseReturnValue:
    return _page(person_id, {}, {})


@bp.post("/hr/people/<uuid:person_id>/roles/give")
@allow(access.admin)
def give(person_id: UUID) -> ResponseReturnValue:
    """`role`: one of `CHOICES`. `unit`, for HR of one unit: a code, a name or an id."""
    staff.person(me(), person_id, today())
    name, typed = request.form.get("role", ""), line(request.form.get("unit", ""), 300)
    try:
        if name not in CHOICES:
            raise _wrong("role", "Chọn một quyền để trao.")
        if name == roles.HR and not typed:
            raise _wrong("unit", "Chọn đơn vị mà người này phụ trách, hoặc chọn quyền phụ trách tất cả đơn vị.")
        unit_id = staff.unit(me(), typed, today()).id if name == roles.HR else None
    except Invalid as error:
        return _page(person_id, {"role": name, "unit": typed}, fields(error)), 400
    roles.give(me().id, person_id, roles.HR if name == HR_OF_ALL else name, unit_id)
    return redirect(f"/hr/people/{person_id}/roles", code=303)


@bp.post("/hr/people/<uuid:person_id>/roles/take")
@allow(access.admin)
def take(person_id: UUID) -> ResponseReturnValue:
    staff.person(me(), person_id, today())
    roles.take(me().id, person_id, request.form.get("role", ""))
    is_self = person_id == me().id
    return redirect("/me" if is_self else f"/hr/people/{person_id}/roles", code=303)


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, {name: sentence})


def _page(person_id: UUID, typed: dict[str, str], wrong: dict[str, str]) -> str:
    return render_template(
        "accounts/roles.html",
        person=staff.person(me(), person_id, today()),
        held=queries.roles(person_id),
        names=roles.ROLES,
        choices=CHOICES,
        units=choosing.few(reach.roots(me()), today()),
        typed=typed,
        wrong=wrong,
    )
