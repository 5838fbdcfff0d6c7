"""One person, changed by who looks after them: the facts, and where they work."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.forms.staff import Ending, Errors, Facts, Post
from lms_app.accounts.login import allow, me
from lms_app.accounts.models import SEXES
from lms_app.accounts.queries import reach
from lms_app.accounts.service import staff
from lms_app.core.errors import Invalid
from lms_app.organisations.groups import DUTIES, GROUPS
from lms_app.organisations.queries import choosing
from lms_app.web.i18n import _, fields, today

bp = Blueprint("posts", __name__)


@bp.get("/hr/people/<uuid:person_id>/edit")
@allow(access.hr)
def facts(person_id: UUID) -> ResponseReturnValue:
    found = staff.correctable(me(), person_id, today())
    born = f"{found.birth_date:%d/%m/%Y}" if found.birth_date else str(found.birth_year or "")
    typed = {name: getattr(found, name) or "" for name in ("name", "staff_code", "email", "sex", "phone")}
    return _facts(found, typed | {"birth": born}, {})


@bp.post("/hr/people/<uuid:person_id>/edit")
@allow(access.hr)
def correct(person_id: UUID) -> ResponseReturnValue:
    found, typed = staff.correctable(me(), person_id, today()), Facts.read(request.form, today())
    wrong = _tried(typed.errors, lambda: staff.correct(me(), person_id, typed, today()))
    return (_facts(found, typed.typed, wrong), 400) if wrong else _back(person_id, "facts")


@bp.get("/hr/people/<uuid:person_id>/posts/new")
@allow(access.hr)
def new(person_id: UUID) -> ResponseReturnValue:
    return _post(NEW, staff.person(me(), person_id, today()), "", {"since": ""}, {})


@bp.post("/hr/people/<uuid:person_id>/posts/new")
@allow(access.hr)
def employ(person_id: UUID) -> ResponseReturnValue:
    found, typed = staff.person(me(), person_id, today()), Post.read(request.form, today())
    wrong = _tried(typed.errors, lambda: staff.employ(me(), person_id, typed, today()))
    return (_post(NEW, found, "", typed.typed, wrong), 400) if wrong else _back(person_id, "post")


@bp.get("/hr/people/<uuid:person_id>/posts/<uuid:post_id>")
@allow(access.hr)
def post(person_id: UUID, post_id: UUID) -> ResponseReturnValue:
    held = staff.post(me(), person_id, post_id, today())
    unit = str(held.unit_id) if _units() else choosing.one(held.unit_id).code
    typed = {"unit": unit, "position": held.position, "group": held.group, "duty": held.duty}
    typed |= {"since": f"{held.since:%d/%m/%Y}", "until": f"{held.until:%d/%m/%Y}" if held.until else ""}
    return _post(CORRECT, staff.person(me(), person_id, today()), str(post_id), typed, {})


@bp.post("/hr/people/<uuid:person_id>/posts/<uuid:post_id>")
@allow(access.hr)
def correct_post(person_id: UUID, post_id: UUID) -> ResponseReturnValue:
    return _sent(CORRECT, person_id, post_id, staff.correct_post)


@bp.get("/hr/people/<uuid:person_id>/posts/<uuid:post_id>/move")
@allow(access.hr)
def move_form(person_id: UUID, post_id: UUID) -> ResponseReturnValue:
    held = staff.post(me(), person_id, post_id, today())
    typed = {"unit": "", "position": held.position, "group": held.group, "duty": held.duty, "since": ""}
    return _post(MOVE, staff.person(me(), person_id, today()), str(post_id), typed, {})


@bp.post("/hr/people/<uuid:person_id>/posts/<uuid:post_id>/move")
@allow(access.hr)
def move(person_id: UUID, post_id: UUID) -> ResponseReturnValue:
    return _sent(MOVE, person_id, post_id, staff.move)


@bp.get("/hr/people/<uuid:person_id>/posts/<uuid:post_id>/end")
@allow(access.hr)
def end_form(person_id: UUID, post_id: UUID) -> ResponseReturnValue:
    staff.post(me(), person_id, post_id, today())
    return _end(person_id, post_id, Ending(typed={"until": f"{today():%d/%m/%Y}"}), {})


@bp.post("/hr/people/<uuid:person_id>/posts/<uuid:post_id>/end")
@allow(access.hr)
def end(person_id: UUID, post_id: UUID) -> ResponseReturnValue:
    staff.post(me(), person_id, post_id, today())
    typed = Ending.read(request.form)
    wrong = _tried(typed.errors, lambda: staff.end_post(me(), person_id, post_id, typed, today()))
    return (_end(person_id, post_id, typed, wrong), 400) if wrong else _back(person_id, "end")


NEW = ("Thêm chỗ làm", "Thêm chỗ làm này", "new")
CORRECT = ("Sửa chỗ làm", "Lưu chỗ làm này", "")
MOVE = ("Chuyển đơn vị", "Chuyển sang đơn vị này", "move")
"""Title of the page, what its button says, and the end of its address."""


def _units() -> Any:
    return choosing.few(reach.roots(me()), today())


def _sent(
    kind: tuple[str, str, str], person_id: UUID, post_id: UUID, change: Callable[..., None]
) -> ResponseReturnValue:
    """A form about one post that there is: whose post it is, is asked before what was typed."""
    staff.post(me(), person_id, post_id, today())
    found, typed = staff.person(me(), person_id, today()), Post.read(request.form, today())
    wrong = _tried(typed.errors, lambda: change(me(), person_id, post_id, typed, today()))
    return (_post(kind, found, str(post_id), typed.typed, wrong), 400) if wrong else _back(person_id, kind[2] or "post")


def _tried(errors: Errors, change: Callable[[], None]) -> dict[str, str]:
    """Field -> sentence of what is wrong; {} when the change is made."""
    if errors:
        return {name: _(error.message, **error.values) for name, error in errors.items()}
    try:
        change()
    except Invalid as error:
        return fields(error)
    return {}


def _back(person_id: UUID, saved: str) -> ResponseReturnValue:
    """To the person; to the list when they are looked after by others now."""
    is_known = person_id in reach.known(me(), [person_id], today())
    return redirect(f"/hr/people/{person_id}?saved={saved}" if is_known else "/hr/people?saved=gone", code=303)


def _facts(found: Any, typed: Any, wrong: dict[str, str]) -> str:
    return render_template("accounts/person-edit.html", person=found, typed=typed, wrong=wrong, sexes=SEXES)


def _post(kind: tuple[str, str, str], found: Any, post_id: str, typed: Any, wrong: dict[str, str]) -> str:
    title, button, ending = kind
    return render_template(
        "accounts/post.html",
        kind=ending,
        title=title,
        button=button,
        action="/".join(filter(None, (f"/hr/people/{found.id}/posts", post_id, ending))),
        person=found,
        typed=typed,
        wrong=wrong,
        units=_units(),
        groups=GROUPS,
        duties=DUTIES,
    )


def _end(person_id: UUID, post_id: UUID, typed: Ending, wrong: dict[str, str]) -> str:
    found = staff.person(me(), person_id, today())
    return render_template("accounts/post-end.html", person=found, post_id=post_id, typed=typed.typed, wrong=wrong)
