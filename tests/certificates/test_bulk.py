"""Many certificates at once: a zip that is streamed, a merged PDF that passes for nothing signed, a list."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from openpyxl import load_workbook

from lms_app.certificates.forms import Wanted
from lms_app.certificates.models import Certificate, IssueBatch
from lms_app.certificates.service import bulk, issuing, listing
from lms_app.core import outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db
from tests import make
from tests.web import Browser

PATH = "/hr/certificates/download"


@pytest.fixture
def hr(app: Flask) -> Browser:
    make.person("Nguyễn Thị Nhân", "hr", email="nhan.su@coquan.example")
    browser = Browser(app)
    browser.sign_in("nhan.su@coquan.example")
    return browser


def _files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        return {name: archive.read(name) for name in archive.namelist()}


def _column(xlsx: bytes, name: str) -> list[object]:
    sheet = load_workbook(io.BytesIO(xlsx)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    at = rows[0].index(name)
    return [row[at] for row in rows[1:]]


def test_the_zip_holds_every_pdf_as_issued_under_a_safe_unique_name_and_the_list(hr: Browser) -> None:
    version = make.course()
    made = [make.certificate(make.person(name), version) for name in ("Nguyễn Thị An", "Nguyễn Thị An", "H'Hen Niê")]
    outbox.drain()
    found = _files(hr.open("GET", PATH + ".zip").data)
    names = [
        f"0001-nguyen-thi-an-{made[0].code}.pdf",
        f"0002-nguyen-thi-an-{made[1].code}.pdf",
        f"0003-h-hen-nie-{made[2].code}.pdf",
    ]
    assert list(found) == ["danh-sach.xlsx", *names]
    db.session.expire_all()
    one = db.session.get_one(Certificate, made[0].id)
    assert one.file_key
    assert found[names[0]] == storage.get(one.file_key)
    assert _column(found["danh-sach.xlsx"], "Tệp PDF") == names


def test_a_certificate_whose_pdf_is_not_made_is_listed_not_skipped(hr: Browser) -> None:
    version = make.course()
    make.certificate(make.person("Nguyễn Thị An"), version)
    outbox.drain()
    make.certificate(make.person("Lê Văn Tám"), version)
    page = hr.get(PATH, show="1")
    assert "Tìm thấy 2 giấy" in page.text
    assert "1 giấy chưa tạo xong tệp PDF" in page.text
    found = _files(hr.open("GET", PATH + ".zip").data)
    assert len(found) == 2
    assert _column(found["danh-sach.xlsx"], "Tệp PDF")[1] == "Chưa tạo tệp PDF"


def test_the_zip_comes_in_pieces_of_one_file(app: Flask) -> None:
    version = make.course()
    for _ in range(3):
        make.certificate(make.person(), version)
    outbox.drain()
    pieces = bulk.zipped(bulk.chosen(Wanted(), 10))
    assert next(pieces).startswith(b"PK\x03\x04")
    assert sum(len(piece) > 10_000 for piece in pieces) == 3


def test_a_download_is_narrowed_by_batch(hr: Browser) -> None:
    batch = make.add(
        IssueBatch(title="Lớp tháng 11", ordered_by_name="Nguyễn Thị Nhân", state="done", created_at=now())
    )
    version = make.course()
    one = issuing.issue(make.completed(make.person(), version).id, batch_id=batch.id)
    db.session.commit()
    make.certificate(make.person(), version)
    assert "Lớp tháng 11" in hr.get(PATH).text
    listed = hr.open("GET", f"{PATH}.xlsx?batch={batch.id}").data
    assert _column(listed, "Số hiệu") == [one.serial]
    assert hr.get(PATH, batch=str(UUID(int=1))).text.count("Không có giấy nào khớp") == 1


def test_more_than_the_limit_is_refused_with_both_numbers(hr: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    version = make.course()
    for _ in range(2):
        make.certificate(make.person(), version)
    monkeypatch.setattr(bulk, "MOST_FILES", 1)
    monkeypatch.setattr(bulk, "MOST_MERGED", 1)
    monkeypatch.setattr(listing, "MOST_LINES", 1)
    for kind in ("zip", "pdf", "xlsx"):
        answer = hr.get(f"{PATH}.{kind}")
        assert answer.status == 400
        assert "Có 2 giấy khớp, mỗi lần tải nhiều nhất 1." in answer.text
    assert hr.get(PATH, show="1").text.count("Quá nhiều, hãy lọc thêm.") == 3


def test_nothing_found_and_no_pdf_yet_are_told_apart(hr: Browser) -> None:
    assert "Không có giấy nào khớp" in hr.get(PATH + ".zip").text
    make.certificate()
    assert "chưa có tệp PDF" in hr.get(PATH + ".pdf").text


def _signed(content: bytes) -> bytes:
    """The same PDF with a signature field as a sealed one has, on its page and in its form."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as one:
        field = one.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Sig,
                T=pikepdf.String("CoQuanCap"),
                Rect=[0, 0, 0, 0],
                V=pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=pikepdf.String("x" * 64)),
            )
        )
        one.pages[0].Annots = pikepdf.Array([field])
        one.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
        one.save(file)
    return file.getvalue()


def test_a_merged_pdf_carries_nothing_that_looks_signed_and_says_so(hr: Browser) -> None:
    version = make.course()
    for _ in range(2):
        make.certificate(make.person(), version)
    outbox.drain()
    for issued in db.session.query(Certificate).all():
        assert issued.file_key
        storage.put(issued.file_key, _signed(storage.get(issued.file_key)))
    db.session.rollback()
    content = hr.open("GET", PATH + ".pdf").data
    assert b"/ByteRange" not in content
    with pikepdf.open(io.BytesIO(content)) as merged:
        assert len(merged.pages) == 2
        assert "/AcroForm" not in merged.Root
        assert not any("/Annots" in page for page in merged.pages)
    assert "chữ ký số không còn" in hr.get(PATH, show="1").text


def test_merged_pages_stand_in_the_order_of_the_book_each_marked_as_a_copy(hr: Browser, tmp_path: Path) -> None:
    if not shutil.which("pdftotext"):
        pytest.skip("no poppler here: pdftotext reads the merged pages")
    version = make.course()
    for name in ("Nguyễn Thị An", "Lê Văn Tám"):
        make.certificate(make.person(name), version)
    outbox.drain()
    db.session.rollback()
    out = tmp_path / "gop.pdf"
    out.write_bytes(hr.open("GET", PATH + ".pdf").data)
    said = subprocess.run(["pdftotext", out, "-"], capture_output=True, check=True)
    first, second = said.stdout.decode().split("\f")[:2]
    assert not said.stderr
    assert "Nguyễn Thị An" in first
    assert "Lê Văn Tám" in second
    assert all("Bản gộp để in, không mang chữ ký số" in page for page in (first, second))
