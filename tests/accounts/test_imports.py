"""A staff list from the page to the last row: looked at before anything is written, written as a whole, never twice."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.accounts import jobs
from lms_app.accounts.models import Employment, Person, Role
from lms_app.accounts.queries import people as people_rows
from lms_app.accounts.service import applying, imports
from lms_app.core import outbox, storage, tables
from lms_app.core.audit import AuditEntry
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.organisations.models import Unit
from lms_app.web.i18n import Local
from tests import make
from tests.accounts import messy
from tests.accounts.lists import HEADER, apply, cells, counts, line, people, posts, send, sent, xlsx
from tests.core.bombs import zip_bomb
from tests.web import Browser, Page

OFFICER = "lan@coquan.example"


@pytest.fixture
def officer(app: Flask) -> Browser:
    """HR of everybody; there are two communes."""
    province = make.unit("Tỉnh Vĩnh Long", kind="province", code="VL")
    make.unit("UBND xã An Bình", province, code="AB")
    make.unit("UBND xã Bình Phú", province, code="BP")
    make.hr(email=OFFICER)
    browser = Browser(app)
    browser.sign_in(OFFICER)
    return browser


def test_a_list_is_looked_at_then_written_and_sent_again_changes_nothing(officer: Browser) -> None:
    content = xlsx(
        line(Email="Anh@coquan.example", Ngày_sinh="02/9/1985", Giới_tính="Nữ", Điện_thoại=912345678),
        line(Họ_và_tên="Lê Văn Tám", Mã_CBCCVC="AB-02", Nhóm_đối_tượng="CT kiêm nhiệm"),
    )
    page = send(officer, content)
    assert sent().state == "checked", (sent().error, sent().error_values)
    assert counts() == {"new": 2}
    assert "Nguyễn Thị Ánh" not in people()
    assert "Chưa có gì được ghi" in page.text
    page = apply(page)
    assert sent().state == "done"
    kept = people()["Nguyễn Thị Ánh"]
    assert (kept.email, kept.phone, kept.sex, kept.password_hash) == ("anh@coquan.example", "0912345678", "F", None)
    assert [(one.group, one.duty) for one in posts(people()["Lê Văn Tám"].id)] == [("CT", "part")]
    page = send(officer, content)
    assert counts() == {"unchanged": 2}
    assert "không thay đổi gì" in page.text


def unit(code: str) -> Unit:
    return db.session.scalars(select(Unit).where(Unit.code == code)).one()


def known(**values: Any) -> Person:
    """Somebody of An Bình, of whom all is known."""
    usual = {"name": "Nguyễn Thị Ánh", "email": "anh@coquan.example", "staff_code": "AB-01"}
    made = make.person(**(usual | values))
    make.employment(made, unit("AB"))
    return made


def today() -> date:
    return Local(jobs._settings()).today()


def imported(officer: Browser, *lines: Any, **fields: str) -> Page:
    return apply(send(officer, xlsx(*lines)), **fields)


def state_of_all() -> list[Any]:
    tables = (Person.__table__, Employment.__table__)
    found = [sorted(map(repr, db.session.execute(table.select()))) for table in tables]
    db.session.rollback()
    return found


# ---- whom a row means


def test_a_known_person_is_changed_where_the_row_says_more_and_an_empty_cell_changes_nothing(officer: Browser) -> None:
    who = known(birth_date=date(1985, 9, 2), phone="0912345678")
    page = send(
        officer, xlsx(line(Họ_và_tên="Nguyễn Thị Hồng Ánh", Email="anh@coquan.example", Chức_vụ="Trưởng phòng"))
    )
    assert counts() == {"changed": 1}
    assert "Nguyễn Thị Ánh" in page.text
    assert "Trưởng phòng" in page.text
    apply(page)
    after = people()["Nguyễn Thị Hồng Ánh"]
    assert (after.id, after.birth_date, after.phone, after.password_hash) == (
        who.id,
        date(1985, 9, 2),
        "0912345678",
        who.password_hash,
    )
    assert [(one.position, one.since) for one in posts(who.id)] == [("Trưởng phòng", date(2024, 1, 1))]


def test_namesakes_born_on_one_day_are_two_people(officer: Browser) -> None:
    known(birth_date=date(1985, 9, 2))
    imported(officer, line(Mã_CBCCVC="AB-99", Ngày_sinh="02/09/1985"))
    assert len(db.session.scalars(select(Person).where(Person.name == "Nguyễn Thị Ánh")).all()) == 2


def test_somebody_is_found_by_email_alone_or_code_alone_and_the_other_is_added(officer: Browser) -> None:
    who = known(staff_code=None)
    imported(officer, line(Email="anh@coquan.example", Mã_CBCCVC="AB-07"))
    assert counts() == {"changed": 1}
    assert people()["Nguyễn Thị Ánh"].staff_code == "AB-07"
    assert people()["Nguyễn Thị Ánh"].id == who.id


def fault(content: bytes, officer: Browser) -> list[str]:
    send(officer, content)
    found = imports.preview(sent().id)["faults"]
    return [f"{one['at']}: {one['message'] % one['values']}" for one in found]


def test_a_code_and_an_email_of_two_people_are_refused(officer: Browser) -> None:
    known()
    known(name="Lê Văn Tám", email="tam@coquan.example", staff_code="AB-02")
    [said] = fault(xlsx(line(Email="tam@coquan.example")), officer)
    assert "hai người khác nhau" in said


def test_a_code_of_somebody_of_another_name_and_birth_date_is_refused(officer: Browser) -> None:
    known(birth_date=date(1985, 9, 2))
    [said] = fault(xlsx(line(Họ_và_tên="Lê Văn Tám", Ngày_sinh="01/01/1990")), officer)
    assert "người khác tên và khác ngày sinh" in said


def test_a_birth_year_that_contradicts_the_known_day_is_refused(officer: Browser) -> None:
    known(birth_date=date(1985, 9, 2))
    [said] = fault(xlsx(line(Ngày_sinh=1986)), officer)
    assert "Năm sinh khác" in said
    send(officer, xlsx(line(Ngày_sinh=1985)))
    assert counts() == {"unchanged": 1}


def test_two_rows_that_disagree_about_one_person_are_both_wrong_and_name_each_other(officer: Browser) -> None:
    lines = [line(Email="a@coquan.example"), line(), line(Họ_và_tên="Lê Văn Tám"), line(Mã_CBCCVC="AB-02")]
    found = fault(xlsx(*lines), officer)
    assert [said[:17] for said in found] == ["2: Dòng 4 là cùng", "3: Dòng 2, cùng n", "4: Dòng 2 là cùng"]
    assert counts() == {"new": 1, "wrong": 3}


def test_two_equal_rows_are_one_and_two_posts_are_two(officer: Browser) -> None:
    imported(officer, line(), line(), line(Mã_đơn_vị="BP"), line(Nhóm_đối_tượng="LD"))
    assert counts() == {"new": 3, "unchanged": 1}
    found = {(one.unit_id, one.group) for one in posts(people()["Nguyễn Thị Ánh"].id)}
    assert found == {(unit("AB").id, "CC"), (unit("BP").id, "CC"), (unit("AB").id, "LD")}


def test_one_post_said_in_two_ways_is_refused(officer: Browser) -> None:
    found = fault(xlsx(line(Chức_vụ="Trưởng phòng"), line(Chức_vụ="Phó Trưởng phòng")), officer)
    assert [said[:17] for said in found] == ["2: Dòng 3 là cùng", "3: Dòng 2 là cùng"]


# ---- posts


def test_a_new_group_ends_the_old_post_so_that_earlier_figures_stay_true(officer: Browser) -> None:
    who = known()
    content = xlsx(line(Nhóm_đối_tượng="LD", Từ_ngày="01/10/2026"))
    apply(send(officer, content))
    assert [(one.group, one.since, one.until) for one in posts(who.id)] == [
        ("CC", date(2024, 1, 1), date(2026, 9, 30)),
        ("LD", date(2026, 10, 1), None),
    ]
    send(officer, content)
    assert counts() == {"unchanged": 1}


def test_a_second_unit_is_a_second_post_from_today_if_nobody_says_when(officer: Browser) -> None:
    who = known()
    imported(officer, line(Mã_đơn_vị="BP"))
    assert [one.since for one in posts(who.id)] == [date(2024, 1, 1), today()]


def test_the_last_day_of_a_post_is_written_and_seen_again(officer: Browser) -> None:
    who = known()
    content = xlsx(line(Đến_ngày="30/06/2026"))
    apply(send(officer, content))
    assert [one.until for one in posts(who.id)] == [date(2026, 6, 30)]
    send(officer, content)
    assert counts() == {"unchanged": 1}


def test_who_is_not_listed_any_more_stays_or_leaves_as_the_officer_says(officer: Browser) -> None:
    gone = known(name="Lê Văn Tám", email="tam@coquan.example", staff_code="AB-02")
    elsewhere = make.person("Trần Thị Bích")
    make.employment(elsewhere, unit("BP"))
    page = send(officer, xlsx(line()))
    assert counts() == {"new": 1, "absent": 1}
    assert "Lê Văn Tám" in page.text
    assert "Trần Thị Bích" not in page.text
    apply(page, absent="keep")
    assert posts(gone.id)[0].until is None
    page = apply(send(officer, xlsx(line())), absent="leave")
    assert "đã thôi công tác" in page.text
    assert posts(gone.id)[0].until == today() - timedelta(days=1)
    assert posts(elsewhere.id)[0].until is None
    send(officer, xlsx(line()))
    assert counts() == {"unchanged": 1}


def test_somebody_whose_row_is_wrong_is_not_absent(officer: Browser) -> None:
    known()
    send(officer, xlsx(line(Điện_thoại="12"), line(Mã_CBCCVC="AB-02")))
    assert counts() == {"new": 1, "wrong": 1}


# ---- all or nothing


def test_a_failure_in_the_middle_leaves_nothing(officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    known()
    page = send(officer, xlsx(line(Chức_vụ="Trưởng phòng"), line(Mã_CBCCVC="AB-02", Họ_và_tên="Lê Văn Tám")))
    before = state_of_all()
    with monkeypatch.context() as broken:
        broken.setattr(applying, "owe_staffed", lambda _ids: 1 / 0)
        officer.post(page.form("/apply").action, **page.form("/apply").fields)
        with transaction():
            [row] = outbox.take("worker", 5, now())
        outcome = outbox.run(row)
    assert outcome is not None
    assert outcome.state == "again"
    assert state_of_all() == before
    assert sent().state == "applying"
    assert outbox.run(row) == outbox.DONE  # as by the worker that follows one that was killed
    assert sent().state == "done"
    assert counts() == {"new": 1, "changed": 1}
    assert len(people()) == 3


def test_a_list_whose_worker_was_killed_while_checking_is_checked_again(
    officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(imports, "checked", lambda *_args: 1 / 0)
        send(officer, xlsx(line()))
    assert sent().state == "checking"
    db.session.query(OutboxRow).update({"due_at": now(), "owner": None})
    db.session.commit()
    outbox.drain()
    assert (sent().state, counts()) == ("checked", {"new": 1})


def test_a_post_that_somebody_else_ends_meanwhile_undoes_all_and_all_is_compared_again(
    officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = known()
    page = send(officer, xlsx(line(Chức_vụ="Trưởng phòng"), line(Mã_CBCCVC="AB-02", Họ_và_tên="Lê Văn Tám")))
    real = applying.prepared

    def prepared(*args: Any, **values: Any) -> applying.Writing:
        made = real(*args, **values)
        with transaction():
            db.session.query(Employment).filter_by(person_id=who.id).update({"position": "Chánh thanh tra"})
        return made

    with monkeypatch.context() as racing:
        racing.setattr(applying, "prepared", prepared)
        page = apply(page)
    assert sent().state == "checked"
    assert "đã thay đổi từ lúc kiểm tra" in page.text
    assert "Lê Văn Tám" not in people()
    apply(page)
    assert posts(who.id)[0].position == "Trưởng phòng"


def test_what_is_no_longer_as_it_was_looked_at_is_shown_again(officer: Browser) -> None:
    page = send(officer, xlsx(line(Email="anh@coquan.example")))
    known(staff_code=None, name="Nguyễn Thị Anh")
    page = apply(page)
    assert sent().state == "checked"
    assert counts() == {"changed": 1}
    apply(page)
    assert people()["Nguyễn Thị Ánh"].staff_code == "AB-01"


def test_a_second_click_and_a_late_cancel_change_nothing(officer: Browser) -> None:
    page = send(officer, xlsx(line()))
    apply(page)
    assert apply(page).text
    assert len(people()) == 2
    answer = page.submit("/cancel")
    assert answer.status == 409
    assert "không hủy được nữa" in answer.text


def test_a_cancelled_list_and_one_followed_by_another_are_not_written(officer: Browser) -> None:
    first = send(officer, xlsx(line()))
    assert send(officer, xlsx(line(Mã_CBCCVC="AB-02"))).submit("/cancel").status == 200
    assert first.submit("/apply").status == 409
    assert set(people()) == {"Phạm Ngọc Lan"}


def test_who_has_new_posts_is_told_upstairs_at_most_five_hundred_at_a_time(officer: Browser) -> None:
    imported(officer, *(line(Mã_CBCCVC=f"AB-{at}") for at in range(501)))
    told = db.session.scalars(select(OutboxRow.payload).where(OutboxRow.topic == "accounts.staffed")).all()
    assert sorted(len(one["people"]) for one in told) == [1, 500]


def test_what_was_mended_is_written_down_with_what_stood_there(officer: Browser) -> None:
    who = known()
    imported(officer, line(Họ_và_tên="Nguyễn Thị Hồng Ánh"))
    noted = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "accounts.mend")).one()
    assert (noted.subject, noted.detail) == (str(who.id), {"before": {"name": "Nguyễn Thị Ánh"}})


def test_a_name_that_only_a_platform_told_is_the_offices_word_from_now_on(officer: Browser) -> None:
    known(name_source="platform")
    imported(officer, line())
    assert people()["Nguyễn Thị Ánh"].name_source == "own"
    assert db.session.scalars(select(OutboxRow.id).where(OutboxRow.topic == "accounts.named")).all()


# ---- files


def test_wrong_rows_come_back_with_all_their_cells_and_mended_they_are_taken(officer: Browser) -> None:
    header = (*HEADER, "Ghi chú")
    rows = [line(Điện_thoại="12", STT=1) | {"Ghi chú": "Luân chuyển"}, line(Mã_CBCCVC="AB-02", Họ_và_tên="Lê Văn Tám")]
    apply(send(officer, xlsx(*rows, header=header)))
    answer = officer.open("GET", f"/hr/people/imports/{sent().id}/faults.xlsx")
    head, wrong = cells(answer.get_data())
    assert head == [*header, "Cách sửa"]
    assert wrong[:2] == [1, "Nguyễn Thị Ánh"]
    assert wrong[-2:] == [
        "Luân chuyển",
        "Dòng 2: Điện thoại: Số điện thoại gồm 9 đến 11 chữ số, ví dụ 0912345678. Hãy xem lại hoặc để trống.",
    ]
    wrong[head.index("Điện thoại")] = "0912345678"
    mended = xlsx(dict(zip(head, wrong, strict=True)), header=head)
    apply(send(officer, mended))
    assert {"Nguyễn Thị Ánh", "Lê Văn Tám"} <= set(people())


def test_the_template_is_a_list_that_is_only_empty(officer: Browser) -> None:
    content = officer.open("GET", "/hr/people/imports/template.xlsx").get_data()
    page = send(officer, content)
    assert "chưa có dòng nào dưới dòng tiêu đề" in page.text


def test_what_was_sent_is_dropped_once_it_is_read_and_the_rest_when_it_is_written(officer: Browser) -> None:
    content = xlsx(line() | {"Số CCCD": "083185001234"}, header=(*HEADER, "Số CCCD"))
    page = send(officer, content)
    assert "Cột Số CCCD được nhận ra nhưng không lưu" in page.text
    key = f"imports/staff/{sent().id}"
    assert not storage.exists(f"{key}/sent")
    assert b"083185001234" not in storage.get(f"{key}/rows")
    apply(page)
    assert not storage.exists(f"{key}/rows")


@pytest.mark.parametrize("content", [b"", None])
def test_no_file_is_asked_for_again(officer: Browser, content: bytes | None) -> None:
    fields: dict[str, Any] = {"csrf_token": officer.get("/hr/people/imports").form("/imports").fields["csrf_token"]}
    if content is not None:
        fields["list"] = (io.BytesIO(content), "a.xlsx")
    page = officer.post("/hr/people/imports", **fields)
    assert (page.status, "Chọn một tệp Excel" in page.text) == (400, True)


def test_a_file_too_large_is_refused_with_the_limit(officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LONG_LARGEST", 0)
    token = officer.get("/hr/people/imports").form("/imports").fields["csrf_token"]
    page = officer.post("/hr/people/imports", csrf_token=token, list=(io.BytesIO(b"x"), "a.xlsx"))
    assert (page.status, "Tệp lớn quá 0 MB" in page.text) == (400, True)


def test_two_hundred_megabytes_are_not_even_read(officer: Browser) -> None:
    kind = "multipart/form-data; boundary=x"
    size = {"CONTENT_LENGTH": str(200 * 1024 * 1024), "CONTENT_TYPE": kind}
    answer = officer.open("POST", "/hr/people/imports", environ_overrides=size)
    assert answer.status_code == 413
    assert "Giới hạn là 31 MB" in answer.text


def test_what_is_no_list_is_refused_on_its_page(officer: Browser) -> None:
    for content in (b"%PDF-1.7\x00", b"PK\x03\x04 no zip", xlsx(header=("A", "B"))):
        page = send(officer, content)
        assert sent().state == "refused"
        assert "Chưa nhập được danh sách" in page.text


def test_a_zip_bomb_ends_with_a_sentence(officer: Browser) -> None:
    page = send(officer, zip_bomb(xlsx(line()), 3000))
    assert sent().state == "refused"
    assert "Không đọc được tệp này" in page.text


def test_two_thousand_messy_rows_come_out_as_they_must_and_a_second_time_change_nothing(officer: Browser) -> None:
    list_ = messy.sheet(2000, [("AB", "UBND xã An Bình"), ("BP", "UBND xã Bình Phú")])
    page = send(officer, list_.content)
    assert counts() == {"new": list_.new, "unchanged": list_.unchanged, "wrong": list_.wrong}
    assert {one["at"] for one in imports.preview(sent().id)["faults"]} == set(list_.faults)
    apply(page)
    assert len(people_in("AB")) + len(people_in("BP")) == list_.new
    send(officer, list_.content)
    assert counts() == {"unchanged": list_.new + list_.unchanged, "wrong": list_.wrong}


def people_in(code: str) -> list[Any]:
    return list(db.session.scalars(select(Employment.person_id).where(Employment.unit_id == unit(code).id)))


def test_old_files_are_forgotten(officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    send(officer, xlsx(line(Điện_thoại="12")))
    monkeypatch.setattr(imports, "KEPT", timedelta(days=-1))
    jobs.forget_lists()
    assert officer.get(f"/hr/people/imports/{sent().id}/faults.xlsx").status == 404


def test_a_sender_who_lost_their_rights_meanwhile_is_refused(officer: Browser) -> None:
    page = send(officer, xlsx(line()))
    with transaction():
        db.session.query(Role).delete()
    officer_row = people_rows.person(people()["Phạm Ngọc Lan"].id)
    assert officer_row is not None
    with transaction():
        imports.confirm(sent().id, officer_row.id, leave_absent=False)
    outbox.drain()
    assert sent().state == "refused"
    assert page.status == 200
