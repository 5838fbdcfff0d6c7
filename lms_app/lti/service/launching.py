"""A login begun, a launch checked and finished: each leaves all of its rows or none."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from lms_app.core.clock import now
from lms_app.lti import claims, forms, platform, recording
from lms_app.lti.claims import Launch
from lms_app.lti.models import ACTIVE
from lms_app.lti.platform import Login, Registered, digest
from lms_app.lti.queries import launches, platforms
from lms_app.lti.reasons import refusal
from lms_app.lti.service import picking, privacy, resource, reviewing
from lms_app.lti.service.opening import Opened

LOGIN_LIFE = timedelta(minutes=10)
PRUNE_ONE_IN = 32
"""Logins that were never answered are swept out by one login in so many."""


@dataclass(frozen=True, slots=True)
class Known:
    """A platform that is registered and in use: its row and what the checks need of it."""

    row: Row[Any]
    registered: Registered


@dataclass(frozen=True, slots=True)
class Expected:
    """The login that a launch says it answers. `storage`: the platform's frame that keeps what a cookie would."""

    digest: str
    nonce: str
    browser: str
    storage: str
    platform: Known


# ---- login


def known_platform(asked: Mapping[str, str]) -> Known:
    """The platform of a login: issuer with client_id, else the only one of that issuer, else by deployment."""
    found = [
        one
        for one in platforms.by_issuer(asked.get("iss", ""))
        if (asked.get("client_id") or one.client_id) == one.client_id
    ]
    if len(found) > 1 and (deployment := asked.get("lti_deployment_id")):
        found = [one for one in found if deployment in platforms.registered(one).deployments]
    if len(found) > 1:
        found = [one for one in found if one.status == ACTIVE]
    if len(found) != 1:
        raise refusal("platform-unknown")
    return _active(found[0])


def answer_login(asked: Mapping[str, str], known: Known, site: str) -> Login:
    """The answer to a login, remembered for ten minutes. A foreign target is refused, and never redirected to."""
    target = asked.get("target_link_uri", "")
    if not forms.is_ours(target, site) or len(target) > platform.LONGEST:
        raise refusal("target")
    made = platform.login(asked, lambda _issuer, _client: known.registered, f"{site}/lti/launch")
    at = now()
    if secrets.randbelow(PRUNE_ONE_IN) == 0:
        launches.prune(at)
    launches.begin(
        digest=digest(made.state),
        nonce=digest(made.nonce),
        browser=digest(made.browser),
        storage=forms.frame_name(asked.get("lti_storage_target")),
        platform_id=known.row.id,
        expires_at=at + LOGIN_LIFE,
    )
    return made


# ---- launch


def expected(state: str) -> Expected:
    """What the login of this state promised. Raises `LaunchRefused` when there is none, or none any more."""
    found = launches.pending(digest(state), now()) if state else None
    if found is None:
        raise refusal("state")
    return Expected(found.digest, found.nonce, found.browser, found.storage, _active(found))


def check(form: Mapping[str, str], awaited: Expected, site: str) -> Launch:
    """Every check that needs no row of ours. No transaction may be open: keys may have to be fetched."""
    return platform.launch(form, awaited.platform.registered, awaited.nonce, site)


def finish(said: Launch, awaited: Expected) -> Opened:
    """Write down a checked launch. The login is used up first: of two equal posts one goes on."""
    if not launches.use_pending(awaited.digest, awaited.nonce):
        raise refusal("used")
    recording.product(awaited.platform.row, said)
    return OPENERS[said.kind](said, awaited.platform.row)


OPENERS: dict[str, Callable[[Launch, Row[Any]], Opened]] = {
    claims.RESOURCE_LINK: resource.open_link,
    claims.DEEP_LINKING: picking.begin,
    claims.REVIEW: reviewing.open_review,
    claims.PRIVACY: privacy.open_data,
}
"""What each kind of message does."""


def _active(found: Row[Any]) -> Known:
    if found.status != ACTIVE:
        raise refusal(f"platform-{found.status}")
    return Known(found, platforms.registered(found))
