"""Adding lines to a register book. The book's row is locked until the caller's transaction ends."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from lms_app.certificates import chain
from lms_app.certificates.models import Certificate, RegisterBook, RegisterEntry
from lms_app.core.clock import now
from lms_app.core.db import db


def locked(book_id: UUID) -> RegisterBook:
    wanted = select(RegisterBook).where(RegisterBook.id == book_id).with_for_update()
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one()


def issued(book: RegisterBook, made: Certificate) -> None:
    """Enter a certificate; its row has been flushed and its book is locked."""
    _add(book, made, "issue", chain.issued_content(made))


def changed(made: Certificate, kind: str, **said: Any) -> None:
    """Enter what became of a certificate: `kind` is revoke or replace, `said` who, why and which one follows."""
    book = locked(made.book_id)
    _add(book, made, kind, chain.canonical({"kind": kind, "code": made.code, "serial": made.serial, **said}))


def _add(book: RegisterBook, made: Certificate, kind: str, content: str) -> None:
    book.last_entry += 1
    line = RegisterEntry(
        book_id=book.id,
        position=book.last_entry,
        kind=kind,
        certificate_id=made.id,
        at=now(),
        content=content,
        previous=book.last_digest,
        digest=chain.digest(book.last_digest, content),
    )
    book.last_digest = line.digest
    db.session.add(line)
