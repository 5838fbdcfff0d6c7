"""What an id_token says: each claim needed is checked, the rest is brought to a frozen `Launch`. Pure."""

import math
from dataclasses import dataclass
from typing import Any, TypeVar

from lms_app.core.clock import now
from lms_app.lti import forms
from lms_app.lti.models import LONG_URL
from lms_app.lti.reasons import refusal

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
LEEWAY = 60
ID = 255
RESOURCE_LINK = "LtiResourceLinkRequest"
LATER = {"LtiDeepLinkingRequest", "LtiSubmissionReviewRequest", "DataPrivacyLaunchRequest"}


@dataclass(frozen=True, slots=True)
class Launch:
    """One resource link launch whose every check has passed. Texts are cleaned; addresses are http(s) or None."""

    deployment: str
    sub: str
    name: str
    email: str
    roles: tuple[str, ...]
    context: str
    link: str
    title: str
    target: str
    custom: dict[str, str]
    lineitem: str | None
    lineitems: str | None
    scopes: tuple[str, ...]
    return_url: str | None
    locale: str

    @property
    def is_teacher(self) -> bool:
        return any(_is_role(role, "Instructor") for role in self.roles)

    @property
    def is_learner(self) -> bool:
        """Only a learner's score is sent: platforms refuse a teacher's for ever."""
        learns = any(_is_role(role, "Learner") or _is_role(role, "Student") for role in self.roles)
        return learns and not self.is_teacher


def need(holds: bool, reason: str) -> None:
    if not holds:
        raise refusal(reason)


def is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= ID and value.isprintable()


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def check_issuer(body: dict[str, Any], issuer: str, client_id: str) -> None:
    """OpenID Connect Core 3.1.3.7, points 2 to 5."""
    need(body.get("iss") == issuer, "issuer")
    audience = body.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    need(isinstance(audiences, list) and client_id in audiences, "audience")
    presenter = body.get("azp")
    need(presenter == client_id or (presenter is None and len(audiences or []) == 1), "presenter")


def check_times(body: dict[str, Any]) -> None:
    at = now().timestamp()
    need(_is_time(body.get("exp")) and body["exp"] > at - LEEWAY, "expired")
    need(_is_time(body.get("iat")) and body["iat"] < at + LEEWAY, "issued-in-future")
    need("nbf" not in body or (_is_time(body["nbf"]) and body["nbf"] < at + LEEWAY), "not-yet-valid")


def check_message(body: dict[str, Any]) -> None:
    need(body.get(f"{CLAIM}version") == "1.3.0", "version")
    kind = body.get(f"{CLAIM}message_type")
    need(not (isinstance(kind, str) and kind in LATER), "message-later")
    need(kind == RESOURCE_LINK, "message-type")


def check_people(body: dict[str, Any]) -> None:
    need(isinstance(body.get(f"{CLAIM}roles"), list), "roles")
    need(body.get("sub") is not None, "anonymous")
    need(is_id(body["sub"]), "sub")
    link = body.get(f"{CLAIM}resource_link")
    need(isinstance(link, dict) and is_id(link.get("id")), "resource-link")


Kind = TypeVar("Kind")


def _part(body: dict[str, Any], name: str, kind: type[Kind]) -> Kind:
    """An optional claim; one of the wrong type counts as absent."""
    found = body.get(name)
    return found if isinstance(found, kind) else kind()


def read(body: Any, site: str) -> Launch:
    target = body.get(f"{CLAIM}target_link_uri")
    need(forms.is_ours(target, site) and len(target) <= LONG_URL, "target")
    link, context = body[f"{CLAIM}resource_link"], _part(body, f"{CLAIM}context", dict)
    services, shown = _part(body, AGS, dict), _part(body, f"{CLAIM}launch_presentation", dict)
    return Launch(
        deployment=body[f"{CLAIM}deployment_id"],
        sub=body["sub"],
        name=_name(body),
        email=forms.plain(body.get("email"), 254),
        roles=tuple(role[:ID] for role in body[f"{CLAIM}roles"][:50] if isinstance(role, str)),
        context=context["id"] if is_id(context.get("id")) else "",
        link=link["id"],
        title=forms.plain(link.get("title"), 300),
        target=target,
        custom=_custom(_part(body, f"{CLAIM}custom", dict)),
        lineitem=forms.web_address(services.get("lineitem"), LONG_URL),
        lineitems=forms.web_address(services.get("lineitems"), LONG_URL),
        scopes=tuple(scope[:ID] for scope in _part(services, "scope", list)[:20] if isinstance(scope, str)),
        return_url=forms.web_address(shown.get("return_url"), LONG_URL),
        locale=forms.plain(shown.get("locale"), 20),
    )


def _name(body: dict[str, Any]) -> str:
    """As sent whole; else surname first, as Vietnamese names are written; else nothing."""
    parts = [forms.plain(body.get(part), 150) for part in ("family_name", "given_name")]
    return forms.plain(body.get("name"), 300) or " ".join(part for part in parts if part)


def _custom(sent: dict[str, Any]) -> dict[str, str]:
    """A value that begins with `$` is a variable the platform did not know: absent."""
    texts = {name: str(value) for name, value in sent.items() if isinstance(value, str | int) and name.isprintable()}
    return {name: value for name, value in texts.items() if value and not value.startswith("$")}


def _is_role(role: str, name: str) -> bool:
    """A role in this course: the full name, one of its sub-roles, or the short name that old platforms send."""
    root = "http://purl.imsglobal.org/vocab/lis/v2/membership"
    return role in {name, f"{root}#{name}"} or role.startswith(f"{root}/{name}#")
