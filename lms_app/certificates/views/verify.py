"""Looking a certificate up, by its code or with its PDF in hand: everybody."""

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.certificates import answers
from lms_app.certificates.forms.lookup import LONGEST_NAME, Lookup
from lms_app.certificates.models import UNKNOWN
from lms_app.certificates.queries import register as certificates
from lms_app.certificates.service import sharing, uploads
from lms_app.core.clock import now
from lms_app.core.db import reading
from lms_app.core.typed import line
from lms_app.web.i18n import _
from lms_app.web.security import csrf, limiter

bp = Blueprint("certificates", __name__)

LIMIT = "30/minute"


@bp.get("/verify")
@allow(access.anyone)
@limiter.limit(LIMIT)
def verify() -> ResponseReturnValue:
    if "code" not in request.args:
        uploads.warm()  # while its reader looks for the file
        return _form()
    return _answer(Lookup.read(request.args["code"]), 200)


@bp.post("/verify")
@allow(access.anyone)
@limiter.limit(LIMIT)
def verify_posted() -> ResponseReturnValue:
    """A code, or a PDF. Changes and keeps nothing, so it needs no token: other systems may post a code."""
    with reading():
        file = request.files.get("pdf")
        return _answer(Lookup.read(request.form.get("code", "")), 200) if file is None else _of_file(file)


@bp.errorhandler(413)
def too_large(_error: object) -> ResponseReturnValue:
    """No certificate of ours is so large, and nobody types so much."""
    return _form(uploads.TOO_LARGE), 413


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


@bp.post("/v/<code>")
@allow(access.anyone)
@limiter.limit(LIMIT)
def named(code: str) -> ResponseReturnValue:
    """The same with the name as printed, which so stays out of addresses. Changes nothing, so it needs no token."""
    with reading():
        return _answer(Lookup.read(code), 404)


csrf.exempt(verify_posted)
csrf.exempt(named)


@bp.get("/api/v1/certificates/<code>")
@allow(access.anyone)
@limiter.limit(LIMIT)
def state(code: str) -> ResponseReturnValue:
    asked = Lookup.read(code)
    found = certificates.by_code(asked.code)
    if found:
        response = jsonify(answers.record(found, _opened(found), _successor(found)))
    else:
        about = answers.verdict(None)
        at = now().isoformat(timespec="seconds")
        detail = answers.problem(asked) or about.sentence
        response = jsonify(type="about:blank", title=about.word, status=404, detail=detail, state=UNKNOWN, as_of=at)
        response.status_code, response.mimetype = 404, "application/problem+json"
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(asked: Lookup, unknown: int) -> ResponseReturnValue:
    """The one page for every way to ask. A code that cannot be one is answered without the database."""
    found = certificates.by_code(asked.code)
    if found is None:
        error = answers.problem(asked) if asked.error else ""
        page = render_template("certificates/unknown.html", asked=asked, error=error, verdict=answers.verdict(None))
        return page, unknown
    opening = _opened(found)
    return render_template(
        "certificates/answer.html",
        issued=found,
        verdict=answers.verdict(found),
        facts=answers.facts(found, opening),
        opening=opening,
        successor=_successor(found),
        typed=_typed_name(),
        sent=request.method == "POST",
    )


def _form(wrong: str = "") -> str:
    error = _(wrong) if wrong else ""
    return render_template("certificates/verify.html", asked=Lookup("", None), error="", file_error=error)


def _of_file(file: FileStorage) -> ResponseReturnValue:
    """Whoever holds the intact file sees what stands in it."""
    with file.stream as stream:
        content = stream.read()
    if not content:
        return _form("Chọn tệp PDF của giấy chứng nhận."), 400
    found = uploads.checked(content)
    issued = found.issued
    return render_template(
        "certificates/file.html",
        verdict=answers.of_file(found),
        evidence=answers.evidence(found),
        issued=issued,
        facts=answers.facts(issued, sharing.held(issued, intact=found.status in answers.WORDS)) if issued else [],
        successor=_successor(issued) if issued else None,
    )


def _opened(issued: Any) -> sharing.Opening:
    return sharing.opened(issued, _typed_name(), request.args.get("k", ""))


def _typed_name() -> str:
    return line(request.values.get("name", ""), LONGEST_NAME)


def _successor(issued: Any) -> Any:
    return certificates.by_id(issued.replaced_by_id) if issued.replaced_by_id else None
