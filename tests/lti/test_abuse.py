"""What somebody with bad intent tries: numbers no float holds, another's proof, rows without end."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms_app.core.audit import AuditEntry
from lms_app.core.db import db, transaction
from lms_app.lti import registry, tokens
from lms_app.lti.models import Context, Deployment, Member
from lms_app.lti.service import members
from tests.lti.classroom import lists, member, teach
from tests.lti.platform import ABSENT, Lms, Server, platform, work
from tests.lti.test_storage import kept, launched, marked

HUGE = 10**400


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
def test_a_time_that_no_float_holds_is_refused(lms: Lms, client: FlaskClient, claim: str) -> None:
    assert lms.launch(client, **{claim: HUGE}).status_code == 403


@pytest.mark.parametrize(
    "custom",
    [
        {"due": "9999-12-31T23:59:59-23:59"},
        {"due": "0001-01-01T00:00:00+14:00"},
        {"context_history": "\ud800"},
        {"resource_link_history": "a\0b"},
    ],
    ids=["due-late", "due-early", "half-character", "nul"],
)
def test_a_parameter_that_no_row_holds_counts_as_absent(lms: Lms, client: FlaskClient, custom: dict[str, str]) -> None:
    assert lms.launch(client, custom=custom).status_code == 303


@pytest.mark.parametrize("told", [HUGE, "²", "9" * 5000, float("nan"), -5])
def test_a_token_may_say_anything_of_its_life(told: Any) -> None:
    assert 0 <= tokens._life(told) <= 86400


def test_what_ones_own_storage_kept_signs_nobody_in_from_a_foreign_page(
    lms: Lms, client: FlaskClient, app: Flask
) -> None:
    """Else whoever knows a ticket and its secret of their own could have a victim learn under their name."""
    said, asked = kept(lms, client)
    ticket = marked(launched(lms, app.test_client(), asked))["ticket"]
    victim = app.test_client()
    for origin in ("https://evil.example", "null"):
        sent = victim.post("/lti/storage", data={"ticket": ticket, "kept": said["kept"]}, headers={"Origin": origin})
        assert sent.status_code == 403
        assert victim.get("/api/v1/me").status_code == 401
    frame = victim.post(
        "/lti/storage", data={"ticket": ticket, "kept": said["kept"]}, headers={"Origin": "http://127.0.0.1"}
    )
    assert frame.status_code == 303


def test_a_registration_that_waits_does_not_make_a_platform_ambiguous(
    lms: Lms, client: FlaskClient, server: Server
) -> None:
    platform(server, client_id="stranger", status="pending")
    assert lms.begin(client, client_id=ABSENT)["client_id"] == lms.client_id


def test_registering_again_and_again_adds_neither_entries_nor_deployments_without_end(lms: Lms) -> None:
    entries = select(func.count()).select_from(AuditEntry)
    with transaction():
        before = db.session.scalar(entries)
        registry.add_deployments(lms.id, ["1"], "registration")
        assert db.session.scalar(entries) == before, "it is known"
        for number in range(registry.MOST_DEPLOYMENTS + 5):
            registry.add_deployments(lms.id, [f"d{number}"], "registration")
    assert db.session.scalar(select(func.count()).select_from(Deployment)) == registry.MOST_DEPLOYMENTS


def test_a_roster_of_more_people_than_any_class_has_is_not_taken(
    lms: Lms, client: FlaskClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "MOST_MEMBERS", 3)
    lists(server, *(member(f"u-{number}") for number in range(4)))
    teach(lms, client)
    work()
    assert not db.session.scalars(select(Member)).all()
    assert db.session.scalars(select(Context.roster_error)).one() == "too large"
