"""Dynamic registration (1EdTech LTI Dynamic Registration 1.0): what a platform says of itself, what we ask of it. Pure.

Asked for is the least that every feature needs: no e-mail address, since nothing shows one and none decides who
somebody is. Names come in three claims, because platforms differ in which of them they send.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from lms_app.core.errors import LmsError
from lms_app.lti import forms, quirks
from lms_app.lti.claims import (
    DEEP_LINKING,
    LINEITEM,
    LINEITEM_READ,
    PRIVACY,
    RESOURCE_LINK,
    REVIEW,
    ROSTER,
    SCORE,
    VARIABLES,
    is_id,
)
from lms_app.lti.models import LONG_URL

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
ACCOUNT_NAME = "https://canvas.instructure.com/lti/account_name"
CLAIMS = ("iss", "sub", "name", "given_name", "family_name")
PLACEMENTS = ("ContentArea", "link_selection", "assignment_selection")
EXTRAS: dict[str, dict[str, str]] = {quirks.CANVAS: {"https://canvas.instructure.com/lti/privacy_level": "name_only"}}
"""What a product wants beside the specification: Canvas sends no name to a tool without this level."""

SHOWN = 200


class NotRegistered(LmsError):
    """Why a registration ended, for the administrator in the platform's frame. Nothing was stored."""

    status = HTTPStatus.BAD_REQUEST


class Closed(NotRegistered):
    status = HTTPStatus.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Tool:
    """Us: the site's address without a slash at the end, and how people call it."""

    site: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A platform that may be registered, and which of our wishes it can fulfil. `audience`: where it names one.

    `messages`: kind -> placements that both sides know. `custom`: parameters with the variables it can fill.
    """

    issuer: str
    name: str
    product: str
    auth_url: str
    token_url: str
    jwks_url: str
    registration_url: str
    audience: str
    scopes: tuple[str, ...]
    messages: dict[str, list[str]]
    custom: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """`deployment` is "" when the platform does not tell it."""

    client_id: str
    deployment: str


def elsewhere(found: Any) -> list[str]:
    """A platform's addresses on other hosts than its issuer's, which a person should look at before trusting them."""
    urls = (found.auth_url, found.token_url, found.jwks_url)
    return [url for url in urls if forms.origin_of(url) != forms.origin_of(found.issuer)]


# ---- the platform's configuration


def read(config_url: str, body: bytes) -> Offer:
    """An OpenID configuration. Raises `NotRegistered`.

    Its issuer must lie where the configuration was fetched, or one host could speak for another (section 3.5.1).
    """
    said = _object(body)
    if said is None:
        raise NotRegistered("Địa chỉ cấu hình của hệ thống không trả về cấu hình OpenID.")
    urls = _urls(said)
    issuer = urls["issuer"]
    if forms.origin_of(issuer) != forms.origin_of(config_url):
        raise NotRegistered(
            "Cấu hình này đứng tên một máy chủ khác (%(issuer)s), nên không đăng ký được.", issuer=issuer
        )
    told = _part(said, PLATFORM)
    if not _answers_for(issuer, urls["registration_endpoint"]):
        raise NotRegistered(
            "Địa chỉ nhận đăng ký (%(url)s) nằm ở máy chủ khác, nên không đăng ký được.",
            url=urls["registration_endpoint"],
        )
    return Offer(
        issuer=issuer,
        name=_name(told, urls["registration_endpoint"]),
        product=forms.plain(told.get("product_family_code"), 100),
        auth_url=urls["authorization_endpoint"],
        token_url=urls["token_endpoint"],
        jwks_url=urls["jwks_uri"],
        registration_url=urls["registration_endpoint"],
        audience=forms.web_address(said.get("authorization_server"), LONG_URL) or "",
        scopes=_scopes(said),
        messages=_messages(told),
        custom=_custom(told),
    )


NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")


def _urls(said: dict[str, Any]) -> dict[str, str]:
    found = {name: forms.web_address(said.get(name), LONG_URL) for name in NEEDED}
    wrong = [name for name, url in found.items() if url is None]
    if wrong:
        raise NotRegistered("Cấu hình của hệ thống thiếu hoặc sai: %(names)s.", names=", ".join(wrong))
    return {name: url for name, url in found.items() if url}


def _answers_for(issuer: str, url: str) -> bool:
    """Only the host that was asked takes our registration; of one issuer for all customers, each customer's own."""
    return forms.origin_of(url) == forms.origin_of(issuer) or quirks.of("", issuer).issuer_for_all


