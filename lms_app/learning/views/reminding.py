"""Reminders: looking at one before it is sent, the log of all, and stopping them."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.service import people
from lms_app.core import site, tables
from lms_app.core.db import reading, release
from lms_app.core.errors import Conflict, NotFound
from lms_app.core.typed import chosen_id
from lms_app.learning import letter, lists
from lms_app.learning.queries import assigning
from lms_app.learning.queries import reminding as queries
from lms_app.learning.service import assigning as assignments
from lms_app.learning.service import reminding as service
from lms_app.organisations.queries import forest
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _, language
from lms_app.web.security import limiter

bp = Blueprint("reminders", __name__)

ROWS = 50
CHANGED = "Danh sách vừa thay đổi. Hãy xem lại trước khi gửi."
CLOSED = "Đợt giao này đã đóng nên không nhắc được nữa."
BAD_LINK = "Liên kết này chưa đủ hoặc đã bị sửa. Hãy mở lại từ thư, hoặc tắt thư nhắc hạn ở trang Tài khoản."


@bp.get("/hr/assignments/<uuid:assignment_id>/remind")
@allow(access.hr)
def preview(assignment_id: UUID) -> ResponseReturnValue:
    with reading():
        return _preview(assignment_id, again="again" in request.args)


@bp.post("/hr/assignments/<uuid:assignment_id>/remind")
@allow(access.hr)
def send(assignment_id: UUID) -> ResponseReturnValue:
    """Owe the letters to exactly those that were shown."""
    again = request.form.get("again") == "1"
    release()
    with reading():
        seen, asked = _asked(assignment_id)
        plan = service.plan(assignment_id, asked, again=again)
        if plan.seen != request.form.get("seen") or not plan.ready:
            return _preview(assignment_id, again=again, problem=CHANGED), 400
    if seen.row.closed_at:
        raise Conflict(CLOSED)
    service.order(assignment_id, plan.owed, actor=me().id, by=me().name)
    return redirect(url_for(".log", assignment=assignment_id, owed=plan.ready), code=303)


@bp.get("/hr/reminders")
@allow(access.hr)
def log() -> ResponseReturnValue:
    assignment_id, person_id = chosen_id(request.args.get("assignment", "")), chosen_id(request.args.get("person", ""))
    with reading():
        by, units = assignments.officer(me()), forest.of(site.today())
        found = queries.logged(by.roots, site.today(), assignment_id, person_id)
        last = max(-(-found // ROWS), 1)
        page = min(max(request.args.get("page", 1, int), 1), last)
        rows = queries.log(by.roots, site.today(), assignment_id, person_id, ROWS, (page - 1) * ROWS)
        open_ones = assignments.listed("all", None, by, units)
    return render_template(
        "learning/reminders.html",
        reminders=rows,
        lines=[lists.reminder_line(one) for one in rows],
        columns=lists.reminder_columns(),
        assignments=open_ones,
        assignment=assignment_id,
        person=person_id,
        found=found,
        owed=request.args.get("owed", None, int),
        page=page,
        last=last,
    )


@bp.get("/hr/reminders.xlsx")
@allow(access.hr)
def download() -> ResponseReturnValue:
    """The same list as the page shows, all of it."""
    assignment_id, person_id = chosen_id(request.args.get("assignment", "")), chosen_id(request.args.get("person", ""))
    with reading():
        roots, most = assignments.officer(me()).roots, assigning.ENDLESS
        found = queries.log(roots, site.today(), assignment_id, person_id, most, 0)
        rows = ([str(cell.text) for cell in lists.reminder_line(one)] for one in found)
        content = tables.write([str(name) for name in lists.reminder_columns()], rows, str(_("Thư nhắc hạn")))
    return attachment(content, XLSX, "thu-nhac-han.xlsx")


@bp.get("/reminders/stop/<token>")
@allow(access.anyone)
def stop_page(token: str) -> ResponseReturnValue:
    """A button: mail scanners open links, and a GET changes nothing. It names nobody: letters are passed on."""
    with reading():
        wants = queries.wants(_person(token))
    if wants is None:
        raise NotFound(BAD_LINK)
    return _unkept(render_template("learning/stop.html", token=token, wants=wants))


@bp.post("/reminders/stop/<token>")
@allow(access.anyone)
@limiter.limit("20/minute")
def stop(token: str) -> ResponseReturnValue:
    person_id = _person(token)
    if queries.wants(person_id) is None:
        raise NotFound(BAD_LINK)
    people.set_reminders(person_id, wanted=False)
    return redirect(url_for(".stop_page", token=token), code=303)


def _person(token: str) -> UUID:
    found = letter.person_of(site.settings().secret_key, token)
    if found is None:
        raise NotFound(BAD_LINK)
    return found


def _unkept(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked(assignment_id: UUID) -> tuple[assignments.Seen, assigning.Question]:
    """The assignment as I may see it, and the question about my people of it."""
    day = site.today()
    seen = assignments.seen(assignment_id, assignments.officer(me()), forest.of(day))
    courses = assigning.courses([assignment_id], language()).get(assignment_id, [])
    return seen, assigning.Question(seen.roots, day, seen.row.group, tuple(one.id for one in courses))


def _preview(assignment_id: UUID, *, again: bool, problem: str = "") -> str:
    seen, asked = _asked(assignment_id)
    if seen.row.closed_at:
        raise Conflict(CLOSED)
    plan = service.plan(assignment_id, asked, again=again)
    return render_template(
        "learning/remind.html",
        seen=seen,
        plan=plan,
        example=service.example(seen.row, plan.people[0]) if plan.people else None,
        again=again,
        problem=problem,
    )
