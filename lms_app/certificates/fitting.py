"""How large a text may stand in its box: pure rules, measured with the design's own fonts (the home of fontTools).

One line at the largest size that goes in, while that is at least 72 % of the largest allowed; else two even lines;
else one small line; else the text is refused. Nothing is ever cut and no word is broken. The space before the break
is printed, so that words copied from the page are not glued, and is measured with its line.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from lms_app.core.errors import Invalid

POINTS_IN_MM = 72 / 25.4
STEP = 0.25
LARGEST = 300
"""Neither a letter in points nor a box in millimetres is larger on A4."""

ONE_LINE_FROM = 0.72
TWO_LINES_UP_TO = 0.78
LONGER_FOR_SENSE = 1.3
"""How much longer the longer line may get so that the break falls after a comma or a middle dot."""

TOO_LONG = {
    "full_name": (
        "Họ và tên có %(length)s ký tự, quá dài để in trên giấy chứng nhận. "
        "Hãy sửa họ tên trong hồ sơ cho gọn, ví dụ viết tắt tên đệm, rồi cấp lại."
    ),
    "person": (
        "Ngày sinh, chức vụ và đơn vị có %(length)s ký tự, quá dài để in trên giấy chứng nhận. "
        "Hãy dùng cách viết gọn của chức vụ hoặc đơn vị rồi cấp lại."
    ),
    "course_title": (
        "Tên khóa học có %(length)s ký tự, quá dài để in trên giấy chứng nhận. Hãy rút gọn tên khóa học rồi cấp lại."
    ),
    "course_title_en": (
        "Tên tiếng Anh của khóa học có %(length)s ký tự, quá dài để in trên giấy chứng nhận. "
        "Hãy rút gọn tên tiếng Anh rồi cấp lại."
    ),
}
TOO_LONG_TEXT = "Mục %(name)s có %(length)s ký tự, quá dài để in trên giấy chứng nhận. Hãy rút gọn rồi cấp lại."
"""What the clerk can mend. The sentences hold no name: they may end up in an operator's list."""

Measure = Callable[[str], float]
"""Width of a text at size 1."""


@dataclass(frozen=True, slots=True)
class Box:
    """Sizes in points, `width` in millimetres."""

    width: float
    largest: float
    smallest: float
    lines: int


@dataclass(frozen=True, slots=True)
class Fit:
    """`also`: set in the fallback face of the field, because its own cannot show this text."""

    size: float
    lines: tuple[str, ...]
    also: bool = False


@dataclass(frozen=True, eq=False)
class Face:
    """Widths of one font file, without kerning: kerning only ever makes Vietnamese text narrower here."""

    name: str
    units: int
    advances: dict[int, int]

    def width(self, text: str) -> float:
        known = [advance for advance in map(self.advances.get, map(ord, text)) if advance is not None]
        return (sum(known) + self.units * (len(text) - len(known))) / self.units

    def missing(self, text: str) -> set[str]:
        return {character for character in text if ord(character) not in self.advances}


@lru_cache(32)
def face(path: Path) -> Face:
    """Raises `ValueError` for a file that is no font."""
    try:
        return _face(path)
    except (TTLibError, struct.error, KeyError, AssertionError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def _face(path: Path) -> Face:
    with path.open("rb") as file, TTFont(file, lazy=True) as font:
        advances = font["hmtx"].metrics
        letters = {code: advances[glyph][0] for code, glyph in font.getBestCmap().items()}
        return Face(path.name, font["head"].unitsPerEm, letters)


def fit(text: str, box: Box, measure: Measure, name: str = "") -> Fit:
    """The size and the lines for `text`. Raises `Invalid` when it cannot stand in the box at the smallest size.

    The sentence says the field's `name` and the length, not the text.
    """
    one = _size(measure(text), box)
    if one >= box.largest * ONE_LINE_FROM and one >= box.smallest:
        return Fit(one, (text,))
    pair = split(text, measure) if box.lines > 1 else None
    if pair:
        two = min(_size(max(measure(pair[0] + " "), measure(pair[1])), box), _down(box.largest * TWO_LINES_UP_TO))
        if two >= box.smallest:
            return Fit(two, pair)
    if one >= box.smallest:
        return Fit(one, (text,))
    raise Invalid(TOO_LONG.get(name, TOO_LONG_TEXT), name=name, length=len(text))


def split(text: str, measure: Measure) -> tuple[str, str] | None:
    """The most even pair of lines; a break after a comma, colon or middle dot wins when it is nearly as even."""
    words = text.split(" ")
    pairs = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    if not pairs:
        return None
    longest = {pair: max(map(measure, pair)) for pair in pairs}
    even = min(pairs, key=longest.__getitem__)
    sense = [
        pair for pair in pairs if pair[0][-1:] in {",", ":", "·"} and longest[pair] <= longest[even] * LONGER_FOR_SENSE
    ]
    return min(sense, key=longest.__getitem__, default=even)


def _size(width: float, box: Box) -> float:
    """The largest quarter point at which a text of this width (at size 1) goes in."""
    if width <= 0:
        return box.largest
    return min(box.largest, _down(box.width * POINTS_IN_MM / width))


def _down(size: float) -> float:
    return size // STEP * STEP
