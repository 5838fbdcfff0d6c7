"""A session that ends while somebody types, and what others may try with sessions."""

import logging
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.accounts.models import SignInLink
from lms_app.accounts.service import signing_in as service
from lms_app.assessment.models import AttemptItem
from lms_app.certificates.models import Certificate
from lms_app.core.db import db, transaction
from tests import make
from tests.assessment import learner
from tests.hostile import world
from tests.web import Browser, Page

TYPED = "4,9 phút"


def sign_in_on(page: Page, email: str | None, password: str = "demo-2026") -> Page:
    return page.submit("/sign-in", email=email, password=password)


def test_an_answer_typed_while_the_session_ended_is_shown_and_saved_by_one_press(app: Flask) -> None:
    web, who, question = learner.begun(app, kinds=("numeric",))
    web.client.delete_cookie("session")
    asked = question.submit("/final/", answer=TYPED)
    assert asked.status == 401
    wrong = sign_in_on(asked, who.email, "khong-dung-mat-khau")
    assert wrong.status == 400
    back = sign_in_on(wrong, who.email)
    assert TYPED in back.text
    assert "numeric" not in back.text
    after = back.submit("/final/1")
    assert after.path == "/courses/cc-01/final/2"
    answers = db.session.scalars(select(AttemptItem.answer).order_by(AttemptItem.position)).all()
    assert answers[0] == TYPED


@pytest.mark.parametrize("kind", ["single", "multiple", "gap", "order", "match"])
def test_a_chosen_answer_survives_as_well(app: Flask, kind: str) -> None:
    web, who, question = learner.begun(app, kinds=(kind,))
    web.client.delete_cookie("session")
    back = sign_in_on(question.submit("/final/", **learner.answers(question)), who.email)
    assert back.submit("/final/1").path == "/courses/cc-01/final/2"
    item = db.session.scalars(select(AttemptItem).order_by(AttemptItem.position)).first()
    assert item is not None
    assert item.answered


def test_the_reason_of_a_revocation_survives_an_ended_session(web: Browser) -> None:
    issued = make.certificate()
    hr = make.person("Phạm Ngọc Lan", "hr")
    web.sign_in(hr.email or "")
    entry = web.get(f"/hr/certificates/{issued.code}")
    web.client.delete_cookie("session")
    back = sign_in_on(entry.submit("/hr/certificates", reason="Ghi sai họ tên."), hr.email)
    assert "Ghi sai họ tên." in back.text
    done = back.submit("/hr/certificates")
    assert "Đã thu hồi" in done.text
    assert db.session.get_one(Certificate, issued.id, populate_existing=True).revoked_reason == "Ghi sai họ tên."


def test_a_held_form_sent_by_somebody_else_does_nothing(app: Flask) -> None:
    """At a shared desk the next person signs in on the page that the first one left."""
    web, _, question = learner.begun(app, kinds=("numeric",))
    web.client.delete_cookie("session")
    asked = question.submit("/final/", answer=TYPED)
    back = sign_in_on(asked, make.person().email)
    assert back.submit("/final/1").status == 404
    assert not any(db.session.scalars(select(AttemptItem.answer)))


def test_a_stale_token_while_signed_in_offers_to_send_again(web: Browser) -> None:
    who = make.person()
    web.sign_in(who.email or "")
    account = web.get("/account")
    asked = web.post("/account/name", csrf_token="cu", name="Nguyễn Thị Thu")
    assert asked.status == 400
    assert "Nguyễn Thị Thu" in asked.text
    assert "Đã lưu họ tên" in asked.submit("/account/name").text
    assert account.status == 200


@pytest.mark.parametrize(
    ("path", "end"), [("/sign-out", "/"), ("/courses/cc-01/enrol", "/courses/cc-01/lessons/bai-1")]
)
def test_a_lone_button_with_a_stale_token_is_not_lost(web: Browser, path: str, end: str) -> None:
    make.course("cc-01")
    web.sign_in(make.person().email or "")
    asked = web.post(path)
    assert asked.status == 400
    assert asked.submit(path).path == end


def test_a_stale_sign_in_page_asks_once_more_and_then_goes_on(web: Browser) -> None:
    """The sign-in itself is not kept to be sent again."""
    who = make.person()
    page = web.get("/account")
    web.client.delete_cookie("session")
    again = sign_in_on(page, who.email)
    assert again.status == 401
    assert sign_in_on(again, who.email).path == "/account"


