"""A question as its author wrote it, before anything is rendered: what `quiz_format` reads and publishing writes."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from string import ascii_lowercase
from typing import Any

from lms_app.core.text import fold

NUMBER = r"-?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?"
"""A number in Vietnamese writing: dot between thousands, comma before decimals."""

RANGE = re.compile(rf"^(?P<low>{NUMBER})(?:\s*\.\.\s*(?P<high>{NUMBER}))?(?P<unit>|\s*[^\d\s.,][^\d]*)$")


@dataclass(frozen=True)
class Option:
    """`text` and `feedback` are Markdown."""

    id: str
    text: str
    feedback: str = ""
    right: bool = False
    line: int = 0


@dataclass(frozen=True)
class Wrong:
    """A known wrong answer. `value`: a decimal string, the text of a gap, `b a c` for order, `a=x2` for match."""

    value: str
    feedback: str
    line: int = 0


@dataclass(frozen=True)
class Gap:
    accepted: tuple[str, ...]
    exact: bool
    nodiacritics: bool


@dataclass(frozen=True)
class Question:
    """One question as written. `ranges` are pairs of decimal strings; `rows`/`choices`/`pairs` belong to match."""

    slug: str
    line: int
    stem: str
    kind: str = ""
    situation: str = ""
    options: tuple[Option, ...] = ()
    answer: str = ""
    ranges: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    wrong: tuple[Wrong, ...] = ()
    rows: tuple[Option, ...] = ()
    choices: tuple[Option, ...] = ()
    columns: tuple[str, ...] = ()
    pairs: dict[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    points: int = 1
    difficulty: int = 1
    tags: tuple[str, ...] = ()
    reread: str = ""
    partial: bool = False

    @property
    def key(self) -> dict[str, Any]:
        """What scoring reads: see `courses.models.Question`."""
        ids = [option.id for option in self.options]
        if self.kind in {"single", "multiple"}:
            return {"right": [o.id for o in self.options if o.right], "options": ids, "partial": self.partial}
        if self.kind == "numeric":
            return {"ranges": [list(pair) for pair in self.ranges]}
        if self.kind == "gap":
            return {"gaps": [{**vars(gap), "accepted": list(gap.accepted)} for gap in self.gaps]}
        if self.kind == "order":
            return {"sequence": ids}
        return {"pairs": self.pairs, "choices": [c.id for c in self.choices], "partial": self.partial}


def number(text: str) -> str | None:
    """`1.284,5` -> `1284.5`; None when it is not a number in Vietnamese writing."""
    if not re.fullmatch(NUMBER, text):
        return None
    return str(Decimal(text.replace(".", "").replace(",", ".")))


def wrong_value(made: Question, text: str) -> str | None:
    """A known wrong answer in the form that an answer has; None when it cannot be one, or is right."""
    if made.kind == "numeric":
        found = RANGE.match(text)
        value = number(found["low"]) if found else None
        inside = value and any(Decimal(low) <= Decimal(value) <= Decimal(high) for low, high in made.ranges)
        return None if inside else value
    if made.kind == "gap":
        accepted = {fold(word) for gap in made.gaps if not gap.exact for word in gap.accepted}
        return None if fold(text) in accepted else text
    if made.kind == "order":
        places = re.findall(r"\d+", text)
        right = [str(n) for n in range(1, len(made.options) + 1)]
        if sorted(places) != sorted(right) or places == right:
            return None
        return " ".join(letter(int(place) - 1) for place in places)
    if made.kind == "match":
        pair = re.fullmatch(r"(\d+)\s*=\s*(\d+)", text)
        row, choice = (letter(int(pair[1]) - 1), f"x{pair[2]}") if pair else ("", "")
        return f"{row}={choice}" if row in made.pairs and made.pairs[row] != choice else None
    return None


def letter(at: int) -> str:
    return ascii_lowercase[at] if 0 <= at < len(ascii_lowercase) else f"z{at}"
