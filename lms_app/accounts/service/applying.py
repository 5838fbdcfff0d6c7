"""Writing what a staff list changes: all of it or nothing, and only if what it rests on is still so.

Every statement says what it found before, and the rows that it touches are counted. So nothing is read while the
writer's slot of SQLite is held, and whatever happened meanwhile, to people or posts, undoes the whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, String, Uuid, bindparam, exists, insert, literal, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError

from lms_app.accounts.forms.listed import Line
from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries import imports as known
from lms_app.accounts.service.matching import Difference, Reach
from lms_app.accounts.service.people import owe_certificates, owe_staffed
from lms_app.accounts.service.posts import A_DAY, FIELDS
from lms_app.core import audit
from lms_app.core.audit import AuditEntry
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict
from lms_app.core.ids import new_id
from lms_app.core.text import name_key

PERSONAL = ("name", "sort_key", "name_source", "email", "staff_code", "birth_date", "birth_year", "sex", "phone")
PIECE = 5000
Values = dict[str, Any]


class Overtaken(Conflict):
    """Somebody else changed what this rests on. Compare again."""


@dataclass(frozen=True)
class Writing:
    """Rows ready to be written: the transaction does nothing else. `staffed`: whose posts are new or changed."""

    people: list[Values]
    posts: list[Values]
    added_posts: list[Values]
    mended: list[Values]
    changed_posts: list[Values]
    notes: list[Values]
    staffed: set[UUID]
    named: list[UUID]


def _same(column: Any, name: str) -> Any:
    return column.is_not_distinct_from(bindparam(f"old_{name}", type_=column.type))


def _changes(model: type[Person] | type[Employment], names: Sequence[str]) -> Any:
    columns = {name: getattr(model, name) for name in names}
    changed = update(model).where(model.id == bindparam("which", type_=Uuid))
    changed = changed.where(*(_same(column, name) for name, column in columns.items()))
    return changed.values({column: bindparam(f"new_{name}", type_=column.type) for name, column in columns.items()})


_ADD_PEOPLE, _ADD_POSTS, _ADD_NOTES = insert(Person), insert(Employment), insert(AuditEntry)
_MEND = _changes(Person, PERSONAL)
_CHANGE_POST = _changes(Employment, FIELDS)
_SINCE, _UNIT = bindparam("since", type_=Date), bindparam("unit_id", type_=Uuid)
_PERSON, _GROUP = bindparam("person_id", type_=Uuid), bindparam("audience", type_=String)
_ADD_POST = insert(Employment).from_select(
    ["id", "person_id", "unit_id", "position", "audience", "duty", "since", "until"],
    select(
        bindparam("id", type_=Uuid),
        *(_PERSON, _UNIT, bindparam("position", type_=String), _GROUP, bindparam("duty", type_=String)),
        *(_SINCE, bindparam("until", type_=Date)),
    ).where(
        ~exists(literal(1)).where(
            Employment.person_id == _PERSON,
            Employment.unit_id == _UNIT,
            Employment.group == _GROUP,
            or_(Employment.until.is_(None), Employment.until >= _SINCE),
        )
    ),
)
"""For people who were there: not if they have this post by now."""

LOCK = select(Person.id).where(Person.id.in_(bindparam("people", expanding=True))).order_by(Person.id).with_for_update()
"""On PostgreSQL two lists applied at once would both see that a post is missing."""


def prepared(found: Difference, *, leave_absent: bool, actor: object) -> Writing:
    at, people, posts = now(), [], []
    for one in found.new_people:
        person_id = new_id()
        people.append(_person(person_id, one.person, at))
        posts += [_post(person_id, line, found.day) for line in one.lines]
    added = [_post(person_id, line, found.day) for person_id, line in found.new_posts]
    changes = [_change(post, after, FIELDS) for post, after in found.changed_posts]
    if leave_absent:
        changes += [_change(post, {"until": max(post.since, found.day - A_DAY)}, FIELDS) for post in found.absent]
    mended = [_change(person, _keyed(after), PERSONAL) for person, after in found.mended]
    notes = [_note(person, after, at, actor) for person, after in found.mended]
    touched = {post.person_id for post, _after in found.changed_posts} | {
        person_id for person_id, _line in found.new_posts
    }
    if leave_absent:
        touched |= {post.person_id for post in found.absent}
    named = [person.id for person, after in found.mended if "name_source" in after]
    staffed = touched | {person["id"] for person in people}
    return Writing(people, posts, added, mended, changes, notes, staffed, sorted(named))


def write(writing: Writing, found: Difference, reach: Reach) -> None:
    """In the caller's transaction. Raises `Overtaken`; then nothing may be committed."""
    if {(one.id, one.name) for one in known.units(reach.roots, found.day)} != set(found.units.names.items()):
        raise Overtaken("Cây đơn vị vừa thay đổi. Hãy xem lại danh sách rồi nhập.")
    try:
        if writing.added_posts:
            _lock({post["person_id"] for post in writing.added_posts})
        _run(_ADD_PEOPLE, writing.people)
        _run(_ADD_POSTS, writing.posts)
        _run(_MEND, writing.mended)
        _run(_CHANGE_POST, writing.changed_posts)
        _run(_ADD_POST, writing.added_posts)
        _run(_ADD_NOTES, writing.notes)
    except IntegrityError as error:
        raise Overtaken("Có người vừa thay đổi các hồ sơ này. Hãy xem lại danh sách rồi nhập.") from error
    for person_id in writing.named:
        owe_certificates(person_id)
    owe_staffed(writing.staffed)