def _name(told: dict[str, Any], url: str) -> str:
    return forms.plain(told.get(ACCOUNT_NAME), SHOWN) or urlsplit(url).netloc[:SHOWN]


def _scopes(said: dict[str, Any]) -> tuple[str, ...]:
    """Scores, the columns they go to, the roster. Where columns cannot be made, at least to find them."""
    known = _texts(said.get("scopes_supported"))
    wanted = [scope for scope in (SCORE, LINEITEM, ROSTER) if not known or scope in known]
    if known and LINEITEM not in known and LINEITEM_READ in known:
        wanted.append(LINEITEM_READ)
    return tuple(wanted)


def _messages(told: dict[str, Any]) -> dict[str, list[str]]:
    """Kinds that the platform does not name are not asked for; a link can be opened everywhere."""
    listed = told.get("messages_supported")
    if not isinstance(listed, list):
        return {RESOURCE_LINK: [], DEEP_LINKING: []}
    found = {one["type"]: one for one in listed if isinstance(one, dict) and isinstance(one.get("type"), str)}
    kinds = [kind for kind in (RESOURCE_LINK, DEEP_LINKING, REVIEW, PRIVACY) if kind in found or kind == RESOURCE_LINK]
    return {kind: _placements(kind, found.get(kind, {})) for kind in kinds}


def _placements(kind: str, message: dict[str, Any]) -> list[str]:
    known = _texts(message.get("placements"))
    return [place for place in PLACEMENTS if place in known] if kind == DEEP_LINKING else []


def _custom(told: dict[str, Any]) -> dict[str, str]:
    """A variable that a platform does not know would come back as its name."""
    known = {name.removeprefix("$") for name in _texts(told.get("variables"))}
    return {name: value for name, value in VARIABLES.items() if not known or value.removeprefix("$") in known}


# ---- what we ask, what it answers


def request(offer: Offer, tool: Tool) -> bytes:
    """The registration to be posted (section 3.5.2)."""
    opens = f"{tool.site}/lti/"
    asked = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{tool.site}/lti/login",
        "redirect_uris": [f"{tool.site}/lti/launch"],
        "jwks_uri": f"{tool.site}/lti/jwks.json",
        "client_name": tool.name,
        "client_uri": tool.site,
        "policy_uri": f"{tool.site}/privacy",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(offer.scopes),
        TOOL: {
            "domain": urlsplit(tool.site).netloc,
            "description": tool.description,
            "target_link_uri": opens,
            "custom_parameters": offer.custom,
            "claims": list(CLAIMS),
            "messages": [_message(kind, places, opens) for kind, places in offer.messages.items()],
            **EXTRAS.get(quirks.name(offer.product, offer.issuer, offer.auth_url), {}),
        },
    }
    return json.dumps(asked, ensure_ascii=False).encode()


def _message(kind: str, places: list[str], opens: str) -> dict[str, Any]:
    return {"type": kind, "target_link_uri": opens} | ({"placements": places} if places else {})


def answer(body: bytes) -> Answer:
    """The platform's word that we are registered. Raises `NotRegistered` without a client_id.

    Nothing else of it is used: Moodle sends custom values back cut short.
    """
    said = _object(body) or {}
    client = said.get("client_id")
    if not isinstance(client, str) or not is_id(client):
        raise NotRegistered("Hệ thống nhận đăng ký nhưng không trả về client ID. Hãy đăng ký bằng tay.")
    deployment = _part(said, TOOL).get("deployment_id") or said.get("deployment_id") or ""
    deployment = str(deployment) if isinstance(deployment, str | int) else ""
    return Answer(client, deployment if is_id(deployment) else "")


def complaint(body: bytes) -> str:
    """What a platform said when it refused, in its own words and short: a word as Moodle's, or OAuth's error."""
    said = _object(body)
    if said is not None:
        return forms.plain(said.get("error_description") or said.get("error") or said.get("message"), SHOWN)
    text = body.decode("utf-8", "replace").strip()
    return "" if text.startswith("<") else forms.plain(text, SHOWN)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _part(said: dict[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _texts(found: Any) -> set[str]:
    return {one for one in found if isinstance(one, str)} if isinstance(found, list) else set()
