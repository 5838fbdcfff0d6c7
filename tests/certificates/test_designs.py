"""A design is a folder that anybody may have written: what is wrong with it is said, and nothing of it can do harm."""

import shutil
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader

from lms_app.certificates import design, pdf, qr, sandbox, sheet, trials, wording
from lms_app.certificates.design import BadDesign
from lms_app.certificates.sandbox import Task
from lms_app.certificates.service import designs
from lms_app.core.apart import Overrun, Pool
from lms_app.core.errors import Invalid, NotFound
from lms_app.core.settings import ROOT

SHIPPED = ROOT / "certificates"
DEFAULT = SHIPPED / "default"
SITE = "https://hoctap.vinhlong.gov.vn"
HEADING = '<h1 id="title">'
Changed = Callable[[str, str, str], Path]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """A copy of the course certificate in which a piece of a file is another."""

    def change(file: str, old: str, new: str) -> Path:
        folder = Path(shutil.copytree(DEFAULT, tmp_path / "own"))
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
        return folder

    return change


def child(folder: Path, name: str = "") -> sandbox.Drawn:
    return sandbox.draw(Task(str(folder), SITE, name=name))


def draw(folder: Path, name: str = trials.NAMES[1]) -> bytes:
    """As the child does, but here: starting a process for each takes seconds."""
    words = sheet.words(trials.sample(name), SITE)
    return pdf.render(design.load(folder), words, {pdf.QR: qr.png("X")})


def fonts(drawn: bytes) -> set[str]:
    found = PdfReader(BytesIO(drawn)).pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    return {font.get_object()["/BaseFont"].partition("+")[2] for font in found}


def refusal(folder: Path) -> str:
    with pytest.raises(BadDesign) as wrong:
        design.load(folder)
    return str(wrong.value)


@pytest.mark.parametrize("folder", design.folders(SHIPPED), ids=lambda folder: folder.name)
@pytest.mark.parametrize("language", sheet.LANGUAGES)
def test_every_shipped_design_survives_all_trials(folder: Path, language: str) -> None:
    for kind in design.load(folder, language).kinds:
        assert sandbox._problems(Task(str(folder), SITE, language, kind)) == []


def test_there_are_designs_for_a_course_and_for_a_programme() -> None:
    assert {kind for folder in design.folders(SHIPPED) for kind in design.load(folder).kinds} == set(sheet.TITLES)


def test_a_drawing_is_a_pdf_and_its_picture() -> None:
    drawn = child(DEFAULT)
    assert drawn.pdf.startswith(b"%PDF")
    assert drawn.png.startswith(b"\x89PNG")


def test_a_name_too_long_for_the_design_is_refused_with_what_to_do() -> None:
    with pytest.raises(Invalid, match=r"Họ và tên có 84 ký tự.*viết tắt tên đệm"):
        child(DEFAULT, name=trials.NAME_WITHOUT_SPACES)


def test_a_name_of_120_characters_stands_in_two_lines() -> None:
    issued = trials.sample(trials.NAME_OF_120)
    assert len(issued.full_name) == 120
    fit = design.load(DEFAULT).fits(sheet.words(issued, SITE))["full_name"]
    assert " ".join(fit.lines) == issued.full_name
    assert len(fit.lines) == 2


def test_a_problem_is_told_once_with_the_trial_that_met_it_first(changed: Changed) -> None:
    folder = changed("certificate.css", "width: 227mm; height: 18mm", "width: 20mm; height: 18mm")
    (told,) = sandbox.problems(Task(str(folder), SITE))
    assert told.startswith("mục full_name tràn khỏi khung: Nguyễn Thị Ngọc Ánh / Làm việc")
    assert told.endswith("mẫu thử khác)")


def test_a_text_that_leaves_the_paper_is_found(changed: Changed) -> None:
    made = design.load(changed("certificate.css", "#note { left: 29mm", "#note { left: 250mm"))
    assert pdf.overflows(made, sheet.words(trials.sample(), SITE), {pdf.QR: qr.png("X")}) == ["note"]


@pytest.mark.parametrize("folder", design.folders(SHIPPED), ids=lambda folder: folder.name)
@pytest.mark.parametrize("language", sheet.LANGUAGES)
def test_the_longest_texts_leave_room_for_signature_and_credential(folder: Path, language: str) -> None:
    """60,000 bytes, less 8,192 for the signature and 4,000 for the credential."""
    made = design.load(folder, language)
    issued = trials.all_samples(folder.name, language, made.kinds[0])[-1]
    words = sheet.words(issued, SITE, signed=wording.BY_OFFICE, replaces=trials.REPLACED)
    codes = {pdf.QR: qr.png(qr.address(SITE, issued.code)), pdf.TOKEN: qr.token_png("x" * 240)}
    assert len(pdf.render(made, words, codes)) < 60_000 - 8_192 - 4_000


