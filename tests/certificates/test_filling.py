"""A filled sheet is what WeasyPrint would have drawn: to the eye, to a reader's software, and to a validator."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from pikepdf import pdfa
from PIL import ImageChops
from pypdf import PdfReader

from lms_app.certificates import design, filling, keys, pdf, qr, sheet, signing, trials, wording
from lms_app.certificates.design import BadDesign, Design
from lms_app.certificates.filling import Sheet, SignatureField
from lms_app.certificates.lettering import CannotFill
from lms_app.certificates.models import Certificate
from lms_app.core.errors import Invalid
from lms_app.core.settings import ROOT
from tests.certificates import papers

DEFAULT = ROOT / "certificates/default"
SITE = "https://hoctap.vinhlong.gov.vn"
SIGNED_AT = datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
FIELD = SignatureField(1800, "Cấp giấy chứng nhận", "Vĩnh Long")
JWT = "".join(f"{hashlib.sha256(bytes([at])).hexdigest()}._-" for at in range(28)).encode()
HARD = {"Y Ê\u0306ban Ŭk Č", "Ƀlŏ Ŭng Čư"}
"""Names that a sheet cannot write: a mark on a mark, and a letter that it does not hold."""

TOOLS = ("qpdf", "pdffonts", "pdfinfo", "pdfdetach", "pdftoppm")
needs_tools = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="qpdf or poppler-utils missing")


def credential(issued: Certificate) -> pdf.Attachment:
    return pdf.Attachment("credential.jwt", JWT, "application/vc+jwt", "Open Badges 3.0", issued.issued_at)


def code(issued: Certificate) -> pdf.Pictures:
    codes = {pdf.QR: qr.png(qr.address(SITE, issued.code))}
    if issued.design == "programme":
        codes[pdf.TOKEN] = qr.token_png(f"{SITE}/verify/offline#{'Az09' * 48}")
    return codes


def stencil(made: Design, issued: Certificate) -> pdf.Stencil:
    words = sheet.words(issued, SITE, signed=wording.BY_OFFICE)
    return pdf.Stencil(made, words, frozenset(filter(sheet.is_personal, words)), code(issued), credential(issued))


@lru_cache(8)
def drawn(folder: Path, title: str, language: str, field: SignatureField | None) -> Sheet:
    """Of somebody else in the same course."""
    other = trials.sample("Trần Văn Bình", title, language=language)
    other.code, other.serial, other.book_number = "0" * 13, "VL-CĐS-2026-000001", "0001/2026/CNTH"
    return Sheet(stencil(design.load(folder, language), other), field)


def fill(issued: Certificate, field: SignatureField | None = FIELD, folder: Path = DEFAULT) -> bytes:
    words = sheet.words(issued, SITE, signed=wording.BY_OFFICE)
    made = drawn(folder, issued.course_title, issued.language, field)
    return made.fill(words, code(issued), credential(issued), SIGNED_AT)


def plain(issued: Certificate, folder: Path = DEFAULT) -> bytes:
    words = sheet.words(issued, SITE, signed=wording.BY_OFFICE)
    return pdf.render(design.load(folder, issued.language), words, code(issued), [credential(issued)])


def fillable() -> list[Certificate]:
    return [issued for issued in trials.all_samples("default")[:-1] if issued.full_name not in HARD]


def picture_of(content: bytes) -> Any:
    return pypdfium2.PdfDocument(content)[0].render(scale=110 / 72).to_pil().convert("L")


def text_of(content: bytes) -> str:
    return " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())


def run(*command: str, folder: Path) -> str:
    """What a tool says. Poppler tells of faults in a page's content on stderr only."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "c.pdf").write_bytes(fill(trials.sample(trials.LONGEST_NAME, position=trials.LONGEST_POSITION)))
    return tmp_path


