"""Deep Linking 2.0: a teacher picks, the platform gets one signed answer. 1EdTech's cases are named test_dl_..."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from lms_app.core.audit import AuditEntry
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.courses.models import Course, Quiz, QuizText
from lms_app.lti import deeplinks
from lms_app.lti.models import Launch, LtiUser, Picking, Platform
from lms_app.lti.queries import picking as queries
from lms_app.lti.quirks import Quirks
from lms_app.lti.reasons import LaunchRefused
from tests import make
from tests.lti.platform import ABSENT, CLAIM, ROLE, SITE, Lms, Server, platform, why_refused
from tests.lti.test_independent import ISSUER, Login, Message, Theirs
from tests.web import Browser, Page, counted

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS = f"{DL}deep_linking_settings"
RETURN = "https://lms.example/return.php?course=2&id=7&sesskey=a+b"
TITLE = "Kỹ năng số cơ bản"
FINAL = f"Bài kiểm tra cuối khóa: {TITLE}"
Ask = Callable[..., Page]


def settings(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "deep_link_return_url": RETURN,
        "accept_types": ["link", "ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        "accept_lineitem": True,
        "title": "Thêm hoạt động",
    }
    return {name: value for name, value in (usual | changes).items() if value is not ABSENT}


def launched(lms: Lms, client: FlaskClient, *, role: str = "#Instructor", locale: str = "vi", **changes: Any) -> Any:
    claims = {
        "message_type": "LtiDeepLinkingRequest",
        "roles": [f"{ROLE.removesuffix('#')}{role}"],
        "resource_link": ABSENT,
        "launch_presentation": {"locale": locale},
        SETTINGS: settings(**changes),
    }
    return lms.launch(client, **claims)


@pytest.fixture
def ask(lms: Lms, client: FlaskClient, web: Browser) -> Ask:
    """The picker, opened by a teacher's launch, in a browser that holds no cookie."""

    def opened(**changes: Any) -> Page:
        response = launched(lms, client, **changes)
        assert response.status_code == 303, response.get_data(as_text=True)
        return web.get(response.location)

    return opened


def answer(page: Page) -> dict[str, Any]:
    """What the platform reads in the answer, verified by our public keys as it would."""
    assert (page.status, page.form().method, [*page.form().fields]) == (200, "post", ["JWT"])
    signed = page.form().fields["JWT"]
    (known,) = json.loads(page.browser.get("/lti/jwks.json").body)["keys"]
    assert jwt.get_unverified_header(signed)["kid"] == known["kid"]
    need: Any = {"require": ["iss", "aud", "iat", "exp", "nonce"]}
    key, theirs = jwt.PyJWK(known).key, "https://lms.example"
    found: dict[str, Any] = jwt.decode(signed, key, algorithms=["RS256"], audience=theirs, options=need)
    return found


def items(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer(page)[f"{DL}content_items"]
    return found


# ---- the cases of 1EdTech's certification of tools


def test_dl_a_deep_linking_request_opens_the_picker_for_an_instructor(ask: Ask) -> None:
    page = ask()
    assert page.status == 200
    assert all(word in page.text for word in (TITLE, "1 giờ", "2 bài học", "4 câu", "đạt từ 60%", "100 điểm"))
    assert "Trường Chính trị · Thêm hoạt động" in page.body
    assert "frame-ancestors https://lms.example" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers


def test_dl_a_response_with_one_lti_resource_link(ask: Ask) -> None:
    said = answer(ask().submit(pick="cc-01", column=None))
    at = now().timestamp()
    assert (said["iss"], said["aud"]) == ("abc", "https://lms.example")
    assert at - 60 < said["iat"] <= at
    assert at + 240 < said["exp"] <= at + 300
    assert len(said["nonce"]) >= 20
    assert said[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse"
    assert (said[f"{CLAIM}version"], said[f"{CLAIM}deployment_id"]) == ("1.3.0", "1")
    assert said[f"{DL}msg"] == "Đã chọn 1 mục."
    assert said[f"{DL}content_items"] == [
        {
            "type": "ltiResourceLink",
            "title": TITLE,
            "text": "Tóm tắt khóa học.",
            "url": f"{SITE}/lti/courses/cc-01",
            "icon": {"url": f"{SITE}/static/icon.svg", "width": 40, "height": 40},
            "window": {"targetName": "hoc-chuyen-doi-so"},
            "iframe": {"width": 800, "height": 600},
            "custom": {
                "course": "cc-01",
                "resource_link_history": "$ResourceLink.id.history",
                "context_history": "$Context.id.history",
                "due": "$ResourceLink.submission.endDateTime",
                "grade": "no",
            },
        }
    ]


def test_dl_a_response_with_several_items_in_the_order_of_the_page(ask: Ask) -> None:
    make.course("ld-01", title="Lãnh đạo số")
    picked = items(ask().submit(pick=["ld-01", "cc-01/final", "cc-01/lessons/bai-2", "cc-01"]))
    assert [one["title"] for one in picked] == [TITLE, "Bài số 2", FINAL, "Lãnh đạo số"]
    assert [one["url"].removeprefix(f"{SITE}/lti/courses/") for one in picked] == [
        "cc-01",
        "cc-01/lessons/bai-2",
        "cc-01/final",
        "ld-01",
    ]
    assert [one["custom"].get("lesson") for one in picked] == [None, "bai-2", "final", None]


def test_dl_a_response_with_a_line_item_for_each_that_is_scored_and_wanted(ask: Ask) -> None:
    page = ask()
    assert sorted(page.form().fields["column"]) == ["cc-01", "cc-01/final"]
    picked = items(page.submit(pick=["cc-01", "cc-01/lessons/bai-1", "cc-01/final"], column=["cc-01/final"]))
    assert [one.get("lineItem") for one in picked] == [
        None,
        None,
        {"scoreMaximum": 100, "label": FINAL, "tag": "final", "resourceId": "cc-01"},
    ]


def test_where_each_answer_replaces_the_last_nothing_is_cancelled_by_an_empty_one(ask: Ask, lms: Lms) -> None:
    db.session.get_one(Platform, lms.id).product = "openedx"
    db.session.commit()
    page = ask()
    assert "thay cho mọi mục đã chọn trước đó" in page.text
    assert 'name="cancel"' not in page.body


def test_dl_cancelling_answers_an_empty_list(ask: Ask) -> None:
    said = answer(ask(data="d").submit(pick="cc-01", cancel="1"))
    assert (said[f"{DL}content_items"], said[f"{DL}data"]) == ([], "d")
    assert said[f"{DL}msg"] == "Chưa thêm mục nào."


@pytest.mark.parametrize("data", ["d+1/=", '<script>"&\\', "\u0000\ud800 ữ", "x" * 65_000, {"a": [1, "ữ", None]}])
def test_dl_data_comes_back_unchanged(ask: Ask, data: Any) -> None:
    page = ask(data=data)
    assert "script>&" not in page.body
    assert answer(page.submit(pick="cc-01"))[f"{DL}data"] == data


def test_dl_data_is_left_out_when_none_was_sent(ask: Ask) -> None:
    assert f"{DL}data" not in answer(ask().submit(pick="cc-01"))


def test_dl_accept_multiple_false_allows_one_item(ask: Ask) -> None:
    page = ask(accept_multiple=False)
    assert 'type="checkbox" id=' not in page.body
    assert 'type="radio" id="p-cc-01"' in page.body
    again = page.submit(pick=["cc-01", "cc-01/final"])
    assert (again.status, "Mỗi lần chỉ thêm được một mục." in again.text) == (400, True)
    assert len(items(again.submit(pick="cc-01/final"))) == 1


def test_dl_accept_lineitem_false_offers_no_grade_column(ask: Ask) -> None:
    page = ask(accept_lineitem=False)
    assert "cột điểm" not in page.text
    assert "lineItem" not in items(page.submit(pick="cc-01", column="cc-01"))[0]


def test_dl_plain_links_where_lti_links_are_not_accepted(ask: Ask) -> None:
    page = ask(accept_types=["html", "link"])
    assert "cột điểm" not in page.text
    (course, final) = items(page.submit(pick=["cc-01", "cc-01/final"]))
    assert (course["type"], course["url"]) == ("link", f"{SITE}/courses/cc-01")
    assert (final["title"], final["url"]) == (FINAL, f"{SITE}/courses/cc-01/final")
    assert not {"custom", "lineItem", "iframe"} & course.keys()
    assert course["window"] == {"targetName": "hoc-chuyen-doi-so"}


def test_dl_a_page_says_so_where_neither_is_accepted_and_leads_back(ask: Ask) -> None:
    page = ask(accept_types=["html", "file"])
    assert "không nhận loại nội dung nào mà trang này có: liên kết LTI (ltiResourceLink)" in page.text
    assert page.submit(pick="cc-01").status == 400
    assert items(page.submit(cancel="1")) == []


def test_dl_presentation_targets_decide_frame_and_window(ask: Ask) -> None:
    (item,) = items(ask(accept_presentation_document_targets=["embed"]).submit(pick="cc-01"))
    assert not {"iframe", "window"} & item.keys()


@pytest.mark.parametrize("product", ["moodle", "sakailms.org"])
def test_line_items_where_a_product_takes_them_without_asking(ask: Ask, lms: Lms, product: str) -> None:
    db.session.execute(update(Platform).where(Platform.id == lms.id).values(product=product))
    db.session.commit()
    assert "lineItem" in items(ask(accept_lineitem=ABSENT).submit(pick="cc-01"))[0]
    assert "lineItem" not in items(ask(accept_lineitem=False).submit(pick="cc-01"))[0]


def test_a_missing_accept_lineitem_promises_nothing_elsewhere(ask: Ask) -> None:
    assert "cột điểm" not in ask(accept_lineitem=ABSENT).text


# ---- the picker as people use it


def test_a_search_keeps_what_was_ticked_and_grade_columns_that_were_unticked(ask: Ask) -> None:
    make.course("ld-01", title="Lãnh đạo số")
    page = ask()
    found = page.browser.get(page.path, q="lanh dao", pick=["cc-01", "cc-01/final"], column=["cc-01", "ld-01"])
    assert "Đã chọn, ngoài kết quả tìm" in found.text
    assert found.form().fields["pick"] == ["cc-01", "cc-01/final"]
    assert found.form().fields["column"] == ["cc-01", "ld-01", "ld-01/final"]
    assert found.form().action == page.path
    picked = items(found.submit(pick=["cc-01", "cc-01/final", "ld-01"]))
    assert [(one["title"], "lineItem" in one) for one in picked] == [
        (TITLE, True),
        (FINAL, False),
        ("Lãnh đạo số", True),
    ]


def test_a_search_finds_courses_by_the_title_of_a_lesson_without_marks(ask: Ask) -> None:
    make.course("ld-01", title="Lãnh đạo số", lessons=3)
    page = ask()
    found = page.browser.get(page.path, q="bai so 3")
    assert ("Lãnh đạo số" in found.text, TITLE in found.text) == (True, False)
    assert "Không có khóa học nào hợp" in page.browser.get(page.path, q="%_").text


def test_nothing_ticked_is_the_page_again_with_a_sentence_and_nothing_lost(ask: Ask) -> None:
    again = ask().submit(q="co ban")
    assert (again.status, "Chọn ít nhất một mục." in again.text) == (400, True)
    assert again.form().fields["q"] == "co ban"
    assert len(items(again.submit(pick="cc-01"))) == 1


def test_a_course_closed_meanwhile_is_left_out_and_the_rest_stays_ticked(ask: Ask) -> None:
    make.course("ld-01", title="Lãnh đạo số")
    page = ask()
    db.session.execute(update(Course).where(Course.id == "ld-01").values(status="archived"))
    db.session.commit()
    again = page.submit(pick=["cc-01", "ld-01"])
    assert (again.status, "không còn mở" in again.text) == (400, True)
    assert again.form().fields["pick"] == "cc-01"
    assert [one["title"] for one in items(again.submit())] == [TITLE]


@pytest.mark.parametrize("wanted", ["xx-99", "cc-01/lessons/bai-9", "cc-01/final/x", "../admin", "<script>", "cc-01\n"])
def test_what_is_not_offered_cannot_be_picked(ask: Ask, wanted: str) -> None:
    again = ask().submit(pick=["cc-01", wanted])
    assert again.status == 400
    assert "<script>" not in again.body


def test_no_more_than_fifty_at_a_time(ask: Ask) -> None:
    make.course("ld-01", lessons=51)
    again = ask().submit(pick=[f"ld-01/lessons/bai-{n}" for n in range(1, 52)])
    assert (again.status, "nhiều nhất 50 mục" in again.text) == (400, True)


def test_a_course_without_a_test_brings_no_score_and_so_no_column(ask: Ask) -> None:
    version = make.course("ld-01", title="Chỉ đọc")
    db.session.execute(delete(QuizText))
    db.session.execute(delete(Quiz).where(Quiz.version_id == version.id))
    db.session.commit()
    assert "lineItem" not in items(ask().submit(pick="ld-01", column="ld-01"))[0]


def test_a_long_title_is_cut_to_what_platforms_hold(ask: Ask) -> None:
    make.course("ld-01", title="Đ" * 280)
    assert [len(one["title"]) for one in items(ask().submit(pick=["ld-01", "ld-01/final"]))] == [255, 255]


@pytest.mark.parametrize(
    ("locale", "word", "msg"),
    [
        ("en-US", "Choose content for the class", "1 item was chosen."),
        ("vi_VN", "Chọn nội dung cho lớp", "Đã chọn 1 mục."),
        ("", "Chọn nội dung cho lớp", "Đã chọn 1 mục."),
    ],
)
def test_page_and_message_speak_the_language_of_the_platform(ask: Ask, locale: str, word: str, msg: str) -> None:
    page = ask(locale=locale)
    assert word in page.text
    assert answer(page.submit(pick="cc-01"))[f"{DL}msg"] == msg


def test_a_reader_who_chose_a_language_keeps_it(ask: Ask) -> None:
    page = ask(locale="en")
    page.browser.client.set_cookie("lang", "vi")
    again = page.browser.get(page.path)
    assert "Chọn nội dung cho lớp" in again.text
    assert answer(again.submit(pick="cc-01"))[f"{DL}msg"] == "1 item was chosen."


def test_a_platform_that_saves_at_once_is_announced(ask: Ask) -> None:
    assert "Mục đã chọn được tạo ngay, không hỏi lại." in ask(auto_create=True).text


def test_the_answer_goes_to_the_return_address_and_the_policy_lets_it(ask: Ask) -> None:
    page = ask(deep_link_return_url="https://school.example:8443/back?a=1&b=2").submit(pick="cc-01")
    assert page.form().action == "https://school.example:8443/back?a=1&b=2"
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://school.example:8443 https://lms.example;" in policy
    assert "frame-ancestors https://lms.example https://school.example:8443" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert "data-answer" in page.body
    assert "<noscript" not in page.body


def test_a_picking_is_answered_once(ask: Ask) -> None:
    page = ask()
    assert len(items(page.submit(pick="cc-01"))) == 1
    for again in (page.submit(pick="cc-01"), page.browser.get(page.path)):
        assert (again.status, again.forms) == (409, [])
        assert "hãy bắt đầu lại từ Trường Chính trị" in again.text
    (note,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "lti.picked"))
    assert (note.detail["items"], note.detail["sub"]) == ("cc-01", "u-4")


def test_of_two_answers_at_once_one_wins(ask: Ask) -> None:
    ask()
    found = db.session.scalars(select(Picking)).one()
    assert [queries.answer(found.digest, now()) for _ in range(2)] == [True, False]


def test_choosing_makes_nobody_and_signs_nobody_in(ask: Ask, client: FlaskClient) -> None:
    ask()
    assert client.get("/api/v1/me").status_code == 401
    assert not [*db.session.scalars(select(LtiUser)), *db.session.scalars(select(Launch))]


@pytest.mark.parametrize(
    "role", ["#Instructor", "#ContentDeveloper", "#Administrator", "/Instructor#TeachingAssistant"]
)
def test_who_builds_a_course_may_pick(lms: Lms, client: FlaskClient, role: str) -> None:
    assert launched(lms, client, role=role).location.startswith("/lti/pick/")


def test_thirty_courses_cost_no_more_statements_than_one(ask: Ask) -> None:
    page = ask()
    for n in range(2, 31):
        make.course(f"c-{n}", title=f"Khóa {n}")
    with counted() as seen:
        listed = page.browser.get(page.path)
    assert "Có 30 khóa học." in listed.text
    assert len(seen) == 4
    with counted() as seen:
        page.submit(pick=["c-2", "c-3/final"])
    assert len(seen) <= 8


# ---- hostile


WRONG: list[Any] = [None, 1, 0.5, "", "yes", [], {}, ["x", 1, None], {"a": 1}, [[]], True]


@pytest.mark.parametrize("wrong", WRONG)
def test_settings_of_wrong_types_count_as_not_accepted(wrong: Any) -> None:
    names = ("accept_types", "accept_presentation_document_targets", "accept_media_types", "accept_lineitem")
    claim = {
        "deep_link_return_url": RETURN,
        **dict.fromkeys((*names, "accept_multiple", "auto_create", "title", "text"), wrong),
    }
    asked = deeplinks.read(claim, Quirks(line_item_without_asking=True))
    assert (asked.kind, asked.has_columns, asked.in_frame, asked.in_window) == ("", False, False, False)
    assert (asked.is_many, asked.is_saved) == (wrong is True, wrong is True)
    assert asked.title == (wrong if isinstance(wrong, str) else "")


def test_settings_as_texts_are_understood() -> None:
    claim = settings(accept_types="link, ltiResourceLink", accept_multiple="false", accept_lineitem="true")
    asked = deeplinks.read(claim, Quirks())
    assert (asked.kind, asked.is_many, asked.has_columns) == ("ltiResourceLink", False, True)


def test_accept_multiple_left_out_forbids_nothing() -> None:
    assert deeplinks.read(settings(accept_multiple=ABSENT), Quirks()).is_many


BAD_RETURNS: list[Any] = [
    *(ABSENT, None, "", 7, ["https://a.example"], "javascript:alert(1)", "data:text/html,x", "ftp://lms.example/"),
    *("//lms.example/", "/back", "https://", 'https://lms.example/"><script>', "https://lms.example/ x"),
    *(f"https://{'a' * 300}.example/", f"https://lms.example/{'a' * 4000}", "https://lms.example/\r\nX: 1"),
]


@pytest.mark.parametrize("address", BAD_RETURNS)
def test_an_answer_goes_to_web_addresses_only(address: Any) -> None:
    with pytest.raises(LaunchRefused) as refused:
        deeplinks.read(settings(deep_link_return_url=address), Quirks())
    assert refused.value.reason == "deep-linking-settings"


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else "x"


@pytest.mark.parametrize("data", ["x" * 65_536, nested(20), float("nan"), {"a": float("inf")}], ids=lambda _: "")
def test_data_that_cannot_be_kept_is_refused(
    lms: Lms, client: FlaskClient, caplog: pytest.LogCaptureFixture, data: Any
) -> None:
    assert why_refused(launched(lms, client, data=data), caplog) == "deep-linking-settings"
    assert db.session.scalar(select(Picking)) is None


def test_a_megabyte_of_data_is_refused(lms: Lms, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    assert why_refused(launched(lms, client, data="x" * 1_000_000), caplog) == "too-long"


@pytest.mark.parametrize("role", ["#Learner", "#Mentor", "#Student"])
def test_who_does_not_build_the_course_is_refused(
    lms: Lms, client: FlaskClient, caplog: pytest.LogCaptureFixture, role: str
) -> None:
    assert why_refused(launched(lms, client, role=role), caplog) == "picker"


def test_administrators_of_a_whole_platform_are_no_builders(
    lms: Lms, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    roles = ["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"]
    claims = {"message_type": "LtiDeepLinkingRequest", "roles": roles, SETTINGS: settings()}
    assert why_refused(lms.launch(client, **claims), caplog) == "picker"


@pytest.mark.parametrize("how", ["guessed", "digest", "old", "disabled"])
def test_a_picking_that_is_not_open_opens_for_nobody(ask: Ask, lms: Lms, how: str) -> None:
    page = ask()
    found = db.session.scalars(select(Picking)).one()
    path = {"guessed": "/lti/pick/x", "digest": f"/lti/pick/{found.digest}"}.get(how, page.path)
    if how == "old":
        found.expires_at = now()
    if how == "disabled":
        db.session.get_one(Platform, lms.id).status = "disabled"
    db.session.commit()
    for response in (page.browser.get(path), page.browser.post(path, pick="cc-01")):
        assert response.status == 403
        assert "Chưa mở được khóa học" in response.text


def test_script_in_what_the_platform_says_is_shown_as_text(ask: Ask) -> None:
    page = ask(title="<script>alert(1)</script>", text='"><img src=x onerror=alert(1)>', data="</form><script>")
    assert "&lt;script&gt;alert(1)" in page.body
    assert not [bad for bad in ("<script>", "<img") if bad in page.body]
    assert "<script>" not in page.submit(pick="cc-01").body


def test_old_pickings_are_swept_out_by_the_next(ask: Ask) -> None:
    ask()
    db.session.execute(update(Picking).values(expires_at=now()))
    db.session.commit()
    ask()
    assert len(db.session.scalars(select(Picking)).all()) == 1


# ---- against a platform that others wrote


class TheirDeepLinks(Theirs):
    def get_registration_by_params(self, **kwargs: Any) -> Any:
        return super().get_registration_by_params(**kwargs).set_deeplink_launch_url(f"{SITE}/lti/")


def test_an_independent_platform_asks_and_reads_the_answer(
    app: Flask, client: FlaskClient, server: Server, web: Browser
) -> None:
    del app
    make.course("cc-01")
    platform(server, issuer=ISSUER, client_id="indep")
    theirs = TheirDeepLinks(client=client)
    server.keys = theirs.get_jwks()
    login = Login(None, theirs)
    login.set_lti_message_hint()
    begun = client.get(login.initiate_login("t-1").removeprefix(SITE))
    message = Message(dict(parse_qsl(urlsplit(begun.location).query)), theirs)
    message.set_user_data("t-1", [f"{ROLE}Instructor"], "Trần Văn Lan", "")
    message.set_launch_context_claim("ctx-1")
    message.set_dl(RETURN, title="Chọn bài", accept_types={"ltiResourceLink"}, extra_data={"course": 2})
    said = message.lti_launch()
    opened = client.post("/lti/launch", data={"state": said["state"], "id_token": said["id_token"]})
    page = web.get(opened.location)
    answered = page.submit(pick=["cc-01", "cc-01/lessons/bai-1"])
    theirs.set_accepted_deeplinking_types(["ltiResourceLink"])
    got = theirs.validate_deeplinking_resp(answered.form().fields)
    assert [one["url"] for one in got] == [f"{SITE}/lti/courses/cc-01", f"{SITE}/lti/courses/cc-01/lessons/bai-1"]
    claims = theirs.tool_validate_and_decode(answered.form().fields["JWT"])
    assert (claims["aud"], claims["iss"], claims[f"{DL}data"]) == (ISSUER, "indep", {"course": 2})
