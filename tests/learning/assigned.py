"""A province with two communes and HR officers of each: what the tests of assignments and reminders begin with."""

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from lms_app.accounts.models import Employment, Person
from lms_app.accounts.queries import people
from lms_app.core import outbox, site
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.ids import new_id
from lms_app.learning.forms import Order
from lms_app.learning.models import AssignedEnrolment, Enrolment
from lms_app.learning.queries import assigning as queries
from lms_app.learning.service import assigning
from lms_app.organisations.models import Unit
from tests import make
from tests.web import Browser, Page

NEW = "/hr/assignments/new"


@dataclass
class Province:
    app: Flask
    top: Unit
    here: Unit
    school: Unit
    beside: Unit
    chief: Person
    officer: Person
    neighbour: Person

    def browser(self, who: Person) -> Browser:
        web = Browser(self.app)
        web.sign_in(who.email or "")
        return web


def build(app: Flask) -> Province:
    top = make.unit("Tỉnh Vĩnh Long", kind="province")
    here, beside = make.unit("Xã An Bình", top), make.unit("Xã Bình Phú", top)
    school = make.unit("Trường mầm non An Bình", here, kind="school")
    officers = [make.hr(where) for where in (None, here, beside)]
    return Province(app, top, here, school, beside, *officers)


def staff(where: Unit, *names: str, **values: Any) -> list[Person]:
    made = [make.person(name) for name in names]
    for one in made:
        make.employment(one, where, **values)
    return made


def due_in(days: int) -> date:
    return site.today() + timedelta(days=days)


def typed(due: date) -> str:
    return f"{due:%d/%m/%Y}"


def assign(
    where: Unit, by: Person, *courses: str, due: date | None = None, group: str = "", works: bool = True, note: str = ""
) -> UUID:
    """Through the real path; `works`: with its background work done."""
    order = Order("", where.id, group, courses or ("cc-01",), due or due_in(10), note, {})
    made = new_id()
    who = by_officer(by)
    with transaction():
        preview = assigning.preview(order, who)
        assigning.assign(made, order, preview.title, queries.meant(preview.asked), who)
    if works:
        work()
    return made


def work() -> list[str]:
    """Everything that is owed, with what that owes in turn; the topics in their order."""
    seen: list[str] = []
    while handled := outbox.drain():
        seen += [topic for topic, _ in handled]
    return seen


def by_officer(who: Person) -> assigning.Officer:
    found = people.person(who.id)
    assert found is not None
    return assigning.officer(found)


def enrolment(who: Person, course_id: str = "cc-01") -> Enrolment | None:
    db.session.expire_all()
    return db.session.scalar(select(Enrolment).where(Enrolment.person_id == who.id, Enrolment.course_id == course_id))


def links(assignment_id: UUID) -> int:
    db.session.expire_all()
    found = select(AssignedEnrolment).where(AssignedEnrolment.assignment_id == assignment_id)
    return len(db.session.scalars(found).all())


def finish(who: Person, course_id: str = "cc-01", at: datetime | None = None) -> None:
    found = enrolment(who, course_id)
    assert found is not None
    found.completed_at = at or now()
    found.completed_version_id = found.version_id
    db.session.commit()


def leave(who: Person, until: date) -> None:
    """Their last day at work."""
    for post in db.session.scalars(select(Employment).where(Employment.person_id == who.id)):
        post.until = until
    db.session.commit()


def cells(content: bytes) -> list[list[str]]:
    """The rows of a downloaded list, texts only."""
    sheet = load_workbook(io.BytesIO(content)).active
    return [[str(value) for value in row if value is not None] for row in sheet.iter_rows(values_only=True)]


def order_of(page: Page) -> str:
    return page.body.split('name="order" value="')[1].split('"')[0]
