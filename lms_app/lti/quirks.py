"""Where products differ from the specifications, as data: each line with its source. Pure.

Whatever is not listed here follows the specification. docs/lti.md shows this table; a test keeps the two alike.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Quirks:
    """How to treat one product. The defaults are the specifications.

    `token_audience`: the `aud` of our assertion, where it is not the token address.
    `issuer_for_all`: one issuer for all customers, so it need not lie on the host that registers us.
    `one_deployment`: the only deployment id there is.
    `line_item_without_asking`: a line item may be sent in deep linking although `accept_lineitem` is absent.
    `answer_replaces`: each answer of deep linking stands for all earlier ones of its link, so an empty one wipes them.
    `roster_limit`: the page size to ask for; None asks for none.
    `older_words`: in the body of a 400, that a newer score stands already (the specification has 409).
    `busy_words`: in the body of a 403, that we asked too often (HTTP has 429).
    """

    token_audience: str | None = None
    issuer_for_all: bool = False
    one_deployment: str | None = None
    line_item_without_asking: bool = False
    answer_replaces: bool = False
    roster_limit: int | None = None
    older_words: tuple[str, ...] = ()
    busy_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One difference, and who says so; `at` is the day it was looked up."""

    product: str
    field: str
    value: Any
    source: str
    at: str = "2026-11-25"


MOODLE, CANVAS, OPENEDX = "moodle", "canvas", "openedx"
BLACKBOARD, BRIGHTSPACE, SAKAI = "blackboardlearn", "desire2learn", "sakai"
"""Family codes as platforms send them, in small letters. Open edX sends none: its code is ours."""

_EDX = "lti-consumer-xblock 11.4.0, "
LINES = (
    Line(MOODLE, "line_item_without_asking", True, "observed on Moodle 5.1"),
    Line(MOODLE, "roster_limit", 1000, "observed on Moodle 5.1: all at once otherwise, more than an answer may hold"),
    Line(CANVAS, "issuer_for_all", True, "https://canvas.instructure.com/doc/api/file.lti_dev_key_config.html"),
    Line(CANVAS, "older_words", ("before last updated timestamp",), "canvas-lms, lti/ims/scores_controller.rb"),
    Line(
        CANVAS,
        "busy_words",
        ("Rate Limit Exceeded",),
        "https://developerdocs.instructure.com/services/canvas/readme_basics/throttling",
    ),
    Line(OPENEDX, "one_deployment", "1", f"{_EDX}models.py"),
    Line(OPENEDX, "answer_replaces", True, f"{_EDX}plugin/views.py, deep_linking_response_endpoint"),
    Line(OPENEDX, "roster_limit", 1000, f"{_EDX}plugin/views.py: all at once otherwise"),
    Line(
        OPENEDX,
        "older_words",
        ("only be updated to a later point in time", "already exists for the provided timestamp"),
        f"{_EDX}lti_1p3/extensions/rest_framework/serializers.py",
    ),
    Line(BLACKBOARD, "issuer_for_all", True, "https://docs.blackboard.com/lti/lti-registration-and-deployment"),
    Line(
        BRIGHTSPACE,
        "token_audience",
        "https://api.brightspace.com/auth/token",
        "https://github.com/sakaiproject/sakai/blob/master/plus/docs/INSTALL-BRIGHTSPACE.md",
    ),
    Line(SAKAI, "line_item_without_asking", True, "sakai, SakaiDeepLink.java: it asks under a name of its own"),
)

PRODUCTS = {
    product: replace(Quirks(), **{line.field: line.value for line in LINES if line.product == product})
    for product in dict.fromkeys(line.product for line in LINES)
}

OTHER_CODES = {"sakailms.org": SAKAI}
ISSUERS = {
    "https://canvas.instructure.com": CANVAS,
    "https://canvas.beta.instructure.com": CANVAS,
    "https://canvas.test.instructure.com": CANVAS,
    "https://blackboard.com": BLACKBOARD,
}
LOGIN_PATHS = {
    "/mod/lti/auth.php": MOODLE,
    "/api/lti/authorize_redirect": CANVAS,
    "/api/lti_consumer/v1/launch": OPENEDX,
    "/api/v1/gateway/oidcauth": BLACKBOARD,
    "/d2l/lti/authenticate": BRIGHTSPACE,
    "/imsoidc/lti13/oidc_auth": SAKAI,
}
"""How the path of the authentication address ends; what is before it is where the product is installed."""


def of(product: str, issuer: str, auth_url: str = "") -> Quirks:
    """What to mind with one platform."""
    return PRODUCTS.get(name(product, issuer, auth_url), Quirks())


def name(product: str, issuer: str, auth_url: str = "") -> str:
    """Which product it is: by the code that it sends; if it sent none, by its addresses. "" if that tells nothing."""
    code = product.strip().lower()
    if code:
        return OTHER_CODES.get(code, code)
    path = urlsplit(auth_url).path.rstrip("/")
    by_path = (known for end, known in LOGIN_PATHS.items() if path.endswith(end))
    return ISSUERS.get(issuer.rstrip("/").lower()) or next(by_path, "")
