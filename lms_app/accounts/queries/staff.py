"""Reading staff: who works where on a day, and one person with all their posts and roles."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Row, String, and_, bindparam, exists, func, or_, select, true

from lms_app.accounts.forms.staff import CODE, EMAIL, NAME, Sought
from lms_app.accounts.models import Employment, Person, Role
from lms_app.accounts.queries import reach
from lms_app.core.db import row, rows
from lms_app.core.text import folded_pattern
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree

PIECE = 5000
"""People whose posts are read at once; SQLite takes 32,766 values."""

UNPLACED, OF_FEW, OF_MANY = "unplaced", "few", "many"
MANY = 3000
"""Posts in reach from which on people are looked through by name, and each asked whether they are in reach."""

_GROUP = bindparam("group", type_=String)
_TEXT, _END = bindparam("text", type_=String), bindparam("end", type_=String)
_placed_ones = reach.STAFF.where(or_(_GROUP == "", Employment.group == _GROUP))
_placed = Person.id.in_(_placed_ones)
_is_placed = _placed_ones.where(Employment.person_id == Person.id).correlate(Person).exists()
"""The same: quick where most people are in reach or a search leaves few, as `_placed` is where few are in reach."""

_unplaced = and_(Person.active.is_(True), ~exists().where(Employment.person_id == Person.id, reach.employed()))
_searches: dict[str, ColumnElement[bool]] = {
    "": true(),
    NAME: Person.name.regexp_match(_TEXT),
    CODE: and_(Person.staff_code >= _TEXT, Person.staff_code < _END),
    EMAIL: and_(Person.email >= _TEXT, Person.email < _END),
}
_WANTED = {
    (who, looks_at): and_(condition, search)
    for who, condition in ((UNPLACED, _unplaced), (OF_FEW, _placed), (OF_MANY, _is_placed))
    for looks_at, search in _searches.items()
}
"""By whom to look among, and by what is searched."""

IS_MANY = reach.STAFF.limit(1).offset(MANY)

_FACTS = (
    Person.id,
    Person.name,
    Person.staff_code,
    Person.email,
    Person.birth_date,
    Person.birth_year,
    Person.sex,
    Person.phone,
)
LISTS = {
    key: select(*_FACTS)
    .where(wanted)
    .order_by(Person.sort_key, Person.id)
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
    for key, wanted in _WANTED.items()
}
COUNTS = {key: select(func.count()).select_from(Person).where(wanted) for key, wanted in _WANTED.items()}
COUNTS[OF_FEW, ""] = COUNTS[OF_MANY, ""] = _placed_ones.with_only_columns(
    func.count(Employment.person_id.distinct()), maintain_column_froms=True
)
POSTS = (
    select(Employment.person_id, Employment.position, Employment.group.label("group"), Unit.name.label("unit"))
    .join(Unit, Unit.id == Employment.unit_id)
    .join(tree.REACH, tree.REACH.c.id == Unit.id)
    .where(Employment.person_id.in_(bindparam("people", expanding=True)), reach.employed())
    .order_by(Employment.since.desc(), Unit.name)
)
FACTS = select(*_FACTS, Person.created_at, Person.active).where(Person.id == bindparam("person"))
HISTORY = (
    select(
        Employment.id,
        Employment.unit_id,
        Employment.position,
        Employment.group.label("group"),
        Employment.duty,
        Employment.since,
        Employment.until,
        Unit.name.label("unit"),
        Unit.code,
    )
    .join(Unit, Unit.id == Employment.unit_id)
    .where(Employment.person_id == bindparam("person"))
    .order_by(Employment.since.desc(), Unit.name)
)
ROLES = (
    select(Role.name, Role.unit_id, Unit.name.label("unit"))
    .outerjoin(Unit, Unit.id == Role.unit_id)
    .where(Role.person_id == bindparam("person"))
    .order_by(Role.name)
)


def some(sought: Sought, roots: Sequence[UUID], most: int, skip: int = 0) -> Sequence[Row[Any]]:
    """Their facts, in the order of Vietnamese names."""
    return rows(LISTS[_among(sought, roots), sought.looks_at], **_values(sought, roots), most=most, skip=skip)


def count(sought: Sought, roots: Sequence[UUID]) -> int:
    found = row(COUNTS[_among(sought, roots), sought.looks_at], **_values(sought, roots))
    return int(found[0]) if found else 0


def posts(people: Collection[UUID], roots: Sequence[UUID], day: date) -> Mapping[UUID, Sequence[Row[Any]]]:
    """Person -> what they do on that day in the units of these trees."""
    asked = list(people)
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for at in range(0, len(asked), PIECE):
        for one in rows(POSTS, people=asked[at : at + PIECE], roots=list(roots), day=day):
            found[one.person_id].append(one)
    return found


def facts(person_id: UUID) -> Row[Any] | None:
    return row(FACTS, person=person_id)


def history(person_id: UUID) -> Sequence[Row[Any]]:
    """All posts of a person, the newest first."""
    return rows(HISTORY, person=person_id)


def roles(person_id: UUID) -> Sequence[Row[Any]]:
    """Name, unit's id and unit's name of each."""
    return rows(ROLES, person=person_id)


def _among(sought: Sought, roots: Sequence[UUID]) -> str:
    if sought.unplaced:
        return UNPLACED
    is_narrow = sought.looks_at in {CODE, EMAIL}
    return OF_MANY if is_narrow or row(IS_MANY, roots=list(roots), day=sought.day) else OF_FEW


def _values(sought: Sought, roots: Sequence[UUID]) -> dict[str, Any]:
    text = {NAME: folded_pattern, CODE: str.upper, EMAIL: str.lower}.get(sought.looks_at, str)(sought.text)
    values: dict[str, Any] = {"day": sought.day}
    if sought.looks_at:
        values["text"] = text
    if sought.looks_at in {CODE, EMAIL}:
        values["end"] = text + "\uffff"
    return values if sought.unplaced else values | {"roots": list(roots), "group": sought.group}
