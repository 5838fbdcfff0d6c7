"""Whose staff somebody may look into. Every list, export, report and answer about staff goes through here."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from lms_app.accounts import access
from lms_app.accounts.models import Employment, Person
from lms_app.core.db import rows
from lms_app.organisations.queries import tree


def roots(who: access.Person) -> tuple[UUID, ...]:
    """The tops of the trees this person looks after: all, one unit with what became part of it, or none.

    For statements that join `tree.REACH`, which keeps of them what is there on the day in question.
    """
    if access.hr_of_all(who):
        return tree.tops()
    return tree.lineage(who.unit_id) if access.hr(who) and who.unit_id else ()


def employed() -> ColumnElement[bool]:
    """For a statement with a `day`: whether the employment lasts on it."""
    return and_(Employment.since <= tree.DAY, or_(Employment.until.is_(None), Employment.until >= tree.DAY))


STAFF = select(Employment.person_id).join(tree.REACH, tree.REACH.c.id == Employment.unit_id).where(employed())
"""For statements with `roots` and a `day`: who works in these trees on that day; once for each of their posts there."""

OF_THESE = STAFF.where(Employment.person_id.in_(bindparam("people", expanding=True)))
ALL_OF_THESE = select(Person.id.label("person_id")).where(Person.id.in_(bindparam("people", expanding=True)))


def known(who: access.Person, people: Collection[UUID], day: date) -> set[UUID]:
    """Whose of these people's pages this person may open on a day. Who looks after everybody may open each."""
    if access.hr_of_all(who):
        found = rows(ALL_OF_THESE, people=list(people))
    else:
        found = rows(OF_THESE, people=list(people), roots=list(roots(who)), day=day)
    return {one.person_id for one in found}
