"""Many certificates in one file, for printing (a home of pikepdf).

A signature covers the bytes of its own file, so none survives here: what is left of them is taken out, and each page
says that it is a copy.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO

from pikepdf import Array, Name, Page, Pdf, PdfError

from lms_app.core.errors import Conflict

LEFT_BEHIND = ("/StructParents", "/AF", "/Tabs")
"""Keys of a page that mean something only in the file it came from."""


def merged(files: Iterable[tuple[str, bytes]], mark: bytes) -> bytes:
    """The pages of all files in this order, each with the first page of `mark` laid over it.

    `files`: the serial of each and its content. Raises `Conflict` for one that lies damaged in the store.
    """
    made = Pdf.new()
    with Pdf.open(BytesIO(mark)) as stamp:
        for serial, content in files:
            try:
                with Pdf.open(BytesIO(content)) as one:
                    for page in _pages(one):
                        made.pages.append(page)
            except PdfError as error:
                raise Conflict(
                    "Tệp PDF của giấy %(serial)s trong kho bị hỏng. Hãy báo quản trị viên.", serial=serial
                ) from error
        for page in made.pages:
            page.add_overlay(stamp.pages[0], None)
    file = BytesIO()
    made.save(file, min_version="1.7")
    return file.getvalue()


def _pages(one: Pdf) -> Iterator[Page]:
    for page in one.pages:
        for key in LEFT_BEHIND:
            if key in page:
                del page[key]
        kept = [found for found in page.get("/Annots", []) if found.get("/Subtype") != Name.Widget]
        if kept:
            page.Annots = Array(kept)
        elif "/Annots" in page:
            del page["/Annots"]
        yield page