def _run(statement: Any, values: Sequence[Values]) -> None:
    connection = db.session.connection()
    for piece in _pieces(values):
        result = connection.execute(statement, list(piece))
        if isinstance(result, CursorResult) and result.rowcount != len(piece):
            raise Overtaken("Có người vừa thay đổi các hồ sơ này. Hãy xem lại danh sách rồi nhập.")


def _lock(person_ids: set[UUID]) -> None:
    for piece in _pieces(sorted(person_ids)):
        db.session.connection().execute(LOCK, {"people": list(piece)})


def _pieces(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[at : at + PIECE] for at in range(0, len(values), PIECE))


def _person(person_id: UUID, said: Line, at: datetime) -> Values:
    """They sign in by a mailed link: no password."""
    return {
        "id": person_id,
        "email": said.email or None,
        "name": said.name,
        "sort_key": name_key(said.name),
        "name_source": "own",
        "staff_code": said.staff_code or None,
        "birth_date": said.birth_date,
        "birth_year": None if said.birth_date else said.birth_year,
        "sex": said.sex,
        "phone": said.phone,
        "reminders": True,
        "locale": "vi",
        "epoch": 0,
        "active": True,
        "created_at": at,
    }


def _post(person_id: UUID, line: Line, day: date) -> Values:
    return {
        "id": new_id(),
        "person_id": person_id,
        "unit_id": line.unit_id,
        "position": line.position,
        "audience": line.group,
        "duty": line.duty,
        "since": line.since or day,
        "until": line.until,
    }


def _change(row: Any, after: Mapping[str, Any], names: Sequence[str]) -> Values:
    old = {name: getattr(row, name) for name in names}
    values = {"which": row.id} | {f"old_{name}": value for name, value in old.items()}
    return values | {f"new_{name}": after.get(name, value) for name, value in old.items()}


def _keyed(after: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**after, "sort_key": name_key(after["name"])} if "name" in after else after


def _note(person: Any, after: Mapping[str, Any], at: datetime, actor: object) -> Values:
    before = {name: str(getattr(person, name) or "") for name in after}
    subject, detail = str(person.id), {"before": before}
    return {"at": at, "actor": str(actor), "action": "accounts.mend", "subject": subject, "detail": detail}


def note(actor: object, subject: object, found: Difference) -> None:
    audit.note(actor, "accounts.import", subject, **found.counts)
