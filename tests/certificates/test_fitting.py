"""Whatever the text, it stands in its box or is refused; nothing is cut."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_app.certificates import fitting
from lms_app.certificates.fitting import POINTS_IN_MM, Box
from lms_app.core.errors import Invalid
from lms_app.core.settings import ROOT

BOLD: Path = ROOT / "certificates/default/fonts/LmsSerif-Bold.ttf"
NAME = Box(227, 32, 19, 2)
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐÊÔƠƯẬỆỘỢỰM'’-,·"


def measure(text: str) -> float:
    return fitting.face(BOLD).width(text)


words = st.lists(st.text(LETTERS, min_size=1, max_size=30), min_size=1, max_size=20).map(" ".join)
boxes = st.builds(Box, st.floats(20, 260), st.floats(12, 40), st.floats(6, 12), st.integers(1, 2))


@given(words, boxes)
def test_a_text_never_leaves_its_box_and_loses_no_letter(text: str, box: Box) -> None:
    try:
        fit = fitting.fit(text, box, measure)
    except Invalid:
        assert measure(text) * box.smallest > box.width * POINTS_IN_MM - 1e-9 or box.smallest > box.largest - 0.25
        return
    assert box.smallest <= fit.size <= box.largest
    assert len(fit.lines) <= box.lines
    assert " ".join(fit.lines) == text
    assert all(measure(line) * fit.size <= box.width * POINTS_IN_MM + 1e-6 for line in fit.lines)


def test_a_short_name_is_as_large_as_the_design_allows() -> None:
    assert fitting.fit("An", NAME, measure) == fitting.Fit(32, ("An",))


def test_three_royal_names_stand_in_two_even_lines() -> None:
    name = " ".join(["Tôn Nữ Công Tằng Huyền Trân"] * 3)
    fit = fitting.fit(name, NAME, measure)
    assert (fit.size, len(fit.lines)) == (24.75, 2)


def test_a_break_prefers_a_comma_that_is_nearly_in_the_middle() -> None:
    title = "Làm việc trên môi trường số và trên mạng, chữ ký số và hồ sơ công việc điện tử"
    first, _second = fitting.split(title, measure) or ("", "")
    assert first.endswith("mạng,")


def test_a_long_word_without_a_space_is_refused() -> None:
    with pytest.raises(Invalid):
        fitting.fit("Â" * 84, NAME, measure)


def test_the_fonts_hold_every_vietnamese_letter_and_those_of_the_highlands() -> None:
    letters = "".join(chr(code) for code in range(0x1EA0, 0x1EFA)) + "ĂăÂâĐđÊêÔôƠơƯưŬŭČčŎŏĔĕ’'·–"
    assert fitting.face(BOLD).missing(letters) == set()