def test_a_mark_on_a_mark_takes_the_whole_text_into_the_fallback_face() -> None:
    made = design.load(DEFAULT)
    fits = made.fits(sheet.words(trials.sample("Y Ê\u0306ban"), SITE))
    assert fits["full_name"].also
    assert not fits["person"].also
    assert "Lms-Stacked-Bold" in fonts(draw(DEFAULT, name="Y Ê\u0306ban"))
    assert fonts(draw(DEFAULT, name="Y Êban")) == {"Lms-Serif", "Lms-Serif-Bold", "Lms-Serif-Italic"}


def test_a_letter_is_reported_with_the_font_that_lacks_it(changed: Changed) -> None:
    folder = changed("design.yml", "title:", "title:")
    made = design.load(folder)
    words = sheet.words(trials.sample("Lý 文"), SITE)
    assert made.missing(words) == {("文", "LmsStacked-Bold.ttf")}
    assert ("文", "LmsSerif-Italic.ttf") in made.missing({**words, "note": "文"})


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ('<img src="https://example.org/a.png" alt="">', "https://example.org/a.png"),
        ('<img src="file:///etc/hostname" alt="">', "file:///etc/hostname"),
        ('<img src="data:image/png;base64,AAAA" alt="">', "data:image/png"),
        ('<object data="https://example.org/a.svg"></object>', "https://example.org/a.svg"),
        ('<embed src="https://example.org/b.svg">', "https://example.org/b.svg"),
        ('<svg width="9" height="9"><image href="https://example.org/c.png"/></svg>', "https://example.org/c.png"),
        ("<style>@import url(https://example.org/d.css);</style>", "https://example.org/d.css"),
        ("<style>@font-face{font-family:x;src:url(file:///etc/e.ttf)}p{font-family:x}</style>", "file:///etc/e.ttf"),
        ('<link rel="stylesheet" href="https://example.org/f.css">', "https://example.org/f.css"),
        ('<link rel="attachment" href="file:///etc/passwd">', "file:///etc/passwd"),
        ('<a rel="attachment" href="file:///etc/group">x</a>', "file:///etc/group"),
        ('<p style="background:url(//example.org/g.png)">x</p>', "example.org/g.png"),
        ('<img src="../../other/h.png" alt="">', "other/h.png"),
        ('<base href="https://example.org/"><img src="i.png" alt="">', "i.png"),
    ],
)
def test_each_address_outside_the_folder_is_refused_and_named(changed: Changed, bad: str, named: str) -> None:
    folder = changed("certificate.html", HEADING, bad + HEADING)
    with pytest.raises(BadDesign, match="own") as wrong:
        draw(folder)
    assert named in str(wrong.value)


def test_all_refused_addresses_are_named_at_once(changed: Changed) -> None:
    pictures = '<img src="https://a.example/1.png" alt=""><img src="nothing.png" alt="">'
    with pytest.raises(BadDesign, match=r"a\.example/1\.png.*nothing\.png"):
        draw(changed("certificate.html", HEADING, pictures + HEADING))


def test_a_font_or_picture_of_the_style_sheet_is_held_to_the_folder_too(changed: Changed) -> None:
    with pytest.raises(BadDesign, match=r"file:///etc/a\.ttf"):
        draw(changed("certificate.css", "fonts/LmsSerif-Italic.ttf", "file:///etc/a.ttf"))


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ 'x' * 10**10 }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{{ a * b }}{% endfor %}{% endfor %}",
    ],
    ids=["memory", "time"],
)
def test_a_template_that_eats_memory_or_time_is_stopped(
    changed: Changed, hostile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = (3, sandbox.MEGABYTES, sandbox.LARGEST_FONT)
    monkeypatch.setattr(sandbox, "_pool", Pool("lms_app.certificates.sandbox:answer", *limits))
    with pytest.raises(BadDesign, match="quá nhiều thời gian hoặc bộ nhớ"):
        child(changed("certificate.html", HEADING, hostile + HEADING))


@pytest.mark.parametrize(
    "wrong",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ c.no_such_word }}",
        "{{ 1 / 0 }}",
        "{{ 1 + 'a' }}",
        "{% for x in %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        '{% include "../default/design.yml" %}',
        '{{ fit("no_such_field") }}',
    ],
)
def test_a_template_that_is_wrong_or_reaches_out_is_a_sentence(changed: Changed, wrong: str) -> None:
    with pytest.raises(BadDesign, match="own"):
        draw(changed("certificate.html", HEADING, wrong + HEADING))


