"""Coverage for HR: the table of a unit on a day, its timeline, and the table as files."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.core.text import name_key
from lms_app.reporting.figures import Coverage, Line
from lms_app.reporting.service import coverage_files, timeline
from lms_app.reporting.views.asked import CoverageQuestion
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import percent

bp = Blueprint("coverage", __name__)

CSV, JSON = "text/csv", "application/json"
NEVER = 2.0
"""Sorts what is not known behind all shares."""


@bp.get("/hr/coverage")
@allow(access.hr)
def table() -> ResponseReturnValue:
    question = CoverageQuestion()
    found = question.table()
    page = render_template(
        "reporting/coverage.html",
        question=question,
        coverage=found,
        lines=_sorted(found, question.filter.sort),
        percent=percent,
    )
    return page, 400 if question.filter.errors else 200


@bp.get("/hr/coverage.xlsx")
@allow(access.hr)
def workbook() -> ResponseReturnValue:
    question = CoverageQuestion().strictly()
    found = question.table()
    return attachment(coverage_files.xlsx(found, question.heading()), XLSX, _name(found, "xlsx"))


@bp.get("/hr/coverage.csv")
@allow(access.hr)
def comma_separated() -> ResponseReturnValue:
    found = CoverageQuestion().strictly().table()
    return attachment(coverage_files.comma_separated(found), CSV, _name(found, "csv"))


@bp.get("/hr/coverage.json")
@allow(access.hr)
def for_programs() -> ResponseReturnValue:
    found = CoverageQuestion().strictly().table()
    content = json.dumps(coverage_files.plain(found), ensure_ascii=False, indent=1).encode()
    return attachment(content, JSON, _name(found, "json"))


@bp.get("/hr/coverage/timeline")
@allow(access.hr)
def over_time() -> ResponseReturnValue:
    question = CoverageQuestion()
    points = timeline.points(question.asked) if question.path else []
    page = render_template("reporting/coverage-timeline.html", question=question, points=points, percent=percent)
    return page, 400 if question.filter.errors else 200


def _sorted(found: Coverage, by: str) -> list[Line]:
    """In the order of the codes unless asked otherwise; what is not known comes last."""
    keys: dict[str, Callable[[Line], Any]] = {
        "name": lambda line: name_key(line.name),
        "share": lambda line: NEVER if line.share is None else line.share,
        "gap": lambda line: -(line.gap(found.target) or 0),
    }
    return sorted(found.lines, key=keys[by]) if by else list(found.lines)


def _name(found: Coverage, ending: str) -> str:
    return f"do-phu-{found.asked.day.isoformat()}.{ending}"
