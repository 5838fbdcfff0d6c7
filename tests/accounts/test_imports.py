"""A staff list from the page to the last row: looked at before anything is written, written as a whole, never twice."""

import pytest
from flask import Flask

from tests import make
from tests.accounts.lists import apply, counts, line, people, posts, send, sent, xlsx
from tests.web import Browser

OFFICER = "lan@coquan.example"


@pytest.fixture
def officer(app: Flask) -> Browser:
    """HR of everybody; there are two communes."""
    province = make.unit("Tỉnh Vĩnh Long", kind="province", code="VL")
    make.unit("UBND xã An Bình", province, code="AB")
    make.unit("UBND xã Bình Phú", province, code="BP")
    make.hr(email=OFFICER)
    browser = Browser(app)
    browser.sign_in(OFFICER)
    return browser


def test_a_list_is_looked_at_then_written_and_sent_again_changes_nothing(officer: Browser) -> None:
    content = xlsx(
        line(Email="Anh@coquan.example", Ngày_sinh="02/9/1985", Giới_tính="Nữ", Điện_thoại=912345678),
        line(Họ_và_tên="Lê Văn Tám", Mã_CBCCVC="AB-02", Nhóm_đối_tượng="CT kiêm nhiệm"),
    )
    page = send(officer, content)
    assert sent().state == "checked", (sent().error, sent().error_values)
    assert counts() == {"new": 2}
    assert "Nguyễn Thị Ánh" not in people()
    assert "Chưa có gì được ghi" in page.text
    page = apply(page)
    assert sent().state == "done"
    kept = people()["Nguyễn Thị Ánh"]
    assert (kept.email, kept.phone, kept.sex, kept.password_hash) == ("anh@coquan.example", "0912345678", "F", None)
    assert [(one.group, one.duty) for one in posts(people()["Lê Văn Tám"].id)] == [("CT", "part")]
    page = send(officer, content)
    assert counts() == {"unchanged": 2}
    assert "không thay đổi gì" in page.text
