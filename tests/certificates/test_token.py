"""The large code on the back of a programme's certificate: signed, read without a network, filled like the front."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from flask import Flask
from pikepdf import pdfa
from PIL import Image

from lms_app.certificates import badges, design, filling, pdf, qr, sheet, trials, wording
from lms_app.certificates.lettering import CannotFill
from lms_app.certificates.queries import credentials as known
from lms_app.core import outbox, storage
from lms_app.core.db import db
from lms_app.core.settings import ROOT
from tests import make
from tests.certificates.test_filling import FIELD, SIGNED_AT, SITE, code, credential, needs_tools, run, stencil

PROGRAMME = ROOT / "certificates/programme"
needs_zbar = pytest.mark.skipif(not shutil.which("zbarimg"), reason="zbar-tools missing")


def back(content: bytes, dpi: int = 150) -> bytes:
    """The second page as PNG, as a scanner would make it."""
    drawn = pypdfium2.PdfDocument(content)[1].render(scale=dpi / 72).to_pil().convert("L")
    file = BytesIO()
    drawn.save(file, "PNG")
    return file.getvalue()


def zbar(png: bytes, folder: Path) -> str:
    (folder / "back.png").write_bytes(png)
    return subprocess.run(
        ["zbarimg", "-q", "--raw", "back.png"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def opencv(png: bytes) -> str:
    """By its newer finder: the older one misses about one in twenty of these codes, whatever their mask."""
    return cv2.QRCodeDetectorAruco().detectAndDecode(np.asarray(Image.open(BytesIO(png))))[0]


def filled(name: str = trials.LONGEST_NAME, language: str = "vi", folder: Path = PROGRAMME) -> bytes:
    issued = trials.sample(name, language=language, kind="PROGRAMME", design="programme")
    drawn = filling.Sheet(stencil(design.load(folder, language), issued), FIELD)
    return drawn.fill(sheet.words(issued, SITE, signed=wording.BY_OFFICE), code(issued), credential(issued), SIGNED_AT)


@needs_zbar
def test_a_certificate_of_a_run_carries_a_token_that_is_read_from_its_print_and_holds(
    app: Flask, tmp_path: Path
) -> None:
    version = make.course(certificate={"kind": "PROGRAMME", "template": "programme"})
    made = [make.certificate(make.person(f"Nguyễn Thị {name}"), version) for name in ("An", "Bé", "Cúc", "Dư", "Én")]
    outbox.drain()
    keys = {1: known.badge_keys()[0].jwk}
    for issued in made:
        db.session.refresh(issued)
        png = back(storage.get(str(issued.file_key)))
        address, _, token = zbar(png, tmp_path).partition("#")
        assert opencv(png) == f"{address}#{token}"
        assert address == f"{app.extensions['settings'].url}/verify/offline"
        found = badges.read_token(token, keys)
        assert (found.full_name, found.serial) == (issued.full_name, issued.serial)


@needs_zbar
def test_50_millimetres_are_enough_at_150_dpi(tmp_path: Path) -> None:
    own = Path(shutil.copytree(PROGRAMME, tmp_path / "own"))
    style = own / "certificate.css"
    style.write_text(
        style.read_text("utf-8").replace("width: 90mm; height: 90mm", "width: 50mm; height: 50mm"), "utf-8"
    )
    png = back(filled(folder=own))
    assert zbar(png, tmp_path) == opencv(png) == f"{SITE}/verify/offline#{'Az09' * 48}"


def test_names_of_usual_length_give_codes_of_one_size_and_long_ones_still_fit() -> None:
    sizes = {length: qr.stored(qr.token_png("x" * length))[0] // qr.SCALE for length in (1, 240, 410, 800, 1370)}
    assert sizes == {1: 77, 240: 77, 410: 77, 800: 117, 1370: 137}


@needs_tools
@pytest.mark.parametrize("language", sheet.LANGUAGES)
def test_both_pages_are_tagged_and_keep_the_rules_of_pdf_a_3(language: str, tmp_path: Path) -> None:
    content = filled(language=language)
    assert len(content) < 60_000
    (tmp_path / "c.pdf").write_bytes(content)
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", "c.pdf", folder=tmp_path)
    assert "verify/offline" in run("pdfinfo", "-struct-text", "c.pdf", folder=tmp_path).replace("\n", "")
    file = pikepdf.open(BytesIO(content))
    assert len(file.pages) == 2
    assert [int(page.obj.StructParents) for page in file.pages] == [0, 1]
    assert int(file.Root.AcroForm.Fields[0].StructParent) == 2
    issued = trials.sample(language=language, kind="PROGRAMME", design="programme")
    words = sheet.words(issued, SITE, signed=wording.BY_OFFICE)
    unsigned = pikepdf.open(BytesIO(pdf.render(design.load(PROGRAMME, language), words, code(issued))))
    said = unsigned.Root.Metadata.read_bytes()
    unsigned.Root.Metadata.write(said.replace(b'conformance="A"', b'conformance="B"'))
    unsigned.save(tmp_path / "b.pdf")
    assert pdfa.validate_written(tmp_path / "b.pdf", "3b").findings == []


def test_a_design_with_a_personal_text_on_its_back_is_not_filled(tmp_path: Path) -> None:
    own = Path(shutil.copytree(PROGRAMME, tmp_path / "own"))
    page = own / "certificate.html"
    page.write_text(page.read_text("utf-8").replace("{{ c.offline }}", "{{ c.offline }} {{ c.full_name }}"), "utf-8")
    with pytest.raises(CannotFill, match="another page"):
        filled(folder=own)


def test_a_page_too_many_is_found(tmp_path: Path) -> None:
    own = Path(shutil.copytree(PROGRAMME, tmp_path / "own"))
    settings = own / "design.yml"
    settings.write_text(settings.read_text("utf-8").replace("token: true\n", ""), "utf-8")
    issued = trials.sample(kind="PROGRAMME", design="programme")
    assert "2 pages" in pdf.overflows(design.load(own), sheet.words(issued, SITE), code(issued))
    assert pdf.overflows(design.load(PROGRAMME), sheet.words(issued, SITE), code(issued)) == []
