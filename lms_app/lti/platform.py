"""The only home of pylti1p3. A checked launch leaves it as our frozen `claims.Launch`, a bad one as `LaunchRefused`.

The library's order, replay rules, key fetching, error texts and message rules (they refuse lawful launches) are
replaced; its request validation, registrations, token format and deployments are used. Nothing here touches the
database or the request.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract

from lms_app.lti import claims, keys
from lms_app.lti.reasons import refusal

LONGEST = 8000


@dataclass(frozen=True, slots=True)
class Registered:
    """A platform as registered here."""

    issuer: str
    client_id: str
    auth_url: str
    jwks_url: str
    deployments: frozenset[str]


@dataclass(frozen=True, slots=True)
class Login:
    """The answer to a login: where the browser goes, and what we must remember of it."""

    address: str
    state: str
    nonce: str
    browser: str


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def login(asked: Mapping[str, str], find: Callable[[str, str], Registered | None], launch_url: str) -> Login:
    """Answer a third-party initiated login (LTI 1.3 core, 5.1.1). `find(issuer, client_id)` knows the platforms."""
    if any(len(value) > LONGEST for value in asked.values()):
        raise refusal("too-long")
    try:
        return _Login(asked, find).answer(launch_url)
    except OIDCException as error:
        raise refusal("login-incomplete") from error


def launch(form: Mapping[str, str], platform: Registered, nonce_digest: str, site: str) -> claims.Launch:
    """Check an id_token against the login it answers, in the order of the design. May fetch the platform's keys."""
    checked = _Launch(form, platform, nonce_digest)
    try:
        checked.validate()
    except LtiException as error:
        raise refusal("token-unreadable") from error
    return claims.read(checked.get_launch_data(), site)


class _Asked(Request):
    """The library's idea of a request, over plain values."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self.values.get(key) or ""


class _NoCookies(CookieService):
    """Cookies are the view's business."""

    def get_cookie(self, name: str) -> str | None:  # noqa: ARG002
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        """Nothing: see above."""


class _Tool(ToolConfAbstract[_Asked]):
    """Registrations by issuer and client_id, from wherever `find` looks."""

    def __init__(self, find: Callable[[str, str], Registered | None]) -> None:
        self.find = find

    def check_iss_has_one_client(self, iss: str) -> bool:  # noqa: ARG002
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:  # noqa: ARG002
        return True

    def find_registration_by_issuer(self, iss: str, *_args: Any, **_kwargs: Any) -> Registration:
        return self.find_registration_by_params(iss, "")

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        return self.find_deployment_by_params(iss, deployment_id, "")

    def find_registration_by_params(self, iss: str, client_id: str, *_args: Any, **_kwargs: Any) -> Registration:
        found = self.find(iss, client_id)
        if found is None:
            raise refusal("platform-unknown")
        made = Registration().set_issuer(found.issuer).set_client_id(found.client_id)
        return made.set_auth_login_url(found.auth_url).set_key_set_url(found.jwks_url)

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *_args: Any, **_kwargs: Any
    ) -> Deployment | None:
        found = self.find(iss, client_id)
        is_known = found is not None and deployment_id in found.deployments
        return Deployment().set_deployment_id(deployment_id) if is_known else None


class _Login(OIDCLogin[_Asked, _Tool, SessionService, _NoCookies, Any]):
    def __init__(self, asked: Mapping[str, str], find: Callable[[str, str], Registered | None]) -> None:
        request = _Asked(asked)
        super().__init__(request, _Tool(find), SessionService(request), _NoCookies())

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    def get_redirect(self, url: str) -> Any:
        """Redirecting is the view's business."""
        raise NotImplementedError

    def get_response(self, html: str) -> Any:
        """The library's pages put request values into HTML as they are; ours are templates."""
        raise NotImplementedError

    def answer(self, launch_url: str) -> Login:
        """The authentication request. The hints go back byte for byte; the address is the registered one."""
        registration = self.validate_oidc_login()
        state, nonce, browser = (secrets.token_urlsafe(24) for _ in range(3))
        asking = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": registration.get_client_id() or "",
            "redirect_uri": launch_url,
            "state": state,
            "nonce": nonce,
            "login_hint": self._get_request_param("login_hint"),
        }
        if hint := self._get_request_param("lti_message_hint"):
            asking["lti_message_hint"] = hint
        address = registration.get_auth_login_url() or ""
        return Login(f"{address}{'&' if '?' in address else '?'}{urlencode(asking)}", state, nonce, browser)


class _Launch(MessageLaunch[_Asked, _Tool, SessionService, _NoCookies]):
    """The library's launch with its checks in our order; each failure names its reason."""

    def __init__(self, form: Mapping[str, str], platform: Registered, nonce_digest: str) -> None:
        request = _Asked(form)
        tool = _Tool(lambda iss, client: platform if (iss, client) == (platform.issuer, platform.client_id) else None)
        super().__init__(request, tool, SessionService(request), _NoCookies(), requests_session=_NO_SESSION)
        self._platform = platform
        self._nonce = nonce_digest

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    def validate(self) -> "_Launch":
        self._validated = True
        self.validate_jwt_format()
        self.validate_jwt_signature()
        body: Any = self._jwt["body"]
        claims.check_issuer(body, self._platform.issuer, self._platform.client_id)
        claims.check_times(body)
        claims.need(isinstance(body.get("nonce"), str) and digest(body["nonce"]) == self._nonce, "nonce")
        claims.check_message(body)
        self.validate_registration()
        self.validate_deployment()
        claims.check_people(body)
        return self

    def validate_jwt_format(self) -> "_Launch":
        if len(self._get_id_token()) > keys.LARGEST_TOKEN:
            raise refusal("too-long")
        super().validate_jwt_format()
        header: Any = self._jwt["header"]
        claims.need(isinstance(header, dict), "token-unreadable")
        claims.need(header.get("alg") == "RS256", "algorithm")
        claims.need(claims.is_id(header.get("kid")), "kid")
        return self

    def validate_jwt_signature(self) -> "_Launch":
        header: Any = self._jwt["header"]
        try:
            key = keys.find(self._platform.jwks_url, header["kid"])
            self._jwt["body"] = keys.payload(self._get_id_token(), key)
        except keys.KeyProblem as error:
            raise refusal(f"key-{error}" if str(error) != "signature" else "signature") from error
        claims.need(isinstance(self._jwt["body"], dict), "token-unreadable")
        return self

    def validate_deployment(self) -> "_Launch":
        body: Any = self._jwt["body"]
        claims.need(claims.is_id(body.get(f"{claims.CLAIM}deployment_id")), "deployment")
        try:
            super().validate_deployment()
        except LtiException as error:
            raise refusal("deployment") from error
        return self

    def get_client_id(self) -> str:
        """`aud` may be a list; which registration it is was settled by the login."""
        return self._platform.client_id


_NO_SESSION: Any = object()
"""Given so that the library makes no `requests.Session` a launch: it is never to call out."""
