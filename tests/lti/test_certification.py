"""LTI 1.3 core as 1EdTech certifies a tool: its known bad payloads, its teachers and its students, one test each.

The Conformance Certification Guide 1.3 names the cases (6.1.1 to 6.1.3); docs/lti.md lists them with these tests.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.lti.models import Grade, Launch, LtiUser, ResourceLink
from tests.lti.platform import ABSENT, AGS, CLAIM, ROLE, SCORE, SITE, Lms, post, why_refused

Refused = Callable[[TestResponse], str]


@pytest.fixture
def refused(caplog: pytest.LogCaptureFixture) -> Refused:
    """Why a launch was refused, as the log has it: with a page for people, no session and no row."""
    caplog.set_level(logging.WARNING, logger="lms.lti")

    def reason(response: TestResponse) -> str:
        assert rows() == 0
        return why_refused(response, caplog)

    return reason


def rows() -> int:
    """All that launches leave behind."""
    kinds = (Launch, LtiUser, ResourceLink, Grade)
    return sum(db.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds)


# ---- 6.1.1 known bad payloads


def signed(lms: Lms, client: FlaskClient, *, header: dict[str, Any] | None = None, **changes: Any) -> TestResponse:
    asked = lms.begin(client)
    return post(client, asked["state"], lms.token(lms.claims(asked["nonce"], **changes), **(header or {})))


def test_no_kid_in_the_header(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    assert refused(signed(lms, client, header={"kid": ABSENT})) == "kid"


def test_an_incorrect_kid_in_the_header(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    assert refused(signed(lms, client, header={"kid": "imstester_66067"})) == "key-unknown"


def test_a_wrong_version(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    assert refused(signed(lms, client, version="11.3")) == "version"


def test_no_version(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    assert refused(signed(lms, client, version=ABSENT)) == "version"


def test_a_message_that_is_no_lti_1_3_token(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    asked = lms.begin(client)
    assert refused(post(client, asked["state"], json.dumps({"name": "badltilaunch"}))) == "token-unreadable"
    assert refused(post(client, asked["state"], lms.token({"name": "badltilaunch"}))) == "issuer"


def test_a_message_as_lti_1_1_sends_it(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    del lms
    old = {"lti_message_type": "basic-lti-launch-request", "lti_version": "LTI-1p0", "oauth_consumer_key": "k"}
    assert refused(client.post("/lti/launch", data=old)) == "state"


def test_none_of_the_lti_claims(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    asked = lms.begin(client)
    kept = {name: value for name, value in lms.claims(asked["nonce"]).items() if not name.startswith(CLAIM)}
    assert refused(post(client, asked["state"], lms.token(kept))) == "version"


@pytest.mark.parametrize(
    ("issued", "ends", "reason"),
    [(-7200, -3600, "expired"), (3600, 7200, "issued-in-future")],
)
def test_incorrect_timestamps(
    lms: Lms, client: FlaskClient, refused: Refused, issued: int, ends: int, reason: str
) -> None:
    at = int(now().timestamp())
    assert refused(signed(lms, client, iat=at + issued, exp=at + ends)) == reason


def test_no_message_type(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    assert refused(signed(lms, client, message_type=ABSENT)) == "message-type"


def test_no_roles(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    assert refused(signed(lms, client, roles=ABSENT)) == "roles"


def test_no_deployment_id(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    assert refused(signed(lms, client, deployment_id=ABSENT)) == "deployment"


def test_no_resource_link_id(lms: Lms, client: FlaskClient, refused: Refused) -> None:
    assert refused(signed(lms, client, resource_link={"title": "Kỹ năng số"})) == "resource-link"


def test_no_user_leaves_nothing_of_anybody(lms: Lms, client: FlaskClient) -> None:
    """Core 5.3.6.1: without `sub` a launch is anonymous. Whatever is read then, nobody is signed in by it."""
    signed(lms, client, sub=ABSENT)
    assert rows() == 0
    assert client.get("/api/v1/me").status_code == 401


OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("deep-linking-settings", {"message_type": "LtiDeepLinkingRequest"}),
    ("for-user", {"message_type": "LtiSubmissionReviewRequest"}),
    ("anonymous", {"message_type": "DataPrivacyLaunchRequest", "sub": ABSENT, "name": ABSENT}),
]


@pytest.mark.parametrize(("reason", "changes"), OTHERS, ids=["settings", "learner", "person"])
def test_what_another_message_must_say(
    lms: Lms, client: FlaskClient, refused: Refused, reason: str, changes: dict[str, Any]
) -> None:
    """Deep Linking 4.4, Submission Review, Data Privacy Launch: the claim without which they mean nothing."""
    assert refused(signed(lms, client, roles=[INSTRUCTOR], **changes)) == reason


# ---- 6.1.2 and 6.1.3 teachers and students

FULL: dict[str, Any] = {
    "given_name": "Hoa",
    "family_name": "Nguyễn Thị",
    "email": "hoa@lms.example",
    "locale": "vi-VN",
    "picture": "https://lms.example/hoa.jpg",
    "azp": "abc",
    "custom": {"course": "cc-01", "due": "$ResourceLink.submission.endDateTime"},
    "context": {"id": "ctx-1", "label": "CĐS 1", "title": "Chuyển đổi số", "type": ["CourseOffering"]},
    "launch_presentation": {"document_target": "iframe", "return_url": "https://lms.example/back", "locale": "vi-VN"},
    f"{CLAIM}tool_platform": {"guid": "lms.example", "name": "Trường Chính trị", "product_family_code": "another"},
    f"{CLAIM}lis": {"person_sourcedid": "hoa", "course_section_sourcedid": "cds-1"},
    "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
        "context_memberships_url": "https://lms.example/members",
        "service_versions": ["2.0"],
    },
    AGS: {"scope": [SCORE], "lineitems": "https://lms.example/items", "lineitem": "https://lms.example/items/6"},
    "https://lms.example/an-extension": {"any": ["thing"]},
}
NAMELESS = {"name": ABSENT, "given_name": ABSENT, "family_name": ABSENT, "picture": ABSENT}
INSTRUCTOR, LEARNER = f"{ROLE}Instructor", f"{ROLE}Learner"
CLASS, LESSON = "/lti/class", "/courses/cc-01/lessons/bai-1"

whoever = pytest.mark.parametrize(
    ("role", "opens"), [(INSTRUCTOR, CLASS), (LEARNER, LESSON)], ids=["instructor", "student"]
)


def opened(lms: Lms, client: FlaskClient, roles: list[str], **changes: Any) -> tuple[str, str]:
    """The address that a full launch leads to, and the name of who is signed in by it."""
    asked = lms.begin(client, target_link_uri=f"{SITE}/lti/")
    usual = FULL | {"target_link_uri": f"{SITE}/lti/", "roles": roles}
    response = post(client, asked["state"], lms.token(lms.claims(asked["nonce"], **usual | changes)))
    assert response.status_code == 303, response.get_data(as_text=True)
    who = client.get("/api/v1/me").json
    assert who is not None
    return response.location, who["name"]


@whoever
def test_a_full_launch(lms: Lms, client: FlaskClient, role: str, opens: str) -> None:
    assert opened(lms, client, [role]) == (opens, "Nguyễn Thị Hoa")


@whoever
def test_several_roles(lms: Lms, client: FlaskClient, role: str, opens: str) -> None:
    person = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
    roles = [f"{person}Student", role, f"{ROLE}Mentor", "http://purl.imsglobal.org/vocab/lis/v2/system/person#User"]
    assert opened(lms, client, roles) == (opens, "Nguyễn Thị Hoa")


@whoever
def test_a_short_role(lms: Lms, client: FlaskClient, role: str, opens: str) -> None:
    assert opened(lms, client, [role.removeprefix(ROLE)]) == (opens, "Nguyễn Thị Hoa")


@whoever
def test_an_unknown_role_beside(lms: Lms, client: FlaskClient, role: str, opens: str) -> None:
    assert opened(lms, client, [f"{ROLE}Unheard", "http://elsewhere.example/of", role]) == (opens, "Nguyễn Thị Hoa")


@pytest.mark.parametrize("roles", [[], [f"{ROLE}Unheard"]], ids=["none", "unknown"])
def test_no_role_that_is_known(lms: Lms, client: FlaskClient, roles: list[str]) -> None:
    """Such a person reads as a learner does; no grade is promised and no class is shown."""
    assert opened(lms, client, roles) == (LESSON, "Nguyễn Thị Hoa")
    assert db.session.scalar(select(func.count()).select_from(Grade)) == 0


@whoever
def test_an_email_and_no_name(lms: Lms, client: FlaskClient, role: str, opens: str) -> None:
    assert opened(lms, client, [role], **NAMELESS) == (opens, "Học viên từ Trường Chính trị")
    assert db.session.scalar(select(LtiUser.email)) == "hoa@lms.example"


@whoever
def test_names_and_no_email(lms: Lms, client: FlaskClient, role: str, opens: str) -> None:
    assert opened(lms, client, [role], name=ABSENT, email=ABSENT) == (opens, "Nguyễn Thị Hoa")


@whoever
def test_nothing_personal_but_the_id(lms: Lms, client: FlaskClient, role: str, opens: str) -> None:
    found = opened(lms, client, [role], **NAMELESS, email=ABSENT, locale=ABSENT, **{f"{CLAIM}lis": ABSENT})
    assert found == (opens, "Học viên từ Trường Chính trị")


@whoever
def test_an_email_and_no_context(lms: Lms, client: FlaskClient, role: str, opens: str) -> None:
    assert opened(lms, client, [role], **NAMELESS, context=ABSENT) == (opens, "Học viên từ Trường Chính trị")
