"""A new HR officer of one office, on the demo's data: list, coverage before and after a merge, report, reminders."""

import io
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from lms_app.core.clock import now
from tests.accounts import messy
from tests.journeys.conftest import DESK, Site
from tests.journeys.people import sign_in

OFFICE = ("86.SKHCN", "Sở Khoa học và Công nghệ tỉnh Vĩnh Long")
NEIGHBOUR = "Sở Nội vụ tỉnh Vĩnh Long"
BEFORE_THE_MERGE = "2025-06-30"
ROWS = 2000
UTF8 = "csv:Text - txt - csv (StarCalc):44,34,76,1"
PATIENCE = 120_000
"""Milliseconds for what a worker does in the background."""

pytestmark = pytest.mark.skipif(
    not shutil.which("soffice"), reason="no LibreOffice here: apt-get install libreoffice-calc opens the report"
)


@pytest.fixture(scope="module")
def keeper(chromium: Chromium, site: Site) -> Page:
    """Made an officer by the administrator's command; signed in on a desk."""
    site.flask("people", "role", "keeper@demo.vn", "hr", "--unit", OFFICE[0])
    page = chromium.new_context(base_url=site.url, viewport=DESK, locale="vi-VN").new_page()  # type: ignore[arg-type]
    sign_in(page, "keeper@demo.vn")
    return page


@pytest.fixture(scope="module")
def listed(keeper: Page) -> messy.Messy:
    """The officer's messy list, imported: what was right of it is in the system."""
    sent = messy.sheet(ROWS, [OFFICE])
    counts = _checked(keeper, sent.content)
    assert counts["Thêm mới"] == sent.new
    assert counts["Dòng sai"] == sent.wrong
    assert _faults(keeper) == [row - len(messy.ABOVE) - 1 for row in sent.faults]
    keeper.get_by_role("button", name=f"Nhập {_said(sent.new + sent.unchanged)} dòng đúng").click()
    expect(keeper.locator("main")).to_contain_text("Tất cả các dòng đúng đã được ghi", timeout=PATIENCE)
    return sent


def _checked(page: Page, content: bytes) -> dict[str, int]:
    """Send a list and wait for what would come of it."""
    page.goto("/hr/")
    page.get_by_role("link", name="Nhập danh sách").click()
    file = {"name": "danh-sach.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_label("Tệp danh sách").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Kiểm tra danh sách").click()
    expect(page.get_by_role("heading", name="Kiểm tra danh sách trước khi nhập")).to_be_visible(timeout=PATIENCE)
    return _sums(page)


def _sums(page: Page) -> dict[str, int]:
    names, numbers = (page.locator(f"dl.sum {kind}").all_inner_texts() for kind in ("dt", "dd"))
    return {name.strip(): _number(text) for name, text in zip(names, numbers, strict=True)}


def _said(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _number(text: str) -> int:
    return int("".join(c for c in text.split(maxsplit=1)[0] if c.isdigit()) or -1)


def _faults(page: Page) -> list[int]:
    """What stands in the column STT of the file of wrong rows."""
    with page.expect_download() as download:
        page.locator("a[href$='faults.xlsx']").first.click()
    sheet = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    return sorted({value for row in sheet.values for value in row[:1] if isinstance(value, int)})


def test_a_messy_list_is_imported_once(keeper: Page, listed: messy.Messy) -> None:
    again = _checked(keeper, listed.content)
    assert (again["Thêm mới"], again["Cập nhật"]) == (0, 0)
    assert again["Không đổi"] == listed.new + listed.unchanged
    keeper.goto("/hr/people?q=000001")
    expect(keeper.locator("tbody tr")).to_have_count(1)
    expect(keeper.locator("tbody")).to_contain_text("Nguyễn Thị Ánh")


def test_coverage_is_seen_by_group_before_and_after_the_merge(keeper: Page, listed: messy.Messy) -> None:
    keeper.goto("/hr/")
    keeper.get_by_role("link", name="Độ phủ").click()
    expect(keeper.get_by_role("heading", level=1)).to_contain_text(OFFICE[1])
    staff = {"": _staff(keeper)}
    for group in ("LD", "CT", "CC"):
        keeper.get_by_label("Nhóm").select_option(group)
        keeper.get_by_role("button", name="Xem").click()
        staff[group] = _staff(keeper)
    assert staff[""] == staff["LD"] + staff["CT"] + staff["CC"] > listed.new
    assert min(staff.values()) > ROWS // 4
    _behind(keeper, staff["CC"])
    keeper.goto(f"/hr/coverage?day={BEFORE_THE_MERGE}")
    main = keeper.locator("main")
    expect(main).to_contain_text("Sở Khoa học và Công nghệ tỉnh Bến Tre")
    expect(main).not_to_contain_text("Nội vụ")
    assert 0 < _staff(keeper) < listed.new
    _behind(keeper, _staff(keeper))


def _staff(page: Page) -> int:
    """The last number of the table's total: people at work by our lists."""
    return _number(page.locator("tfoot td.num").last.inner_text())


def _behind(page: Page, number: int) -> None:
    """The list behind that number holds as many people, on the page as in the file."""
    page.locator("tfoot td.num a").last.click()
    expect(page.locator("main")).to_contain_text(f"{_said(number)} dòng")
    with page.expect_download() as download:
        page.locator("a[href*='people.xlsx']").click()
    sheet = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()), read_only=True).active
    first = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert len(first) - first.index("Họ và tên") - 1 == number


