"""Reading the books as an office keeps them: page by page, whole and in pieces, and found again."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from lms_app.accounts.queries import reach
from lms_app.certificates.forms.books import Wanted
from lms_app.certificates.models import (
    EXPIRED,
    VALID,
    Certificate,
    IssueBatch,
    Issuer,
    RegisterBook,
    RegisterEntry,
)
from lms_app.core.db import row, rows
from lms_app.core.text import folded_pattern

PIECE = 500
"""Rows read at once where a whole book is gone through."""

BATCHES = 50

_Follower = aliased(Certificate)
_Last = aliased(Certificate)
_COLUMNS = (*Certificate.__table__.columns, _Follower.serial.label("replaced_by"))
_LINES = select(*_COLUMNS).outerjoin(_Follower, _Follower.id == Certificate.replaced_by_id)
_IN_ORDER = (Certificate.book_id, Certificate.number)

BOOKS = (
    select(
        RegisterBook.id,
        RegisterBook.name,
        RegisterBook.year,
        RegisterBook.last_number,
        RegisterBook.last_entry,
        RegisterBook.last_digest,
        Issuer.code,
        _Last.page,
        _Last.issuer_name,
        _Last.issuer_parent,
        _Last.place,
    )
    .join(Issuer, Issuer.id == RegisterBook.issuer_id)
    .outerjoin(_Last, and_(_Last.book_id == RegisterBook.id, _Last.number == RegisterBook.last_number))
    .order_by(RegisterBook.year.desc(), Issuer.code, RegisterBook.name)
)
"""`page`, `issuer_name`, `issuer_parent`, `place`: those of the book's newest line, None while it has none."""

BOOK = BOOKS.where(RegisterBook.id == bindparam("book"))
PAGE = (
    _LINES.where(Certificate.book_id == bindparam("book"))
    .where(Certificate.page.between(bindparam("first"), bindparam("last")))
    .order_by(Certificate.number)
)
_FOUND = _LINES.order_by(*_IN_ORDER)
_COUNT = select(func.count()).select_from(Certificate)
COURSES = select(Certificate.course_id).distinct().order_by(Certificate.course_id)
LATEST_BATCHES = select(IssueBatch.id, IssueBatch.title).order_by(IssueBatch.created_at.desc()).limit(BATCHES)
ENTRIES = (
    select(*RegisterEntry.__table__.columns, Certificate.serial)
    .outerjoin(Certificate, Certificate.id == RegisterEntry.certificate_id)
    .where(RegisterEntry.book_id == bindparam("book"))
    .where(RegisterEntry.position > bindparam("after"), RegisterEntry.position <= bindparam("last"))
    .order_by(RegisterEntry.position)
    .limit(PIECE)
)
HISTORY = (
    select(
        *Certificate.__table__.columns,
        RegisterEntry.position.label("entry_position"),
        RegisterEntry.kind.label("entry_kind"),
        RegisterEntry.content.label("entry_content"),
    )
    .outerjoin(RegisterEntry, RegisterEntry.certificate_id == Certificate.id)
    .where(Certificate.book_id == bindparam("book"))
    .where(Certificate.number > bindparam("after"), Certificate.number <= bindparam("last"))
    .order_by(Certificate.number, RegisterEntry.position)
)
"""Certificates with their entries, one row an entry, in one statement: what belongs together is read together."""


def books() -> Sequence[Row[Any]]:
    return rows(BOOKS)


def book(book_id: UUID) -> Row[Any] | None:
    return row(BOOK, book=book_id)


def pages(book_id: UUID, first: int, last: int) -> Sequence[Row[Any]]:
    """The lines of these pages in order, each with `replaced_by`, the serial of the one that follows it."""
    return rows(PAGE, book=book_id, first=first, last=last)


def count(wanted: Wanted, today: date) -> int:
    found = row(_COUNT.where(*_conditions(wanted, today)), **_values(wanted, today))
    return int(found[0]) if found else 0


