"""The register books: page by page, found again, printed, and as a list for Excel."""

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook

from lms_app.certificates.models import Certificate, RegisterBook
from lms_app.certificates.queries import books
from lms_app.certificates.service import issuing, revoking
from lms_app.core.db import db, transaction
from lms_app.core.text import fold, folded_pattern
from lms_app.courses.models import CourseVersion
from tests import make
from tests.architecture.test_budgets import cost
from tests.web import Browser

HR = "nhan.su@coquan.example"


@pytest.fixture
def hr(app: Flask) -> Browser:
    make.person("Nguyễn Thị Nhân", "hr", email=HR)
    browser = Browser(app)
    browser.sign_in(HR)
    return browser


def _issued(count: int, version: CourseVersion, name: str = "Lê Văn Tám", decision: str = "") -> list[Certificate]:
    made = []
    for _ in range(count):
        enrolment = make.completed(make.person(name, birth_date=date(1985, 9, 2)), version)
        made.append(issuing.issue(enrolment.id, decision=decision))
        db.session.commit()
    return made


def _path() -> str:
    return f"/hr/books/{db.session.query(RegisterBook).one().id}"


def test_a_book_is_paged_by_twenty_as_its_lines_are_numbered(hr: Browser) -> None:
    made = _issued(21, make.course())
    first, second = hr.get(_path(), page="1"), hr.get(_path(), page="2")
    assert [issued.page for issued in made] == [1] * 20 + [2]
    assert made[19].book_number in first.text
    assert made[20].book_number not in first.text
    assert made[20].book_number in second.text
    assert "Trang 2 / 2" in second.text


@pytest.mark.parametrize("page", ["0", "-1", "99", "abc", ""])
def test_a_page_that_is_not_there_shows_the_nearest(hr: Browser, page: str) -> None:
    made = _issued(1, make.course())
    answer = hr.get(_path(), page=page)
    assert answer.status == 200
    assert made[0].serial in answer.text


def test_the_list_of_books_leads_to_each_and_an_empty_register_says_so(hr: Browser) -> None:
    assert "Chưa có sổ nào" in hr.get("/hr/books").text
    _issued(1, make.course())
    assert f'href="{_path()}"' in hr.get("/hr/books").body
    assert hr.get("/hr/books/00000000-0000-0000-0000-000000000000").status == 404


def test_what_became_of_a_certificate_stands_in_the_remarks(hr: Browser) -> None:
    one, next_one = _issued(2, make.course())
    with transaction():
        revoking.revoke(one.code, "Ghi sai họ tên", actor="cli", by="Phạm Ngọc Lan")
    assert "Ghi sai họ tên" in hr.get(_path()).text
    one = db.session.get_one(Certificate, one.id)
    one.status, one.replaced_by_id = "replaced", next_one.id
    db.session.commit()
    assert f"Được thay thế bằng giấy số {next_one.serial}" in hr.get(_path()).text


@pytest.mark.parametrize(
    "typed", ["nguyen thi ngoc anh", "NGỌC ÁNH", "Ngoc  anh", "ngọc ánh", "\u0323 ngo\u0323c anh\u0301"]
)
def test_a_name_is_found_with_marks_or_without_in_any_case_and_form(hr: Browser, typed: str) -> None:
    version = make.course()
    _issued(1, version, "Nguyễn Thị Ngọc Ánh")
    _issued(1, version, "Trần Văn Dũng")
    for answer in (hr.get(_path(), name=typed), hr.get("/hr/certificates", q=typed)):
        assert "Nguyễn Thị Ngọc Ánh" in answer.text
        assert "Trần Văn Dũng" not in answer.text


@pytest.mark.parametrize(
    "name", ["Đặng Hữu Phước", "H'Hen Niê", "Y Đăm Niê Kđăm", "Rơ Châm Ŭ Č", "K'Brếu", "Công Tằng Tôn Nữ", "Ê\u0306 Đê"]
)
def test_every_name_is_found_by_its_plain_letters(app: Flask, name: str) -> None:
    make.certificate(make.person(name))
    pattern = folded_pattern(fold(name))
    assert db.session.query(Certificate).filter(Certificate.full_name.regexp_match(pattern)).one().full_name == name


@pytest.mark.parametrize("typed", [".*", "(", "[a", "\\", "a{1000}", "%", "_", "' OR 1=1", "^$", "[[:alpha:]]"])
def test_what_means_something_to_a_regular_expression_is_only_text(hr: Browser, typed: str) -> None:
    _issued(1, make.course(), "Trần Văn Dũng")
    assert hr.get(_path(), name=typed).status == 200
    assert hr.get("/hr/certificates", q=typed).status == 200


def test_filters_narrow_by_course_unit_number_day_and_status(hr: Browser) -> None:
    who = make.person("Trần Văn Dũng")
    make.employment(who, make.unit("Xã An Bình"))
    one = make.certificate(who, make.course("cc-01"))
    two = make.certificate(make.person("Lê Thị Hạnh"), make.course("ld-01"))
    with transaction():
        revoking.revoke(two.code, "Ghi sai họ tên", actor="cli", by="Phạm Ngọc Lan")
    day = one.issued_on.isoformat()
    for asked in (
        {"course": "cc-01"},
        {"unit": "xa an binh"},
        {"number": "1"},
        {"number": one.serial.lower()},
        {"status": "valid"},
        {"course": "cc-01", "first": day, "last": day},
    ):
        answer = hr.get(_path(), **asked)
        assert one.serial in answer.text, asked
        assert two.serial not in answer.text, asked
    assert two.serial in hr.get(_path(), status="revoked").text
    assert "Không có giấy nào khớp" in hr.get(_path(), status="expired").text
    assert "Không có giấy nào khớp" in hr.get(_path(), last="2020-01-01").text


