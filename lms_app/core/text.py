"""Vietnamese text: one form (NFC), folding for search, the sort key of a name."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_BASE = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"
"""Huyền, hỏi, ngã, sắc, nặng: the order of Vietnamese dictionaries."""

_LETTER_MARKS = {"\u0306", "\u0302", "\u031b"}


def clean(text: str) -> str:
    """NFC, one space between words, none around. Excel and phones send NFD and doubled spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def fold(text: str) -> str:
    """For search and for comparing what was typed: lower case, no marks, đ -> d (it has no decomposition)."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return clean("".join(c for c in plain if not unicodedata.combining(c)))


_LATIN = [chr(code) for code in (*range(0x41, 0x250), *range(0x1E00, 0x1F00)) if chr(code).isalpha()]
_ALIKE = {plain: "".join(c for c in _LATIN if fold(c) == plain) for plain in "abcdefghijklmnopqrstuvwxyz"}
"""Plain letter -> every letter that folds to it."""


def folded_pattern(typed: str) -> str:
    """A regular expression for SQL (`regexp_match`) that finds what `fold` finds: any case, with marks or without.

    Only letters, digits and what stands between them in names are looked for. Nothing to look for finds everything.
    """
    return "".join(_letter(c) for c in fold(typed) if c.isalnum() or c in " '’.,-/")


def _letter(plain: str) -> str:
    if not plain.isalnum():
        return re.escape(plain)
    return f"[{_ALIKE.get(plain, plain + plain.upper())}][\u0300-\u036f]*"


def name_key(name: str) -> str:
    """Sorts whole names the Vietnamese way: given name (last word), then middle, then surname.

    A word's letters come first (a ă â b c d đ ...), its tones decide between equal letters.
    """
    words = clean(name).lower().split(" ")
    return "\x01".join(_word_key(word) for word in [words[-1], *words[1:-1], *words[:1][: len(words) - 1]])


def _word_key(word: str) -> str:
    letters, tones = [], []
    for character in word:
        parts = unicodedata.normalize("NFD", character)
        tone = next((c for c in parts if c in _TONES), "")
        kept = "".join(c for c in parts if c == parts[0] or c in _LETTER_MARKS)
        letter = unicodedata.normalize("NFC", kept)
        place = _BASE.find(letter)
        letters.append(chr(0x100 + place) if place >= 0 else letter)
        tones.append(str(_TONES.find(tone) + 1 if tone else 0))
    return "".join(letters) + "\x02" + "".join(tones)
