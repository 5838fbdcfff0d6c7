"""Each cell of a staff list as offices write it: read with patience, or refused with how to mend it."""

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from lms_app.accounts.service import listing
from lms_app.accounts.service.matching import Difference, Reach, compare
from lms_app.core.errors import Invalid
from lms_app.organisations.queries import tree
from tests import make
from tests.accounts.lists import HEADER, line, xlsx

TODAY = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def _province(app: Flask) -> Iterator[None]:
    province = make.unit("Tỉnh Vĩnh Long", kind="province", code="VL")
    make.unit("UBND xã An Bình", province, code="AB")
    make.unit("Châu Thành", province, code="CT-1")
    make.unit("Châu Thành", province, code="CT-2")
    make.unit("Huyện Ba Tri", province, code="BT", valid_until=date(2025, 6, 30))
    with time_machine.travel(datetime(2026, 11, 26, 3), tick=False):  # noqa: DTZ001 - UTC
        yield


def check(content: bytes) -> Difference:
    return compare(listing.read(content), Reach(tree.tops(), everybody=True), TODAY, lambda _steps: None)


def said(**values: Any) -> str:
    """What is wrong with a row that has these cells."""
    found = check(xlsx(line(**values)))
    [[fault]] = found.faults.values()
    return f"{fault.column}: {fault.message % fault.values}"


def person(**values: Any) -> Any:
    found = check(xlsx(line(**values)))
    assert not found.faults, found.faults
    [one] = found.new_people
    return one.person


@pytest.mark.parametrize(
    ("cells", "attribute", "meant"),
    [
        ({"Họ_và_tên": "  NGUYỄN   THỊ ÁNH "}, "name", "Nguyễn Thị Ánh"),
        ({"Họ_và_tên": unicodedata.normalize("NFD", "Nguyễn Thị Ánh")}, "name", "Nguyễn Thị Ánh"),
        ({"Ngày_sinh": date(1985, 9, 2)}, "birth_date", date(1985, 9, 2)),
        ({"Ngày_sinh": "02/9/1985"}, "birth_date", date(1985, 9, 2)),
        ({"Ngày_sinh": 1985}, "birth_year", 1985),
        ({"Ngày_sinh": "1985"}, "birth_year", 1985),
        ({"Giới_tính": "nữ"}, "sex", "F"),
        ({"Giới_tính": "Nam"}, "sex", "M"),
        ({"Điện_thoại": 912345678}, "phone", "0912345678"),
        ({"Điện_thoại": "0912.345.678"}, "phone", "0912345678"),
        ({"Điện_thoại": "+84 912 345 678"}, "phone", "0912345678"),
        ({"Điện_thoại": "0912345678; 0275 3822123"}, "phone", "0912345678, 02753822123"),
        ({"Mã_CBCCVC": " ab - 01"}, "staff_code", "AB-01"),
        ({"Mã_CBCCVC": "000123"}, "staff_code", "000123"),
        ({"Mã_CBCCVC": 123}, "staff_code", "123"),
        ({"Email": "Anh@CoQuan.gov.vn"}, "email", "anh@coquan.gov.vn"),
        ({"Nhóm_đối_tượng": "Lãnh đạo, quản lý"}, "group", "LD"),
        ({"Nhóm_đối_tượng": "công chức"}, "group", "CC"),
        ({"Nhóm_đối_tượng": "ct"}, "group", "CT"),
        ({"Nhóm_đối_tượng": "Chuyên trách CNTT"}, "duty", "full"),
        ({"Nhóm_đối_tượng": "kiêm nhiệm"}, "duty", "part"),
        ({"Từ_ngày": "2025-07-01", "Đến_ngày": "31/12/2026"}, "until", date(2026, 12, 31)),
        ({"Chức_vụ": "Phó  Chánh văn phòng"}, "position", "Phó Chánh văn phòng"),
    ],
)
def test_a_cell_is_read_as_it_was_meant(cells: dict[str, Any], attribute: str, meant: object) -> None:
    assert getattr(person(**cells), attribute) == meant


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"Họ_và_tên": ""}, "Họ và tên: Ô này trống"),
        ({"Họ_và_tên": "Nguyễn 2"}, "Họ và tên: Ký tự thứ 8"),
        ({"Ngày_sinh": "31/02/1985"}, "Ngày sinh: 31/02/1985 không phải là ngày"),
        ({"Ngày_sinh": date(2030, 1, 1)}, "Ngày sinh: Ngày này ở tương lai"),
        ({"Ngày_sinh": 2030}, "Ngày sinh: Ngày này ở tương lai"),
        ({"Giới_tính": "khác"}, "Giới tính: Giới tính ghi Nam hoặc Nữ"),
        ({"Mã_đơn_vị": "XX"}, "Mã đơn vị: Không có đơn vị mang mã XX"),
        ({"Mã_đơn_vị": "BT"}, "Mã đơn vị: Không có đơn vị mang mã BT"),
        ({"Mã_đơn_vị": ""}, "Tên đơn vị: Ô này trống. Ghi mã hoặc tên đơn vị ở từng dòng; nếu ô đang gộp, hãy bỏ gộp."),
        (
            {"Mã_đơn_vị": "", "Tên_đơn_vị": "UBND xã An Bình A"},
            "Tên đơn vị: Không có đơn vị này. Có phải UBND xã An Bình?",
        ),
        ({"Mã_đơn_vị": "", "Tên_đơn_vị": "Kho bạc"}, "Tên đơn vị: Không có đơn vị này trong phạm vi"),
        ({"Mã_đơn_vị": "", "Tên_đơn_vị": "Châu Thành"}, "Tên đơn vị: Có 2 đơn vị cùng tên này. Ghi mã: CT-1, CT-2."),
        ({"Mã_đơn_vị": "AB", "Tên_đơn_vị": "Châu Thành"}, "Mã đơn vị: Mã AB là của UBND xã An Bình"),
        ({"Nhóm_đối_tượng": ""}, "Nhóm đối tượng: Ô này trống"),
        ({"Nhóm_đối_tượng": "XYZ"}, "Nhóm đối tượng: Ghi LD, CT hoặc CC"),
        ({"Email": "dungtv@coquan"}, "Email: Thư điện tử chưa đúng"),
        ({"Mã_CBCCVC": "AB 01!"}, "Mã CBCCVC: Mã CBCCVC gồm chữ, số"),
        ({"Mã_CBCCVC": ""}, "Mã CBCCVC: Dòng này không có mã CBCCVC và không có email"),
        ({"Điện_thoại": "12"}, "Điện thoại: Số điện thoại gồm 9 đến 11 chữ số"),
        ({"Từ_ngày": "hôm qua"}, "Từ ngày: hôm qua không phải là ngày"),
        ({"Từ_ngày": "01/01/1900"}, "Từ ngày: Ngày bắt đầu trước năm 1950"),
        ({"Từ_ngày": "02/01/2026", "Đến_ngày": "01/01/2026"}, "Đến ngày: Đến ngày đứng trước Từ ngày"),
        ({"Đến_ngày": "01/01/2026"}, "Đến ngày: Thôi giữ ngày 01/01/2026, trước khi bắt đầu ngày 26/11/2026"),
        ({"Chức_vụ": "x" * 301}, "Chức vụ: Ô này có 301 ký tự"),
    ],
)
def test_a_wrong_cell_says_how_to_mend_it(cells: dict[str, Any], sentence: str) -> None:
    assert said(**cells).startswith(sentence)


