import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from lms_app.core import ids
from lms_app.core.text import clean, fold, name_key


def test_search_ignores_case_marks_and_the_bar_of_d() -> None:
    assert fold("Đặng Thị HOÀNG Yến") == "dang thi hoang yen"


@given(st.text(max_size=60))
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_decomposed_text_from_excel_becomes_one_form() -> None:
    assert clean(unicodedata.normalize("NFD", "  Nguyễn\u00a0 Thị  Ánh ")) == "Nguyễn Thị Ánh"


def test_names_sort_by_given_name_then_middle_then_surname() -> None:
    names = ["Trần Văn Bình", "Nguyễn Thị Ân", "Lê Văn An", "Đỗ Thị An", "Nguyễn Văn Ăn", "Bùi Đức", "Võ Dung"]
    assert sorted(names, key=name_key) == [
        "Đỗ Thị An",
        "Lê Văn An",
        "Nguyễn Văn Ăn",
        "Nguyễn Thị Ân",
        "Trần Văn Bình",
        "Võ Dung",
        "Bùi Đức",
    ]


def test_tones_decide_only_between_equal_letters() -> None:
    assert sorted(["Tá", "Tạ", "Ta", "Tả", "Tà", "Tã"], key=name_key) == ["Ta", "Tà", "Tả", "Tã", "Tá", "Tạ"]


def test_a_name_of_one_word_has_a_key() -> None:
    assert name_key("Y Đăm") < name_key("Y")


def test_every_new_code_reads_back_as_typed() -> None:
    for _ in range(200):
        code = ids.new_code()
        assert ids.parse_code(ids.show_code(code).lower()) == code


@given(st.integers(0, ids.CODE_LENGTH - 1), st.sampled_from(ids.ALPHABET))
def test_one_wrong_character_is_always_caught(place: int, other: str) -> None:
    code = "7KQ4M2XF9TDP"
    code += ids.check_character(code)
    wrong = code[:place] + other + code[place + 1 :]
    assert (ids.parse_code(wrong) is None) == (wrong != code)


@given(st.integers(0, ids.CODE_LENGTH - 2), st.text(ids.ALPHABET, min_size=12, max_size=12))
def test_two_swapped_neighbours_are_always_caught(place: int, body: str) -> None:
    code = body + ids.check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (ids.parse_code(swapped) is None) == (swapped != code)


def test_look_alike_letters_are_taken_for_their_digits() -> None:
    body = "0011AB0011CD"
    code = body + ids.check_character(body)
    typed = code.replace("0", "o").replace("1", "l")
    assert ids.parse_code(typed) == code
