"""What the platform's courses hold: people, links, columns of the gradebook; and how a course is copied."""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import quote

ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER, TEACHER = "Learner", "Instructor"
Item = dict[str, Any]
"""A line item as its JSON (AGS 2.0, 3.2.4), without `id`."""

_numbers = count(100)


def new_id(kind: str) -> str:
    return f"{kind}-{next(_numbers)}"


@dataclass
class Person:
    """`sub` empty: one whom the roster lists without a user_id. `changed`: the roster's version of the last change."""

    sub: str
    name: str = ""
    role: str = LEARNER
    status: str = "Active"
    changed: int = 0


@dataclass
class Link:
    """`item`: its column, if it has one. `history`: the ids it was copied from, the latest first."""

    id: str
    title: str
    url: str
    custom: dict[str, str] = field(default_factory=dict)
    item: str = ""
    ends: str = ""
    history: list[str] = field(default_factory=list)
    content: dict[str, Any] = field(default_factory=dict)


@dataclass
class Context:
    """A course. `grades`: by column and person, each the score as it was sent."""

    id: str
    title: str
    client: str
    links: dict[str, Link] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    grades: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    version: int = 0

    def enrol(self, person: Person) -> Person:
        self.version += 1
        person.changed = self.version
        self.people[person.sub or new_id("nobody")] = person
        return person

    def become(self, sub: str, status: str) -> None:
        """Active, Inactive or Deleted (NRPS 2.0, 2.3)."""
        self.enrol(replace(self.people[sub], status=status))

    def is_learner(self, sub: str) -> bool:
        person = self.people.get(sub)
        return person is not None and (person.role, person.status) == (LEARNER, "Active")

    def add_item(self, item: Item, name: str = "") -> str:
        name = name or new_id("item")
        self.items[name] = item
        return name

    def add_link(self, content: dict[str, Any]) -> Link:
        """A link from an ltiResourceLink content item (Deep Linking 2.0, 3.1.2)."""
        made = Link(
            id=new_id("rl"),
            title=content.get("title", ""),
            url=content.get("url", ""),
            custom=content.get("custom") or {},
            ends=(content.get("submission") or {}).get("endDateTime", ""),
            content=content,
        )
        if item := content.get("lineItem"):
            made.item = self.add_item({"label": made.title, **item, "resourceLinkId": made.id})
        self.links[made.id] = made
        return made

    def copied(self) -> "Context":
        """Backed up and restored: new ids, empty columns with the same tag and resourceId, and only the teachers."""
        made = Context(new_id("ctx"), f"{self.title} (bản sao)", self.client, history=[self.id, *self.history])
        for link in self.links.values():
            twin = replace(link, id=new_id("rl"), history=[link.id, *link.history], item="")
            if item := self.items.get(link.item):
                twin.item = made.add_item({**item, "resourceLinkId": twin.id})
            made.links[twin.id] = twin
        for person in self.people.values():
            if person.role == TEACHER:
                made.enrol(replace(person))
        return made


def substituted(value: str, context: Context, link: Link | None) -> str:
    """A custom parameter as it is sent (LTI 1.3 core, annex B). A variable not known here goes out literally."""
    known = {"$Context.id": context.id, "$Context.id.history": _history(context.history)}
    if link:
        known |= {
            "$ResourceLink.id": link.id,
            "$ResourceLink.id.history": _history(link.history),
            "$ResourceLink.submission.endDateTime": link.ends,
        }
    return known.get(value, value)


def _history(ids: list[str]) -> str:
    return ",".join(quote(one, safe="") for one in ids)
