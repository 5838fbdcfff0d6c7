"""The platform of the journeys itself: its services say no where a real one would."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import requests
from lti1p3platform.registration import Registration
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from lms_app.core.clock import now
from tests.journeys.platform import Context, Person, Platform, Said
from tests.journeys.platform.gradebook import ITEM_TYPE, LIST_TYPE, SCORE_TYPE
from tests.journeys.platform.library import CLAIM, LINEITEM, RESULT, ROSTER, SCORE, key_pair
from tests.journeys.platform.registering import TOOL

PRIVATE, PUBLIC = key_pair()
TOOL_URL = "http://tool.example"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def known() -> Iterator[Platform]:
    made = Platform(TOOL_URL)
    keys = {"keys": [Registration.get_jwk(PUBLIC)]}
    made.clients["journey"].made.set_tool_key_set_url(None).set_tool_key_set(keys)
    yield made
    made.close()


@pytest.fixture
def room(known: Platform) -> Context:
    made = known.new_course("Lớp", "journey", Person("t-1", "Cô Mai", "Instructor"), Person("u-1", "Tám"))
    for title in ("Một", "Hai"):
        made.add_link({"title": title, "url": f"{TOOL_URL}/x", "lineItem": {"scoreMaximum": 10, "tag": title}})
    return made


def signed(**claims: Any) -> str:
    at = int(now().timestamp())
    usual = {"iss": "journey", "sub": "journey", "iat": at, "exp": at + 60}
    return jwt.encode(usual | claims, PRIVATE, "RS256", {"kid": Registration.get_jwk(PUBLIC)["kid"]})


def ask_token(platform: Platform, *scopes: str, **claims: Any) -> requests.Response:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "scope": " ".join(scopes)}
    form["client_assertion"] = signed(**({"aud": f"{platform.services}/token"} | claims))
    return requests.post(f"{platform.services}/token", data=form, timeout=5)


def call(platform: Platform, method: str, path: str, scope: str, kind: str = "", **values: Any) -> requests.Response:
    token = ask_token(platform, scope).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind, "Accept": LIST_TYPE}
    url = path if path.startswith("http") else platform.services + path
    return requests.request(method, url, headers=headers, timeout=5, **values)


def score(sub: str, at: str, **changes: Any) -> str:
    usual = {"userId": sub, "scoreGiven": 8, "scoreMaximum": 10, "timestamp": at}
    return json.dumps(usual | {"activityProgress": "Completed", "gradingProgress": "FullyGraded"} | changes)


def test_a_token_is_for_the_tool_that_signs_and_for_scopes_that_were_granted(known: Platform) -> None:
    good = ask_token(known, SCORE, "unheard-of")
    assert (good.status_code, good.headers["Content-Type"], good.json()["scope"]) == (200, "text/html", SCORE)
    assert ask_token(known, "unheard-of").json() == {"error": "invalid_scope"}
    for claims in ({"iss": "else"}, {"aud": "else"}, {"exp": 1}):
        assert ask_token(known, SCORE, **claims).json() == {"error": "invalid_client"}


def test_line_items_are_found_made_changed_and_gone(known: Platform, room: Context) -> None:
    items = f"/items/{room.id}"
    assert call(known, "GET", items, SCORE).status_code == 401
    assert len(call(known, "GET", items, LINEITEM).json()) == 2
    (found,) = call(known, "GET", f"{items}?type_id=5&tag=Hai", LINEITEM).json()
    assert found["resourceLinkId"] == list(room.links)[1]
    first = call(known, "GET", f"{items}?limit=1", LINEITEM)
    (second,) = call(known, "GET", first.links["next"]["url"], LINEITEM).json()
    assert second == found
    made = call(known, "POST", items, LINEITEM, ITEM_TYPE, data='{"label": "Thêm", "scoreMaximum": 5}')
    assert made.status_code == 201
    own = made.json()["id"]
    changed = call(known, "PUT", own, LINEITEM, ITEM_TYPE, data='{"label": "Khác", "scoreMaximum": 6}')
    assert changed.json() == {"id": own, "label": "Khác", "scoreMaximum": 6}
    assert call(known, "DELETE", own, LINEITEM).status_code == 204
    assert call(known, "GET", own, LINEITEM).status_code == 404


def test_scores_rise_by_whole_seconds_and_are_a_learners(known: Platform, room: Context) -> None:
    item = next(iter(room.items))
    path = f"/items/{room.id}/{item}"

    def post(text: str, kind: str = SCORE_TYPE) -> int:
        return call(known, "POST", f"{path}/scores?type_id=5", SCORE, kind, data=text).status_code

    assert post(score("u-1", "2026-01-01T00:00:00.100Z")) == 200
    assert post(score("u-1", "2026-01-01T00:00:00.900Z")) == 409
    assert post(score("t-1", "2026-01-01T00:00:05Z")) == 400
    assert post(score("u-1", "yesterday")) == 400
    assert post(score("u-1", "2026-01-01T00:00:09Z"), "application/json") == 400
    (result,) = call(known, "GET", f"{path}/results", RESULT).json()
    assert (result["resultScore"], result["userId"]) == (8, "u-1")
    assert post(score("u-1", "2026-01-01T00:00:02Z", gradingProgress="Pending")) == 200
    assert call(known, "GET", f"{path}/results", RESULT).json() == []


def test_trouble_comes_as_scripted_once_and_an_outage_until_it_ends(known: Platform, room: Context) -> None:
    known.script["items"] = [Said(429, "", headers=[("Retry-After", "3")]), Said(200, "<html>", "text/html")]
    assert call(known, "GET", f"/items/{room.id}", LINEITEM).headers["Retry-After"] == "3"
    assert call(known, "GET", f"/items/{room.id}", LINEITEM).text == "<html>"
    assert call(known, "GET", f"/items/{room.id}", LINEITEM).status_code == 200
    known.down = True
    assert ask_token(known, SCORE).status_code == 503
    known.down = False
    assert ask_token(known, SCORE).status_code == 200


def test_a_roster_is_paged_by_tokens_that_mind_their_case_and_tells_what_changed(known: Platform) -> None:
    people = [Person(f"u-{at}", "Nguyễn Văn An") for at in range(2499)]
    room = known.new_course("Đông", "journey", *people, Person("", "Không mã"))
    known.page_size = 1000
    pages = [call(known, "GET", f"/members/{room.id}", ROSTER)]
    while following := pages[-1].links.get("next"):
        pages.append(call(known, "GET", following["url"], ROSTER))
    known.page_size = 0
    assert [len(page.json()["members"]) for page in pages] == [1000, 1000, 500]
    assert "user_id" not in pages[-1].json()["members"][-1]
    assert call(known, "GET", pages[0].links["next"]["url"].lower(), ROSTER).status_code == 404
    room.become("u-7", "Deleted")
    (gone,) = call(known, "GET", pages[-1].links["differences"]["url"], ROSTER).json()["members"]
    assert (gone["user_id"], gone["status"]) == ("u-7", "Deleted")
    assert len(call(known, "GET", f"/members/{room.id}?limit=9000", ROSTER).json()["members"]) == 2499


def registering(**changes: Any) -> dict[str, Any]:
    tool = {"domain": "tool.example", "target_link_uri": f"{TOOL_URL}/lti/", "claims": ["sub", "name"]}
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "initiate_login_uri": f"{TOOL_URL}/lti/login",
        "redirect_uris": [f"{TOOL_URL}/lti/launch"],
        "client_name": "Học",
        "jwks_uri": f"{TOOL_URL}/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"{SCORE} {ROSTER}",
        TOOL: tool,
    } | changes


def test_registration_takes_a_token_once_and_refuses_what_moodle_refuses(known: Platform) -> None:
    told = requests.get(f"{known.url}/.well-known/openid-configuration", timeout=5).json()
    bearer = {"Authorization": f"Bearer {known.register_page().rsplit('/', 1)[1]}"}

    def post(**changes: Any) -> requests.Response:
        asked = registering(**changes)
        return requests.post(told["registration_endpoint"], json=asked, headers=bearer, timeout=5)

    wrong = {TOOL: registering()[TOOL] | {"domain": "else.example"}}
    assert post(**wrong).text == "domain_targetlinkuri_mismatch"
    assert post(jwks_uri="").status_code == 400
    made = post().json()
    config = known.clients[made["client_id"]]
    assert (config.scopes, config.claims) == ({SCORE, ROSTER}, {"name"})
    assert made[TOOL]["deployment_id"] == config.made.get_deployment_id()
    assert post().status_code == 401


def test_a_copy_has_its_own_links_and_columns_and_knows_where_it_came_from(known: Platform, room: Context) -> None:
    twin = known.copy(room)
    assert not set(room.links) & set(twin.links)
    assert [link.history for link in twin.links.values()] == [[name] for name in room.links]
    assert [item["tag"] for item in twin.items.values()] == ["Một", "Hai"]
    assert not set(room.items) & set(twin.items)
    assert list(twin.people) == ["t-1"]


def sent(platform: Platform, page: str) -> dict[str, Any]:
    """The id_token that a page of the platform leads to, for a tool that answers the login in its frame."""
    frame = re.findall("src='([^']+)'", requests.get(page, timeout=5).text)[0]
    login = dict(parse_qsl(urlsplit(html.unescape(frame)).query))
    asked = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    asked |= {name: login[name] for name in ("login_hint", "lti_message_hint", "client_id")}
    asked |= {"redirect_uri": f"{TOOL_URL}/lti/launch", "nonce": "n", "state": "s"}
    form = requests.get(f"{platform.url}/auth", params=asked, timeout=5).text
    assert requests.get(f"{platform.url}/auth", params=asked, timeout=5).status_code == 400, "a hint serves once"
    token = re.findall("name=id_token value='([^']+)'", form)[0]
    said: dict[str, Any] = jwt.decode(token, platform.keys[1], algorithms=["RS256"], audience="journey")
    target = login["target_link_uri"]
    assert said[f"{CLAIM}target_link_uri"] == target
    return said


def test_each_kind_of_message_says_what_its_specification_asks_for(known: Platform, room: Context) -> None:
    teacher, learner = room.people["t-1"], room.people["u-1"]
    link, item = next(iter(room.links.values())), next(iter(room.items))
    link.custom = {"course": "cc-01", "old": "$ResourceLink.id.history", "odd": "$Odd.one"}
    twin = known.copy(room)
    copied = next(iter(twin.links.values()))
    said = sent(known, known.page(twin, copied.id, learner))
    assert said[f"{CLAIM}custom"] == {"course": "cc-01", "old": link.id, "odd": "$Odd.one"}
    assert said[AGS_CLAIM]["lineitem"] == f"{known.services}/items/{twin.id}/{copied.item}?type_id=5"
    assert said[NRPS_CLAIM]["context_memberships_url"] == f"{known.services}/members/{twin.id}"
    assert "sub" not in sent(known, known.page(room, link.id, learner, anonymous="1"))

    room.items[item]["submissionReview"] = {"url": f"{TOOL_URL}/review"}
    review = sent(known, known.view("review", room, teacher, item, "u-1"))
    assert review[f"{CLAIM}message_type"] == "LtiSubmissionReviewRequest"
    assert review[f"{CLAIM}target_link_uri"] == f"{TOOL_URL}/review"
    assert (review["sub"], review[f"{CLAIM}for_user"]["user_id"]) == ("t-1", "u-1")
    assert review[AGS_CLAIM]["lineitem"].endswith(f"/{item}?type_id=5")
    assert review[f"{CLAIM}resource_link"]["id"] == link.id

    privacy = sent(known, known.privacy_page(room, learner, "u-1"))
    assert privacy[f"{CLAIM}message_type"] == "DataPrivacyLaunchRequest"
    assert privacy[f"{CLAIM}for_user"]["user_id"] == "u-1"
    assert not {f"{CLAIM}context", f"{CLAIM}resource_link"} & privacy.keys()


def test_a_picker_is_told_what_is_accepted_and_its_answer_becomes_links(known: Platform, room: Context) -> None:
    known.deep_linking = {"accept_multiple": False, "accept_lineitem": None, "auto_create": None, "data": "d+1"}
    said = sent(known, known.view("pick", room, room.people["t-1"]))
    assert said[f"{CLAIM}message_type"] == "LtiDeepLinkingRequest"
    settings = said[f"{DL}deep_linking_settings"]
    assert (settings["accept_types"], settings["accept_multiple"]) == (["ltiResourceLink"], False)
    assert "auto_create" not in settings
    item = {"type": "ltiResourceLink", "title": "Ba", "url": f"{TOOL_URL}/3", "lineItem": {"scoreMaximum": 10}}

    def answer(**changes: Any) -> requests.Response:
        claims = {
            "aud": known.url,
            "nonce": "x",
            f"{CLAIM}message_type": "LtiDeepLinkingResponse",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": "1",
            f"{DL}data": "d+1",
            f"{DL}content_items": [item],
        }
        form = {"JWT": signed(**(claims | changes))}
        return requests.post(settings["deep_link_return_url"], data=form, timeout=5)

    assert answer(**{f"{DL}data": "d 1"}).status_code == 400
    assert answer(aud="else").status_code == 400
    assert answer(**{f"{DL}content_items": [{"type": "html"}]}).status_code == 400
    assert "Đã nhận 1 mục" in answer().text
    *_, link = room.links.values()
    assert (link.title, room.items[link.item]["resourceLinkId"]) == ("Ba", link.id)
    known.deep_linking = {}


def test_its_page_keeps_data_by_origin_and_closes_when_told(known: Platform, chromium: Chromium) -> None:
    page = chromium.new_page()
    page.route(f"{TOOL_URL}/**", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(known.page(known.contexts["ctx-1"], "rl-1", Person("u-1", "Tám"), storage="_parent"))
    frame = page.frames[1]
    assert "lti_storage_target=_parent" in frame.url

    def ask(message: dict[str, Any]) -> Any:
        script = """message => new Promise(done => {
            addEventListener('message', event => done([event.origin, event.data]), {once: true});
            parent.postMessage(message, '*');
        })"""
        origin, data = frame.evaluate(script, message)
        assert (origin, data.pop("message_id"), data.pop("subject")) == (
            known.url,
            "m",
            f"{message['subject']}.response",
        )
        return data

    can = ask({"subject": "lti.capabilities", "message_id": "m"})["supported_messages"]
    assert {"subject": "lti.put_data"} in can
    put = {"subject": "lti.put_data", "message_id": "m", "key": "state_1", "value": "s"}
    assert ask(put) == {"key": "state_1", "value": "s"}
    assert ask({"subject": "lti.get_data", "message_id": "m", "key": "state_1"}) == {"key": "state_1", "value": "s"}
    assert ask({"subject": "lti.get_data", "message_id": "m", "key": "none"})["value"] is None
    assert ask({"subject": "lti.get_data", "message_id": "m"})["error"]["code"] == "bad_request"
    frame.evaluate("parent.postMessage({subject: 'org.imsglobal.lti.close'}, '*')")
    expect(page.locator("#said")).to_have_text("Đã đóng")
    assert page.locator("iframe").count() == 0
    page.close()
