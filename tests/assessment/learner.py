"""Somebody who takes a test through the pages, by what the pages show."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
from flask import Flask

from lms_app.accounts.models import Person
from lms_app.core.db import transaction
from lms_app.learning.queries import studying as queries
from lms_app.learning.service import studying as learning
from tests import make
from tests.web import Browser, Page

FINAL = "/courses/cc-01/final"


def ready(who: Person, course_id: str = "cc-01") -> None:
    """Enrol somebody and tick all lessons off."""
    with transaction():
        enrolment = learning.enrol(who.id, course_id)
        for slug in queries.slugs(enrolment.version_id):
            learning.finish_lesson(enrolment, slug)


def signed_in(app: Flask, who: Person) -> Browser:
    web = Browser(app)
    web.sign_in(who.email or "")
    return web


def learner(app: Flask, **course: Any) -> tuple[Browser, Person]:
    """A new person before the final test of a new course."""
    make.course("cc-01", **course)
    who = make.person("Nguyễn Thị Thưởng")
    ready(who)
    return signed_in(app, who), who


def begun(app: Flask, **course: Any) -> tuple[Browser, Person, Page]:
    """The same, on the first question."""
    web, who = learner(app, **course)
    return web, who, web.get(FINAL).submit("/final")


def answers(page: Page, *, right: bool = True) -> dict[str, Any]:
    """What to fill in on a question page of `make.course`, found by the texts on it."""
    tree = html5lib.parse(page.body, namespaceHTMLElements=False)
    kind = page.form("/final/").fields["kind"]
    if kind == "numeric":
        return {"answer": "5 phút" if right else "4"}
    if kind == "gap":
        return {"answer-0": "tthc" if right else "sai"}
    if kind in {"single", "multiple"}:
        wanted = {"single": "b", "multiple": "ac"}[kind] if right else "c"
        values = {label: node.get("value") or "" for label, node in _options(tree)}
        chosen = [values[f"Phương án {letter}"] for letter in wanted]
        return {"answer": chosen if kind == "multiple" else chosen[0]}
    texts = {"a": "1", "b": "2", "c": "3"} if kind == "order" else {"a": "Cách 1", "b": "Cách 2"}
    if not right:
        texts = {"a": "2", "b": "1", "c": "3"} if kind == "order" else {"a": "Cách 2", "b": "Cách 1"}
    return {name: choices[texts[label[-1]]] for label, name, choices in _lines(tree)}


def answer_all(page: Page, right: int) -> Page:
    """Answer every question, the first `right` of them rightly, up to the check before submitting."""
    at = 0
    while not page.path.endswith("/review"):
        go = "review" if 'value="review"' in page.body else "next"
        page = page.submit("/final/", go=go, **answers(page, right=at < right))
        assert page.status == 200, page.text
        at += 1
    return page


def _options(tree: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for label in tree.iter("label"):
        for node in label.iter("input"):
            if node.get("name") == "answer":
                yield "".join(label.itertext()).strip(), node


def _lines(tree: ET.Element) -> Iterator[tuple[str, str, dict[str, str]]]:
    labels = {node.get("for"): "".join(node.itertext()).strip() for node in tree.iter("label") if node.get("for")}
    for select in tree.iter("select"):
        choices = {(option.text or ""): option.get("value") or "" for option in select.iter("option")}
        yield labels[select.get("id")], select.get("name") or "", choices
