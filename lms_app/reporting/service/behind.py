"""The people behind the indicators K7, K8 and K9: as many as the figure says, by the same rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from lms_app.organisations.groups import SPECIALISTS
from lms_app.reporting.figures import Asked
from lms_app.reporting.queries import behind
from lms_app.reporting.service import indicators
from lms_app.reporting.service.indicators import Question

PIECE = 500
EVERYBODY = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One person. `values`: K7: day of the certificate; K8: periods; K9: appointed, last day, day of the training.

    `has`: whether they have what is asked for; `counted`: False where they do, and their unit has no headcount.
    """

    name: str
    staff_code: str
    units: str
    positions: str
    values: tuple[date | int | None, ...]
    has: bool
    counted: bool = True


@dataclass(frozen=True)
class People:
    """A list of `found` people. `code`: K7, K8 or K9; `group`: for K8; `having`: only who has what is asked for.

    Raises `NotFound` for a unit that the asker does not look after.
    """

    code: str
    asked: Asked
    group: str = ""
    having: bool = False

    def __post_init__(self) -> None:
        indicators.check(self.asked.unit_id, self.asked.roots, self.asked.day)

    @property
    def found(self) -> int:
        if self.code != "K8":
            return len(self._some)
        figures = self._question.periods[self.group]
        return figures.reached if self.having else figures.staff

    def entries(self, most: int = EVERYBODY, offset: int = 0) -> Iterator[Entry]:
        """By name; `most` of them from the one at `offset`."""
        some = self._students(most, offset) if self.code == "K8" else self._some[offset : offset + most]
        for at in range(0, len(some), PIECE):
            piece = some[at : at + PIECE]
            posts = behind.posts([one.id for one in piece], **self._question.place)
            for one in piece:
                yield one.entry(posts.get(one.id, []))

    @cached_property
    def _question(self) -> Question:
        return Question(self.asked)

    @cached_property
    def _some(self) -> Sequence["_Known"]:
        everybody = _specialists(self._question) if self.code == "K7" else _leaders(self._question)
        return [one for one in everybody if (one.has and one.counted) or not self.having]

    def _students(self, most: int, offset: int) -> Sequence["_Known"]:
        question = self._question
        period = indicators.completed(question.first, self.asked.day)
        least = question.enough if self.having else 0
        asked = {**question.place, **period, "course": "", "least": least, "most": most, "offset": offset}
        return [
            _Known(one.id, one.name, one.staff_code or "", (int(one.periods),), one.periods >= question.enough)
            for one in behind.students(self.group, **asked)
        ]


@dataclass(frozen=True, slots=True)
class _Known:
    id: UUID
    name: str
    staff_code: str
    values: tuple[date | int | None, ...]
    has: bool
    counted: bool = True

    def entry(self, posts: Sequence[Any]) -> Entry:
        units = "; ".join(dict.fromkeys(post.name for post in posts))
        positions = "; ".join(dict.fromkeys(post.position for post in posts if post.position))
        return Entry(self.name, self.staff_code, units, positions, self.values, self.has, self.counted)


def _specialists(question: Question) -> list[_Known]:
    nobody_states = question.stated.heads[SPECIALISTS] is None
    return [
        _Known(
            one.id,
            one.name,
            one.staff_code or "",
            (one.certified_on,),
            one.certified_on is not None,
            nobody_states or one.stated == 1,
        )
        for one in behind.specialists(question.place)
    ]


def _leaders(question: Question) -> list[_Known]:
    due = {one.person_id: one for one in indicators.leadership(question.place, question.asked.day)}
    ids = list(due)
    names = [one for at in range(0, len(ids), PIECE) for one in behind.named(ids[at : at + PIECE])]
    return [
        _Known(one.id, one.name, one.staff_code or "", due[one.id][1:], due[one.id].in_time)
        for one in sorted(names, key=lambda one: (one.sort_key, one.id))
    ]
