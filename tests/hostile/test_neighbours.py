"""Two communes side by side: the HR officer of one tries every way to reach a person of the other.

Each answer is 404 or holds nothing of that person: neither name, nor staff code, nor address.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from openpyxl import load_workbook

from lms_app.accounts.models import Person
from lms_app.certificates.models import Certificate
from lms_app.core.db import db
from tests.hostile import world
from tests.hostile.communes import NAME, SECRETS, Communes, build
from tests.hostile.world import NOBODY
from tests.learning.assigned import leave

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

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
    *(
        f"/hr/{list_}unit={{{unit}}}"
        for unit in ("unit", "province")
        for list_ in (
            *("coverage?", "coverage.xlsx?", "coverage.csv?", "coverage.json?", "coverage/timeline?"),
            *("coverage/people?what=staff&", "coverage/people?what=overdue&group=CT&", "coverage?day=2026-03-01&"),
            *("coverage/people.xlsx?what=trained&", "coverage/people.xlsx?what=turns&period=all&"),
            *("indicators?", "indicators.csv?", "indicators.json?", "indicators/k7/people?", "indicators/k8/people?"),
            *("indicators/k9/people?", "indicators/k7/people.xlsx?", "indicators/k8/people.xlsx?group=LD&"),
            *("indicators/k9/people.xlsx?", "headcounts?", "headcounts.xlsx?", "plans?year=2026&", "plans.xlsx?"),
            *("network?", "network.xlsx?"),
        )
    ),
    "/hr/headcounts/{unit}",
    "/hr/headcounts/{province}",
    "/hr/plans/{unit}/2026",
    "/hr/plans/{unit}/2025",
    "/hr/plans/{unit}/2026/file",
    "/hr/units/{unit}",
    "/hr/units/{province}",
    "/hr/units?below={unit}",
    "/hr/units?below={province}",
    "/hr/assignments/{theirs}",
    "/hr/assignments/{theirs}?show=overdue",
    "/hr/assignments/{theirs}/people.xlsx",
    "/hr/assignments/{theirs}/remind",
    "/hr/assignments/{theirs}/remind?again=1",
    "/hr/reports/{report}",
    *(f"/hr/reports/{{report}}/files/{ending}" for ending in ("xlsx", "pdf", "csv", "json", "preview")),
    "/hr/people/imports/{import}",
    "/hr/people/imports/{import}/faults.xlsx",
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
    *(f"/hr/coverage{ending}" for ending in ("", ".xlsx", ".csv", ".json", "/timeline", "?sort=gap&day=2026-03-01")),
    *(
        f"/hr/coverage/people{ending}?what={what}&period=all"
        for ending in ("", ".xlsx")
        for what in ("staff", "trained", "untrained", "overdue", "turns")
    ),
    "/hr/coverage/people?what=staff&group=CT&page=99",
    "/hr/coverage?unit={name}",
    *(f"/hr/indicators{ending}" for ending in ("", ".csv", ".json", "?day=2026-03-01&period=all")),
    *(f"/hr/indicators/{name}/people{ending}" for name in ("k7", "k8", "k9") for ending in ("", ".xlsx", "?having=1")),
    *(
        f"/hr/headcounts{ending}"
        for ending in ("", ".xlsx", "?status=differs", "/template.xlsx", "/import", "/faults.xlsx")
    ),
    *(f"/hr/plans{ending}" for ending in ("", ".xlsx", "?year=2026&status=submitted", "?day=2026-03-01")),
    *(f"/hr/network{ending}" for ending in ("", ".xlsx", "?kind=expert", "?day=2026-03-01")),
    "/hr/campaigns",
    "/hr/campaigns?year=2026",
    "/hr/targets",
    "/hr/baselines",
    "/hr/units",
    "/hr/units?q=Bình Phú",
    "/hr/units?q=binh-phu&kind=commune",
    "/hr/units/{home}",
    "/hr/assignments?state=all",
    "/hr/assignments?state=all&unit={unit}",
    "/hr/assignments/new",
    "/hr/assignments/{provinces}",
    "/hr/assignments/{provinces}?show=unfinished",
    "/hr/assignments/{provinces}?show=overdue",
    "/hr/assignments/{provinces}/people.xlsx",
    "/hr/assignments/{provinces}/people.xlsx?show=unfinished",
    "/hr/assignments/{provinces}/remind?again=1",
    *(
        f"/hr/reminders{ending}?{query}"
        for ending in ("", ".xlsx")
        for query in ("", "person={person}", "assignment={theirs}", "assignment={provinces}", "person={person}&page=9")
    ),
    "/hr/reports",
    "/hr/reports?unit={unit}",
    "/hr/people/imports",
    "/hr/people/imports/template.xlsx",
    "/hr/people/new?unit={unit}",
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

HEADS = {"on": "01/03/2026", "ld": "1", "ct": "1", "cc": "1", "source": "x"}
ORDER = {"course-1": "cc-02", "due": "{soon}", "title": "", "note": "", "group": ""}
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
    ("/hr/headcounts/{unit}", HEADS),
    ("/hr/headcounts/{province}", HEADS),
    ("/hr/plans/{unit}/2026", {"number": "1", "title": "x", "status": "draft", "signed_on": ""}),
    ("/hr/assignments/new", ORDER | {"unit": "{unit}"}),
    ("/hr/assignments/new", ORDER | {"unit": "{province}"}),
    ("/hr/assignments/{theirs}/due", {"due": "{soon}"}),
    ("/hr/assignments/{theirs}/close", {}),
    ("/hr/assignments/{theirs}/remind", {"seen": "x", "again": "1"}),
    ("/hr/reports/{report}/again", {}),
    ("/hr/people/imports/{import}/apply", {"absent": "leave"}),
    ("/hr/people/imports/{import}/cancel", {}),
)
"""What changes something of the neighbour's, or puts somebody there: 404, and nothing is changed."""