def test_a_planted_session_is_worth_nothing_after_sign_in(app: Flask) -> None:
    """Session fixation: what the attacker knows is not what is signed in."""
    attacker, victim = Browser(app), Browser(app)
    attacker.get("/sign-in")
    planted = attacker.client.get_cookie("session")
    assert planted
    victim.client.set_cookie("session", planted.value)
    victim.sign_in(make.person().email or "")
    assert attacker.get("/account").path == "/sign-in"


def test_a_new_password_and_signing_out_everywhere_end_copies_of_the_cookie(app: Flask) -> None:
    who, web = make.person(), Browser(app)
    for path, fields in (
        ("/account/password", {"password": "mot cau dai de nho"}),
        ("/account/sign-out-everywhere", {}),
    ):
        with transaction():
            token = service.make_link(who.id)
        web.get(f"/sign-in/link/{token}").submit("/sign-in/link")
        thief = Browser(app)
        cookie = web.client.get_cookie("session")
        assert cookie
        thief.client.set_cookie("session", cookie.value)
        assert thief.get("/account").path == "/account"
        web.get("/account").submit(path, **fields)
        assert thief.get("/account").path == "/sign-in"


def test_a_switched_off_person_is_out_at_once(web: Browser) -> None:
    who = make.person()
    web.sign_in(who.email or "")
    who.active = False
    db.session.commit()
    assert web.get("/account").path == "/sign-in"


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/%5cevil.example",
        "/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/\x0b/evil.example",
        "/./\\evil.example",
    ],
)
def test_after_sign_in_one_stays_here(web: Browser, address: str) -> None:
    who = make.person()
    token = world.csrf_token(web)
    fields = {"email": who.email, "password": "demo-2026", "next": address, "csrf_token": token}
    answer = web.open("POST", "/sign-in", data=fields)
    there = answer.headers["Location"]
    assert answer.status_code == 303
    assert urlsplit(there).netloc == ""
    assert not there.startswith(("//", "/\\"))
    assert not set(there) & set("\t\r\n\x0b\\")
    assert "Set-Cookie: a" not in str(answer.headers)


def test_an_unknown_address_costs_the_same_work(web: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """One Argon2 verification with the same parameters, whoever is asked for."""
    service._nobody()
    done: list[str] = []

    class Counting:
        def verify(self, kept: str, typed: str) -> bool:
            done.append(kept.rsplit("$", 2)[0])
            return hasher.verify(kept, typed)

    hasher = service._hasher
    monkeypatch.setattr(service, "_hasher", Counting())
    no_password = make.person(email="khong@coquan.example")
    known = make.person(email="co@coquan.example")
    known.password_hash, no_password.password_hash = hasher.hash("demo-2026"), None
    db.session.commit()
    for email in ("la@coquan.example", "khong@coquan.example", "co@coquan.example"):
        assert web.sign_in(email, "khong-dung-mat-khau").status == 400
    assert len(done) == 3
    assert len(set(done)) == 1


def test_neither_password_nor_link_reaches_log_or_database(web: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    who = make.person()
    secret = "bi-mat-khong-ai-biet-17"
    web.sign_in(who.email or "", secret)
    web.sign_in(who.email or "")
    web.get("/account").submit("/account/password", password=secret)
    with transaction():
        token = service.make_link(who.id)
    web.get(f"/sign-in/link/{token}").submit("/sign-in/link")
    kept = repr(world.tables()) + caplog.text
    assert secret not in kept
    assert token not in kept
    assert db.session.scalars(select(SignInLink.digest)).all() == [service.digest(token)]


def test_the_name_of_the_host_is_not_taken_from_the_request(web: Browser) -> None:
    """A wrong Host may not end up in a page, in a redirect to elsewhere or in a mail."""
    make.course("cc-01")
    issued = make.certificate()
    headers: dict[str, Any] = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    for path in (
        "/",
        "/courses/cc-01",
        "/sign-in",
        "/lti/",
        "/lti/config.json",
        f"/v/{issued.code}",
        "/account",
        "/help",
    ):
        answer = web.open("GET", path, headers=headers)
        assert "evil.example" not in answer.get_data(as_text=True), path
        assert "evil.example" not in str(answer.headers), path
        assert "Strict-Transport-Security" not in answer.headers, path
