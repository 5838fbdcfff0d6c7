"""Plain typed builders. Each makes rows that a real path could have made, and flushes them."""

from datetime import date
from itertools import count
from typing import Any

from argon2 import PasswordHasher

from lms_app.accounts.models import Employment, Person, Role
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.text import name_key
from lms_app.organisations.models import Unit

_number = count(1)
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("demo-2026")


def add(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row


def person(name: str = "Lê Văn Tám", *roles: str, email: str | None = None, **values: Any) -> Person:
    """Somebody who can sign in with the password demo-2026."""
    made: Person = add(
        Person(
            email=email or f"nguoi{next(_number)}@coquan.example",
            name=name,
            sort_key=name_key(name),
            password_hash=_HASH,
            created_at=now(),
            **values,
        )
    )
    for role in roles:
        add(Role(person_id=made.id, name=role))
    return made


def unit(name: str = "Văn phòng HĐND và UBND xã An Bình") -> Unit:
    made: Unit = add(Unit(code=f"u{next(_number)}", name=name))
    return made


def employment(who: Person, where: Unit, position: str = "Chuyên viên", group: str = "CC") -> Employment:
    made: Employment = add(
        Employment(person_id=who.id, unit_id=where.id, position=position, group=group, since=date(2024, 1, 1))
    )
    return made
