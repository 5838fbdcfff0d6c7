"""Certificates by unit, course, batch or days in one download, for HR: of the people each officer looks after."""

from dataclasses import replace
from pathlib import Path

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.certificates import pdf
from lms_app.certificates.forms.books import Wanted
from lms_app.certificates.queries import books
from lms_app.certificates.service import bulk, issuers, listing
from lms_app.core.db import release
from lms_app.core.errors import Invalid, NotFound
from lms_app.core.site import settings
from lms_app.web.downloads import PDF, XLSX, ZIP, attachment, streamed

bp = Blueprint("bulk", __name__)

TEMPLATES = Path(__file__).parents[1] / "templates"
FILTERS = ("name", "number", "course", "unit", "batch", "status", "first", "last")
NONE = "Không có giấy nào khớp. Hãy bỏ bớt điều kiện."


@bp.get("/hr/certificates/download")
@allow(access.hr)
def choose() -> ResponseReturnValue:
    """What would be in the download; nothing is counted before something was asked for."""
    wanted, of_all = _asked(), access.hr_of_all(me())
    asked = bool(request.args) and not wanted.error
    return render_template(
        "certificates/bulk.html",
        wanted=wanted,
        typed={name: request.args.get(name, "") for name in FILTERS if request.args.get(name)},
        found=books.count(wanted, issuers.today()) if asked else None,
        unmade=books.unmade(wanted, issuers.today()) if asked else 0,
        courses=books.courses(),
        batches=books.batches() if of_all else None,
        of_all=of_all,
        states=listing.STATES,
        most_files=bulk.MOST_FILES,
        most_merged=bulk.MOST_MERGED,
        most_lines=listing.MOST_LINES,
    )


@bp.get("/hr/certificates/download.zip")
@allow(access.hr)
def as_zip() -> ResponseReturnValue:
    items = bulk.chosen(_wanted(bulk.MOST_FILES), bulk.MOST_FILES)
    release()
    return attachment(streamed(bulk.zipped(items)), ZIP, "giay-chung-nhan.zip")


@bp.get("/hr/certificates/download.pdf")
@allow(access.hr)
def as_pdf() -> ResponseReturnValue:
    """For the printer. Signatures do not survive; the page that leads here and each page of the file say so."""
    items = bulk.chosen(_wanted(bulk.MOST_MERGED), bulk.MOST_MERGED)
    release()
    if not any(item.filename for item in items):
        raise NotFound("Các giấy này chưa có tệp PDF. Hãy thử lại sau ít phút.")
    style = (TEMPLATES / "merged-mark.css").read_text("utf-8")
    mark = pdf.document(render_template("certificates/merged-mark.html"), style, settings().designs / "default")
    return attachment(bulk.merged(items, mark), PDF, "giay-chung-nhan-gop.pdf")


@bp.get("/hr/certificates/download.xlsx")
@allow(access.hr)
def as_list() -> ResponseReturnValue:
    return attachment(listing.list_of(_wanted(listing.MOST_LINES)), XLSX, "danh-sach-giay-chung-nhan.xlsx")


def _asked() -> Wanted:
    wanted = Wanted.read(request.args)
    return wanted if access.hr_of_all(me()) else replace(wanted, within=reach.roots(me()))


def _wanted(most: int) -> Wanted:
    wanted = _asked()
    if wanted.error:
        raise Invalid(wanted.error)
    found = books.count(wanted, issuers.today())
    if not found:
        raise NotFound(NONE)
    if found > most:
        raise Invalid(listing.TOO_MANY, found=found, most=most)
    return wanted