def unmade(wanted: Wanted, today: date) -> int:
    """How many of them have no PDF yet."""
    unmade_ones = _COUNT.where(Certificate.file_key.is_(None), *_conditions(wanted, today))
    found = row(unmade_ones, **_values(wanted, today))
    return int(found[0]) if found else 0


def some(wanted: Wanted, today: date, most: int, offset: int = 0) -> Sequence[Row[Any]]:
    """Lines by book and number, as `pages` gives them."""
    found = _FOUND.where(*_conditions(wanted, today)).limit(most).offset(offset)
    return rows(found, **_values(wanted, today))


def every(wanted: Wanted, today: date) -> Iterator[Row[Any]]:
    """All lines by book and number, read in pieces: for files of any length."""
    found: Select[Any] = _FOUND.where(*_conditions(wanted, today)).limit(PIECE)
    values = _values(wanted, today)
    piece = rows(found, **values)
    while piece:
        yield from piece
        last = piece[-1]
        later = and_(Certificate.book_id == last.book_id, Certificate.number > last.number)
        following = found.where(or_(Certificate.book_id > last.book_id, later))
        piece = rows(following, **values) if len(piece) == PIECE else ()


def courses() -> list[str]:
    """Ids of the courses that have a certificate."""
    return [found.course_id for found in rows(COURSES)]


def batches() -> Sequence[Row[Any]]:
    """The newest 50."""
    return rows(LATEST_BATCHES)


def entries(book_id: UUID, last: int) -> Iterator[Row[Any]]:
    """Entries of a book up to this position, in order, each with the `serial` of its certificate."""
    after = 0
    while piece := rows(ENTRIES, book=book_id, after=after, last=last):
        yield from piece
        after = piece[-1].position


def histories(book_id: UUID, last: int) -> Iterator[Row[Any]]:
    """Certificates up to this number in order, a row for each of their entries (`entry_*` None where there is none)."""
    for after in range(0, last, PIECE):
        yield from rows(HISTORY, book=book_id, after=after, last=min(after + PIECE, last))


_TESTS: dict[str, Callable[[Wanted], ColumnElement[bool]]] = {
    "book": lambda wanted: Certificate.book_id == wanted.book,
    "name": lambda wanted: Certificate.full_name.regexp_match(folded_pattern(wanted.name)),
    "number": lambda wanted: _numbered(wanted.number),
    "course": lambda wanted: Certificate.course_id == wanted.course,
    "unit": lambda wanted: Certificate.unit_name.regexp_match(folded_pattern(wanted.unit)),
    "batch": lambda wanted: Certificate.batch_id == wanted.batch,
    "first": lambda wanted: Certificate.issued_on >= wanted.first,
    "last": lambda wanted: Certificate.issued_on <= wanted.last,
}


def _conditions(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    found = [test(wanted) for name, test in _TESTS.items() if getattr(wanted, name)]
    if wanted.within is not None:
        found.append(Certificate.person_id.in_(reach.STAFF))
    return [*found, _in_state(wanted.status, today)] if wanted.status else found


def _values(wanted: Wanted, today: date) -> dict[str, Any]:
    return {} if wanted.within is None else {"roots": list(wanted.within), "day": today}


def _numbered(typed: str) -> ColumnElement[bool]:
    """A number in the book by its digits, else a whole serial or number as printed."""
    if typed.isdecimal():
        return Certificate.number == int(typed)
    return or_(Certificate.serial == typed.upper(), Certificate.book_number == typed.upper())


def _in_state(status: str, today: date) -> ColumnElement[bool]:
    over = Certificate.valid_until < today
    if status == EXPIRED:
        return and_(Certificate.status == VALID, over)
    if status == VALID:
        return and_(Certificate.status == VALID, or_(Certificate.valid_until.is_(None), ~over))
    return Certificate.status == status