@pytest.mark.parametrize(
    "issued", fillable(), ids=lambda one: f"{one.full_name}-{one.course_title[:9]}-{one.position[:9]}"
)
def test_a_filled_sheet_looks_like_the_page_drawn_as_a_whole(issued: Certificate) -> None:
    ours, theirs = fill(issued), plain(issued)
    differs = ImageChops.difference(picture_of(ours), picture_of(theirs)).histogram()
    assert sum(differs[97:]) == 0
    assert text_of(ours) == text_of(theirs)


@pytest.mark.parametrize("language", sheet.LANGUAGES)
@pytest.mark.parametrize("made", design.folders(ROOT / "certificates"), ids=lambda made: made.name)
def test_every_shipped_design_can_be_filled_in_every_language(made: Path, language: str) -> None:
    kind = design.load(made, language).kinds[0]
    issued = trials.sample(trials.LONGEST_NAME, language=language, kind=kind, design=made.name)
    assert text_of(
        Sheet(stencil(design.load(made, language), issued), FIELD).fill(
            sheet.words(issued, SITE, signed=wording.BY_OFFICE), code(issued), credential(issued), SIGNED_AT
        )
    ) == text_of(plain(issued, made))


@pytest.mark.parametrize("name", sorted(HARD))
def test_a_name_with_letters_that_the_sheet_lacks_is_left_to_the_whole_page(name: str) -> None:
    with pytest.raises(CannotFill):
        fill(trials.sample(name))


def test_a_text_that_fits_in_no_size_is_refused_as_by_the_whole_page() -> None:
    with pytest.raises(Invalid, match="84"):
        fill(trials.sample(trials.NAME_WITHOUT_SPACES))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{{ lines("full_name") }}', "Ông/Bà {{ c.full_name }} đã học"),
        ('{{ lines("full_name") }}', "{{ c.full_name }}</p><p>{{ c.full_name }}"),
        ('<h1 id="title"', '<style>#full_name { letter-spacing: .1em }</style><h1 id="title"'),
        ('<h1 id="title"', '<style>#full_name { text-transform: uppercase }</style><h1 id="title"'),
        ('<h1 id="title"', '<style>#full_name { text-indent: 2em }</style><h1 id="title"'),
        ('<h1 id="title"', '<h1 id="title" style="font-size: {{ c.full_name|length }}pt"'),
        ('src="qr.png"', 'src="ornament.svg"'),
    ],
)
def test_a_design_that_only_the_whole_page_can_follow_is_not_filled(tmp_path: Path, old: str, new: str) -> None:
    own = Path(shutil.copytree(DEFAULT, tmp_path / "own"))
    page = (own / "certificate.html").read_text("utf-8")
    assert old in page
    (own / "certificate.html").write_text(page.replace(old, new), "utf-8")
    with pytest.raises(CannotFill):
        Sheet(stencil(design.load(own), trials.sample()), FIELD)


def test_a_design_that_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    own = Path(shutil.copytree(DEFAULT, tmp_path / "own"))
    (own / "certificate.html").write_text("{{ c.nothing }}", "utf-8")
    with pytest.raises(BadDesign, match="own"):
        Sheet(stencil(design.load(own), trials.sample()), FIELD)


def test_weasyprint_keeps_the_numbers_of_glyphs_in_its_subsets() -> None:
    """What lets HarfBuzz write with them later."""
    file = pikepdf.open(BytesIO(plain(trials.sample())))
    fonts = file.pages[0].obj.Resources.Font
    assert len(fonts) == 3
    for font in fonts.values():
        face = str(font.BaseFont).rpartition("Lms-Serif")[2].strip("-") or "Regular"
        original = TTFont(DEFAULT / f"fonts/LmsSerif-{face}.ttf")
        numbers = {chr(letter): original.getGlyphID(name) for letter, name in original.getBestCmap().items()}
        drawn = filling.CODES.findall(font.ToUnicode.read_bytes().decode().partition("endcodespacerange")[2])
        assert drawn
        assert {(bytes.fromhex(text).decode("utf-16-be"), int(glyph, 16)) for glyph, text in drawn} <= numbers.items()


