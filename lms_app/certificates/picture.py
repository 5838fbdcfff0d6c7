"""A picture of a page of a PDF (the home of PDFium)."""

import io

import pypdfium2


def page_png(pdf: bytes, width: int) -> bytes:
    """The first page as PNG, `width` pixels wide."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        drawn = page.render(scale=width / page.get_width()).to_pil()
    finally:
        document.close()
    file = io.BytesIO()
    drawn.save(file, "PNG")
    return file.getvalue()
