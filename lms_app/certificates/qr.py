"""The QR code of a certificate (the home of segno)."""

import io
import struct
from urllib.parse import urlsplit

import segno

ERROR_LEVEL = "q"
MASK = 2
SCALE = 4
TOKEN_LEVEL, TOKEN_VERSIONS = "m", (15, 20, 25, 30)
"""Few sizes (77 squares, 97, 117, 137), so that those of a run are alike whatever the lengths of the names."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def address(site_url: str, code: str) -> str:
    """What the QR opens: in capitals where the site stands at the root, so that the QR stays coarse (spec §5)."""
    found = f"{site_url}/v/{code}"
    return found if urlsplit(site_url).path else found.upper()


def png(text: str) -> bytes:
    """A black and white picture without a border: the sheet leaves it enough white."""
    return _drawn(segno.make(text, error=ERROR_LEVEL, mask=MASK, boost_error=False, micro=False))


def token_png(text: str) -> bytes:
    """The same for the address of a signed token, up to 1,370 characters; print it 50 mm or larger."""
    for version in TOKEN_VERSIONS[:-1]:
        try:
            return _drawn(segno.make(text, error=TOKEN_LEVEL, version=version, mask=MASK, boost_error=False))
        except segno.DataOverflowError:
            continue
    return _drawn(segno.make(text, error=TOKEN_LEVEL, version=TOKEN_VERSIONS[-1], mask=MASK, boost_error=False))


def _drawn(made: segno.QRCode) -> bytes:
    file = io.BytesIO()
    made.save(file, kind="png", scale=SCALE, border=0)
    return file.getvalue()


def stored(picture: bytes) -> tuple[int, int, bytes]:
    """Width, height and rows of a picture made by `png`: one grey bit a pixel, in PNG's own compression."""
    width, height = struct.unpack(">II", picture[16:24])
    rows, at = b"", len(SIGNATURE)
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        rows += picture[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    return width, height, rows
