"""The queries against a count by hand, over made-up worlds: merged, split and abolished units, posts side by side."""

from datetime import date

import pytest
from flask import Flask

from lms_app.organisations.models import Unit
from tests.reporting import naive
from tests.reporting.asking import every

DAYS = (date(2025, 12, 31), date(2026, 6, 30), date(2026, 7, 1), date(2026, 11, 20))
PARTS = ("", "LD", "CT", "CC")


def agree(top: Unit, day: date, since: date) -> None:
    found, slow = every(top, day, since), naive.Naive(top, day, since)
    figures = {key: (one.have, one.out_of) for key, one in found.items()}
    for part in PARTS:
        k2, (average, enough) = found["K2", part], slow.k8(part)
        assert (k2.have, k2.out_of, k2.turns) == slow.k2(part), part
        assert figures["K8", part][0] == pytest.approx(average), part
        assert figures["K8b", part] == enough, part
    for code in ("K1", "K5", "K7", "K9"):
        assert figures[code, ""] == getattr(slow, code.lower())(), code
    assert figures["K6", ""] == figures["K2", ""]


@pytest.mark.parametrize("seed", range(8))
def test_every_figure_is_what_counting_by_hand_gives(app: Flask, seed: int) -> None:
    top = naive.world(seed)
    for day in DAYS:
        agree(top, day, day.replace(month=1, day=1))
        agree(top, day, date(2024, 6, 1))


def test_and_with_revoked_certificates(app: Flask) -> None:
    top = naive.world(100)
    naive.revoke_some(100)
    for day in DAYS:
        agree(top, day, date(2024, 1, 1))
