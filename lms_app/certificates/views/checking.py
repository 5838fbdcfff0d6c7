"""For HR: a partner's list checked against the register, on the page and as the same list with the answers beside."""

import base64
from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.certificates import answers
from lms_app.certificates.service import checking, issuers
from lms_app.certificates.service.checking import Answer, Line, Within
from lms_app.core import tables
from lms_app.core.db import reading, release
from lms_app.core.errors import Invalid
from lms_app.web.i18n import _
from lms_app.web.security import takes_files

bp = Blueprint("checking", __name__)

SHOWN = 200
"""Rows on the page; the file holds all."""

MEGABYTES = 12
"""Of one request: the largest list that `core.tables` reads, and what a form needs around it."""


@bp.get("/hr/certificates/check")
@allow(access.hr)
def form() -> ResponseReturnValue:
    return _page("")


@bp.post("/hr/certificates/check")
@allow(access.hr)
@takes_files(MEGABYTES)
def check() -> ResponseReturnValue:
    """Changes nothing and keeps nothing. The database is let go while the file is read."""
    release()
    text = request.form.get("text", "")
    try:
        rows = _rows(text)
        with reading():
            answer = checking.checked(rows, answers.standing, _within())
    except Invalid as error:
        return _page(text, error=_(error.message, **error.values)), 400
    return _page(text, result=_result(answer))


def _page(text: str, error: str | None = None, result: dict[str, Any] | None = None) -> str:
    return render_template(
        "certificates/check.html", text=text, error=error, result=result, of_all=access.hr_of_all(me())
    )


def _within() -> Within | None:
    who = me()
    return None if access.hr_of_all(who) else Within(reach.roots(who), issuers.today())


def _rows(text: str) -> list[tables.Row]:
    """Of the file when one was chosen, else of what was pasted."""
    file = request.files.get("list")
    if file is not None and file.filename:
        with file.stream as content:
            return tables.read(content.read(), checking.MOST)
    return tables.pasted(text, checking.MOST)


def _result(answer: Answer) -> dict[str, Any]:
    told = [answers.told(line) for line in answer.lines]
    file = tables.write(_header(answer), _beside(answer, told), _("Kết quả kiểm tra"), above=_above(answer))
    lines = [line for line in answer.lines if line.status]
    first = answer.header + 2
    return {
        "checked": answers.checked(),
        "counts": _counts(lines),
        "disagreeing": sum(line.agrees is False for line in lines),
        "lines": list(zip(range(first, first + SHOWN), answer.lines, told, strict=False)),
        "more": max(len(answer.lines) - SHOWN, 0),
        "file": "data:application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;base64,"
        + base64.b64encode(file).decode(),
        "site": "/hr/certificates/" if access.hr_of_all(me()) else "/v/",
        "kilobytes": -(-len(file) // 1024),
    }


def _counts(lines: Sequence[Line]) -> list[tuple[str, int]]:
    """Word -> rows, for the statuses that occur, in their usual order."""
    found = Counter(line.status for line in lines)
    return [(_(word), found[status]) for status, (_kind, _sign, word) in answers.LIST_WORDS.items() if found[status]]


def _above(answer: Answer) -> list[str]:
    """The list's own letterhead, then as of when the answers hold."""
    letterhead = [" ".join(filter(None, map(tables.text, cells))) for cells in answer.rows[: max(answer.header, 0)]]
    return [*filter(None, letterhead), answers.checked()]


def _header(answer: Answer) -> list[str]:
    own = [tables.text(cell) for cell in answer.rows[answer.header]] if answer.header >= 0 else []
    own += [_("Cột %(n)s", n=at) for at in range(len(own) + 1, _width(answer) + 1)]
    return [*own, _("Kết quả"), _("Họ tên khớp"), _("Số hiệu"), _("Tên khóa học"), _("Ngày cấp"), _("Ghi chú")]


def _beside(answer: Answer, told: Sequence[answers.Told]) -> list[tables.Row]:
    width = _width(answer)
    return [
        [*cells, *[None] * (width - len(cells)), one.word, one.agrees, one.serial, one.course, one.day, one.note]
        for cells, one in zip(answer.rows[answer.header + 1 :], told, strict=True)
    ]


def _width(answer: Answer) -> int:
    return max(map(len, answer.rows))
