"""A partner's list against the register: the same rows, each with its answer."""

import base64
import io
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from lms_app.certificates.models import Certificate
from lms_app.certificates.service import revoking
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.ids import new_code, show_code
from tests import make
from tests.web import Browser, Page, counted

PATH = "/hr/certificates/check"


@pytest.fixture
def hr(app: Flask, web: Browser) -> Browser:
    make.person("Phạm Ngọc Lan", "hr", email="lan@coquan.example")
    web.sign_in("lan@coquan.example")
    return web


@pytest.fixture
def thuong(app: Flask) -> Certificate:
    return make.certificate(make.person("Nguyễn Thị Thưởng"), make.course(title="Kỹ năng số cơ bản"))


@pytest.fixture
def tam(app: Flask) -> Certificate:
    return make.certificate(make.person("Lê Văn Tám"), make.course("ct-02", title="An toàn thông tin"))


def paste(hr: Browser, *lines: str) -> Page:
    return hr.get(PATH).submit(PATH, text="\n".join(lines))


def send(hr: Browser, content: bytes, name: str = "danh-sach.xlsx") -> Page:
    token = hr.get(PATH).form(PATH).fields["csrf_token"]
    return hr.post(PATH, csrf_token=token, list=(io.BytesIO(content), name))


def xlsx(*rows: list[Any]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for cells in rows:
        book.worksheets[0].append(cells)
    book.save(file)
    return file.getvalue()


def answered(page: Page) -> list[list[Any]]:
    """The rows of the result file, the line "as of" and the header first."""
    content = re.findall(r'href="data:application/vnd[^;]+;base64,([^"]+)"', page.body)[0]
    book = load_workbook(io.BytesIO(base64.b64decode(content)))
    return [list(cells) for cells in book.worksheets[0].values]


def test_each_row_gets_its_status_the_name_the_serial_the_course_and_the_day(
    hr: Browser, thuong: Certificate, tam: Certificate
) -> None:
    with transaction():
        revoking.revoke(tam.code, "Cấp nhầm", actor="cli", by="Lan")
    page = paste(
        hr,
        "Họ và tên\tMã tra cứu",
        f"nguyen thi thuong\t{show_code(thuong.code)}",
        f"Lê Văn Chín\t{tam.code.lower()}",
        f"Ai đó\t{new_code()}",
    )
    header, first, second, third = answered(page)[-4:]
    assert header == ["Họ và tên", "Mã tra cứu", *("Kết quả", "Họ tên khớp", "Số hiệu", "Tên khóa học"), *header[-2:]]
    assert first[2:6] == ["Còn hiệu lực", "Khớp", thuong.serial, "Kỹ năng số cơ bản"]
    assert first[6].date() == thuong.issued_on
    assert second[2:5] == ["Đã thu hồi", "Không khớp", tam.serial]
    assert second[7] == "Lý do: Cấp nhầm."
    assert "Họ tên không khớp" in page.text
    assert third[2] == "Không tìm thấy"
    assert "Kiểm tra lúc" in page.text
    assert "1 dòng có họ tên không khớp" in page.text
    assert answered(page)[0][0].startswith("Kiểm tra lúc")


def test_a_workbook_keeps_its_letterhead_and_all_its_columns(hr: Browser, thuong: Certificate) -> None:
    content = xlsx(
        ["UBND XÃ AN BÌNH"],
        [],
        ["STT", "Họ và tên đệm", "Tên", "Ngày sinh", "Mã tra cứu"],
        [1, "Nguyễn Thị", "Thưởng", date(1985, 9, 2), thuong.code],
    )
    rows = answered(send(hr, content))
    assert rows[0][0] == "UBND XÃ AN BÌNH"
    assert rows[-2][:5] == ["STT", "Họ và tên đệm", "Tên", "Ngày sinh", "Mã tra cứu"]
    assert rows[-1][:3] == [1, "Nguyễn Thị", "Thưởng"]
    assert rows[-1][5:7] == ["Còn hiệu lực", "Khớp"]


@pytest.mark.parametrize("order", ["{name}\t{code}", "{code}\t{name}", "1\t{name}\tXã An Bình\t{code}"])
def test_a_list_without_a_header_is_understood_by_its_content(hr: Browser, thuong: Certificate, order: str) -> None:
    page = paste(hr, order.format(name=thuong.full_name, code=thuong.code))
    assert "Khớp" in answered(page)[-1]
    assert answered(page)[-2][0] == "Cột 1"


def test_a_code_without_a_digit_is_not_taken_for_a_name(hr: Browser, thuong: Certificate) -> None:
    thuong.code = "PKAEJJEMSAPNJ"
    db.session.commit()
    assert "Khớp" in answered(paste(hr, f"1\t{thuong.full_name}\t{thuong.code}"))[-1]


def test_serials_and_names_alone_are_looked_up_too(hr: Browser, thuong: Certificate, tam: Certificate) -> None:
    by_serial = answered(paste(hr, thuong.serial.lower(), "VL-2026-999999"))
    assert by_serial[-2][1] == "Còn hiệu lực"
    assert by_serial[-1][1] == "Không tìm thấy"
    again = make.certificate(make.person("Lê Văn Tám"), make.course("ct-03"))
    by_name = answered(paste(hr, "Họ tên", "NGUYỄN THỊ THƯỞNG", "Lê Văn Tám", "Bùi Văn Lạ"))
    assert by_name[-3][1] == "Còn hiệu lực"
    assert "có thể là người khác" in by_name[-3][-1]
    assert by_name[-2][1] == "Nhiều giấy cùng tên"
    assert tam.serial in by_name[-2][-1]
    assert again.serial in by_name[-2][-1]
    assert by_name[-1][1] == "Không tìm thấy"


def test_a_mistyped_code_a_repeated_row_and_an_empty_row_are_told_apart(hr: Browser, thuong: Certificate) -> None:
    wrong = thuong.code[:-1] + ("0" if thuong.code[-1] != "0" else "1")
    rows = answered(paste(hr, "Mã", thuong.code, wrong, "", thuong.code, "7KQ4"))
    notes = [cells[-1] for cells in rows[-5:]]
    assert notes[0] is None
    assert "Có ký tự gõ chưa đúng" in notes[1]
    assert rows[-3] == [None] * len(rows[-3])
    assert notes[3] == "Giấy này đã có ở dòng 2."
    assert "ở đây có 4 ký tự" in notes[4]


def test_a_replaced_certificate_names_its_successor(hr: Browser, thuong: Certificate, tam: Certificate) -> None:
    old = db.session.get_one(Certificate, thuong.id)
    old.status, old.replaced_by_id, old.revoked_at, old.revoked_reason = "replaced", tam.id, now(), "Sai tên."
    db.session.commit()
    row = answered(paste(hr, thuong.code))[-1]
    assert row[1] == "Đã được thay thế"
    assert row[-1] == f"Lý do: Sai tên. Được thay bằng số {tam.serial}."


def test_a_long_list_costs_few_statements_and_the_page_shows_its_start(hr: Browser, thuong: Certificate) -> None:
    codes = [new_code() for _ in range(400)]
    with counted() as seen:
        page = paste(hr, thuong.code, *codes)
    assert len(seen) < 8
    assert "201 dòng còn lại có trong tệp kết quả" in page.text
    assert len(answered(page)) == 403


def test_formulas_in_a_list_come_back_as_text(hr: Browser, thuong: Certificate) -> None:
    content = xlsx(["Mã tra cứu", "Ghi chú"], [thuong.code, "x"])
    page = paste(hr, "Mã tra cứu\tGhi chú", f"{thuong.code}\t=HYPERLINK('http://evil','x')")
    assert answered(page)[-1][1] == "=HYPERLINK('http://evil','x')"
    file = base64.b64decode(re.findall(r'base64,([^"]+)"', page.body)[0])
    cell = load_workbook(io.BytesIO(file)).worksheets[0].cell(3, 2)
    assert (cell.data_type, cell.value) == ("s", "=HYPERLINK('http://evil','x')")
    assert answered(send(hr, content))[-1][2] == "Còn hiệu lực"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Danh sách chưa có dòng nào"),
        ("một\nhai\nba", "Không thấy cột nào chứa mã tra cứu"),
        ("Đơn vị;Số điện thoại\nXã;0909", "Không thấy cột nào chứa mã tra cứu"),
        ("x\n" * 10_021, "nhiều nhất là 10020"),
    ],
)
def test_a_list_that_cannot_be_checked_says_why_and_stays(hr: Browser, typed: str, sentence: str) -> None:
    page = hr.get(PATH).submit(PATH, text=typed)
    assert page.status == 400
    assert sentence in page.text
    assert page.form(PATH).fields["text"].strip().split() == typed.strip().split()


def test_a_file_of_100_001_rows_a_broken_one_and_an_empty_one_are_refused_in_words(hr: Browser) -> None:
    long = send(hr, "\n".join("x" * 100_001).encode(), "dai.csv")
    assert long.status == 400
    assert "100001 dòng" in long.text
    broken = send(hr, b"PK\x03\x04 rubbish")
    assert broken.status == 400
    assert "Không đọc được tệp này" in broken.text
    assert "chưa có dòng nào" in send(hr, b"", "rong.csv").text


def test_only_hr_checks_lists(web: Browser, thuong: Certificate) -> None:
    make.person("Lê Văn Tám", email="tam@coquan.example")
    web.sign_in("tam@coquan.example")
    assert web.get(PATH).status == 403
