"""Deep Linking 2.0: what a platform accepts, and the links made of what a teacher picked. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lms_app.lti import forms, lineitems
from lms_app.lti.claims import CLAIM, VARIABLES
from lms_app.lti.forms import Place
from lms_app.lti.quirks import Quirks
from lms_app.lti.reasons import refusal

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RESOURCE, LINK = "ltiResourceLink", "link"
LONGEST_URL = 4000
LONGEST_HOST = 270
LONGEST_DATA = 64 * 1024
DEEPEST_DATA = 20
LONGEST_TITLE = 255
ICON = {"path": "/static/icon.svg", "width": 40, "height": 40}
FRAME = {"width": 800, "height": 600}
WINDOW = {"targetName": "hoc-chuyen-doi-so"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a platform accepts, as far as it concerns us. Media types do not: they are for files, and we give none.

    `kind`: the type of our items, an LTI link if it may be, else a plain one; "" when the platform takes neither.
    `has_columns`: a line item may come with a link. `replaces`: the answer wipes what was picked before.
    `is_saved`: what is picked is created without asking again.
    `title` and `text` are for the teacher to see. `data` goes back as it came; None for none.
    """

    return_url: str
    kind: str
    is_many: bool
    has_columns: bool
    replaces: bool
    is_saved: bool
    in_frame: bool
    in_window: bool
    title: str
    text: str
    data: Any


def read(claim: dict[str, Any], minded: Quirks) -> Asked:
    """The settings as sent. What is of the wrong type counts as not accepted.

    The specification gives `accept_multiple` no default: left out, it forbids nothing. Raises `LaunchRefused` without
    an address to answer to, and for data too long or too deep to give back.
    """
    address = forms.web_address(claim.get("deep_link_return_url"), LONGEST_URL)
    if address is None or len(forms.origin_of(address)) > LONGEST_HOST or not _can_go_back(claim.get("data")):
        raise refusal("deep-linking-settings")
    types, targets = _names(claim.get("accept_types")), _names(claim.get("accept_presentation_document_targets"))
    kind = next((one for one in (RESOURCE, LINK) if one in types), "")
    return Asked(
        return_url=address,
        kind=kind,
        is_many=_is_true(claim.get("accept_multiple", True)),
        has_columns=kind == RESOURCE and _is_true(claim.get("accept_lineitem", minded.line_item_without_asking)),
        replaces=minded.answer_replaces,
        is_saved=_is_true(claim.get("auto_create", False)),
        in_frame="iframe" in targets,
        in_window="window" in targets,
        title=forms.plain(claim.get("title"), 300),
        text=forms.plain(claim.get("text"), 1000),
        data=claim.get("data"),
    )


def _names(sent: Any) -> set[str]:
    """A list of words; some platforms send them in one text, with commas."""
    listed = sent.split(",") if isinstance(sent, str) else sent
    return {one.strip() for one in listed if isinstance(one, str)} if isinstance(listed, list) else set()


def _is_true(sent: Any) -> bool:
    return sent is True or (isinstance(sent, str) and sent.strip().lower() == "true")


def _can_go_back(data: Any) -> bool:
    """A text in the specification, an object at some platforms; no NaN, which a database takes for no JSON."""
    try:
        return not _is_deeper(data, DEEPEST_DATA) and len(json.dumps(data, allow_nan=False)) <= LONGEST_DATA
    except ValueError:
        return False


def _is_deeper(value: Any, levels: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deeper(part, levels - 1) for part in parts)


# ---- what may be picked


@dataclass(frozen=True, slots=True)
class Offer:
    """A course, one of its lessons, or its final test (which has `questions`, and a pass mark in percent).

    `is_scored`: whoever learns by this link gets a score, so that a grade column has a sense.
    """

    place: Place
    title: str
    text: str
    minutes: int = 0
    is_scored: bool = False
    questions: int = 0
    pass_mark: float = 0

    @property
    def key(self) -> str:
        """`cc-01`, `cc-01/lessons/bai-1` or `cc-01/final`: as in addresses."""
        return f"{self.place.course}/{self.place.inside}" if self.place.inside else self.place.course

    @property
    def name(self) -> str:
        """By which it is told apart in a list of links: final tests are all called alike. Its spaces are plain ones."""
        whole = f"{self.title}: {self.text}" if self.place.inside == forms.FINAL else self.title
        return whole.replace("\u00a0", " ")[:LONGEST_TITLE]


@dataclass(frozen=True, slots=True)
class Book:
    """A course as the picker shows it. `words`: what a search looks in, folded."""

    whole: Offer
    audience: str
    lessons: tuple[Offer, ...]
    final: Offer | None
    words: str

    @property
    def parts(self) -> tuple[Offer, ...]:
        return (*self.lessons, self.final) if self.final else self.lessons


# ---- the answer


def item(offer: Offer, asked: Asked, site: str, *, with_column: bool) -> dict[str, Any]:
    """One content item. Courses have no dates of their own, so none says `available` or `submission`."""
    is_lti = asked.kind == RESOURCE
    made: dict[str, Any] = {
        "type": asked.kind,
        "title": offer.name,
        "text": offer.text,
        "url": f"{site}{'/lti' if is_lti else ''}/courses/{offer.key}",
        "icon": {"url": f"{site}{ICON['path']}", "width": ICON["width"], "height": ICON["height"]},
    }
    if asked.in_window:
        made["window"] = WINDOW
    if is_lti and asked.in_frame:
        made["iframe"] = FRAME
    if is_lti:
        made["custom"] = _custom(offer.place)
    if is_lti and asked.has_columns and offer.is_scored:
        column = lineitems.column(offer.name, offer.place.course)
        made |= {"lineItem": column} if with_column else {"custom": made["custom"] | NO_COLUMN}
    return made


NO_COLUMN = {"grade": "no"}
"""The teacher wants none, so that a launch does not make one (`recording.promise`)."""


def _custom(place: Place) -> dict[str, str]:
    inside = place.lesson or place.inside
    return {"course": place.course, **({"lesson": inside} if inside else {}), **VARIABLES}


def answer(asked: Asked, items: Sequence[dict[str, Any]], deployment: str, *, msg: str, log: str) -> dict[str, Any]:
    """The claims of a response but for those of every JWT. `data` stands in it only if it was sent."""
    made: dict[str, Any] = {
        f"{CLAIM}deployment_id": deployment,
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{DL}content_items": list(items),
        f"{DL}msg": msg,
        f"{DL}log": log,
    }
    return made if asked.data is None else {**made, f"{DL}data": asked.data}
