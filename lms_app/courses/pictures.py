"""The size of a picture from its bytes, without an image library: SVG, PNG, JPEG, GIF, WebP."""

import re
import struct

TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".vtt": "text/vtt",
}
"""What a course may carry in `media/`: suffix -> content type."""

_SVG = re.compile(rb"<svg\b[^>]*>", re.DOTALL)
_LENGTH = re.compile(rb'\b(width|height)="([\d.]+)(?:px)?"')
_BOX = re.compile(rb'\bviewBox="[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)"')
_ACTIVE = re.compile(rb"<script|<foreignObject|<!ENTITY|\son\w+\s*=|javascript:", re.IGNORECASE)
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def is_active(data: bytes) -> bool:
    """Whether an SVG holds anything that could run."""
    return bool(_ACTIVE.search(data))


def size(data: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels; (0, 0) when they cannot be read."""
    try:
        if data.startswith(b"\x89PNG"):
            return struct.unpack(">II", data[16:24])
        if data.startswith(b"GIF8"):
            return struct.unpack("<HH", data[6:10])
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data[8:12] == b"WEBP":
            return _webp(data)
        return _svg(data)
    except (struct.error, IndexError, ValueError):
        return 0, 0


def _svg(data: bytes) -> tuple[int, int]:
    tag = _SVG.search(data)
    if tag is None:
        return 0, 0
    lengths = {name: float(value) for name, value in _LENGTH.findall(tag[0])}
    if {b"width", b"height"} <= set(lengths):
        return round(lengths[b"width"]), round(lengths[b"height"])
    box = _BOX.search(tag[0])
    return (round(float(box[1])), round(float(box[2]))) if box else (0, 0)


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length


def _webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF
