import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask

from lms_app.core.db import transaction
from lms_app.courses import service
from tests import make
from tests.courses.test_publishing import GOLD, replace
from tests.web import Browser


@pytest.fixture
def published(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "cc-04"
    shutil.copytree(GOLD, folder)
    replace(folder / "course.yml", "status: draft", "status: published")
    replace(folder / "course.yml", ", bvdlcn-hien-hanh]", "]")
    replace(folder / "04-du-lieu-ca-nhan.md", "[bvdlcn-hien-hanh, ", "[")
    with transaction():
        service.publish(folder, "test")


def test_visitors_are_told_what_this_is_and_see_the_courses(web: Browser) -> None:
    make.course("cc-01", title="Kỹ năng số")
    page = web.get("/")
    assert page.status == 200
    assert "<h1>Khóa học ngắn về chuyển đổi số" in page.body
    assert 'href="/courses/cc-01"' in page.body
    assert "Có 1 khóa học." in page.text


def test_members_get_the_catalogue_at_once(web: Browser) -> None:
    make.course("cc-01")
    who = make.person()
    assert who.email
    web.sign_in(who.email)
    assert "band" not in web.get("/").body
    assert '<h1 id="danh-muc">' in web.get("/").body


def test_the_catalogue_is_searched_by_a_plain_form(web: Browser) -> None:
    make.course("cc-01", title="Kỹ năng số")
    make.course("ld-01", title="Lãnh đạo", audience="LD")
    page = web.get("/courses").submit("/courses", q="ky nang")
    assert "Kỹ năng số" in page.text
    assert 'href="/courses/ld-01"' not in page.body
    assert page.form("/courses").fields["q"] == "ky nang"
    page = page.submit("/courses", q="", audience="LD")
    assert 'href="/courses/ld-01"' in page.body
    assert 'href="/courses/cc-01"' not in page.body
    assert "Không có khóa học nào hợp" in web.get("/courses", q="zzz").text
    assert web.get("/courses", q="<script>", audience="x").status == 200


def test_an_empty_catalogue_says_so(web: Browser) -> None:
    assert "Chưa có khóa học nào được xuất bản." in web.get("/courses").text


@pytest.mark.usefixtures("published")
def test_a_handout_is_a_page_for_anybody(web: Browser) -> None:
    page = web.get("/courses/cc-04/handouts/to-tai-ban")
    assert page.status == 200
    assert "Danh bạ để gọi lại" in page.text
    assert web.get("/courses/cc-04/handouts/khong-co").status == 404


@pytest.mark.usefixtures("published")
def test_an_untranslated_handout_says_so_in_english(app: Flask) -> None:
    browser = Browser(app)
    browser.client.set_cookie("lang", "en")
    page = browser.get("/courses/cc-04/handouts/to-tai-ban")
    assert "has not been translated yet" in page.text
    assert '<article class="reader handout" lang="vi">' in page.body


@pytest.mark.usefixtures("published")
def test_pictures_are_kept_for_ever_and_run_nothing(app: Flask) -> None:
    data = (GOLD / "media" / "doc-dia-chi.svg").read_bytes()
    digest = sha256(data).hexdigest()
    client = app.test_client()
    found = client.get(f"/courses/cc-04/media/{digest[:8]}/doc-dia-chi.svg")
    assert (found.status_code, found.data, found.mimetype) == (200, data, "image/svg+xml")
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert found.headers["Content-Security-Policy"].endswith("; sandbox")
    assert "Set-Cookie" not in found.headers
    for wrong in (
        "00000000/doc-dia-chi.svg",
        f"{digest[:8]}/khac.svg",
        "%25/doc-dia-chi.svg",
        "________/doc-dia-chi.svg",
    ):
        assert client.get(f"/courses/cc-04/media/{wrong}").status_code == 404
    assert client.get(f"/courses/cc-01/media/{digest[:8]}/doc-dia-chi.svg").status_code == 404
