"""Looking a certificate up (everybody), my certificates (their owner), revoking (HR)."""

import math
import re
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts import service as accounts
from lms_app.accounts.login import allow, me
from lms_app.certificates import answers, queries, service
from lms_app.certificates.forms import Lookup, Revocation, line
from lms_app.certificates.models import REVOKED, UNKNOWN
from lms_app.core import storage
from lms_app.core.db import reading
from lms_app.core.errors import Conflict, Forbidden, Invalid, NotFound
from lms_app.core.text import fold
from lms_app.learning import queries as learning
from lms_app.web.security import csrf, limiter

bp = Blueprint("certificates", __name__)

LIMIT = "30/minute"
WAITING = 202
KILOBYTE = 1024


@bp.get("/verify")
@allow(access.anyone)
@limiter.limit(LIMIT)
def verify() -> ResponseReturnValue:
    if "code" not in request.args:
        return render_template("certificates/verify.html", asked=Lookup("", None), error="")
    return _answer(Lookup.read(request.args["code"]), 200)


@bp.post("/verify")
@allow(access.anyone)
@limiter.limit(LIMIT)
def verify_posted() -> ResponseReturnValue:
    """Changes nothing, so it needs no token: other systems may post a code."""
    with reading():
        return _answer(Lookup.read(request.form.get("code", "")), 200)


csrf.exempt(verify_posted)


@bp.get("/V/<code>")
@allow(access.anyone)
@limiter.limit(LIMIT)
def scanned(code: str) -> ResponseReturnValue:
    """What the QR opens, in capitals."""
    return redirect(url_for(".shown", code=code))


@bp.get("/v/<code>")
@allow(access.anyone)
@limiter.limit(LIMIT)
def shown(code: str) -> ResponseReturnValue:
    return _answer(Lookup.read(code), 404)


@bp.get("/api/v1/certificates/<code>")
@allow(access.anyone)
@limiter.limit(LIMIT)
def state(code: str) -> ResponseReturnValue:
    found = _find(Lookup.read(code))
    response = jsonify(answers.record(found) if found else {"status": UNKNOWN})
    response.status_code = 200 if found else 404
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/me/certificates")
@allow(access.learner)
def mine() -> ResponseReturnValue:
    scope = me().scope
    found = [issued for issued in queries.mine(me().id) if scope is None or issued.course_id == scope.course]
    return render_template(
        "certificates/mine.html",
        certificates=[(issued, answers.state(issued), _kilobytes(issued)) for issued in found],
    )


@bp.get("/me/certificates/<code>.pdf")
@allow(access.learner)
def download(code: str) -> ResponseReturnValue:
    asked = Lookup.read(code)
    issued = _find(asked)
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
    issued = queries.in_course(me().id, course_id)
    if issued:
        return redirect(url_for(".mine", _anchor=issued.code))
    enrolment = learning.enrolment(me().id, course_id)
    owed = queries.completed(enrolment.id) if enrolment else None
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


@bp.get("/hr/certificates")
@allow(access.hr)
def register() -> ResponseReturnValue:
    typed = line(request.args.get("q", ""))
    found = [(issued, answers.state(issued)) for issued in queries.search(typed)]
    return render_template("certificates/register.html", typed=typed, certificates=found)


@bp.get("/hr/certificates/<code>")
@allow(access.hr)
def entry(code: str) -> ResponseReturnValue:
    return _entry(_in_register(code), Revocation(""))


@bp.post("/hr/certificates/<code>")
@allow(access.hr)
def revoke(code: str) -> ResponseReturnValue:
    issued, asked = _in_register(code), Revocation.read(request.form.get("reason", ""))
    if asked.error and issued.status != REVOKED:
        return _entry(issued, asked), 400
    service.revoke(issued.code, asked.reason, actor=me().id, by=me().name)
    return redirect(url_for(".entry", code=issued.code), code=303)


def _answer(asked: Lookup, unknown: int) -> ResponseReturnValue:
    """The one page for every way to ask. A code that cannot be one is answered without the database."""
    found = _find(asked)
    page = render_template(
        "certificates/answer.html",
        asked=asked,
        error=answers.problem(asked) if asked.error else "",
        verdict=answers.verdict(found),
        facts=answers.facts(found) if found else [],
    )
    return page, 200 if found else unknown


def _find(asked: Lookup) -> Any:
    return queries.by_code(asked.code) if asked.code else None


def _in_register(code: str) -> Any:
    found = _find(Lookup.read(code))
    if found is None:
        raise NotFound("Không có giấy chứng nhận nào mang mã này.")
    return found


def _entry(issued: Any, asked: Revocation) -> str:
    return render_template(
        "certificates/entry.html",
        issued=issued,
        state=answers.state(issued),
        facts=answers.register(issued),
        asked=asked,
    )


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