def test_the_child_knows_no_secret_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_SECRET_KEY", "x" * 40)
    assert Pool("os:getenvb").call(b"LMS_SECRET_KEY") is None


def write(content: bytes, where: str = "") -> list[str]:
    """Run apart."""
    path = Path(where or tempfile.gettempdir()) / "written"
    path.write_bytes(content)
    return [str(path.parent), path.read_text("utf-8")]


def test_the_child_writes_small_files_in_a_folder_that_goes_with_it(tmp_path: Path) -> None:
    pool = Pool(f"{__name__}:write", written=100)
    folder, kept = pool.call(b"x" * 100)
    assert kept == "x" * 100
    assert not Path(folder).exists()
    with pytest.raises(Overrun):
        pool.call(b"x" * 101)
    with pytest.raises(Overrun):
        Pool(f"{__name__}:write").call(b"x", where=str(tmp_path))
    pool.close()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title:", "titel:", ["dòng 2: khóa titel", "thiếu khóa title"]),
        ("{max: 32,", "{mex: 32,", ["dòng 11: khóa mex", "thiếu khóa max ở full_name"]),
        (
            "lines: 2, width: 227, face: LmsSerif-Bold.ttf, also",
            "lines: 3, width: 227, face: LmsSerif-Bold.ttf, also",
            ["dòng 11: lines"],
        ),
        ("{max: 32,", "{max: huge,", ["dòng 11: max phải là số"]),
        ("face: LmsSerif-Italic.ttf", "face: ../x.ttf", ["dòng 10: face phải là tên một tệp"]),
        ("face: LmsSerif-Italic.ttf", "face: No.ttf", ["No.ttf"]),
        ("kinds: [COMPLETION]", "kinds: [STATUTORY]", ["dòng 3: kinds phải là danh sách gồm COMPLETION, PROGRAMME"]),
        ("  vi-en:\n", "  fr:\n", ["languages phải gồm các khóa vi, en, vi-en"]),
        ("title:", "token: yes please\ntitle:", ["dòng 2: token phải là true hoặc false"]),
        ("title:", "sample: {age: 3}\ntitle:", ["dòng 2: khóa age"]),
        ("title:", "\ttitle:", ["line 2"]),
        ("title:", "title: [", ["line"]),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(changed: Changed, old: str, new: str, said: list[str]) -> None:
    found = refusal(changed("design.yml", old, new))
    assert "own chưa dùng được: design.yml" in found
    assert [piece for piece in said if piece not in found] == []


def test_a_field_that_no_sheet_has_is_named(changed: Changed) -> None:
    made = design.load(changed("design.yml", "  says:", "  sayz:"))
    with pytest.raises(BadDesign, match="sayz"):
        made.fits(sheet.words(trials.sample(), SITE))


def test_a_language_that_the_design_lacks_is_refused(changed: Changed) -> None:
    folder = changed("design.yml", "  en:\n", "  # en:\n")
    with pytest.raises(BadDesign, match="không có bản en"):
        design.load(folder, "en")


def test_a_file_that_is_no_font_is_refused(changed: Changed) -> None:
    folder = changed("design.yml", "title:", "title:")
    (folder / "fonts/LmsSerif-Bold.ttf").write_bytes(b"no font at all")
    assert "LmsSerif-Bold.ttf" in refusal(folder)


@pytest.mark.usefixtures("app")
def test_no_name_leads_out_of_the_folder_of_designs() -> None:
    assert designs.folder("default").name == "default"
    for name in ("..", "../default", "/etc", "", "default/fonts"):
        with pytest.raises(NotFound):
            designs.folder(name)


def test_a_changed_file_is_drawn_anew(app: Flask, changed: Changed) -> None:
    folder = changed("design.yml", "title:", "title:")
    with app.app_context():
        first = designs.drawn(folder, "vi", "COMPLETION")
        assert designs.drawn(folder, "vi", "COMPLETION") is first
        style = folder / "certificate.css"
        style.write_text(style.read_text("utf-8") + "#title { color: #000 }", "utf-8")
        assert designs.drawn(folder, "vi", "COMPLETION").png != first.png
