"""The list behind a number of the coverage table, on pages and as one file."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.core.errors import NotFound
from lms_app.reporting.queries.lists import TRAINED
from lms_app.reporting.service.lists import NAMES, Wanted
from lms_app.reporting.views.asked import CoverageQuestion
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _, language, today

bp = Blueprint("coverage_people", __name__)

ROWS = 50
UNKNOWN = "Không có danh sách này. Hãy bấm vào một số trong bảng độ phủ."


@bp.get("/hr/coverage/people")
@allow(access.hr)
def people() -> ResponseReturnValue:
    question = CoverageQuestion()
    wanted = _wanted(question)
    found = wanted.count()
    last = max(-(-found // ROWS), 1)
    page = min(question.filter.page, last)
    shown = render_template(
        "reporting/coverage-people.html",
        question=question,
        wanted=wanted,
        names=NAMES,
        found=found,
        lines=list(wanted.lines(ROWS, (page - 1) * ROWS)),
        is_today=question.asked.day == today(),
        page=page,
        last=last,
        numbers=range((page - 1) * ROWS + 1, page * ROWS + 1),
    )
    return shown, 400 if question.filter.errors else 200


@bp.get("/hr/coverage/people.xlsx")
@allow(access.hr)
def workbook() -> ResponseReturnValue:
    question = CoverageQuestion().strictly()
    wanted = _wanted(question)
    above = [str(_(NAMES[wanted.what])), *question.heading()]
    return attachment(wanted.xlsx(above), XLSX, f"{wanted.what}-{question.asked.day.isoformat()}.xlsx")


def _wanted(question: CoverageQuestion) -> Wanted:
    what = request.args.get("what", TRAINED)
    if what not in NAMES:
        raise NotFound(UNKNOWN)
    return Wanted(what, question.scope, language())
