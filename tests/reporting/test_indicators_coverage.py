"""K2 and the coverage table say the same of the same question, over made-up worlds."""

from datetime import date

import pytest
from flask import Flask

from lms_app.reporting.figures import Asked
from tests.reporting import naive
from tests.reporting.asking import every

coverage = pytest.importorskip("lms_app.reporting.service.coverage")


@pytest.mark.parametrize("group", ["", "LD", "CT", "CC"])
@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2026, 6, 30), date(2026, 11, 20)])
def test_k2_is_the_total_of_the_coverage_table(app: Flask, group: str, day: date) -> None:
    top = naive.world(7)
    naive.revoke_some(7)
    for since in (date(2024, 1, 1), day.replace(month=1, day=1)):
        k2 = every(top, day, since)["K2", group]
        total = coverage.table(Asked(top.id, (top.id,), day, since, group)).total
        have = total.counted if total.headcount is not None else total.trained
        assert (k2.have or 0, k2.out_of, k2.turns) == (have, total.headcount, total.turns)
        assert k2.share == total.share
