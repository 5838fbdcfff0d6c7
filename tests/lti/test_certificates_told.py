"""The certificate's address stands beside the grade, in every class of the same learner, whenever it was issued."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms_app.accounts.models import Person
from lms_app.core.db import db, transaction
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying as learning
from tests.lti.platform import SCORE, SITE, Lms, Server, work


def completes(share: float = 0.9) -> None:
    """The one learner reads all, passes, and has confirmed the name."""
    with transaction():
        enrolment = db.session.scalars(select(Enrolment)).one()
        db.session.get_one(Person, enrolment.person_id).name_source = "own"
        learning.read_all(enrolment)
        learning.record_result(enrolment.id, "kiem-tra", enrolment.version_id, share, passed=True)


def address() -> str:
    db.session.expire_all()
    return f"{SITE}/v/{db.session.scalars(select(Enrolment.certificate)).one()}"


def comments(server: Server, item: int = 6) -> list[str]:
    return [
        score["comment"]
        for asked, score in zip(
            [one for one in server.asked if one.path.endswith("/scores")], server.scores(), strict=True
        )
        if asked.path == f"/items/{item}/scores"
    ]


def test_the_comment_names_the_certificate_once_it_is_issued(lms: Lms, client: FlaskClient, server: Server) -> None:
    lms.launch(client)
    completes()
    work()
    work(2)
    assert comments(server)[-1] == f"Đã đạt bài kiểm tra cuối khóa. Giấy chứng nhận: {address()}"
    assert [score["scoreGiven"] for score in server.scores()][-1] == 90


def test_a_score_already_told_with_its_certificate_is_not_sent_again(
    lms: Lms, client: FlaskClient, server: Server
) -> None:
    lms.launch(client)
    completes()
    work()
    work(2)
    sent = len(server.scores())
    lms.launch(client)
    work(4)
    assert len(server.scores()) == sent


def test_a_class_joined_after_the_certificate_was_issued_is_told_too(lms: Lms, app: Flask, server: Server) -> None:
    lms.launch(app.test_client())
    completes()
    work()
    copy = {"context": {"id": "ctx-2"}, "resource_link": {"id": "rl-2"}}
    lms.launch(app.test_client(), ags={"scope": [SCORE], "lineitem": f"{server.url}/items/7"}, **copy)
    work(2)
    assert comments(server, 7)[-1].endswith(address())


def test_a_failed_test_tells_of_no_certificate(lms: Lms, client: FlaskClient, server: Server) -> None:
    lms.launch(client)
    with transaction():
        enrolment = db.session.scalars(select(Enrolment)).one()
        learning.record_result(enrolment.id, "kiem-tra", enrolment.version_id, 0.2, passed=False)
    work()
    assert comments(server) == ["Chưa đạt bài kiểm tra cuối khóa."]


def test_the_comment_is_in_the_learners_language(lms: Lms, client: FlaskClient, server: Server) -> None:
    lms.launch(client, launch_presentation={"locale": "en-GB"})
    completes()
    work()
    work(2)
    assert comments(server)[-1] == f"Final test passed. Certificate: {address()}"
