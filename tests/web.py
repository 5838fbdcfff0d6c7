"""A browser without JavaScript: fetches pages, checks that each is strict HTML, fills in the forms it finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import html5lib
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import event

from lms_app.core.db import db

Fields = dict[str, Any]


@dataclass
class Form:
    action: str
    method: str
    fields: Fields


@dataclass
class Page:
    """One answer. `text` is what a reader sees; `forms` are the page's own, with hidden fields filled in."""

    browser: "Browser"
    path: str
    status: int
    headers: Any
    body: str
    forms: list[Form] = field(default_factory=list)
    tree: ET.Element | None = None

    @cached_property
    def text(self) -> str:
        tree = html5lib.parse(self.body, namespaceHTMLElements=False) if self.tree is None else self.tree
        main = tree.find(".//main")
        return " ".join("".join((tree if main is None else main).itertext()).split())

    def form(self, where: str = "") -> Form:
        found = [form for form in self.forms if where in form.action]
        assert found, f"no form to {where!r} on {self.path}: {[form.action for form in self.forms]}"
        return found[0]

    def submit(self, where: str = "", **fields: Any) -> "Page":
        """Fill in the form whose action holds `where` and send it; follows redirects. A field of None is left out."""
        form = self.form(where)
        values = {name: value for name, value in (form.fields | fields).items() if value is not None}
        if form.method == "post":
            return self.browser.post(form.action or self.path, **values)
        return self.browser.get(form.action or self.path, **values)


class Browser:
    """`strict=False` for a page that is knowingly not ours."""

    def __init__(self, app: Flask, **headers: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.headers = headers

    def get(self, path: str, **query: Any) -> Page:
        return self._page(self.open("GET", path, query_string=query or None, follow_redirects=True))

    def post(self, path: str, **fields: Any) -> Page:
        return self._page(self.open("POST", path, data=fields, follow_redirects=True))

    def open(self, method: str, path: str, **options: Any) -> Any:
        """One raw answer, in a context of its own: `g` and the database session are not the test's."""
        if has_app_context():
            db.session.rollback()  # the test's own reading must not hold SQLite's write lock
        headers = self.headers | options.pop("headers", {})
        return Context().run(self.client.open, path, method=method, headers=headers, **options)

    def sign_in(self, email: str, password: str = "demo-2026") -> Page:
        return self.get("/sign-in").submit("/sign-in", email=email, password=password)

    def _page(self, response: Any) -> Page:
        is_text = response.mimetype.startswith("text/") or response.mimetype.endswith("json")
        body = response.get_data(as_text=True) if is_text else ""
        path = urlsplit(response.request.path).path
        page = Page(self, path, response.status_code, response.headers, body)
        if response.mimetype == "text/html":
            page.tree = strict(body, path)
            page.forms = [_form(node) for node in page.tree.iter("form")]
        return page


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of what runs inside, without BEGIN and COMMIT."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def strict(html: str, where: str) -> ET.Element:
    """Parse as HTML and fail on any error a browser would silently mend."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    tree = parser.parse(html)
    wrong = [f"{where}:{line[0]}: {code} {values}" for line, code, values in parser.errors]
    assert not wrong, "\n".join(wrong)
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    assert len(ids) == len(set(ids)), f"{where}: id twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    found: ET.Element = tree
    return found


def _form(node: ET.Element) -> Form:
    fields: Fields = {}
    for control in node.iter("input"):
        name, kind = control.get("name"), control.get("type", "text")
        if name and kind in {"hidden", "text", "email", "search", "password"}:
            fields[name] = control.get("value", "")
        elif name and kind in {"radio", "checkbox"} and control.get("checked") is not None:
            before = fields.get(name)
            value = control.get("value", "on")
            fields[name] = value if before is None else [*([before] if isinstance(before, str) else before), value]
    for area in node.iter("textarea"):
        fields[area.get("name") or ""] = area.text or ""
    for select in node.iter("select"):
        chosen = [o for o in select.iter("option") if o.get("selected") is not None] or list(select.iter("option"))[:1]
        fields[select.get("name") or ""] = chosen[0].get("value", chosen[0].text) if chosen else ""
    return Form(node.get("action", ""), node.get("method", "get").lower(), fields)
