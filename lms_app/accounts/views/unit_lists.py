"""A list of units, in two steps: looked at, then added as a whole. Nothing is written before the second."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.core.db import reading, release
from lms_app.core.errors import Invalid
from lms_app.core.typed import line
from lms_app.organisations.kinds import KINDS
from lms_app.organisations.service import listing
from lms_app.web import pending
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _
from lms_app.web.security import takes_files

bp = Blueprint("unit_lists", __name__)

SHOWN = 100
"""Wrong rows and new units shown on the page."""

MEGABYTES = 11


@bp.get("/hr/units/import")
@allow(access.hr_of_all)
def index() -> ResponseReturnValue:
    return _index("")


@bp.get("/hr/units/import/template.xlsx")
@allow(access.hr_of_all)
def template() -> ResponseReturnValue:
    return attachment(listing.template(), XLSX, "mau-danh-sach-don-vi.xlsx")


@bp.post("/hr/units/import/check")
@allow(access.hr_of_all)
@takes_files(MEGABYTES)
def check() -> ResponseReturnValue:
    """What the list would add. It is kept for its sender alone until the next one is sent, or it is added."""
    sent = request.files.get("list")
    content = sent.read() if sent else b""
    if not content:
        return _index(_("Chọn một tệp Excel (.xlsx) hoặc CSV.")), 400
    release()
    try:
        with reading():
            found = listing.read(content)
    except Invalid as error:
        return _index(_(error.message, **error.values)), 400
    return render_template(
        "accounts/units-check.html",
        reading=found,
        filename=line(sent.filename or "", 80) if sent else "",
        digest=pending.keep(_key(), content),
        shown=SHOWN,
        kinds=KINDS,
    )


@bp.post("/hr/units/import")
@allow(access.hr_of_all)
def confirm() -> ResponseReturnValue:
    """Add exactly the list that was looked at: another one sent meanwhile has another digest."""
    content = pending.confirmed(_key(), request.form.get("digest", ""))
    release()
    added = listing.add(listing.read(content), me().id)
    pending.forget(_key())
    return redirect(url_for(".index", added=added), code=303)


def _key() -> str:
    return f"imports/units-{me().id}"


def _index(wrong: str) -> str:
    added = request.args.get("added", None, int)
    return render_template("accounts/units-import.html", wrong=wrong, added=added, most=listing.MOST)
