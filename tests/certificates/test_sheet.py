"""What the sheet says, in which language, and what it says of its signature."""

from datetime import date
from typing import Any

import pytest

from lms_app.certificates import sheet, trials, wording
from lms_app.certificates.models import Certificate
from lms_app.core.errors import Invalid

SITE = "https://hoctap.vinhlong.gov.vn"
ENGLISH = {**sheet.ENGLISH, "capacity": "FOR THE DIRECTOR", "course_title": "Working in the digital office"}


def issued(**changed: Any) -> Certificate:
    made = trials.sample()
    for name, value in {"english": ENGLISH, **changed}.items():
        setattr(made, name, value)
    return made


def words(signed: str = wording.UNSIGNED, replaces: str = "", **changed: Any) -> sheet.Words:
    return sheet.words(issued(**changed), SITE, signed=signed, replaces=replaces)


def test_an_unsigned_sheet_says_so_twice() -> None:
    said = words()
    assert said["signature_note"] == "Bản điện tử chưa ký số"
    assert "Bản điện tử chưa ký số: hãy kiểm tra" in said["note"]


def test_a_signed_sheet_says_who_signs_and_that_a_print_is_no_proof() -> None:
    said = words(signed=wording.BY_OFFICE)
    assert said["signature_note"] == "Bản điện tử được ký số bởi cơ quan cấp"
    assert "bản có giá trị là tệp PDF đã ký số" in said["note"]
    assert not [text for text in said.values() if "chưa ký số" in text]


def test_a_key_that_the_system_made_is_not_called_the_offices() -> None:
    said = words(signed=wording.BY_SITE)
    assert said["signature_note"] == "Bản điện tử ký số bằng khóa tự tạo của hệ thống"
    assert "chưa phải chữ ký số của cơ quan" in said["note"]


def test_a_sheet_that_the_office_signs_later_is_true_before_and_after() -> None:
    said = words(signed=wording.LATER)
    assert said["signature_note"] == "Bản điện tử có giá trị khi mang chữ ký số của cơ quan cấp"
    assert not [text for text in said.values() if "Bản điện tử chưa ký số" in text]


@pytest.mark.parametrize("kind", sheet.TITLES)
def test_no_sheet_calls_itself_a_statutory_certificate(kind: str) -> None:
    said = words(kind=kind)
    assert said["title"] == "GIẤY CHỨNG NHẬN"
    assert "không thay thế chứng chỉ bồi dưỡng theo Nghị định số 171/2025/NĐ-CP" in said["note"]
    assert not [name for name, text in said.items() if "chứng chỉ" in text.lower() and name != "note"]


def test_a_programme_is_called_a_programme_in_both_languages() -> None:
    said = words(kind="PROGRAMME", language="vi-en")
    assert said["subtitle"] == "ĐÃ HOÀN THÀNH CHƯƠNG TRÌNH TẬP HUẤN"
    assert said["done"] == "Đã hoàn thành chương trình tập huấn"
    assert said["done_en"] == "has completed the training programme"


def test_every_kind_has_its_words_in_both_languages() -> None:
    assert set(sheet.TITLES) == set(sheet.ENGLISH_TITLES) == set(wording.DONE)


def test_a_certificate_in_place_of_another_names_it() -> None:
    said = words(replaces="VL-CĐS-2026-000007", language="vi-en")
    assert said["replaces"] == "Cấp lại, thay cho giấy chứng nhận số VL-CĐS-2026-000007"
    assert said["replaces_en"] == "Issued in place of certificate No. VL-CĐS-2026-000007"
    assert words()["replaces"] == ""


def test_an_english_sheet_speaks_english_but_leaves_its_bearer_as_typed() -> None:
    said = words(language="en", valid_until=date(2028, 11, 22))
    assert said["issuer"] == "DEPARTMENT OF SCIENCE AND TECHNOLOGY"
    assert said["says"] == "The Department of Science and Technology certifies that"
    assert said["full_name"] == "Nguyễn Thị Ngọc Ánh"
    assert said["person"] == "Born 2 September 1985 · Chuyên viên, Văn phòng HĐND và UBND xã An Bình"
    assert said["place_date"] == "Vĩnh Long, 23 November 2026"
    assert said["facts"] == (
        "Form: online · Duration: 12 periods · From 5 October 2026 to 30 October 2026 · Result: Passed"
        " · Valid until 22 November 2028"
    )
    assert said["serial"] == "No.: VL-CĐS-2026-000123"


def test_a_bilingual_sheet_says_everything_twice_but_what_is_the_bearers() -> None:
    said = words(language="vi-en")
    assert (said["course_title"], said["course_title_en"]) == (trials.TITLES[1], "Working in the digital office")
    assert said["person"].startswith("Sinh ngày / Born 02/9/1985 · ")
    assert said["code"] == "Mã tra cứu / Code: 7KQ4-M2XF-9TDP-H"
    assert "full_name_en" not in said


def test_a_sheet_in_english_names_the_texts_that_have_no_english() -> None:
    with pytest.raises(Invalid) as wrong:
        words(language="en", english={**ENGLISH, "course_title": "", "capacity": ""})
    assert wrong.value.values["names"] == "tên khóa học, dòng thẩm quyền ký (KT., TL., TUQ.)"
    words(language="vi", english={})


def test_days_and_months_have_their_zero_where_the_decree_wants_it() -> None:
    assert sheet.day(date(1985, 9, 2)) == "02/9/1985"
    assert sheet.day(date(1985, 2, 12)) == "12/02/1985"
    assert words(issued_on=date(2026, 1, 5))["place_date"] == "Vĩnh Long, ngày 05 tháng 01 năm 2026"


def test_one_day_one_period_and_no_birth_date_read_naturally() -> None:
    said = words(language="en", birth_date=None, from_date=date(2026, 10, 30), periods=1)
    assert said["person"] == "Chuyên viên, Văn phòng HĐND và UBND xã An Bình"
    assert "Duration: 1 period · On 30 October 2026" in said["facts"]
    assert "Ngày 30/10/2026" in words(from_date=date(2026, 10, 30))["facts"]
