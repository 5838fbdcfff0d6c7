"""Wrong data: cancel and replace, never edit. Withdrawn completions, and certificates that end."""

from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from lms_app.certificates import chain, jobs
from lms_app.certificates.forms.correcting import Correction
from lms_app.certificates.models import Certificate, IssuerProfile, RegisterEntry
from lms_app.certificates.service import auditing, claims, issuers, issuing, replacing, revoking
from lms_app.core import clock, outbox
from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict, Invalid
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying as learning
from tests import make
from tests.web import Browser

HR = "lan.nhansu@coquan.example"
pytestmark = pytest.mark.usefixtures("app")
RIGHT = {
    "full_name": "Nguyễn Thị Thưởng",
    "birth_date": "2/9/1985",
    "position": "Chuyên viên",
    "unit_name": "Xã An Bình",
}


def correction(**changed: str) -> Correction:
    return Correction.read({**RIGHT, "reason": "Ghi sai họ tên", **changed})


def replace(code: str, **changed: str) -> Certificate:
    with transaction():
        return replacing.replace(code, correction(**changed), actor="cli", by="Phạm Ngọc Lan")


def told(app: Flask) -> list[str]:
    folder = app.extensions["settings"].data / "mail"
    return sorted(path.read_text("utf-8") for path in folder.glob("*.eml")) if folder.exists() else []


def test_a_replacement_has_a_new_number_and_the_old_one_points_to_it() -> None:
    old = make.certificate(make.person("Nguyen Thi Thuong"))
    new = replace(old.code)
    db.session.refresh(old)
    assert (old.status, old.replaced_by_id, old.full_name) == ("replaced", new.id, "Nguyen Thi Thuong")
    assert (new.number, new.edition, new.status) == (2, 2, "valid")
    assert (new.full_name, new.birth_date, new.unit_name) == ("Nguyễn Thị Thưởng", date(1985, 9, 2), "Xã An Bình")
    assert (new.course_title, new.to_date, new.valid_until) == (old.course_title, old.to_date, old.valid_until)
    assert db.session.get_one(Enrolment, old.enrolment_id).certificate == new.code
    outbox.drain()
    assert auditing.audited() == []


def test_the_book_tells_the_replacement_in_its_chain() -> None:
    new = replace(make.certificate().code)
    lines = db.session.scalars(select(RegisterEntry).order_by(RegisterEntry.position)).all()
    assert [line.kind for line in lines] == ["issue", "issue", "replace"]
    assert new.serial in lines[-1].content
    assert [chain.digest(line.previous, line.content) for line in lines] == [line.digest for line in lines]
    assert [line.previous for line in lines] == ["", lines[0].digest, lines[1].digest]


def test_a_certificate_is_replaced_once_and_not_after_it_was_revoked() -> None:
    first = make.certificate()
    replace(first.code)
    with pytest.raises(Conflict, match="đã được thay thế"):
        replace(first.code)
    second = make.certificate(make.person(), make.course("cc-02"))
    with transaction():
        revoking.revoke(second.code, "Gian lận", actor="cli", by="Phạm Ngọc Lan")
    with pytest.raises(Conflict):
        replace(second.code)


def test_a_name_that_no_sheet_can_hold_leaves_the_old_certificate_valid() -> None:
    old = make.certificate()
    with pytest.raises(Invalid):
        replace(old.code, full_name="Â" * 200)
    assert db.session.get_one(Certificate, old.id, populate_existing=True).status == "valid"
    assert replace(old.code).number == 2


