"""What an administrator sees of platforms and of the grades owed to them, and does about it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms_app.core import outbox
from lms_app.core.audit import AuditEntry
from lms_app.core.db import db, transaction
from lms_app.core.ids import new_id
from lms_app.core.outbox_rows import OutboxRow
from lms_app.lti.models import AccessToken, Deployment, Grade, LtiUser, Platform
from tests import make
from tests.lti.classroom import score
from tests.lti.platform import SITE, Lms, Said, Server, jwk, platform, work
from tests.web import Browser, Page, counted

SCORES = "/items/6/scores"
NEW = {
    "name": "Moodle của xã",
    "issuer": "https://moodle.example",
    "client_id": "c1",
    "auth_url": "https://moodle.example/mod/lti/auth.php",
    "token_url": "https://moodle.example/mod/lti/token.php",
    "jwks_url": "https://moodle.example/mod/lti/certs.php",
    "deployments": "1\n2",
    "audience": "",
    "product": "moodle",
}


@pytest.fixture
def admin(web: Browser) -> Browser:
    web.sign_in(make.person("Phạm Thị Hoa", "admin").email or "")
    return web


def known() -> Platform:
    db.session.rollback()
    return db.session.scalars(select(Platform).execution_options(populate_existing=True)).one()


def deployments() -> set[str]:
    return set(db.session.scalars(select(Deployment.deployment_id)))


def acts(prefix: str = "lti.") -> list[str]:
    found = select(AuditEntry.action).where(AuditEntry.action.startswith(prefix)).order_by(AuditEntry.id)
    return list(db.session.scalars(found))


PAGES = ("", "/new", "/{id}", "/{id}/edit", "/{id}/delete", "/grades", "/grades/{id}")


@pytest.mark.parametrize("page", PAGES)
def test_only_administrators_see_the_pages(lms: Lms, web: Browser, page: str) -> None:
    path = f"/admin/lti{page.format(id=lms.id)}"
    assert web.get(path).path == "/sign-in" or web.get(path).status == 401
    web.sign_in(make.person("Lê Thị Nhân", "hr").email or "")
    assert web.get(path).status == 403


def test_the_admin_home_leads_to_the_platforms(admin: Browser) -> None:
    assert 'href="/admin/lti"' in admin.get("/admin/").body


# ---- the list, one platform


def test_the_list_says_how_each_platform_is_doing(lms: Lms, admin: Browser, client: FlaskClient) -> None:
    assert "chưa có lần nào" in admin.get("/admin/lti").text
    lms.launch(client)
    page = admin.get("/admin/lti")
    for told in ("Trường Chính trị", "Đang dùng", f"{SITE}/lti/register"):
        assert told in page.text
    assert "chưa có lần nào" not in page.text


def test_an_empty_list_says_what_to_do(admin: Browser) -> None:
    page = admin.get("/admin/lti")
    assert "Chưa có hệ thống nào được kết nối." in page.text
    assert 'href="/admin/lti/new"' in page.body


@pytest.mark.parametrize(("mode", "told"), [("open", "dùng được ngay"), ("closed", "Đang đóng")])
def test_the_list_says_what_becomes_of_those_that_register_themselves(
    app: Flask, admin: Browser, monkeypatch: pytest.MonkeyPatch, mode: str, told: str
) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], lti_registration=mode))
    assert told in admin.get("/admin/lti").text


def test_the_list_costs_the_same_for_many_platforms(server: Server, admin: Browser) -> None:
    costs = []
    for number in range(3):
        platform(server, client_id=f"c{number}")
        with counted() as seen:
            admin.get("/admin/lti")
        costs.append(len(seen))
    assert costs[1] == costs[2]


def test_one_page_tells_all_of_a_platform(lms: Lms, admin: Browser) -> None:
    page = admin.get(f"/admin/lti/{lms.id}")
    for told in (lms.issuer, lms.client_id, "https://lms.example/auth?tenant=1", "Kiểm tra kết nối"):
        assert told in page.text
    assert "Địa chỉ ở máy chủ khác" in page.text, "token and keys are on another host than the issuer"


@pytest.mark.parametrize("path", ["", "/edit", "/delete"])
def test_a_platform_that_is_not_there_is_a_page_that_says_so(admin: Browser, path: str) -> None:
    assert admin.get(f"/admin/lti/{new_id()}{path}").status == 404


# ---- by hand


def test_a_platform_is_added_by_hand_and_the_page_says_what_to_type_where(admin: Browser) -> None:
    page = admin.get("/admin/lti/new").submit("/admin/lti/new", **NEW)
    made = known()
    assert page.path == f"/admin/lti/{made.id}"
    assert (made.name, made.status, made.product, made.audience) == ("Moodle của xã", "active", "moodle", None)
    assert deployments() == {"1", "2"}
    for told in ("Đã thêm kết nối", "Manage tools", f"{SITE}/lti/launch", "resource_link_history=$ResourceLink.id"):
        assert told in page.text
    assert "Developer Keys" not in page.text, "only the guide of its own product"
    assert acts() == ["lti.platform.added"]


def test_an_unknown_product_gets_all_guides(admin: Browser) -> None:
    page = admin.get("/admin/lti/new").submit(
        "/admin/lti/new", **NEW | {"product": "", "auth_url": "https://x.example/"}
    )
    for name in ("Moodle", "Canvas", "Open edX", "Blackboard", "Brightspace", "Sakai"):
        assert name in page.text


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(admin: Browser) -> None:
    wrong = {"name": " ", "issuer": "moodle", "token_url": "ftp://moodle.example/", "deployments": "1\n" + "x" * 300}
    page = admin.get("/admin/lti/new").submit("/admin/lti/new", **NEW | wrong)
    assert page.status == 400
    for name in ("name", "issuer", "token_url"):
        assert f'aria-describedby="{name}' in page.body or f"{name}-error" in page.body
        assert f'href="#{name}"' in page.body
    kept = page.form("/admin/lti/new").fields
    assert (kept["issuer"], kept["token_url"], kept["client_id"]) == ("moodle", "ftp://moodle.example/", "c1")
    assert kept["product"] == "moodle"
    assert not db.session.scalars(select(Platform)).all()


def test_too_long_a_deployment_stands_beside_its_field(admin: Browser) -> None:
    page = admin.get("/admin/lti/new").submit("/admin/lti/new", **NEW | {"deployments": "x" * 300})
    assert (page.status, 'id="deployments-error"' in page.body) == (400, True)
    assert page.form("/admin/lti/new").fields["deployments"] == "x" * 300


def test_the_same_registration_twice_is_told_beside_the_client_id(admin: Browser) -> None:
    admin.get("/admin/lti/new").submit("/admin/lti/new", **NEW)
    page = admin.get("/admin/lti/new").submit("/admin/lti/new", **NEW)
    assert (page.status, "đã được kết nối" in page.text) == (409, True)


def test_script_in_any_field_is_shown_as_text(admin: Browser) -> None:
    page = admin.get("/admin/lti/new").submit("/admin/lti/new", **NEW | {"name": '"><script>alert(1)</script>'})
    assert page.status == 200
    assert "<script>alert" not in page.body


def test_addresses_and_deployments_can_be_changed(lms: Lms, admin: Browser, server: Server) -> None:
    db.session.add(AccessToken(platform_id=lms.id, scopes="s", token="t", expires_at=known().created_at))
    db.session.commit()
    form = admin.get(f"/admin/lti/{lms.id}/edit")
    assert form.form("/edit").fields["deployments"] == "1"
    page = form.submit("/edit", name="Tên mới", jwks_url=f"{server.url}/new", deployments="1\n7", issuer="https://evil")
    assert (page.path, "Đã lưu thay đổi." in page.text) == (f"/admin/lti/{lms.id}", True)
    assert (known().name, known().jwks_url, known().issuer) == ("Tên mới", f"{server.url}/new", lms.issuer)
    assert deployments() == {"1", "7"}
    assert not db.session.scalars(select(AccessToken)).all(), "tokens of the old address are worth nothing"


def test_a_wrong_change_keeps_what_was_typed(lms: Lms, admin: Browser) -> None:
    page = admin.get(f"/admin/lti/{lms.id}/edit").submit("/edit", name="")
    assert (page.status, known().name) == (400, "Trường Chính trị")


# ---- approve, pause, delete


def test_a_platform_is_approved_paused_and_used_again(lms: Lms, admin: Browser, client: FlaskClient) -> None:
    db.session.execute(update(Platform).values(status="pending"))
    db.session.commit()
    assert "chờ duyệt" in admin.get(f"/admin/lti/{lms.id}").text
    assert lms.login(client).status_code == 403
    admin.get(f"/admin/lti/{lms.id}").submit("/status", status="active")
    assert lms.launch(client).status_code == 303
    admin.get(f"/admin/lti/{lms.id}").submit("/status", status="disabled")
    assert lms.login(client).status_code == 403
    page = admin.get(f"/admin/lti/{lms.id}").submit("/status", status="active")
    assert "Kết nối đang dùng được." in page.text
    assert acts() == ["lti.platform.active", "lti.platform.disabled", "lti.platform.active"]


@pytest.mark.parametrize("status", ["", "deleted", "owner"])
def test_no_other_status_can_be_posted(lms: Lms, admin: Browser, status: str) -> None:
    assert admin.get(f"/admin/lti/{lms.id}").submit("/status", status=status).status == 400
    assert known().status == "active"


def test_a_platform_that_was_never_used_is_deleted_without_a_trace(
    lms: Lms, admin: Browser, client: FlaskClient
) -> None:
    lms.login(client)
    question = admin.get(f"/admin/lti/{lms.id}/delete")
    assert "được xóa hẳn" in question.text
    assert known().status == "active", "asking deletes nothing"
    assert question.submit("/delete").path == "/admin/lti"
    assert not db.session.scalars(select(Platform)).all()
    assert acts() == ["lti.platform.removed"]


def test_what_people_did_through_a_deleted_platform_stays_and_goes_on(
    lms: Lms, admin: Browser, client: FlaskClient
) -> None:
    lms.launch(client)
    who = db.session.scalars(select(LtiUser.person_id)).one()
    question = admin.get(f"/admin/lti/{lms.id}/delete")
    assert "vẫn còn" in question.text
    question.submit("/delete")
    assert known().status == "deleted"
    assert lms.login(client).status_code == 400
    assert "Trường Chính trị" not in admin.get("/admin/lti").text
    assert admin.get(f"/admin/lti/{lms.id}").status == 404
    again = {"issuer": lms.issuer, "client_id": lms.client_id, "deployments": "1"}
    urls = {"token_url": f"{lms.server.url}/token", "jwks_url": f"{lms.server.url}/jwks"}
    admin.get("/admin/lti/new").submit("/admin/lti/new", **NEW | again | urls)
    assert (known().id, known().status) == (lms.id, "active")
    lms.launch(client)
    assert list(db.session.scalars(select(LtiUser.person_id))) == [who]


# ---- what is wrong


def test_a_check_tells_each_line(lms: Lms, admin: Browser, server: Server) -> None:
    page = admin.get(f"/admin/lti/{lms.id}").submit("/check")
    for told in ("Kết nối tốt", "Đọc được 1 khóa", "Hai đồng hồ khớp nhau", "Được quyền: gửi điểm"):
        assert told in page.text
    server.script["/jwks"] = [Said(200, b"<html>")]
    server.script["/token"] = [Said(400, b'{"error": "invalid_client"}')]
    page = admin.get(f"/admin/lti/{lms.id}").submit("/check")
    for told in ("Kết nối có lỗi", "không phải bộ khóa", f"{SITE}/lti/jwks.json"):
        assert told in page.text


def test_a_check_holds_no_lock_while_it_waits(lms: Lms, admin: Browser, server: Server) -> None:
    """The platform's answer is written down by another connection, which would wait for ours."""
    del lms
    server.keys = {"keys": [jwk("k1"), jwk("k2")]}
    assert "Đọc được 2 khóa" in admin.get("/admin/lti").browser.get(f"/admin/lti/{known().id}").submit("/check").text


