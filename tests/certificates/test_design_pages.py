"""What an administrator sees of the designs; whoever else asks sees nothing."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from flask import Flask

from lms_app.certificates import sandbox, trials
from lms_app.certificates.service import designs
from lms_app.core.settings import ROOT
from tests import make
from tests.web import Browser

ADMIN = "quan.tri@coquan.example"
PAGES = (
    "/admin/designs",
    "/admin/designs/default",
    "/admin/designs/default/preview.png",
    "/admin/designs/default/check",
)


@pytest.fixture
def admin(app: Flask) -> Browser:
    make.person("Quản Trị", "admin", email=ADMIN)
    browser = Browser(app)
    browser.sign_in(ADMIN)
    return browser


@pytest.fixture
def own(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The site's designs are a folder of this test's own, with one design in it."""
    settings = dataclasses.replace(app.extensions["settings"], designs=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    return Path(shutil.copytree(ROOT / "certificates/default", tmp_path / "own"))


def test_only_an_administrator_sees_designs(app: Flask) -> None:
    make.person("Học Viên", email="hoc.vien@coquan.example")
    learner = Browser(app)
    learner.sign_in("hoc.vien@coquan.example")
    assert {learner.open("GET", page).status_code for page in PAGES} == {403}


def test_the_list_names_each_design_and_draws_none(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "draw", lambda _task: pytest.fail("drawn"))
    page = admin.get("/admin/designs")
    assert "Giấy chứng nhận khóa tập huấn" in page.text
    assert "Giấy chứng nhận chương trình tập huấn" in page.text
    assert "Tiếng Việt · Tiếng Anh · Song ngữ Việt - Anh" in page.text


def test_a_typed_name_is_kept_and_stands_in_picture_and_pdf(admin: Browser) -> None:
    asked = {"language": "vi-en", "name": "H'Hen Niê", "title": "Chữ ký số"}
    page = admin.get("/admin/designs/default", **asked)
    assert page.status == 200
    assert page.form("/admin/designs/default").fields == asked
    picture = admin.open("GET", "/admin/designs/default/preview.png", query_string=asked)
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")
    pdf = admin.open("GET", "/admin/designs/default/preview.pdf", query_string=asked)
    assert (pdf.mimetype, pdf.data[:4]) == ("application/pdf", b"%PDF")


def test_a_name_that_no_box_holds_is_answered_with_what_to_do(admin: Browser) -> None:
    page = admin.get("/admin/designs/default", name=trials.NAME_WITHOUT_SPACES)
    assert page.status == 409
    assert "Họ và tên có 84 ký tự" in page.text
    assert page.form("/admin/designs/default").fields["name"] == trials.NAME_WITHOUT_SPACES


def test_markup_and_templates_in_a_name_are_letters(admin: Browser) -> None:
    assert admin.get("/admin/designs/default", name="<b>Lan</b> {{7*7}}").status == 200


def test_a_broken_design_says_what_is_wrong_and_where(admin: Browser, own: Path) -> None:
    settings = own / "design.yml"
    settings.write_text(settings.read_text("utf-8").replace("title:", "titel:"), "utf-8")
    assert "dòng 2: khóa titel" in admin.get("/admin/designs").text
    for path in ("/admin/designs/own", "/admin/designs/own/check"):
        page = admin.get(path)
        assert page.status == 409
        assert "dòng 2: khóa titel" in page.text
    assert admin.open("GET", "/admin/designs/own/preview.png").status_code == 500


def test_a_design_that_reaches_out_says_so_on_its_page(admin: Browser, own: Path) -> None:
    page = own / "certificate.html"
    page.write_text(page.read_text("utf-8").replace("<h1", '<img src="http://a.example/x.png" alt=""><h1'), "utf-8")
    assert "http://a.example/x.png" in admin.get("/admin/designs/own").text


def test_the_check_says_that_all_is_well_or_lists_what_is_not(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    designs._problems.cache_clear()
    monkeypatch.setattr(sandbox, "problems", lambda task: ["mục full_name tràn khỏi khung"] * (task.language == "en"))
    assert "có đủ chữ" in admin.get("/admin/designs/default/check").text
    page = admin.get("/admin/designs/default/check", language="en")
    designs._problems.cache_clear()
    assert "1 điều cần sửa" in page.text
    assert "COMPLETION en: mục full_name tràn khỏi khung" in page.text


def test_an_unknown_design_is_not_found(admin: Browser) -> None:
    assert {admin.open("GET", f"/admin/designs/{name}").status_code for name in ("nothing", "..", "%2e%2e")} == {404}
