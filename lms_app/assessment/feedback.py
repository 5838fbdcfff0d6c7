"""What may be said about an answer once the attempt has ended: a pure rule.

Always: the learner's own answer, and why what they chose is wrong. The right answer and its reason only when asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from lms_app.assessment import drawing, paper, scoring

NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class Finding:
    """`own`, `right`: an answer as a list of texts. `right` and `rule` are empty unless the key may be seen.

    `incomplete`: all that was chosen is right, but something is missing. `reread`: lesson, anchor, title.
    """

    position: int
    stem: Markup
    own: tuple[Markup, ...]
    why: tuple[Markup, ...]
    incomplete: bool
    partly: bool
    reread: Mapping[str, str] | None
    right: tuple[Markup, ...] = ()
    rule: Markup = NOTHING


def find(item: Any, *, with_key: bool) -> Finding:
    """About one item that did not earn all its points. `item`: a row of `queries.SHEET`."""
    body, key = item.body, item.key
    answer = drawing.named(item.kind, item.layout, item.answer)
    return Finding(
        position=item.position,
        stem=paper.stem(body),
        own=spell(body, answer),
        why=_why(item.kind, key, body, answer),
        incomplete=item.kind == "multiple" and bool(answer) and set(answer) < set(key["right"]),
        partly=bool(item.points),
        reread=body.get("reread"),
        right=_right(item.kind, key, body) if with_key else (),
        rule=paper.html(body.get("answer")) if with_key else NOTHING,
    )


def spell(body: Mapping[str, Any], answer: Any) -> tuple[Markup, ...]:
    """An answer (in ids) in words; empty when there is none."""
    kind = body["kind"]
    if not answer:
        return ()
    if kind in {"numeric", "gap"}:
        return tuple(Markup.escape(part) for part in ([answer] if isinstance(answer, str) else answer))
    if kind == "match":
        rows, choices = paper.texts(body["rows"]), paper.texts(body["choices"])
        return tuple(Markup("%s → %s") % (text, choices[answer[row]]) for row, text in rows.items() if row in answer)
    options = paper.texts(body["options"])
    return tuple(options[name] for name in ([answer] if isinstance(answer, str) else answer))


def _why(kind: str, key: Mapping[str, Any], body: Mapping[str, Any], answer: Any) -> tuple[Markup, ...]:
    """The feedback of the wrong options chosen, or of the known wrong value typed. Never that of a right one."""
    if kind in {"single", "multiple"}:
        chosen = {answer} if kind == "single" else set(answer)
        wrong = [option for option in body["options"] if option["id"] in chosen - set(key["right"])]
        return _said(wrong)
    return _said([known for known in body["wrong"] if _KNOWN[kind](key, answer or (), str(known["value"]))])


def _is_number(_key: Mapping[str, Any], answer: Any, value: str) -> bool:
    return scoring.number(answer) == Decimal(value)


def _is_word(key: Mapping[str, Any], answer: Any, value: str) -> bool:
    return any(scoring.is_same(typed, value, gap) for typed, gap in zip(answer, key["gaps"], strict=False))


def _is_order(_key: Mapping[str, Any], answer: Any, value: str) -> bool:
    """`b a c`, in ids."""
    return value.split() == list(answer)


def _is_pair(_key: Mapping[str, Any], answer: Any, value: str) -> bool:
    """`a=x2`: a row with a wrong choice."""
    row, _, choice = value.partition("=")
    return bool(answer) and answer.get(row) == choice


_KNOWN = {"numeric": _is_number, "gap": _is_word, "order": _is_order, "match": _is_pair}


def _said(pieces: Sequence[Mapping[str, Any]]) -> tuple[Markup, ...]:
    return tuple(paper.html(piece["feedback"]) for piece in pieces if piece.get("feedback"))


def _right(kind: str, key: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Markup, ...]:
    if kind == "numeric":
        return tuple(Markup.escape(" … ".join(dict.fromkeys(ends)).replace(".", ",")) for ends in key["ranges"])
    return spell(body, scoring.right(kind, key))