CHECKED = (NAME, NAME.upper(), "Họ và tên\tGhi chú\n" + NAME + "\tx", "Số hiệu\n{serial}", "{serial}\t" + NAME)
"""Lists to verify that do not hold the secret code of the certificate."""


@pytest.fixture
def communes(app: Flask) -> Communes:
    return build(app)


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
    elif answer.mimetype == "application/json":
        yield json.dumps(json.loads(answer.data), ensure_ascii=False)
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


def test_a_neighbours_address_answers_like_one_that_is_none(communes: Communes, subtests: pytest.Subtests) -> None:
    for address in PAGES:
        with subtests.test(address):
            answer = communes.web.open("GET", communes.fill(address))
            assert answer.status_code == 404
            assert told(answer) == []
            nowhere = re.sub(r"\{(?:person|post|unit|province|theirs|report|import)\}", NOBODY, address)
            strange = communes.web.open("GET", communes.fill(nowhere))
            assert main(strange) == main(answer), "nobody can tell which of both it is"


def test_a_list_of_ones_own_holds_nothing_of_the_neighbours(communes: Communes, subtests: pytest.Subtests) -> None:
    for address in LISTS:
        with subtests.test(address):
            answer = communes.web.open("GET", communes.fill(address))
            assert answer.status_code in {200, 400, 404}
            assert told(answer) == []


def test_what_is_everybodys_is_closed_to_an_officer_of_one_unit(communes: Communes, subtests: pytest.Subtests) -> None:
    for address in CLOSED:
        with subtests.test(address):
            answer = communes.web.open("GET", communes.fill(address))
            assert answer.status_code == 403
            assert told(answer) == []


def test_nothing_of_the_neighbours_is_changed(communes: Communes, subtests: pytest.Subtests) -> None:
    token = world.csrf_token(communes.web)
    for address, fields in WRITES:
        with subtests.test(address, fields=fields):
            filled = {name: communes.fill(value) for name, value in fields.items()}
            before = world.tables()
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
    assert communes.web.get(f"/hr/people/{person}").status == 200
    leave(db.session.get_one(Person, UUID(person)), date(2026, 3, 1))
    assert communes.web.get(f"/hr/people/{person}").status == 404


def main(answer: Any) -> str:
    return world.words(answer.get_data(as_text=True))
