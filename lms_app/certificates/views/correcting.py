"""For HR: a certificate with wrong data is replaced by a new one; a completion is withdrawn."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates.forms.correcting import CORRECTED, Correction
from lms_app.certificates.forms.lookup import Revocation
from lms_app.certificates.models import VALID
from lms_app.certificates.queries import register
from lms_app.certificates.service import replacing
from lms_app.core.errors import Conflict, Invalid
from lms_app.learning.service import studying as learning

bp = Blueprint("correcting", __name__)


@bp.get("/hr/certificates/<code>/replace")
@allow(access.hr_of_all)
def form(code: str) -> ResponseReturnValue:
    issued = _valid(code)
    typed = {name: getattr(issued, name) or "" for name in CORRECTED[:-1]} | {"reason": ""}
    typed["birth_date"] = f"{issued.birth_date:%d/%m/%Y}" if issued.birth_date else ""
    return _form(issued, typed, {})


@bp.post("/hr/certificates/<code>/replace")
@allow(access.hr_of_all)
def replace(code: str) -> ResponseReturnValue:
    issued, asked = _valid(code), Correction.read(request.form)
    if asked.errors:
        return _form(issued, asked.typed, asked.errors), 400
    try:
        made = replacing.replace(issued.code, asked, actor=me().id, by=me().name)
    except Invalid as wrong:
        return _form(issued, asked.typed, {"full_name": str(wrong)}), 400
    return redirect(url_for("register.entry", code=made.code), code=303)


@bp.get("/hr/certificates/<code>/withdraw")
@allow(access.hr_of_all)
def withdrawal(code: str) -> ResponseReturnValue:
    return _withdrawal(_valid(code), Revocation(""))


@bp.post("/hr/certificates/<code>/withdraw")
@allow(access.hr_of_all)
def withdraw(code: str) -> ResponseReturnValue:
    """The completion itself was wrong (somebody else sat the test): it is taken back, and the certificate with it."""
    issued, asked = _valid(code), Revocation.read(request.form.get("reason", ""))
    if asked.error:
        return _withdrawal(issued, asked), 400
    learning.withdraw(issued.person_id, issued.course_id, asked.reason, by=me().name, actor=me().id)
    return redirect(url_for("register.entry", code=issued.code), code=303)


def _valid(code: str) -> Any:
    found = register.entered(code)
    if found.status != VALID:
        raise Conflict("Giấy này đã bị thu hồi hoặc đã được thay thế, nên không thay được nữa.")
    return found


def _form(issued: Any, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template("certificates/replace.html", issued=issued, typed=typed, errors=errors)


def _withdrawal(issued: Any, asked: Revocation) -> str:
    return render_template("certificates/withdraw.html", issued=issued, asked=asked)
