"""A course copied in the platform keeps working, with columns of its own, and mixes nothing with the old class."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms_app.core.db import db
from lms_app.learning.models import Enrolment
from lms_app.lti.models import Context, Grade, ResourceLink
from tests import make
from tests.lti.classroom import score
from tests.lti.platform import SCORE, SITE, Lms, Server, platform, work

COPY: dict[str, Any] = {"context": {"id": "ctx-2", "title": "Lớp năm sau"}, "resource_link": {"id": "rl-2"}}


def column(server: Server, number: int) -> dict[str, Any]:
    return {"scope": [SCORE], "lineitem": f"{server.url}/items/{number}?type_id=5"}


def test_a_copied_link_opens_its_course_by_the_custom_parameter_and_makes_its_own_class(
    lms: Lms, client: FlaskClient, server: Server
) -> None:
    custom = {"course": "cc-01", "resource_link_history": "rl-1", "context_history": "ctx-1"}
    target = f"{SITE}/lti/"
    lms.launch(client, custom={"course": "cc-01"}, target_link_uri=target)
    copied = lms.launch(client, custom=custom, target_link_uri=target, ags=column(server, 7), **COPY)
    assert copied.location == "/courses/cc-01/lessons/bai-1"
    links = {link.resource_link_id: link for link in db.session.scalars(select(ResourceLink))}
    assert links["rl-1"].class_id != links["rl-2"].class_id
    assert links["rl-2"].history == "rl-1"
    classes = {found.context_id: found for found in db.session.scalars(select(Context))}
    assert (classes["ctx-2"].title, classes["ctx-2"].history) == ("Lớp năm sau", "ctx-1")


def test_a_copy_that_lost_its_parameters_is_known_by_its_history(lms: Lms, client: FlaskClient) -> None:
    make.course("cc-02")
    lms.launch(client, custom={"course": "cc-02", "lesson": "bai-2"})
    for history in ("rl-1", "rl-0,rl-1", " rl-1 , rl-0"):
        copied = lms.launch(client, target_link_uri=f"{SITE}/lti/", custom={"resource_link_history": history}, **COPY)
        assert copied.location == "/courses/cc-02/lessons/bai-2"


@pytest.mark.parametrize("named", ["rl-theirs", "rl-of-nobody"])
def test_a_history_of_another_platforms_link_opens_nothing(
    lms: Lms, server: Server, client: FlaskClient, named: str
) -> None:
    theirs = platform(server, client_id="other", issuer="https://other.example")
    assert theirs.launch(client, resource_link={"id": "rl-theirs"}).status_code == 303
    refused = lms.launch(client, target_link_uri=f"{SITE}/lti/", custom={"resource_link_history": named}, **COPY)
    assert refused.status_code == 400


@pytest.mark.parametrize("history", ["$ResourceLink.id.history", ""])
def test_a_variable_that_was_not_substituted_counts_as_absent(lms: Lms, client: FlaskClient, history: str) -> None:
    lms.launch(client, custom={"course": "cc-01", "resource_link_history": history})
    assert db.session.scalars(select(ResourceLink.history)).one() == ""


def test_progress_is_shared_and_each_link_gets_its_own_grade(lms: Lms, client: FlaskClient, server: Server) -> None:
    lms.launch(client)
    score("u-4", 0.8)
    work()
    lms.launch(client, ags=column(server, 7), **COPY)
    work()
    assert [asked.path for asked in server.asked if asked.path.endswith("/scores")] == [
        "/items/6/scores",
        "/items/7/scores",
    ]
    assert len(db.session.scalars(select(Enrolment)).all()) == 1
    grades = db.session.scalars(select(Grade)).all()
    assert len({grade.link_id for grade in grades}) == 2


def test_what_the_new_class_does_leaves_the_old_ones_column_to_the_same_learner_only(
    lms: Lms, app: Flask, server: Server
) -> None:
    lms.launch(app.test_client())
    score("u-4", 0.6)
    work()
    server.asked.clear()
    lms.launch(app.test_client(), sub="u-next-year", ags=column(server, 7), **COPY)
    work()
    assert server.scores() == []


def test_two_links_without_context_are_two_classes(lms: Lms, client: FlaskClient) -> None:
    lms.launch(client, context={})
    lms.launch(client, context={}, resource_link={"id": "rl-2"})
    assert {found.context_id for found in db.session.scalars(select(Context))} == {"link:rl-1", "link:rl-2"}


def test_the_platforms_due_date_is_the_learners(lms: Lms, client: FlaskClient) -> None:
    lms.launch(client, custom={"course": "cc-01", "due": "2026-12-15T10:00:00Z"})
    due = db.session.scalars(select(Enrolment.due_at)).one()
    assert due
    assert due.isoformat() == "2026-12-15T10:00:00+00:00"
    for odd in ("", "$ResourceLink.submission.endDateTime", "soon"):
        lms.launch(client, custom={"course": "cc-01", "due": odd})
    db.session.expire_all()
    assert db.session.scalars(select(Enrolment.due_at)).one() == due


def test_a_course_removed_after_it_was_linked_says_so_and_leaves_the_grade(
    lms: Lms, client: FlaskClient, server: Server
) -> None:
    lms.launch(client)
    score("u-4", 0.8)
    work()
    make.course("cc-01", status="closed")
    page = lms.launch(client)
    assert page.status_code == 403
    assert "đã đóng" in page.get_data(as_text=True)
    work()
    assert len(server.scores()) == 1
