"""A small office in the middle of its work: four people, two attempts, two certificates, a held row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import html5lib
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from lms_app.accounts.models import Person
from lms_app.accounts.service import signing_in as accounts
from lms_app.app import create_app
from lms_app.assessment import service as assessment
from lms_app.certificates.models import Certificate
from lms_app.certificates.service import files
from lms_app.core import outbox, storage
from lms_app.core.db import db, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.core.settings import Settings
from lms_app.learning.queries import studying as queries
from lms_app.learning.service import studying as learning
from lms_app.lti import registry
from tests import make
from tests.web import Browser

KINDS = ("single", "multiple", "numeric", "gap", "order", "match")
ROLES = ("visitor", "trainee", "hr", "admin")
FOREIGN_COURSE = "ct-01"
PLATFORMS_ONLY = {"lti.login", "lti.launch"}
"""What only another system calls; tests/lti breaks these."""


NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass
class World:
    app: Flask
    people: dict[str, Person]
    code: str
    foreign_code: str
    row: int
    book: str
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, role: str) -> Browser:
        """Somebody of this role; the same one each time."""
        if role not in self.browsers:
            self.browsers[role] = self.fresh(role)
        return self.browsers[role]

    def fresh(self, role: str) -> Browser:
        """Signed in by a link, whatever became of the password."""
        web = Browser(self.app)
        if role != "visitor":
            with transaction():
                token = accounts.make_link(self.people[role].id)
            page = web.get(f"/sign-in/link/{token}").submit("/sign-in/link")
            assert page.path == "/me", page.text
        return web

    @cached_property
    def good(self) -> dict[str, str]:
        """What fits an address's place for the trainee."""
        return {
            "course_id": "cc-01",
            "lesson_id": "bai-1",
            "check": "tu-1",
            "position": "1",
            "attempt": "1",
            "code": self.code,
            "row_id": str(self.row),
            "slug": "to-1",
            "digest": "0" * 64,
            "number": "1",
            "name": "hinh.svg",
            "wanted": "vi",
            "token": "khong-co",
            "sub": "u-1",
            "book_id": self.book,
            "design_id": "default",
            "ending": "png",
            "issuer": "default",
            **dict.fromkeys(("batch_id", "platform_id", "grade_id", "link_id", "enrolment_id"), NOBODY),
            "person_id": str(self.people["other"].id),
            **dict.fromkeys(("unit_id", "post_id", "report_id", "import_id", "assignment_id"), NOBODY),
            **dict.fromkeys(("target_id", "campaign_id", "member_id"), NOBODY),
            "year": "2026",
        }

    def address(self, rule: Rule, **changed: str) -> str:
        """The rule's address with good values, some of them changed; nothing is escaped."""
        address = rule.rule
        for argument in sorted(rule.arguments):
            value = changed.get(argument, self.good[argument])
            for kind in ("", "int:", "uuid:", "any(png,pdf):"):
                address = address.replace(f"<{kind}{argument}>", value)
        return address


@contextmanager
def another(settings: Settings) -> Iterator[Flask]:
    """A second app with other settings; its connections are closed at the end."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def build(app: Flask) -> World:
    course = make.course("cc-01", lessons=2, questions=6, kinds=KINDS, checks=1)
    other_course = make.course(FOREIGN_COURSE)
    people = {
        "trainee": make.person("Nguyễn Thị Thưởng"),
        "hr": make.person("Phạm Ngọc Lan", "hr"),
        "admin": make.person("Lê Minh Khôi", "admin"),
        "other": make.person("Trần Quốc Toản"),
    }
    issued = make.certificate(people["trainee"], other_course)
    foreign = make.certificate(people["other"], other_course)
    _draw_quickly(issued)
    _sit(people["trainee"], course.course_id)
    _sit(people["other"], course.course_id)
    with transaction():
        registry.ensure_key()
        outbox.put("lti.grade", "lti.grade/x", "lms.example", {"enrolment": "khong-co"})
    row = max(db.session.scalars(select(OutboxRow.id)))
    code, foreign_code, book = issued.code, foreign.code, str(issued.book_id)
    db.session.rollback()
    return World(app, people, code, foreign_code, row, book)


def _draw_quickly(issued: Certificate) -> None:
    """A stored file without the second that drawing takes."""
    with transaction():
        key = f"certificates/hostile/{issued.id}.pdf"
        storage.put(key, b"%PDF-1.7")
        files.keep(issued.id, key, b"%PDF-1.7")


def _sit(who: Person, course_id: str) -> None:
    """Enrol, read all, and begin the test."""
    with transaction():
        enrolment = learning.enrol(who.id, course_id)
        for slug in queries.slugs(enrolment.version_id):
            learning.answer_check(enrolment, slug, "tu-1" if slug == "bai-1" else "tu-2-1", "b", 1.0)
            learning.finish_lesson(enrolment, slug)
        assessment.start(who.id, course_id, acknowledged=True)


def rules(app: Flask, method: str) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in PLATFORMS_ONLY and method in (rule.methods or ()):
            yield rule


def csrf_token(web: Browser) -> str:
    return str(web.get("/verify").forms[0].fields.get("csrf_token", "")) or _token_of(web)


def _token_of(web: Browser) -> str:
    """From whichever page of this person has a form of ours."""
    for path in ("/account", "/sign-in"):
        for form in web.get(path).forms:
            if "csrf_token" in form.fields:
                return str(form.fields["csrf_token"])
    raise AssertionError("no page with a token")


def tables() -> dict[str, list[Any]]:
    """Every row of every table."""
    found = {
        table.name: sorted(map(repr, db.session.execute(table.select()).all())) for table in db.metadata.sorted_tables
    }
    db.session.rollback()
    return found


def pairs(values: MultiDict[str, str]) -> MultiDict[str, str]:
    """Each field twice."""
    return MultiDict([(name, value) for name, value in values.items(multi=True) for _ in range(2)])


def words(body: str) -> str:
    """What a reader sees of `<main>`."""
    tree = html5lib.parse(body, namespaceHTMLElements=False)
    main = tree.find(".//main")
    return " ".join("".join((tree if main is None else main).itertext()).split())
