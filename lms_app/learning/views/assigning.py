"""Courses that HR assigns: the list, a new one in two steps, and how far its people are."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.core import site, tables
from lms_app.core.db import reading, release
from lms_app.core.errors import Invalid
from lms_app.core.ids import new_id
from lms_app.core.typed import chosen_id
from lms_app.learning import lists
from lms_app.learning.forms import MOST_COURSES, SHOWS, STATES, Due, Order
from lms_app.learning.queries import assigning as queries
from lms_app.learning.service import assigning as service
from lms_app.organisations.groups import GROUPS
from lms_app.organisations.queries import forest
from lms_app.organisations.queries.forest import Forest
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _, language

bp = Blueprint("assignments", __name__)

ROWS, PEOPLE = 20, 50
CHANGED = "Danh sách hoặc nội dung vừa thay đổi. Hãy xem lại số người trước khi giao."


@bp.get("/hr/assignments")
@allow(access.hr)
def index() -> ResponseReturnValue:
    state, unit_id = _one_of(STATES, request.args.get("state", "")), chosen_id(request.args.get("unit", ""))
    with reading():
        by, units = service.officer(me()), forest.of(site.today())
        found = service.listed(state, unit_id, by, units)
        page, last = _page(len(found), ROWS)
        shown = found[(page - 1) * ROWS : page * ROWS]
        ids = [one.row.id for one in shown]
        tops = [(one.row.id, root) for one in shown for root in one.roots]
        progress, courses = queries.progress(tops, site.today()), queries.courses(ids, language())
    return render_template(
        "learning/assignments.html",
        assignments=shown,
        progress=progress,
        courses=courses,
        units=units.listed(by.roots),
        groups=GROUPS,
        unit=unit_id,
        state=state,
        found=len(found),
        today=site.today(),
        page=page,
        last=last,
    )


@bp.get("/hr/assignments/new")
@allow(access.hr)
def new() -> ResponseReturnValue:
    return _new(request.args, None, {}, "")


@bp.post("/hr/assignments/new")
@allow(access.hr)
def order() -> ResponseReturnValue:
    """Show whom it would mean; with `seen` assign exactly what was shown."""
    chosen, order_id = Order.read(request.form, site.today()), chosen_id(request.form.get("order", ""))
    release()
    if order_id and queries.one(order_id):
        return redirect(url_for(".show", assignment_id=order_id), code=303)
    if chosen.errors:
        return _new(request.form, None, chosen.errors, ""), 400
    by = service.officer(me())
    release()
    try:
        with reading():
            preview = service.preview(chosen, by)
            people = queries.meant(preview.asked) if order_id else []
    except Invalid as error:
        return _new(request.form, None, error.fields, ""), 400
    if order_id is None:
        return _new(request.form, preview, {}, "")
    if preview.seen != request.form.get("seen"):
        return _new(request.form, preview, {}, CHANGED), 400
    service.assign(order_id, chosen, preview.title, people, by)
    return redirect(url_for(".show", assignment_id=order_id), code=303)


@bp.get("/hr/assignments/<uuid:assignment_id>")
@allow(access.hr)
def show(assignment_id: UUID) -> ResponseReturnValue:
    with reading():
        return _show(assignment_id, "", "")


@bp.get("/hr/assignments/<uuid:assignment_id>/people.xlsx")
@allow(access.hr)
def download(assignment_id: UUID) -> ResponseReturnValue:
    """The same list as the page shows, all of it."""
    shown = _one_of(SHOWS, request.args.get("show", ""))
    with reading():
        seen, courses, asked = _asked(assignment_id)
        found = _listed(shown, seen.row)
        lines = (
            (lists.person_line(one) for one in service.everybody(assignment_id, asked, found)) if found else iter(())
        )
        header = [str(name) for name in lists.people_columns([course.title for course in courses])]
        rows = ([str(cell.text) for cell in cells] for cells in lines)
        content = tables.write(header, rows, str(_("Danh sách")), above=[seen.row.title, seen.unit])
    return attachment(content, XLSX, "nguoi-duoc-giao.xlsx")


@bp.post("/hr/assignments/<uuid:assignment_id>/due")
@allow(access.hr)
def change_due(assignment_id: UUID) -> ResponseReturnValue:
    typed = request.form.get("due", "")
    due = Due.read(typed, site.today())
    if due.day is None:
        return _show(assignment_id, due.error, typed), 400
    service.change_due(assignment_id, due.day, service.officer(me()))
    return redirect(url_for(".show", assignment_id=assignment_id, saved="due"), code=303)


@bp.post("/hr/assignments/<uuid:assignment_id>/close")
@allow(access.hr)
def close(assignment_id: UUID) -> ResponseReturnValue:
    service.close(assignment_id, service.officer(me()))
    return redirect(url_for(".show", assignment_id=assignment_id, saved="close"), code=303)


def _new(typed: Mapping[str, str], preview: service.Preview | None, wrong: dict[str, str], problem: str) -> str:
    by, units = service.officer(me()), forest.of(site.today())
    return render_template(
        "learning/assignment-new.html",
        courses=queries.catalogue(language()),
        places=range(2, MOST_COURSES + 1),
        more=any(typed.get(f"course-{at}") for at in range(2, MOST_COURSES + 1)),
        units=units.listed(by.roots),
        groups=GROUPS,
        typed=typed,
        preview=preview,
        order=new_id(),
        wrong=wrong,
        problem=problem,
        problems=[(_(sentence), f"#{name}") for name, sentence in wrong.items()],
    )


def _show(assignment_id: UUID, wrong: str, typed: str) -> str:
    shown = _one_of(SHOWS, request.args.get("show", ""))
    seen, courses, asked = _asked(assignment_id)
    counts = queries.counts(asked)
    overdue = counts.people - counts.done if seen.row.due_on < site.today() else 0
    totals = {"all": counts.people, "unfinished": counts.people - counts.done, "overdue": overdue}
    totals["noaddress"] = counts.silent
    page, last = _page(totals[shown], PEOPLE)
    found = _listed(shown, seen.row)
    people = service.people(assignment_id, asked, found, PEOPLE, (page - 1) * PEOPLE) if found else []
    return render_template(
        "learning/assignment.html",
        seen=seen,
        courses=courses,
        groups=GROUPS,
        counts=counts,
        totals=totals,
        columns=lists.people_columns([course.title for course in courses]),
        lines=[lists.person_line(one) for one in people],
        ids=[one.id for one in people],
        show=shown,
        today=site.today(),
        saved=request.args.get("saved"),
        wrong=wrong,
        typed=typed,
        page=page,
        last=last,
    )


def _asked(assignment_id: UUID) -> tuple[service.Seen, Sequence[Any], queries.Question]:
    """The assignment as I may see it, its courses, and the question about my people of it."""
    day = site.today()
    units: Forest = forest.of(day)
    seen = service.seen(assignment_id, service.officer(me()), units)
    courses = queries.courses([assignment_id], language()).get(assignment_id, [])
    return seen, courses, queries.Question(seen.roots, day, seen.row.group, tuple(one.id for one in courses))


def _listed(shown: str, assignment: Any) -> str:
    """Which list of the database it is: who is overdue has not finished, after the last day; "" for nobody."""
    if shown != "overdue":
        return shown
    return queries.UNFINISHED if assignment.due_on < site.today() else ""


def _one_of(known: Sequence[str], typed: str) -> str:
    return typed if typed in known else known[0]


def _page(found: int, rows: int) -> tuple[int, int]:
    """The page asked for and the last one, both from 1."""
    last = max(-(-found // rows), 1)
    return min(max(request.args.get("page", 1, int), 1), last), last
