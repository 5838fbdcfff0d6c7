"""Pictures of pages (the home of PDFium), and the picture of a seal (a home of Pillow, which WeasyPrint brings)."""

import io

import pypdfium2
from PIL import Image, ImageChops, ImageStat

from lms_app.core.errors import Invalid

LARGEST_SEAL = 200_000
"""Bytes that are sent."""

SIDES = 100, 4000
"""Pixels of the shorter and of the longer side."""

SEAL_SIDE, SEAL_STEPS = 256, 2
"""What is kept: 36 mm at 180 dpi, in steps from no ink to all; about 5,000 bytes of a PDF."""

INKED = 128
"""From here on, of 255, a point is ink and not the edge of it or paper."""

NOT_A_SEAL = (
    "Hình con dấu phải là tệp PNG không quá 200 KB, mỗi cạnh từ 100 đến 4000 điểm ảnh. Hãy chọn tệp khác, "
    "tốt nhất là hình màu đỏ trên nền trong suốt."
)


def page_png(pdf: bytes, width: int) -> bytes:
    """The first page as PNG, `width` pixels wide."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        drawn = page.render(scale=width / page.get_width()).to_pil()
    finally:
        document.close()
    return _png(drawn)


def seal_png(sent: bytes) -> bytes:
    """A seal as it will be printed: one ink, small, paper made transparent, nothing else kept. Raises `Invalid`."""
    if len(sent) > LARGEST_SEAL:
        raise Invalid(NOT_A_SEAL)
    try:
        with Image.open(io.BytesIO(sent), formats=["PNG"]) as found:
            if min(found.size) < SIDES[0] or max(found.size) > SIDES[1]:
                raise Invalid(NOT_A_SEAL)
            seal = found.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:
        raise Invalid(NOT_A_SEAL) from error
    seal.thumbnail((SEAL_SIDE, SEAL_SIDE))
    return _png(_stamped(seal))


def _stamped(seal: Image.Image) -> Image.Image:
    """In a PDF one colour costs nothing, and its few steps a quarter of what the picture would."""
    paper = Image.new("RGBA", seal.size, "white")
    paper.alpha_composite(seal)
    red, green, blue, _opaque = paper.split()
    ink = ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue))
    inked = ink.point(lambda dark: 255 * (dark >= INKED))
    if not inked.getbbox():
        raise Invalid(NOT_A_SEAL)
    full = ImageStat.Stat(ink, inked).mean[0]
    colour = tuple(map(round, ImageStat.Stat(paper.convert("RGB"), inked).mean))
    stamp = Image.new("RGBA", seal.size, colour)
    stamp.putalpha(ink.point(lambda dark: 255 * min(SEAL_STEPS, round(dark * SEAL_STEPS / full)) // SEAL_STEPS))
    return stamp


def _png(drawn: Image.Image) -> bytes:
    file = io.BytesIO()
    drawn.save(file, "PNG")
    return file.getvalue()
