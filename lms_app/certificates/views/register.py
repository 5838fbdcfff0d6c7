"""The register, for HR: looking up and revoking."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates import answers
from lms_app.certificates.forms.lookup import LONGEST_TYPED, Revocation
from lms_app.certificates.models import REVOKED
from lms_app.certificates.queries import register as certificates
from lms_app.certificates.service import revoking
from lms_app.core.typed import line

bp = Blueprint("register", __name__)


@bp.get("/hr/certificates")
@allow(access.hr_of_all)
def index() -> ResponseReturnValue:
    typed = line(request.args.get("q", ""), LONGEST_TYPED)
    found = [(issued, answers.state(issued)) for issued in certificates.search(typed)]
    return render_template("certificates/register.html", typed=typed, certificates=found)


@bp.get("/hr/certificates/<code>")
@allow(access.hr_of_all)
def entry(code: str) -> ResponseReturnValue:
    return _entry(certificates.entered(code), Revocation(""))


@bp.post("/hr/certificates/<code>")
@allow(access.hr_of_all)
def revoke(code: str) -> ResponseReturnValue:
    issued, asked = certificates.entered(code), Revocation.read(request.form.get("reason", ""))
    if asked.error and issued.status != REVOKED:
        return _entry(issued, asked), 400
    revoking.revoke(issued.code, asked.reason, actor=me().id, by=me().name)
    return redirect(url_for(".entry", code=issued.code), code=303)


def _entry(issued: Any, asked: Revocation) -> str:
    return render_template(
        "certificates/entry.html",
        issued=issued,
        state=answers.state(issued),
        facts=answers.register(issued),
        asked=asked,
        successor=certificates.by_id(issued.replaced_by_id) if issued.replaced_by_id else None,
        before=certificates.replaced_serial(issued.id) if issued.edition > 1 else "",
    )
