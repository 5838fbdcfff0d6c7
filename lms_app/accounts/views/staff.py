"""The staff list: of what an officer looks after on a day, on the page and as a table; and a new person in it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.forms.staff import Facts, Post, Sought
from lms_app.accounts.login import allow, me
from lms_app.accounts.models import SEXES
from lms_app.accounts.queries import reach
from lms_app.accounts.queries import staff as queries
from lms_app.accounts.service import directory, staff
from lms_app.core.db import reading
from lms_app.core.errors import Invalid
from lms_app.organisations.groups import DUTIES, GROUPS
from lms_app.organisations.queries import choosing
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _, fields, today

bp = Blueprint("staff", __name__)

ROWS = 50


@bp.get("/hr/people")
@allow(access.hr)
def index() -> ResponseReturnValue:
    sought, roots = _sought(), reach.roots(me())
    try:
        place = staff.unit(me(), sought.unit, sought.day) if sought.unit else None
    except Invalid as error:
        return _list(sought, roots, wrong=_(error.message, **error.values)), 400
    if sought.error:
        return _list(sought, roots, place=place, wrong=_(sought.error)), 400
    found = queries.count(sought, [place.id] if place else roots)
    last = max(-(-found // ROWS), 1)
    page = min(sought.page, last)
    lines = directory.lines(sought, [place.id] if place else roots, roots, ROWS, (page - 1) * ROWS)
    return _list(sought, roots, place=place, lines=lines, found=found, page=page, last=last)


@bp.get("/hr/people.xlsx")
@allow(access.hr)
def table() -> ResponseReturnValue:
    """The same list as the page, all of it."""
    sought, roots = _sought(), reach.roots(me())
    if sought.error:
        raise Invalid(sought.error)
    place = staff.unit(me(), sought.unit, sought.day) if sought.unit else None
    wanted = [place.id] if place else roots
    directory.check_length(queries.count(sought, wanted))
    lines = directory.lines(sought, wanted, roots, directory.MOST)
    above = [place.name] if place else []
    day = f"{sought.day:%d/%m/%Y}"
    content = directory.table(lines, _say, [*above, _("Danh sách ngày %(day)s", day=day).unescape()])
    return attachment(content, XLSX, "danh-sach-can-bo.xlsx")


@bp.get("/hr/people/new")
@allow(access.hr)
def form() -> ResponseReturnValue:
    return _form(Facts(), Post(typed={"unit": request.args.get("unit", ""), "since": ""}))


@bp.post("/hr/people/new")
@allow(access.hr)
def add() -> ResponseReturnValue:
    facts, post = Facts.read(request.form, today()), Post.read(request.form, today())
    if facts.errors or post.errors:
        return _form(facts, post), 400
    try:
        made = staff.add(me(), facts, post, today())
    except Invalid as error:
        return _form(facts, post, fields(error)), 400
    is_known = made in reach.known(me(), [made], today())
    return redirect(f"/hr/people/{made}?saved=new" if is_known else "/hr/people", code=303)


def _say(text: str) -> str:
    return _(text).unescape()


def _sought() -> Sought:
    """Who looks after one unit alone cannot ask for people who work nowhere: they are nobody's but everybody's."""
    sought = Sought.read(request.args, today())
    if sought.unplaced and not access.hr_of_all(me()):
        return Sought.read({name: value for name, value in request.args.items() if name != "unplaced"}, today())
    return sought


def _list(sought: Sought, roots: Sequence[UUID], **values: Any) -> str:
    of_all = access.hr_of_all(me())
    lines: list[directory.Line] = values.pop("lines", [])
    is_now = of_all or sought.day == today()
    ids = [one.id for one in lines]
    return render_template(
        "accounts/people.html",
        **{"place": None, "found": 0, "page": 1, "last": 1, "wrong": ""} | values,
        lines=[(one.id, directory.cells(one, _say)) for one in lines],
        header=directory.HEADER,
        saved=request.args.get("saved"),
        sought=sought,
        typed=sought.typed(today()),
        of_all=of_all,
        units=choosing.few(roots, sought.day),
        groups=GROUPS,
        known=set(ids) if is_now else reach.known(me(), ids, today()),
        most=directory.MOST,
        today=today(),
    )


def _form(facts: Facts, post: Post, wrong: dict[str, str] | None = None) -> str:
    errors = {name: _(error.message, **error.values) for name, error in (facts.errors | post.errors).items()}
    with reading():
        units = choosing.few(reach.roots(me()), today())
    return render_template(
        "accounts/person-new.html",
        typed={**facts.typed, **post.typed},
        wrong=errors | (wrong or {}),
        units=units,
        groups=GROUPS,
        duties=DUTIES,
        sexes=SEXES,
        unit_name="",
    )
