"""Which address of the platform says what: registration, tokens, services, and messages to the tool in a frame."""

import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import jwt
from lti1p3platform.exceptions import (
    LtiDeepLinkingResponseException,
    LtiException,
    MissingRequiredClaim,
    UnsupportedGrantType,
)

from tests.journeys.platform import gradebook, pages, registering, roster
from tests.journeys.platform.courses import LEARNER, TEACHER, Context, Person
from tests.journeys.platform.http import Asked, Said, data, page
from tests.journeys.platform.launching import DEEP, PRIVACY, RESOURCE, REVIEW, Sending, fill
from tests.journeys.platform.library import CLAIM, Config, Login, Message
from tests.journeys.platform.registering import TOOL

if TYPE_CHECKING:
    from tests.journeys.platform.site import Platform

CLIENT = "journey"
"""The registration made by hand."""

DATA = "https://purl.imsglobal.org/spec/lti-dl/claim/data"
GONE = Said(404, "[]")
NO_CLIENT = Said(400, '{"error": "invalid_client"}', "text/html")
NO_SCOPE = Said(400, '{"error": "invalid_scope"}', "text/html")


class Answers:
    def __init__(self, platform: "Platform") -> None:
        self.platform = platform
        self.sendings: dict[str, Sending] = {}
        self.steps: dict[str, Callable[..., Said]] = {
            ".well-known": self.configuration,
            "registrations": self.registrations,
            "register": self.register,
            "jwks": self.jwks,
            "token": self.token,
            "items": self.items,
            "members": self.members,
            "auth": self.auth,
            "course": self.course,
            "links": self.links,
            "grades": self.grades,
            "pick": self.pick,
            "picked": self.picked,
            "review": self.review,
            "privacy": self.privacy,
        }

    def to(self, asked: Asked) -> Said:
        first, *rest = asked.path.strip("/").split("/")
        return self.steps[first](asked, *rest) if first in self.steps else Said(404)

    # ---- registration

    def configuration(self, _asked: Asked, _name: str) -> Said:
        return data(registering.configuration(self.platform.url, self.platform.product))

    def register(self, _asked: Asked, token: str) -> Said:
        told = f"{self.platform.url}/.well-known/openid-configuration"
        query = urlencode({"openid_configuration": told, "registration_token": token})
        return page(pages.framed("Công cụ mới", f"{self.platform.tool}/lti/register?{query}"))

    def registrations(self, asked: Asked) -> Said:
        """A token is used once. One given for a known client changes that client, as Moodle's does."""
        clients, tokens = self.platform.clients, self.platform.invitations
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if asked.method != "POST" or token not in tokens:
            return Said(401, "token")
        client = tokens[token] or secrets.token_hex(8)
        known = clients.get(client)
        deployment = known.made.get_deployment_id() if known else str(len(clients) + 1)
        try:
            made = registering.config(asked.json, self.platform.url, (client, deployment), self.platform.keys)
        except registering.Refused as error:
            return Said(400, str(error), "text/plain")
        clients[client] = made
        del tokens[token]
        return data(asked.json | {"client_id": client, TOOL: asked.json[TOOL] | {"deployment_id": deployment}})

    # ---- services

    def jwks(self, _asked: Asked) -> Said:
        return data(self.platform.clients[CLIENT].get_jwks())

    def token(self, asked: Asked) -> Said:
        """JSON sent as text/html, as Moodle does. Scopes never granted are left out; none left is an error."""
        form, ours = asked.form, self.platform
        audiences = ours.url, f"{ours.url}/token", f"{ours.services}/token"
        try:
            claims = jwt.decode(form.get("client_assertion", ""), options={"verify_signature": False})
            config = ours.clients[claims.get("iss", "")]
            wanted = " ".join(scope for scope in form.get("scope", "").split() if scope in config.scopes)
            granted = config.get_access_token(form | {"scope": wanted})
        except (KeyError, LtiException, MissingRequiredClaim, UnsupportedGrantType, jwt.PyJWTError):
            return NO_CLIENT
        if not config.is_from_the_tool(claims, *audiences):
            return NO_CLIENT
        return Said(200, json.dumps(granted), "text/html") if wanted else NO_SCOPE

    def items(self, asked: Asked, context: str, *_rest: str) -> Said:
        room = self.platform.contexts.get(context)
        if room is None:
            return GONE
        url = f"{self.platform.services}/items/{context}"
        return gradebook.serve(asked, self._config(room), room, url, self.platform.scores)

    def members(self, asked: Asked, context: str) -> Said:
        room = self.platform.contexts.get(context)
        if room is None:
            return GONE
        url = f"{self.platform.services}/members/{context}"
        return roster.serve(asked, self._config(room), room, url, self.platform.page_size)

    # ---- pages

    def links(self, _asked: Asked, context: str) -> Said:
        return page(pages.links(self.platform.contexts[context]))

    def grades(self, asked: Asked, context: str) -> Said:
        return page(pages.gradebook(self.platform.contexts[context], asked.query["sub"]))

    def course(self, asked: Asked, context: str, link: str) -> Said:
        """Whoever opens a page is enrolled by it."""
        room, query = self.platform.contexts[context], asked.query
        person = Person(query["sub"], query.get("name", ""), query.get("role", LEARNER))
        known = room.people.get(person.sub)
        if known is None or (known.name, known.role) != (person.name, person.role):
            room.enrol(person)
        sending = Sending(RESOURCE, room, person, room.links[link], storage=query.get("storage", ""))
        sending.is_anonymous = "anonymous" in query
        return self._frame(room.title, sending)

    def pick(self, asked: Asked, context: str) -> Said:
        room = self.platform.contexts[context]
        sending = Sending(DEEP, room, _teacher(asked, room), settings=dict(self.platform.deep_linking))
        return self._frame("Thêm nội dung", sending)

    def review(self, asked: Asked, context: str, item: str, sub: str) -> Said:
        room = self.platform.contexts[context]
        link = room.links.get(room.items[item].get("resourceLinkId", ""))
        return self._frame("Bài làm", Sending(REVIEW, room, _teacher(asked, room), link, item, room.people[sub]))

    def privacy(self, asked: Asked, context: str, sub: str) -> Said:
        room = self.platform.contexts[context]
        return self._frame("Dữ liệu cá nhân", Sending(PRIVACY, room, _teacher(asked, room), about=room.people[sub]))

    # ---- messages

    def _frame(self, title: str, sending: Sending) -> Said:
        """The page, with the login in its frame. The hint is opaque, serves once, and must come back byte for byte."""
        hint = json.dumps({"course": 7, "launch": f"{secrets.token_urlsafe(8)}+&é"})
        self.sendings[hint] = sending
        config = self._config(sending.context)
        login = Login(None, config)
        login.set_lti_message_hint(hint=hint, storage=sending.storage)
        login.set_launch_url(sending.target(config))
        src: str = login.initiate_login(sending.person.sub)
        return page(pages.framed(title, src, storing=bool(sending.storage)))

    def auth(self, asked: Asked) -> Said:
        query = asked.query or asked.form
        sending = self.sendings.pop(query.get("lti_message_hint", ""), None)
        if sending is None:
            return page("<!doctype html><h1>Không có gì đang chờ</h1>", 400)
        config = self._config(sending.context)
        fixed = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
        fixed["login_hint"] = sending.person.sub
        wrong = [name for name, value in fixed.items() if query.get(name) != value]
        if wrong or query.get("redirect_uri") not in config.redirects:
            return page(f"<!doctype html><h1>Sai: {wrong or 'redirect_uri'}</h1>", 400)
        message = Message(query, config)
        fill(message, sending, config, self.platform.url, self.platform.services)
        return page(message.lti_launch())

    def picked(self, asked: Asked, context: str) -> Said:
        """The tool's answer (Deep Linking 2.0, 4), posted from its frame: verified by the library, stored as links."""
        room, ours = self.platform.contexts[context], self.platform
        config = self._config(room)
        config.set_accepted_deeplinking_types(ours.deep_linking.get("accept_types") or ["ltiResourceLink"])
        try:
            items = config.validate_deeplinking_resp(asked.form)
            claims = config.tool_validate_and_decode(asked.form["JWT"])
        except (KeyError, LtiException, LtiDeepLinkingResponseException, jwt.PyJWTError) as error:
            return page(f"<!doctype html><h1>Không nhận</h1><p>{pages.safe(str(error))}", 400)
        deployment = claims.get(f"{CLAIM}deployment_id") == config.made.get_deployment_id()
        known = config.is_from_the_tool(claims, ours.url) and claims.get("nonce") and deployment
        if not known or claims.get(DATA) != ours.deep_linking.get("data"):
            return page("<!doctype html><h1>Không nhận</h1><p>iss, aud, nonce, deployment_id, data", 400)
        ours.picked.append(claims)
        stored = [room.add_link(item) for item in items if item["type"] == "ltiResourceLink"]
        lines = [f"{pages.safe(link.title)} <small>{pages.safe(link.url)}</small>" for link in stored]
        return page(pages.listed(f"Đã nhận {len(items)} mục", lines))

    def _config(self, context: Context) -> Config:
        return self.platform.clients[context.client]


def _teacher(asked: Asked, room: Context) -> Person:
    return room.people.get(asked.query["sub"]) or Person(asked.query["sub"], role=TEACHER)
