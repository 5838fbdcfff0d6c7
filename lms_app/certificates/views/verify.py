"""Looking a certificate up: everybody."""

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.certificates import answers
from lms_app.certificates.forms import Lookup
from lms_app.certificates.models import UNKNOWN
from lms_app.certificates.queries import register as certificates
from lms_app.core.db import reading
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
    found = certificates.by_code(Lookup.read(code).code)
    response = jsonify(answers.record(found) if found else {"status": UNKNOWN})
    response.status_code = 200 if found else 404
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(asked: Lookup, unknown: int) -> ResponseReturnValue:
    """The one page for every way to ask. A code that cannot be one is answered without the database."""
    found = certificates.by_code(asked.code)
    page = render_template(
        "certificates/answer.html",
        asked=asked,
        error=answers.problem(asked) if asked.error else "",
        verdict=answers.verdict(found),
        facts=answers.facts(found) if found else [],
    )
    return page, 200 if found else unknown


def _find(asked: Lookup) -> Any:
    return certificates.by_code(asked.code) if asked.code else None
