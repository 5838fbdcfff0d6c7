"""Text as glyphs, ours and WeasyPrint's, so that one can be held to the other (the home of uharfbuzz)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import uharfbuzz
from pikepdf import Page
from pikepdf import parse_content_stream as parsed
from pikepdf import unparse_content_stream as unparsed

Glyphs = list[tuple[int, float]]
"""Glyph numbers, each with the kerning after it in thousandths of the size, as `TJ` has it."""

Known = Mapping[str, Mapping[int, str]]
"""The text of each glyph that a font of the sheet has."""

KERNING, PIXELS = 2.0, 0.3
"""How far WeasyPrint's numbers may be from ours: kerning, which it cuts to whole thousandths, and places."""

NUMBER = re.compile(rb"/MCID \d+")


class CannotFill(Exception):
    """Why filling would not give what WeasyPrint gives."""


class Font:
    """One font file, shaped as Pango shapes it."""

    def __init__(self, path: Path, language: str) -> None:
        face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)))
        self._font, self._units, self._language = uharfbuzz.Font(face), face.upem, language

    def shape(self, text: str) -> tuple[Glyphs, float]:
        """The glyphs and the width at size 1. Raises `CannotFill` for nothing, and for marks set above or beside."""
        if not text:
            raise CannotFill("no text, so perhaps no element")
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.language = self._language
        uharfbuzz.shape(self._font, buffer)
        glyphs: Glyphs = []
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            if place.x_offset or place.y_offset:
                raise CannotFill("a mark that is set above or beside")
            advance = self._font.get_glyph_h_advance(info.codepoint)
            glyphs.append((info.codepoint, (advance - place.x_advance) * 1000 / self._units))
        return glyphs, sum(place.x_advance for place in buffer.glyph_positions) / self._units


@dataclass(slots=True)
class Run:
    """A line as WeasyPrint drew it, in CSS pixels, and what stands before and after it in its marked content."""

    before: bytes = b""
    after: bytes = b""
    font: str = ""
    size: float = 0
    x: float = 0
    y: float = 0
    glyphs: Glyphs = field(default_factory=list)
    text: str = ""

    @classmethod
    def of(cls, marked: list[Any], known: Known) -> "Run":
        """Keeps nothing of the file itself, whose objects end with it."""
        run = cls()
        before: list[Any] = []
        after: list[Any] = []
        for one in marked:
            match str(one.operator):
                case "Tm":
                    run.x, run.y = float(one.operands[4]), float(one.operands[5])
                case "Tf":
                    run.font, run.size = str(one.operands[0]), float(one.operands[1])
                case "TJ":
                    run.glyphs += _glyphs(one.operands[0])
                case _:
                    (after if run.glyphs else before).append(one)
        run.before, run.after = unparsed(before), unparsed(after)
        run.text = "".join(known.get(run.font, {}).get(glyph, "") for glyph, _ in run.glyphs)
        return run

    def is_drawn_as(self, glyphs: Glyphs) -> bool:
        """Whether we would have drawn just this: the same glyph numbers, no letter spacing."""
        return len(glyphs) == len(self.glyphs) and all(
            ours == theirs and abs(kerned - cut) < KERNING
            for (ours, kerned), (theirs, cut) in zip(glyphs, self.glyphs, strict=True)
        )


class Content:
    """What a page draws: pieces that stay; between them names of texts that are a `mark`, whose lines are in `runs`."""

    def __init__(self, page: Page, known: Known, mark: re.Pattern[str]) -> None:
        self._mark = mark
        self.parts: list[bytes | str] = []
        self.texts: list[Run] = []
        self.runs: dict[str, list[Run]] = {}
        loose: list[Any] = []
        for one in parsed(page):
            loose.append(one)
            if str(one.operator) == "EMC":
                self._add(loose, known)
                loose = []
        self.parts.append(unparsed(loose))

    def still(self) -> list[bytes | str]:
        """To compare: a text in two lines counts once, marked content has no number."""
        parts = [NUMBER.sub(b"", part) if isinstance(part, bytes) else part for part in self.parts]
        return [part for part, _ in groupby(parts)]

    def _add(self, ended: list[Any], known: Known) -> None:
        """Up to the end of marked content; what stands before its beginning belongs to nothing."""
        begin = max(at for at, one in enumerate(ended) if str(one.operator) in {"BDC", "BMC"})
        run = Run.of(ended[begin:], known)
        self.texts.append(run)
        mark = self._mark.fullmatch(run.text.rstrip())
        if mark is None:
            self.parts.append(unparsed(ended))
        else:
            self.runs.setdefault(mark[1], []).append(run)
            self.parts += [unparsed(ended[:begin]), mark[1]] if begin else [mark[1]]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one text goes. A line of width w begins at `start` - `share` * w: 0 stands left, 0.5 centred, 1 right.

    `drawn`: the only line, or each of two, as WeasyPrint drew it (largest, smallest).
    """

    font: Font
    start: float
    share: float
    drawn: Mapping[int, Sequence[tuple[Run, Run]]]

    @classmethod
    def measured(cls, font: Font, drawn: Mapping[int, Sequence[tuple[Run, Run]]]) -> "Slot":
        """Raises `CannotFill` where the lines do not stand as one rule says."""
        large, small = drawn[1][0]
        width, less = (font.shape(run.text)[1] * run.size for run in (large, small))
        share = min((0, 0.5, 1), key=lambda share: abs(large.x + share * width - small.x - share * less))
        slot = cls(font, large.x + share * width, share, drawn)
        for run in (run for pairs in drawn.values() for pair in pairs for run in pair):
            glyphs, width = font.shape(run.text)
            if not run.is_drawn_as(glyphs) or abs(slot.x(width * run.size) - run.x) > PIXELS:
                raise CannotFill("letters that are spaced or changed, or a line not left, centred or right")
        return slot

    @property
    def first(self) -> Run:
        return self.drawn[1][0][0]

    def x(self, width: float) -> float:
        return self.start - self.share * width

    def draw(self, size: float, lines: Sequence[str], known: Mapping[int, str]) -> bytes:
        """Operators under the slot's marked content; a space ends each line but the last, as `pdf` writes them.

        Raises `CannotFill` for a text that the font cannot write.
        """
        parts = [self.first.before]
        whole = [line + " " for line in lines[:-1]] + [lines[-1]]
        for line, (large, small) in zip(whole, self.drawn[len(lines)], strict=True):
            glyphs, width = self.font.shape(line)
            if "".join(known.get(glyph, "") for glyph, _ in glyphs) != line:
                raise CannotFill("a letter that the sheet's font lacks")
            y = large.y + (size - large.size) * (small.y - large.y) / ((small.size - large.size) or 1)
            x, font = self.x(width * size), self.first.font.encode()
            parts.append(b"1 0 0 -1 %.3f %.3f Tm %s %.6f Tf" % (x, y, font, size))
            parts.append(shown(glyphs))
        return b"\n".join([*parts, self.first.after])


def shown(glyphs: Glyphs) -> bytes:
    """The operator that draws them."""
    parts = [f"<{glyph:04x}>{round(kerned) or ''}" for glyph, kerned in glyphs]
    return f"[{''.join(parts).replace('><', '')}] TJ".encode()


def _glyphs(operand: Any) -> Glyphs:
    found: Glyphs = []
    for part in operand:
        if isinstance(part, int | Decimal):
            found[-1:] = [(glyph, kerned + float(part)) for glyph, kerned in found[-1:]]
        else:
            codes = bytes(part)
            found += [(int.from_bytes(codes[at : at + 2]), 0.0) for at in range(0, len(codes), 2)]
    return found
