"""Messages on their way to the tool: what each kind says, filled into the library's message."""

from dataclasses import dataclass, field
from typing import Any

from tests.journeys.platform.courses import ROLE, Context, Link, Person, substituted
from tests.journeys.platform.gradebook import QUERY
from tests.journeys.platform.library import CLAIM, LINEITEM, LINEITEM_READ, RESULT, ROSTER, SCORE, Config, Message

RESOURCE, DEEP = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
REVIEW, PRIVACY = "LtiSubmissionReviewRequest", "DataPrivacyLaunchRequest"


@dataclass
class Sending:
    """A message begun by a page and finished by the authorization request that its hint comes back with.

    `about`: the person of `for_user`. `settings`: changes to the deep linking settings.
    """

    kind: str
    context: Context
    person: Person
    link: Link | None = None
    item: str = ""
    about: Person | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    storage: str = ""
    is_anonymous: bool = False

    def target(self, config: Config) -> str:
        """A review opens at the address its column names, else at that of the registration (Submission Review 1.0)."""
        review = self.context.items.get(self.item, {}).get("submissionReview") or {}
        own = {RESOURCE: self.link.url if self.link else "", REVIEW: review.get("url", "")}.get(self.kind, "")
        usual = config.made.get_deeplink_launch_url() if self.kind == DEEP else config.made.get_launch_url()
        address: str = own or config.targets.get(self.kind) or usual
        return address

    def custom(self, config: Config) -> dict[str, str]:
        own = self.link.custom if self.link else {}
        return {name: substituted(value, self.context, self.link) for name, value in (config.custom | own).items()}


def fill(message: Message, sending: Sending, config: Config, site: str, services: str) -> None:
    """`site`: where browsers go, `services`: where servers go."""
    person, context = sending.person, sending.context
    name = person.name if "name" in config.claims else None
    email = f"{person.sub}@truong.example" if "email" in config.claims else None
    message.storage = sending.storage
    message.set_user_data(person.sub, [f"{ROLE}{person.role}"], name, email)
    message.set_launch_url(sending.target(config))
    message.set_launch_presentation_claim("iframe", f"{site}/links/{context.id}")
    message.set_custom_parameters_claim(sending.custom(config))
    message.set_extra_claims({f"{CLAIM}message_type": sending.kind})
    if sending.is_anonymous:
        message.anonymous()
    if sending.about:
        message.set_extra_claims({f"{CLAIM}for_user": _about(sending.about, config)})
    if sending.kind == PRIVACY:  # of a person, not of a course
        return
    message.set_launch_context_claim(context.id, context_title=context.title, context_label=context.id.upper())
    if sending.link:
        message.set_resource_link_claim(sending.link.id, title=sending.link.title)
    _services(message, sending, config, services)
    if sending.kind == DEEP:
        types = set(sending.settings.get("accept_types") or ["ltiResourceLink"])
        message.set_dl(f"{site}/picked/{context.id}", accept_types=types)
        message.settle_deep_linking(sending.settings)


def _services(message: Message, sending: Sending, config: Config, services: str) -> None:
    """What the registration was granted."""
    context, granted = sending.context, config.scopes
    item = sending.item or (sending.link.item if sending.link else "")
    if granted & {LINEITEM, LINEITEM_READ, RESULT, SCORE}:
        items = f"{services}/items/{context.id}"
        address = f"{items}/{item}{QUERY}" if item in context.items else None
        message.set_ags(f"{items}{QUERY}", address, LINEITEM in granted, RESULT in granted, SCORE in granted)
    if ROSTER in granted:
        message.set_nrps(f"{services}/members/{context.id}")


def _about(person: Person, config: Config) -> dict[str, Any]:
    """`for_user`: the id as `user_id`, as in rosters (Submission Review 1.0)."""
    return {"user_id": person.sub, "roles": [f"{ROLE}{person.role}"]} | (
        {"name": person.name} if "name" in config.claims else {}
    )
