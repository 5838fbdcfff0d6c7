"""LTI Dynamic Registration 1.0, which the library has not: as strict as Moodle 5.1 is."""

from typing import Any
from urllib.parse import urlsplit

from lti1p3platform.registration import Registration

from tests.journeys.platform.library import SCOPES, Config

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CLAIMS = ("sub", "iss", "name", "given_name", "family_name", "email")
NAMES = {"name", "given_name", "family_name"}
MESSAGES = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest", "DataPrivacyLaunchRequest")
VARIABLES = ("Context.id.history", "ResourceLink.id.history", "ResourceLink.submission.endDateTime")
TEXTS = ("initiate_login_uri", "client_name", "jwks_uri")


class Refused(Exception):
    """The bare word that the platform answers with 400."""


def configuration(url: str, product: str) -> dict[str, Any]:
    """The platform's openid-configuration (section 2.1)."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/auth",
        "token_endpoint": f"{url}/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{url}/jwks",
        "registration_endpoint": f"{url}/registrations",
        "scopes_supported": ["openid", *SCOPES],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": list(CLAIMS),
        PLATFORM: {
            "product_family_code": product,
            "version": "0.1.8",
            "messages_supported": [{"type": message} for message in MESSAGES],
            "variables": list(VARIABLES),
        },
    }


def config(asked: Any, url: str, ids: tuple[str, str | None], keys: tuple[str, str]) -> Config:
    """The registration that a request asks for, as this client and deployment. Raises `Refused`."""
    _check(asked)
    tool = asked[TOOL]
    targets = {message["type"]: message.get("target_link_uri", "") for message in tool.get("messages", [])}
    target = tool.get("target_link_uri", "")
    made = Registration().set_iss(url).set_client_id(ids[0]).set_deployment_id(ids[1])
    made.set_platform_private_key(keys[0]).set_platform_public_key(keys[1])
    made.set_oidc_login_url(asked["initiate_login_uri"]).set_launch_url(target)
    made.set_deeplink_launch_url(targets.get("LtiDeepLinkingRequest") or target)
    made.set_tool_key_set_url(asked["jwks_uri"])
    claims = set(tool.get("claims", []))
    return Config(
        registration=made,
        redirects=asked["redirect_uris"],
        scopes=set(asked.get("scope", "").split()) & set(SCOPES),
        claims=({"name"} if claims & NAMES else set()) | claims & {"email"},
        custom=tool.get("custom_parameters", {}),
        targets=targets,
    )


def _check(asked: Any) -> None:
    _need(isinstance(asked, dict) and asked.get("application_type", "web") == "web", "application_type")
    for name in TEXTS:
        _need(isinstance(asked.get(name), str) and asked[name], name)
    _need(isinstance(asked.get("redirect_uris"), list) and asked["redirect_uris"], "redirect_uris")
    _need("id_token" in asked.get("response_types", []), "response_types")
    _need(asked.get("token_endpoint_auth_method") == "private_key_jwt", "token_endpoint_auth_method")
    tool = asked.get(TOOL)
    _need(isinstance(tool, dict) and isinstance(tool.get("domain"), str) and tool["domain"], "domain")
    _need(urlsplit(tool.get("target_link_uri", "")).netloc == tool["domain"], "domain_targetlinkuri_mismatch")


def _need(holds: object, word: str) -> None:
    if not holds:
        raise Refused(word)
