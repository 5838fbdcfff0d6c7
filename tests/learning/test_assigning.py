"""HR assigns courses: who is meant, who sees it, what becomes of enrolments and their due days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from lms_app.accounts.models import Employment
from lms_app.accounts.service import people as accounts
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.courses.models import Course
from lms_app.learning import jobs
from lms_app.learning.models import Assignment, Enrolment
from lms_app.learning.service import assigning, enrolling
from lms_app.learning.service import studying as learning
from lms_app.organisations.models import MERGE, SPLIT, UnitSuccession
from tests import make
from tests.learning import assigned
from tests.learning.assigned import NEW, Province, assign, due_in, enrolment, links, order_of, staff, typed
from tests.web import Browser, Page


@pytest.fixture
def province(app: Flask) -> Province:
    make.course("cc-01")
    make.course("cc-02", title="An toàn thông tin")
    return assigned.build(app)


def previewed(web: Browser, province: Province, **fields: str) -> Page:
    values = {"unit": str(province.here.id), "course-1": "cc-01", "due": typed(due_in(10))} | fields
    return web.get(NEW).submit(NEW, **values)


def confirmed(page: Page) -> Page:
    done = page.submit(NEW, order=order_of(page))
    assigned.work()
    return done


def seen(web: Browser, assignment: str | UUID, **query: str) -> Page:
    return web.get(f"/hr/assignments/{assignment}", **query)


def test_what_the_preview_counts_is_what_is_done(province: Province) -> None:
    done, begun, fresh = staff(province.here, "Lê Đã Xong", "Lê Đang Học", "Lê Chưa Học")
    silent = staff(province.school, "Lê Không Thư")[0]
    silent.email = None
    make.completed(done, make.course("cc-01"))
    with transaction():
        learning.enrol(begun.id, "cc-01")
    staff(province.beside, "Lê Hàng Xóm")
    web = province.browser(province.officer)
    page = previewed(web, province)
    for said in ("Sẽ giao cho 4 người", "Đã hoàn thành, không đặt hạn1", "giữ kết quả1", "Lượt ghi danh mới2", "tử1"):
        assert said in page.text
    before = db.session.scalar(select(func.count()).select_from(Enrolment)) or 0
    shown = confirmed(page)
    assert shown.path.startswith("/hr/assignments/")
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == before + 2
    assert links(UUID(shown.path.rsplit("/")[-1])) == 4
    shown = web.get(shown.path)
    for said in ("Được giao4", "Đã hoàn thành1", "Chưa hoàn thành3", "Quá hạn0", "Chưa có thư điện tử1"):
        assert said in shown.text
    assert fresh.name in shown.text


def test_what_is_found_keeps_its_origin_and_progress_and_what_is_completed_gets_no_day(province: Province) -> None:
    done, begun, fresh = staff(province.here, "Lê Đã Xong", "Lê Đang Học", "Lê Chưa Học")
    make.completed(done, make.course("cc-01"))
    with transaction():
        learning.enrol(begun.id, "cc-01")
    due = due_in(10)
    assign(province.here, province.officer, due=due)
    found = {who.name: enrolment(who) for who in (done, begun, fresh)}
    assert [one.origin for one in found.values() if one] == ["self", "self", "assigned"]
    ends = datetime(due.year, due.month, due.day, 16, 59, 59, tzinfo=UTC)
    assert [one.due_at for one in found.values() if one] == [None, ends, ends]


def test_a_programme_is_all_its_courses_in_their_order(province: Province) -> None:
    who, other = staff(province.here, "Lê Một", "Lê Hai")
    web = province.browser(province.officer)
    shown = confirmed(previewed(web, province, **{"course-1": "cc-02", "course-2": "cc-01"}))
    assigned.finish(who, "cc-01")
    half = web.get(shown.path)
    assert "Đã hoàn thành0" in half.text
    assert half.text.index("An toàn thông tin") < half.text.index("Kỹ năng số cơ bản", half.text.index("An toàn"))
    assigned.finish(who, "cc-02")
    assert "Đã hoàn thành1" in web.get(shown.path).text
    assert other.name in web.get(shown.path, show="unfinished").text
    assert who.name not in web.get(shown.path, show="unfinished").text


def test_only_the_group_that_is_named_is_meant(province: Province) -> None:
    (leader,) = staff(province.here, "Lê Lãnh Đạo", group="LD")
    (clerk,) = staff(province.here, "Lê Chuyên Viên", group="CC")
    assign(province.here, province.officer, group="LD")
    assert enrolment(leader)
    assert enrolment(clerk) is None


def test_two_clicks_assign_once_and_a_changed_order_is_shown_again(province: Province) -> None:
    staff(province.here, "Lê Một")
    web = province.browser(province.officer)
    page = previewed(web, province)
    first = page.submit(NEW, order=order_of(page))
    assert page.submit(NEW, order=order_of(page)).path == first.path
    tab = previewed(web, province)
    changed = tab.submit(NEW, order=order_of(tab), due=typed(due_in(20)))
    assert (changed.status, "vừa thay đổi" in changed.text) == (400, True)
    assert len(db.session.scalars(select(Assignment)).all()) == 1


WRONG: Sequence[tuple[dict[str, str], str]] = (
    ({"due": "hôm nay"}, "Ghi hạn hoàn thành là một ngày"),
    ({"due": "01/01/2020"}, "Hạn phải sau ngày hôm nay"),
    ({"due": "01/01/9999"}, "Hạn xa quá 3 năm"),
    ({"course-1": ""}, "Chọn ít nhất một khóa học"),
    ({"course-1": "khong-co"}, "Khóa này chưa mở hoặc đã đóng"),
    ({"course-2": "cc-01"}, "Khóa này đã chọn ở trên"),
    ({"unit": "khong"}, "Chọn đơn vị được giao"),
    ({"group": "XX"}, "Chọn một nhóm có trong danh sách"),
    ({"group": "LD"}, "Chưa có ai thuộc nhóm này"),
    ({"title": "ă" * 201}, "Tên dài quá 200 ký tự"),
    ({"note": "ă" * 501}, "Lời nhắn dài quá 500 ký tự"),
)


@pytest.mark.parametrize(("fields", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_typed_wrong_is_named_and_stays(province: Province, fields: dict[str, str], said: str) -> None:
    staff(province.here, "Lê Một")
    page = previewed(province.browser(province.officer), province, **{"title": "Tên đã gõ"} | fields)
    assert (page.status, said in page.text) == (400, True), page.text
    assert page.form(NEW).fields["title"] == fields.get("title", "Tên đã gõ")
    assert page.form(NEW).fields["due"] == fields.get("due", typed(due_in(10)))


def test_today_is_no_due_day_and_a_course_that_is_closed_cannot_be_assigned(province: Province) -> None:
    staff(province.here, "Lê Một")
    web = province.browser(province.officer)
    assert "Hạn phải sau ngày hôm nay" in previewed(web, province, due=typed(due_in(0))).text
    db.session.get_one(Course, "cc-01").status = "draft"
    db.session.commit()
    page = web.post(
        NEW,
        **web.get(NEW).form(NEW).fields | {"unit": str(province.here.id), "course-1": "cc-01", "due": typed(due_in(5))},
    )
    assert (page.status, "Khóa này chưa mở hoặc đã đóng" in page.text) == (400, True)


def test_the_earliest_day_of_all_open_assignments_holds(province: Province) -> None:
    (who,) = staff(province.school, "Lê Một")
    late = assign(province.top, province.chief, due=due_in(30))
    early = assign(province.here, province.officer, due=due_in(5))
    assert due_of(who) == due_in(5)
    with transaction():
        assigning.close(early, assigned.by_officer(province.officer))
    assigned.work()
    assert due_of(who) == due_in(30)
    with transaction():
        assigning.change_due(late, due_in(40), assigned.by_officer(province.chief))
    assigned.work()
    assert due_of(who) == due_in(40)
    with transaction():
        assigning.close(late, assigned.by_officer(province.chief))
    assigned.work()
    assert due_of(who) is None
    assert enrolment(who)


def due_of(who: object) -> date | None:
    found = enrolment(who)  # type: ignore[arg-type]
    assert found is not None
    return (found.due_at + timedelta(hours=7)).date() if found.due_at else None


def test_due_days_follow_in_pieces(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolling, "PIECE", 2)
    people = staff(province.here, *(f"Lê {at}" for at in range(5)))
    made = assign(province.here, province.officer)
    with transaction():
        assigning.change_due(made, due_in(40), assigned.by_officer(province.officer))
    assert assigned.work() == [enrolling.DUE] * 3
    assert {due_of(who) for who in people} == {due_in(40)}


def test_a_worker_that_dies_between_two_pieces_leaves_the_rest_to_another(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolling, "PIECE", 2)
    staff(province.here, *(f"Lê {at}" for at in range(5)))
    made = assign(province.here, province.officer, works=False)
    rows = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == enrolling.ASSIGN).order_by(OutboxRow.id)).all()
    people = [[UUID(one) for one in row.payload["people"]] for row in rows]
    assert [len(one) for one in people] == [2, 2, 1]
    enrolling.enrol(made, people[0])
    db.session.rollback()  # killed before its commit
    assert links(made) == 0
    with transaction():
        enrolling.enrol(made, people[0])
    assigned.work()
    assert links(made) == 5
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 5


def test_two_assignments_of_one_course_make_one_enrolment(province: Province) -> None:
    (who,) = staff(province.here, "Lê Một")
    first, second = (assign(province.here, province.officer, works=False) for _ in range(2))
    assigned.work()
    assert enrolment(who)
    assert (links(first), links(second)) == (1, 1)


def test_who_joins_is_enrolled_at_once_or_by_the_sweep(province: Province) -> None:
    staff(province.here, "Lê Cũ")
    made = assign(province.here, province.officer)
    told, missed, other = make.person("Lê Mới"), make.person("Lê Sót"), make.person("Lê Khác")
    make.employment(told, province.school)
    make.employment(missed, province.school)
    make.employment(other, province.beside)
    with transaction():
        accounts.owe_staffed([told.id, other.id])
    assigned.work()
    assert enrolment(told)
    assert enrolment(missed) is None
    jobs.sweep()
    assigned.work()
    assert enrolment(missed)
    assert enrolment(other) is None
    assert links(made) == 3
    jobs.sweep()
    assert assigned.work() == []


def test_who_starts_tomorrow_is_enrolled_tomorrow(province: Province) -> None:
    staff(province.here, "Lê Cũ")
    assign(province.here, province.officer)
    who = make.person("Lê Mai")
    make.employment(who, province.here, since=due_in(1))
    jobs.sweep()
    assigned.work()
    assert enrolment(who) is None
    with time_machine.travel(now() + timedelta(days=1)):
        jobs.sweep()
        assigned.work()
    assert enrolment(who)


def test_who_leaves_keeps_the_enrolment_and_is_not_counted(province: Province) -> None:
    who, _ = staff(province.here, "Lê Đi", "Lê Ở")
    made = assign(province.here, province.officer)
    assigned.leave(who, due_in(-1))
    page = seen(province.browser(province.officer), made)
    assert enrolment(who)
    assert "Được giao1" in page.text
    assert who.name not in page.text


def test_who_left_before_their_piece_came_is_not_enrolled(province: Province) -> None:
    who, _ = staff(province.here, "Lê Đi", "Lê Ở")
    assign(province.here, province.officer, works=False)
    assigned.leave(who, due_in(-1))
    assigned.work()
    assert enrolment(who) is None


def test_a_closed_assignment_enrols_nobody(province: Province) -> None:
    (who,) = staff(province.here, "Lê Một")
    made = assign(province.here, province.officer, works=False)
    with transaction():
        assigning.close(made, assigned.by_officer(province.officer))
    assigned.work()
    jobs.sweep()
    assigned.work()
    assert enrolment(who) is None


def end(province: Province, kind: str, *after: object) -> None:
    """The commune of the officer ends yesterday and goes into these; its people are employed anew there."""
    province.here.valid_until = due_in(-1)
    for unit in after:
        make.add(UnitSuccession(from_id=province.here.id, to_id=unit.id, kind=kind, on=due_in(0)))  # type: ignore[attr-defined]
    for post in db.session.scalars(select(Employment).where(Employment.unit_id == province.here.id)).all():
        post.until = due_in(-1)
        make.add(Employment(person_id=post.person_id, unit_id=after[0].id, group=post.group, since=due_in(0)))  # type: ignore[attr-defined]
    db.session.commit()


def test_an_assignment_follows_its_unit_into_the_one_it_was_merged_into(province: Province) -> None:
    (who,) = staff(province.here, "Lê Một")
    made = assign(province.here, province.officer)
    new = make.unit("Xã An Bình Phú", province.top, valid_from=due_in(0))
    end(province, MERGE, new)
    (joiner,) = staff(new, "Lê Mới")
    jobs.sweep()
    assigned.work()
    assert enrolment(joiner)
    page = seen(province.browser(make.hr(new)), made)
    assert "Xã An Bình Phú" in page.text
    assert who.name in page.text
    assert "Được giao2" in page.text


def test_an_assignment_of_a_unit_that_was_split_means_nobody_and_says_so(province: Province) -> None:
    staff(province.here, "Lê Một")
    made = assign(province.here, province.officer)
    end(province, SPLIT, make.unit("Xã Một", province.top), make.unit("Xã Hai", province.top))
    page = seen(province.browser(province.chief), made)
    assert "Đơn vị không còn" in page.text
    assert "Được giao0" in page.text
    jobs.sweep()
    assert assigned.work() == []
    assert seen(province.browser(province.neighbour), made).status == 404


def test_a_neighbour_reaches_nothing_of_it_and_gets_the_answer_of_what_does_not_exist(province: Province) -> None:
    (who,) = staff(province.here, "Lê Một")
    staff(province.beside, "Lê Kia")
    made = assign(province.here, province.officer)
    web = province.browser(province.neighbour)
    nobody = seen(web, "00000000-0000-4000-8000-000000000000")
    for path in (f"/hr/assignments/{made}", f"/hr/assignments/{made}/people.xlsx", f"/hr/assignments/{made}/remind"):
        page = web.get(path)
        assert (page.status, page.text) == (404, nobody.text), path
    token = web.get(NEW).form(NEW).fields["csrf_token"]
    for path, fields in (("due", {"due": typed(due_in(9))}), ("close", {}), ("remind", {"seen": "x"})):
        page = web.post(f"/hr/assignments/{made}/{path}", csrf_token=token, **fields)
        assert (page.status, page.text) == (404, nobody.text), path
    assert who.name not in web.get("/hr/assignments").text + web.get("/hr/reminders").text
    assert str(made) not in web.get("/hr/assignments", unit=str(province.here.id), state="all").body
    refused = previewed(web, province)
    assert (refused.status, refused.text) == (404, previewed(web, province, unit=str(made)).text)
    assert str(province.here.id) not in web.get(NEW).body


def test_an_assignment_from_above_shows_each_officer_their_own_people_and_only_its_author_changes_it(
    province: Province,
) -> None:
    (mine,) = staff(province.school, "Lê Của Tôi")
    (theirs,) = staff(province.beside, "Lê Của Họ")
    made = assign(province.top, province.chief)
    web = province.browser(province.officer)
    page = seen(web, made)
    assert "Được giao1" in page.text
    assert mine.name in page.text
    assert theirs.name not in page.text
    assert "Đóng đợt giao" not in page.text
    token = web.get(NEW).form(NEW).fields["csrf_token"]
    refused = web.post(f"/hr/assignments/{made}/close", csrf_token=token)
    assert (refused.status, "cấp trên giao" in refused.text) == (403, True)
    rows = assigned.cells(web.open("GET", f"/hr/assignments/{made}/people.xlsx").data)
    assert theirs.name not in str(rows)
    line = web.get("/hr/assignments").text
    assert "0 trong 1" in line
    assert "0 trong 2" in province.browser(province.chief).get("/hr/assignments").text


def test_hr_closes_it_and_changes_the_day_on_its_page(province: Province) -> None:
    (who,) = staff(province.here, "Lê Một")
    web = province.browser(province.officer)
    made = assign(province.here, province.officer)
    wrong = seen(web, made).submit("/due", due="hôm qua")
    assert (wrong.status, wrong.form("/due").fields["due"]) == (400, "hôm qua")
    assert "Đã đổi hạn" in seen(web, made).submit("/due", due=typed(due_in(25))).text
    assigned.work()
    assert due_of(who) == due_in(25)
    page = seen(web, made)
    closed = page.submit("/close")
    assert "Đã đóng đợt giao" in closed.text
    assert page.submit("/close").status == 409
    assert "Không có đợt giao nào" in web.get("/hr/assignments").text
    assert "Kỹ năng số cơ bản" in web.get("/hr/assignments", state="closed").text


def test_the_page_and_its_file_hold_the_same_cells(province: Province) -> None:
    staff(province.here, "Lê Thị Bé Ba", "Nguyễn Văn An", "Trần O'Brien & <b>")
    made = assign(province.here, province.officer, "cc-01", "cc-02")
    web = province.browser(province.officer)
    page = seen(web, made, show="unfinished")
    rows = assigned.cells(web.open("GET", f"/hr/assignments/{made}/people.xlsx?show=unfinished").data)
    header, *lines = rows[2:]
    assert header[:4] == ["Họ và tên", "Đơn vị", "Kỹ năng số cơ bản", "An toàn thông tin"]
    assert len(lines) == 3
    at = 0
    for line in lines:
        for cell in line:
            at = page.text.index(cell, at)


@pytest.mark.parametrize(
    ("at", "overdue"),
    [("2026-12-10T16:59:59Z", 0), ("2026-12-10T17:00:00Z", 1)],
    ids=["the last second of the day", "midnight"],
)
def test_the_last_day_ends_at_midnight_local_time(province: Province, at: str, overdue: int) -> None:
    with time_machine.travel("2026-12-01T03:00:00Z"):
        (who,) = staff(province.here, "Lê Một")
        made = assign(province.here, province.officer, due=date(2026, 12, 10))
    with time_machine.travel(at):
        page = seen(province.browser(province.officer), made)
        assert f"Quá hạn{overdue}" in page.text
        assert (who.name in seen(province.browser(province.officer), made, show="overdue").text) == bool(overdue)
        mine = province.browser(who).get("/me").text
        assert ("Quá hạn từ ngày 10/12/2026" if overdue else "Hạn hôm nay, 10/12/2026") in mine


def test_the_learner_sees_the_day_and_who_assigned_it(province: Province) -> None:
    (who,) = staff(province.here, "Lê Một")
    assign(province.here, province.officer, due=due_in(22))
    web = province.browser(who)
    for path in ("/me", "/courses/cc-01"):
        text = web.get(path).text
        assert f"Hạn {typed(due_in(22))}, còn 22 ngày" in text
        assert "Được giao bởi Phạm Ngọc Lan" in text
    with reading():
        assert web.get("/courses/cc-02").status == 200
