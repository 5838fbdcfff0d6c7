"""One certificate's life in a browser: passed, name mended, issued; verified four ways; revoked, replaced; the book."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
from openbadgeslib.ob3.verifier import OB3Verifier
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.certificates.papers import pdfsig
from tests.journeys.conftest import DESK, PHONE, Site
from tests.journeys.frames import take_certificate
from tests.journeys.people import sign_in, take_test

TOOLS = ("pdfsig", "pdftoppm", "qpdf", "zbarimg")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="poppler-utils, qpdf or zbar-tools missing: they check what was issued"
)

MENDED = "Nguyễn Thị Hoài Thương"
CORRECTED = "Nguyễn Thị Hoài Thương Huyền"
READ_ALL = 'learning.read_all(learning.enrol(accounts.by_email("holder@demo.vn").id, "{course}"))'
PASS = 'assessment.play(accounts.by_email("holder@demo.vn").id, "{course}", 1)'


class Office:
    """Who verifies, each in a browser of their own: a visitor, one without network, and HR."""

    def __init__(self, chromium: Chromium, site: Site) -> None:
        self.visitor = _browser(chromium, site, PHONE)
        self.traveller = _browser(chromium, site, PHONE)
        self.officer = _browser(chromium, site, DESK)
        sign_in(self.officer, "officer@demo.vn")
        self.fetch()

    def fetch(self) -> None:
        """The offline page opened while there is a network; then the network goes."""
        self.traveller.context.set_offline(offline=False)
        self.traveller.goto("/verify/offline")
        expect(self.traveller.locator("#kept")).to_contain_text("đã lưu")
        self.traveller.context.set_offline(offline=True)
        self.traveller.reload()

    def four_ways(self, paper: "Paper") -> list[str]:
        """By the QR's address, by upload, offline, by list."""
        self.visitor.goto(paper.address)
        return [_status(self.visitor), self.by_upload(paper), self.offline(paper), self.by_list(paper)]

    def by_upload(self, paper: "Paper") -> str:
        self.visitor.goto("/verify")
        self.visitor.get_by_label("Tệp PDF").set_input_files(paper.file)
        self.visitor.get_by_role("button", name="Kiểm tra tệp").click()
        return _status(self.visitor)

    def offline(self, paper: "Paper") -> str:
        self.traveller.reload()
        expect(self.traveller.locator("#age")).to_contain_text("Theo dữ liệu lấy lúc")
        self.traveller.locator("#file").set_input_files(paper.file)
        expect(self.traveller.locator("#answer")).to_contain_text("Theo dữ liệu lấy lúc")
        return _status(self.traveller)

    def by_list(self, paper: "Paper") -> str:
        """The chip beside the row of a pasted list."""
        self.officer.goto("/hr/certificates/check")
        self.officer.get_by_label("Hoặc dán danh sách").fill(f"Mã tra cứu\tHọ và tên\n{paper.code}\t{paper.name}")
        self.officer.get_by_role("button", name="Kiểm tra danh sách").click()
        expect(self.officer.locator("#result tbody")).to_contain_text("Họ tên khớp")
        return self.officer.locator("#result tbody .chip").first.inner_text()


class Paper:
    """A certificate as its holder downloads it: the file, the name on it, and what its QR holds."""

    def __init__(self, holder: Page, folder: Path, code: str, name: str) -> None:
        self.code, self.name, self.file = code, name, folder / f"{code}.pdf"
        link = f"a[href='/me/certificates/{code}.pdf']"
        _reload_until(holder, f"{link}:has-text('KB')")
        with holder.expect_download() as download:
            holder.locator(link).click()
        download.value.save_as(self.file)
        self.address = _qr(self.file)

    @property
    def words(self) -> str:
        return " ".join(PdfReader(self.file).pages[0].extract_text().split())

    @property
    def credential(self) -> str:
        with pikepdf.open(self.file) as pdf:
            (token,) = [pdf.attachments[name].get_file().read_bytes() for name in pdf.attachments if "jwt" in name]
        return token.decode()


def test_a_certificate_is_trusted_four_ways_until_it_is_revoked_or_replaced(
    chromium: Chromium, site: Site, tmp_path: Path
) -> None:
    holder = _browser(chromium, site, PHONE)
    first = _pass_and_mend_the_name(holder, site, tmp_path)
    _tools_agree(first, holder, tmp_path)
    office = Office(chromium, site)
    _masked_until_the_name_is_typed(office.visitor, first)
    assert office.four_ways(first) == ["valid", "valid", "valid", "Còn hiệu lực"]
    _revoke(office.officer, first)
    assert office.four_ways(first) == ["revoked", "revoked", "valid", "Đã thu hồi"], "offline: of before, and says so"
    office.fetch()
    assert office.offline(first) == "revoked"

    for step in (READ_ALL, PASS):
        site.python(step.format(course="ct-02"))
    _confirm_later(holder)
    second = _newest(holder, tmp_path, MENDED, but=[first])
    serial = _replace(office.officer, second)
    third = _newest(holder, tmp_path, CORRECTED, but=[first, second])
    office.fetch()
    assert office.four_ways(second) == ["replaced", "replaced", "revoked", "Đã được thay thế"]
    assert office.four_ways(third) == ["valid", "valid", "valid", "Còn hiệu lực"]
    _successor_is_shown(office, second, serial)
    _holder_sees_all(holder, first, second, third)
    _list_comes_back_with_answers(office.officer, first, second, third)
    _book_and_zip(office.officer, first, second, third)


def _pass_and_mend_the_name(page: Page, site: Site, folder: Path) -> Paper:
    site.python(READ_ALL.format(course="cc-01"))
    sign_in(page, "holder@demo.vn")
    page.goto("/courses/cc-01/final")
    if page.locator("main input[type=checkbox]").count():
        page.locator("main input[type=checkbox]").check()
    page.locator("main form button").first.click()
    take_test(page, site, wrong=1)
    expect(page.locator(".cert .n")).to_have_text("Nguyễn Thị Holder")
    page.get_by_text("Sai tên? Sửa").click()
    page.get_by_label("Họ và tên").fill(MENDED)
    page.get_by_role("button", name="Lưu tên này và cấp giấy").click()
    return _newest(page, folder, MENDED, but=[])


def _confirm_later(page: Page) -> None:
    """Who left the test's page without a word finds the certificate waiting in the list."""
    page.goto("/me/certificates")
    _reload_until(page, "text=Chờ anh chị xem họ tên")
    page.get_by_role("link", name="Xem họ tên và nhận giấy").click()
    expect(page.locator("strong", has_text=MENDED)).to_be_visible()
    take_certificate(page)


def _newest(page: Page, folder: Path, name: str, *, but: Sequence[Paper]) -> Paper:
    """The one on the learner's page that was not there before."""
    page.goto("/me/certificates")
    known = [paper.code for paper in but]
    new = "article.card" + "".join(f":not([id='{code}'])" for code in known)
    _reload_until(page, new)
    return Paper(page, folder, page.locator(new).get_attribute("id") or "", name)


