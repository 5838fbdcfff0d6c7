"""For administrators: the grades owed to platforms: who waits, why, when it is tried again; sent again or given up."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.core.errors import Invalid
from lms_app.lti.queries import owed
from lms_app.lti.queries import platforms as known
from lms_app.lti.service import owing
from lms_app.web.i18n import number

bp = Blueprint("lti_grades", __name__)

STATES = {"held": "Cần xử lý", "owed": "Đang chờ gửi", "sent": "Đã gửi", "given-up": "Đã bỏ"}


@bp.get("/admin/lti/grades")
@allow(access.admin)
def grades() -> ResponseReturnValue:
    state = request.args.get("state", "")
    return _page(_platform(request.args.get("platform", "")), state if state in STATES else "")


@bp.post("/admin/lti/grades/resend")
@allow(access.admin)
def resend_held() -> ResponseReturnValue:
    """All of one platform, or of all, that wait for a person."""
    platform_id = _platform(request.form.get("platform", ""))
    owing.resend_all(me().id, platform_id, (owing.HELD,))
    return redirect(url_for(".grades", platform=platform_id), code=303)


@bp.post("/admin/lti/grades/give-up")
@allow(access.admin)
def give_up_held() -> ResponseReturnValue:
    platform_id = _platform(request.form.get("platform", ""))
    if platform_id is None:
        raise Invalid("Chọn một hệ thống trước khi bỏ điểm.")
    try:
        owing.give_up_held(me().id, platform_id, request.form.get("reason", ""))
    except Invalid as wrong:
        return _page(platform_id, "", wrong.fields["reason"]), 400
    return redirect(url_for(".grades", platform=platform_id), code=303)


@bp.get("/admin/lti/grades/<uuid:grade_id>")
@allow(access.admin)
def grade(grade_id: UUID) -> ResponseReturnValue:
    return _grade(grade_id)


@bp.post("/admin/lti/grades/<uuid:grade_id>/resend")
@allow(access.admin)
def resend(grade_id: UUID) -> ResponseReturnValue:
    owing.resend(me().id, grade_id)
    return redirect(url_for(".grade", grade_id=grade_id), code=303)


@bp.post("/admin/lti/grades/<uuid:grade_id>/give-up")
@allow(access.admin)
def give_up(grade_id: UUID) -> ResponseReturnValue:
    try:
        owing.give_up(me().id, grade_id, request.form.get("reason", ""))
    except Invalid as wrong:
        return _grade(grade_id, wrong.fields["reason"]), 400
    return redirect(url_for(".grade", grade_id=grade_id), code=303)


def _page(platform_id: UUID | None, state: str, wrong: str = "") -> str:
    found = owed.grades(platform_id, (state,) if state else owed.UNSENT)
    return render_template(
        "lti/grades.html",
        owed=owing.listed(found),
        most=owed.MOST,
        platforms=known.platforms(),
        chosen=platform_id,
        state=state,
        states=STATES,
        totals=_totals(platform_id),
        points=_points,
        wrong=wrong,
    )


def _grade(grade_id: UUID, wrong: str = "") -> str:
    return render_template("lti/grade.html", one=owing.one(grade_id), states=STATES, points=_points, wrong=wrong)


def _totals(platform_id: UUID | None) -> dict[str, int]:
    counts = owed.counts()
    some: Sequence[dict[str, int]] = [counts.get(platform_id, {})] if platform_id else list(counts.values())
    return {state: sum(one.get(state, 0) for one in some) for state in STATES}


def _points(share: float) -> str:
    """As it is sent: of 100, two digits at most."""
    points = round(share * 100, 2)
    return number(points, 0 if points == int(points) else 2)


def _platform(sent: str) -> UUID | None:
    """The platform asked for; all of them when it is not one."""
    try:
        return UUID(sent)
    except ValueError:
        return None