def test_the_report_opens_in_libreoffice(keeper: Page, listed: messy.Messy, tmp_path: Path) -> None:
    keeper.goto("/hr/")
    keeper.get_by_role("link", name="Báo cáo").click()
    keeper.get_by_role("button", name="Làm báo cáo").click()
    expect(keeper.locator("main")).to_have_attribute("data-state", "done", timeout=PATIENCE)
    with keeper.expect_download() as download:
        keeper.get_by_role("link", name="Tải Excel").click()
    download.value.save_as(tmp_path / "bao-cao.xlsx")
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", UTF8]
    subprocess.run([*command, "--outdir", tmp_path, tmp_path / "bao-cao.xlsx"], check=True, timeout=120)
    said = (tmp_path / "bao-cao.csv").read_text(encoding="utf-8")
    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        OFFICE[1].upper(),
        "NGƯỜI LẬP BIỂU",
    ):
        assert part in said


def test_the_unfinished_of_the_office_are_reminded_once(keeper: Page, listed: messy.Messy, site: Site) -> None:
    keeper.goto("/hr/assignments/new")
    keeper.get_by_label("Nhóm đối tượng").select_option("CT")
    keeper.get_by_label("Khóa học").first.select_option("cc-01")
    keeper.get_by_label("Hạn hoàn thành").fill(f"{now() + timedelta(days=30):%d/%m/%Y}")
    keeper.get_by_label("Tên đợt giao").fill("Học kỹ năng số của Sở")
    keeper.get_by_role("button", name="Xem sẽ giao cho ai").click()
    keeper.get_by_role("button", name=re.compile("^Giao cho")).click()
    expect(keeper.get_by_role("heading", level=1)).to_contain_text("Học kỹ năng số của Sở")
    while "learning.assign" in site.flask("jobs", "status"):
        keeper.wait_for_timeout(500)
    keeper.reload()
    _reminded(keeper)


def _reminded(page: Page) -> None:
    """Remind all; who was, is left out a second time."""
    address = page.url
    page.get_by_role("link", name=re.compile("^Nhắc .* người chưa hoàn thành")).click()
    planned = _sums(page)["Sẽ nhận thư"]
    assert planned > ROWS // 8
    expect(page.locator(".card")).to_contain_text("Kỹ năng số")
    with page.expect_navigation():
        page.get_by_role("button", name=f"Gửi thư cho {_said(planned)} người").click()
    while not page.get_by_text("Đã gửi").count():
        page.wait_for_timeout(500)
        page.reload()
    page.goto(f"{address}/remind")
    assert _sums(page)["Sẽ nhận thư"] == 0
    assert _sums(page)["Đã nhắc tay hôm nay"] >= planned


def test_the_neighbour_cannot_be_seen(keeper: Page, chromium: Chromium, site: Site) -> None:
    boss = chromium.new_context(base_url=site.url, viewport=DESK).new_page()  # type: ignore[arg-type]
    sign_in(boss, "officer@demo.vn")
    boss.goto("/hr/coverage")
    boss.get_by_role("link", name=NEIGHBOUR, exact=True).click()
    expect(boss.get_by_role("heading", level=1)).to_contain_text(NEIGHBOUR)
    theirs = boss.url
    boss.locator("tfoot td.num a").last.click()
    people = boss.url
    boss.goto(theirs.replace("/hr/coverage", "/hr/people"))
    boss.locator("tbody a").first.click()
    for address in (theirs, people, boss.url, people.replace("/people?", "/people.xlsx?")):
        answer = keeper.goto(address)
        assert answer is not None
        assert answer.status == 404
    keeper.goto("/hr/coverage")
    expect(keeper.locator("main")).not_to_contain_text("Nội vụ")
