"""Whether the books have no gap, no entry was changed, and every PDF is what was given out."""

import hashlib
from typing import Any

from sqlalchemy import Row

from lms_app.certificates.queries import register
from lms_app.core import storage


def audited() -> list[str]:
    """Every gap in a book and every PDF that is missing or changed, one English line each; none is good."""
    found = [
        f"book {book.name}/{book.year}: {book.entries} certificates from {book.first} to {book.last}, "
        f"last number {book.last_number}"
        for book in register.books()
        if not book.entries == (book.last or 0) == book.last_number or (book.entries and book.first != 1)
    ]
    return found + [f"{file.serial} {file.code}: {wrong}" for file in register.files() if (wrong := _wrong_file(file))]


def _wrong_file(file: Row[Any]) -> str:
    if file.file_key is None:
        return "PDF not made yet"
    if not storage.exists(file.file_key):
        return f"PDF missing: {file.file_key}"
    same = hashlib.sha256(storage.get(file.file_key)).hexdigest() == file.file_sha256
    return "" if same else f"PDF changed: {file.file_key}"
