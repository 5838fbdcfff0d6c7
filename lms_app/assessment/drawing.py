"""Which questions, in which order, and how their options stand: the same seed draws the same paper for ever.

Only `Random.random()` is used: Python promises its sequence for a seed across versions, but not that of `shuffle`.

A page never names an option by its id: ids stand in the author's order, and for order and match that order is the key.
It names them by their number in the item's `layout`. `named` turns such an answer into ids, `shown` turns it back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol, TypeVar
from uuid import UUID

from lms_app.assessment.terms import Terms

Item = TypeVar("Item")


class Candidate(Protocol):
    """A question that may be drawn."""

    @property
    def id(self) -> UUID: ...
    @property
    def home(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def position(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def difficulty(self) -> int: ...
    @property
    def tags(self) -> Collection[str]: ...
    @property
    def key(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Drawn:
    question: UUID
    layout: list[str]


def draw(seed: int, quiz: str, terms: Terms, pool: Sequence[Candidate]) -> list[Drawn]:
    """The quiz's own questions, then those of its `draw` lines; a later line never repeats what was drawn before it."""
    chance = Random(seed)  # noqa: S311 - the paper must be the same again; nothing secret hangs on it
    ordered = sorted(pool, key=lambda found: found.slug)
    chosen = sorted((found for found in ordered if found.home == quiz), key=lambda found: found.position)
    for line in terms.draw:
        taken = {found.slug for found in chosen}
        fitting = [found for found in ordered if found.slug not in taken and _fits(found, line)]
        chosen += _mixed(chance, fitting)[: line["count"]]
    if "questions" in terms.shuffle:
        chosen = _mixed(chance, chosen)
    return [Drawn(found.id, _layout(chance, found, shuffle="options" in terms.shuffle)) for found in chosen]


def named(kind: str, layout: Sequence[str], answer: object) -> Any:
    """The answer in ids, as scoring reads it; whatever does not fit the layout is left out."""
    if kind == "single":
        return _name(layout, answer)
    if kind == "multiple":
        return [name for part in _listed(answer) if (name := _name(layout, part)) is not None]
    if kind == "order":
        return _ranked(layout, answer)
    if kind == "match":
        pairs = answer.items() if isinstance(answer, Mapping) else ()
        return {row: name for row, choice in pairs if (name := _name(layout, choice)) is not None}
    return answer


def shown(kind: str, layout: Sequence[str], answer: Any) -> Any:
    """An answer in ids as the page would send it."""
    if kind == "single":
        return str(layout.index(answer))
    if kind == "multiple":
        return [str(layout.index(part)) for part in answer]
    if kind == "order":
        return {str(layout.index(part)): str(rank) for rank, part in enumerate(answer, 1)}
    if kind == "match":
        return {row: str(layout.index(choice)) for row, choice in answer.items()}
    return answer


def _fits(question: Candidate, line: Mapping[str, Any]) -> bool:
    return (
        question.home == line["bank"]
        and (not line.get("tag") or line["tag"] in question.tags)
        and (not line.get("difficulty") or line["difficulty"] == question.difficulty)
    )


def _mixed(chance: Random, items: Sequence[Item]) -> list[Item]:
    places = sorted((chance.random(), at) for at in range(len(items)))
    return [items[at] for _, at in places]


def _layout(chance: Random, question: Candidate, *, shuffle: bool) -> list[str]:
    """Order and match are always mixed: their authors write them solved."""
    key = question.key
    if question.kind in {"single", "multiple"}:
        return _mixed(chance, key["options"]) if shuffle else list(key["options"])
    if question.kind == "match":
        return _mixed(chance, key["choices"])
    if question.kind == "order":
        mixed = _mixed(chance, key["sequence"])
        return mixed[1:] + mixed[:1] if mixed == key["sequence"] else mixed
    return []


def _name(layout: Sequence[str], number: object) -> str | None:
    if (
        not isinstance(number, str)
        or not number.isascii()
        or not number.isdigit()
        or len(number) > len(str(len(layout)))
    ):
        return None
    return layout[int(number)] if int(number) < len(layout) else None


def _listed(answer: object) -> Sequence[object]:
    return answer if isinstance(answer, list) else ()


def _ranked(layout: Sequence[str], answer: object) -> list[str]:
    """The ids by rank; empty unless every line has a rank of its own, 1 to the number of lines."""
    ranks = answer if isinstance(answer, Mapping) else {}
    by_rank = {rank: name for shown, rank in ranks.items() if (name := _name(layout, shown)) is not None}
    wanted = [str(rank) for rank in range(1, len(layout) + 1)]
    return [by_rank[rank] for rank in wanted] if set(wanted) <= set(by_rank) else []