# ---- grades


@pytest.fixture
def waiting(lms: Lms, client: FlaskClient, server: Server) -> UUID:
    """A learner's score that the platform refused for good: the id of its grade."""
    lms.launch(client)
    server.script[SCORES] = [Said(404)]
    score("u-4", 0.8)
    work()
    return db.session.scalars(select(Grade.id)).one()


def state() -> str:
    db.session.rollback()
    return db.session.scalars(select(Grade.state).execution_options(populate_existing=True)).one()


def listed(admin: Browser, **query: Any) -> Page:
    return admin.get("/admin/lti/grades", **query)


def test_a_grade_on_hold_is_listed_with_who_what_where_and_why(waiting: UUID, admin: Browser, lms: Lms) -> None:
    page = listed(admin)
    for told in ("Nguyễn Thị Hoa", "80", "cc-01", "Trường Chính trị", "127.0.0.1", "Cần xử lý", "Cột điểm không còn"):
        assert told in page.text
    assert "khi anh chị quyết định" in page.text
    assert "1 cần xử lý" in admin.get("/admin/lti").text
    assert f"/admin/lti/grades/{waiting}" in page.body
    assert "1 cần xử lý" in admin.get(f"/admin/lti/{lms.id}").text


def test_a_grade_that_will_be_tried_again_says_when(
    lms: Lms, admin: Browser, client: FlaskClient, server: Server
) -> None:
    lms.launch(client)
    server.script[SCORES] = [Said(503)]
    score("u-4", 0.8)
    work()
    page = listed(admin)
    assert "Hệ thống trả lời HTTP 503." in page.text
    due = db.session.scalars(select(OutboxRow.due_at).where(OutboxRow.topic == "lti.grade")).one()
    local = admin.client.application.extensions["local"]
    assert local.moment(due) in page.text


