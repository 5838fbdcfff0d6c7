"""Two communes side by side: the HR officer of one tries every way to reach a person of the other.

Each answer is 404 or holds nothing of that person: neither name, nor staff code, nor address.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from openpyxl import load_workbook

from lms_app.accounts.models import Employment
from lms_app.certificates.models import Certificate
from lms_app.core.db import db
from tests import make
from tests.hostile import world
from tests.hostile.world import NOBODY
from tests.web import Browser

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME, CODE, EMAIL = "Huỳnh Thị Bích Trâm", "BP-7788", "tram.huynh@binhphu.example"
SECRETS = (NAME, CODE, EMAIL, "huynh thi bich tram", "Huynh-Thi-Bich-Tram", "huynh-thi-bich-tram")

PAGES = (
    "/hr/people/{person}",
    "/hr/people/{person}/edit",
    "/hr/people/{person}/posts/new",
    "/hr/people/{person}/posts/{post}",
    "/hr/people/{person}/posts/{post}/move",
    "/hr/people/{person}/posts/{post}/end",
    "/hr/people/{own}/posts/{post}",
    "/hr/people/{own}/posts/{post}/end",
    "/hr/people?unit={unit}",
    "/hr/people?unit={province}",
    "/hr/people.xlsx?unit={unit}",
)
"""Addresses of the neighbour's: each answers 404."""

LISTS = (
    "/hr/",
    "/hr/people",
    "/hr/people.xlsx",
    "/hr/people?q={name}",
    "/hr/people?q={code}",
    "/hr/people?q={email}",
    "/hr/people?unplaced=1",
    "/hr/people?day=2026-01-01",
    "/hr/people?group=CC&page=99",
    "/hr/people?unit=binh-phu",
    "/hr/people?unit=Xã Bình Phú",
    "/hr/people.xlsx?q={name}",
    "/hr/people.xlsx?unplaced=1",
    "/hr/people.xlsx?day=2026-01-01",
    "/hr/people.xlsx?unit=binh-phu",
    "/hr/certificates/download?show=1",
    "/hr/certificates/download?name={name}",
    "/hr/certificates/download.xlsx",
    "/hr/certificates/download.xlsx?name={name}",
    "/hr/certificates/download.xlsx?number={serial}",
    "/hr/certificates/download.xlsx?unit=Bình Phú",
    "/hr/certificates/download.zip",
    "/hr/certificates/download.zip?name={name}",
    "/hr/certificates/download.pdf?name={name}",
)
"""Lists and files of one's own: none holds anything of the neighbour's. What was typed itself is not counted."""

CLOSED = (
    "/hr/certificates",
    "/hr/certificates?q={name}",
    "/hr/certificates/{certificate}",
    "/hr/certificates/{certificate}/replace",
    "/hr/certificates/{certificate}/withdraw",
    "/hr/certificates/waiting",
    "/hr/books",
    "/hr/batches",
    "/hr/batches/new",
    "/hr/signing",
    "/hr/outside",
    "/hr/people/{person}/roles",
)
"""For who looks after everybody, or for administrators: 403."""

POST = {"unit": "{home}", "position": "x", "group": "CC", "duty": "", "since": "01/01/2026", "until": ""}
WRITES: tuple[tuple[str, dict[str, str]], ...] = (
    ("/hr/people/{person}/edit", {"name": "Kẻ Gian", "email": "ke.gian@coquan.example"}),
    ("/hr/people/{person}/posts/new", POST),
    ("/hr/people/{person}/posts/{post}", POST),
    ("/hr/people/{person}/posts/{post}/move", POST),
    ("/hr/people/{person}/posts/{post}/end", {"until": "01/01/2026"}),
    ("/hr/people/{own}/posts/{post}", POST),
    ("/hr/people/{own}/posts/{post}/move", POST),
    ("/hr/people/{own}/posts/{post}/end", {"until": "01/01/2026"}),
    ("/hr/people/{own}/posts/new", POST | {"unit": "{unit}"}),
    ("/hr/people/{own}/posts/{own_post}", POST | {"unit": "{unit}"}),
    ("/hr/people/{own}/posts/{own_post}/move", POST | {"unit": "{unit}"}),
    ("/hr/people/new", POST | {"name": "Kẻ Gian", "unit": "{unit}"}),
)
"""What changes something of the neighbour's, or puts somebody there: 404, and nothing is changed."""

CHECKED = (NAME, NAME.upper(), "Họ và tên\tGhi chú\n" + NAME + "\tx", "Số hiệu\n{serial}", "{serial}\t" + NAME)
"""Lists to verify that do not hold the secret code of the certificate."""


@dataclass
class Communes:
    web: Browser
    values: dict[str, str]
    own_name: str
    shown: Certificate

    def fill(self, text: str) -> str:
        return text.format(**self.values)