def test_days_that_are_none_or_the_wrong_way_round_are_explained_and_kept(hr: Browser) -> None:
    _issued(1, make.course())
    assert "Từ ngày đang sau đến ngày" in hr.get(_path(), first="2026-12-01", last="2026-01-01").text
    answer = hr.get(_path(), first="hôm qua")
    assert "Ngày chưa đúng" in answer.text
    assert 'value="hôm qua"' in answer.body
    assert "9 chữ số" in hr.get(_path(), number="1" * 30).text


def test_the_list_for_excel_keeps_numbers_and_days_and_takes_no_formula(hr: Browser) -> None:
    _issued(1, make.course(title="=HYPERLINK(1)"), "Lê Văn Tám", decision="+123/QĐ")
    answer = hr.open("GET", _path() + "/list.xlsx")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows())
    assert rows[2][0].value.endswith(f"tại dòng ghi 1: {db.session.query(RegisterBook).one().last_digest}")
    line = {head.value: cell for head, cell in zip(rows[3], rows[4], strict=False)}
    assert (line["STT"].value, line["STT"].data_type, line["Ngày sinh"].data_type) == (1, "n", "d")
    assert line["Khóa học"].data_type == line["Quyết định"].data_type == "s"
    assert line["Họ và tên"].value == "Lê Văn Tám"


def test_the_list_for_excel_holds_what_was_filtered_and_misses_nothing_between_pieces(
    hr: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = make.course()
    _issued(4, version, "Trần Văn Dũng")
    _issued(1, version, "Lê Thị Hạnh")
    monkeypatch.setattr(books, "PIECE", 2)
    for query, count in (("", 5), ("?name=dung", 4)):
        sheet = load_workbook(io.BytesIO(hr.open("GET", _path() + "/list.xlsx" + query).data)).active
        assert sheet is not None
        assert sheet.max_row == 4 + count


def test_the_printed_book_has_the_states_head_every_line_and_the_digest(hr: Browser, tmp_path: Path) -> None:
    if not shutil.which("pdftotext"):
        pytest.skip("no poppler here: pdftotext reads the printed book")
    made = _issued(21, make.course(), "Công Tằng Tôn Nữ Thị Phương Thảo", decision="Quyết định số 12/QĐ-SKHCN")
    out = tmp_path / "so.pdf"
    out.write_bytes(hr.open("GET", _path() + "/print.pdf?first=1&last=2").data)
    said = subprocess.run(["pdftotext", "-layout", out, "-"], capture_output=True, check=True)
    text = said.stdout.decode()
    book = db.session.query(RegisterBook).one()
    assert not said.stderr
    for expected in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "SỔ CẤP GIẤY CHỨNG NHẬN",
        f"Sổ này có 2 trang, từ số {made[0].book_number} đến số {made[-1].book_number}.",
        "Cộng trang 2: 1 giấy",
        "Tổng cộng từ trang 1 đến trang 2: 21 giấy",
        "NGƯỜI LẬP SỔ",
        "THỦ TRƯỞNG ĐƠN VỊ",
        book.last_digest,
        *(issued.serial for issued in made),
    ):
        assert expected in text, expected


def test_a_page_of_twenty_two_line_entries_is_one_sheet(hr: Browser, tmp_path: Path) -> None:
    if not shutil.which("pdfinfo"):
        pytest.skip("no poppler here: pdfinfo counts the sheets")
    _issued(40, make.course(), "Công Tằng Tôn Nữ Thị Phương Thảo", decision="Quyết định số 12/QĐ-SKHCN ngày 20/11/2026")
    out = tmp_path / "so.pdf"
    out.write_bytes(hr.open("GET", _path() + "/print.pdf?first=1&last=2").data)
    said = subprocess.run(["pdfinfo", out], capture_output=True, check=True).stdout.decode()
    assert "Pages:           4" in said  # cover, two pages of the book, signatures


def test_a_print_of_too_many_pages_or_of_an_empty_book_is_refused_in_words(
    hr: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.certificate()
    db.session.query(Certificate).update({"page": 11})
    db.session.commit()
    answer = hr.get(_path() + "/print.pdf", first="1", last="11")
    assert answer.status == 400
    assert "nhiều nhất 10 trang" in answer.text
    book = RegisterBook(
        issuer_id=db.session.query(RegisterBook).one().issuer_id,
        name="CNTH",
        year=2020,
        last_number=0,
        last_entry=0,
        last_digest="",
    )
    make.add(book)
    assert "chưa có giấy nào" in hr.get(f"/hr/books/{book.id}/print.pdf").text


@pytest.mark.parametrize("rows", [1, 30])
def test_pages_of_the_register_cost_the_same_whatever_its_length(hr: Browser, rows: int) -> None:
    _issued(rows, make.course())
    path = _path()
    db.session.rollback()
    costs = {
        "/hr/books": 2,
        path: 4,
        path + "?name=tam&status=valid": 5,
        "/hr/certificates?q=tam": 2,
        "/hr/certificates/download": 3,
        "/hr/certificates/download?unit=an": 5,
        "/hr/outside": 3,
    }
    assert {page: cost(hr, "GET", page) for page in costs} == costs


@pytest.mark.parametrize("path", ["/hr/books", "/hr/outside", "/hr/certificates/download", "/hr/certificates"])
def test_nobody_but_hr_opens_the_register(app: Flask, path: str) -> None:
    make.person("Lê Văn Tám", email="hoc.vien@coquan.example")
    browser = Browser(app)
    browser.sign_in("hoc.vien@coquan.example")
    assert browser.get(path).status == 403
