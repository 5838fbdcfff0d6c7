"""In the platform's frame: the class for its teacher, a learner's work, and what is kept about oneself."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, my_scope
from lms_app.core.ids import show_code
from lms_app.lti.service import classes, privacy, reviewing
from lms_app.web.i18n import decimal, language, percent

bp = Blueprint("lti_class", __name__)


@bp.get("/lti/class")
@allow(access.class_teacher)
def shown() -> ResponseReturnValue:
    room = classes.look(my_scope().launch, request.args.get("page", 1, type=int), language())
    return render_template(
        "lti/class.html",
        room=room,
        where=room.where,
        counts=room.counts,
        percent=percent,
        said=request.args.get("said"),
    )


@bp.post("/lti/class/refresh")
@allow(access.class_teacher)
def refresh() -> ResponseReturnValue:
    classes.refresh(my_scope().launch)
    return redirect(url_for(".shown", said="refresh"), code=303)


@bp.post("/lti/class/resend")
@allow(access.class_teacher)
def resend() -> ResponseReturnValue:
    classes.resend(my_scope().launch)
    return redirect(url_for(".shown", said="resend"), code=303)


@bp.get("/lti/review/<uuid:enrolment_id>", defaults={"attempt": None})
@bp.get("/lti/review/<uuid:enrolment_id>/<int:attempt>")
@allow(access.class_teacher)
def review(enrolment_id: UUID, attempt: int | None) -> ResponseReturnValue:
    work = reviewing.look(my_scope().launch, enrolment_id, attempt, language())
    return render_template("lti/review.html", work=work, enrolment_id=enrolment_id, percent=percent, points=decimal)


@bp.get("/lti/data")
@allow(access.framed)
def data() -> ResponseReturnValue:
    told = privacy.told(my_scope().launch, language())
    return render_template("lti/data.html", told=told, person=told["person"], percent=percent, code=show_code)


@bp.get("/lti/data.json")
@allow(access.framed)
def download() -> ResponseReturnValue:
    told = json.dumps(privacy.told(my_scope().launch, language()), ensure_ascii=False, indent=2, default=_moment)
    response = Response(told, mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="du-lieu-ca-nhan.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _moment(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
