from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms_app.assessment import drawing, scoring
from lms_app.assessment.terms import Terms
from tests.make import KEYS


@dataclass(frozen=True)
class Card:
    at: int
    home: str = "nh-mot"
    kind: str = "single"
    difficulty: int = 1
    tags: tuple[str, ...] = ()
    key: dict[str, Any] = field(default_factory=lambda: KEYS["single"])

    @property
    def id(self) -> UUID:
        return UUID(int=self.at)

    @property
    def slug(self) -> str:
        return f"cau-{self.at:02}"

    @property
    def position(self) -> int:
        return self.at


def terms(*lines: dict[str, Any], shuffle: tuple[str, ...] = ("questions", "options")) -> Terms:
    return Terms.read({"draw": list(lines), "shuffle": list(shuffle)})


def numbers(drawn: list[drawing.Drawn]) -> list[int]:
    return [found.question.int for found in drawn]


seeds = st.integers(0, 2**31 - 1)
BANK = [Card(at, tags=("chan",) if at % 2 == 0 else ("le",), difficulty=1 + at % 3) for at in range(1, 13)]


@given(seeds, st.randoms(use_true_random=False))
def test_the_same_seed_draws_the_same_paper_whatever_order_the_rows_come_in(seed: int, chance: Any) -> None:
    mixed = list(BANK)
    chance.shuffle(mixed)
    asked = terms({"bank": "nh-mot", "count": 5})
    assert drawing.draw(seed, "kiem-tra", asked, BANK) == drawing.draw(seed, "kiem-tra", asked, mixed)


def test_a_paper_of_2026_is_still_the_same() -> None:
    drawn = drawing.draw(2026, "kiem-tra", terms({"bank": "nh-mot", "count": 4}), BANK)
    found = [(item.question.int, "".join(item.layout)) for item in drawn]
    assert found == [
        (6, "acb"),
        (1, "cba"),
        (2, "abc"),
        (5, "bac"),
    ]


@given(seeds)
def test_later_lines_never_repeat_what_was_drawn(seed: int) -> None:
    asked = terms({"bank": "nh-mot", "count": 5, "tag": "chan"}, {"bank": "nh-mot", "count": 6})
    drawn = numbers(drawing.draw(seed, "kiem-tra", asked, BANK))
    assert len(drawn) == len(set(drawn)) == 11


@given(seeds)
def test_a_line_takes_only_its_bank_tag_and_difficulty(seed: int) -> None:
    others = [Card(at, home="nh-hai", tags=("chan",)) for at in range(20, 30)]
    asked = terms({"bank": "nh-mot", "count": 9, "tag": "chan", "difficulty": 1})
    drawn = numbers(drawing.draw(seed, "kiem-tra", asked, BANK + others))
    assert sorted(drawn) == [6, 12]


@given(seeds)
def test_a_quiz_of_its_own_questions_keeps_their_order_unless_told(seed: int) -> None:
    own = [Card(at, home="kiem-tra") for at in range(1, 6)]
    asked = terms({"bank": "nh-mot", "count": 0}, shuffle=())
    drawn = drawing.draw(seed, "kiem-tra", asked, [*own, *[Card(at) for at in range(7, 9)]])
    assert numbers(drawn) == [1, 2, 3, 4, 5]
    assert all(found.layout == ["a", "b", "c"] for found in drawn)


@given(seeds)
def test_a_paper_never_shows_an_order_already_solved(seed: int) -> None:
    card = Card(1, kind="order", key=KEYS["order"])
    drawn = drawing.draw(seed, "kiem-tra", terms({"bank": "nh-mot", "count": 1}, shuffle=()), [card])
    assert sorted(drawn[0].layout) == ["a", "b", "c"]
    assert drawn[0].layout != ["a", "b", "c"]


@given(st.sampled_from(sorted(KEYS)), seeds)
def test_what_the_page_sends_is_read_back_as_the_same_answer(kind: str, seed: int) -> None:
    card = Card(1, kind=kind, key=KEYS[kind])
    layout = drawing.draw(seed, "q", terms({"bank": "nh-mot", "count": 1}), [card])[0].layout
    right = scoring.right(kind, card.key)
    assert drawing.named(kind, layout, drawing.shown(kind, layout, right)) == right


@given(
    st.sampled_from(["single", "multiple", "order", "match"]),
    st.none() | st.text() | st.lists(st.text() | st.integers()) | st.dictionaries(st.text(), st.text() | st.none()),
)
def test_an_odd_answer_is_read_without_failing(kind: str, answer: Any) -> None:
    assert 0 <= scoring.share(kind, KEYS[kind], drawing.named(kind, ["a", "b", "c"], answer)) <= 1
