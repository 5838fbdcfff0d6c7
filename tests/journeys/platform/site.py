"""The platform as a test holds it: its registrations, its courses, the addresses of its pages, and what it was told."""

import secrets
from typing import Any
from urllib.parse import urlencode

from lti1p3platform.registration import Registration

from tests.journeys.platform.answers import CLIENT, Answers
from tests.journeys.platform.courses import Context, Link, Person, new_id
from tests.journeys.platform.http import Asked, Said, Server
from tests.journeys.platform.library import Config, key_pair

TROUBLED = {"token", "items", "members"}


class Platform:
    """`scores`: what its gradebook took. `down`: answers 503 to every service. `turned_away`: how often it did.

    `script[service]`: answers given once each, in order, before the usual one, for token, items, scores, results and
    members. `deep_linking`: changes to the settings that the picker is sent; `picked`: what it answered. `page_size`:
    of rosters. `asked`: every request.
    """

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.product = "lti1p3platform"
        self.down = False
        self.turned_away = 0
        self.page_size = 0
        self.script: dict[str, list[Said]] = {}
        self.deep_linking: dict[str, Any] = {}
        self.asked: list[Asked] = []
        self.scores: list[dict[str, Any]] = []
        self.picked: list[dict[str, Any]] = []
        self.invitations: dict[str, str] = {}
        self.keys = key_pair()
        self.contexts = {"ctx-1": _first_course(tool)}
        self.answers = Answers(self)
        self.server = Server(self.answer)
        self.url = f"http://localhost:{self.server.port}"
        self.services = f"http://127.0.0.1:{self.server.port}"
        self.clients = {CLIENT: self._by_hand()}

    def close(self) -> None:
        self.server.close()

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        service = _service(asked.path)
        if self.down and asked.path.split("/")[1] in TROUBLED:
            self.turned_away += 1
            return Said(503, "down")
        if waiting := self.script.get(service):
            return waiting.pop(0)
        return self.answers.to(asked)

    # ---- registrations

    def registration(self) -> list[str]:
        """The words of `flask lti add-platform` that register it."""
        words = {"--name": "Trường độc lập", "--issuer": self.url, "--client-id": CLIENT, "--deployment": "1"}
        words |= {"--auth-url": f"{self.url}/auth", "--token-url": f"{self.services}/token"}
        words |= {"--jwks-url": f"{self.services}/jwks"}
        return [word for pair in words.items() for word in pair]

    def _by_hand(self) -> Config:
        made = Registration().set_iss(self.url).set_client_id(CLIENT).set_deployment_id("1")
        made.set_launch_url(f"{self.tool}/lti/").set_deeplink_launch_url(f"{self.tool}/lti/")
        made.set_oidc_login_url(f"{self.tool}/lti/login").set_tool_key_set_url(f"{self.tool}/lti/jwks.json")
        made.set_platform_private_key(self.keys[0]).set_platform_public_key(self.keys[1])
        return Config(registration=made, redirects=[f"{self.tool}/lti/launch"])

    def register_page(self, client: str = "") -> str:
        """The administrator's page, with the tool's registration in its frame. A known client is registered anew."""
        token = secrets.token_urlsafe(16)
        self.invitations[token] = client
        return f"{self.url}/register/{token}"

    # ---- courses

    def new_course(self, title: str, client: str, *people: Person) -> Context:
        made = Context(new_id("ctx"), title, client)
        for person in people:
            made.enrol(person)
        self.contexts[made.id] = made
        return made

    def copy(self, context: Context) -> Context:
        made = context.copied()
        self.contexts[made.id] = made
        return made

    # ---- pages

    def course(self, sub: str, name: str) -> str:
        """A learner's page in the first course, with the tool in its frame."""
        return self.page(self.contexts["ctx-1"], "rl-1", Person(sub, name))

    def page(self, context: Context, link: str, person: Person, **more: str) -> str:
        """A person's page of a link. `storage=_parent`: it keeps data for the tool. `anonymous=1`: it names nobody."""
        known = {"sub": person.sub, "name": person.name, "role": person.role}
        return f"{self.url}/course/{context.id}/{link}?{urlencode(known | more)}"

    def view(self, kind: str, context: Context, teacher: Person, *rest: str) -> str:
        """A teacher's page: `pick`, `grades`, or `review` with a column and a learner's sub."""
        return f"{self.url}/{'/'.join((kind, context.id, *rest))}?{urlencode({'sub': teacher.sub})}"

    def privacy_page(self, context: Context, person: Person, about: str) -> str:
        return f"{self.url}/privacy/{context.id}/{about}?{urlencode({'sub': person.sub})}"

    # ---- what it was told

    def of(self, sub: str) -> list[dict[str, Any]]:
        return [score for score in self.scores if score["userId"] == sub]

    def calls(self, service: str) -> list[Asked]:
        return [one for one in self.asked if _service(one.path) == service]


def _first_course(tool: str) -> Context:
    link = Link("rl-1", "Kỹ năng số", f"{tool}/lti/courses/cc-01", item="6")
    made = Context("ctx-1", "Lớp Kỹ năng số", CLIENT, {link.id: link})
    made.add_item({"label": link.title, "scoreMaximum": 100, "resourceLinkId": link.id}, link.item)
    return made


def _service(path: str) -> str:
    """The name that trouble is scripted by."""
    first, *rest = path.strip("/").split("/")
    return rest[-1] if first == "items" and rest and rest[-1] in {"scores", "results"} else first
