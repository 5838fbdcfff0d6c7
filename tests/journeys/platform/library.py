"""lti1p3platform's own classes as they are used here: registration, login, messages."""

import html
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from lti1p3platform.exceptions import LtiException
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request

from tests.journeys.platform.http import Asked

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE, LINEITEM, RESULT = f"{AGS}score", f"{AGS}lineitem", f"{AGS}result.readonly"
LINEITEM_READ = f"{LINEITEM}.readonly"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = (LINEITEM, LINEITEM_READ, SCORE, RESULT, ROSTER)
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
FORM = (
    "<!doctype html><html lang=vi><title>…</title><form id=go method=post action='{url}'>{fields}</form>"
    "<script>document.getElementById('go').submit()</script>"
)


def key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Config(LTI1P3PlatformConfAbstract):  # type: ignore[misc]
    """Their side of one registration, and what the library's `Registration` has no room for."""

    def init_platform_config(self, **values: Any) -> None:
        self.made: Registration = values["registration"]
        self.redirects: list[str] = values["redirects"]
        self.scopes: set[str] = set(values.get("scopes", SCOPES))
        self.claims: set[str] = set(values.get("claims", ("name", "email")))
        self.custom: dict[str, str] = values.get("custom", {})
        self.targets: dict[str, str] = values.get("targets", {})
        self.get_registration()

    def get_registration_by_params(self, **_values: Any) -> Registration:
        return self.made

    def tool_validate_and_decode(self, jwt_token_string: str) -> dict[str, Any]:
        """The tool may have changed its keys since they were read: they are read once more, as platforms do."""
        try:
            return self._decoded(jwt_token_string)
        except LtiException:
            if not self.made.get_tool_key_set_url():
                raise
            self.made.set_tool_key_set(None)
            return self._decoded(jwt_token_string)

    def _decoded(self, token: str) -> dict[str, Any]:
        said: dict[str, Any] = super().tool_validate_and_decode(token)
        return said

    def is_from_the_tool(self, claims: dict[str, Any], *audiences: str) -> bool:
        """What the library leaves unchecked (Security Framework 1.0, 4.1.1 and 5.1.2)."""
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        times = {"iat", "exp"} <= claims.keys()
        return claims.get("iss") == self.made.get_client_id() and times and any(one in named for one in audiences)

    def validate_token(self, token: str, allowed_scopes: list[str] | None = None, audience: str | None = None) -> bool:
        """A token made for another registration opens nothing here."""
        try:
            good: bool = super().validate_token(token, allowed_scopes, audience)
            body = jwt.decode(token, options={"verify_signature": False})
        except (LtiException, jwt.PyJWTError):
            return False
        return good and body["sub"] == self.made.get_client_id()


class Login(OIDCLoginAbstract):  # type: ignore[misc]
    def set_lti_message_hint(self, **values: Any) -> None:
        self._lti_message_hint = values["hint"]
        self.storage = values["storage"]

    def get_redirect(self, url: str) -> str:
        """`lti_storage_target`: LTI OIDC Login with Client Side postMessages 0.1."""
        return url + ("&" + urlencode({"lti_storage_target": self.storage}) if self.storage else "")


class Message(LTIAdvantageMessageLaunchAbstract):  # type: ignore[misc]
    storage = ""

    def get_preflight_response(self) -> dict[str, Any]:
        asked: dict[str, Any] = self._request
        return asked

    def anonymous(self) -> None:
        """LTI 1.3 core, 5.3.6.1: no `sub`, and nothing else that tells who it is."""
        for name in ("sub", "name", "email"):
            self.lti_claim_user_data.pop(name, None)

    def settle_deep_linking(self, changes: dict[str, Any]) -> None:
        """The library fixes what may be accepted; a platform may choose. `None` leaves a setting out."""
        (settings,) = self._deep_linking_launch_data.values()
        settings.update(changes)
        for name in [name for name, value in changes.items() if value is None]:
            del settings[name]

    def render_launch_form(self, launch_data: dict[str, Any], **_values: Any) -> str:
        url = launch_data.pop("launch_url")
        sent = launch_data | ({"lti_storage_target": self.storage} if self.storage else {})
        safe = {name: html.escape(str(value), quote=True) for name, value in sent.items()}
        fields = "".join(f"<input type=hidden name={name} value='{value}'>" for name, value in safe.items())
        return FORM.format(url=html.escape(url, quote=True), fields=fields)


class Incoming(Request):  # type: ignore[misc]
    def build_metadata(self, request: Asked) -> dict[str, Any]:
        """The library hands the query to its services as named values, and counts with two of them."""
        query: dict[str, Any] = dict(request.query)
        query |= {name: int(query[name]) for name in ("limit", "page") if query.get(name, "").isdigit()}
        return {
            "method": request.method,
            "form_data": request.form,
            "get_data": query,
            "headers": request.headers,
            "content_type": request.headers.get("Content-Type", ""),
            "path": request.path,
            "json": request.json,
        }
