"""Rosters: whose is due, and what a reading of one leaves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms_app.core.db import change, db, row, rows
from lms_app.learning.models import QuizResult
from lms_app.lti.models import Context, Grade, Member, Platform, ResourceLink

_CLASS = bindparam("class_id", type_=Uuid())
ROOM = (
    select(
        Context.id,
        Context.platform_id,
        Context.memberships_url,
        Context.differences_url,
        Platform.status,
        Platform.product,
        Platform.issuer,
        Platform.auth_url,
    )
    .join(Platform, Platform.id == Context.platform_id)
    .where(Context.id == _CLASS)
)
TAUGHT = (
    select(Context.id, Context.memberships_url)
    .join(Platform, Platform.id == Context.platform_id)
    .where(
        Context.memberships_url.is_not(None),
        Context.taught_at >= bindparam("since"),
        or_(Context.roster_at.is_(None), Context.roster_at < bindparam("before")),
        Platform.status == bindparam("status"),
    )
    .order_by(Context.id)
)
MEMBERS = select(Member.sub, Member.name, Member.sort_key, Member.role, Member.status).where(Member.class_id == _CLASS)
_CHANGED = ("name", "sort_key", "role", "status", "at")
_KEY = (Member.class_id, Member.sub)
_lite, _pg = sqlite.insert(Member), postgresql.insert(Member)
UPSERT = {
    "sqlite": _lite.on_conflict_do_update(_KEY, set_={name: _lite.excluded[name] for name in _CHANGED}),
    "postgresql": _pg.on_conflict_do_update(index_elements=_KEY, set_={name: _pg.excluded[name] for name in _CHANGED}),
}
READ = (
    update(Context)
    .where(Context.id == _CLASS)
    .values(roster_at=bindparam("at"), differences_url=bindparam("differences"), roster_error=bindparam("why"))
)
NOT_READ = update(Context).where(Context.id == _CLASS).values(roster_error=bindparam("why"))
WHOLE_NEXT = update(Context).where(Context.id == _CLASS).values(differences_url=None)
_IN_CLASS = (
    Grade.link_id.in_(select(ResourceLink.id).where(ResourceLink.class_id == _CLASS)),
    Grade.state != "given-up",
)
"""One given up was a person's decision, and is owed again only by name or by a newer score."""

GRADES = (
    select(Grade.id, Grade.lineitem)
    .where(*_IN_CLASS, exists().where(QuizResult.enrolment_id == Grade.enrolment_id))
    .order_by(Grade.id)
)
OWE_AGAIN = update(Grade).where(*_IN_CLASS).values(state="owed", error=None)


def room(class_id: UUID) -> Row[Any] | None:
    return row(ROOM, class_id=class_id)


def taught(since: datetime, before: datetime, status: str) -> Sequence[Row[Any]]:
    """Classes with a roster, taught after `since`, not read after `before`."""
    return rows(TAUGHT, since=since, before=before, status=status)


def members(class_id: UUID) -> Sequence[Row[Any]]:
    return rows(MEMBERS, class_id=class_id)


def write(changed: Sequence[dict[str, Any]]) -> None:
    """Enter members, or bring those known up to date."""
    if changed:
        db.session.connection().execute(UPSERT[db.engine.dialect.name], changed)


def roster_read(class_id: UUID, at: datetime, differences: str | None, why: str | None) -> None:
    change(READ, class_id=class_id, at=at, differences=differences, why=why)


def roster_not_read(class_id: UUID, why: str) -> None:
    change(NOT_READ, class_id=class_id, why=why[:300])


def whole_next(class_id: UUID) -> None:
    """Have the next reading ask for everybody, not for differences."""
    change(WHOLE_NEXT, class_id=class_id)


def grades_again(class_id: UUID) -> Sequence[Row[Any]]:
    """Mark every score of the class as unsent; the line items that have one to be told, by id."""
    change(OWE_AGAIN, class_id=class_id)
    return rows(GRADES, class_id=class_id)
