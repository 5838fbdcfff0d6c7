"""The class page and the roster behind it (Names and Role Provisioning Services 2.0)."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.lti import registry, rosters
from lms_app.lti.jobs import refresh_rosters
from lms_app.lti.models import DISABLED, Context, Member, ResourceLink
from tests import make
from tests.lti.classroom import (
    MEMBERS,
    NRPS,
    ROSTER,
    TEACHER,
    enrolment,
    learn,
    lists,
    member,
    page,
    play,
    score,
    teach,
)
from tests.lti.platform import ABSENT, AGS, SCORE, Lms, Said, Server, work
from tests.web import Browser, Page, counted, strict


def roster() -> dict[str, tuple[str, str, str]]:
    db.session.expire_all()
    return {one.sub: (one.name, one.role, one.status) for one in db.session.scalars(select(Member))}


def the_class() -> Context:
    db.session.expire_all()
    return db.session.scalars(select(Context)).one()


def lines(shown: Page) -> list[list[str]]:
    """The table as a wide screen shows it, a list of cells a line."""
    body = strict(shown.body, shown.path).find(".//tbody")
    return [] if body is None else [[" ".join(_words(cell)) for cell in line] for line in body]


def _words(node: ET.Element) -> Iterator[str]:
    if "wide-off" not in node.get("class", ""):
        yield from (node.text or "").split()
        for child in node:
            yield from _words(child)
    yield from (node.tail or "").split()


def names(shown: Page) -> list[str]:
    return [line[0] for line in lines(shown)]


# ---- names and roles: the cases of the certification


def test_a_teacher_s_launch_asks_for_the_members_with_a_token_of_the_roster_s_scope(
    lms: Lms, web: Browser, server: Server
) -> None:
    teach(lms, web.client)
    lists(server, member("u-4", "Nguyễn Thị Hoa"))
    work()
    asked = server.calls(MEMBERS)[0]
    assert asked.method == "GET"
    assert asked.headers["Accept"] == "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
    assert asked.headers["Authorization"] == "Bearer t1"
    assert parse_qs(server.calls("/token")[0].body.decode())["scope"] == [ROSTER]
    assert roster() == {"u-4": ("Nguyễn Thị Hoa", "learner", "active")}


def test_a_learner_s_launch_reads_no_roster(lms: Lms, web: Browser, server: Server) -> None:
    learn(lms, web.client, "u-4", **{NRPS: {"context_memberships_url": f"{server.url}{MEMBERS}"}})
    work()
    assert server.calls(MEMBERS) == []


def test_every_page_is_read_by_its_own_address_to_the_letter(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    lists(server, member("u-1", "Bùi An"), link=f'<{server.url}{MEMBERS}?p=AbC%2F&limit=2>; rel="next"')
    lists(server, member("u-2", "Bùi Bình"), link='</members/7?p=XyZ>; title="<a>, b"; REL="first Next"')
    lists(server, member("u-3", "Bùi Chi"))
    work()
    assert [one.query for one in server.calls(MEMBERS)] == ["limit=500", "p=AbC%2F&limit=2", "p=XyZ"]
    assert set(roster()) == {"u-1", "u-2", "u-3"}
    assert len(server.calls("/token")) == 1


def test_a_page_size_is_asked_for_and_one_in_the_address_is_kept(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client, **{NRPS: {"context_memberships_url": f"{server.url}{MEMBERS}?group=3&limit=50"}})
    lists(server)
    work()
    assert server.calls(MEMBERS)[0].query == "group=3&limit=50"
    assert rosters.first("https://a.example/m?x=1", 500) == "https://a.example/m?x=1&limit=500"


def test_differences_are_asked_for_once_they_are_offered(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    offer = f'<{server.url}{MEMBERS}?since=7>; rel="differences"'
    lists(server, member("u-1", "Bùi An"), member("u-2", "Bùi Bình"), member("u-3", "Bùi Chi"), link=offer)
    work()
    teach(lms, web.client)
    changed = [member("u-2", "Bùi Bình", status="Deleted"), member("u-3", "Bùi Chi", status="Inactive")]
    lists(server, *changed, member("u-5", "Bùi Dũng"), member("u-6", status="Deleted"))
    work(5)
    assert server.calls(MEMBERS)[1].query == "since=7"
    assert {sub: status for sub, (_name, _role, status) in roster().items()} == {
        "u-1": "active",
        "u-2": "gone",
        "u-3": "inactive",
        "u-5": "active",
    }
    assert the_class().differences_url is None


@pytest.mark.parametrize("status", [400, 404, 410])
def test_differences_that_are_no_more_mean_everybody_again(lms: Lms, web: Browser, server: Server, status: int) -> None:
    teach(lms, web.client)
    lists(server, member("u-1", "Bùi An"), link=f'<{server.url}{MEMBERS}?since=7>; rel="differences"')
    work()
    teach(lms, web.client)
    server.script[MEMBERS] = [Said(status), page(member("u-2", "Bùi Bình"))]
    work(5)
    assert [one.query for one in server.calls(MEMBERS)] == ["limit=500", "since=7", "limit=500"]
    assert roster()["u-1"][2] == "gone"


def test_roles_by_their_short_and_whole_names_and_unknown_ones(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    root = "http://purl.imsglobal.org/vocab/lis/v2/membership"
    lists(
        server,
        member("1", "A", "Learner"),
        member("2", "B", f"{root}#Learner"),
        member("3", "C", f"{root}/Learner#GuestLearner"),
        member("4", "D", "Learner", "Instructor"),
        member("5", "E", f"{root}/Instructor#TeachingAssistant"),
        member("6", "F", "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"),
        member("7", "G", "Mentor"),
        member("8", "H", "Pilot"),
        {"user_id": "9", "name": "I", "roles": "Learner"},
        {"user_id": "10", "name": "K"},
    )
    work()
    kinds = {sub: role for sub, (_name, role, _status) in roster().items()}
    assert [kinds[str(n)] for n in range(1, 11)] == ["learner"] * 3 + ["teacher"] * 2 + ["other"] * 5


def test_nothing_but_the_name_is_kept_of_what_a_platform_lists(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    lists(server, member("u-1", "", given_name="An", family_name="Bùi", email="an@x.vn", picture="https://x.vn/1.png"))
    work()
    kept = db.session.execute(select(*Member.__table__.columns)).one()
    assert kept.name == "Bùi An"
    assert "x.vn" not in str(kept)


# ---- bad input


def test_a_member_without_an_id_is_left_out_and_counted(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    odd: list[Any] = [member(None, "Không Mã"), {"user_id": 7}, "x", None, {"user_id": "a" * 300}, {"user_id": "a\nb"}]
    lists(server, member("u-1", "Bùi An"), *odd)
    work()
    assert set(roster()) == {"u-1"}
    assert "6 người trong danh sách không có mã nên không hiện ở đây." in web.get("/lti/class").text


def test_a_name_of_three_hundred_characters_and_more_is_cut(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    lists(server, member("u-1", "Nguyễn " * 60), member("u-2", 'a<script>"\ud800\u202e'), member("u-3", "x" * 5000))
    work()
    assert max(len(name) for name, _role, _status in roster().values()) == 300
    shown = web.get("/lti/class")
    assert "<script>" not in shown.body
    assert len(names(shown)) == 3


@pytest.mark.parametrize(
    "said",
    [
        Said(200, b"<!doctype html><title>Maintenance</title>"),
        Said(200, b""),
        Said(200, b"[]"),
        Said(200, b'{"members": {"1": 2}}'),
        Said(200, b"[" * 100_000),
        Said(200, b"\xff\xfe"),
        Said(500),
        Said(503, b"<html>"),
        Said(302, headers={"Location": "/elsewhere"}),
    ],
    ids=lambda said: f"{said.status}-{said.body[:8]!r}",
)
def test_an_answer_that_is_no_roster_is_asked_for_again(lms: Lms, web: Browser, server: Server, said: Said) -> None:
    teach(lms, web.client)
    server.script[MEMBERS] = [said]
    work()
    assert (roster(), the_class().roster_at) == ({}, None)
    assert "Danh sách lớp chưa cập nhật được" in web.get("/lti/class").text
    lists(server, member("u-1", "Bùi An"))
    work(3600)
    assert set(roster()) == {"u-1"}
    assert the_class().roster_error is None
    assert "Danh sách lớp chưa cập nhật được" not in web.get("/lti/class").text


def test_a_refused_token_is_replaced_once(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    server.script[MEMBERS] = [Said(401), page(member("u-1", "Bùi An"))]
    work()
    assert [one.headers["Authorization"] for one in server.calls(MEMBERS)] == ["Bearer t1", "Bearer t2"]
    assert set(roster()) == {"u-1"}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ([Said(401), Said(401)], "Hệ thống học tập không cho đọc danh sách lớp."),
        ([Said(403), Said(403)], "Hệ thống học tập không cho đọc danh sách lớp."),
        ([Said(404)], "Hệ thống học tập không còn giữ danh sách của lớp này."),
        ([Said(200, b"x" * 2_000_000)], "Danh sách lớp quá lớn để đọc một lần."),
    ],
    ids=["401", "403", "404", "too large"],
)
def test_a_refusal_is_told_to_the_teacher_and_waits_for_the_next_launch(
    lms: Lms, web: Browser, server: Server, said: list[Said], sentence: str
) -> None:
    teach(lms, web.client)
    server.script[MEMBERS] = said
    work()
    assert sentence in web.get("/lti/class").text
    asked = len(server.calls(MEMBERS))
    work(24 * 3600)
    assert len(server.calls(MEMBERS)) == asked
    teach(lms, web.client)
    lists(server, member("u-1", "Bùi An"))
    work(24 * 3600 + 5)
    assert set(roster()) == {"u-1"}


def test_a_platform_that_gives_no_token_is_told_to_the_teacher(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    server.script["/token"] = [Said(400, b'{"error": "invalid_scope"}')]
    work()
    assert "không nhận ra trang này hoặc không cấp quyền" in web.get("/lti/class").text


@pytest.mark.parametrize("address", ["https://evil.example/members/7?p=2", "ftp://127.0.0.1/x", "http://127.0.0.1/x"])
def test_a_next_page_elsewhere_gets_no_token_of_ours(lms: Lms, web: Browser, server: Server, address: str) -> None:
    teach(lms, web.client)
    lists(server, member("u-1", "Bùi An"), link=f'<{address}>; rel="next"')
    work()
    assert roster() == {}
    assert "không nối được với nhau" in web.get("/lti/class").text


def test_pages_that_lead_back_to_themselves_end(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    for _ in range(3):
        lists(server, member("u-1", "Bùi An"), link=f'<{server.url}{MEMBERS}?p=2>; rel="next"')
    work()
    assert len(server.calls(MEMBERS)) == 2
    assert roster() == {}


def test_pages_without_end_end_at_the_two_hundredth(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    for n in range(205):
        lists(server, member(f"u-{n}", "Bùi An"), link=f'<{server.url}{MEMBERS}?p={n}>; rel="next"')
    work()
    assert len(server.calls(MEMBERS)) == 200
    assert roster() == {}


def test_a_half_read_roster_changes_nothing(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    lists(server, member("u-1", "Bùi An"), member("u-2", "Bùi Bình"))
    work()
    teach(lms, web.client)
    lists(server, member("u-1", "Bùi An"), link=f'<{server.url}{MEMBERS}?p=2>; rel="next"')
    server.script[MEMBERS].append(Said(500))
    work(5)
    assert roster()["u-2"][2] == "active"


def test_a_disabled_platform_is_not_asked(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    registry.set_status(lms.id, DISABLED, "test")
    db.session.commit()
    work()
    assert server.calls(MEMBERS) == []


def test_ten_thousand_members_are_taken_in_within_seconds_and_shown_by_the_hundred(
    lms: Lms, web: Browser, server: Server
) -> None:
    teach(lms, web.client)
    for at in range(20):
        people = [member(f"u-{n}", f"Nguyễn Văn {n:05d}") for n in range(at * 500, at * 500 + 500)]
        link = f'<{server.url}{MEMBERS}?p={at}>; rel="next"' if at < 19 else ""
        lists(server, *people, link=link)
    begun = time.process_time()
    with counted() as statements:
        work()
    assert db.session.scalar(select(func.count()).select_from(Member)) == 10_000
    assert time.process_time() - begun < 10
    assert len(statements) < 100
    shown = web.get("/lti/class", page=100)
    assert (len(lines(shown)), names(shown)[-1]) == (100, "Nguyễn Văn 09999")
    assert "Trang 100/100" in shown.text
    assert names(web.get("/lti/class", page=10**30)) == names(shown)
    assert len(lines(web.get("/lti/class", page="-3"))) == 100
    assert len(lines(web.get("/lti/class", page="x"))) == 100


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("<https://a/B?c=D>; rel=next", {"next": "https://a/B?c=D"}),
        (
            '<https://a/?x=1,2;3>; rel="next", <https://a/d>; rel="differences"',
            {"next": "https://a/?x=1,2;3", "differences": "https://a/d"},
        ),
        ('<a>; title="rel=next"; rel="prev next"', {"prev": "a", "next": "a"}),
        ('<a>; title="x \\" <b>; rel=\\"y\\""; rel=next', {"next": "a"}),
        ("<a>; rel=next; rel=last", {"next": "a"}),
        ("<a>; rel=next, <b>; rel=next", {"next": "a"}),
        ("<a>;;rel = next ;", {"next": "a"}),
        ("<a>", {}),
        ("rel=next", {}),
        ("<a; rel=next", {}),
        ('<a>; rel="next', {}),
        ("," * 5000 + "<" * 5000 + ";" * 5000, {}),
    ],
)
def test_link_headers_are_read_as_rfc_8288_has_them(header: str, found: dict[str, str]) -> None:
    assert rosters.links(header) == found


# ---- the page


def test_the_class_is_shown_in_vietnamese_order_with_who_has_not_begun(lms: Lms, web: Browser, server: Server) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    learn(lms, web.client, "u-5", "Lê Văn Ân")
    score("u-5", 0.788)
    teach(lms, web.client)
    listed = [
        ("u-1", "Trần Đức"),
        ("u-2", "Trần Dũng"),
        ("u-3", "Trần Ánh"),
        ("u-4", "Nguyễn Thị Hoa"),
        ("u-5", "Lê Văn Ân"),
    ]
    lists(server, *[member(sub, name) for sub, name in listed], member("t-1", "Trần Quốc Toản", "Instructor"))
    work()
    shown = web.get("/lti/class")
    assert names(shown) == ["Trần Ánh", "Lê Văn Ân", "Trần Dũng", "Trần Đức", "Nguyễn Thị Hoa"]
    assert lines(shown)[0][1] == "chưa bắt đầu"
    assert lines(shown)[1][1] == "0/2"
    assert lines(shown)[1][2].startswith("78,8% Đạt Đã vào sổ điểm")
    assert lines(shown)[4][2].startswith("chưa có điểm")
    assert "Sĩ số5 Đã bắt đầu2 Đã đạt1 Chưa bắt đầu3" in shown.text
    assert "Danh sách lớp tính đến" in shown.text
    assert f"/lti/review/{enrolment('u-5').id}" in shown.body
    assert 'href="/courses/cc-01"' in shown.body
    assert web.get("/courses/cc-01").status == 200


@pytest.mark.parametrize(("mode", "shown"), [("best", "80%"), ("last", "40%"), ("first", "50%")])
def test_the_score_is_the_one_that_the_course_counts(
    lms: Lms, web: Browser, server: Server, mode: str, shown: str
) -> None:
    del server
    make.course("cc-02", grade=mode)
    course = {"custom": {"course": "cc-02"}}
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa", **course)
    for share in (0.5, 0.8, 0.4):
        score("u-4", share, "cc-02")
    teach(lms, web.client, **course)
    assert lines(web.get("/lti/class"))[0][2].startswith(f"{shown} Đạt")


def test_a_share_under_the_pass_mark_never_looks_like_it(lms: Lms, web: Browser) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    score("u-4", 0.59999)
    teach(lms, web.client)
    assert lines(web.get("/lti/class"))[0][2].startswith("59,9% Chưa đạt")


def test_somebody_taken_off_the_roster_keeps_their_history(lms: Lms, web: Browser, server: Server) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    score("u-4", 0.9)
    teach(lms, web.client)
    assert names(web.get("/lti/class")) == ["Nguyễn Thị Hoa"]
    lists(server, member("u-4", "Nguyễn Thị Hoa"), member("u-5", "Lê Văn Ân"), member("u-6", "Lê Nhàn"))
    work()
    teach(lms, web.client)
    lists(server, member("u-6", "Lê Nhàn", status="Inactive"))
    work(5)
    assert roster()["u-4"] == ("Nguyễn Thị Hoa", "learner", "gone")
    shown = web.get("/lti/class")
    assert [line[0] for line in lines(shown)] == ["Nguyễn Thị Hoa Không còn trong danh sách lớp"]
    assert lines(shown)[0][2].startswith("90% Đạt")
    assert "Sĩ số0 và 1 người đã rời lớp hoặc tạm ngừng" in shown.text


def test_somebody_paused_in_the_class_is_marked(lms: Lms, web: Browser, server: Server) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    teach(lms, web.client)
    lists(server, member("u-4", "Nguyễn Thị Hoa", status="Inactive"))
    work()
    assert names(web.get("/lti/class")) == ["Nguyễn Thị Hoa Đang tạm ngừng trong lớp"]


def test_a_class_without_a_roster_shows_who_has_launched(lms: Lms, web: Browser) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    learn(lms, web.client, "u-5", ABSENT)
    teach(lms, web.client, **{NRPS: ABSENT})
    shown = web.get("/lti/class")
    assert "Hệ thống học tập không đưa danh sách lớp" in shown.text
    assert sorted(names(shown)) == ["Chưa có tên (u-5)", "Nguyễn Thị Hoa"]
    assert not [form for form in shown.forms if "refresh" in form.action]
    token = shown.form("/lti/class/resend").fields["csrf_token"]
    assert web.post("/lti/class/refresh", csrf_token=token).status == 409


def test_a_class_without_anybody_says_so(lms: Lms, web: Browser) -> None:
    teach(lms, web.client)
    assert "Chưa có học viên nào trong lớp này." in web.get("/lti/class").text


def test_each_link_of_a_class_shows_its_own_course(lms: Lms, web: Browser, server: Server) -> None:
    make.course("cc-02", title="An toàn thông tin")
    other = {"resource_link": {"id": "rl-2"}, "custom": {"course": "cc-02"}}
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    learn(lms, web.client, "u-5", "Lê Văn Ân", **other)
    score("u-4", 0.9)
    teach(lms, web.client)
    lists(server, member("u-4", "Nguyễn Thị Hoa"), member("u-5", "Lê Văn Ân"))
    work()
    assert [line[1] for line in lines(web.get("/lti/class"))] == ["chưa bắt đầu", "0/2"]
    teach(lms, web.client, **other)
    shown = web.get("/lti/class")
    assert "An toàn thông tin" in shown.text
    assert [line[1] for line in lines(shown)] == ["0/2", "chưa bắt đầu"]


def test_nothing_of_another_class_is_shown(lms: Lms, web: Browser, server: Server) -> None:
    elsewhere = {"context": {"id": "ctx-2", "title": "Lớp khác"}, "resource_link": {"id": "rl-9"}}
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa", **elsewhere)
    learn(lms, web.client, "u-6", "Kẻ Lạ", **elsewhere)
    score("u-4", 0.9)
    teach(lms, web.client)
    lists(server, member("u-4", "Nguyễn Thị Hoa"))
    work()
    assert lines(web.get("/lti/class")) == [["Nguyễn Thị Hoa", "chưa bắt đầu", ""]]
    assert web.get(f"/lti/review/{enrolment('u-4').id}").status == 404
    assert web.get(f"/lti/review/{enrolment('u-6').id}").status == 404


@pytest.mark.parametrize("path", ["/admin/", "/hr/certificates", "/courses/cc-02/lessons/bai-1", "/me", "/account"])
def test_a_platform_s_teacher_may_do_nothing_else_here(lms: Lms, web: Browser, path: str) -> None:
    make.course("cc-02")
    teach(lms, web.client, roles=[*TEACHER, "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"])
    assert web.get(path).status == 403


@pytest.mark.parametrize("path", ["/lti/class", "/lti/class/refresh", "/lti/class/resend"])
def test_the_class_is_for_its_teacher_alone(lms: Lms, web: Browser, path: str) -> None:
    method = "GET" if path == "/lti/class" else "POST"
    assert web.open(method, path).status_code in {303, 401}
    lms.launch(web.client)
    token = web.get("/courses/cc-01/lessons/bai-1").forms[0].fields["csrf_token"]
    assert web.open(method, path, data={"csrf_token": token}).status_code == 403


def test_a_main_session_opens_no_class(app: Flask, web: Browser) -> None:
    del app
    make.person("Quản Trị", "admin", email="a@coquan.example")
    web.sign_in("a@coquan.example")
    assert web.get("/lti/class").status == 403
    assert web.get("/lti/data").status == 403


def test_the_page_costs_the_same_for_one_and_thirty_learners_and_writes_nothing(
    lms: Lms, web: Browser, server: Server
) -> None:
    teach(lms, web.client)
    lists(server, member("u-0", "Bùi An"))
    work()

    def cost() -> list[str]:
        with counted() as statements:
            assert web.get("/lti/class").status == 200
        return statements

    web.get("/lti/class")
    one = cost()
    for n in range(30):
        learn(lms, web.client, f"u-{n}", f"Bùi An {n}")
        score(f"u-{n}", 0.8)
    teach(lms, web.client)
    lists(server, *[member(f"u-{n}", f"Bùi An {n}") for n in range(30)])
    work(5)
    thirty = cost()
    assert len(one) == len(thirty) <= 5
    assert not [words for words in thirty if not words.startswith(("SELECT", "WITH"))]


# ---- grades beside the learner


def shown_grade(web: Browser) -> str:
    return lines(web.get("/lti/class"))[0][2].partition("Đạt ")[2]


@pytest.fixture
def passed(lms: Lms, web: Browser) -> None:
    """A learner with a score that is owed, seen by the teacher."""
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    score("u-4", 0.8)
    teach(lms, web.client, **{NRPS: ABSENT})


@pytest.mark.usefixtures("passed")
def test_a_score_is_waiting_until_it_is_sent(web: Browser) -> None:
    assert shown_grade(web).startswith("Đang chờ gửi")
    work()
    assert shown_grade(web).startswith("Đã vào sổ điểm")
    score("u-4", 0.9)
    assert shown_grade(web).startswith("Đang chờ gửi")


@pytest.mark.usefixtures("passed")
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([Said(403), Said(403)], "Chưa gửi được Hệ thống học tập không cho ghi điểm vào cột này."),
        ([Said(401), Said(401)], "Chưa gửi được Hệ thống học tập không cho ghi điểm vào cột này."),
        ([Said(400)], "Chưa gửi được Hệ thống học tập không nhận điểm này. Có thể học viên đã rời lớp"),
        ([Said(503)], "Đang chờ gửi. Hệ thống học tập đang gặp lỗi. Máy sẽ tự thử lại."),
        ([Said(429)], "Đang chờ gửi. Hệ thống học tập đang quá tải. Máy sẽ tự thử lại."),
        ([Said(200, b"<html>")], "Đang chờ gửi. Hệ thống học tập trả lời bằng một trang thay cho dữ liệu."),
        ([Said(418)], "Chưa gửi được Chưa rõ lý do."),
    ],
    ids=["403", "401", "400", "503", "429", "html", "418"],
)
def test_a_teacher_sees_beside_the_learner_why_a_score_is_not_there(
    web: Browser, server: Server, said: list[Said], words: str
) -> None:
    server.script["/items/6/scores"] = said
    work()
    assert shown_grade(web).startswith(words)


@pytest.mark.usefixtures("passed")
def test_a_teacher_asks_for_all_scores_again_those_sent_too(web: Browser, server: Server) -> None:
    work()
    assert len(server.scores()) == 1
    answer = web.open("POST", "/lti/class/resend", data=web.get("/lti/class").form("resend").fields)
    assert (answer.status_code, answer.location) == (303, "/lti/class?said=resend")
    work(5)
    first, second = server.scores()
    assert (first["scoreGiven"], second["scoreGiven"]) == (80, 80)
    assert second["timestamp"] > first["timestamp"]
    assert shown_grade(web).startswith("Đã vào sổ điểm")


def test_scores_of_another_class_are_not_sent_again(lms: Lms, web: Browser, server: Server) -> None:
    elsewhere = {"context": {"id": "ctx-2"}, "resource_link": {"id": "rl-9"}}
    learn(lms, web.client, "u-6", "Kẻ Lạ", **elsewhere, ags={"scope": [SCORE], "lineitem": f"{server.url}/items/9"})
    score("u-6", 0.9)
    work()
    teach(lms, web.client)
    web.get("/lti/class").submit("resend")
    work(5)
    assert len(server.scores()) == 1


def test_a_post_without_our_token_changes_nothing(lms: Lms, web: Browser) -> None:
    teach(lms, web.client)
    work()
    assert web.open("POST", "/lti/class/refresh").status_code == 400
    assert outbox.drain(now()) == []


def test_a_teacher_has_the_roster_read_again_and_whole(lms: Lms, web: Browser, server: Server) -> None:
    teach(lms, web.client)
    lists(server, member("u-1", "Bùi An"), link=f'<{server.url}{MEMBERS}?since=7>; rel="differences"')
    work()
    shown = web.get("/lti/class").submit("refresh")
    assert "Đang đọc lại danh sách lớp" in shown.text
    lists(server, member("u-2", "Bùi Bình"))
    work(5)
    assert server.calls(MEMBERS)[1].query == "limit=500"
    assert names(web.get("/lti/class")) == ["Bùi Bình"]


@pytest.mark.parametrize(
    ("ags", "sentence"),
    [
        (ABSENT, "chưa cho phép trang này gửi điểm"),
        ({"scope": [], "lineitem": "http://127.0.0.1/1"}, "chưa cho phép trang này gửi điểm"),
        ({"scope": [SCORE]}, "Liên kết này không có cột điểm."),
        (
            {"scope": [SCORE, AGS.replace("claim/endpoint", "scope/lineitem")], "lineitems": "http://127.0.0.1/1"},
            "Cột điểm được tìm hoặc tạo khi một học viên mở liên kết này.",
        ),
    ],
    ids=["no service", "no scope", "no column", "not yet"],
)
def test_a_link_without_a_column_says_why(lms: Lms, web: Browser, ags: Any, sentence: str) -> None:
    teach(lms, web.client, ags=ags)
    assert sentence in web.get("/lti/class").text


def test_a_column_that_could_not_be_had_says_why(lms: Lms, web: Browser) -> None:
    teach(lms, web.client, ags={"scope": [SCORE]})
    db.session.scalars(select(ResourceLink)).one().lineitem_error = "no line item, and no right to make one"
    db.session.commit()
    assert "không được quyền tạo cột" in web.get("/lti/class").text


def test_a_score_whose_learner_never_opened_this_link_is_not_in_its_column(lms: Lms, web: Browser) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa", roles=[])
    score("u-4", 0.8)
    teach(lms, web.client)
    assert shown_grade(web).startswith("Chưa có trong sổ điểm")


# ---- daily, and by command


def test_classes_taught_lately_are_read_daily(lms: Lms, web: Browser, server: Server, app: Flask) -> None:
    assert "lti.rosters" in app.extensions["periodic"]
    teach(lms, web.client)
    lists(server, member("u-1", "Bùi An"))
    work()
    for days, asked in ((0, 1), (1, 2), (29, 3), (31, 3)):
        with time_machine.travel(now() + timedelta(days=days), tick=False):
            lists(server, member("u-1", "Bùi An"))
            refresh_rosters()
            outbox.drain(now())
        assert len(server.calls(MEMBERS)) == asked, days


def test_the_roster_is_read_and_printed_by_command(lms: Lms, web: Browser, server: Server, app: Flask) -> None:
    learn(lms, web.client, "u-4", "Nguyễn Thị Hoa")
    play("u-4", 1)
    teach(lms, web.client)
    lists(
        server,
        member("u-4", "Nguyễn Thị Hoa"),
        member("u-1", "Bùi An", status="Inactive"),
        member("t-1", "Trần Quốc Toản", "Instructor"),
    )
    result = app.test_cli_runner().invoke(args=["lti", "roster", "--sub", "t-1"])
    assert result.exit_code == 0, result.output
    assert [line.split("  ") for line in result.output.splitlines()] == [
        ["Lớp Tin học 1", "Kỹ năng số cơ bản"],
        ["Bùi An", "learner", "inactive", "not begun"],
        ["Nguyễn Thị Hoa", "learner", "active", "2/2", "100%"],
        ["Trần Quốc Toản", "teacher", "active", "not begun"],
    ]
    assert len(server.calls(MEMBERS)) == 1
    server.script[MEMBERS] = [Said(403)] * 2
    result = app.test_cli_runner().invoke(args=["lti", "roster", "--sub", "u-4"])
    assert result.exit_code == 1
    assert "HTTP 403" in result.output
    assert "Bùi An" in result.output
    assert app.test_cli_runner().invoke(args=["lti", "roster", "--sub", "nobody"]).exit_code == 1
