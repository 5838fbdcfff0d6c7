"""The sheet: one page, all words in order, the design's own fonts, nothing fetched from elsewhere."""

import shutil
import subprocess
import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from lms_app.certificates import design, pdf, qr, sheet, trials
from lms_app.certificates.design import BadDesign
from lms_app.certificates.models import Certificate
from lms_app.core.settings import ROOT

DEFAULT: Path = ROOT / "certificates/default"
SITE = "https://hoctap.vinhlong.gov.vn"
POINTS = (841.89, 595.28)


def draw(issued: Certificate, folder: Path = DEFAULT) -> bytes:
    return pdf.render(design.load(folder), sheet.words(issued, SITE), {pdf.QR: qr.png(qr.address(SITE, issued.code))})


def text_of(content: bytes) -> str:
    return " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())


@pytest.fixture
def own_design(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT, tmp_path / "own"))


def test_a_sheet_says_everything_in_reading_order() -> None:
    content = draw(trials.sample("Nguyễn Thị Ngọc Ánh"))
    text = text_of(content)
    expected = [
        "ỦY BAN NHÂN DÂN TỈNH VĨNH LONG",
        "SỞ KHOA HỌC VÀ CÔNG NGHỆ",
        "GIẤY CHỨNG NHẬN",
        "ĐÃ HOÀN THÀNH KHÓA TẬP HUẤN NGẮN HẠN",
        "Nguyễn Thị Ngọc Ánh",
        "Sinh ngày 02/9/1985 · Chuyên viên, Văn phòng HĐND và UBND xã An Bình",
        trials.TITLES[1],
        "12 tiết · Từ ngày 05/10/2026 đến ngày 30/10/2026 · Kết quả: Đạt",
        "VL-CĐS-2026-000123",
        "0123/2026/CNTH",
        "7KQ4-M2XF-9TDP-H",
        "Vĩnh Long, ngày 23 tháng 11 năm 2026",
        "Bản điện tử chưa ký số",
        "Lê Hoàng Minh Phước",
        "không thay thế chứng chỉ bồi dưỡng theo Nghị định số 171/2025/NĐ-CP",
    ]
    places = [text.find(words) for words in expected]
    assert -1 not in places, [words for words, at in zip(expected, places, strict=True) if at < 0]
    assert places == sorted(places)


def test_a_sheet_is_one_tagged_landscape_page_with_embedded_fonts_of_the_design() -> None:
    reader = PdfReader(BytesIO(draw(trials.sample())))
    assert len(reader.pages) == 1
    assert [round(float(side), 2) for side in reader.pages[0].mediabox[2:]] == pytest.approx(POINTS, abs=0.1)
    fonts = reader.pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    described = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts]
    assert all("Lms-Serif" in font["/BaseFont"] for font in described)
    assert all("/FontFile2" in font["/FontDescriptor"] for font in described)
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert catalogue["/Lang"] == "vi"  # type: ignore[index]


def test_the_same_certificate_gives_the_same_bytes_and_stays_small() -> None:
    first = draw(trials.sample())
    assert first == draw(trials.sample())
    assert len(first) < 60_000


@pytest.mark.parametrize("name", trials.NAMES)
def test_hard_names_come_out_of_the_pdf_as_they_went_in_but_composed(name: str) -> None:
    assert f"Ông/Bà {unicodedata.normalize('NFC', name)} Sinh" in text_of(draw(trials.sample(name)))


def test_the_hardest_texts_stay_in_their_boxes() -> None:
    made = design.load(DEFAULT)
    for issued in trials.all_samples("default")[-3:]:
        words = sheet.words(issued, SITE)
        assert pdf.overflows(made, words, {pdf.QR: qr.png("X")}) == []
        assert made.missing(words) == set()


def test_a_design_that_overflows_is_found(own_design: Path) -> None:
    style = own_design / "certificate.css"
    style.write_text(
        style.read_text("utf-8").replace("width: 227mm; height: 18mm", "width: 60mm; height: 18mm"), "utf-8"
    )
    words = sheet.words(trials.sample(trials.LONGEST_NAME), SITE)
    assert pdf.overflows(design.load(own_design), words, {pdf.QR: qr.png("X")}) == ["full_name"]


@pytest.mark.parametrize(
    "bad",
    [
        '<img src="https://example.org/a.png" alt="">',
        '<img src="file:///etc/hostname" alt="">',
        '<img src="../../secret.png" alt="">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        "{{ c.unknown_field }}",
        "{{ ''.__class__.__mro__ }}",
    ],
)
def test_a_design_reaches_nothing_outside_its_folder(own_design: Path, bad: str) -> None:
    page = own_design / "certificate.html"
    page.write_text(page.read_text("utf-8").replace('<h1 id="title">', bad + '<h1 id="title">'), "utf-8")
    with pytest.raises(BadDesign, match="own"):
        draw(trials.sample(), own_design)


def test_a_design_without_its_settings_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadDesign, match=r"design\.yml"):
        design.load(tmp_path / "nothing")


def test_markup_in_a_name_is_printed_as_it_is() -> None:
    assert "<b>Lan</b> {{7*7}}" in text_of(draw(trials.sample("<b>Lan</b> {{7*7}}")))


def test_invisible_letters_are_taken_out_and_spaces_are_single() -> None:
    assert sheet.plain(" Lê\u200b  Văn\u00a0\u202eTám\n") == "Lê Văn Tám"


@pytest.mark.skipif(
    not (shutil.which("pdftoppm") and shutil.which("zbarimg")), reason="poppler-utils or zbar-tools missing"
)
@pytest.mark.parametrize("dpi", ["96", "150", "300"])
def test_the_printed_qr_opens_the_verification_page(tmp_path: Path, dpi: str) -> None:
    (tmp_path / "c.pdf").write_bytes(draw(trials.sample()))
    drawn = subprocess.run(
        ["pdftoppm", "-r", dpi, "-png", "-singlefile", "c.pdf", "c"], cwd=tmp_path, check=True, capture_output=True
    )
    assert drawn.stderr == b""
    read = subprocess.run(["zbarimg", "-q", "--raw", "c.png"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert read.stdout.strip() == "HTTPS://HOCTAP.VINHLONG.GOV.VN/V/7KQ4M2XF9TDPH"


def test_a_site_below_a_path_keeps_its_spelling_in_the_qr() -> None:
    assert qr.address("https://tinh.gov.vn/hoc", "ABC") == "https://tinh.gov.vn/hoc/v/ABC"
