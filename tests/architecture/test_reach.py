"""Every page of HR either is for who looks after everybody, or asks `accounts.queries.reach` whom it may show."""

from flask import Flask

from lms_app.accounts import access

REACHING = {
    "/hr/": "tells nothing of anybody",
    "/hr/people": "reach.roots",
    "/hr/people.xlsx": "reach.roots",
    "/hr/people/new": "service.staff: unit",
    "/hr/people/<uuid:person_id>": "service.staff: person",
    "/hr/people/<uuid:person_id>/edit": "service.staff: person",
    "/hr/people/<uuid:person_id>/posts/new": "service.staff: person, unit",
    "/hr/people/<uuid:person_id>/posts/<uuid:post_id>": "service.staff: post",
    "/hr/people/<uuid:person_id>/posts/<uuid:post_id>/move": "service.staff: post, unit",
    "/hr/people/<uuid:person_id>/posts/<uuid:post_id>/end": "service.staff: post",
    "/hr/certificates/check": "service.checking: Within",
    "/hr/certificates/download": "forms.books: Wanted.within",
    "/hr/certificates/download.zip": "forms.books: Wanted.within",
    "/hr/certificates/download.pdf": "forms.books: Wanted.within",
    "/hr/certificates/download.xlsx": "forms.books: Wanted.within",
    "/hr/assignments": "assignments.officer",
    "/hr/assignments/<uuid:assignment_id>": "assignments.officer",
    "/hr/assignments/<uuid:assignment_id>/close": "assignments.officer",
    "/hr/assignments/<uuid:assignment_id>/due": "assignments.officer",
    "/hr/assignments/<uuid:assignment_id>/people.xlsx": "assignments.officer",
    "/hr/assignments/<uuid:assignment_id>/remind": "assignments.officer",
    "/hr/assignments/new": "assignments.officer",
    "/hr/baselines": "tells nothing of anybody",
    "/hr/campaigns": "reach.roots",
    "/hr/coverage": "asked.Question",
    "/hr/coverage.csv": "asked.Question",
    "/hr/coverage.json": "asked.Question",
    "/hr/coverage.xlsx": "asked.Question",
    "/hr/coverage/people": "asked.Question",
    "/hr/coverage/people.xlsx": "asked.Question",
    "/hr/coverage/timeline": "asked.Question",
    "/hr/headcounts": "planning.scope",
    "/hr/headcounts.xlsx": "planning.scope",
    "/hr/headcounts/<uuid:unit_id>": "planning.unit",
    "/hr/headcounts/check": "headcount_lists.Asker",
    "/hr/headcounts/faults.xlsx": "headcount_lists.Asker",
    "/hr/headcounts/import": "headcount_lists.Asker",
    "/hr/headcounts/template.xlsx": "headcount_lists.Asker",
    "/hr/indicators": "indicators.check",
    "/hr/indicators.csv": "indicators.check",
    "/hr/indicators.json": "indicators.check",
    "/hr/indicators/<name>/people": "indicators.check",
    "/hr/indicators/<name>/people.xlsx": "indicators.check",
    "/hr/network": "planning.scope",
    "/hr/network.xlsx": "planning.scope",
    "/hr/people/imports": "service.imports: its sender, and the rows by reach.roots",
    "/hr/people/imports/<uuid:import_id>": "service.imports: its sender, and the rows by reach.roots",
    "/hr/people/imports/<uuid:import_id>/apply": "service.imports: its sender, and the rows by reach.roots",
    "/hr/people/imports/<uuid:import_id>/cancel": "service.imports: its sender, and the rows by reach.roots",
    "/hr/people/imports/<uuid:import_id>/faults.xlsx": "service.imports: its sender, and the rows by reach.roots",
    "/hr/people/imports/template.xlsx": "tells nothing of anybody",
    "/hr/plans": "planning.scope",
    "/hr/plans.xlsx": "planning.scope",
    "/hr/plans/<uuid:unit_id>/<int:year>": "planning.unit",
    "/hr/plans/<uuid:unit_id>/<int:year>/file": "planning.unit",
    "/hr/reminders": "assignments.officer",
    "/hr/reminders.xlsx": "assignments.officer",
    "/hr/reports": "its asker, and tree.is_reached",
    "/hr/reports/<uuid:report_id>": "its asker, and tree.is_reached",
    "/hr/reports/<uuid:report_id>/again": "its asker, and tree.is_reached",
    "/hr/reports/<uuid:report_id>/files/<ending>": "its asker, and tree.is_reached",
    "/hr/targets": "tells nothing of anybody",
    "/hr/units": "reach.roots",
    "/hr/units/<uuid:unit_id>": "reach.roots",
}
"""Address that any HR officer opens -> what keeps it to the people they look after. tests/hostile/test_neighbours.py
tries each of them: a new one has a line there too."""


def test_each_page_that_any_officer_opens_goes_through_reach(the_app: Flask) -> None:
    opened = {
        rule.rule
        for rule in the_app.url_map.iter_rules()
        if getattr(the_app.view_functions[rule.endpoint], "access", None) is access.hr
    }
    assert opened == set(REACHING), "Say in REACHING what keeps a new page to the officer's own people."


def test_each_address_under_hr_is_for_hr_or_narrower(the_app: Flask) -> None:
    rules = {
        rule.rule: getattr(the_app.view_functions[rule.endpoint], "access", None)
        for rule in the_app.url_map.iter_rules()
        if rule.rule.startswith("/hr/")
    }
    assert set(rules.values()) <= {access.hr, access.hr_of_all, access.admin}, rules