@pytest.fixture
def communes(app: Flask) -> Communes:
    province = make.unit("Tỉnh Vĩnh Long", kind="province")
    home = make.unit("Xã An Bình", province, code="an-binh")
    there = make.unit("Xã Bình Phú", province, code="binh-phu")
    make.hr(home, email="lan@coquan.example")
    own, person = make.person("Nguyễn Văn An"), make.person(NAME, email=EMAIL, staff_code=CODE)
    own_post, post = (make.employment(who, where) for who, where in ((own, home), (person, there)))
    version = make.course()
    shown, certificate = make.certificate(own, version), make.certificate(person, version)
    ids: dict[str, Any] = {
        "person": person,
        "own": own,
        "post": post,
        "own_post": own_post,
        "home": home,
        "unit": there,
    }
    values = {name: str(one.id) for name, one in ids.items()} | {"province": str(province.id)}
    values |= {"name": NAME, "code": CODE, "email": EMAIL}
    values |= {"certificate": certificate.code, "serial": certificate.serial}
    web = Browser(app)
    web.sign_in("lan@coquan.example")
    return Communes(web, values, own.name, shown)


def texts(answer: Any) -> Iterator[str]:
    """All that somebody could read in an answer, whatever it is."""
    yield str(answer.headers)
    if answer.mimetype == XLSX:
        yield from cells(answer.data)
    elif answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            yield " ".join(archive.namelist())
            for name in archive.namelist():
                yield from cells(archive.read(name)) if name.endswith("xlsx") else ()
    elif answer.mimetype.startswith("text/"):
        yield answer.get_data(as_text=True)


def cells(xlsx: bytes) -> Iterator[str]:
    for sheet in load_workbook(io.BytesIO(xlsx)).worksheets:
        yield from (str(cell) for row in sheet.values for cell in row)


def told(answer: Any, typed: str = "") -> list[str]:
    """What of the neighbour's person an answer holds, besides what was typed into a field."""
    body = re.sub(r'value="[^"]*"|<textarea.*?</textarea>', "", "\n".join(texts(answer)), flags=re.DOTALL)
    body = re.sub(r'href="[^"]*\?[^"]*"', "", body)  # an address that asks the same again
    return [secret for secret in SECRETS if secret in body and secret not in typed]


@pytest.mark.parametrize("address", PAGES)
def test_a_neighbours_address_answers_like_one_that_is_none(communes: Communes, address: str) -> None:
    answer = communes.web.open("GET", communes.fill(address))
    assert answer.status_code == 404
    assert told(answer) == []
    nowhere = re.sub(r"\{(?:person|post|unit|province)\}", NOBODY, address)
    strange = communes.web.open("GET", communes.fill(nowhere))
    assert main(strange) == main(answer), "nobody can tell which of both it is"


@pytest.mark.parametrize("address", LISTS)
def test_a_list_of_ones_own_holds_nothing_of_the_neighbours(communes: Communes, address: str) -> None:
    answer = communes.web.open("GET", communes.fill(address))
    assert answer.status_code in {200, 400, 404}
    assert told(answer) == []


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_everybodys_is_closed_to_an_officer_of_one_unit(communes: Communes, address: str) -> None:
    answer = communes.web.open("GET", communes.fill(address))
    assert answer.status_code == 403
    assert told(answer) == []


@pytest.mark.parametrize(("address", "fields"), WRITES)
def test_nothing_of_the_neighbours_is_changed(communes: Communes, address: str, fields: dict[str, str]) -> None:
    filled = {name: communes.fill(value) for name, value in fields.items()}
    token, before = world.csrf_token(communes.web), world.tables()
    answer = communes.web.open("POST", communes.fill(address), data=filled | {"csrf_token": token})
    assert answer.status_code == 404
    assert told(answer) == []
    assert world.tables() == before


@pytest.mark.parametrize("list_", CHECKED)
def test_a_list_to_verify_finds_no_neighbour_without_the_secret_code(communes: Communes, list_: str) -> None:
    typed = communes.fill(list_)
    path = "/hr/certificates/check"
    page = communes.web.get(path).submit(path, text=typed)
    assert page.status == 200
    assert "Không tìm thấy" in page.text
    assert communes.values["certificate"] not in page.body
    assert "Kỹ năng số cơ bản" not in page.text
    own = communes.web.get(path).submit(path, text=communes.own_name)
    assert communes.shown.serial in own.text


def test_with_the_secret_code_an_officer_is_told_what_everybody_is_told(communes: Communes) -> None:
    path = "/hr/certificates/check"
    open_ = communes.web.get(path).submit(path, text=communes.values["certificate"])
    assert "Kỹ năng số cơ bản" in open_.text
    assert f"/v/{communes.values['certificate']}" in open_.body
    found = db.session.query(Certificate).filter_by(code=communes.values["certificate"]).one()
    found.hidden = True
    db.session.commit()
    closed = communes.web.get(path).submit(path, text=communes.values["certificate"])
    assert "Còn hiệu lực" in closed.text
    assert "Kỹ năng số cơ bản" not in closed.text


def test_who_moved_away_is_the_new_officers_alone(communes: Communes) -> None:
    """Today's reach decides over the person's page, whoever saw them before."""
    person = communes.values["own"]
    held = db.session.get_one(Employment, UUID(communes.values["own_post"]))
    assert communes.web.get(f"/hr/people/{person}").status == 200
    held.until = date(2026, 1, 1)
    db.session.commit()
    assert communes.web.get(f"/hr/people/{person}").status == 404


def main(answer: Any) -> str:
    return world.words(answer.get_data(as_text=True))
