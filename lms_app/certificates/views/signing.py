"""For administrators: which key seals for whom. For HR: files that wait for the office's own signature."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates.queries import files as sent
from lms_app.certificates.queries import keys as known
from lms_app.certificates.service import external, keys
from lms_app.certificates.service.external import Taken
from lms_app.certificates.signing import BadKey
from lms_app.core.clock import now
from lms_app.core.errors import Invalid
from lms_app.web.i18n import _
from lms_app.web.security import takes_files

bp = Blueprint("signing", __name__)

MEGABYTES = 64
"""Of one request: a hundred files of 60 KB have 6 MB."""


@bp.get("/admin/signing")
@allow(access.admin)
def index() -> ResponseReturnValue:
    return _keys("", "")


@bp.post("/admin/signing/check")
@allow(access.admin)
def check() -> ResponseReturnValue:
    name = request.form.get("name", "")
    try:
        keys.check(name)
    except BadKey as error:
        return _keys(name, _(error.message, **error.values)), 409
    return _keys(name, "")


@bp.get("/hr/signing")
@allow(access.hr_of_all)
def queue() -> ResponseReturnValue:
    return _queue([], "")


@bp.get("/hr/signing/unsigned.zip")
@allow(access.hr_of_all)
def unsigned() -> ResponseReturnValue:
    response = Response(external.waiting_zip(), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="cho-ky.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/hr/signing")
@allow(access.hr_of_all)
@takes_files(MEGABYTES)
def take() -> ResponseReturnValue:
    try:
        found = [one for file in request.files.getlist("files") if file for one in _inside(file)]
    except Invalid as error:
        return _queue([], _(error.message, **error.values)), 400
    if not found:
        return _queue([], _("Hãy chọn tệp zip hoặc các tệp PDF đã ký.")), 400
    return _queue(external.take(found, actor=me().id), "")


@bp.post("/admin/signing/certificates")
@allow(access.admin)
def learn() -> ResponseReturnValue:
    """An administrator has read the subject and says that this certificate is the office's."""
    keys.learn(request.form.get("certificate", ""), actor=me().id)
    return redirect(url_for(".queue"), code=303)


def _inside(file: Any) -> list[tuple[str, bytes]]:
    return external.unpacked(file.filename or "", file.read())


def _keys(checked: str, wrong: str) -> str:
    uses = known.uses()
    rows = [(one, keys.owner(one.chain), [use for use in uses if use.key_id == one.id]) for one in known.seals()]
    unnamed = [use for use in uses if use.key_id is None]
    return render_template(
        "certificates/signing.html", keys=rows, unnamed=unnamed, now=now(), checked=checked, wrong=wrong, me=me()
    )


def _queue(taken: list[Taken], wrong: str) -> str:
    unknown = {one.fingerprint: one for one in taken if one.unknown}
    return render_template(
        "certificates/signing-queue.html",
        waiting=sent.how_many_unsigned(),
        batch=external.BATCH,
        taken=taken,
        unknown=list(unknown.values()),
        wrong=wrong,
        is_admin=access.admin(me()),
    )
