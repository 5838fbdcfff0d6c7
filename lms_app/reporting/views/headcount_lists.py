"""Headcounts of many units from one list, in two steps. Nothing is written before the second."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.core.db import reading, release
from lms_app.core.errors import Invalid, NotFound
from lms_app.core.typed import line
from lms_app.organisations.service import headcount_lists, headcounts
from lms_app.organisations.service.headcount_lists import CHANGED, NEW, UNCHANGED, Asker
from lms_app.web import pending
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _, today
from lms_app.web.security import takes_files

bp = Blueprint("headcount_lists", __name__)

MEGABYTES = 11
SHOWN = 100
"""Wrong cells shown on the page; all of them are in the file of wrong rows."""


@bp.get("/hr/headcounts/import")
@allow(access.hr)
def index() -> ResponseReturnValue:
    return _index("")


@bp.get("/hr/headcounts/template.xlsx")
@allow(access.hr)
def template() -> ResponseReturnValue:
    asker = _asker()
    return attachment(headcount_lists.template(asker.roots, asker.today), XLSX, "mau-bien-che.xlsx")


@bp.post("/hr/headcounts/check")
@allow(access.hr)
@takes_files(MEGABYTES)
def check() -> ResponseReturnValue:
    """What the list would change. It is kept for its sender alone until the next one is sent, or it is imported."""
    sent = request.files.get("list")
    content = sent.read() if sent else b""
    if not content:
        return _index(_("Chọn một tệp Excel (.xlsx) hoặc CSV.")), 400
    release()
    try:
        with reading():
            found = headcount_lists.read(content, _asker())
    except Invalid as error:
        return _index(_(error.message, **error.values)), 400
    return render_template(
        "reporting/headcount-check.html",
        reading=found,
        new=found.of(NEW),
        changed=found.of(CHANGED),
        unchanged=found.of(UNCHANGED),
        filename=line(sent.filename or "", 80) if sent else "",
        digest=pending.keep(_key(), content),
        shown=SHOWN,
    )


@bp.get("/hr/headcounts/faults.xlsx")
@allow(access.hr)
def faults() -> ResponseReturnValue:
    content = pending.kept(_key())
    if not content:
        raise NotFound("Không còn danh sách nào đang kiểm tra. Hãy gửi lại tệp.")
    found = headcount_lists.faulty(
        headcount_lists.read(content, _asker()), lambda text, **values: str(_(text, **values))
    )
    return attachment(found, XLSX, "dong-sai.xlsx")


@bp.post("/hr/headcounts/import")
@allow(access.hr)
def confirm() -> ResponseReturnValue:
    """Import exactly the list that was looked at: another one sent meanwhile has another digest."""
    content = pending.confirmed(_key(), request.form.get("digest", ""))
    release()
    records = headcount_lists.read(content, _asker()).of(NEW, CHANGED)
    saved = headcounts.enter([record.said for record in records], actor=me().id, by=me().name)
    pending.forget(_key())
    return redirect(url_for("headcounts.index", saved=saved), code=303)


def _asker() -> Asker:
    return Asker(reach.roots(me()), today())


def _key() -> str:
    return f"imports/headcounts-{me().id}"


def _index(wrong: str) -> str:
    return render_template("reporting/headcount-list.html", wrong=wrong, most=headcount_lists.MOST)
