"""The picture of an issuer's seal: what is taken, how it is printed, and that it is no signature."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from pikepdf import pdfa
from PIL import Image, ImageChops, ImageDraw
from pypdf import PdfReader
from sqlalchemy import select

from lms_app.certificates import design, filling, pdf, picture, qr, sheet, trials, wording
from lms_app.certificates.models import Certificate, IssuerProfile
from lms_app.certificates.service import issuers
from lms_app.core import outbox, storage
from lms_app.core.db import db
from lms_app.core.errors import Invalid
from lms_app.core.settings import ROOT
from tests import make
from tests.certificates.test_filling import FIELD, SIGNED_AT, SITE, code, credential, picture_of, text_of
from tests.web import Browser

ADMIN = "quan.tri@coquan.example"
FORM = "/admin/issuers/default/new"
EVERY = pytest.mark.parametrize(
    ("folder", "language"),
    [(folder, language) for folder in design.folders(ROOT / "certificates") for language in sheet.LANGUAGES],
    ids=lambda one: getattr(one, "name", one),
)


def seal(side: int = 200, background: str | tuple[int, ...] = (0, 0, 0, 0)) -> bytes:
    """Some 20 KB: red rings, rays and a star with soft edges, on nothing or on paper."""
    drawn = Image.new("RGBA", (side * 2, side * 2), background)
    pen = ImageDraw.Draw(drawn)
    for radius in (0.98, 0.9, 0.62):
        at = side * (1 - radius), side * (1 + radius)
        pen.ellipse([at[0], at[0], at[1], at[1]], outline=(214, 24, 31, 255), width=side // 30)
    for ray in range(0, 360, 45):
        pen.arc([side * 0.24, side * 0.24, side * 1.76, side * 1.76], ray, ray + 30, (214, 24, 31, 230), side // 9)
    pen.regular_polygon((side, side, side * 0.4), 5, fill=(214, 24, 31, 255))
    file = BytesIO()
    drawn.resize((side, side), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


def as_png(drawn: Image.Image, kind: str = "PNG") -> bytes:
    file = BytesIO()
    drawn.save(file, kind)
    return file.getvalue()


def sealed(issued: Certificate) -> tuple[sheet.Words, pdf.Pictures]:
    return sheet.words(issued, SITE, signed=wording.BY_OFFICE, seal=True), {
        **code(issued),
        pdf.SEAL: picture.seal_png(seal()),
    }


@pytest.fixture
def admin(app: Flask) -> Browser:
    make.person("Quản Trị", "admin", email=ADMIN)
    make.certificate()  # makes the default issuer
    browser = Browser(app)
    browser.sign_in(ADMIN)
    return browser


def profiles() -> list[IssuerProfile]:
    return list(db.session.scalars(select(IssuerProfile).order_by(IssuerProfile.valid_from)))


def after(days: int) -> str:
    return f"{issuers.today() + timedelta(days=days):%d/%m/%Y}"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"no picture",
        seal()[:300],
        seal() + b"x" * 200_000,
        as_png(Image.new("RGB", (300, 300), "red"), "JPEG"),
        as_png(Image.new("RGB", (99, 300), "red")),
        as_png(Image.new("1", (9000, 9000))),
        as_png(Image.new("RGB", (300, 300), "white")),
        as_png(Image.new("RGBA", (300, 300), (255, 0, 0, 0))),
    ],
    ids=["nothing", "text", "cut off", "too large", "JPEG", "too narrow", "a bomb", "white", "empty"],
)
def test_what_is_no_seal_is_refused_with_what_to_send(sent: bytes) -> None:
    with pytest.raises(Invalid, match="PNG không quá 200 KB"):
        picture.seal_png(sent)


def test_a_seal_is_kept_small_in_one_ink_and_paper_becomes_transparent() -> None:
    kept = picture.seal_png(seal(600, "white"))
    with Image.open(BytesIO(kept)) as found:
        assert (found.mode, max(found.size)) == ("RGBA", 256)
        assert found.getpixel((0, 0))[3] == 0  # type: ignore[index]
        red, green, blue, ink = found.getpixel((128, 128))  # type: ignore[misc]
    assert red > 180
    assert max(green, blue) < 90
    assert ink == 255
    assert picture.seal_png(seal()) == picture.seal_png(seal())


@EVERY
def test_every_design_prints_it_only_when_there_is_one_and_says_that_it_is_no_signature(
    folder: Path, language: str
) -> None:
    made = design.load(folder, language)
    issued = trials.sample(design=folder.name, language=language, kind=made.kinds[0])
    words, pictures = sealed(issued)
    with_seal = pdf.render(made, words, pictures, [credential(issued)])
    without = pdf.render(made, sheet.words(issued, SITE, signed=wording.BY_OFFICE), code(issued), [credential(issued)])
    assert b"/SMask" in with_seal
    assert b"/SMask" not in without
    assert text_of(with_seal) == text_of(without)
    assert words["signature_note"] in text_of(with_seal)
    told = "not a digital signature" if language == "en" else "không phải chữ ký số"
    file = pikepdf.open(BytesIO(with_seal))
    described = [str(one.Alt) for one in file.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert any(told in text for text in described)


@EVERY
def test_a_sheet_with_a_seal_can_be_filled_and_looks_the_same(folder: Path, language: str) -> None:
    made = design.load(folder, language)
    issued = trials.sample(design=folder.name, language=language, kind=made.kinds[0])
    words, pictures = sealed(issued)
    stencil = pdf.Stencil(made, words, frozenset(filter(sheet.is_personal, words)), pictures, credential(issued))
    filled = filling.Sheet(stencil, FIELD).fill(words, code(issued), credential(issued), SIGNED_AT)
    whole = pdf.render(made, words, pictures)
    assert sum(ImageChops.difference(picture_of(filled), picture_of(whole)).histogram()[97:]) == 0
    assert len(filled) < 60_000


def test_a_file_with_a_seal_keeps_the_rules_of_pdf_a_3(tmp_path: Path) -> None:
    issued = trials.sample()
    words, pictures = sealed(issued)
    file = pikepdf.open(BytesIO(pdf.render(design.load(ROOT / "certificates/default"), words, pictures)))
    said = file.Root.Metadata.read_bytes()
    file.Root.Metadata.write(said.replace(b'conformance="A"', b'conformance="B"'))
    file.save(tmp_path / "b.pdf")
    assert pdfa.validate_written(tmp_path / "b.pdf", "3b").findings == []


def test_a_seal_is_uploaded_shown_carried_forward_and_taken_away(admin: Browser) -> None:
    assert admin.open("GET", "/admin/issuers/default/seal.png").status_code == 404
    page = admin.get(FORM)
    assert "no_seal" not in page.body
    page.submit("", valid_from=after(1), seal=(BytesIO(seal()), "dau.png"))
    admin.get(FORM).submit("", valid_from=after(2))
    shown = admin.open("GET", "/admin/issuers/default/seal.png")
    page = admin.get(FORM)
    assert "Hình con dấu đang dùng" in page.text
    page.submit("", valid_from=after(3), no_seal="1")
    first, second, third, fourth = (one.seal for one in profiles())
    assert (first, fourth) == (None, None)
    assert second == third
    assert second is not None
    assert second.startswith("seals/")
    assert storage.get(second) == shown.data == picture.seal_png(seal())


def test_a_wrong_picture_is_said_at_its_field_and_what_was_typed_stays(admin: Browser) -> None:
    page = admin.get(FORM).submit("", valid_from=after(1), name="Sở mới", seal=(BytesIO(b"GIF89a"), "dau.png"))
    assert page.status == 400
    assert "Hình con dấu phải là tệp PNG" in page.text
    assert page.form("").fields["name"] == "Sở mới"
    assert len(profiles()) == 1


@pytest.mark.usefixtures("app")
def test_a_run_prints_the_seal_of_each_profile() -> None:
    version = make.course()
    made = [make.certificate(make.person(f"Lê Văn {name}"), version) for name in ("An", "Ba", "Tư", "Năm", "Sáu")]
    profile = db.session.get_one(IssuerProfile, made[0].profile_id)
    profile.seal = issuers._kept(seal())
    db.session.commit()
    outbox.drain()
    for issued in made:
        content = storage.get(str(db.session.get_one(Certificate, issued.id, populate_existing=True).file_key))
        assert b"/SMask" in content
        assert len(content) < 60_000


@pytest.mark.usefixtures("app")
def test_while_the_picture_cannot_be_read_the_file_waits() -> None:
    issued = make.certificate()
    db.session.get_one(IssuerProfile, issued.profile_id).seal = "seals/gone.png"
    db.session.commit()
    outbox.drain()
    assert db.session.get_one(Certificate, issued.id, populate_existing=True).file_key is None


def test_the_code_on_a_sheet_with_a_seal_is_still_one_picture() -> None:
    issued = trials.sample()
    words, pictures = sealed(issued)
    content = pdf.render(design.load(ROOT / "certificates/default"), words, pictures)
    sizes = [one.image.size for one in PdfReader(BytesIO(content)).pages[0].images if one.image]
    assert sorted(sizes) == sorted([qr.stored(pictures[pdf.QR])[:2], (200, 200)])
