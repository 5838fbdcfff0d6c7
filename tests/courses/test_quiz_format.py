import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_app.courses.questions import Question, number
from lms_app.courses.quiz_format import parse


def one(text: str) -> Question:
    _intro, questions, issues = parse(text, "bank/x.quiz.md")
    assert issues == []
    assert len(questions) == 1
    return questions[0]


def wrong(text: str) -> list[tuple[int, str]]:
    return [(issue.line, issue.code) for issue in parse(text, "bank/x.quiz.md")[2]]


def test_single_choice_with_situation_feedback_and_attributes() -> None:
    found = one(
        '## Làm gì? {#q-1 points=2 tags="a b" difficulty=3 reread=bai-1#muc}\n\nMột tình huống.\n\n'
        "- [ ] Chờ\n    > Muộn mất.\n- [x] Gọi\n  tiếp dòng\n    > Đúng.\n\n> [!answer]\n> Quy tắc.\n>\n> Dòng hai.\n"
    )
    assert (found.slug, found.kind, found.points, found.tags, found.difficulty) == ("q-1", "single", 2, ("a", "b"), 3)
    assert (found.stem, found.situation, found.reread) == ("Làm gì?", "Một tình huống.", "bai-1#muc")
    assert [(o.id, o.text, o.feedback) for o in found.options] == [
        ("a", "Chờ", "Muộn mất."),
        ("b", "Gọi\ntiếp dòng", "Đúng."),
    ]
    assert found.answer == "Quy tắc.\n\nDòng hai."
    assert found.key == {"right": ["b"], "options": ["a", "b"], "partial": False}


def test_several_right_options_make_multiple_choice() -> None:
    found = one("## Chọn {#q partial=yes}\n- [x] A\n- [ ] B\n- [X] C\n")
    assert found.key == {"right": ["a", "c"], "options": ["a", "b", "c"], "partial": True}


@pytest.mark.parametrize(
    ("written", "ranges", "unit"),
    [
        ("5", ["5", "5"], ""),
        ("1.284", ["1284", "1284"], ""),
        ("4,9..5,1", ["4.9", "5.1"], ""),
        ("10..12", ["10", "12"], ""),
        ("64 %", ["64", "64"], "%"),
        ("-3,5 độ", ["-3.5", "-3.5"], "độ"),
        ("2020", ["2020", "2020"], ""),
    ],
)
def test_numbers_are_read_the_vietnamese_way(written: str, ranges: list[str], unit: str) -> None:
    found = one(f"## Bao nhiêu? {{#q}}\n\n= {written}\n")
    assert (found.key, found.unit) == ({"ranges": [ranges]}, unit)


@pytest.mark.parametrize("written", ["4.9", "năm", "5..3", "1.28"])
def test_what_is_no_number_is_named(written: str) -> None:
    assert wrong(f"## Bao nhiêu? {{#q}}\n\n= {written}\n") == [(3, "bad-number")]


@given(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=2))
def test_any_number_survives_vietnamese_writing(value: object) -> None:
    written = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert float(number(written) or "x") == float(str(value))


def test_known_wrong_answers_carry_feedback() -> None:
    found = one("## Mấy? {#q}\n\n= 5\n\n! 4\n    > Thiếu một.\n\n! 1.000\n    > Thừa.\n")
    assert [(w.value, w.feedback) for w in found.wrong] == [("4", "Thiếu một."), ("1000", "Thừa.")]
    assert wrong("## Mấy? {#q}\n= 4..6\n! 5\n    > Sai.\n") == [(3, "wrong-key")]


def test_gaps_stand_in_the_stem() -> None:
    found = one("## Viết tắt là [[TTHC|tthc]] và [[UBND]]. {#q nodiacritics}\n\n! TTHCC\n    > Thừa.\n")
    assert [gap.accepted for gap in found.gaps] == [("TTHC", "tthc"), ("UBND",)]
    assert found.key["gaps"][0] == {"accepted": ["TTHC", "tthc"], "exact": False, "nodiacritics": True}
    assert found.wrong[0].value == "TTHCC"


def test_order_is_the_source_order() -> None:
    found = one("## Xếp {#q order}\n\n1. Một\n2. Hai\n    > Vì sao.\n3. Ba\n\n! 2 1 3\n    > Ngược.\n")
    assert found.key == {"sequence": ["a", "b", "c"]}
    assert found.wrong[0].value == "b a c"


def test_match_tables_share_choices_and_have_decoys() -> None:
    found = one(
        "## Nối {#q match partial=yes}\n\n| Việc | Cách |\n|---|---|\n| A | Gọi |\n| B | Báo |\n| C | Gọi |\n"
        "| | Chờ |\n\n! 1 = 3\n    > Chờ là muộn.\n"
    )
    assert found.key == {
        "pairs": {"a": "x1", "b": "x2", "c": "x1"},
        "choices": ["x1", "x2", "x3"],
        "partial": True,
    }
    assert [choice.text for choice in found.choices] == ["Gọi", "Báo", "Chờ"]
    assert (found.columns, found.wrong[0].value) == (("Việc", "Cách"), "a=x3")


@pytest.mark.parametrize(
    ("text", "issues"),
    [
        ("## Câu {#q}\n- [ ] A\n- [ ] B\n", [(1, "no-right")]),
        ("## Câu {#q}\n- [x] A\n- [x] B\n", [(1, "all-right")]),
        ("## Câu {#q}\n- [x] A\n", [(1, "few-options")]),
        ("## Câu {#q}\nchỉ có chữ\n", [(1, "no-answer")]),
        ("## Câu\n= 5\n", [(1, "missing-id")]),
        ("## Câu {#Q_1}\n= 5\n", [(1, "bad-id")]),
        ("## Câu {#q colour=red}\n= 5\n", [(1, "attribute")]),
        ("## Câu {#q difficulty=4}\n= 5\n", [(1, "attribute")]),
        ("## Câu {#q}\n= 5\n- [x] A\n- [ ] B\n", [(1, "mixed-kinds")]),
        ("## Câu {#q}\n\n____\n", [(3, "free-text")]),
        ("## Câu {#q}\n- [x] A\n- [ ] B\n\nlạc\n", [(5, "stray-text")]),
        ("## Câu {#q match}\n| A | B |\n|---|---|\n| C | D |\n", [(2, "match-table")]),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, issues: list[tuple[int, str]]) -> None:
    assert wrong(text) == issues


def test_a_proposed_id_comes_from_the_stem() -> None:
    assert parse("## Đổi mật khẩu ở đâu?\n= 5\n", "x")[2][0].values == {"proposal": "doi-mat-khau-o-dau"}


def test_headings_in_code_are_no_questions() -> None:
    assert len(parse("## Câu {#q}\n\n```\n## không phải\n- [x] mã\n```\n\n= 5\n", "x")[1]) == 1


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    parse(f"## Câu {{#q}}\n{text}", "x")


@given(st.lists(st.tuples(st.from_regex(r"[A-Za-zà-ỹ ]{1,20}", fullmatch=True), st.booleans()), min_size=2, max_size=8))
def test_options_keep_their_order_and_their_marks(options: list[tuple[str, bool]]) -> None:
    lines = "\n".join(f"- [{'x' if right else ' '}] o{text.strip()}" for text, right in options)
    found = parse(f"## Câu {{#q}}\n\n{lines}\n", "x")[1][0]
    assert [(o.text, o.right) for o in found.options] == [(f"o{text.strip()}", right) for text, right in options]
