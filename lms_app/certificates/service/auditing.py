"""Whether the books have no gap, no entry and no certificate was changed, and every PDF is what was given out.

Reads piece by piece, so that a book of any length takes the same memory. See docs/decisions/0014.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain as joined
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from lms_app.certificates import chain
from lms_app.certificates.models import REPLACED, REVOKED, VALID
from lms_app.certificates.queries import books
from lms_app.core import storage

MEANS = {"issue": VALID, "revoke": REVOKED, "replace": REPLACED}
"""Kind of a certificate's last entry -> the status its row must have."""

SIGNED = re.compile(rb"/ByteRange ?\[ ?0 (?!1111111111 )\d+ ")
"""Only a signature has it, outside any compressed stream (ISO 32000-2, 12.8.1); one not filled in yet has ones."""


Inspect = Callable[[bytes], str]
"""What is wrong with a signed file, "" for nothing."""


def audited(inspect: Inspect = lambda _content: "") -> list[str]:
    """Everything that is wrong, one English line each; none is good. Of a broken chain only its first broken entry.

    `inspect`: asked about each signed PDF whose bytes are as given out.
    """
    return [problem for book in books.books() for problem in _of_book(book, inspect)]


def _of_book(book: Row[Any], inspect: Inspect) -> Iterator[str]:
    name = f"book {book.code} {book.name}/{book.year}"
    if broken := _broken(book):
        yield f"{name}: {broken}"
    number = 0
    for found, lines in groupby(books.histories(book.id, book.last_number), key=lambda line: int(line.number)):
        history = list(lines)
        if found != number + 1:
            yield f"{name}: {_missing('certificate', number + 1, found - 1)}"
        number = found
        about = f"{history[0].serial} {history[0].code}"
        wrongs = joined(_against_entries(history), _against_file(history[0], inspect))
        yield from (f"{about}: {wrong}" for wrong in wrongs)
    if number != book.last_number:
        yield f"{name}: {_missing('certificate', number + 1, book.last_number)}"


def _broken(book: Row[Any]) -> str:
    """The first entry that breaks the chain and why, or ""."""
    position, previous = 0, ""
    for entry, after in _with_next(books.entries(book.id, book.last_entry)):
        if entry.position != position + 1:
            return _missing("entry", position + 1, entry.position - 1)
        if why := _why(entry, previous, after) or _against_book(entry, after, book):
            return f"entry {entry.position} ({entry.serial}): {why}"
        position, previous = entry.position, entry.digest
    return "" if position == book.last_entry else _missing("entry", position + 1, book.last_entry)


def _with_next(entries: Iterator[Row[Any]]) -> Iterator[tuple[Row[Any], Row[Any] | None]]:
    entry = next(entries, None)
    while entry is not None:
        after = next(entries, None)
        yield entry, after
        entry = after


def _why(entry: Row[Any], previous: str, after: Row[Any] | None) -> str:
    """What was changed in an entry; the entry after it holds its digest as it was, if that follows at once."""
    if entry.previous != previous:
        return "previous digest changed"
    fits = entry.digest == chain.digest(previous, entry.content)
    held = after if after is not None and after.position == entry.position + 1 else None
    if not fits:
        return "digest changed" if held is not None and held.previous != entry.digest else "content changed"
    if held is not None and held.previous != entry.digest and held.digest == chain.digest(held.previous, held.content):
        return "content and digest changed"
    said = _said(entry.content)
    kind = said.get("kind") if said.get("kind") in MEANS else "issue"
    return "" if (kind, said.get("serial")) == (entry.kind, entry.serial) else "kind or certificate changed"


def _against_book(entry: Row[Any], after: Row[Any] | None, book: Row[Any]) -> str:
    """The book itself holds the digest of its newest entry."""
    newest = after is None and entry.position == book.last_entry
    return "the book's last digest differs" if newest and entry.digest != book.last_digest else ""


def _against_entries(history: Sequence[Row[Any]]) -> Iterator[str]:
    """A certificate's row, which anybody with the database's password can change, and what was entered about it."""
    issued, newest = history[0], history[-1]
    first = next((line.entry_content for line in history if line.entry_kind == "issue"), None)
    if first is None:
        yield "no issue entry in the book"
        return
    now = chain.issued_content(issued)
    if now != first:
        entered, stands = _said(first), _said(now)
        changed = [name for name in chain.PRINTED if entered.get(name) != stands[name]]
        yield f"differs from its entry: {', '.join(changed)}"
    if MEANS.get(newest.entry_kind) != issued.status:
        yield f"status is {issued.status}, last entry is {newest.entry_kind}"
    elif issued.status == REVOKED and _said(newest.entry_content).get("reason") != issued.revoked_reason:
        yield "reason of revocation differs from its entry"


def _against_file(issued: Row[Any], inspect: Inspect) -> Iterator[str]:
    if issued.file_key is None:
        yield "PDF not made yet"
        return
    if not storage.exists(issued.file_key):
        yield f"PDF missing: {issued.file_key}"
        return
    content = storage.get(issued.file_key)
    if hashlib.sha256(content).hexdigest() != issued.file_sha256:
        yield f"PDF changed: {issued.file_key}"
    elif bool(SIGNED.search(content)) != bool(issued.file_level):
        yield f"PDF is recorded as {issued.file_level or 'unsigned'}, which it is not: {issued.file_key}"
    elif issued.file_level and (wrong := inspect(content)):
        yield f"{wrong}: {issued.file_key}"


def _said(content: str) -> dict[str, Any]:
    """What an entry says; nothing where somebody has put other text in its place."""
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _missing(what: str, first: int, last: int) -> str:
    return f"missing {what} {first}" if first == last else f"missing {what} {first} to {last}"
