"""Trainings elsewhere, for HR: the list, and importing one in two steps. Nothing is written before the second."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates.forms.books import Source
from lms_app.certificates.forms.lookup import LONGEST_TYPED
from lms_app.certificates.queries import outside as records
from lms_app.certificates.service import outside
from lms_app.core.db import reading, release
from lms_app.core.errors import Invalid, NotFound
from lms_app.core.typed import line
from lms_app.web import pending
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _
from lms_app.web.security import takes_files

bp = Blueprint("outside", __name__)

ROWS = 50
SHOWN = 100
"""Wrong cells and unmatched people shown on the page; all of them are in the file of wrong rows."""

MEGABYTES = 11


@bp.get("/hr/outside")
@allow(access.hr_of_all)
def index() -> ResponseReturnValue:
    return _index(Source(""), "")


@bp.get("/hr/outside/template.xlsx")
@allow(access.hr_of_all)
def template() -> ResponseReturnValue:
    return attachment(outside.template(), XLSX, "mau-hoc-o-noi-khac.xlsx")


@bp.post("/hr/outside/check")
@allow(access.hr_of_all)
@takes_files(MEGABYTES)
def check() -> ResponseReturnValue:
    """What the list would add. It is kept for its sender alone until the next one is sent, or it is imported."""
    source, sent = Source.read(request.form.get("source", "")), request.files.get("list")
    content = sent.read() if sent else b""
    wrong = "" if content else _("Chọn một tệp Excel (.xlsx) hoặc CSV.")
    if not content or source.error:
        return _index(source, wrong), 400
    release()
    try:
        with reading():
            found = outside.read(content)
    except Invalid as error:
        return _index(source, _(error.message, **error.values)), 400
    return render_template(
        "certificates/outside-check.html",
        source=source.text,
        reading=found,
        filename=line(sent.filename or "", LONGEST_TYPED) if sent else "",
        digest=pending.keep(_key(), content),
        faults=found.faults[:SHOWN],
        unmatched=found.unmatched[:SHOWN],
        shown=SHOWN,
    )


@bp.get("/hr/outside/faults.xlsx")
@allow(access.hr_of_all)
def faults() -> ResponseReturnValue:
    content = pending.kept(_key())
    if not content:
        raise NotFound("Không còn danh sách nào đang kiểm tra. Hãy gửi lại tệp.")
    found = outside.faulty(outside.read(content), lambda text, **values: str(_(text, **values)))
    return attachment(found, XLSX, "dong-sai.xlsx")


@bp.post("/hr/outside/import")
@allow(access.hr_of_all)
def confirm() -> ResponseReturnValue:
    """Import exactly the list that was looked at: another one sent meanwhile has another digest."""
    source = Source.read(request.form.get("source", ""))
    if source.error:
        return _index(source, ""), 400
    content = pending.confirmed(_key(), request.form.get("digest", ""))
    release()
    added = outside.add(outside.read(content), source.text, actor=me().id, by=me().name)
    pending.forget(_key())
    return redirect(url_for(".index", added=added), code=303)


def _key() -> str:
    return f"imports/outside-{me().id}"


def _index(source: Source, wrong: str) -> str:
    typed = line(request.args.get("q", ""), LONGEST_TYPED)
    found = records.count(typed)
    last = max(-(-found // ROWS), 1)
    page = min(max(request.args.get("page", 1, int), 1), last)
    return render_template(
        "certificates/outside.html",
        records=records.latest(typed, ROWS, (page - 1) * ROWS),
        found=found,
        typed=typed,
        page=page,
        last=last,
        source=source,
        wrong=wrong,
        added=request.args.get("added", None, int),
        most=outside.MOST,
    )