def test_a_learner_without_a_score_is_owed_nothing(lms: Lms, admin: Browser, client: FlaskClient) -> None:
    lms.launch(client)
    assert "Không có điểm nào ở tình trạng này." in listed(admin).text


@pytest.mark.parametrize("state", ["held", "owed", "sent", "given-up", "", "nonsense"])
def test_grades_are_filtered_by_state(waiting: UUID, admin: Browser, state: str) -> None:
    del waiting
    assert ("Nguyễn Thị Hoa" in listed(admin, state=state).text) == (state in {"held", "", "nonsense"})


def test_grades_are_filtered_by_platform(waiting: UUID, admin: Browser, lms: Lms, server: Server) -> None:
    del waiting
    other = platform(server, client_id="other", name="Trường khác")
    assert "Nguyễn Thị Hoa" in listed(admin, platform=str(lms.id)).text
    assert "Nguyễn Thị Hoa" not in listed(admin, platform=str(other.id)).text
    assert "Nguyễn Thị Hoa" in listed(admin, platform="nonsense").text


def test_the_page_costs_the_same_for_many_grades(waiting: UUID, admin: Browser, lms: Lms) -> None:
    del waiting
    costs = []
    for number in range(3):
        with counted() as seen:
            listed(admin)
        costs.append(len(seen))
        lms.launch(admin.client.application.test_client(), sub=f"u-{number + 10}")
        db.session.execute(update(Grade).values(state="held"))
        db.session.commit()
    assert len(set(costs)) == 1