def test_issuing_again_answers_the_replacement() -> None:
    old = make.certificate()
    new = replace(old.code)
    with transaction():
        assert issuing.issue(old.enrolment_id).code == new.code


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("full_name", " ", "Ghi họ và tên"),
        ("birth_date", "31/02/1985", "ngày/tháng/năm"),
        ("position", "x" * 301, "Dài quá 300"),
        ("reason", "", "lý do"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(web: Browser, field: str, typed: str, said: str) -> None:
    make.person("Phạm Ngọc Lan", "hr", email=HR)
    code = make.certificate().code
    web.sign_in(HR)
    page = web.get(f"/hr/certificates/{code}/replace").submit("", **{**RIGHT, "reason": "Sai", field: typed})
    assert page.status == 400
    assert said in page.text
    assert page.form("").fields["unit_name"] == "Xã An Bình"


def test_hr_replaces_on_the_page_and_the_public_page_of_the_old_one_says_so(web: Browser) -> None:
    make.person("Phạm Ngọc Lan", "hr", email=HR)
    old = make.certificate(make.person("Nguyen Thi Thuong"))
    web.sign_in(HR)
    page = web.get(f"/hr/certificates/{old.code}/replace")
    assert page.form("").fields["full_name"] == "Nguyen Thi Thuong"
    page = page.submit("", **RIGHT, reason="Ghi sai họ tên")
    assert "Nguyễn Thị Thưởng" in page.text
    assert f"Giấy này thay cho giấy số {old.serial}" in page.text
    assert 'data-status="replaced"' in web.get(f"/v/{old.code}").body
    before = web.get(f"/hr/certificates/{old.code}").text
    assert "Người cấp lại" in before
    assert f"Giấy thay thế: số {page.text.split('Giấy chứng nhận ')[1].split()[0]}" in before
    assert "Thu hồi giấy này" not in before


def test_a_withdrawn_completion_revokes_and_a_new_one_is_certified_anew(web: Browser) -> None:
    make.person("Phạm Ngọc Lan", "hr", email=HR)
    issued = make.certificate()
    web.sign_in(HR)
    page = web.get(f"/hr/certificates/{issued.code}/withdraw").submit("", reason="Nhờ người khác làm bài")
    assert page.status == 200
    outbox.drain()
    old = db.session.get_one(Certificate, issued.id, populate_existing=True)
    assert (old.status, old.revoked_reason, old.revoked_by) == ("revoked", "Nhờ người khác làm bài", "Phạm Ngọc Lan")
    enrolment = db.session.get_one(Enrolment, issued.enrolment_id, populate_existing=True)
    assert enrolment.completed_at is None
    enrolment.completed_at, enrolment.completed_version_id = clock.now(), enrolment.version_id
    db.session.commit()
    with transaction():
        claims.complete(enrolment.id)
    again = db.session.scalars(select(Certificate).where(Certificate.edition == 2)).one()
    assert (again.number, again.status) == (2, "valid")


def test_a_completion_that_is_none_cannot_be_withdrawn() -> None:
    who, version = make.person(), make.course()
    enrolment = make.completed(who, version)
    enrolment.completed_at = None
    db.session.commit()
    with pytest.raises(Conflict), transaction():
        learning.withdraw(who.id, version.course_id, "Sai", by="Lan", actor="cli")


def test_a_revoked_certificate_of_a_standing_completion_is_not_issued_anew() -> None:
    issued = make.certificate()
    with transaction():
        revoking.revoke(issued.code, "Gian lận", actor="cli", by="Phạm Ngọc Lan")
    with transaction():
        assert issuing.issue(issued.enrolment_id).id == issued.id


def test_the_holder_is_told_once_before_the_last_day_and_of_a_revocation(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, str]] = []

    def deliver(to: str, subject: str, text: str) -> outbox.Outcome:
        sent.append((to, subject, text))
        return outbox.DONE

    monkeypatch.setattr("lms_app.core.mail.deliver", deliver)
    who = make.person("Nguyễn Thị Thưởng", email="thuong@coquan.example")
    issued = make.certificate(who, make.course(certificate={"valid_months": 12, "refresher": "cc-02"}))
    jobs.remind()
    outbox.drain()
    assert sent == []
    assert issued.valid_until is not None
    with time_machine.travel(clock.now() + timedelta(days=320)):
        jobs.remind()
        jobs.remind()
        outbox.drain()
        [(to, subject, text)] = sent
        with transaction():
            revoking.revoke(issued.code, "Cấp nhầm & sai", actor="cli", by="Phạm Ngọc Lan")
        outbox.drain()
    assert to == "thuong@coquan.example"
    assert subject == f"Giấy chứng nhận {issued.serial} sắp hết hiệu lực"
    assert f"{issued.valid_until:%d/%m/%Y}" in text
    assert "/courses/cc-02" in text
    assert "Lý do: Cấp nhầm & sai" in sent[-1][2]


def test_an_issuer_changes_its_name_and_what_was_issued_keeps_the_old_one(web: Browser) -> None:
    make.person("Trần Quản Trị", "admin", email="quantri@coquan.example")
    before = make.certificate()
    web.sign_in("quantri@coquan.example")
    page = web.get("/admin/issuers/default/new")
    assert page.form("").fields["name"] == before.issuer_name
    tomorrow = issuers.today() + timedelta(days=1)
    wrong = page.submit("", valid_from="hôm nào đó", name="Sở Khoa học và Công nghệ tỉnh Bến Tre")
    assert wrong.status == 400
    assert wrong.form("").fields["name"] == "Sở Khoa học và Công nghệ tỉnh Bến Tre"
    early = wrong.submit("", valid_from="01/01/2020")
    assert early.status == 409
    page = wrong.submit("", valid_from=f"{tomorrow:%d/%m/%Y}", prefix="BT-CĐS", signer_name="Trần Thị Mai")
    assert "Sở Khoa học và Công nghệ tỉnh Bến Tre" in page.text
    with time_machine.travel(clock.now() + timedelta(days=2)):
        after = make.certificate(make.person(), make.course("cc-02"))
    assert (before.issuer_name, before.number) == ("Sở Khoa học và Công nghệ", 1)
    assert (after.issuer_name, after.signer_name) == ("Sở Khoa học và Công nghệ tỉnh Bến Tre", "Trần Thị Mai")
    assert after.serial.startswith("BT-CĐS-")
    profiles = db.session.scalars(select(IssuerProfile).order_by(IssuerProfile.valid_from)).all()
    assert [one.valid_until for one in profiles] == [tomorrow - timedelta(days=1), None]


def test_a_second_issuer_keeps_books_of_its_own(web: Browser) -> None:
    make.person("Trần Quản Trị", "admin", email="quantri@coquan.example")
    web.sign_in("quantri@coquan.example")
    page = web.get("/admin/issuers/new")
    typed = {
        "code": "so-noi-vu",
        "valid_from": "01/01/2026",
        "parent_name": "Ủy ban nhân dân tỉnh Vĩnh Long",
        "name": "Sở Nội vụ",
        "prefix": "VL-NV",
        "place": "Vĩnh Long",
        "signer_title": "GIÁM ĐỐC",
    }
    assert page.submit("", **(typed | {"code": "Sở Nội vụ"})).status == 400
    assert "Sở Nội vụ" in page.submit("", **typed).text
    first = make.certificate()
    other = make.certificate(make.person(), make.course("nv-01", certificate={"issuer": "so-noi-vu"}))
    assert (first.number, other.number) == (1, 1)
    assert first.book_id != other.book_id
    assert other.serial.startswith("VL-NV-")
