"""What the pages of reports cost, for one report and unit as for thirty."""

from datetime import date

import pytest
from flask import Flask

from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.reporting.models import Report
from tests import make
from tests.web import Browser, counted

EMAIL = "nhansu@coquan.example"


@pytest.mark.parametrize("many", [1, 30])
def test_the_pages_keep_their_budget_whatever_there_is(app: Flask, many: int) -> None:
    province = make.unit("Tỉnh Vĩnh Long", kind="province")
    for _ in range(many):
        make.unit(below=make.unit(below=province, kind="grouping"))
    officer = make.hr(email=EMAIL)
    for _ in range(many):
        made = Report(kind="plan", unit_id=province.id, year=2026, day=date(2026, 1, 1), signer="Giám đốc")
        made.state, made.asked_by, made.asked_by_name, made.created_at = "waiting", officer.id, officer.name, now()
        make.add(made)
    outbox.put("reporting.report", f"x:{made.id}", "local", {"report": str(made.id)})
    make.add(made)
    outbox.drain()
    web = Browser(app)
    web.sign_in(EMAIL)
    costs = {}
    for path in ("/hr/reports", f"/hr/reports/{made.id}"):
        for _ in range(2):
            with counted() as seen:
                assert web.get(path).status == 200
        costs[path] = len(seen)
    assert list(costs.values()) == [4, 4]
