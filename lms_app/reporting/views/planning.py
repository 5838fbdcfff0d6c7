"""What the pages of plans and targets share: whose units they are about, on which day, and one piece of a long list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from flask import request

from lms_app.accounts.login import me
from lms_app.accounts.queries import reach
from lms_app.core.errors import Invalid, NotFound
from lms_app.core.typed import chosen_id
from lms_app.organisations.queries import choosing, reached
from lms_app.web.i18n import _

ROWS = 200
UNREACHED = "Không có đơn vị này trong phạm vi anh chị phụ trách. Hãy mở lại danh sách."
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """`roots`: tops of the trees a page is about. `unit`: the chosen one, None for all. `units`: the choices."""

    roots: tuple[UUID, ...]
    unit: Any
    units: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a list, and where they stand in it."""

    lines: Sequence[Any]
    found: int
    page: int
    last: int


def scope(day: date) -> Scope:
    """Everything of the asker, or what `unit` of the address names. A unit out of reach is one that does not exist."""
    mine, typed = reach.roots(me()), request.args.get("unit", "")
    units = reached.parents(mine, day)
    if not typed:
        return Scope(mine, None, units)
    unit = _reached(chosen_id(typed), mine, day)
    return Scope((unit.id,), unit, units)


def reached_unit(unit_id: UUID, until: date) -> Any:
    """The unit, when it is in the asker's reach on its last day up to this one."""
    return _reached(unit_id, reach.roots(me()), reached.last_day(unit_id, until))


def piece(lines: Sequence[Any]) -> Piece:
    """The page of a list that `page` of the address names, or the nearest there is."""
    last = max(-(-len(lines) // ROWS), 1)
    page = min(max(request.args.get("page", 1, int), 1), last)
    return Piece(lines[(page - 1) * ROWS : page * ROWS], len(lines), page, last)


def sentences(errors: Mapping[str, Invalid]) -> dict[str, str]:
    """What is wrong with each field, in the reader's language."""
    return {name: _(error.message, **error.values) for name, error in errors.items()}


def asked(*names: str) -> dict[str, str]:
    """What the address asks for under these names, to be asked again on the next page and for the file."""
    return {name: request.args[name] for name in names if request.args.get(name)}


def typed_unit() -> UUID | None:
    """The unit whose code was typed into a form."""
    found = reached.by_code(request.form.get("unit", "").strip())
    return found.id if found else None


def _reached(unit_id: UUID | None, roots: tuple[UUID, ...], day: date) -> Any:
    unit = choosing.by_id(unit_id, roots, day) if unit_id else None
    if unit is None:
        raise NotFound(UNREACHED)
    return unit
