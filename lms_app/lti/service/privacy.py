"""Data privacy launch: everything that is kept about one person because a platform opened this site for them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.core.errors import NotFound
from lms_app.lti import recording
from lms_app.lti.claims import Launch
from lms_app.lti.forms import Place
from lms_app.lti.queries import privacy
from lms_app.lti.reasons import refusal
from lms_app.lti.service import opening
from lms_app.lti.service.opening import Found, Opened

PAGE = "/lti/data"


def open_data(said: Launch, sender: Row[Any]) -> Opened:
    """One's own data, whatever one's role: nobody reads another's. Raises `LaunchRefused`."""
    if said.for_user not in {"", said.sub}:
        raise refusal("others-data")
    known = recording.known(sender.id, said, Place(""))
    user_id, person_id = recording.user(known, sender, said)
    scope = {"course": "", "use": opening.DATA}
    return opening.record(said, sender, Found(user_id, person_id), scope, PAGE)


def told(launch_id: UUID, lang: str) -> dict[str, Any]:
    """All of it, as plain values: what the page shows and what is downloaded. Raises `NotFound`."""
    user = privacy.user(launch_id)
    if user is None:
        raise NotFound("Lần mở này không còn ở đây. Hãy mở lại liên kết từ hệ thống học tập của đơn vị.")
    attempts, grades = privacy.attempts(user.id), privacy.grades(user.id)
    return {
        "person": _plain(user),
        "launches": _plain(privacy.launches(user.id)),
        "classes": [_plain(one) for one in privacy.classes(user.id)],
        "courses": [
            {
                **_plain(one),
                "attempts": [_plain(attempt) for attempt in attempts if attempt.enrolment_id == one.id],
                "grades": [_plain(grade) for grade in grades if grade.enrolment_id == one.id],
            }
            for one in privacy.enrolments(user.id, lang)
        ],
    }


def _plain(found: Row[Any]) -> dict[str, Any]:
    """A row without our own ids, which say nothing to anybody."""
    return {name: value for name, value in found._asdict().items() if name not in {"id", "enrolment_id"}}
