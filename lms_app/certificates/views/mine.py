"""My certificates: their owner's list and files."""

import math
import re
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates import answers
from lms_app.certificates.forms import Lookup
from lms_app.certificates.queries import register as certificates
from lms_app.core import storage
from lms_app.core.errors import NotFound
from lms_app.core.text import fold

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


def _wait(course: str) -> ResponseReturnValue:
    return render_template("certificates/wait.html", course=course), WAITING


def _filename(issued: Any) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", fold(issued.full_name)).strip("-")
    return f"giay-chung-nhan-{issued.course_id}-{name}.pdf"


def _kilobytes(issued: Any) -> int:
    """0 while the file is not made."""
    return math.ceil((issued.file_bytes or 0) / KILOBYTE)