def test_one_grade_is_sent_again_at_once(waiting: UUID, admin: Browser, server: Server) -> None:
    page = admin.get(f"/admin/lti/grades/{waiting}").submit("/resend")
    assert "Đang chờ gửi" in page.text
    work()
    assert state() == "sent"
    assert [one["scoreGiven"] for one in server.scores()] == [80, 80]
    assert "80 lúc" in admin.get(f"/admin/lti/grades/{waiting}").text
    assert acts("lti.grade") == ["lti.grade.resent"]


def test_a_grade_due_tomorrow_is_brought_forward(waiting: UUID, admin: Browser, server: Server) -> None:
    server.script[SCORES] = [Said(503, headers={"Retry-After": "80000"})]
    admin.get(f"/admin/lti/grades/{waiting}").submit("/resend")
    work()
    admin.get(f"/admin/lti/grades/{waiting}").submit("/resend")
    with transaction():
        outbox.resume("127.0.0.1")
    work()
    assert state() == "sent"


def test_a_grade_that_arrived_can_be_sent_once_more(waiting: UUID, admin: Browser, server: Server) -> None:
    for seconds in (0, 5):
        admin.get(f"/admin/lti/grades/{waiting}").submit("/resend")
        work(seconds)
    assert len(server.scores()) == 3


