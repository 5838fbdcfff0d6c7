"""A picture of a page of a PDF (the home of PDFium)."""

import pypdfium2  # noqa: F401
