"""What administrators and HR see and do about keys, and the same on the command line."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from lms_app.certificates import keys as opening
from lms_app.certificates.service import issuers, keys
from lms_app.certificates.signing import Signer
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import reading, transaction
from lms_app.core.settings import Settings
from tests import make
from tests.certificates.papers import OFFICE, PASSPHRASE, certificate, new_key, p12, pem
from tests.certificates.test_external import Files, pdfs, signed, token, waiting, zipped
from tests.web import Browser, Page, counted

__all__ = ["token", "waiting"]  # fixtures that the tests here ask for by name

ADMIN, HR = "quan.tri@coquan.example", "nhan.su@coquan.example"


@pytest.fixture(autouse=True)
def _own_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, data=tmp_path, signing_passphrase=PASSPHRASE))
    monkeypatch.setattr(opening, "BITS", 2048)
    keys.forget()
    yield
    keys.forget()


@pytest.fixture
def admin(web: Browser) -> Browser:
    make.person("Trần Quản Trị", "admin", email=ADMIN)
    web.sign_in(ADMIN)
    return web


def send(browser: Browser, *files: tuple[str, bytes]) -> Page:
    form = browser.get("/hr/signing").form("/hr/signing").fields
    fields = form | {"files": [(io.BytesIO(content), name) for name, content in files]}
    answer = browser.open("POST", "/hr/signing", data=fields, content_type="multipart/form-data")
    return browser._page(answer)


def made_here() -> None:
    with transaction():
        profile = issuers.profile(signer="Lê Hoàng Minh Phước")
    with reading():
        keys.signer_for(profile.id, now())


def test_the_page_says_which_key_seals_for_whom_and_that_it_is_self_made(admin: Browser) -> None:
    assert "hệ thống tự tạo một khóa" in admin.get("/admin/signing").text
    made_here()
    page = admin.get("/admin/signing")
    for words in ("tu-tao-1", "Khóa tự tạo", "Còn hiệu lực", "Tệp khóa trên máy chủ", "Sở Khoa học và Công nghệ"):
        assert words in page.text
    assert PASSPHRASE not in page.body


def test_a_trial_signature_says_whether_the_key_works(admin: Browser) -> None:
    made_here()
    assert "Khóa tu-tao-1 ký được" in admin.get("/admin/signing").submit("/check").text
    keys.forget()
    for path in keys.folder().iterdir():
        path.unlink()
    page = admin.get("/admin/signing").submit("/check")
    assert (page.status, "Hãy chép lại tệp từ bản sao lưu" in page.text) == (409, True)
    assert admin.post("/admin/signing/check", name="khong-co").status in {400, 404}


def test_hr_downloads_the_batch_and_sends_it_back_signed(web: Browser, waiting: Files, token: Signer) -> None:
    make.person("Lê Nhân Sự", "hr", email=HR)
    web.sign_in(HR)
    assert "3 tệp đang chờ" in web.get("/hr/signing").text
    answer = web.open("GET", "/hr/signing/unsigned.zip")
    assert answer.data.startswith(b"PK")
    back = [(name, signed(content, token)) for name, content in pdfs(waiting)]
    page = send(web, ("mot.pdf", back[0][1]), ("hai.zip", zipped([back[1], ("sai.pdf", b"%PDF-")])))
    assert (page.text.count("Đã nhận"), page.text.count("Chưa nhận")) == (2, 1)
    assert OFFICE in page.text
    assert "1 tệp đang chờ" in page.text
    assert send(web, ("", b"")).status == 400
    assert "Không mở được tệp zip a.zip" in send(web, ("a.zip", b"PK no zip")).text


def test_an_administrator_confirms_a_certificate_that_is_not_registered(admin: Browser, waiting: Files) -> None:
    private = new_key("ec")
    renewed = Signer(opening.FileKey(private), pem(certificate(private, "Con dấu mới")))
    name, content = pdfs(waiting)[0]
    back = (name, signed(content, renewed))
    page = send(admin, back)
    assert "chứng thư số chưa đăng ký: Con dấu mới" in page.text
    page.submit("/admin/signing/certificates")
    assert "Đã nhận" in send(admin, back).text


def test_keys_are_kept_on_the_command_line(app: Flask, tmp_path: Path) -> None:
    with transaction():
        issuers.profile(signer="Lê Hoàng Minh Phước")
    private = new_key("ec")
    (tmp_path / "a.p12").write_bytes(p12(private, certificate(private)))
    (tmp_path / "b.pem").write_text(pem(certificate(new_key("ec"), "Chứng thư khác")))
    (tmp_path / "bad.p12").write_bytes(b"no key")

    def run(*words: str) -> tuple[int, str]:
        done = app.test_cli_runner().invoke(args=["certificates", *words])
        return done.exit_code, done.output

    assert run("add-key", "con-dau", "--p12", str(tmp_path / "a.p12"))[0] == 0
    assert run("use-key", "con-dau", "--issuer", issuers.DEFAULT)[0] == 0
    assert run("check-key", "con-dau") == (0, "ok\n")
    assert run("add-key", "token", "--external", "--chain", str(tmp_path / "b.pem"))[0] == 0
    code, said = run("keys")
    assert code == 0
    assert "con-dau" in said
    assert OFFICE in said
    assert "Chứng thư khác" in said
    assert PASSPHRASE not in said
    assert run("retire-key", "con-dau")[0] == 0
    for words in (
        ("add-key", "x"),
        ("add-key", "x", "--p12", str(tmp_path / "bad.p12")),
        ("add-key", "x", "--pkcs11", "pkcs11:token=a"),
        ("use-key", "con-dau", "--issuer", issuers.DEFAULT),
        ("check-key", "con-dau"),
        ("retire-key", "khong-co"),
        ("unsigned", "--out", str(tmp_path / "out.zip")),
    ):
        code, said = run(*words)
        assert (code, "Traceback" in said) == (1, False), words


def test_the_queue_is_worked_on_the_command_line_too(app: Flask, waiting: Files, token: Signer, tmp_path: Path) -> None:
    outbox.drain()
    runner = app.test_cli_runner()
    out = tmp_path / "out.zip"
    done = runner.invoke(args=["certificates", "unsigned", "--out", str(out)])
    assert (done.exit_code, done.output) == (0, f"3 of 3: {out}\n")
    back = tmp_path / "back.zip"
    files = [(name, signed(content, token)) for name, content in pdfs(waiting)]
    back.write_bytes(zipped([*files[1:], ("sai.pdf", b"%PDF-")]))
    done = runner.invoke(args=["certificates", "take-signed", str(back)])
    assert (done.exit_code, done.output.count("\tok\n")) == (1, 2)
    assert "1 of 3 not taken" in done.output


def cost(browser: Browser, path: str) -> int:
    """Statements of the second request, so that nothing is counted that happens once a process."""
    browser.get(path)
    with counted() as seen:
        assert browser.get(path).status == 200
    return len(seen)


def test_the_page_of_keys_costs_the_same_however_many_there_are(admin: Browser) -> None:
    for number in (1, 4):
        with transaction():
            issuers.profile(signer="Lê Hoàng Minh Phước")
            for at in range(number):
                private = new_key("ec")
                keys.add_file(f"con-dau-{number}-{at}", p12(private, certificate(private)), actor="cli")
        assert cost(admin, "/admin/signing") == 3


def test_the_queue_costs_the_same_however_many_files_wait(web: Browser, waiting: Files) -> None:
    make.person("Phạm Nhân Sự", "hr", email=HR)
    web.sign_in(HR)
    assert pdfs(waiting)
    assert cost(web, "/hr/signing") == 2
    send(web, *pdfs(waiting)[:2])
    assert cost(web, "/hr/signing") == 2
