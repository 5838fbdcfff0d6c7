"""My certificates: their owner's list and files, and what others may see of them."""

import math
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates import answers
from lms_app.certificates.forms.lookup import Lookup
from lms_app.certificates.queries import claims, outside
from lms_app.certificates.queries import register as certificates
from lms_app.certificates.service import sharing
from lms_app.core import storage
from lms_app.core.errors import NotFound
from lms_app.core.text import fold

bp = Blueprint("my_certificates", __name__)

WAITING = 202
KILOBYTE = 1024
LINKEDIN = "https://www.linkedin.com/profile/add"
"""LinkedIn's documented "Add to Profile" address; the person sees and confirms the form there."""


@bp.get("/me/certificates")
@allow(access.learner)
def mine() -> ResponseReturnValue:
    found, waiting = _in_scope(certificates.mine(me().id)), _in_scope(claims.mine(me().id))
    return render_template(
        "certificates/mine.html",
        certificates=[_shown(issued, found) for issued in found],
        waiting=waiting,
        elsewhere=outside.of_person(me().id) if me().scope is None else (),
    )


@bp.get("/me/certificates/<code>.pdf")
@allow(access.learner)
def download(code: str) -> ResponseReturnValue:
    issued = _own(code)
    if issued.file_key is None:
        return _wait(issued.course_title)
    response = Response(storage.get(issued.file_key), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{_filename(issued)}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.post("/me/certificates/<code>/share")
@allow(access.learner)
def share(code: str) -> ResponseReturnValue:
    issued = _own(code)
    sharing.share(me().id, issued.code, on=request.form.get("on") == "1")
    return redirect(url_for(".mine", _anchor=issued.code), code=303)


@bp.post("/me/certificates/<code>/hide")
@allow(access.learner)
def hide(code: str) -> ResponseReturnValue:
    issued = _own(code)
    sharing.hide(me().id, issued.code, hidden=request.form.get("on") == "1")
    return redirect(url_for(".mine", _anchor=issued.code), code=303)


def _in_scope(found: Sequence[Any]) -> list[Any]:
    scope = me().scope
    return [one for one in found if scope is None or one.course_id == scope.course]


def _wait(course: str) -> ResponseReturnValue:
    return render_template("certificates/wait.html", course=course), WAITING


def _filename(issued: Any) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", fold(issued.full_name)).strip("-")
    return f"giay-chung-nhan-{issued.course_id}-{name}.pdf"


def _own(code: str) -> Any:
    issued = certificates.by_code(Lookup.read(code).code)
    if issued is None or issued.person_id != me().id or not access.may_learn(me(), issued.course_id):
        raise NotFound("Không có giấy chứng nhận này trong danh sách của anh chị.")
    return issued


def _shown(issued: Any, all_mine: Sequence[Any]) -> dict[str, Any]:
    """One certificate of the list, with the addresses its holder may give away."""
    site = current_app.extensions["settings"].url
    key = f"?k={issued.share_key}" if issued.share_key else ""
    return {
        "issued": issued,
        "state": answers.state(issued),
        "signature": answers.signature(issued),
        "kilobytes": math.ceil((issued.file_bytes or 0) / KILOBYTE),
        "link": f"{site}/v/{issued.code}{key}",
        "wallet": f"/credentials/{issued.code}{key}",
        "linkedin": _linkedin(issued, f"{site}/v/{issued.code}{key}"),
        "successor": next((other for other in all_mine if other.id == issued.replaced_by_id), None),
    }


def _linkedin(issued: Any, link: str) -> str:
    fields = {
        "startTask": "CERTIFICATION_NAME",
        "name": issued.course_title,
        "organizationName": issued.issuer_name,
        "issueYear": issued.issued_on.year,
        "issueMonth": issued.issued_on.month,
    }
    if issued.valid_until:
        fields |= {"expirationYear": issued.valid_until.year, "expirationMonth": issued.valid_until.month}
    return f"{LINKEDIN}?{urlencode(fields | {'certUrl': link, 'certId': issued.serial})}"