def test_no_mark_is_left_anywhere_in_a_filled_file() -> None:
    file = pikepdf.open(BytesIO(fill(trials.sample())))
    found = (value for one in file.objects if isinstance(one, pikepdf.Dictionary) for value in one.values())
    strings = [str(value) for value in found if isinstance(value, pikepdf.String)]
    everything = "\n".join([*strings, file.Root.Metadata.read_bytes().decode()])
    assert "@" not in everything
    assert "2001" not in everything
    assert file.docinfo.Title == f"Giấy chứng nhận số {trials.SERIAL} – Nguyễn Thị Ngọc Ánh"
    assert "Nguyễn Thị Ngọc Ánh" in everything


def test_markup_in_a_text_is_printed_and_described_as_it_is() -> None:
    issued = trials.sample("<b>Lan</b> & {{7*7}}", position="@full_name@ <i>")
    with pytest.raises(CannotFill):
        fill(issued)
    issued.full_name, issued.position = "Lan & Mai", "Tổ trưởng (A/B) & 'C'"
    content = fill(issued)
    assert "Lan & Mai" in text_of(content)
    assert "Lan &amp; Mai" in pikepdf.open(BytesIO(content)).Root.Metadata.read_bytes().decode()


def elements(one: Any) -> Iterator[Any]:
    yield one
    for child in one.get("/K", ()) if isinstance(one.get("/K"), pikepdf.Array) else ():
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield from elements(child)


def test_all_that_is_painted_is_tagged_once_in_reading_order() -> None:
    file = pikepdf.open(BytesIO(fill(trials.sample(trials.LONGEST_NAME))))
    seen, inside = [], []
    for one in pikepdf.parse_content_stream(file.pages[0]):
        operator = str(one.operator)
        if operator in {"BDC", "BMC"}:
            inside.append(str(one.operands[0]))
            seen += [int(one.operands[1].MCID)] if operator == "BDC" else []
        elif operator == "EMC":
            inside.pop()
        assert inside or operator not in {"TJ", "Tj", "f", "f*", "S", "B", "Do"}
    tree = file.Root.StructTreeRoot
    tagged = [
        (int(kid), one) for one in elements(tree.K[0]) for kid in one.K if "/Pg" in one and not hasattr(kid, "keys")
    ]
    parents = tree.ParentTree.Nums[1]
    assert seen == [number for number, _ in tagged] == list(range(len(parents)))
    assert all(parents[number].objgen == one.objgen for number, one in tagged)
    figures = [one for one in elements(tree.K[0]) if one.S == "/Figure"]
    assert [str(one.Alt) for one in figures] == ["Mã QR kiểm tra giấy chứng nhận, mã tra cứu 7KQ4-M2XF-9TDP-H"]
    assert (str(file.Root.Lang), bool(file.Root.MarkInfo.Marked)) == ("vi", True)


def test_the_signature_field_is_a_form_in_the_tag_tree_and_allows_no_change() -> None:
    for content in (fill(trials.sample()), filling.with_signature_field(plain(trials.sample()), SIGNED_AT, FIELD)):
        file = pikepdf.open(BytesIO(content))
        (widget,) = file.Root.AcroForm.Fields
        form = list(elements(file.Root.StructTreeRoot.K[0]))[-1]
        assert (form.S, form.K.Obj.objgen) == ("/Form", widget.objgen)
        numbers = file.Root.StructTreeRoot.ParentTree.Nums
        assert numbers[2] == widget.StructParent
        assert numbers[3].objgen == form.objgen
        assert str(widget.T) == "CoQuanCap"
        signature = file.Root.Perms.DocMDP
        assert signature.Reference[0].TransformParams.P == 1
        assert str(signature.M) == "D:20261125033000+00'00'"
        assert content.count(b"/Contents <" + b"0" * 3600 + b">") == 1


