"""Who a platform's user is here: linked by the account's own sign-in or by mail to it, undone from either side."""

import re
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms_app.accounts.models import Person, Role
from lms_app.certificates.queries import register as certificates
from lms_app.core import outbox
from lms_app.core.db import db, transaction
from lms_app.core.settings import Settings
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying as learning
from lms_app.lti.models import AccountLink, Grade, LtiUser
from lms_app.lti.queries import owed
from tests import make
from tests.lti.platform import ABSENT, Lms, Server, work
from tests.web import Browser, Page

EMAIL = "hoa.nguyen@coquan.example"
FINAL = "/courses/cc-01/final"


@pytest.fixture
def account(app: Flask) -> Person:
    del app
    return make.person("Nguyễn Thị Hoa", "hr", email=EMAIL)


@pytest.fixture
def frame(lms: Lms, app: Flask) -> Browser:
    """A learner in the frame."""
    browser = Browser(app)
    lms.launch(browser.client)
    return browser


def me(frame: Browser) -> dict[str, object]:
    found: dict[str, object] = frame.open("GET", "/api/v1/me").json or {}
    return found


def link(frame: Browser, password: str = "demo-2026", email: str = EMAIL) -> Page:
    return frame.get("/lti/account").submit("/lti/account/sign-in", email=email, password=password)


def finish(person_id: object) -> None:
    """All lessons read and the test passed."""
    with transaction():
        enrolment = learning.enrol(person_id, "cc-01")  # type: ignore[arg-type]
        learning.read_all(enrolment)
        learning.record_result(enrolment.id, "kiem-tra", enrolment.version_id, 0.9, passed=True)


def test_the_page_says_what_the_platform_told_and_when(lms: Lms, app: Flask) -> None:
    browser = Browser(app)
    lms.launch(browser.client, email="hoa@truong.example")
    text = browser.get("/lti/account").text
    for told in ("Trường Chính trị", "Nguyễn Thị Hoa", "hoa@truong.example", "chưa nối"):
        assert told in text


def test_the_accounts_password_links_it_and_the_frame_stays_in_its_course(frame: Browser, account: Person) -> None:
    before = me(frame)
    assert "Đã nối tài khoản" in link(frame).text
    after = me(frame)
    assert (before["email"], after["id"], after["email"]) == (None, str(account.id), EMAIL)
    assert (after["roles"], after["scope"]) == ([], {"course": "cc-01", "teacher": False})
    assert frame.get("/hr/certificates").status == 403
    assert db.session.scalars(select(Role.name)).all() == ["hr"]


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong-one"), ("nobody@coquan.example", "demo-2026"), (EMAIL, ""), ("x", "y")]
)
def test_a_wrong_password_links_nothing_and_keeps_what_was_typed(
    frame: Browser, account: Person, email: str, password: str
) -> None:
    page = link(frame, password, email)
    assert page.status == 400
    assert f'value="{email}"' in page.body
    assert me(frame)["id"] != str(account.id)


def test_the_same_address_told_by_the_platform_links_nothing(lms: Lms, app: Flask, account: Person) -> None:
    browser = Browser(app)
    lms.launch(browser.client, email=EMAIL)
    assert me(browser)["id"] != str(account.id)


def test_what_was_learned_goes_along_and_comes_back_when_undone(frame: Browser, account: Person) -> None:
    own = db.session.scalars(select(LtiUser.person_id)).one()
    enrolment = db.session.scalars(select(Enrolment.id)).one()
    link(frame)
    assert db.session.scalars(select(Enrolment.person_id).where(Enrolment.id == enrolment)).one() == account.id
    undone = frame.get("/lti/account").submit("/lti/account/undo")
    assert "Đã bỏ nối" in undone.text
    db.session.expire_all()
    assert db.session.scalars(select(Enrolment.person_id).where(Enrolment.id == enrolment)).one() == own
    assert me(frame)["id"] == str(own)
    assert db.session.scalars(select(AccountLink.undone_at)).one() is not None


def test_an_account_with_progress_of_its_own_keeps_it_and_its_score_goes_to_the_platform(
    frame: Browser, account: Person, server: Server
) -> None:
    finish(account.id)
    link(frame)
    work()
    assert [score["scoreGiven"] for score in server.scores()] == [90]
    assert len(db.session.scalars(select(Enrolment)).all()) == 2
    frame.get("/lti/account").submit("/lti/account/undo")
    grade = db.session.scalars(select(Grade)).one()
    assert db.session.get_one(Enrolment, grade.enrolment_id).person_id != account.id


def test_a_certificate_moves_with_its_enrolment(lms: Lms, app: Flask, account: Person) -> None:
    browser = Browser(app)
    lms.launch(browser.client)
    own = db.session.scalars(select(LtiUser.person_id)).one()
    with transaction():
        db.session.get_one(Person, own).name_source = "own"
    finish(own)
    work()
    link(browser)
    work()
    assert len(certificates.mine(account.id)) == 1
    assert len(certificates.mine(own)) == 0


