"""The gradebook column of a link: told by the launch, else found, else made, else the teacher hears why not."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms_app.core import outbox
from lms_app.core.db import db, transaction
from lms_app.lti.claims import LINEITEM, LINEITEM_READ
from lms_app.lti.models import Grade, ResourceLink
from tests import make
from tests.lti.classroom import score
from tests.lti.platform import ROLE, SCORE, SITE, Lms, Said, Server, work

LIST, ITEM = "/items", "/items/6"
KIND = "application/vnd.ims.lis.v2.lineitem+json"


@pytest.fixture
def items(server: Server) -> str:
    return f"{server.url}{LIST}?type_id=5"


def launch(lms: Lms, client: FlaskClient, items: str, *scopes: str, **changes: Any) -> None:
    assert lms.launch(client, ags={"scope": [SCORE, *scopes], "lineitems": items}, **changes).status_code == 303


def listed(*found: dict[str, Any]) -> Said:
    return Said(200, json.dumps(found).encode())


def item(server: Server, number: int, **changes: Any) -> dict[str, Any]:
    usual = {"id": f"{server.url}/items/{number}?type_id=5", "resourceLinkId": "rl-1", "tag": "final"}
    return usual | {"scoreMaximum": 100, "label": "Kỹ năng số", "resourceId": "cc-01"} | changes


def link() -> ResourceLink:
    db.session.expire_all()
    return db.session.scalars(select(ResourceLink)).one()


def scored(server: Server) -> list[str]:
    return [asked.path for asked in server.asked if asked.path.endswith("/scores")]


def test_a_launch_without_line_item_finds_the_links_own_column_and_sends_the_score_there(
    lms: Lms, client: FlaskClient, server: Server, items: str
) -> None:
    others = [item(server, 1, resourceLinkId="rl-9"), item(server, 2, resourceLinkId=None), item(server, 3, tag="x")]
    server.script[LIST] = [listed(*others, item(server, 7))]
    launch(lms, client, items, LINEITEM_READ)
    score("u-4", 0.8)
    work()
    asked = server.calls(LIST)[0]
    assert (asked.method, asked.query) == ("GET", "type_id=5&resource_link_id=rl-1")
    assert asked.headers["Accept"] == "application/vnd.ims.lis.v2.lineitemcontainer+json"
    assert scored(server) == ["/items/7/scores"]
    assert link().lineitem == f"{server.url}/items/7?type_id=5"


def test_a_score_that_stood_before_the_column_was_found_is_sent_too(
    lms: Lms, client: FlaskClient, server: Server, items: str
) -> None:
    server.script[LIST] = [Said(503), listed(item(server, 7))]
    launch(lms, client, items, LINEITEM_READ)
    score("u-4", 0.8)
    work()
    assert scored(server) == []
    with transaction():
        outbox.resume("127.0.0.1")
    work()
    assert scored(server) == ["/items/7/scores"]


def test_where_there_is_none_and_we_may_one_is_made_for_the_link(
    lms: Lms, client: FlaskClient, server: Server, items: str
) -> None:
    server.script[LIST] = [listed(), Said(201, json.dumps(item(server, 8)).encode())]
    launch(lms, client, items, LINEITEM)
    score("u-4", 0.8)
    work()
    made = server.calls(LIST)[1]
    assert (made.method, made.query, made.headers["Content-Type"]) == ("POST", "type_id=5", KIND)
    assert json.loads(made.body) == {
        "scoreMaximum": 100,
        "label": "Kỹ năng số",
        "resourceLinkId": "rl-1",
        "resourceId": "cc-01",
        "tag": "final",
    }
    assert scored(server) == ["/items/8/scores"]


def test_two_learners_make_one_column(lms: Lms, client: FlaskClient, server: Server, items: str) -> None:
    server.script[LIST] = [listed(), Said(201, json.dumps(item(server, 8)).encode())]
    launch(lms, client, items, LINEITEM)
    launch(lms, client, items, LINEITEM, sub="u-5")
    work()
    assert [asked.method for asked in server.calls(LIST)] == ["GET", "POST"]
    assert len(db.session.scalars(select(Grade)).all()) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (listed(), "no line item, and no right to make one"),
        (Said(403), "HTTP 403"),
        (Said(404, b"<html>"), "HTTP 404"),
        (Said(200, b"<html>Sign in</html>"), "line items: HTTP 200, no list"),
        (Said(200, b"{}"), "line items: HTTP 200, no list"),
        (Said(200, b"[" * 30_000), "line items: HTTP 200, no list"),
        (Said(500), "HTTP 500"),
    ],
)
def test_why_there_is_no_column_stands_at_the_link(
    lms: Lms, client: FlaskClient, server: Server, items: str, answer: Said, why: str
) -> None:
    server.script[LIST] = [answer, answer]
    launch(lms, client, items, LINEITEM_READ)
    work()
    assert (link().lineitem, link().lineitem_error) == (None, why)


def test_without_a_scope_for_line_items_nothing_is_asked(
    lms: Lms, client: FlaskClient, server: Server, items: str
) -> None:
    launch(lms, client, items)
    score("u-4", 0.8)
    work()
    assert {asked.path for asked in server.asked} == {"/jwks"}


@pytest.mark.parametrize("custom", [{"course": "cc-01", "lesson": "bai-2"}, {"course": "cc-01", "grade": "no"}])
def test_a_lesson_or_a_link_whose_teacher_wants_no_column_gets_none(
    lms: Lms, client: FlaskClient, server: Server, items: str, custom: dict[str, str]
) -> None:
    launch(lms, client, items, LINEITEM, custom=custom)
    score("u-4", 0.8)
    work()
    assert server.calls(LIST) == []


def test_a_copy_that_is_known_for_a_lesson_by_its_history_gets_none(
    lms: Lms, client: FlaskClient, server: Server, items: str
) -> None:
    launch(lms, client, items, LINEITEM, custom={"course": "cc-01", "lesson": "bai-2"})
    lost = {"custom": {"resource_link_history": "rl-1"}, "target_link_uri": f"{SITE}/lti/"}
    launch(lms, client, items, LINEITEM, **lost, resource_link={"id": "rl-2"})
    work()
    assert server.calls(LIST) == []


def test_a_teachers_launch_makes_no_column(lms: Lms, client: FlaskClient, server: Server, items: str) -> None:
    launch(lms, client, items, LINEITEM, roles=[f"{ROLE}Instructor"])
    work()
    assert server.calls(LIST) == []


def test_a_column_that_is_gone_is_found_anew_at_the_next_launch(
    lms: Lms, client: FlaskClient, server: Server, items: str
) -> None:
    lms.launch(client)
    server.script["/items/6/scores"] = [Said(404)]
    score("u-4", 0.8)
    work()
    assert (link().lineitem, db.session.scalars(select(Grade.state)).one()) == (None, "held")
    server.script[LIST] = [listed(item(server, 9))]
    launch(lms, client, items, LINEITEM_READ)
    work()
    assert scored(server)[-1] == "/items/9/scores"


def test_a_token_that_ended_is_replaced_once(lms: Lms, client: FlaskClient, server: Server, items: str) -> None:
    server.script[LIST] = [Said(401), listed(item(server, 7))]
    launch(lms, client, items, LINEITEM_READ)
    work()
    assert len(server.calls("/token")) == 2
    assert link().lineitem == f"{server.url}/items/7?type_id=5"


def test_a_column_found_later_gets_no_score_of_the_course_that_the_link_led_to_before(
    lms: Lms, client: FlaskClient, server: Server, items: str
) -> None:
    make.course("cc-02")
    lms.launch(client.application.test_client(), ags={"scope": [SCORE]}, sub="u-1")
    score("u-1", 0.8)
    launch(lms, client, items, LINEITEM, sub="u-2", target_link_uri=f"{SITE}/lti/courses/cc-02")
    server.script[LIST] = [listed(item(server, 7))]
    work()
    assert scored(server) == []
