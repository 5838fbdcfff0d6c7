"""Lists of units: each wrong row named with what to do, nothing added in part, nothing twice."""

import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from lms_app.core import tables
from lms_app.core.db import db, transaction
from lms_app.core.errors import Invalid
from lms_app.organisations.models import BEGINNING, Unit
from lms_app.organisations.service import listing
from tests import make

HEADER = tuple(listing.LABELS.values())
pytestmark = pytest.mark.usefixtures("app")


def row(code: Any, name: str = "Xã A", kind: str = "Xã", parent: Any = "", *rest: Any) -> list[Any]:
    return [code, name, kind, parent, *rest]


def listed(*lines: Sequence[Any]) -> bytes:
    return tables.write(HEADER, lines)


def added(*lines: Sequence[Any]) -> int:
    with transaction():
        return listing.add(listing.read(listed(*lines)), "test")


def faults(*lines: Sequence[Any]) -> list[tuple[int, str]]:
    found = [(one.at, one.message % one.values) for one in listing.read(listed(*lines)).faults]
    db.session.rollback()
    return found


def test_a_tree_is_added_whatever_the_order_of_its_rows() -> None:
    lines = (
        row("T1", "Trường mầm non", "Trường", "X1"),
        row("X1", "Xã An Bình", "xã", 86, "01/07/2025", "", "NQ 1687"),
        row(86, "Tỉnh Vĩnh Long", "Tỉnh, thành phố"),
    )
    assert added(*lines) == 3
    there = {one.code: one for one in db.session.scalars(select(Unit))}
    assert there["T1"].parent_id == there["X1"].id
    assert (there["X1"].parent_id, there["X1"].kind) == (there["86"].id, "commune")
    assert (there["X1"].valid_from, there["X1"].act) == (date(2025, 7, 1), "NQ 1687")
    assert (there["T1"].kind, there["T1"].valid_from) == ("school", date(2025, 7, 1))  # as old as the one above it
    assert there["86"].valid_from == BEGINNING


def test_the_same_list_again_adds_nothing_and_a_longer_one_only_what_is_new() -> None:
    make.unit("Sở P", kind="department", code="P", valid_from=date(2025, 7, 1))
    assert added(row("A", parent="P")) == 1
    assert added(row("A", parent="P")) == 0
    assert added(row("A"), row("B", parent="A")) == 1


def test_a_row_below_a_unit_that_is_there_already_finds_it() -> None:
    top = make.unit("Tỉnh Vĩnh Long", kind="province", code="86")
    assert added(row("B", parent="86")) == 1
    assert db.session.scalars(select(Unit.parent_id).where(Unit.code == "B")).one() == top.id


def test_each_wrong_row_says_what_to_do_and_nothing_is_added() -> None:
    lines = (
        row("A", "", "Xã"),
        row("B", "Xã B", "Làng"),
        row("C", parent="Z"),
        row("D", "Xã D", "Xã", "", "hôm qua"),
        row("E", "Xã E", "Xã", "", "02/07/2025", "01/07/2025"),
        row("F"),
        row("F"),
        row("G", parent="C"),
        row("H" * 46),
    )
    assert faults(*lines) == [
        (2, "Cột Tên đơn vị trống. Hãy ghi vào."),
        (3, "Chưa hiểu loại Làng. Hãy ghi một loại có trong tệp mẫu."),
        (4, "Không có đơn vị nào mang mã cấp trên Z. Hãy xem lại mã."),
        (5, "hôm qua không phải là ngày. Hãy ghi dạng ngày/tháng/năm, ví dụ 02/09/1985."),
        (6, "Xã E (E) kết thúc ngày 01/07/2025, trước ngày bắt đầu 02/07/2025. Hãy sửa một trong hai ngày."),
        (8, "Mã F đã có ở dòng 7. Mỗi mã chỉ ghi một dòng."),
        (9, "Đơn vị cấp trên C có lỗi ở dòng của nó. Hãy sửa dòng đó trước."),
        (10, "Cột Mã đơn vị có 46 ký tự, nhiều nhất là 45. Hãy rút gọn."),
    ]
    with pytest.raises(Invalid, match="Còn 8 dòng sai"):
        added(*lines)
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 0


def test_a_circle_is_found_within_the_list_and_through_what_is_there() -> None:
    circle = "Các đơn vị này nằm dưới nhau thành một vòng: %s. Hãy sửa mã cấp trên."
    assert faults(row("A", parent="B"), row("B", parent="A")) == [(2, circle % "A → B → A"), (3, circle % "B → A → B")]
    top = make.unit("P", code="P")
    make.unit("Q", top, code="Q")
    assert faults(row("P", "P", "xã", "N"), row("N", parent="Q")) == [
        (2, circle % "P → N → Q → P"),
        (3, circle % "N → Q → P → N"),
    ]


def test_a_row_outside_its_parents_life_is_wrong() -> None:
    make.unit("P", code="P", valid_until=date(2025, 6, 30))
    assert faults(row("A", parent="P")) == [
        (2, "Đơn vị cấp trên P (P) kết thúc ngày 30/06/2025, nên Xã A (A) không thể còn sau ngày đó.")
    ]


def test_a_list_does_not_rewrite_what_is_there() -> None:
    make.unit("Xã A", code="A")
    [(at, said)] = faults(row("A", "Phường A"))
    assert at == 2
    assert said.startswith("Mã A đã có, với cột Tên đơn vị là Xã A. Danh sách chỉ thêm đơn vị mới")


def test_a_file_that_is_no_list_is_refused_in_a_sentence() -> None:
    for content, said in (
        (b"PK\x03\x04 khong phai", "Không đọc được tệp này"),
        (tables.write(("Cột lạ",), [["x"]]), "Chưa tìm thấy cột Mã đơn vị, Tên đơn vị, Loại"),
        (listed(), "Danh sách chưa có dòng nào"),
    ):
        with pytest.raises(Invalid, match=said):
            listing.read(content)


def test_fifteen_hundred_units_are_added_in_seconds() -> None:
    communes = [row(f"X{n}", f"Xã {n}", "Xã", "86") for n in range(124)]
    schools = [row(f"T{n}", f"Trường {n}", "Trường", f"X{n % 124}") for n in range(1375)]
    began = time.monotonic()
    assert added(*schools, *communes, row("86", "Tỉnh", "Tỉnh")) == 1500
    assert time.monotonic() - began < 10
    assert added(*schools, *communes) == 0