def test_the_next_launch_finds_the_linked_account(frame: Browser, lms: Lms, app: Flask, account: Person) -> None:
    link(frame)
    again = Browser(app)
    lms.launch(again.client, name="Tên Khác")
    assert (me(again)["id"], me(again)["name"]) == (str(account.id), "Nguyễn Thị Hoa")


def test_one_link_at_a_time(frame: Browser, account: Person) -> None:
    make.person("Người Khác", email="khac@coquan.example")
    page = frame.get("/lti/account")
    link(frame)
    assert page.submit("/lti/account/sign-in", email="khac@coquan.example", password="demo-2026").status == 409
    assert me(frame)["id"] == str(account.id)


def mail_text(app: Flask) -> str:
    """The newest mail."""
    settings: Settings = app.extensions["settings"]
    newest = max(Path(settings.data / "mail").glob("*.eml"))
    text = message_from_bytes(newest.read_bytes()).get_payload(decode=True)
    assert isinstance(text, bytes)
    return text.decode()


def mailed(app: Flask) -> str:
    """The path that it asks to open."""
    found = re.search(r"http://\S+(/lti/account/confirm/\S+)", mail_text(app))
    assert found
    return found[1]


def test_a_mail_to_the_account_asks_and_its_yes_links(
    frame: Browser, app: Flask, account: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mail_into_files(app, monkeypatch)
    asked = frame.get("/lti/account").submit("/lti/account/mail", email=EMAIL)
    assert "Đã gửi thư" in asked.text
    work()
    owner = Browser(app)
    question = owner.get(mailed(app))
    assert "Nguyễn Thị Hoa từ Trường Chính trị" in question.text
    assert me(frame)["id"] != str(account.id), "a mail scanner that opens the link changes nothing"
    assert "Đã nối tài khoản" in question.submit("/lti/account/confirm").text
    assert me(frame)["id"] == str(account.id)
    assert owner.get(question.path).status == 400, "once"
    assert owner.get("/api/v1/me").status == 401, "nobody is signed in by it"


def test_a_name_that_is_an_address_or_endless_is_no_text_of_our_mail(
    lms: Lms, app: Flask, account: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mail_into_files(app, monkeypatch)
    browser = Browser(app)
    lms.launch(browser.client, name="Hoa mở https://xau.example/dang-nhap ngay " + "a" * 200)
    browser.get("/lti/account").submit("/lti/account/mail", email=EMAIL)
    work()
    assert "xau.example" not in mail_text(app)
    assert "a" * 61 not in mail_text(app)


def test_signing_out_everywhere_ends_the_frames_too(frame: Browser, app: Flask, account: Person) -> None:
    link(frame)
    owner = Browser(app)
    owner.sign_in(EMAIL)
    owner.get("/account").submit("/account/sign-out-everywhere")
    assert frame.open("GET", "/api/v1/me").status_code == 401


def test_an_unknown_address_gets_the_same_answer_and_no_mail(frame: Browser, app: Flask) -> None:
    page = frame.get("/lti/account").submit("/lti/account/mail", email="ai.do@coquan.example")
    assert "Đã gửi thư" in page.text
    assert outbox.drain() == []
    assert frame.get("/lti/account").submit("/lti/account/mail", email="?").status == 400


def test_the_account_itself_sees_the_link_and_lets_go(frame: Browser, app: Flask, account: Person) -> None:
    link(frame)
    owner = Browser(app)
    owner.sign_in(EMAIL)
    page = owner.get("/lti/linked")
    assert "Trường Chính trị" in page.text
    stranger = Browser(app)
    stranger.sign_in(make.person("Người Lạ").email or "")
    action = page.form("/undo").action
    token = stranger.get("/account").form("/account/name").fields["csrf_token"]
    assert stranger.post(action, csrf_token=token).status == 404
    assert "Đã bỏ nối" in page.submit("/undo").text
    assert me(frame)["id"] != str(account.id)


def test_a_visitor_or_a_member_has_no_such_page(app: Flask, account: Person) -> None:
    assert app.test_client().get("/lti/account").status_code == 303
    owner = Browser(app)
    owner.sign_in(account.email or "")
    assert owner.get("/lti/account").status == 403


# ---- the name on the certificate


def test_the_name_is_confirmed_before_the_test_and_a_platform_changes_it_no_more(
    frame: Browser, lms: Lms, client: FlaskClient
) -> None:
    finish_lessons()
    intro = frame.get(FINAL)
    assert intro.form("/final").fields["name"] == "Nguyễn Thị Hoa"
    assert intro.submit("/final", name="Nguyễn 7").status == 400
    started = intro.submit("/final", name="Nguyễn Thị Hòa")
    assert started.status == 200
    person = db.session.scalars(select(Person)).one()
    db.session.refresh(person)
    assert (person.name, person.name_source) == ("Nguyễn Thị Hòa", "own")
    lms.launch(client, name="Nguyễn Thị Hoa")
    db.session.refresh(person)
    assert person.name == "Nguyễn Thị Hòa"


def test_a_nameless_learner_types_the_name(lms: Lms, app: Flask) -> None:
    browser = Browser(app)
    lms.launch(browser.client, name=ABSENT)
    finish_lessons()
    intro = browser.get(FINAL)
    assert intro.form("/final").fields["name"] == ""
    page = intro.submit("/final", name="  ")
    assert page.status == 400
    assert "Ghi họ tên bằng chữ" in page.text


def test_no_certificate_is_issued_under_a_name_that_only_the_platform_told(frame: Browser) -> None:
    person = db.session.scalars(select(Person)).one()
    finish(person.id)
    work()
    assert certificates.mine(person.id) == []
    page = frame.get("/courses/cc-01/certificate")
    assert page.form("/certificate").fields["seen"] == "Nguyễn Thị Hoa"
    assert page.submit("/certificate", name="").status == 400
    page.submit("/certificate", name="Nguyễn Thị Hoa")
    work()
    assert [issued.full_name for issued in certificates.mine(person.id)] == ["Nguyễn Thị Hoa"]


def finish_lessons() -> None:
    with transaction():
        learning.read_all(db.session.scalars(select(Enrolment)).one())


def _mail_into_files(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, mail_url="file:"))
    for old in (settings.data / "mail").glob("*.eml"):  # of other tests, some of them dated in the future
        old.unlink()


# ---- what an undone link must not leave behind


def improve(enrolment_id: object, share: float) -> None:
    with transaction():
        found = db.session.get_one(Enrolment, enrolment_id)
        learning.record_result(found.id, "kiem-tra", found.version_id, share, passed=share >= 0.6)


def test_an_undone_link_tells_the_platform_nothing_more_of_the_account(
    lms: Lms, app: Flask, account: Person, server: Server
) -> None:
    make.course("cc-02")
    frame = Browser(app)
    lms.launch(frame.client)
    link(frame)
    second = {"target_link_uri": "http://127.0.0.1/lti/courses/cc-02", "resource_link": {"id": "rl-2"}}
    lms.launch(frame.client, **second)
    frame.get("/lti/account").submit("/lti/account/undo")
    with transaction():
        theirs = learning.enrol(account.id, "cc-02").id
    improve(theirs, 0.4)
    work()
    assert server.scores() == []
    assert owed.grades(None, owed.STATES) == [], "nor does the operator see it as this user's"


def test_of_two_users_of_one_account_the_one_that_leaves_is_not_graded_for_the_other(
    lms: Lms, app: Flask, account: Person, server: Server
) -> None:
    first, second = Browser(app), Browser(app)
    lms.launch(first.client, sub="u-1")
    lms.launch(second.client, sub="u-2")
    link(first)
    link(second)
    own = db.session.scalars(select(AccountLink.own_person_id).order_by(AccountLink.at)).first()
    first.get("/lti/account").submit("/lti/account/undo")
    with transaction():
        mine = learning.enrol(own, "cc-01").id  # type: ignore[arg-type]
    improve(mine, 0.9)
    work()
    assert [score["userId"] for score in server.scores()] == ["u-1"]


def test_an_undone_link_leaves_to_the_account_what_it_has_completed_itself(
    frame: Browser, app: Flask, account: Person
) -> None:
    del app
    link(frame)
    finish(account.id)
    work()
    assert len(certificates.mine(account.id)) == 1
    assert "Đã bỏ nối" in frame.get("/lti/account").submit("/lti/account/undo").text
    work()
    assert [one.full_name for one in certificates.mine(account.id)] == ["Nguyễn Thị Hoa"]
    assert db.session.scalars(select(Enrolment.person_id).where(Enrolment.person_id == account.id)).all()


def test_a_link_can_be_undone_although_the_own_person_has_begun_the_course_anew(
    frame: Browser, account: Person
) -> None:
    link(frame)
    own = db.session.scalars(select(AccountLink.own_person_id)).one()
    with transaction():
        learning.enrol(own, "cc-01")
    assert "Đã bỏ nối" in frame.get("/lti/account").submit("/lti/account/undo").text
    assert me(frame)["id"] == str(own)
    assert account.id in db.session.scalars(select(Enrolment.person_id)).all()


def test_what_waited_for_a_name_is_certified_once_an_account_with_one_is_linked(
    frame: Browser, account: Person
) -> None:
    own = db.session.scalars(select(LtiUser.person_id)).one()
    finish(own)
    work()
    assert certificates.mine(own) == []
    link(frame)
    work()
    assert [one.full_name for one in certificates.mine(account.id)] == ["Nguyễn Thị Hoa"]


def test_nobody_renames_a_linked_account_from_a_frame(frame: Browser, account: Person) -> None:
    link(frame)
    token = frame.get("/lti/account").form("/lti/account/undo").fields["csrf_token"]
    frame.post("/courses/cc-01/certificate", csrf_token=token, name="Kẻ Mạo Danh")
    db.session.expire_all()
    assert db.session.get_one(Person, account.id).name == "Nguyễn Thị Hoa"
