"""Writing what a staff list changes: all of it or nothing, and only if what it rests on is still so.

Every statement says what it found before, and the rows that it touches are counted. So nothing is read while the
writer's slot of SQLite is held, and whatever happened meanwhile, to people or posts, undoes the whole.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, String, Uuid, bindparam, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from lms_app.accounts.forms.listed import Line
from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries import imports as known
from lms_app.accounts.service.grouping import Somebody
from lms_app.accounts.service.matching import Difference, Reach
from lms_app.accounts.service.people import owe_certificates, owe_staffed
from lms_app.accounts.service.posts import A_DAY, FIELDS
from lms_app.core import audit
from lms_app.core.audit import AuditEntry
from lms_app.core.bulk import Bulk, adding, ready, room
from lms_app.core.bulk import write as write_all
from lms_app.core.clock import now
from lms_app.core.db import rows
from lms_app.core.errors import Conflict
from lms_app.core.ids import new_id
from lms_app.core.text import name_key

PERSONAL = ("name", "sort_key", "name_source", "email", "staff_code", "birth_date", "birth_year", "sex", "phone")
POST = ("id", "person_id", "unit_id", "position", "audience", "duty", "since", "until")
AT_ONCE = 5000
Values = dict[str, Any]


class Overtaken(Conflict):
    """Somebody else changed what this rests on. Compare again."""


@dataclass(frozen=True)
class Writing:
    """What is written, ready before the transaction. `known`: who was there and gets one more post.

    `staffed`: whose posts are new or changed. `named`: whose name is now the office's word.
    """

    bulks: tuple[Bulk, ...]
    known: frozenset[UUID]
    staffed: frozenset[UUID]
    named: list[UUID]


def _same(column: Any, name: str) -> Any:
    return column.is_not_distinct_from(bindparam(f"old_{name}", type_=column.type))


def _changes(model: type[Person] | type[Employment], names: Sequence[str]) -> Any:
    columns = {name: getattr(model, name) for name in names}
    changed = update(model).where(model.id == bindparam("which", type_=Uuid))
    changed = changed.where(*(_same(column, name) for name, column in columns.items()))
    return changed.values({column: bindparam(f"new_{name}", type_=column.type) for name, column in columns.items()})


_ADD_PEOPLE = adding(
    Person.__table__,  # type: ignore[arg-type]  # a Table, which SQLAlchemy types more widely
    ("id", *PERSONAL, "reminders", "locale", "epoch", "active", "created_at"),
)
_SINCE, _UNIT = bindparam("since", type_=Date), bindparam("unit_id", type_=Uuid)
_PERSON, _GROUP = bindparam("person_id", type_=Uuid), bindparam("audience", type_=String)
_NUMBER = select(Person.number).where(Person.id == _PERSON).scalar_subquery()
_ADD_POSTS = adding(Employment.__table__, POST, person_number=_NUMBER)  # type: ignore[arg-type]
_ADD_NOTES = adding(AuditEntry.__table__, ("at", "actor", "action", "subject", "detail"))  # type: ignore[arg-type]
_MEND = _changes(Person, PERSONAL)
_CHANGE_POST = _changes(Employment, FIELDS)
_ADD_POST = insert(Employment).from_select(
    (*POST, "person_number"),
    select(
        bindparam("id", type_=Uuid),
        *(_PERSON, _UNIT, bindparam("position", type_=String), _GROUP, bindparam("duty", type_=String)),
        *(_SINCE, bindparam("until", type_=Date), _NUMBER),
    ).where(
        ~exists().where(
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
    """Takes the new people out of `found`: they need not be there twice."""
    at, ids = now(), _ids(len(found.new_people))
    changed = list(found.changed_posts)
    if leave_absent:
        changed += [(post, {"until": max(post.since, found.day - A_DAY)}) for post in found.absent]
    lines = [(person_id, line) for person_id, one in zip(ids, found.new_people, strict=True) for line in one.lines]
    posts = ready(_ADD_POSTS, _posts(lines, found.day))
    del lines
    people = zip(ids, _taken(found.new_people), strict=True)
    bulks = (
        ready(_ADD_PEOPLE, (_person(person_id, one.person, at) for person_id, one in people)),
        posts,
        ready(_MEND, (_change(person, _keyed(after), PERSONAL) for person, after in found.mended)),
        ready(_CHANGE_POST, (_change(post, after, FIELDS) for post, after in changed)),
        ready(_ADD_POST, _posts(found.new_posts, found.day)),
        ready(_ADD_NOTES, (_note(person, after, at, actor) for person, after in found.mended)),
    )
    known = frozenset(person_id for person_id, _line in found.new_posts)
    staffed = known | {post.person_id for post, _after in changed} | set(ids)
    return Writing(bulks, known, staffed, sorted(person.id for person, after in found.mended if "name_source" in after))


def _ids(count: int) -> list[UUID]:
    """Ascending, as indexes that grow at their end are written in half the time."""
    return sorted((new_id() for _ in range(count)), key=int)


def _taken(people: list[Somebody]) -> Iterator[Somebody]:
    people.reverse()
    while people:
        yield people.pop()


def write(writing: Writing, found: Difference, reach: Reach) -> None:
    """In the caller's transaction. Raises `Overtaken`; then nothing may be committed."""
    if {(one.id, one.name) for one in known.units(reach.roots, found.day)} != set(found.units.names.items()):
        raise Overtaken("Cây đơn vị vừa thay đổi. Hãy xem lại danh sách rồi nhập.")
    try:
        _lock(writing.known)
        with room():
            for bulk in writing.bulks:
                if write_all(bulk) != bulk.count:
                    raise Overtaken("Có người vừa thay đổi các hồ sơ này. Hãy xem lại danh sách rồi nhập.")
    except IntegrityError as error:
        raise Overtaken("Có người vừa thay đổi các hồ sơ này. Hãy xem lại danh sách rồi nhập.") from error
    for person_id in writing.named:
        owe_certificates(person_id)
    owe_staffed(writing.staffed)


def _lock(person_ids: Collection[UUID]) -> None:
    ordered = sorted(person_ids)
    for at in range(0, len(ordered), AT_ONCE):
        rows(LOCK, people=ordered[at : at + AT_ONCE])


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


def _posts(lines: Collection[tuple[UUID, Line]], day: date) -> Iterator[Values]:
    for post_id, (person_id, line) in zip(_ids(len(lines)), lines, strict=True):
        yield _post(post_id, person_id, line, day)


def _post(post_id: UUID, person_id: UUID, line: Line, day: date) -> Values:
    return {
        "id": post_id,
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
