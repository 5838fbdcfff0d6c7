"""A whole class on one order: a preview, one certificate each, progress, and a reason for whoever gets none."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import Person
from lms_app.certificates.forms.batches import Chosen, Decision
from lms_app.certificates.models import Certificate, Claim, IssueBatch, IssueItem
from lms_app.certificates.service import auditing, batches, claims, issuing
from lms_app.core import outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.errors import Conflict, NotFound, OutOfService
from lms_app.core.ids import new_id
from lms_app.core.outbox_rows import OutboxRow
from lms_app.core.typed import day
from lms_app.courses.models import CourseVersion
from lms_app.learning.models import Enrolment
from tests import make
from tests.web import Browser, Page, counted

WAITING, NEW = "/hr/certificates/waiting", "/hr/batches/new"
APPROVED = {"kind": "COMPLETION", "template": "default", "approval": True}
DECISION = {"number": "145/QĐ-SKHCN", "day": "20/11/2026"}


@pytest.fixture
def officer(app: Flask) -> Browser:
    make.person("Phạm Ngọc Lan", "hr", email="lan@coquan.example")
    web = Browser(app)
    web.sign_in("lan@coquan.example")
    return web


def class_of(*names: str, version: CourseVersion | None = None) -> list[UUID]:
    version = version or make.course()
    return [make.completed(make.person(name), version).id for name in names]


def ordered(ids: list[UUID], batch_id: UUID | None = None) -> UUID:
    who = db.session.scalar(select(Person)) or make.person("Phạm Ngọc Lan")
    made = batch_id or new_id()
    with transaction():
        batches.order(made, ids, "Lớp một", "", batches.Orderer(who.id, who.name))
    return made


def work(most: int = 100) -> None:
    """Only the chunks of batches, so that nothing is drawn."""
    for _ in range(most):
        with transaction():
            open_rows = select(OutboxRow).where(OutboxRow.topic == batches.BATCH, OutboxRow.state == "open")
            found = db.session.scalar(open_rows.order_by(OutboxRow.id).limit(1))
            if found is None:
                return
            found.state = "done"
            batches.work(UUID(found.payload["batch"]))


def issued() -> list[Certificate]:
    db.session.expire_all()
    return list(db.session.scalars(select(Certificate).order_by(Certificate.number)))


def items(batch_id: UUID) -> dict[str, str]:
    """State -> the last sentence."""
    db.session.expire_all()
    wanted = select(IssueItem).where(IssueItem.batch_id == batch_id)
    return {item.state: item.error for item in db.session.scalars(wanted)}


def state(batch_id: UUID) -> str:
    return db.session.get_one(IssueBatch, batch_id, populate_existing=True).state


@pytest.mark.usefixtures("app")
def test_a_class_gets_one_certificate_each_without_gap_and_one_row_for_its_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 2)
    ids = class_of("Lê Một", "Lê Hai", "Lê Ba", "Lê Ba", "Lê Năm")
    made = ordered(ids)
    work(1)
    assert (len(issued()), state(made)) == (2, "running")
    work()
    assert [one.number for one in issued()] == [1, 2, 3, 4, 5]
    assert {one.enrolment_id for one in issued()} == set(ids)
    assert {one.batch_id for one in issued()} == {made}
    assert (set(items(made)), state(made)) == ({"issued"}, "done")
    owed = db.session.scalars(
        select(OutboxRow.payload).where(OutboxRow.topic == issuing.RENDER).order_by(OutboxRow.id)
    ).all()
    assert [len(one.get("certificates", [1])) for one in owed] == [2, 2, 1]


@pytest.mark.usefixtures("app")
def test_the_outbox_works_a_batch_off_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 1)
    made = ordered(class_of("Lê Một", "Lê Hai"))
    for _ in range(4):
        outbox.drain()
    assert (len(issued()), state(made)) == (2, "done")


@pytest.mark.usefixtures("app")
def test_one_that_is_refused_says_why_and_undoes_no_other() -> None:
    made = ordered(class_of("Lê Một", "Â" * 120, "Lê Ba"))
    work()
    assert [one.number for one in issued()] == [1, 2]
    assert "120 ký tự" in items(made)["refused"]
    assert state(made) == "done"
    with reading():
        assert [problem for problem in auditing.audited() if "PDF" not in problem] == []


@pytest.mark.usefixtures("app")
def test_a_completion_withdrawn_in_the_meantime_gets_none() -> None:
    made = ordered(ids := class_of("Lê Một"))
    db.session.get_one(Enrolment, ids[0]).completed_at = None
    db.session.commit()
    work()
    assert issued() == []
    assert "chưa hoàn thành" in items(made)["refused"]


@pytest.mark.usefixtures("app")
def test_two_batches_with_the_same_person_give_one_certificate() -> None:
    ids = class_of("Lê Một", "Lê Hai")
    first, second = ordered(ids), ordered(ids)
    work()
    assert len(issued()) == 2
    assert set(items(first)) == {"issued"}
    assert items(second)["refused"].startswith("Đã có giấy chứng nhận số VL-CĐS-")


@pytest.mark.usefixtures("app")
def test_the_same_order_given_twice_is_one_batch() -> None:
    ids = class_of("Lê Một")
    made = ordered(ids)
    assert ordered(ids, made) == made
    work()
    assert len(issued()) == len(db.session.scalars(select(IssueBatch)).all()) == 1
    with pytest.raises(Conflict):
        ordered([])


@pytest.mark.usefixtures("app")
def test_a_stopped_batch_issues_no_more_and_what_is_issued_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 1)
    made = ordered(class_of("Lê Một", "Lê Hai"))
    work(1)
    actor = db.session.scalars(select(Person.id)).first()
    assert actor is not None
    with transaction():
        batches.cancel(made, actor)
    work()
    assert (len(issued()), state(made)) == (1, "cancelled")
    assert "đã dừng" in items(made)["refused"]
    with pytest.raises(Conflict), transaction():
        batches.cancel(made, actor)
    with pytest.raises(NotFound), transaction():
        batches.cancel(new_id(), actor)


@pytest.mark.usefixtures("app")
def test_with_a_full_disk_the_register_is_complete_and_the_files_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 1)
    made = ordered(class_of("Lê Một", "Lê Hai"))

    def full(_key: str, _content: bytes) -> None:
        raise OutOfService("Ổ đĩa của máy chủ đã đầy nên chưa lưu được. Hãy báo quản trị viên.")

    with monkeypatch.context() as disk:
        disk.setattr(storage, "put", full)
        for _ in range(4):
            outbox.drain()
    assert (len(issued()), state(made)) == (2, "done")
    assert {one.file_key for one in issued()} == {None}
    for _ in range(3):
        outbox.drain(now() + timedelta(days=1))
    assert None not in {one.file_key for one in issued()}
    with reading():
        assert auditing.audited() == []


def previewed(web: Browser, **fields: str) -> Page:
    return web.get(NEW).submit(NEW, **({"course": "cc-01"} | fields))


def order_of(page: Page) -> str:
    return page.body.split('name="order" value="')[1].split('"')[0]


def test_the_preview_counts_who_would_get_one_and_the_order_issues_to_exactly_them(officer: Browser) -> None:
    version = make.course()
    make.certificate(make.person("Lê Có Giấy"), version)
    class_of("Lê Sẵn Sàng", version=version)
    make.completed(make.person("Học viên từ Trường", name_source="none"), version)
    unfinished = make.completed(make.person("Lê Chưa Xong"), version)
    unfinished.completed_at = None
    db.session.commit()
    page = previewed(officer)
    for said in ("Sẽ cấp 1 giấy", "Sẽ được cấp1", "Đã có giấy1", "Chưa hoàn thành1", "Chưa có họ tên1"):
        assert said in page.text
    done = page.submit(NEW, order=order_of(page), **DECISION)
    assert done.path.startswith("/hr/batches/")
    assert '<meta http-equiv="refresh" content="3">' in done.body
    work()
    finished = officer.get(done.path)
    assert "Đã xong 1 trong 1" in finished.text
    assert "refresh" not in finished.body
    assert f"/hr/certificates/download?batch={done.path.rsplit('/')[-1]}" in finished.body
    assert issued()[-1].full_name == "Lê Sẵn Sàng"
    assert issued()[-1].decision == "Quyết định số 145/QĐ-SKHCN ngày 20/11/2026"
    assert "Kỹ năng số cơ bản" in officer.get("/hr/batches").text


def test_two_clicks_and_two_tabs_order_once(officer: Browser) -> None:
    class_of("Lê Một")
    page, tab = previewed(officer), previewed(officer)
    first = page.submit(NEW, order=order_of(page))
    assert page.submit(NEW, order=order_of(page)).path == first.path
    refused = tab.submit(NEW, order=order_of(tab))
    assert (refused.status, "Danh sách vừa thay đổi" in refused.text) == (400, True)
    work()
    assert len(issued()) == 1


def test_a_class_is_chosen_by_unit_with_those_below_by_day_and_by_address(officer: Browser) -> None:
    version = make.course()
    office, other = make.unit("Sở Nội vụ"), make.unit("Xã An Bình")
    room = make.unit("Phòng Tổ chức")
    room.parent_id = office.id
    for name, where in (("Lê Sở", office), ("Lê Phòng", room), ("Lê Xã", other)):
        who = make.person(name, email=f"{name[3:].encode().hex()}@coquan.example")
        make.employment(who, where)
        make.completed(who, version)
    old = make.completed(make.person("Lê Cũ", email="cu@coquan.example"), version)
    old.completed_at = now() - timedelta(days=30)
    db.session.commit()
    assert "Sẽ cấp 4 giấy" in previewed(officer).text
    assert "Sẽ cấp 2 giấy" in previewed(officer, unit=str(office.id)).text
    today = now().date()
    assert "Sẽ cấp 3 giấy" in previewed(officer, since=f"{today - timedelta(days=2):%d/%m/%Y}").text
    assert "Sẽ cấp 1 giấy" in previewed(officer, until=f"{today - timedelta(days=20):%Y-%m-%d}").text
    page = previewed(officer, emails="CU@coquan.example; lạ@coquan.example\nkhông phải thư")
    assert "Sẽ cấp 1 giấy" in page.text
    assert "Không có trong khóa học này: 1 địa chỉ" in page.text


def test_what_is_typed_wrong_is_named_and_stays(officer: Browser) -> None:
    class_of("Lê Một")
    page = previewed(officer, since="32/11/2026", until="hôm qua", emails="không phải thư")
    assert page.status == 400
    assert page.form(NEW).fields["since"] == "32/11/2026"
    for said in ("Ghi ngày, ví dụ 25/11/2026", "Không thấy địa chỉ thư nào"):
        assert said in page.text
    assert "đứng trước ngày đầu" in previewed(officer, since="2/2/2026", until="1/2/2026").text
    assert "Chọn khóa học" in previewed(officer, course="khong-co").text
    preview = previewed(officer)
    refused = preview.submit(NEW, order=order_of(preview), number="145", day="")
    assert "Ghi ngày của quyết định" in refused.text
    assert issued() == []


def approve(page: Page, **fields: object) -> Page:
    [form] = [form for form in page.forms if form.method == "post" and form.action == WAITING]
    values = {name: value for name, value in (form.fields | fields).items() if value is not None}
    return page.browser.post(WAITING, **values)


def claimed(version: CourseVersion, *names: str, where: str | None = None) -> list[UUID]:
    made = []
    for name in names:
        who = make.person(name)
        if where:
            make.employment(who, make.unit(where))
        made.append(make.completed(who, version).id)
        with transaction():
            claims.complete(made[-1])
    return made


def test_what_waits_for_approval_is_issued_under_the_decision_to_those_ticked(officer: Browser) -> None:
    first, _second = claimed(make.course(certificate=APPROVED), "Lê Một", "Lê Hai")
    page = officer.get(WAITING)
    assert "Chờ duyệt: 2 giấy" in page.text
    done = approve(page, chosen=[str(first)], **DECISION)
    assert done.path.startswith("/hr/batches/")
    assert "Chờ duyệt: 1 giấy" in officer.get(WAITING).text, "what is being issued is not offered again"
    work()
    [made] = issued()
    assert (made.full_name, made.decision) == ("Lê Một", "Quyết định số 145/QĐ-SKHCN ngày 20/11/2026")
    assert "Chờ duyệt: 1 giấy" in officer.get(WAITING).text
    assert len(db.session.scalars(select(Claim)).all()) == 1


def test_all_of_a_filter_are_approved_at_once(officer: Browser) -> None:
    version = make.course(certificate=APPROVED)
    claimed(version, "Lê Một", "Lê Hai", where="Sở Nội vụ")
    claimed(version, "Lê Ba", where="Xã An Bình")
    page = officer.get(WAITING)
    options = page.body.split('<select id="unit"')[1].split("</select>")[0]
    unit = options.split('">Xã An Bình')[0].rsplit('value="', 1)[1]
    one = officer.get(WAITING, unit=unit)
    assert "Chờ duyệt: 1 giấy" in one.text
    everybody = one.body.split('name="all" value="')[1].split('"')[0]
    approve(one, all=everybody, chosen=None, **DECISION)
    work()
    assert [made.full_name for made in issued()] == ["Lê Ba"]


def test_approval_needs_somebody_and_a_decision(officer: Browser) -> None:
    [first] = claimed(make.course(certificate=APPROVED), "Lê Một")
    page = officer.get(WAITING)
    refused = approve(page, chosen=[str(first)], number="", day="31/12/2999")
    assert refused.status == 400
    assert "Ghi số quyết định" in refused.text
    assert "chưa đến" in refused.text
    assert f'value="{first}" checked' in refused.body
    assert "Đánh dấu ít nhất một người" in approve(page, **DECISION).text
    assert "Danh sách vừa thay đổi" in approve(page, all="cũ", **DECISION).text
    work()
    assert issued() == []


def test_a_course_with_approval_needs_the_decision_in_a_new_batch_too(officer: Browser) -> None:
    claimed(make.course(certificate=APPROVED), "Lê Một")
    page = previewed(officer)
    assert "Ghi số quyết định" in page.submit(NEW, order=order_of(page)).text
    again = previewed(officer)
    again.submit(NEW, order=order_of(again), **DECISION)
    work()
    assert (len(issued()), db.session.scalars(select(Claim)).all()) == (1, [])


def test_what_waits_for_a_name_is_listed_with_since_when_and_why(officer: Browser) -> None:
    version = make.course()
    nameless = make.completed(make.person("Học viên từ Trường", name_source="none"), version)
    with transaction():
        claims.complete(nameless.id)
    absurd = make.completed(make.person("Â" * 120), version)
    with transaction():
        claims.hand_over(absurd.id)
    outbox.drain()
    page = officer.get(WAITING)
    assert "Chờ người học xem họ tên: 2 giấy" in page.text
    assert "Chưa ai cho biết họ tên" in page.text
    assert "120 ký tự" in page.text
    db.session.get_one(Person, absurd.person_id).name = "Âu Cơ"
    db.session.commit()
    page.submit(str(absurd.id))
    outbox.drain(now() + timedelta(seconds=5))
    assert [made.full_name for made in issued()] == ["Âu Cơ"]


def test_only_hr_orders(app: Flask) -> None:
    make.person(email="hoc@coquan.example")
    web = Browser(app)
    web.sign_in("hoc@coquan.example")
    for path in (WAITING, NEW, "/hr/batches", f"/hr/batches/{new_id()}"):
        assert web.get(path).status == 403


def test_a_batch_that_is_none_is_not_found_and_a_stopped_one_says_so(officer: Browser) -> None:
    assert officer.get(f"/hr/batches/{new_id()}").status == 404
    made = ordered(class_of("Lê Một"))
    page = officer.get(f"/hr/batches/{made}").submit("/cancel")
    assert "Đã dừng" in page.text
    assert "trước khi đến lượt" in page.text


@pytest.mark.parametrize("people", [1, 30])
def test_the_pages_cost_the_same_whatever_their_length(officer: Browser, people: int) -> None:
    version = make.course(certificate=APPROVED)
    claimed(version, *(f"Lê {'A' * (at + 1)}" for at in range(people)))
    class_of(*(f"Lê {'B' * (at + 1)}" for at in range(people)), version=version)
    made = ordered(class_of(*(["Â" * 120] * people), version=version))
    work()
    costs = {}
    for path in (WAITING, NEW, "/hr/batches", f"/hr/batches/{made}"):
        officer.get(path)
        with counted() as seen:
            officer.get(path)
        costs[path] = len(seen)
    assert list(costs.values()) == [6, 3, 2, 3]


def test_days_are_read_as_people_and_browsers_write_them() -> None:
    assert day(" 5/11/2026") == day("2026-11-05") == day("05.11.2026") == date(2026, 11, 5)
    assert [day(typed) for typed in ("", "31/02/2026", "5/11", "٥/11/2026")] == [None] * 4


def test_a_form_without_decision_is_none_where_none_is_required() -> None:
    from_nothing = Decision.read({}, date(2026, 11, 25), required=False)
    assert (from_nothing.said, from_nothing.errors) == ("", {})
    many = "\n".join(f"a{at}@b.vn" for at in range(1001))
    assert "1.000" in Chosen.read({"emails": many}).errors["emails"]
