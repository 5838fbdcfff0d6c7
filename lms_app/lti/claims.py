"""What an id_token says: each claim needed is checked, the rest is brought to a frozen `Launch`. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from lms_app.core.clock import now
from lms_app.lti import forms
from lms_app.lti.models import LONG_URL
from lms_app.lti.reasons import refusal

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
LINEITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LINEITEM_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
LEEWAY = 60
END_OF_TIME = 1e11
"""Seconds: a number of four hundred digits is JSON, too, but no float."""

ID = 255
LONGEST_NAME = 300
RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
REVIEW = "LtiSubmissionReviewRequest"
PRIVACY = "DataPrivacyLaunchRequest"
MESSAGES = {kind: kind for kind in (RESOURCE_LINK, DEEP_LINKING, REVIEW, PRIVACY)} | {
    "LtiDataPrivacyLaunchRequest": PRIVACY
}
"""As sent -> as handled. Sakai and Tsugi name the last one differently."""

VARIABLES = {
    "resource_link_history": "$ResourceLink.id.history",
    "context_history": "$Context.id.history",
    "due": "$ResourceLink.submission.endDateTime",
}
"""Custom parameters asked for at every launch, so that a copied class finds what it was copied from. One that a
platform does not know does no harm."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One message whose every check has passed. Texts are cleaned; addresses are http(s) or None.

    `sub` is "" in an anonymous launch, `link` and `target` where the message has none. `for_user`: whose work or data
    is asked for. `deep_linking`: that claim as sent. `context_history`, `link_history`: ids that the class and the
    link were copied from. `due`: as sent.
    """

    kind: str
    deployment: str
    sub: str
    name: str
    email: str
    roles: tuple[str, ...]
    context: str
    context_title: str
    context_history: str
    link: str
    link_history: str
    title: str
    target: str
    custom: dict[str, str]
    lineitem: str | None
    lineitems: str | None
    scopes: tuple[str, ...]
    memberships_url: str | None
    product: str
    for_user: str
    deep_linking: dict[str, Any]
    due: str
    return_url: str | None
    locale: str

    @property
    def is_teacher(self) -> bool:
        return teaches(self.roles)

    @property
    def is_learner(self) -> bool:
        return learns(self.roles)

    @property
    def may_pick(self) -> bool:
        """Whoever builds the platform's course may choose content for it; it opens nothing of ours."""
        return any(_is_role(role, name) for role in self.roles for name in BUILDERS)


_IDENTITY = {"name", "given_name", "family_name", "email"}
"""A launch that tells any of these is not anonymous, so it must have a `sub` (LTI 1.3 core, 5.3.6.1)."""

BUILDERS = ("Instructor", "ContentDeveloper", "Administrator")


def need(holds: bool, reason: str) -> None:
    if not holds:
        raise refusal(reason)


def is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= ID and value.isprintable()


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < END_OF_TIME


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
    need(isinstance(kind, str) and kind in MESSAGES, "message-type")


def check_people(body: dict[str, Any]) -> None:
    """What each kind of message must say of people, link and work. Only reading works without a `sub`."""
    kind = MESSAGES[body[f"{CLAIM}message_type"]]
    need(isinstance(body.get(f"{CLAIM}roles"), list), "roles")
    need(body.get("sub") is not None or kind == RESOURCE_LINK, "anonymous")
    need(is_id(body["sub"]) if body.get("sub") is not None else not _IDENTITY & body.keys(), "sub")
    link = body.get(f"{CLAIM}resource_link")
    need(kind != RESOURCE_LINK or (isinstance(link, dict) and is_id(link.get("id"))), "resource-link")
    need(kind != DEEP_LINKING or isinstance(body.get(DEEP_LINKING_SETTINGS), dict), "deep-linking-settings")
    for_user = body.get(f"{CLAIM}for_user")
    need(kind != REVIEW or (isinstance(for_user, dict) and is_id(for_user.get("user_id"))), "for-user")


Kind = TypeVar("Kind")


