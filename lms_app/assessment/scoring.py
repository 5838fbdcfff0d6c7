"""How much of an answer is right: a pure rule (course-format §4 and §8). Odd answers are worth nothing, never an error.

Answers come in as in `drawing.named`: single "a"; multiple and order ["a", "c"]; numeric "4,9"; gap ["TTHC"];
match {"a": "x"}.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeGuard

from lms_app.core import text

LONGEST = 200
NONE, ALL = Fraction(0), Fraction(1)
_NUMBER = re.compile(
    r"([+\-−–]?)\s*([0-9](?:[0-9.,]*[0-9])?(?:[ \u00a0\u202f][0-9]{3})*)[.,]?(?:\s*[^\W\d_].*|\s*[%‰°₫$€].*)?"
)
_SECOND = re.compile(r"(?<![^\W\d_])[0-9]")
"""A digit that no letter stands before: `5 m2` has one number, `5 hoặc 6` two."""

_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*")


def share(kind: str, key: Mapping[str, Any], answer: object) -> float:
    """The part of a question's points that an answer earns, in [0, 1]."""
    return float(exact(kind, key, answer))


def exact(kind: str, key: Mapping[str, Any], answer: object) -> Fraction:
    """As `share`, without rounding, so that 60 % of ten points is six points."""
    rule = _RULES.get(kind)
    return rule(key, answer) if rule else NONE


def right(kind: str, key: Mapping[str, Any]) -> Any:
    """An answer that earns everything."""
    if kind == "single":
        return key["right"][0]
    if kind == "multiple":
        return list(key["right"])
    if kind == "numeric":
        return key["ranges"][0][0].replace(".", ",")
    if kind == "gap":
        return [gap["accepted"][0] for gap in key["gaps"]]
    return list(key["sequence"]) if kind == "order" else dict(key["pairs"])


def number(typed: object) -> Decimal | None:
    """The number in `1.284,5 người` or `4.9`; None when there is none, or more than one.

    A comma is the decimal sign and a dot parts thousands. A dot that cannot part thousands is a decimal sign too:
    that is how many keyboards write it.
    """
    if not isinstance(typed, str) or len(typed) > LONGEST:
        return None
    typed = text.clean(typed)
    found = _NUMBER.fullmatch(typed)
    if found is None or _SECOND.search(typed, found.end(2)):
        return None
    digits = _plain(re.sub(r"\s", "", found[2]))
    if digits is None:
        return None
    return -Decimal(digits) if found[1] in {"-", "−", "–"} else Decimal(digits)


def is_same(typed: object, accepted: str, gap: Mapping[str, Any]) -> bool:
    """Whether what was typed into a blank is an accepted text: NFC and case-folded, unless the gap says otherwise."""
    if not isinstance(typed, str):
        return False
    if gap.get("exact"):
        return text.clean(typed) == text.clean(accepted)
    if gap.get("nodiacritics"):
        return text.fold(typed) == text.fold(accepted)
    return text.clean(typed).casefold() == text.clean(accepted).casefold()


def _plain(digits: str) -> str | None:
    """The digits as Python writes them. None for what has two decimal signs."""
    if {".", ","} <= set(digits):
        decimal = max(".,", key=digits.rfind)
        whole, _, rest = digits.rpartition(decimal)
        return f"{re.sub('[.,]', '', whole)}.{rest}" if _GROUPS.fullmatch(whole) else None
    if digits.count(",") + digits.count(".") > 1 or "." in digits:
        if _GROUPS.fullmatch(digits):
            return re.sub("[.,]", "", digits)
        if digits.count(",") + digits.count(".") > 1:
            return None
    return digits.replace(",", ".")


def _single(key: Mapping[str, Any], answer: object) -> Fraction:
    return ALL if isinstance(answer, str) and answer in key["right"] else NONE


def _multiple(key: Mapping[str, Any], answer: object) -> Fraction:
    """All or nothing; with `partial` each right option counts one and each wrong one takes one away."""
    if not _are_texts(answer):
        return NONE
    chosen, wanted = set(answer), set(key["right"])
    if chosen == wanted:
        return ALL
    if not key.get("partial") or not wanted:
        return NONE
    return max(NONE, Fraction(len(chosen & wanted) - len(chosen - wanted), len(wanted)))


def _numeric(key: Mapping[str, Any], answer: object) -> Fraction:
    value = number(answer)
    if value is None:
        return NONE
    return ALL if any(Decimal(low) <= value <= Decimal(high) for low, high in key["ranges"]) else NONE


def _gap(key: Mapping[str, Any], answer: object) -> Fraction:
    gaps = key["gaps"]
    if not _are_texts(answer) or len(answer) != len(gaps) or not gaps:
        return NONE
    found = [
        any(is_same(typed, accepted, gap) for accepted in gap["accepted"])
        for typed, gap in zip(answer, gaps, strict=True)
    ]
    return _part(sum(found), len(gaps), key)


def _order(key: Mapping[str, Any], answer: object) -> Fraction:
    return ALL if _are_texts(answer) and list(answer) == list(key["sequence"]) else NONE


def _match(key: Mapping[str, Any], answer: object) -> Fraction:
    pairs = key["pairs"]
    if not isinstance(answer, Mapping) or not pairs:
        return NONE
    return _part(sum(answer.get(row) == choice for row, choice in pairs.items()), len(pairs), key)


def _part(found: int, wanted: int, key: Mapping[str, Any]) -> Fraction:
    if found == wanted:
        return ALL
    return Fraction(found, wanted) if key.get("partial") else NONE


def _are_texts(answer: object) -> TypeGuard[Sequence[str]]:
    return isinstance(answer, list | tuple) and all(isinstance(part, str) for part in answer)


_RULES = {
    "single": _single,
    "multiple": _multiple,
    "numeric": _numeric,
    "gap": _gap,
    "order": _order,
    "match": _match,
}
