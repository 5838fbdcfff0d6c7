"""Frames that keep no cookie: the platform's postMessage storage proves the browser, else a tab asks for one's word."""

from xml.etree import ElementTree as ET

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.lti.platform import Lms, post
from tests.web import strict

FORWARDING = "post_message_forwarding"


def marked(page: TestResponse) -> dict[str, str]:
    """What the script is told, from the page's data attributes and hidden fields."""
    tree = strict(page.get_data(as_text=True), "page")
    node = next(node for node in tree.iter() if node.get("data-lti"))
    fields = {field.get("name") or "": field.get("value") or "" for field in node.iter("input")}
    return {name.removeprefix("data-"): value for name, value in node.attrib.items()} | fields


def kept(lms: Lms, client: FlaskClient, target: str = "_parent") -> tuple[dict[str, str], dict[str, str]]:
    """A login that asks for storage: what the script keeps, and what the platform is asked."""
    page = lms.login(client, lti_storage_target=target)
    assert page.status_code == 200
    said = marked(page)
    address = said["address"]
    return said, dict(pair.split("=", 1) for pair in address.partition("?")[2].split("&"))


def launched(lms: Lms, frame: FlaskClient, asked: dict[str, str]) -> TestResponse:
    return post(frame, asked["state"], lms.token(lms.claims(asked["nonce"])))


def test_login_has_the_platforms_page_keep_a_secret_and_goes_on_without_a_script_too(
    lms: Lms, client: FlaskClient
) -> None:
    page = lms.login(client, lti_storage_target=FORWARDING)
    said = marked(page)
    assert (said["lti"], said["target"], said["origin"]) == ("keep", FORWARDING, "https://lms.example")
    assert said["address"].startswith("https://lms.example/auth?")
    tree = strict(page.get_data(as_text=True), "keep")
    refresh = [node for node in tree.iter("meta") if node.get("http-equiv") == "refresh"]
    assert refresh[0].get("content") == f"0; url={said['address']}"
    assert any(link.get("href") == said["address"] for link in tree.iter("a"))


def test_with_its_cookie_the_launch_needs_no_storage(lms: Lms, client: FlaskClient) -> None:
    _said, asked = kept(lms, client)
    assert launched(lms, client, asked).status_code == 303


def test_what_the_storage_kept_opens_the_course_in_the_frame(lms: Lms, client: FlaskClient, app: Flask) -> None:
    said, asked = kept(lms, client)
    frame = app.test_client()
    page = launched(lms, frame, asked)
    told = marked(page)
    assert (told["lti"], told["key"]) == ("prove", said["key"])
    arrived = frame.post("/lti/storage", data={"ticket": told["ticket"], "kept": said["kept"]})
    assert arrived.status_code == 303
    opened = frame.get(arrived.location)
    assert opened.location == "/courses/cc-01/lessons/bai-1"
    assert frame.get("/api/v1/me").status_code == 200


def test_a_frame_that_keeps_no_session_either_gets_the_tab(lms: Lms, client: FlaskClient, app: Flask) -> None:
    said, asked = kept(lms, client)
    told = marked(launched(lms, app.test_client(), asked))
    frame = app.test_client(use_cookies=False)
    arrived = frame.post("/lti/storage", data={"ticket": told["ticket"], "kept": said["kept"]})
    page = frame.get(arrived.location)
    assert page.status_code == 200
    assert "/lti/open" in page.get_data(as_text=True)


def test_another_browsers_secret_opens_nothing(lms: Lms, client: FlaskClient, app: Flask) -> None:
    _said, asked = kept(lms, client)
    other, _asked = kept(lms, client)
    frame = app.test_client()
    told = marked(launched(lms, frame, asked))
    for wrong in (other["kept"], "", "made-up"):
        assert frame.post("/lti/storage", data={"ticket": told["ticket"], "kept": wrong}).status_code == 403
    assert frame.get("/api/v1/me").status_code == 401


def test_a_ticket_without_storage_cannot_be_proven(lms: Lms, client: FlaskClient, app: Flask) -> None:
    asked = lms.begin(client)
    frame = app.test_client()
    page = strict(launched(lms, frame, asked).get_data(as_text=True), "page")
    ticket = _field(page, "ticket")
    assert frame.post("/lti/storage", data={"ticket": ticket, "kept": ""}).status_code == 403


def test_an_odd_storage_target_is_not_taken(lms: Lms, client: FlaskClient) -> None:
    for odd in ("<script>", "a b", "x" * 200, ""):
        assert lms.login(client, lti_storage_target=odd).status_code == 302


def _field(tree: ET.Element, name: str) -> str:
    found = tree.find(f".//input[@name='{name}']")
    assert found is not None
    return found.get("value") or ""