def _part(body: dict[str, Any], name: str, kind: type[Kind]) -> Kind:
    """An optional claim; one of the wrong type counts as absent."""
    found = body.get(name)
    return found if isinstance(found, kind) else kind()


def read(body: Any, site: str) -> Launch:
    kind = MESSAGES[body[f"{CLAIM}message_type"]]
    target = body.get(f"{CLAIM}target_link_uri")
    need(_is_target(target, site) or (kind != RESOURCE_LINK and target is None), "target")
    link, context = _part(body, f"{CLAIM}resource_link", dict), _part(body, f"{CLAIM}context", dict)
    services, shown = _part(body, AGS, dict), _part(body, f"{CLAIM}launch_presentation", dict)
    custom = _custom(_part(body, f"{CLAIM}custom", dict))
    return Launch(
        kind=kind,
        deployment=body[f"{CLAIM}deployment_id"],
        sub=body.get("sub") or "",
        name=full_name(body),
        email=forms.plain(body.get("email"), 254),
        roles=tuple(role[:ID] for role in body[f"{CLAIM}roles"][:50] if isinstance(role, str)),
        context=_id(context),
        context_title=forms.plain(context.get("title") or context.get("label"), 300),
        context_history=custom.get("context_history", "")[:LONG_URL],
        link=_id(link),
        link_history=custom.get("resource_link_history", "")[:LONG_URL],
        title=forms.plain(link.get("title"), 300),
        target=target or "",
        custom=custom,
        lineitem=forms.web_address(services.get("lineitem"), LONG_URL),
        lineitems=forms.web_address(services.get("lineitems"), LONG_URL),
        scopes=tuple(scope[:ID] for scope in _part(services, "scope", list)[:20] if isinstance(scope, str)),
        memberships_url=forms.web_address(_part(body, NRPS, dict).get("context_memberships_url"), LONG_URL),
        product=forms.plain(_part(body, f"{CLAIM}tool_platform", dict).get("product_family_code"), 100),
        for_user=_id(_part(body, f"{CLAIM}for_user", dict), "user_id"),
        deep_linking=_part(body, DEEP_LINKING_SETTINGS, dict),
        due=custom.get("due", "")[:40],
        return_url=forms.web_address(shown.get("return_url"), LONG_URL),
        locale=forms.plain(shown.get("locale"), 20),
    )


def _is_target(target: Any, site: str) -> bool:
    return forms.is_ours(target, site) and len(target) <= LONG_URL


def _id(claim: dict[str, Any], name: str = "id") -> str:
    """An id as sent, or "" for none that could be one."""
    value = claim.get(name)
    return value if isinstance(value, str) and is_id(value) else ""


def full_name(told: dict[str, Any]) -> str:
    """As sent whole; else surname first, as Vietnamese names are written; else nothing. A roster names people alike."""
    parts = [forms.plain(told.get(part), LONGEST_NAME) for part in ("name", "family_name", "given_name")]
    return (parts[0] or " ".join(part for part in parts[1:] if part))[:LONGEST_NAME]


def _custom(sent: dict[str, Any]) -> dict[str, str]:
    """A value that begins with `$` is a variable the platform did not know: absent, as is what is no line of text."""
    texts = {name: str(value) for name, value in sent.items() if isinstance(value, str | int) and name.isprintable()}
    return {name: text for name, text in texts.items() if text and text.isprintable() and not text.startswith("$")}


def teaches(roles: Sequence[str]) -> bool:
    """Whether these roles make an instructor of this context. Administrators of a platform are none."""
    return any(_is_role(role, "Instructor") for role in roles)


def learns(roles: Sequence[str]) -> bool:
    """Only a learner's score is sent: platforms refuse a teacher's for ever."""
    return any(_is_role(role, "Learner") or _is_role(role, "Student") for role in roles) and not teaches(roles)


def _is_role(role: str, name: str) -> bool:
    """A role in this course: the full name, one of its sub-roles, or the short name that old platforms send."""
    root = "http://purl.imsglobal.org/vocab/lis/v2/membership"
    return role in {name, f"{root}#{name}"} or role.startswith(f"{root}/{name}#")
