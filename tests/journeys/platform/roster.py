"""Names and Role Provisioning Services 2.0 on the library's class: pages, differences, people of every kind."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

from lti1p3platform.exceptions import LtiServiceException
from lti1p3platform.membership import Context as Shown
from lti1p3platform.service_connector import NamesRoleProvisioningService

from tests.journeys.platform.courses import ROLE, Context, Person
from tests.journeys.platform.http import Asked, Said, data
from tests.journeys.platform.library import Config, Incoming


class Roster(NamesRoleProvisioningService):  # type: ignore[misc]
    """One request to one course's roster. `page_size`: the platform's own limit, 0 for none."""

    context: Context
    page_size = 0
    claims: frozenset[str] = frozenset()
    link = ""

    def get_context_by_id(self) -> Shown:
        return Shown(self.context.id, self.context.id.upper(), self.context.title)

    def is_resource_link_valid(self, context_id: str, resource_link_id: str) -> bool:
        return context_id == self.context.id and resource_link_id in self.context.links

    def get_member_data_page(
        self, limit: int = 0, role: str = "", since: str = "", p: str = "", **_asked: Any
    ) -> dict[str, Any]:
        """The next page is named in the Link header (the library would in the body), by a token that minds its case."""
        found, start = self._wanted(role.removeprefix(ROLE), since), _position(p)
        end = start + (min(limit or self.page_size, self.page_size or limit) or len(found))
        more = {"limit": limit, "role": role, "since": since, "p": _token(end)}
        if end < len(found):
            self.link = self._link("next", {name: value for name, value in more.items() if value})
        else:
            self.link = self._link("differences", {"since": self.context.version})
        return {"content": [self._member(person) for person in found[start:end]], "has_next": False}

    def _wanted(self, role: str, since: str) -> list[Person]:
        return [
            person
            for person in self.context.people.values()
            if role in {"", person.role}
            and (person.changed > int(since) if since.isdigit() else person.status != "Deleted")
        ]

    def _link(self, relation: str, query: dict[str, Any]) -> str:
        return f'<{self.nrps.context_memberships_url}?{urlencode(query)}>; rel="{relation}"'

    def _member(self, person: Person) -> dict[str, Any]:
        """Roles by their short names, as Moodle has them here."""
        shown = {"status": person.status, "roles": [person.role]} | ({"user_id": person.sub} if person.sub else {})
        if "name" in self.claims:
            shown["name"] = person.name
        if "email" in self.claims and person.sub:
            shown["email"] = f"{person.sub}@truong.example"
        return shown

    def clean_members(self, members: list[Any]) -> list[Any]:
        """The library would refuse to list one without a user_id; the tool must bear it."""
        return members


def serve(asked: Asked, config: Config, context: Context, url: str, page_size: int) -> Said:
    service = Roster(Incoming(asked), config, url)
    service.context, service.page_size, service.claims = context, page_size, frozenset(config.claims)
    answer = service.handle_resp(service.handle_get_members)
    if answer.code >= 400:
        return Said(answer.code, "[]")
    return Said(answer.code, data(answer.result).text, answer.media_type, [("Link", service.link)])


def _token(position: int) -> str:
    return urlsafe_b64encode(f"from {position}".encode()).decode()


def _position(token: str) -> int:
    try:
        return int(urlsafe_b64decode(token).decode().removeprefix("from ")) if token else 0
    except ValueError as error:
        raise LtiServiceException("no such page", 404) from error
