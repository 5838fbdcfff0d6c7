"""What a checked message leads to: the address it opens, and the session that may do no more than it allows."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.accounts.login import frame_digest
from lms_app.core.clock import now
from lms_app.core.ids import new_id
from lms_app.lti import forms, recording
from lms_app.lti.claims import Launch
from lms_app.lti.forms import Place
from lms_app.lti.queries import launches

SESSION_LIFE = timedelta(hours=12)
LEARN, TEACH, DATA = "learn", "teach", "data"


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a good launch leads. Without `launch_id` there is no session: the address is secret, or a guest reads."""

    opens: str
    launch_id: UUID | None = None
    person_id: UUID | None = None
    scope: dict[str, Any] = field(default_factory=dict)
    guest: Place | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that a launch belongs to; those it has none of are None."""

    user_id: UUID
    person_id: UUID
    link_id: UUID | None = None
    enrolment_id: UUID | None = None


def record(said: Launch, sender: Row[Any], found: Found, scope: dict[str, str], opens: str) -> Opened:
    """Write the launch down. `scope`: course and use; launch, origin and the way back are added here."""
    launch_id = new_id()
    origin = forms.origins(sender.issuer, sender.auth_url, said.return_url)
    whole = {**scope, "launch": str(launch_id), "origin": origin, "back": said.return_url or ""}
    ids = {"id": launch_id, "link_id": found.link_id, "user_id": found.user_id, "enrolment_id": found.enrolment_id}
    launches.launched(**ids, **recording.as_signed(said), opens=opens, scope=whole, at=now())
    return Opened(opens, launch_id, found.person_id, whole)


def sign_in(opened: Opened) -> str:
    """A frame session for this launch; the token for its cookie."""
    token = secrets.token_urlsafe(32)
    launches.signed_in(
        digest=frame_digest(token),
        person_id=opened.person_id,
        scope=opened.scope,
        expires_at=now() + SESSION_LIFE,
    )
    return token
