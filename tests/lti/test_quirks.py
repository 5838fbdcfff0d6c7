"""Products differ as the table says; everything else is the specification."""

import re
from dataclasses import fields

import pytest

from lms_app.core.clock import now
from lms_app.core.outbound import Answer
from lms_app.lti import grades, guides, quirks
from lms_app.lti.quirks import BLACKBOARD, BRIGHTSPACE, CANVAS, LINES, MOODLE, OPENEDX, PRODUCTS, SAKAI, Quirks
from lms_app.web.i18n import say
from tests.architecture.tree import ROOT


@pytest.mark.parametrize(
    ("product", "issuer", "auth_url", "known"),
    [
        ("moodle", "https://lms.example", "", MOODLE),
        ("Moodle", "https://lms.example", "", MOODLE),
        ("canvas", "https://lms.example", "", CANVAS),
        ("BlackboardLearn", "https://blackboard.com", "", BLACKBOARD),
        ("desire2learn", "https://lms.example", "", BRIGHTSPACE),
        ("sakai", "https://lms.example", "", SAKAI),
        ("sakailms.org", "https://lms.example", "", SAKAI),
        ("", "https://canvas.instructure.com", "", CANVAS),
        ("", "https://Canvas.instructure.com/", "", CANVAS),
        ("", "https://blackboard.com", "", BLACKBOARD),
        ("", "https://lms.example", "https://lms.example/moodle/mod/lti/auth.php", MOODLE),
        ("", "https://lms.example", "https://lms.example/api/lti/authorize_redirect", CANVAS),
        ("", "https://lms.example", "https://lms.example/api/lti_consumer/v1/launch/", OPENEDX),
        ("", "https://lms.example", "https://lms.example/d2l/lti/authenticate", BRIGHTSPACE),
        ("", "https://lms.example", "https://lms.example/imsoidc/lti13/oidc_auth", SAKAI),
        ("", "https://lms.example", "https://lms.example/auth", ""),
        ("tsugi.org", "https://lms.example", "https://lms.example/mod/lti/auth.php", "tsugi.org"),
    ],
)
def test_a_product_is_known_by_its_code_else_by_its_addresses(
    product: str, issuer: str, auth_url: str, known: str
) -> None:
    assert quirks.name(product, issuer, auth_url) == known
    assert quirks.of(product, issuer, auth_url) == PRODUCTS.get(known, Quirks())


def test_an_unknown_product_follows_the_specification() -> None:
    assert quirks.of("", "https://lms.example") == quirks.of("another", "https://lms.example") == Quirks()


def test_what_is_known_of_each_product() -> None:
    assert quirks.of("desire2learn", "").token_audience == "https://api.brightspace.com/auth/token"
    assert quirks.of("moodle", "").line_item_without_asking
    assert quirks.of("moodle", "").roster_limit == 1000
    assert quirks.of("canvas", "").issuer_for_all
    assert quirks.of("", "", "https://lms.example/api/lti_consumer/v1/launch/").one_deployment == "1"


@pytest.mark.parametrize(
    ("product", "status", "body", "what"),
    [
        (CANVAS, 400, b'{"errors": "Result has timestamp before last updated timestamp"}', "done"),
        (OPENEDX, 400, b'{"timestamp": ["Score timestamp can only be updated to a later point in time"]}', "done"),
        (CANVAS, 403, b"403 Forbidden (Rate Limit Exceeded)", "again"),
        (CANVAS, 400, b'{"errors": "User not found in course or is not a student"}', "hold"),
        (CANVAS, 403, b"user not authorized", "hold"),
        ("", 400, b"before last updated timestamp", "hold"),
        ("", 403, b"Rate Limit Exceeded", "hold"),
    ],
)
def test_an_older_score_and_too_many_calls_are_known_by_a_products_words(
    product: str, status: int, body: bytes, what: str
) -> None:
    assert grades.judge(Answer(status, {}, body), now(), quirks.of(product, "")).what == what


def test_every_line_names_a_field_a_source_and_a_day_and_stands_once() -> None:
    names = {field.name for field in fields(Quirks)}
    assert {line.field for line in LINES} == names, "a field that no product needs, or a line without a field"
    assert len({(line.product, line.field) for line in LINES}) == len(LINES)
    for line in LINES:
        assert len(line.source) > 10
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", line.at)


def test_the_document_shows_the_table_as_it_is() -> None:
    text = (ROOT / "docs" / "lti.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \| (.+?) \| (\d{4}-\d\d-\d\d) \|$", text, re.MULTILINE)
    wanted = [(line.product, line.field, f"`{line.value!r}`", line.source, line.at) for line in LINES]
    assert shown == wanted


# ---- what to type where


def test_a_guide_tells_our_addresses_and_asks_for_all_that_we_need() -> None:
    needed = ["--issuer", "--client-id", "--deployment", "--auth-url", "--token-url", "--jwks-url"]
    for guide in guides.guides("https://hoc.example"):
        copied = {entry.value for entry in guide.entries if entry.is_copied}
        wanted = {"https://hoc.example/lti/login", "https://hoc.example/lti/jwks.json"}
        assert wanted <= copied, guide.name
        assert any("https://hoc.example/lti/launch" in value for value in copied), guide.name
        assert not [entry for entry in guide.entries if "{" in entry.value or not entry.label or not entry.value]
        assert [answer.option for answer in guide.answers][:6] == needed, guide.name
        assert guide.register == "https://hoc.example/lti/register"


def test_each_product_has_its_guide_and_the_one_asked_for_comes_first() -> None:
    assert {guide.product for guide in guides.guides("https://hoc.example")} == set(PRODUCTS)
    assert guides.guides("https://hoc.example", SAKAI)[0].product == SAKAI
    assert guides.guides("https://hoc.example")[0].product == MOODLE


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_step_can_be_said_in_both_languages(language: str) -> None:
    for guide in guides.guides("https://hoc.example"):
        for step in (*guide.registering, *guide.steps):
            said = str(say(language, step, register=guide.register))
            assert "%(" not in said
            assert (said == step % {"register": guide.register}) == (language == "vi")
