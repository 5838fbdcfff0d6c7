"""A class at the tests' platform: teacher and learners launch, the platform lists its members."""

import json
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from lms_app.assessment import service as assessment
from lms_app.core.db import db, transaction
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying as learning
from lms_app.lti.models import LtiUser
from tests.lti.platform import CLAIM, ROLE, Lms, Said, Server

NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
TEACHER = [f"{ROLE}Instructor"]
MEMBERS = "/members/7"


def teach(lms: Lms, client: FlaskClient, **changes: Any) -> None:
    """A teacher opens the link; the platform offers the roster of the class."""
    service = {"context_memberships_url": f"{lms.server.url}{MEMBERS}", "service_versions": ["2.0"]}
    usual: dict[str, Any] = {"sub": "t-1", "name": "Trần Quốc Toản", "roles": TEACHER, NRPS: service}
    answer = lms.launch(client, **usual | {"context": {"id": "ctx-1", "title": "Lớp Tin học 1"}} | changes)
    assert (answer.status_code, answer.location) == (303, "/lti/class"), answer.get_data(as_text=True)


def learn(lms: Lms, client: FlaskClient, sub: str, name: Any = "", **changes: Any) -> None:
    """A learner opens the link, in a browser that nobody used before."""
    answer = lms.launch(client.application.test_client(), sub=sub, name=name, **changes)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def member(sub: str | None, name: str = "", *roles: str, **values: Any) -> dict[str, Any]:
    """As Moodle lists somebody: short names of roles, status always there."""
    told = {"status": "Active", "name": name, "roles": list(roles) or ["Learner"], **values}
    return told if sub is None else {"user_id": sub, **told}


def page(*members: dict[str, Any], link: str = "") -> Said:
    body = {"id": "x", "context": {"id": "ctx-1"}, "members": list(members)}
    return Said(body=json.dumps(body).encode(), headers={"Link": link} if link else {})


def lists(server: Server, *members: dict[str, Any], **values: Any) -> None:
    """What the platform answers to the next question for members."""
    server.script.setdefault(MEMBERS, []).append(page(*members, **values))


def enrolment(sub: str, course: str = "cc-01") -> Enrolment:
    db.session.expire_all()
    which = select(Enrolment).join(LtiUser, LtiUser.person_id == Enrolment.person_id)
    return db.session.scalars(which.where(LtiUser.sub == sub, Enrolment.course_id == course)).one()


def score(sub: str, share: float, course: str = "cc-01") -> None:
    """The result of a test, without its attempt."""
    with transaction():
        found = enrolment(sub, course)
        learning.record_result(found.id, "kiem-tra", found.version_id, share, passed=share >= 0.6)


def play(sub: str, share: float, course: str = "cc-01") -> Enrolment:
    """Read everything and take the final test."""
    with transaction():
        found = enrolment(sub, course)
        learning.read_all(found)
    with transaction():
        assessment.play(found.person_id, course, share)
    return enrolment(sub, course)


def for_user(sub: str) -> dict[str, Any]:
    return {f"{CLAIM}for_user": {"user_id": sub}}
