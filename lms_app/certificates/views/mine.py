"""My certificates: their owner's list, files and name."""

import math
import re
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts import service as accounts
from lms_app.accounts.login import allow, me
from lms_app.certificates import answers
from lms_app.certificates.forms import Lookup
from lms_app.certificates.queries import register as certificates
from lms_app.core import storage
from lms_app.core.errors import Conflict, Forbidden, Invalid, NotFound
from lms_app.core.text import fold
from lms_app.learning import queries as learning

bp = Blueprint("my_certificates", __name__)

WAITING = 202
KILOBYTE = 1024


@bp.get("/me/certificates")
@allow(access.learner)
def mine() -> ResponseReturnValue:
    scope = me().scope
    found = [issued for issued in certificates.mine(me().id) if scope is None or issued.course_id == scope.course]
    return render_template(
        "certificates/mine.html",
        certificates=[(issued, answers.state(issued), _kilobytes(issued)) for issued in found],
    )


@bp.get("/me/certificates/<code>.pdf")
@allow(access.learner)
def download(code: str) -> ResponseReturnValue:
    asked = Lookup.read(code)
    issued = certificates.by_code(asked.code)
    if issued is None or issued.person_id != me().id or not access.may_learn(me(), issued.course_id):
        raise NotFound("Không có giấy chứng nhận này trong danh sách của anh chị.")
    if issued.file_key is None:
        return _wait(issued.course_title)
    response = Response(storage.get(issued.file_key), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{_filename(issued)}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/courses/<course_id>/certificate")
@allow(access.learner)
def of_course(course_id: str) -> ResponseReturnValue:
    if not access.may_learn(me(), course_id):
        raise Forbidden("Anh chị đang học một khóa khác trong khung này. Hãy mở khóa này từ danh mục.")
    issued = certificates.in_course(me().id, course_id)
    if issued:
        return redirect(url_for(".mine", _anchor=issued.code))
    enrolment = learning.enrolment(me().id, course_id)
    owed = certificates.completed(enrolment.id) if enrolment else None
    if owed is None:
        raise Conflict("Anh chị chưa hoàn thành khóa học này. Học đủ các bài và đạt bài kiểm tra để được cấp giấy.")
    return _wait(owed.title) if me().name_source == "own" else _name(course_id, "")


@bp.post("/courses/<course_id>/certificate")
@allow(access.learner)
def confirm_name(course_id: str) -> ResponseReturnValue:
    """The name to be printed, as its bearer wants it; then the certificate is issued.

    Once: a platform, which can open a frame in anybody's name, must not rename a linked account.
    """
    if not access.may_learn(me(), course_id):
        raise Forbidden("Anh chị đang học một khóa khác trong khung này. Hãy mở khóa này từ danh mục.")
    if me().name_source == "own":
        return redirect(url_for(".of_course", course_id=course_id), code=303)
    try:
        accounts.confirm_name(me().id, request.form.get("name", ""))
    except Invalid as error:
        return _name(course_id, error.fields["name"]), 400
    return redirect(url_for(".of_course", course_id=course_id), code=303)


def _name(course_id: str, wrong: str) -> str:
    typed = request.form.get("name", me().name if me().name_source == "platform" else "")
    return render_template("certificates/name.html", course_id=course_id, name=typed, wrong=wrong)


def _wait(course: str) -> ResponseReturnValue:
    return render_template("certificates/wait.html", course=course), WAITING


def _filename(issued: Any) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", fold(issued.full_name)).strip("-")
    return f"giay-chung-nhan-{issued.course_id}-{name}.pdf"


def _kilobytes(issued: Any) -> int:
    """0 while the file is not made."""
    return math.ceil((issued.file_bytes or 0) / KILOBYTE)
