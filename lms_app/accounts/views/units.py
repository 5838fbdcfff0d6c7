"""The tree of units on a day, one level at a time; and one unit with its past and what became of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.forms.units import Place, UnitForm
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.accounts.queries import units as staff
from lms_app.core.errors import LmsError, NotFound
from lms_app.organisations.kinds import KINDS
from lms_app.organisations.models import ABOLISH, BEGINNING, MERGE, MOVE, RENAME, SPLIT
from lms_app.organisations.queries import tree
from lms_app.organisations.queries import units as queries
from lms_app.organisations.service import naming, units
from lms_app.organisations.service.units import Facts
from lms_app.web.i18n import _, today

bp = Blueprint("units", __name__)

ROWS = 200
SHOWN = 500
"""People shown that no unit has; of more, the page says how many."""

WORDS = {
    RENAME: ("Đổi tên từ", "Đổi tên thành"),
    MOVE: ("Chuyển từ", "Chuyển thành"),
    MERGE: ("Sáp nhập từ", "Sáp nhập vào"),
    SPLIT: ("Tách từ", "Chia thành"),
    ABOLISH: ("Tiếp nhận từ", "Giải thể, giao cho"),
}
"""Kind of change -> what it is called from after it, and from before."""


@bp.get("/hr/units")
@allow(access.hr)
def index() -> ResponseReturnValue:
    """One level of the tree, or everything in reach that matches."""
    place, of_all = Place.read(request.args, today()), access.hr_of_all(me())
    roots = reach.roots(me())
    if place.below and not tree.is_reached(place.below, roots, place.day):
        raise NotFound(units.UNKNOWN)
    found, total = _found(place, roots)
    return render_template(
        "accounts/units.html",
        place=place,
        units=found,
        total=total,
        last=max(-(-total // ROWS), 1),
        below=queries.below([one.id for one in found], place.day),
        path=_reached_path(place.below, roots) if place.below else (),
        unplaced=staff.unplaced_count() if of_all else 0,
        of_all=of_all,
        kinds=KINDS,
        today=today(),
    )


@bp.get("/hr/units/<uuid:unit_id>")
@allow(access.hr)
def unit(unit_id: UUID) -> ResponseReturnValue:
    roots = reach.roots(me())
    found, day = visible(unit_id, roots)
    own, whole = staff.staff(unit_id, day)
    return render_template(
        "accounts/unit.html",
        unit=found,
        day_shown=day,
        kinds=KINDS,
        came_from=queries.came_from(unit_id),
        became=queries.became(unit_id),
        path=_reached_path(unit_id, roots)[:-1],
        roots=frozenset(roots),
        below=queries.below([unit_id], day).get(unit_id, 0),
        own=own,
        whole=whole,
        officers=staff.officers(unit_id),
        of_all=access.hr_of_all(me()),
        beginning=BEGINNING,
        today=today(),
        words=WORDS,
    )


@bp.get("/hr/units/unplaced")
@allow(access.hr_of_all)
def unplaced() -> ResponseReturnValue:
    """Whom a split or an abolition left without a unit."""
    return render_template("accounts/units-unplaced.html", people=staff.unplaced(SHOWN), total=staff.unplaced_count())


@bp.get("/hr/units/new")
@allow(access.hr_of_all)
def new() -> ResponseReturnValue:
    return _form(request.args, {})


@bp.post("/hr/units/new")
@allow(access.hr_of_all)
def add() -> ResponseReturnValue:
    asked = UnitForm.read(request.form)
    errors = said(asked.errors)
    try:
        parent_id = naming.one(asked.parent, asked.since or today()) if asked.parent else None
    except LmsError as error:
        parent_id, errors["parent"] = None, _(error.message, **error.values)
    if errors or asked.since is None:
        return _form(request.form, errors), 400
    facts = Facts(asked.code, asked.name, asked.kind, parent_id, asked.since, None, asked.act)
    try:
        made = units.add(facts, me().id)
    except LmsError as error:
        return _form(request.form, {"code": _(error.message, **error.values)}), 400
    return redirect(url_for(".unit", unit_id=made.id), code=303)


@bp.get("/hr/units/<uuid:unit_id>/edit")
@allow(access.hr_of_all)
def edit(unit_id: UUID) -> ResponseReturnValue:
    found, _day = visible(unit_id, reach.roots(me()))
    since = "" if found.valid_from == BEGINNING else f"{found.valid_from:%d/%m/%Y}"
    typed = {"code": found.code, "name": found.name, "kind": found.kind, "act": found.act, "since": since}
    return _form(typed, {}, found)


@bp.post("/hr/units/<uuid:unit_id>/edit")
@allow(access.hr_of_all)
def correct(unit_id: UUID) -> ResponseReturnValue:
    found, _day = visible(unit_id, reach.roots(me()))
    asked = UnitForm.read(request.form)
    if found.code == asked.code:  # the code of a past unit has its last day behind an @
        asked.errors.pop("code", None)
    if asked.errors or asked.since is None:
        return _form(request.form, said(asked.errors), found), 400
    facts = Facts(asked.code, asked.name, asked.kind, None, asked.since, None, asked.act)
    try:
        units.correct(unit_id, facts, me().id)
    except LmsError as error:
        return _form(request.form, {"since": _(error.message, **error.values)}, found), 400
    return redirect(url_for(".unit", unit_id=unit_id), code=303)


def visible(unit_id: UUID, roots: tuple[UUID, ...]) -> tuple[Any, date]:
    """The unit, and today or the day nearest to today on which it was there. Raises `NotFound` out of reach."""
    found = queries.unit(unit_id)
    if found is None:
        raise NotFound(units.UNKNOWN)
    day = min(max(today(), found.valid_from), found.valid_until or date.max)
    if not tree.is_reached(unit_id, roots, day):
        raise NotFound(units.UNKNOWN)
    return found, day


def said(errors: Mapping[str, str]) -> dict[str, str]:
    """The sentences of a form in the reader's language."""
    return {name: _(sentence) for name, sentence in errors.items()}


def _found(place: Place, roots: tuple[UUID, ...]) -> tuple[list[Any], int]:
    offset = (place.page - 1) * ROWS
    if place.is_search:
        total = queries.found_count(roots, place.day, place.typed, place.kind)
        return queries.found(roots, place.day, place.typed, place.kind, offset, ROWS), total
    total = queries.level_count(roots, place.day, place.below)
    return queries.level(roots, place.day, place.below, offset, ROWS), total


def _reached_path(unit_id: UUID, roots: tuple[UUID, ...]) -> list[Any]:
    """From the uppermost unit in reach down to this one."""
    path = list(queries.path(unit_id))
    first = next((at for at, one in enumerate(path) if one.id in roots), 0)
    return path[first:]


def _form(typed: Mapping[str, str], errors: dict[str, str], unit: Any | None = None) -> str:
    return render_template(
        "accounts/unit-form.html",
        typed=typed,
        errors=errors,
        problems=[(sentence, f"#{name}") for name, sentence in errors.items()],
        unit=unit,
        kinds=KINDS,
    )
