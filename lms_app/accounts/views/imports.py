"""Staff lists, for HR: send one, see what it would change, have all of it written. Each sees only their own."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.forms.columns import LABELS
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import imports as lists
from lms_app.accounts.service import imports, listing
from lms_app.accounts.service.matching import SHOWN
from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.text import clean
from lms_app.organisations.groups import GROUPS
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _
from lms_app.web.security import takes_files

bp = Blueprint("imports", __name__)

MEGABYTES = tables.LONG_LARGEST // tables.MEGABYTE
STATES = {
    lists.WAITING: ("Đang chờ", "brand", "clock"),
    lists.CHECKING: ("Đang kiểm tra", "brand", "clock"),
    lists.CHECKED: ("Chờ anh chị xem", "warn", "warn"),
    lists.APPLYING: ("Đang nhập", "brand", "clock"),
    lists.DONE: ("Đã nhập", "ok", "check"),
    lists.REFUSED: ("Không đọc được", "err", "x"),
    lists.CANCELLED: ("Đã hủy", "", "x"),
}
COUNTED = {
    "new": "Thêm mới",
    "changed": "Cập nhật",
    "unchanged": "Không đổi",
    "wrong": "Dòng sai",
    "absent": "Không còn trong danh sách",
}
NO_FILE = "Chọn một tệp Excel (.xlsx) hoặc CSV."


@bp.get("/hr/people/imports")
@allow(access.hr)
def index() -> ResponseReturnValue:
    return _index("")


@bp.post("/hr/people/imports")
@allow(access.hr)
@takes_files(MEGABYTES + 1)
def send() -> ResponseReturnValue:
    """Only kept; a worker reads it."""
    sent = request.files.get("list")
    content = sent.read() if sent else b""
    try:
        tables.check_size(len(content), tables.LONG_LARGEST)
    except Invalid as wrong:
        return _index(_(wrong.message, **wrong.values)), 400
    if not content or sent is None:
        return _index(_(NO_FILE)), 400
    import_id = imports.send(content, clean(sent.filename or ""), me())
    return redirect(url_for(".show", import_id=import_id), code=303)


@bp.get("/hr/people/imports/template.xlsx")
@allow(access.hr)
def template() -> ResponseReturnValue:
    return attachment(listing.template(_), XLSX, "mau-danh-sach-nhan-su.xlsx")


@bp.get("/hr/people/imports/<uuid:import_id>")
@allow(access.hr)
def show(import_id: UUID) -> ResponseReturnValue:
    found = imports.of_sender(import_id, me().id)
    return render_template(
        "accounts/import.html",
        found=found,
        preview=imports.preview(import_id) if found.state == lists.CHECKED else None,
        states=STATES,
        counted=COUNTED,
        groups=GROUPS,
        shown=SHOWN,
        right=found.counts.get("new", 0) + found.counts.get("changed", 0),
        working=found.state in {lists.WAITING, lists.CHECKING, lists.APPLYING},
        may_cancel=found.state in lists.OPEN,
    )


@bp.get("/hr/people/imports/<uuid:import_id>/faults.xlsx")
@allow(access.hr)
def faults(import_id: UUID) -> ResponseReturnValue:
    return attachment(imports.faults(imports.of_sender(import_id, me().id)), XLSX, "dong-sai.xlsx")


@bp.post("/hr/people/imports/<uuid:import_id>/apply")
@allow(access.hr)
def apply(import_id: UUID) -> ResponseReturnValue:
    imports.of_sender(import_id, me().id)
    imports.confirm(import_id, me().id, leave_absent=request.form.get("absent") == "leave")
    return redirect(url_for(".show", import_id=import_id), code=303)


@bp.post("/hr/people/imports/<uuid:import_id>/cancel")
@allow(access.hr)
def cancel(import_id: UUID) -> ResponseReturnValue:
    imports.of_sender(import_id, me().id)
    imports.cancel(import_id, me().id)
    return redirect(url_for(".index"), code=303)


def _index(wrong: str) -> str:
    return render_template(
        "accounts/imports.html",
        lists=lists.mine(me().id),
        states=STATES,
        wrong=wrong,
        most=listing.MOST,
        megabytes=MEGABYTES,
        labels=LABELS,
    )
