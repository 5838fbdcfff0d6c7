"""The register books, for HR: page by page as the office keeps them, found again, printed, and as a list for Excel."""

from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.certificates import answers, pdf, sheet
from lms_app.certificates.forms.books import Wanted
from lms_app.certificates.queries import books as kept
from lms_app.certificates.service import issuers, listing
from lms_app.certificates.service.issuing import ROWS_A_PAGE
from lms_app.core.db import release
from lms_app.core.errors import Invalid, NotFound
from lms_app.core.site import settings
from lms_app.core.text import fold
from lms_app.web.downloads import PDF, XLSX, attachment

bp = Blueprint("books", __name__)

PAGES_A_PRINT = 10
"""Pages of a book in one PDF: more takes longer to lay out than a browser should wait."""

STYLE = Path(__file__).parents[1] / "templates" / "book-print.css"
FILTERS = ("name", "number", "course", "unit", "status", "first", "last")


@bp.get("/hr/books")
@allow(access.hr_of_all)
def books() -> ResponseReturnValue:
    return render_template("certificates/books.html", books=kept.books())


@bp.get("/hr/books/<uuid:book_id>")
@allow(access.hr_of_all)
def book(book_id: UUID) -> ResponseReturnValue:
    """One page of the book; of what was found when something is asked for."""
    one, wanted, today = _one(book_id), Wanted.read(request.args, book_id), issuers.today()
    page = request.args.get("page", 1, int)
    if wanted.is_all or wanted.error:
        last = one.page or 1
        page = min(max(page, 1), last)
        lines, found = kept.pages(book_id, page, page), one.last_number
    else:
        found = kept.count(wanted, today)
        last = max(-(-found // ROWS_A_PAGE), 1)
        page = min(max(page, 1), last)
        lines = kept.some(wanted, today, ROWS_A_PAGE, (page - 1) * ROWS_A_PAGE)
    return render_template(
        "certificates/book.html",
        book=one,
        wanted=wanted,
        typed={name: request.args.get(name, "") for name in FILTERS if request.args.get(name)},
        courses=kept.courses(),
        states=listing.STATES,
        lines=[(line, answers.state(line), listing.remark(line, today)) for line in lines],
        found=found,
        page=page,
        last=last,
        fixed=listing.fixed_by(one),
        most=PAGES_A_PRINT,
    )


@bp.get("/hr/books/<uuid:book_id>/list.xlsx")
@allow(access.hr_of_all)
def exported(book_id: UUID) -> ResponseReturnValue:
    one, wanted = _one(book_id), Wanted.read(request.args, book_id)
    if wanted.error:
        raise Invalid(wanted.error)
    content = listing.list_of(wanted, above=listing.heading(one))
    return attachment(content, XLSX, f"so-cap-{fold(one.name)}-{one.year}.xlsx")


@bp.get("/hr/books/<uuid:book_id>/print.pdf")
@allow(access.hr_of_all)
def printed(book_id: UUID) -> ResponseReturnValue:
    one = _one(book_id)
    if not one.page:
        raise NotFound("Sổ này chưa có giấy nào nên chưa có trang để in.")
    first = min(max(request.args.get("first", 1, int), 1), one.page)
    last = min(max(request.args.get("last", first, int), first), one.page)
    if last - first >= PAGES_A_PRINT:
        raise Invalid("Mỗi lần in nhiều nhất %(most)s trang. Hãy chọn khoảng trang ngắn hơn.", most=PAGES_A_PRINT)
    content = _print(one, first, last)
    return attachment(content, PDF, f"so-cap-{fold(one.name)}-{one.year}-trang-{first}-{last}.pdf")


def _one(book_id: UUID) -> Any:
    found = kept.book(book_id)
    if found is None:
        raise NotFound("Không có sổ này. Hãy chọn một sổ trong danh sách.")
    return found


def _print(one: Any, first: int, last: int) -> bytes:
    lines, today = kept.pages(one.id, first, last), issuers.today()
    release()
    html = render_template(
        "certificates/book-print.html",
        book=one,
        first=first,
        last=last,
        lines=lines,
        columns=listing.PRINTED,
        pages=[(page, found, listing.Total.of(found)) for page, found in _by_page(lines)],
        total=listing.Total.of(lines),
        fixed=listing.fixed_by(one),
        today=today,
        date=sheet.day,
        remark=lambda line: listing.remark(line, today),
    )
    return pdf.document(html, STYLE.read_text("utf-8"), settings().designs / "default")


def _by_page(lines: Any) -> list[tuple[int, list[Any]]]:
    return [(page, list(found)) for page, found in groupby(lines, key=lambda line: line.page)]