def _tools_agree(paper: Paper, page: Page, folder: Path) -> None:
    said = pdfsig(paper.file.read_bytes(), folder)
    assert "Signature is Valid." in said
    assert "ETSI.CAdES.detached" in said
    assert "Total document signed" in said
    checked = subprocess.run(["qpdf", "--check", paper.file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert paper.name in paper.words
    document = page.request.get("/.well-known/did.json")
    verifier = OB3Verifier.for_issuer_did(document.json()["id"], download=lambda *_asked, **_how: document.body())
    assert verifier.verify(paper.credential).achievement.name in paper.words


def _masked_until_the_name_is_typed(page: Page, paper: Paper) -> None:
    page.goto(paper.address)
    expect(page).to_have_url(re.compile(f"/v/{paper.code}$"))
    expect(page.locator("main")).not_to_contain_text(paper.name)
    page.get_by_label("Họ và tên in trên giấy").fill("nguyen thi hoai thuong")
    page.get_by_role("button", name="So họ tên").click()
    expect(page.locator("main")).to_contain_text(paper.name)


def _revoke(page: Page, paper: Paper) -> None:
    page.goto("/hr/certificates")
    page.get_by_label("Họ tên, mã tra cứu").fill(paper.code)
    page.get_by_role("button", name="Tìm").click()
    page.locator("tbody a").click()
    page.get_by_label("Lý do thu hồi").fill("Cấp nhầm người")
    page.get_by_role("button", name="Thu hồi giấy này").click()
    expect(page.locator("main")).to_have_attribute("data-status", "revoked")


def _replace(page: Page, paper: Paper) -> str:
    """Returns the number of the new one."""
    page.goto(f"/hr/certificates/{paper.code}")
    page.get_by_role("link", name="Cấp lại giấy này").click()
    page.get_by_label("Họ và tên").fill(CORRECTED)
    page.get_by_label("Lý do cấp lại").fill("Ghi thiếu tên")
    page.get_by_role("button", name="Cấp giấy mới").click()
    expect(page.locator("main")).to_contain_text("Giấy này thay cho giấy")
    return page.locator("h1").inner_text().split()[-1]


def _successor_is_shown(office: Office, old: Paper, serial: str) -> None:
    """On the page, beside the file, in the list and to HR; offline cannot know it."""
    office.visitor.goto(f"/v/{old.code}")
    expect(office.visitor.locator("main")).to_contain_text(serial)
    office.by_upload(old)
    expect(office.visitor.locator("main")).to_contain_text(serial)
    office.by_list(old)
    expect(office.officer.locator("#result tbody")).to_contain_text(serial)
    office.officer.goto(f"/hr/certificates/{old.code}")
    office.officer.get_by_role("link", name=serial).click()
    expect(office.officer.locator("main")).to_have_attribute("data-status", "valid")


def _holder_sees_all(page: Page, revoked: Paper, replaced: Paper, valid: Paper) -> None:
    page.goto("/me/certificates")
    for paper, word in ((revoked, "Đã thu hồi"), (replaced, "Đã được thay thế"), (valid, "Còn hiệu lực")):
        expect(page.locator(f"[id='{paper.code}'] .chip").first).to_have_text(word)
    expect(page.locator(f"[id='{replaced.code}'] a[href='#{valid.code}']")).to_be_visible()


def _list_comes_back_with_answers(page: Page, revoked: Paper, replaced: Paper, valid: Paper) -> None:
    """A partner's Excel list: the same rows, with the result beside each."""
    book = openpyxl.Workbook()
    rows = [(paper.code, paper.name) for paper in (revoked, replaced, valid)] + [("7KQ4-M2XF-9TDP-A", "Ai Đó")]
    for row in [("Mã tra cứu", "Họ và tên"), *rows]:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    page.goto("/hr/certificates/check")
    file = {"name": "ds.xlsx", "mimeType": "application/octet-stream", "buffer": content.getvalue()}
    page.get_by_label("Tệp danh sách").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Kiểm tra danh sách").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải kết quả").click()
    sheet = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).worksheets[0]
    answers = {str(cells[0]): str(cells[2]) for cells in sheet.iter_rows(values_only=True)}
    assert [answers[code] for code, _name in rows] == [
        "Đã thu hồi",
        "Đã được thay thế",
        "Còn hiệu lực",
        "Không tìm thấy",
    ]


def _book_and_zip(page: Page, *papers: Paper) -> None:
    """The book has one row for each, on screen and printed; the zip has each file as it was given out."""
    page.goto("/hr/certificates")
    page.get_by_role("link", name="Các sổ theo năm").click()
    page.locator("tbody a").first.click()
    for paper in papers:
        expect(page.locator(f"tbody a[href='/hr/certificates/{paper.code}']")).to_have_count(1)
    numbers = page.locator("tbody th a").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("button", name="In sổ (PDF)").click()
    printed = " ".join(page.extract_text() for page in PdfReader(download.value.path()).pages)
    assert re.findall(r"(\d+/\S+)\s+\S+-\d{6}\s", printed) == numbers
    page.goto("/hr/certificates/download")
    page.get_by_label("Họ và tên").fill("Hoài Thương")
    page.get_by_role("button", name="Xem").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải tệp zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        inside = {archive.read(name) for name in archive.namelist() if name.endswith(".pdf")}
        assert any(name.endswith(".xlsx") for name in archive.namelist())
    assert inside == {paper.file.read_bytes() for paper in papers}


def _browser(chromium: Chromium, site: Site, size: Any) -> Page:
    return chromium.new_context(base_url=site.url, viewport=size, accept_downloads=True).new_page()


def _status(page: Page) -> str:
    expect(page.locator("main")).to_have_attribute("data-status", re.compile("."))
    return page.locator("main").get_attribute("data-status") or ""


def _reload_until(page: Page, selector: str) -> None:
    """The worker is another process; its work shows when the page is loaded anew."""
    for _ in range(60):
        if page.locator(selector).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(selector)).to_be_visible()


def _qr(file: Path) -> str:
    picture = file.with_suffix("")
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", file, picture], check=True)
    command = ["zbarimg", "-q", "--raw", f"{picture}.png"]
    return subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL).strip()
