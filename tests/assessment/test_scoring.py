from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_app.assessment import scoring
from tests.make import KEYS

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)
letters = st.lists(st.sampled_from("abcde"), unique=True, min_size=1)
kinds = st.sampled_from(sorted(KEYS))


@given(kinds, json)
def test_whatever_is_answered_the_share_is_between_none_and_all(kind: str, answer: Any) -> None:
    assert 0 <= scoring.share(kind, KEYS[kind], answer) <= 1
    assert scoring.share("unknown", KEYS[kind], answer) == 0


@given(kinds, st.booleans())
def test_the_full_answer_earns_everything(kind: str, partial: bool) -> None:
    key = KEYS[kind] | {"partial": partial}
    assert scoring.share(kind, key, scoring.right(kind, key)) == 1


@given(letters, st.lists(st.sampled_from("abcde")), st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_ticks_does_not_matter(right: list[str], chosen: list[str], partial: bool, chance: Any) -> None:
    key = {"right": right, "options": list("abcde"), "partial": partial}
    mixed = list(chosen)
    chance.shuffle(mixed)
    assert scoring.share("multiple", key, chosen) == scoring.share("multiple", key, mixed)


@given(letters, st.lists(st.sampled_from("abcde"), unique=True))
def test_ticking_everything_earns_no_part(right: list[str], chosen: list[str]) -> None:
    key = {"right": right, "options": list("abcde"), "partial": True}
    share = scoring.share("multiple", key, chosen)
    assert share <= len(set(chosen) & set(right)) / len(right)
    assert (share == 1) == (set(chosen) == set(right))


@pytest.mark.parametrize(
    ("answer", "share"), [(["a", "c"], 1), (["a"], 0.5), (["a", "b"], 0), (["a", "b", "c"], 0.5), ([], 0), ("a", 0)]
)
def test_a_partial_choice_counts_right_ones_less_wrong_ones(answer: Any, share: float) -> None:
    assert scoring.share("multiple", KEYS["multiple"] | {"partial": True}, answer) == share


def test_order_is_all_or_nothing_and_match_counts_rows_only_if_the_author_says_so() -> None:
    assert scoring.share("order", KEYS["order"], ["a", "c", "b"]) == 0
    assert scoring.share("match", KEYS["match"], {"a": "x1", "b": "x3"}) == 0
    assert scoring.share("match", KEYS["match"] | {"partial": True}, {"a": "x1", "b": "x3"}) == 0.5
    assert scoring.share("match", KEYS["match"] | {"partial": True}, {"a": "x1", "b": "x2", "z": "x3"}) == 1


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("4,9", "4.9"),
        ("4.9", "4.9"),
        (" 1.284 người", "1284"),
        ("1.284,5", "1284.5"),
        ("1,284.5", "1284.5"),
        ("1 284", "1284"),
        ("12.345.678", "12345678"),
        ("0.500", "0.500"),
        ("78,8%", "78.8"),
        ("−3", "-3"),
        ("5 m2", "5"),
        ("16 ký tự.", "16"),
        ("5.", "5"),
    ],
)
def test_numbers_are_read_the_vietnamese_way(typed: str, number: str) -> None:
    assert str(scoring.number(typed)) == number


@pytest.mark.parametrize(
    "typed", ["", "năm", "5 hoặc 6", "5-7", "1/2", "1,2,3", "1.2.3", "1.23,4,5", "5 6", None, 5, ["5"]]
)
def test_what_is_not_one_number_is_no_number(typed: Any) -> None:
    assert scoring.number(typed) is None


@given(st.text(max_size=300))
def test_reading_a_number_never_fails(typed: str) -> None:
    scoring.number(typed)


@pytest.mark.parametrize("typed", ["5", "4,9", "5,1 phút", "5.0"])
def test_both_ends_of_a_tolerance_are_right(typed: str) -> None:
    assert scoring.share("numeric", KEYS["numeric"], typed) == 1
    assert scoring.share("numeric", KEYS["numeric"], "5,11") == 0


@pytest.mark.parametrize(
    ("flags", "typed", "share"),
    [
        ({}, "THU\u0309 TU\u0323C", 1),
        ({}, "  thủ   tục ", 1),
        ({}, "thu tuc", 0),
        ({"nodiacritics": True}, "thu tuc", 1),
        ({"nodiacritics": True}, "Thủ tục", 1),
        ({"exact": True}, "Thủ tục", 0),
        ({"exact": True}, "thủ tục", 1),
    ],
)
def test_a_blank_is_compared_as_its_flags_say(flags: dict[str, bool], typed: str, share: float) -> None:
    key = {"gaps": [{"accepted": ["thủ tục"], "exact": False, "nodiacritics": False} | flags]}
    assert scoring.share("gap", key, [typed]) == share


def test_all_blanks_are_needed_unless_parts_count() -> None:
    key = {"gaps": [{"accepted": ["một"]}, {"accepted": ["hai"]}]}
    assert scoring.share("gap", key, ["một", "ba"]) == 0
    assert scoring.share("gap", key | {"partial": True}, ["một", "ba"]) == 0.5
