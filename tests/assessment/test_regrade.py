from typing import Any

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from lms_app.assessment import service
from lms_app.assessment.forms import Posted
from lms_app.core.db import db, transaction
from tests import make
from tests.assessment.learner import ready

KINDS = ("single", "multiple", "numeric", "gap", "order", "match")
digits = st.sampled_from("0123")
typed = st.sampled_from(["5", "4,9", "TTHC", "tthc", "sai", ""])
SHAPES: dict[str, st.SearchStrategy[Any]] = {
    "single": digits,
    "multiple": st.lists(digits, max_size=3),
    "numeric": typed,
    "gap": st.lists(typed, max_size=2),
    "order": st.dictionaries(digits, digits, max_size=3),
    "match": st.dictionaries(st.sampled_from("ab"), digits, max_size=2),
}
papers = st.fixed_dictionaries({kind: st.none() | shape for kind, shape in SHAPES.items()})


def test_grading_again_gives_the_same_score(app: Flask) -> None:
    assert app
    make.course("cc-01", kinds=KINDS, questions=6, pass_=100, settings={"attempts": None})

    @settings(max_examples=25, deadline=None, database=None)
    @given(papers)
    def holds(given_answers: dict[str, Any]) -> None:
        who = make.person()
        ready(who)
        with transaction():
            attempt = service.start(who.id, "cc-01")
            for item, kind, _key, _points in service._items(attempt.id):
                posted = Posted(1, kind, given_answers[kind], flagged=False, missing=None, go="next")
                service.save(who.id, "cc-01", item.position, posted)
        with transaction():
            submitted = service.submit(who.id, "cc-01", 1)
        assert submitted.score is not None
        assert 0 <= submitted.score <= 1
        assert submitted.passed == (submitted.score == 1)
        assert service.regrade(submitted.id) == submitted.score
        db.session.remove()

    holds()
