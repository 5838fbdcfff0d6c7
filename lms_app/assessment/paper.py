"""A question as the page may show it before the attempt ends: no key, no feedback, no id of an option."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

BLANK = "……"


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    text: Markup
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row with a list to choose from: of order (ranks) and of match (choices, as plain text)."""

    name: str
    text: Markup
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """`choices` for single and multiple, `lines` for order and match, `texts` (what was typed) for numeric and gap."""

    kind: str
    stem: Markup
    situation: Markup
    choices: tuple[Choice, ...] = ()
    lines: tuple[Line, ...] = ()
    texts: tuple[str, ...] = ()
    unit: str = ""

    @property
    def first(self) -> str:
        """The id of the first control, which the error summary points to."""
        return f"answer-{self.lines[0].name}" if self.lines else "answer-0"


def show(body: Mapping[str, Any], layout: Sequence[str], answer: Any) -> Shown:
    kind = body["kind"]
    parts = _PARTS[kind](body, layout, answer)
    return Shown(kind, stem(body), html(body["situation"]), **parts)


def stem(body: Mapping[str, Any]) -> Markup:
    """The question itself; the blanks of a gap are numbered when there are several."""
    pieces = body["gaps"]
    if len(pieces) < 3:  # noqa: PLR2004 - one more piece than blanks
        return html(body["stem"])
    marks = [f"({number}) {BLANK}" for number in range(1, len(pieces))]
    return Markup("").join(Markup("%s%s") % pair for pair in zip(pieces, [*marks, ""], strict=True))


def html(stored: str | None) -> Markup:
    """Stored HTML, sanitised when the course was published."""
    return Markup(stored or "")  # noqa: S704


def texts(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Markup]:
    """Id -> HTML of options, rows or choices."""
    return {piece["id"]: html(piece["html"]) for piece in pieces}


def _choices(body: Mapping[str, Any], layout: Sequence[str], answer: Any) -> dict[str, Any]:
    found = texts(body["options"])
    chosen = answer if isinstance(answer, list) else [answer]
    made = (Choice(str(at), found[name], str(at) in chosen) for at, name in enumerate(layout))
    return {"choices": tuple(made)}


def _order(body: Mapping[str, Any], layout: Sequence[str], answer: Any) -> dict[str, Any]:
    found, ranks = texts(body["options"]), range(1, len(layout) + 1)
    given = answer or {}
    made = (
        Line(
            str(at),
            found[name],
            tuple(Choice(str(rank), Markup("%d") % rank, given.get(str(at)) == str(rank)) for rank in ranks),
        )
        for at, name in enumerate(layout)
    )
    return {"lines": tuple(made)}


def _match(body: Mapping[str, Any], layout: Sequence[str], answer: Any) -> dict[str, Any]:
    found, given = texts(body["choices"]), answer or {}
    made = (
        Line(
            row,
            text,
            tuple(
                Choice(str(at), Markup.escape(found[name].striptags()), given.get(row) == str(at))
                for at, name in enumerate(layout)
            ),
        )
        for row, text in texts(body["rows"]).items()
    )
    return {"lines": tuple(made)}


def _numeric(body: Mapping[str, Any], _layout: Sequence[str], answer: Any) -> dict[str, Any]:
    return {"texts": (answer or "",), "unit": body.get("unit", "")}


def _gap(body: Mapping[str, Any], _layout: Sequence[str], answer: Any) -> dict[str, Any]:
    given = answer or []
    blanks = range(len(body["gaps"]) - 1)
    return {"texts": tuple(given[at] if at < len(given) else "" for at in blanks)}


_PARTS = {
    "single": _choices,
    "multiple": _choices,
    "order": _order,
    "match": _match,
    "numeric": _numeric,
    "gap": _gap,
}
