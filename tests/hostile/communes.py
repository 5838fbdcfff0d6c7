"""Two communes side by side below one province, each with all that HR keeps; an officer of An Bình is signed in."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Flask

from lms_app.accounts.models import Person, StaffImport
from lms_app.certificates.models import Certificate
from lms_app.core import storage, tables
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.courses.models import CourseVersion
from lms_app.learning.models import Assignment, Enrolment, Reminder
from lms_app.organisations.models import Campaign, Headcount, NetworkMember, Plan, Unit
from lms_app.reporting.models import Report
from tests import make
from tests.learning.assigned import assign
from tests.web import Browser

OFFICER = "lan@coquan.example"
NAME, CODE, EMAIL = "Huỳnh Thị Bích Trâm", "BP-7788", "tram.huynh@binhphu.example"
ORDER, ACT, EXPERT, DRIVE = "Học riêng ở Bình Phú", "7788/UBND-BP", "Võ Thị Kim Ngân", "Ngày hội số Bình Phú"
SECRETS = (
    *(NAME, CODE, EMAIL, "huynh thi bich tram", "Huynh-Thi-Bich-Tram", "huynh-thi-bich-tram"),
    *(ORDER, ACT, EXPERT, DRIVE),
)
"""What an officer of An Bình is never told: the neighbour's person, order, headcount and plan, network and campaign."""


@dataclass
class Communes:
    web: Browser
    values: dict[str, str]
    own_name: str
    shown: Certificate

    def fill(self, text: str) -> str:
        return text.format(**self.values)


def build(app: Flask) -> Communes:
    province = make.unit("Tỉnh Vĩnh Long", kind="province")
    home = make.unit("Xã An Bình", province, code="an-binh")
    there = make.unit("Xã Bình Phú", province, code="binh-phu")
    make.hr(home, email=OFFICER)
    other, chief = make.hr(there), make.hr()
    own, person = make.person("Nguyễn Văn An"), make.person(NAME, email=EMAIL, staff_code=CODE)
    own_post, post = (make.employment(who, where) for who, where in ((own, home), (person, there)))
    version, owed = make.course(), make.course("cc-02", title="An toàn thông tin")
    shown, certificate = make.certificate(own, version), make.certificate(person, version)
    for who, where in ((own, home), (person, there)):
        make.employment(who, where, f"Phó Chủ tịch {where.name}", "LD", date(2026, 2, 1))
        make.employment(who, where, "Cán bộ chuyển đổi số", "CT", date(2026, 2, 1))
        _late(who, owed)
    theirs = assign(there, other, "cc-02", works=False)
    provinces = assign(province, chief, "cc-02", works=False)
    db.session.get_one(Assignment, theirs).title = ORDER
    for assignment, who in ((theirs, person), (provinces, person), (provinces, own)):
        _reminded(assignment, who)
    _figures(there)
    ids: dict[str, Any] = {
        "person": person,
        "own": own,
        "post": post,
        "own_post": own_post,
        "home": home,
        "unit": there,
        "province": province,
        "report": _report(province, chief),
        "import": _import(other),
    }
    values = {name: str(one.id) for name, one in ids.items()}
    values |= {"theirs": str(theirs), "provinces": str(provinces)}
    values |= {"soon": f"{now() + timedelta(days=20):%d/%m/%Y}"}
    values |= {"name": NAME, "code": CODE, "email": EMAIL}
    values |= {"certificate": certificate.code, "serial": certificate.serial}
    web = Browser(app)
    web.sign_in(OFFICER)
    return Communes(web, values, own.name, shown)


def _late(who: Person, course: CourseVersion) -> None:
    begun = now() - timedelta(days=40)
    make.add(
        Enrolment(
            person_id=who.id,
            course_id=course.course_id,
            version_id=course.id,
            enrolled_at=begun,
            seen_at=begun,
            due_at=now() - timedelta(days=9),
        )
    )


def _reminded(assignment: UUID, who: Person) -> None:
    sent = {"kind": "manual", "on": now().date(), "state": "sent", "owed_by": "Phạm Ngọc Lan"}
    make.add(Reminder(assignment_id=assignment, person_id=who.id, owed_at=now(), sent_at=now(), **sent))


def _figures(where: Unit) -> None:
    entered = {"entered_at": now(), "entered_by": NAME}
    storage.put("plans/binh-phu.pdf", b"%PDF-1.7 " + ACT.encode())
    filed = {"file_key": "plans/binh-phu.pdf", "file_name": f"{NAME}.pdf", "file_bytes": 20}
    make.add(Headcount(unit_id=where.id, on=date(2026, 1, 1), ld=77, ct=77, cc=77, source=ACT, **entered))
    make.add(Plan(unit_id=where.id, year=2026, number=ACT, title=ACT, status="submitted", **filed, **entered))
    make.add(
        NetworkMember(
            kind="expert", unit_id=where.id, full_name=EXPERT, sector="Số", contact=EMAIL, since=date(2026, 1, 1)
        )
    )
    make.add(Campaign(unit_id=where.id, title=DRIVE, since=date(2026, 3, 1), channel="Zalo", act=ACT))


def _report(about: Unit, asker: Person) -> Report:
    made: Report = make.add(
        Report(
            kind="indicators",
            unit_id=about.id,
            year=2026,
            day=date(2026, 6, 30),
            signer="Giám đốc",
            state="done",
            files={"xlsx": 10, "pdf": 10, "csv": 10, "json": 10},
            asked_by=asker.id,
            asked_by_name=NAME,
            created_at=now(),
            finished_at=now(),
        )
    )
    for ending in made.files:
        storage.put(f"reports/{made.id}.{ending}", NAME.encode())
    storage.put(f"reports/{made.id}.preview", json.dumps({"tables": [], "notes": [NAME]}).encode())
    return made


def _import(sender: Person) -> StaffImport:
    """Checked, with a wrong row: its sender may look at it, apply it or cancel it."""
    made: StaffImport = make.add(
        StaffImport(
            state="checked",
            file_name=f"{NAME}.xlsx",
            file_key="",
            rows_key="imports/staff/binh-phu/rows",
            faults_key="imports/staff/binh-phu/faults",
            roots=[],
            counts={"new": 1, "wrong": 1},
            total=2,
            sent_by=sender.id,
            sent_by_name=sender.name,
            created_at=now(),
        )
    )
    storage.put(str(made.faults_key), tables.write(["Họ và tên"], [(NAME,)]))
    storage.put(f"imports/staff/{made.id}/preview", json.dumps({"sheet": NAME}).encode())
    return made
