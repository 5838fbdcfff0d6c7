"""What the pages of plans and targets cost: statements counted, for one unit as for thirty."""

from datetime import date

import pytest
from flask import Flask

from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.organisations.models import Campaign, NetworkMember, Plan, Target
from tests import make
from tests.architecture.test_budgets import cost
from tests.reporting.planning import CHIEF
from tests.web import Browser

PAGES = {
    "/hr/plans": 4,
    "/hr/plans?status=gaps": 4,
    "/hr/plans?unit={province}": 5,
    "/hr/plans.xlsx": 4,
    "/hr/plans/{commune}/2026": 5,
    "/hr/headcounts": 4,
    "/hr/headcounts?unit={province}": 5,
    "/hr/headcounts.xlsx": 4,
    "/hr/headcounts/{commune}": 5,
    "/hr/headcounts/import": 1,
    "/hr/headcounts/template.xlsx": 3,
    "/hr/targets": 2,
    "/hr/targets/new": 1,
    "/hr/baselines": 2,
    "/hr/campaigns": 4,
    "/hr/network": 5,
    "/hr/network.xlsx": 4,
    "/hr/network/new": 1,
}


@pytest.mark.parametrize("units", [1, 30], ids=["one-unit", "thirty-units"])
def test_pages_of_plans_keep_their_budget_whatever_the_number_of_units(app: Flask, units: int) -> None:
    province = make.unit("Tỉnh Vĩnh Long", kind="province")
    for _ in range(units):
        commune = make.unit("Xã An Bình", province)
        make.headcount(commune)
        make.employment(make.person(), commune)
        added = {"unit_id": commune.id, "act": "KH"}
        db.session.add_all(
            [
                Plan(unit_id=commune.id, year=2026, number="1", status="draft", entered_at=now(), entered_by="A"),
                Target(indicator="K4", valid_from=date(2026, 1, 1), value=1, **added),
                Campaign(title="A", since=date(2026, 1, 1), channel="B", **added),
                NetworkMember(kind="expert", full_name="A", since=date(2026, 1, 1), **added),
            ]
        )
        db.session.commit()
    make.hr(None, CHIEF)
    web = Browser(app)
    web.sign_in(CHIEF)
    places = {"province": province.id, "commune": commune.id}
    assert {page: cost(web, "GET", page.format(**places)) for page in PAGES} == PAGES
