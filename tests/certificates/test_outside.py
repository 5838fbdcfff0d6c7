"""Trainings elsewhere: lists as offices send them, looked at before anything is written, matched, never doubled."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from lms_app.certificates.models import OutsideRecord
from lms_app.certificates.queries import outside as records
from lms_app.certificates.service import outside
from lms_app.core import tables
from lms_app.core.db import db, transaction
from lms_app.core.errors import Invalid
from tests import make
from tests.web import Browser, Page

SOURCE = "Công văn số 12/SNV-CCVC ngày 05/3/2026"
HEADER = tuple(outside.LABELS.values())
pytestmark = pytest.mark.usefixtures("app")


def _line(name: str = "Lê Văn Tám", born: Any = "02/9/1985", **values: Any) -> list[Any]:
    usual = {
        "full_name": name,
        "birth_date": born,
        "email": "",
        "unit_name": "Xã An Bình",
        "course_title": "Tập huấn chuyển đổi số",
        "course_id": "",
        "issuer_name": "Trường Chính trị tỉnh",
        "number": "12/2024",
        "issued_on": "06/5/2024",
        "periods": 40,
        "counts_for": "",
    }
    return list((usual | values).values())


def _list(*lines: list[Any], header: tuple[str, ...] = HEADER) -> bytes:
    return tables.write(header, lines)


def _add(content: bytes) -> int:
    with transaction():
        return outside.add(outside.read(content), SOURCE, actor="cli", by="Nguyễn Thị Nhân")


def _all() -> list[OutsideRecord]:
    return db.session.query(OutsideRecord).order_by(OutsideRecord.full_name, OutsideRecord.number).all()


def _messages(content: bytes) -> list[tuple[int, str, str]]:
    found = outside.read(content).faults
    return [(fault.at, fault.column, fault.message % fault.values) for fault in found]


# ---- reading


def test_a_line_is_kept_with_its_source_and_who_brought_it() -> None:
    make.course("cc-01")
    assert _add(_list(_line(course_id="CC-01"))) == 1
    [kept] = _all()
    assert (kept.full_name, kept.birth_date, kept.course_id, kept.issued_on, kept.periods) == (
        "Lê Văn Tám",
        date(1985, 9, 2),
        "cc-01",
        date(2024, 5, 6),
        40,
    )
    assert (kept.source, kept.imported_by) == (SOURCE, "Nguyễn Thị Nhân")


def test_the_same_list_again_adds_nothing_and_a_longer_one_only_what_is_new() -> None:
    assert _add(_list(_line())) == 1
    assert _add(_list(_line())) == 0
    assert _add(_list(_line(unit_name="Tên đơn vị mới"), _line(number="13/2024"))) == 1
    assert len(_all()) == 2


def test_a_line_that_stands_twice_in_a_list_is_kept_once() -> None:
    assert _add(_list(_line(), _line("LÊ VĂN TÁM"))) == 1


def test_names_in_decomposed_form_are_the_same_names() -> None:
    assert _add(_list(_line("Le\u0302 Va\u0306n Ta\u0301m"))) == 1
    assert _all()[0].full_name == "Lê Văn Tám"
    assert _add(_list(_line("Lê  Văn Tám "))) == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("02/9/1985", date(1985, 9, 2)),
        ("02-09-1985", date(1985, 9, 2)),
        (date(1985, 9, 2), date(1985, 9, 2)),
        (1985, None),
        ("1985", None),
        ("", None),
    ],
)
def test_birth_dates_are_days_texts_or_only_a_year(typed: Any, kept: date | None) -> None:
    assert _add(_list(_line(born=typed))) == 1
    assert _all()[0].birth_date == kept


@pytest.mark.parametrize(
    ("values", "column", "said"),
    [
        ({"full_name": " "}, "Họ và tên", "Ô này trống"),
        ({"course_title": ""}, "Tên khóa học", "bỏ gộp"),
        ({"issuer_name": ""}, "Đơn vị cấp", "Ô này trống"),
        ({"issued_on": ""}, "Ngày cấp", "Ô này trống"),
        ({"issued_on": "2024"}, "Ngày cấp", "ngày/tháng/năm"),
        ({"issued_on": "31/02/2024"}, "Ngày cấp", "31/02/2024 không phải là ngày"),
        ({"issued_on": "01/01/2999"}, "Ngày cấp", "tương lai"),
        ({"birth_date": "hôm qua"}, "Ngày sinh", "không phải là ngày"),
        ({"email": "tam@coquan"}, "Email", "Thư điện tử chưa đúng"),
        ({"course_id": "khong-co"}, "Mã khóa tương đương", "Không có khóa học nào mang mã này"),
        ({"periods": "40 tiết"}, "Số tiết", "số nguyên"),
        ({"periods": -3}, "Số tiết", "số nguyên"),
        ({"periods": 2.5}, "Số tiết", "số nguyên"),
        ({"counts_for": "K2"}, "Tính cho", "K7 (quản trị dữ liệu) hoặc K9"),
        ({"unit_name": "x" * 301}, "Đơn vị", "301 ký tự, nhiều nhất là 300"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column_with_how_to_mend_it(
    values: dict[str, Any], column: str, said: str
) -> None:
    [(at, where, message)] = _messages(_list(_line(number="1"), _line(**values)))
    assert (at, where) == (3, column)
    assert said in message


def test_right_lines_are_imported_and_wrong_ones_left_out() -> None:
    assert _add(_list(_line(), _line("", "x"), _line("Trần Văn Dũng"))) == 2


def test_a_letterhead_above_and_empty_rows_between_change_no_row_number() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (["UBND XÃ AN BÌNH"], [], list(HEADER), _line(), [], _line("")):
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    assert [at for at, _column, _said in _messages(file.getvalue())] == [6]


def test_a_merged_cell_counts_for_its_first_row_and_the_sentence_says_what_to_do() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (list(HEADER), _line(number="1"), _line(number="2")):
        sheet.append(cells)
    sheet.merge_cells("G2:G3")
    file = io.BytesIO()
    book.save(file)
    assert [(at, column) for at, column, said in _messages(file.getvalue()) if "bỏ gộp" in said] == [(3, "Đơn vị cấp")]


def test_a_list_without_its_header_names_the_columns_that_are_missing() -> None:
    with pytest.raises(Invalid, match="Họ và tên, Tên khóa học, Đơn vị cấp, Ngày cấp"):
        outside.read(_list(_line(), header=tuple("abcdefghij")))


def test_a_header_alone_is_no_list() -> None:
    with pytest.raises(Invalid, match="chưa có dòng nào dưới dòng tiêu đề"):
        outside.read(outside.template())


def test_a_list_of_100_001_rows_is_refused_with_both_numbers() -> None:
    content = ",".join(HEADER) + "\n" + "\n".join(f"Lê Văn {at}" for at in range(100_001))
    with pytest.raises(Invalid, match=r"Danh sách có 1000\d\d dòng, nhiều nhất là 20000"):
        outside.read(content.encode())


def test_a_formula_in_a_cell_stays_text() -> None:
    assert _add(_list(_line('=HYPERLINK("http://a.example")'))) == 1
    assert _all()[0].full_name == '=HYPERLINK("http://a.example")'


@pytest.mark.parametrize(("typed", "kept"), [("K7", "K7"), (" k9 ", "K9"), ("", "")])
def test_a_line_may_say_which_indicator_it_counts_for(typed: str, kept: str) -> None:
    assert _add(_list(_line(counts_for=typed))) == 1
    assert _all()[0].counts_for == kept


def test_a_list_of_before_without_that_column_is_read_as_ever() -> None:
    assert _add(_list(_line()[:-1], header=HEADER[:-1])) == 1
    assert _all()[0].counts_for == ""


# ---- matching


def test_a_person_is_found_by_e_mail_whatever_the_name_in_the_list() -> None:
    who = make.person("Lê Văn Tám", email="tam@coquan.example")
    _add(_list(_line("Lê Tám", "", email="Tam@CoQuan.example")))
    assert _all()[0].person_id == who.id


def test_else_by_name_and_birth_date_when_exactly_one_has_both() -> None:
    who = make.person("Lê Văn Tám", birth_date=date(1985, 9, 2))
    make.person("Lê Văn Tám", birth_date=date(1990, 1, 1))
    _add(_list(_line("LÊ VĂN TÁM"), _line(born="", number="2"), _line("Lê Văn Tâm", number="3")))
    assert {kept.number: kept.person_id for kept in _all()} == {"12/2024": who.id, "2": None, "3": None}


def test_two_people_of_one_name_and_birth_date_are_not_guessed_between() -> None:
    for _ in range(2):
        make.person("Lê Văn Tám", birth_date=date(1985, 9, 2))
    reading = outside.read(_list(_line()))
    assert [record.at for record in reading.unmatched] == [2]


def test_a_persons_trainings_elsewhere_are_told_newest_first() -> None:
    who = make.person("Lê Văn Tám", email="tam@coquan.example")
    lines = [_line(email="tam@coquan.example", issued_on=day, number=day) for day in ("06/5/2023", "06/5/2024")]
    _add(_list(*lines, _line("Trần Văn Dũng")))
    assert [found.number for found in records.of_person(who.id)] == ["06/5/2024", "06/5/2023"]


def test_lists_longer_than_one_piece_are_matched_to_their_end() -> None:
    who = make.person("Lê Văn Tám", email="tam@coquan.example")
    lines = [_line(f"Lê Văn {at}", number=str(at)) for at in range(outside.PIECE)]
    reading = outside.read(_list(*lines, _line("LÊ TÁM", email="tam@coquan.example")))
    assert [record.person_id for record in reading.new[-2:]] == [None, who.id]


# ---- on the page


@pytest.fixture
def hr(app: Flask) -> Browser:
    make.person("Nguyễn Thị Nhân", "hr", email="nhan.su@coquan.example")
    browser = Browser(app)
    browser.sign_in("nhan.su@coquan.example")
    return browser


def _send(hr: Browser, content: bytes, name: str = "danh-sach.xlsx", source: str = SOURCE) -> Page:
    return hr.get("/hr/outside").submit("/check", source=source, list=(io.BytesIO(content), name))


def test_nothing_is_written_before_it_was_looked_at_and_confirmed(hr: Browser) -> None:
    page = _send(hr, _list(_line(), _line("")))
    assert "Chưa có gì được ghi vào hệ thống" in page.text
    assert _all() == []
    done = page.submit("/import")
    assert "Đã thêm 1 dòng mới" in done.text
    assert "không do hệ thống này cấp, không ký số" in done.text
    assert SOURCE in done.text
    db.session.rollback()
    assert len(_all()) == 1


def test_confirming_twice_or_after_another_list_was_sent_imports_nothing_unseen(hr: Browser) -> None:
    page = _send(hr, _list(_line()))
    _send(hr, _list(_line("Trần Văn Dũng")))
    answer = page.submit("/import")
    assert answer.status == 409
    assert "Hãy gửi lại tệp" in answer.text
    again = _send(hr, _list(_line()))
    again.submit("/import")
    assert again.submit("/import").status == 409
    db.session.rollback()
    assert [kept.full_name for kept in _all()] == ["Lê Văn Tám"]


def test_the_source_is_required_and_what_was_typed_is_kept(hr: Browser) -> None:
    assert "Ghi nguồn của danh sách" in _send(hr, _list(_line()), source=" ").text
    page = hr.get("/hr/outside").submit("/check", source=SOURCE)
    assert page.status == 400
    assert "Chọn một tệp" in page.text
    assert f'value="{SOURCE}"' in page.body


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"PK\x03\x04 no workbook", b"\x00" * 50, b"\xff\xd8\xff"])
def test_what_is_no_list_is_refused_in_words(hr: Browser, content: bytes) -> None:
    page = _send(hr, content)
    assert page.status == 400
    assert "Không đọc được tệp này" in page.text or "Chưa tìm thấy cột" in page.text


def test_a_file_of_200_megabytes_is_refused_without_being_read(hr: Browser) -> None:
    size = {"CONTENT_LENGTH": str(200 * 1024 * 1024)}
    answer = hr.open("POST", "/hr/outside/check", data={"source": SOURCE}, environ_overrides=size)
    assert answer.status_code == 413


def test_the_wrong_rows_and_the_template_can_be_fetched(hr: Browser) -> None:
    assert hr.get("/hr/outside/faults.xlsx").status == 404
    _send(hr, _list(_line(), _line(issued_on="31/02/2024")))
    sheet = load_workbook(io.BytesIO(hr.open("GET", "/hr/outside/faults.xlsx").data)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:4] == [3, "Lê Văn Tám", "Ngày cấp", "31/02/2024"]
    template = load_workbook(io.BytesIO(hr.open("GET", "/hr/outside/template.xlsx").data)).active
    assert template is not None
    assert [cell.value for cell in template[2]] == list(HEADER)


def test_html_in_a_list_is_shown_as_it_is(hr: Browser) -> None:
    page = _send(hr, _list(_line("<b>Tám</b>", "hôm qua")))
    assert "&lt;b&gt;Tám&lt;/b&gt;" in page.body


def test_imported_people_are_found_by_name_without_marks(hr: Browser) -> None:
    _add(_list(_line("Nguyễn Thị Ngọc Ánh"), _line("Trần Văn Dũng")))
    page = hr.get("/hr/outside", q="ngoc anh")
    assert "Nguyễn Thị Ngọc Ánh" in page.text
    assert "Trần Văn Dũng" not in page.text


# ---- the command


def test_the_command_imports_and_names_wrong_rows(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "ds.xlsx"
    file.write_bytes(_list(_line(), _line(issued_on="31/02/2024")))
    run = app.test_cli_runner().invoke
    done = run(args=["certificates", "import-outside", str(file), "--source", SOURCE])
    assert done.exit_code == 1
    assert "row 3, Ngày cấp: 31/02/2024 không phải là ngày." in done.output
    assert "added 1, known 0, unmatched 1, wrong rows 1" in done.output
    file.write_bytes(_list(_line()))
    done = run(args=["certificates", "import-outside", str(file), "--source", SOURCE])
    assert (done.exit_code, done.output) == (0, "added 0, known 1, unmatched 0, wrong rows 0\n")
    assert run(args=["certificates", "import-outside", str(file), "--source", " "]).exit_code == 1
    file.write_bytes(b"%PDF-1.7")
    assert run(args=["certificates", "import-outside", str(file), "--source", SOURCE]).exit_code == 1


def test_its_bearer_sees_it_below_the_own_certificates_as_not_of_ours(web: Browser) -> None:
    make.person("Lê Văn Tám", email="tam@coquan.example")
    assert _add(_list(_line(email="tam@coquan.example"))) == 1
    web.sign_in("tam@coquan.example")
    page = web.get("/me/certificates")
    assert "Tập huấn chuyển đổi số" in page.text
    assert "Không do hệ thống này cấp, không ký số." in page.text