def test_a_grade_is_given_up_with_a_reason(waiting: UUID, admin: Browser, server: Server) -> None:
    page = admin.get(f"/admin/lti/grades/{waiting}")
    assert page.submit("/give-up", reason=" ").status == 400
    assert state() == "held"
    page = page.submit("/give-up", reason="Học viên đã chuyển lớp.")
    assert state() == "given-up"
    assert "Học viên đã chuyển lớp." in page.text
    work(100)
    assert len(server.scores()) == 1
    assert "Nguyễn Thị Hoa" not in listed(admin).text
    assert "Học viên đã chuyển lớp." in listed(admin, state="given-up").text
    assert db.session.scalars(select(OutboxRow.state).where(OutboxRow.topic == "lti.grade")).all() == ["dropped"]


def test_a_newer_score_is_sent_even_after_giving_up(waiting: UUID, admin: Browser, server: Server) -> None:
    admin.get(f"/admin/lti/grades/{waiting}").submit("/give-up", reason="Thử")
    score("u-4", 0.95)
    work(5)
    assert [one["scoreGiven"] for one in server.scores()] == [80, 95]
    assert state() == "sent"


def test_all_on_hold_of_a_platform_are_sent_again(waiting: UUID, admin: Browser, lms: Lms, server: Server) -> None:
    del waiting
    assert not [form for form in listed(admin).forms if form.action.endswith("/admin/lti/grades/resend")]
    listed(admin, platform=str(lms.id)).submit("/admin/lti/grades/resend")
    work()
    assert state() == "sent"
    assert len(server.scores()) == 2


def test_all_on_hold_of_a_platform_are_given_up_with_a_reason(waiting: UUID, admin: Browser, lms: Lms) -> None:
    del waiting
    page = listed(admin, platform=str(lms.id))
    assert page.submit("/admin/lti/grades/give-up", reason="").status == 400
    assert page.submit("/admin/lti/grades/give-up", reason="Lớp đã đóng.", platform="").status == 400
    assert state() == "held"
    page.submit("/admin/lti/grades/give-up", reason="Lớp đã đóng.")
    assert state() == "given-up"
    assert acts("lti.grades") == ["lti.grades.given_up"]


@pytest.mark.parametrize("button", ["", "/resend", "/give-up"])
def test_a_grade_that_is_not_there_is_a_page_that_says_so(admin: Browser, button: str) -> None:
    path = f"/admin/lti/grades/{new_id()}{button}"
    token = admin.get("/account").form("/account/name").fields["csrf_token"]
    assert (admin.post(path, csrf_token=token, reason="x") if button else admin.get(path)).status == 404


# ---- the public page


def test_everybody_can_read_what_to_type_where(lms: Lms, web: Browser) -> None:
    del lms
    page = web.get("/lti/")
    for name in ("Moodle", "Canvas", "Open edX", "Blackboard", "Brightspace", "Sakai", f"{SITE}/lti/courses/cc-01"):
        assert name in page.text
    assert f'data-copy="{SITE}/lti/jwks.json"' in page.body


def test_the_configuration_for_canvas_names_all_that_it_needs(web: Browser) -> None:
    told: Any = web.open("GET", "/lti/config.json").json
    assert [scope.rsplit("/", 1)[1] for scope in told["scopes"]] == ["score", "lineitem", "contextmembership.readonly"]
    assert told["custom_fields"]["context_history"] == "$Context.id.history"
    canvas = told["extensions"][0]
    assert canvas["privacy_level"] == "name_only"
    placements = {one["placement"]: one["message_type"] for one in canvas["settings"]["placements"]}
    assert placements == dict.fromkeys(("link_selection", "assignment_selection"), "LtiDeepLinkingRequest")
