"""Whose staff somebody may look into. Every list, export, report and answer about staff goes through here."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_

from lms_app.accounts import access
from lms_app.accounts.models import Employment
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
