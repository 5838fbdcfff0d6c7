"""Many certificates at once: one zip with the list inside, or one PDF for the printer."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from lms_app.certificates import merging
from lms_app.certificates.forms.books import Wanted
from lms_app.certificates.queries import books
from lms_app.certificates.service import issuers, listing
from lms_app.core import storage, tables
from lms_app.core.text import fold

MOST_FILES = 10_000
MOST_MERGED = 500
"""Pages in one merged PDF: about 30 MB, which are held in memory."""

LIST = "danh-sach.xlsx"
NOT_MADE = "Chưa tạo tệp PDF"
LONGEST_NAME = 60


@dataclass(frozen=True)
class Item:
    """A line of the register, and the name of its file in the zip; "" while its PDF is not made or not to be found."""

    line: Row[Any]
    filename: str


def chosen(wanted: Wanted, most: int) -> list[Item]:
    """The first lines that are wanted, in the order of the books."""
    lines = books.some(wanted, issuers.today(), most)
    return [Item(line, _filename(at, line) if _has_file(line) else "") for at, line in enumerate(lines, 1)]


def zipped(items: Sequence[Item]) -> Iterator[bytes]:
    """A zip in pieces of one file each, the list first. PDFs are stored as they are: they are compressed already."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry(LIST, issuers.today()), listed(items))
        yield sink.taken()
        for item in items:
            if item.filename:
                archive.writestr(_entry(item.filename, item.line.issued_on), storage.get(item.line.file_key))
                yield sink.taken()
    yield sink.taken()


def listed(items: Sequence[Item]) -> bytes:
    """The list as xlsx, with the name of each file or that there is none yet."""
    rows = zip(listing.cells(item.line for item in items), items, strict=True)
    return tables.write(
        (*listing.HEADER, "Tệp PDF"), ((*cells, item.filename or NOT_MADE) for cells, item in rows), title="Danh sách"
    )


def merged(items: Sequence[Item], mark: bytes) -> bytes:
    """All PDFs that there are in one, unsigned; `mark` is laid over each page."""
    made = ((item.line.serial, storage.get(item.line.file_key)) for item in items if item.filename)
    return merging.merged(made, mark)


def _has_file(line: Row[Any]) -> bool:
    return line.file_key is not None and storage.exists(line.file_key)


def _filename(at: int, line: Row[Any]) -> str:
    """`0001-nguyen-thi-an-7KQ4M2XF9TDPH.pdf`: plain letters that every file system takes, unique by number and code."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in fold(line.full_name))
    name = "-".join(part for part in plain.split("-") if part)[:LONGEST_NAME].strip("-")
    return "-".join(part for part in (f"{at:04}", name, f"{line.code}.pdf") if part)


def _entry(name: str, day: date) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    made.external_attr = 0o644 << 16
    return made


class _Sink:
    """Where a zip is written to that nobody keeps: `taken` hands on what came since the last time."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Files have it; there is nothing to do."""

    close = flush

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
