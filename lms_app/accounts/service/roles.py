"""Giving and taking roles: administrators alone do, and one of them always stays."""

from uuid import UUID

from sqlalchemy import select

from lms_app.accounts.models import Person, Role
from lms_app.core import audit
from lms_app.core.db import db
from lms_app.core.errors import Conflict

TRAINER, HR, ADMIN = "trainer", "hr", "admin"
ROLES = {TRAINER: "Giảng viên", HR: "Cán bộ nhân sự", ADMIN: "Quản trị viên"}
"""Name -> Vietnamese source word; templates translate it."""


def give(actor: object, person_id: UUID, name: str, unit_id: UUID | None = None) -> None:
    """`unit_id`, for hr: whose staff they look after, with all units below it; None for everybody's."""
    row = db.session.get(Role, (person_id, name), with_for_update=True)
    if row is None:
        row = Role(person_id=person_id, name=name)
        db.session.add(row)
    row.unit_id = unit_id
    audit.note(actor, "accounts.give_role", person_id, role=name, unit=str(unit_id or ""))


def take(actor: object, person_id: UUID, name: str) -> None:
    """Raises `Conflict` for the last administrator: nobody could make another."""
    admins = db.session.scalars(
        select(Role.person_id)
        .join(Person, Person.id == Role.person_id)
        .where(Role.name == ADMIN, Person.active.is_(True))
        .with_for_update()
    ).all()
    if name == ADMIN and set(admins) <= {person_id}:
        raise Conflict("Đây là quản trị viên cuối cùng. Hãy trao quyền cho một người khác trước.")
    row = db.session.get(Role, (person_id, name))
    if row is not None:
        db.session.delete(row)
        audit.note(actor, "accounts.take_role", person_id, role=name, unit=str(row.unit_id or ""))
