"""Numbers are given once, in order and without gap, whatever happens at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.certificates import models
from lms_app.certificates.models import Certificate
from lms_app.certificates.service import auditing, issuing, revoking
from lms_app.core import audit, clock, outbox, storage
from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.core.ids import parse_code
from tests import make

THREADS = 12
pytestmark = pytest.mark.usefixtures("app")


def _all() -> list[Certificate]:
    return list(db.session.scalars(select(Certificate).order_by(Certificate.number)))


def test_issuing_twice_gives_one_certificate_and_owes_one_pdf() -> None:
    enrolment = make.completed(make.person("Nguyễn Thị Thưởng"), make.course())
    with transaction():
        first = issuing.issue(enrolment.id)
    with transaction():
        assert issuing.issue(enrolment.id).id == first.id
    assert len(_all()) == 1
    assert [topic for topic, _state in outbox.drain()] == [issuing.ISSUED, issuing.RENDER]


def test_the_first_number_of_the_year_is_one_and_everything_printed_is_copied() -> None:
    who = make.person("Nguyễn Thị Thưởng", birth_date=date(1985, 9, 2))
    make.employment(who, make.unit("Xã An Bình"), "Chuyên viên")
    issued = make.certificate(who, make.course(title="Kỹ năng số cơ bản"))
    year = issued.issued_on.year
    assert (issued.number, issued.serial) == (1, f"VL-CĐS-{year}-000001")
    assert issued.book_number == f"0001/{year}/CNTH"
    assert parse_code(issued.code) == issued.code
    who.name = "Tên Khác"
    db.session.commit()
    db.session.expire_all()
    again = _all()[0]
    assert (again.full_name, again.birth_date, again.position, again.unit_name, again.course_title) == (
        "Nguyễn Thị Thưởng",
        date(1985, 9, 2),
        "Chuyên viên",
        "Xã An Bình",
        "Kỹ năng số cơ bản",
    )


def test_an_unfinished_course_gets_no_certificate() -> None:
    enrolment = make.completed(make.person(), make.course())
    enrolment.completed_at = None
    db.session.commit()
    with pytest.raises(Conflict), transaction():
        issuing.issue(enrolment.id)


def test_a_rolled_back_issue_leaves_no_gap() -> None:
    version = make.course()
    make.certificate(make.person(), version)
    lost = make.completed(make.person(), version)
    issuing.issue(lost.id)
    db.session.rollback()
    make.certificate(make.person(), version)
    assert [issued.number for issued in _all()] == [1, 2]
    outbox.drain()
    assert auditing.audited() == []


def test_a_name_that_no_sheet_can_hold_is_refused_without_a_number() -> None:
    version = make.course()
    absurd = make.completed(make.person("Â" * 120), version)
    with pytest.raises(Invalid, match="Họ tên có 120 ký tự"), transaction():
        issuing.issue(absurd.id)
    assert make.certificate(make.person(), version).number == 1


def test_twelve_threads_at_once_get_twelve_numbers_without_gap(app: Flask) -> None:
    version = make.course()
    ids = [make.completed(make.person(), version).id for _ in range(THREADS)]
    db.session.remove()
    start = Barrier(THREADS)

    def one(enrolment_id: UUID) -> None:
        with app.app_context():
            start.wait()
            with transaction():
                issuing.issue(enrolment_id)
            db.session.remove()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, ids))
    assert [issued.number for issued in _all()] == list(range(1, THREADS + 1))
    assert len({issued.serial for issued in _all()}) == THREADS
    assert len({issued.book_id for issued in _all()}) == 1


def test_the_same_enrolment_from_six_threads_gives_one_certificate(app: Flask) -> None:
    enrolment_id = make.completed(make.person(), make.course()).id
    db.session.remove()
    start = Barrier(6)

    def one(_at: int) -> str:
        with app.app_context():
            start.wait()
            with transaction():
                code = issuing.issue(enrolment_id).code
            db.session.remove()
            return code

    with ThreadPoolExecutor(6) as pool:
        codes = set(pool.map(one, range(6)))
    assert len(codes) == 1
    assert len(_all()) == 1


def test_completing_a_course_leads_to_a_stored_pdf_that_the_audit_finds_unchanged() -> None:
    enrolment = make.completed(make.person(), make.course())
    with transaction():
        outbox.put(
            "learning.completed", f"learning.completed/{enrolment.id}", "local", {"enrolment": str(enrolment.id)}
        )
    assert [topic for topic, _key in outbox.drain() + outbox.drain()] == [
        "learning.completed",
        issuing.ISSUED,
        issuing.RENDER,
    ]
    db.session.expire_all()
    [issued] = _all()
    assert issued.file_key == f"certificates/{issued.issued_on.year}/{issued.id}.pdf"
    assert storage.get(issued.file_key).startswith(b"%PDF-1.7")
    assert auditing.audited() == []
    storage.put(issued.file_key, b"%PDF-1.7 another")
    assert auditing.audited() == [f"{issued.serial} {issued.code}: PDF changed: {issued.file_key}"]


def test_revoking_is_written_down_once_with_who_and_why() -> None:
    code = make.certificate().code
    with transaction():
        revoking.revoke(code, "Ghi sai họ tên", actor="cli", by="Phạm Ngọc Lan")
    [issued] = _all()
    assert (issued.status, issued.revoked_by, issued.revoked_reason) == ("revoked", "Phạm Ngọc Lan", "Ghi sai họ tên")
    noted = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "certificate.revoke")).one()
    assert (noted.actor, noted.subject, noted.detail) == ("cli", code, {"reason": "Ghi sai họ tên"})
    with pytest.raises(Conflict), transaction():
        revoking.revoke(code, "Lần nữa", actor="cli", by="Phạm Ngọc Lan")
    with pytest.raises(NotFound), transaction():
        revoking.revoke("0000000000000", "Không có", actor="cli", by="Phạm Ngọc Lan")


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2026, 11, 23), 24, date(2028, 11, 22)),
        (date(2026, 12, 31), 2, date(2027, 2, 27)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
    ],
)
def test_validity_in_months_ends_the_day_before(start: date, months: int, last: date) -> None:
    assert issuing.months_after(start, months) == last


def test_a_certificate_past_its_last_day_has_expired() -> None:
    issued = make.certificate(version=make.course(certificate={"valid_months": 12}))
    today = clock.now().date()
    assert models.status(issued, today) == "valid"
    assert models.status(issued, today.replace(year=today.year + 2)) == "expired"
