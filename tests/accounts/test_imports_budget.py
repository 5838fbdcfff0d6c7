"""What the pages of staff lists cost: statements counted, for one list or row as for thirty."""

import pytest
from flask import Flask

from tests import make
from tests.accounts.lists import line, send, sent, xlsx
from tests.web import Browser, counted

OFFICER = "lan@coquan.example"


@pytest.mark.parametrize("rows", [1, 30])
def test_the_pages_cost_the_same_whatever_their_length(app: Flask, rows: int) -> None:
    make.unit("UBND xã An Bình", code="AB")
    make.hr(email=OFFICER)
    officer = Browser(app)
    officer.sign_in(OFFICER)
    for _ in range(min(rows, 3)):
        send(
            officer,
            xlsx(*(line(Mã_CBCCVC=f"A-{at}") for at in range(rows)), *(line(Mã_CBCCVC="") for _ in range(rows))),
        )
    for path, budget in {"/hr/people/imports": 2, f"/hr/people/imports/{sent().id}": 2}.items():
        officer.open("GET", path)
        with counted() as seen:
            assert officer.open("GET", path).status_code == 200
        assert len(seen) == budget, seen