def test_a_unit_is_found_by_code_or_by_a_name_that_is_its_own_alone() -> None:
    by_name = person(Mã_đơn_vị="", Tên_đơn_vị="ubnd xa an binh")
    by_code_as_name = person(Mã_đơn_vị="", Tên_đơn_vị="ab")
    assert by_name.unit_id == by_code_as_name.unit_id == person().unit_id


def test_columns_are_found_in_any_order_below_a_letterhead() -> None:
    header = ("STT", "Mã cán bộ", "Họ tên", "Cơ quan, đơn vị", "Nhóm", "Ghi chú")
    row = {"Mã cán bộ": "AB-01", "Họ tên": "Lê Văn Tám", "Cơ quan, đơn vị": "AB", "Nhóm": "CC", "Ghi chú": "x"}
    found = check(xlsx(row, header=header, above=[["UBND TỈNH VĨNH LONG"], [], ["DANH SÁCH"]]))
    assert [(one.person.at, one.person.name) for one in found.new_people] == [(5, "Lê Văn Tám")]


def test_what_a_merged_cell_says_stands_in_each_row_it_covers_and_in_no_other() -> None:
    rows = [line(Mã_CBCCVC=f"AB-0{at}", Mã_đơn_vị="AB" if at == 1 else "") for at in (1, 2, 3)]
    found = check(xlsx(*rows, merged=["F2:F3"]))
    assert [one.person.at for one in found.new_people] == [2, 3]
    assert list(found.faults) == [4]


def test_a_header_merged_over_two_rows_is_one() -> None:
    rows = [dict.fromkeys(HEADER, ""), line()]
    found = check(xlsx(*rows, merged=[f"{column}1:{column}2" for column in "ABCDEFGHIJKLM"]))
    assert [one.person.at for one in found.new_people] == [3]


def test_rows_numbered_in_advance_are_no_rows() -> None:
    found = check(xlsx(line(STT=1), {"STT": 2}, {}, {"STT": 4}))
    assert (found.total, len(found.new_people), dict(found.faults)) == (1, 1, {})


def test_identity_numbers_are_recognised_and_kept_nowhere() -> None:
    content = xlsx(line() | {"Số CCCD": "083185001234", "CMND": "321"}, header=(*HEADER, "Số CCCD", "CMND"))
    listed = listing.read(content)
    assert listed.dropped == ("Số CCCD", "CMND")
    assert b"083185001234" not in listed.kept()
    assert listing.restored(listed.kept()) == listed


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (xlsx(header=("A", "B")), "Chưa tìm thấy cột Họ và tên, Nhóm đối tượng, Mã đơn vị / Tên đơn vị"),
        (xlsx(line(), header=HEADER[:8]), "Chưa tìm thấy cột Mã CBCCVC / Email"),
        (xlsx(), "Danh sách chưa có dòng nào dưới dòng tiêu đề cột"),
        (b"%PDF-1.7\x00", "Không đọc được tệp này"),
        (b"PK\x03\x04 no zip", "Không đọc được tệp này"),
        (b"", "Danh sách chưa có dòng nào"),
        (bytes(30 * 1024 * 1024 + 1), "Tệp lớn quá 30 MB"),
    ],
)
def test_what_is_no_staff_list_is_refused_in_words(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        listing.read(content)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(("rows", "fits"), [(100_000, True), (100_001, False)])
def test_a_hundred_thousand_rows_fit_and_not_one_more(rows: int, fits: bool) -> None:
    content = ("Họ và tên,Mã đơn vị,Nhóm,Mã CBCCVC\n" + "Lê Tám,AB,CC,1\n" * rows).encode()
    if fits:
        assert len(listing.read(content).lines) == rows + 1
        return
    with pytest.raises(Invalid) as caught:
        listing.read(content)
    assert str(caught.value) == "Danh sách có 100001 dòng, nhiều nhất là 100000. Hãy chia thành nhiều tệp."
