"""A page is in one language: what stands around the courses' own texts is never in the other."""

import re
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from lms_app.web import i18n
from tests.hostile import world
from tests.hostile.world import ROLES, World
from tests.web import Browser, strict

SAME = {"Tiếng Việt", "English"}
"""The switch names each language in its own words."""


@pytest.fixture
def office(app: Flask) -> World:
    return world.build(app)


def pieces(tree: ET.Element) -> set[str]:
    """Texts and labels a reader meets, but what is marked as another language or is a course's own."""
    found: set[str] = set()
    _collect(tree, tree.get("lang"), found)
    return found


def _collect(node: ET.Element, lang: str | None, found: set[str]) -> None:
    if node.get("lang") not in {None, lang} or node.tag in {"script", "style"}:
        return
    for text in (node.text, *(child.tail for child in node), *map(node.get, ("aria-label", "title", "placeholder"))):
        if text and text.strip():
            found.add(" ".join(text.split()))
    for child in node:
        _collect(child, lang, found)


def foreign_to(language: str) -> set[str]:
    """Whole messages of the other language that have no places to fill in."""
    both = {message: forms for message, forms in i18n.catalogue().items() if "%(" not in message}
    english = {form for forms in both.values() for form in forms}
    wrong = set(both) - english if language == "en" else english - set(both)
    return {" ".join(text.split()) for text in wrong} - SAME


def in_language(office: World, role: str, language: str) -> Browser:
    web = office.fresh(role)
    web.client.set_cookie("lang", language, domain="localhost")
    return web


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_in_the_readers_language(office: World, language: str) -> None:
    other, wrong = foreign_to(language), []
    for role in ROLES:
        web = in_language(office, role, language)
        for rule in world.rules(office.app, "GET"):
            path = office.address(rule)
            answer = web.open("GET", path) if rule.endpoint != "accounts.language" else None
            if answer is None or answer.mimetype != "text/html" or 300 <= answer.status_code < 400:
                continue
            tree = strict(answer.get_data(as_text=True), path)
            assert tree.get("lang") == language, path
            wrong += [f"{role} {path}: {text}" for text in pieces(tree) & other]
    assert not wrong, "\n".join(sorted(set(wrong)))


@pytest.mark.parametrize("path", ["/help", "/courses?q=so&audience=CC", "/verify?code=abc", "/sign-in?next=%2Fme"])
def test_switching_the_language_stays_on_the_page(web: Browser, path: str) -> None:
    switched = web.open("GET", "/language/en", headers={"Referer": f"http://localhost{path}"})
    assert switched.headers["Location"] == path


def test_switching_in_the_middle_of_a_test_keeps_the_question(office: World) -> None:
    web = office.browser("trainee")
    path = "/courses/cc-01/final/3"
    asked = web.get(path)
    switch = re.search(r'href="(/language/en[^"]*)"', asked.body)
    assert switch
    answer = web.open("GET", switch[1].replace("&amp;", "&"), headers={"Referer": f"http://localhost{path}"})
    english = web.get(answer.headers["Location"])
    assert english.path == path
    assert 'lang="en"' in english.body


@pytest.mark.parametrize(
    ("refused", "page"),
    [("/account/name", "/account"), ("/sign-in/link", "/sign-in"), ("/admin/outbox/7/drop", "/admin/outbox/7")],
)
def test_after_a_refused_form_the_switch_leads_to_its_page(web: Browser, refused: str, page: str) -> None:
    """The address of such a page is the form's, which nobody may read."""
    switched = web.open("GET", "/language/en", headers={"Referer": f"http://localhost{refused}"})
    assert switched.headers["Location"] == page


@pytest.mark.parametrize(
    "referrer", ["https://evil.example/me", "http://localhost.evil.example/", "http://localhost//evil.example", "", "x"]
)
def test_switching_the_language_never_leads_away(web: Browser, referrer: str) -> None:
    switched = web.open("GET", "/language/en", headers={"Referer": referrer})
    assert switched.headers["Location"] in {"/", "/me"}
