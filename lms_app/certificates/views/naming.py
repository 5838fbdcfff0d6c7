"""The certificate of one course, for its learner: the name to be printed, confirmed or mended; or what it waits for."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates.models import APPROVAL
from lms_app.certificates.queries import claims as waiting
from lms_app.certificates.queries import register as certificates
from lms_app.certificates.service import claims
from lms_app.core.errors import Conflict, Forbidden, Invalid
from lms_app.learning.queries import studying as learning
from lms_app.web.i18n import fields

bp = Blueprint("naming", __name__)

WAITING = 202


@bp.get("/courses/<course_id>/certificate")
@allow(access.learner)
def of_course(course_id: str) -> ResponseReturnValue:
    _stay_in_scope(course_id)
    issued = certificates.in_course(me().id, course_id)
    if issued:
        return redirect(url_for("my_certificates.mine", _anchor=issued.code))
    return _waiting(course_id, _owed(course_id))


@bp.post("/courses/<course_id>/certificate")
@allow(access.learner)
def confirm(course_id: str) -> ResponseReturnValue:
    """The name to be printed: right as it was shown, or as typed; then the certificate is issued.

    In a frame a name that is its bearer's own word can only be confirmed: see `access.may_mend_name`.
    """
    _stay_in_scope(course_id)
    owed = _owed(course_id)
    typed = request.form.get("name") if access.may_mend_name(me()) else None
    if typed is None and request.form.get("seen") != me().name:
        return _page(course_id, owed, changed=True), Conflict.status
    if typed is None and me().name_source != "own":
        typed = me().name
    try:
        claims.confirm(owed.id, None if typed == me().name and me().name_source == "own" else typed)
    except Invalid as error:
        return _page(course_id, owed, wrong=fields(error).get("name", "")), Invalid.status
    return redirect(url_for(".of_course", course_id=course_id), code=303)


def _waiting(course_id: str, owed: Any) -> ResponseReturnValue:
    claim = waiting.of(owed.id)
    if claim is not None and claim.waits_for == APPROVAL:
        return render_template("certificates/approval.html", course=owed.title), WAITING
    if claim is None and me().name_source == "own":
        return _soon(owed)
    if claim is not None and claim.due_at is None:
        refused = waiting.refusals([owed.id]).get(owed.id)
        return _page(course_id, owed, refused=refused) if refused else _soon(owed)
    return _page(course_id, owed)


def _soon(owed: Any) -> ResponseReturnValue:
    return render_template("certificates/wait.html", course=owed.title), WAITING


def _page(course_id: str, owed: Any, *, wrong: str = "", refused: str | None = None, changed: bool = False) -> str:
    """`refused`: why it could not be issued; `changed`: the name is another by now than the page showed."""
    claim = waiting.of(owed.id)
    return render_template(
        "certificates/name.html",
        course_id=course_id,
        course=owed,
        by_itself_at=claim.due_at if claim and me().name_source != "none" else None,
        may_mend=access.may_mend_name(me()),
        typed=request.form.get("name", ""),
        wrong=wrong,
        refused=refused,
        changed=changed,
    )


def _owed(course_id: str) -> Any:
    """What this learner has completed and is owed."""
    enrolment = learning.enrolment(me().id, course_id)
    found = certificates.completed(enrolment.id) if enrolment else None
    if found is None:
        raise Conflict("Anh chị chưa hoàn thành khóa học này. Học đủ các bài và đạt bài kiểm tra để được cấp giấy.")
    if not found.certificate:
        raise Conflict("Khóa học này không cấp giấy chứng nhận.")
    return found


def _stay_in_scope(course_id: str) -> None:
    if not access.may_learn(me(), course_id):
        raise Forbidden("Anh chị đang học một khóa khác trong khung này. Hãy mở khóa này từ danh mục.")
