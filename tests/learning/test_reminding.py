"""Reminders: to whom, when, in which words; each at most once, whatever dies in between; and how they are stopped."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms_app.accounts.models import Person
from lms_app.core import mail, outbox, site
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.errors import SettingsError
from lms_app.core.ids import new_id
from lms_app.core.outbox_rows import OutboxRow
from lms_app.core.settings import Settings
from lms_app.learning import jobs, letter
from lms_app.learning.models import Reminder
from lms_app.learning.service import assigning, reminding
from lms_app.organisations.models import MERGE, UnitSuccession
from tests import make
from tests.learning import assigned
from tests.learning.assigned import Province, assign, due_in, finish, leave, staff
from tests.web import Browser, Page

MORNING = "2026-11-26T02:00:00Z"
"""Nine o'clock local time."""


@pytest.fixture
def folder(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where letters lie instead of being sent."""
    settings = replace(app.extensions["settings"], mail_url="file:", data=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    return tmp_path / "mail"


@pytest.fixture
def province(app: Flask, folder: Path) -> Iterator[Province]:
    with time_machine.travel(MORNING):
        make.course("cc-01")
        make.course("cc-02", title="An toàn thông tin")
        yield assigned.build(app)


def letters(folder: Path) -> dict[str, EmailMessage]:
    """What lies there, by address; each address once."""
    found: dict[str, EmailMessage] = {}
    for path in sorted(folder.glob("*.eml")):
        one = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(one, EmailMessage)
        assert one["To"] not in found, "two letters to one address"
        found[one["To"]] = one
    return found


def states() -> dict[str, tuple[str, str]]:
    """Name -> state and why."""
    db.session.expire_all()
    found = db.session.execute(
        select(Person.name, Reminder.state, Reminder.why).join(Reminder, Reminder.person_id == Person.id)
    )
    return {one.name: (one.state, one.why) for one in found}


def preview(web: Browser, made: UUID, **query: str) -> Page:
    return web.get(f"/hr/assignments/{made}/remind", **query)


def send(page: Page) -> Page:
    """Press the button that sends."""
    (form,) = [one for one in page.forms if one.method == "post"]
    return page.browser.post(form.action, **form.fields)


def reminded(province: Province, made: UUID, **query: str) -> Page:
    done = send(preview(province.browser(province.officer), made, **query))
    assigned.work()
    return done


def test_the_preview_says_the_letter_as_it_is_sent_and_to_how_many(province: Province, folder: Path) -> None:
    first, second, silent, off, done = staff(province.here, "Lê An", "Lê Bình", "Lê Câm", "Lê Dừng", "Lê Xong")
    silent.email, off.reminders = None, False
    db.session.commit()
    made = assign(province.here, province.officer, "cc-01", "cc-02", note="Học trước ngày họp.")
    finish(done, "cc-01")
    finish(done, "cc-02")
    finish(second, "cc-02")
    page = preview(province.browser(province.officer), made)
    for said in ("Sẽ nhận thư2", "Chưa có thư điện tử1", "Đã tắt thư nhắc1", "Gửi thư cho 2 người"):
        assert said in page.text
    log = send(page)
    assert log.path == "/hr/reminders"
    assert "2 thư được gửi" in log.text
    assigned.work()
    found = letters(folder)
    assert set(found) == {first.email, second.email}
    one = found[first.email or ""]
    assert one["Subject"] in page.text
    shown = " ".join(one.get_content().split())
    stop = one["List-Unsubscribe"].strip("<>")
    assert stop in shown
    assert shown.replace(stop.rsplit("/", 1)[1], "…") in page.text
    for said in ("Lê An", "Xã An Bình", "còn 10 ngày", "/courses/cc-01", "/courses/cc-02", "Học trước ngày họp."):
        assert said in shown
    assert "/courses/cc-02" not in found[second.email or ""].get_content()
    assert states() == {
        "Lê An": ("sent", ""),
        "Lê Bình": ("sent", ""),
        "Lê Câm": ("skipped", reminding.NO_ADDRESS),
        "Lê Dừng": ("skipped", reminding.UNWANTED),
    }


def test_who_reads_english_gets_english(province: Province, folder: Path) -> None:
    (who,) = staff(province.here, "Anna")
    who.locale = "en"
    db.session.commit()
    reminded(province, assign(province.here, province.officer))
    (found,) = letters(folder).values()
    assert found["Subject"] == "Please complete by 06/12/2026: Kỹ năng số cơ bản"
    assert "10 days left" in found.get_content()
    assert "Kỹ năng số cơ bản (English)" in found.get_content()


def test_who_got_one_in_three_days_is_left_out_unless_ticked(province: Province, folder: Path) -> None:
    staff(province.here, "Lê Một")
    made = assign(province.here, province.officer)
    reminded(province, made)
    with time_machine.travel(now() + timedelta(days=1)):
        web = province.browser(province.officer)
        page = preview(web, made)
        assert "Đã nhận trong 3 ngày qua1" in page.text
        assert "Không có ai để gửi thư" in page.text
        again = page.submit("/remind", again="1")
        assert "Gửi thư cho 1 người" in again.text
        for path in folder.glob("*"):
            path.unlink()
        send(again)
        assigned.work()
        assert len(letters(folder)) == 1
        assert "Đã nhắc tay hôm nay1" in preview(web, made, again="1").text
    with time_machine.travel(now() + timedelta(days=5)):
        assert "Gửi thư cho 1 người" in preview(province.browser(province.officer), made).text


def test_two_clicks_send_one_letter_and_a_changed_list_is_shown_again(province: Province, folder: Path) -> None:
    first, _ = staff(province.here, "Lê Một", "Lê Hai")
    made = assign(province.here, province.officer)
    web = province.browser(province.officer)
    stale, page = preview(web, made), preview(web, made)
    finish(first)
    refused = send(stale)
    assert (refused.status, "Danh sách vừa thay đổi" in refused.text) == (400, True)
    page = preview(web, made)
    send(page)
    assert send(page).status in {200, 400}
    assigned.work()
    assert len(letters(folder)) == 1


def test_one_person_kind_and_day_is_one_reminder_whoever_writes_it(province: Province) -> None:
    (who,) = staff(province.here, "Lê Một")
    made = assign(province.here, province.officer)
    for _ in range(2):
        with transaction():
            reminding.owe(made, "manual", site.today(), [who.id], "Lan")
    (known,) = db.session.scalars(select(Reminder)).all()
    rows = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == reminding.REMIND)).all()
    assert len(rows) == 1
    twin = {"kind": "manual", "on": known.on, "state": "owed", "owed_at": now(), "owed_by": ""}
    db.session.add(Reminder(assignment_id=made, person_id=who.id, **twin))
    with pytest.raises(IntegrityError):
        db.session.flush()


def take() -> outbox.Row:
    """The next letter as a worker holds it."""
    with transaction():
        (row,) = outbox.take("worker", 1, now())
    return row


def owed(province: Province, *names: str) -> UUID:
    """Reminders owed to these, none sent."""
    people = staff(province.here, *names)
    made = assign(province.here, province.officer)
    with transaction():
        reminding.owe(made, "manual", site.today(), [who.id for who in people], "Lan")
    return made


def test_a_worker_that_dies_between_sending_and_noting_sends_nothing_again(
    province: Province, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(province, "Lê Một")
    row = take()
    really = mail.deliver

    def die(*args: Any, **values: Any) -> outbox.Outcome:
        really(*args, **values)
        raise KeyboardInterrupt  # as a kill: nothing after it runs

    with monkeypatch.context() as broken:
        broken.setattr(mail, "deliver", die)
        with pytest.raises(KeyboardInterrupt):
            jobs.remind(row)
        db.session.rollback()
    assert states() == {"Lê Một": ("sending", "")}
    assert jobs.remind(row) == outbox.DONE
    assert jobs.remind(row) == outbox.DONE
    assert len(letters(folder)) == 1
    assert states() == {"Lê Một": ("unclear", reminding.DIED)}
    assert "Chưa rõ đã gửi chưa" in province.browser(province.officer).get("/hr/reminders").text


def test_a_letter_that_is_sent_is_not_sent_when_its_row_comes_again(province: Province, folder: Path) -> None:
    owed(province, "Lê Một")
    row = take()
    jobs.remind(row)
    jobs.remind(row)
    assert len(letters(folder)) == 1
    assert states() == {"Lê Một": ("sent", "")}


def test_a_mail_server_that_is_away_gets_it_later_and_one_that_refuses_is_noted(
    province: Province, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(province, "Lê Một")
    row = take()
    with monkeypatch.context() as away:
        away.setattr(mail, "deliver", lambda *_a, **_v: outbox.again("TimeoutError", host_fault=True))
        assert jobs.remind(row).state == "again"
    assert states() == {"Lê Một": ("owed", "")}
    with monkeypatch.context() as refusing:
        refusing.setattr(mail, "deliver", lambda *_a, **_v: outbox.hold("SMTP 550"))
        assert jobs.remind(row) == outbox.DONE
    assert states() == {"Lê Một": ("skipped", reminding.REFUSED)}
    assert not letters(folder)


def off(province: Province, who: Person, made: UUID) -> None:
    who.reminders = False
    db.session.commit()


def gone(province: Province, who: Person, made: UUID) -> None:
    leave(who, due_in(-1))


def done(province: Province, who: Person, made: UUID) -> None:
    finish(who)


def closed(province: Province, who: Person, made: UUID) -> None:
    with transaction():
        assigning.close(made, assigned.by_officer(province.officer))


@pytest.mark.parametrize(
    ("change", "why"),
    [(off, reminding.UNWANTED), (gone, reminding.LEFT), (done, reminding.FINISHED), (closed, reminding.CLOSED)],
)
def test_what_changed_before_it_was_sent_stops_it_and_the_log_says_why(
    province: Province, folder: Path, change: Any, why: str
) -> None:
    made = owed(province, "Lê Một")
    row = take()
    who = db.session.scalars(select(Person).where(Person.name == "Lê Một")).one()
    change(province, who, made)
    jobs.remind(row)
    assert states() == {"Lê Một": ("skipped", why)}
    assert not letters(folder)
    if change is not gone:
        assert why in province.browser(province.officer).get("/hr/reminders").text


def test_a_letter_that_waited_three_days_for_the_mail_server_is_not_sent(province: Province, folder: Path) -> None:
    owed(province, "Lê Một")
    row = take()
    with time_machine.travel(now() + timedelta(days=4)):
        jobs.remind(row)
    assert states() == {"Lê Một": ("skipped", reminding.WAITED)}
    assert not letters(folder)


def on(days: int) -> Any:
    """So many days from the beginning, at nine local time."""
    return time_machine.travel(datetime.fromisoformat(MORNING) + timedelta(days=days))


def automatic() -> int:
    """Run the hourly work twice; how many letters it owes."""
    before = len(db.session.scalars(select(Reminder.id)).all())
    for _ in range(2):
        jobs.remind_due()
        assigned.work()
    return len(db.session.scalars(select(Reminder.id)).all()) - before


def test_the_rule_reminds_on_its_days_and_no_other(province: Province, folder: Path) -> None:
    staff(province.here, "Lê Một")
    assign(province.here, province.officer, due=due_in(10))
    found = {}
    for days in range(1, 20):
        with on(days):
            found[days] = automatic()
        for path in folder.glob("*"):
            path.unlink()
    assert {days for days, letters_owed in found.items() if letters_owed} == {3, 9, 11, 17}
    assert set(found.values()) == {0, 1}
    assert {one.kind for one in db.session.scalars(select(Reminder))} == {"before", "after"}


def test_the_rule_keeps_the_night_makes_up_for_a_day_and_leaves_out_who_was_reminded_today(province: Province) -> None:
    staff(province.here, "Lê Một")
    made = assign(province.here, province.officer, due=due_in(10))
    with time_machine.travel("2026-11-28T23:59:00Z"):
        assert automatic() == 0  # 6:59 on the day
    with on(5):
        assert automatic() == 1  # no worker ran for two days
    with on(9):
        reminded(province, made)
        assert automatic() == 0


def test_an_assignment_made_after_a_day_of_the_rule_waits_for_the_next(province: Province) -> None:
    staff(province.here, "Lê Một")
    assign(province.here, province.officer, due=due_in(5))
    with on(1):
        assert automatic() == 0
    with on(4):
        assert automatic() == 1


def test_after_the_day_the_letter_says_that_it_has_passed(province: Province, folder: Path) -> None:
    staff(province.here, "Lê Một")
    assign(province.here, province.officer, due=due_in(10))
    with on(11):
        automatic()
    (found,) = letters(folder).values()
    assert found["Subject"] == "Đã quá hạn học: Kỹ năng số cơ bản"
    assert "đã qua 1 ngày" in found.get_content()


def test_leavers_are_not_reminded_and_those_of_the_merged_unit_are(province: Province, folder: Path) -> None:
    leaver, stays = staff(province.here, "Lê Đi", "Lê Ở")
    assign(province.here, province.officer, due=due_in(10))
    new = make.unit("Xã Mới", province.top, valid_from=due_in(1))
    province.here.valid_until = due_in(0)
    make.add(UnitSuccession(from_id=province.here.id, to_id=new.id, kind=MERGE, on=due_in(1)))
    leave(leaver, due_in(0))
    leave(stays, due_in(0))
    make.employment(stays, new, since=due_in(1))
    with on(3):
        automatic()
    assert set(letters(folder)) == {stays.email}


def test_an_officer_reminds_only_their_own_people_of_an_assignment_from_above(province: Province, folder: Path) -> None:
    (mine,) = staff(province.school, "Lê Của Tôi")
    staff(province.beside, "Lê Của Họ")
    made = assign(province.top, province.chief)
    page = preview(province.browser(province.officer), made)
    assert "Sẽ nhận thư1" in page.text
    reminded(province, made)
    assert set(letters(folder)) == {mine.email}


def test_the_log_shows_only_people_within_reach_and_its_file_the_same_cells(province: Province) -> None:
    (mine,) = staff(province.school, "Lê Của Tôi")
    (theirs,) = staff(province.beside, "Lê Của Họ")
    made = assign(province.top, province.chief)
    with transaction():
        reminding.owe(made, "manual", site.today(), [mine.id, theirs.id], "Phạm Ngọc Lan")
    assigned.work()
    web = province.browser(province.officer)
    for query in ({}, {"assignment": str(made)}, {"person": str(theirs.id)}, {"person": str(mine.id)}):
        page = web.get("/hr/reminders", **query)
        rows = assigned.cells(web.open("GET", "/hr/reminders.xlsx", query_string=query).data)
        assert theirs.name not in page.text + str(rows)
        assert (mine.name in page.text) == (mine.name in str(rows)) == (query.get("person") != str(theirs.id))
        at = 0
        for line in rows[1:]:
            for cell in line:
                at = page.text.index(cell, at)
    assert theirs.name in province.browser(province.chief).get("/hr/reminders").text


def test_a_closed_assignment_sends_nothing_by_hand(province: Province) -> None:
    staff(province.here, "Lê Một")
    made = assign(province.here, province.officer)
    page = preview(province.browser(province.officer), made)
    with transaction():
        assigning.close(made, assigned.by_officer(province.officer))
    assert send(page).status == 409
    assert page.browser.get(page.path).status == 409


def test_the_link_in_the_letter_stops_them_by_a_button_without_signing_in(province: Province, folder: Path) -> None:
    (who,) = staff(province.here, "Lê Một")
    reminded(province, assign(province.here, province.officer))
    (found,) = letters(folder).values()
    address = found["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1")
    web = Browser(province.app)
    page = web.get(address)
    assert who.name not in page.body
    assert "91/2025/QH15" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    db.session.refresh(who)
    assert who.reminders
    stopped = page.submit("/reminders/stop")
    assert "không còn nhận thư nhắc hạn" in stopped.text
    db.session.refresh(who)
    assert not who.reminders
    mine = province.browser(who)
    on_again = mine.get("/account").submit("/account/reminders", wanted="yes")
    assert "Đã lưu lựa chọn" in on_again.text
    db.session.refresh(who)
    assert who.reminders
    assert "Anh chị đã tắt thư nhắc hạn" in mine.get("/account").submit("/account/reminders", wanted="no").text


def test_a_link_that_was_not_made_here_stops_nobody(province: Province) -> None:
    (who,) = staff(province.here, "Lê Một")
    web = Browser(province.app)
    secret = site.settings().secret_key
    for made in (letter.token("another secret", who.id), letter.token(secret, new_id()), "x", f"{who.id.hex}.x"):
        page = web.get(f"/reminders/stop/{made}")
        assert (page.status, "chưa đủ hoặc đã bị sửa" in page.text) == (404, True)


def test_days_that_are_no_days_are_refused_at_start() -> None:
    def read(**env: str) -> Settings:
        usual = {"LMS_URL": "https://hoc.example", "LMS_SECRET_KEY": "k" * 40}
        return Settings.from_env(usual | {f"LMS_REMIND_DAYS_{name}": value for name, value in env.items()})

    assert read(BEFORE="14,7,1").remind_days_before == (14, 7, 1)
    assert read(AFTER="none").remind_days_after == ()
    for wrong in ("mai", "7;1", "-1", "366"):
        with pytest.raises(SettingsError, match="LMS_REMIND_DAYS_BEFORE"):
            read(BEFORE=wrong)
