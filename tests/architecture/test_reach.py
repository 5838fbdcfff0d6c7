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