@pytest.mark.parametrize("kind", ["rsa", "ec"])
@papers.needs_pdfsig
def test_a_filled_sheet_and_a_whole_page_can_both_be_sealed(tmp_path: Path, kind: str) -> None:
    private = papers.new_key(kind)
    signer = signing.Signer(keys.FileKey(private), papers.pem(papers.certificate(private)))
    field = SignatureField(signing.hole(signer), "Cấp giấy chứng nhận", "Vĩnh Long")
    for unsigned in (
        fill(trials.sample(), field),
        filling.with_signature_field(plain(trials.sample()), SIGNED_AT, field),
    ):
        said = papers.pdfsig(signing.seal(unsigned, signer).content, tmp_path)
        assert "Signature is Valid." in said
        assert "Total document signed" in said


@pytest.mark.parametrize("content", [fill, plain], ids=["filled", "whole"])
def test_an_unsigned_file_keeps_the_rules_of_pdf_a_3(tmp_path: Path, content: Any) -> None:
    """A validator of level B: the label is changed for it. What A asks besides, tags, is held above."""
    issued = trials.sample(trials.LONGEST_NAME)
    file = pikepdf.open(BytesIO(fill(issued, None) if content is fill else plain(issued)))
    said = file.Root.Metadata.read_bytes()
    assert b'pdfaid:part="3" pdfaid:conformance="A"' in said
    file.Root.Metadata.write(said.replace(b'conformance="A"', b'conformance="B"'))
    file.save(tmp_path / "b.pdf")
    assert pdfa.validate_written(tmp_path / "b.pdf", "3b").findings == []


@needs_tools
def test_independent_tools_find_no_fault(folder: Path) -> None:
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", "c.pdf", folder=folder)
    fonts = [line.split() for line in run("pdffonts", "c.pdf", folder=folder).splitlines()[2:]]
    assert len(fonts) == 3
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts)
    run("pdftoppm", "-r", "50", "-png", "c.pdf", "c", folder=folder)


@needs_tools
def test_a_screen_reader_meets_the_fields_in_order(folder: Path) -> None:
    lines = run("pdfinfo", "-struct-text", "c.pdf", folder=folder).splitlines()
    said = " ".join(" ".join(line.strip()[1:-1] for line in lines if line.strip().startswith('"')).split())
    wanted = ["CHỨNG NHẬN", trials.LONGEST_NAME, trials.LONGEST_POSITION, trials.TITLES[1], trials.SERIAL, "7KQ4-M2XF"]
    places = [said.find(text) for text in wanted]
    assert -1 not in places
    assert places == sorted(places)


@needs_tools
def test_the_credential_comes_out_of_the_file_byte_for_byte(folder: Path) -> None:
    run("pdfdetach", "-saveall", "c.pdf", folder=folder)
    assert (folder / "credential.jwt").read_bytes() == JWT
    file = pikepdf.open(folder / "c.pdf")
    (attached,) = file.Root.AF
    assert attached.AFRelationship == "/Alternative"
    assert attached.EF.F.Subtype == "/application/vc+jwt"
    assert bytes(attached.EF.F.Params.CheckSum) == hashlib.md5(JWT, usedforsecurity=False).digest()


@pytest.mark.parametrize("field", [FIELD, None], ids=["to be sealed", "unsigned"])
def test_the_longest_texts_stay_within_60_kilobytes(field: SignatureField | None) -> None:
    issued = trials.sample(trials.LONGEST_NAME, trials.LONGEST_TITLE, trials.LONGEST_POSITION)
    assert len(fill(issued, field)) <= 60_000


def test_other_processes_make_the_same_bytes() -> None:
    """With another seed for hashes, in another time zone."""
    ours = hashlib.sha256(fill(trials.sample())).hexdigest()
    script = (
        "import hashlib; from tests.certificates import test_filling as t; from lms_app.certificates import trials;"
        "print(*(hashlib.sha256(make(trials.sample())).hexdigest() for make in (t.fill, t.plain)))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=dict(os.environ, PYTHONHASHSEED=seed, TZ=zone),  # noqa: TID251 - a process of ours
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, zone in (("1", "Asia/Ho_Chi_Minh"), ("2", "America/Lima"))
    }
    assert said == {f"{ours} {hashlib.sha256(plain(trials.sample())).hexdigest()}"}
