"""`flask units ...`: what it says, and that it writes only when told to."""

from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from lms_app.accounts.cli.units import group
from lms_app.core import tables
from lms_app.core.db import db
from lms_app.organisations.models import Unit
from lms_app.organisations.service import listing
from tests import make


def count() -> int | None:
    found = db.session.scalar(select(func.count()).select_from(Unit))
    db.session.rollback()
    return found


def test_a_list_is_checked_and_with_apply_added(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "donvi.xlsx"
    file.write_bytes(tables.write(list(listing.LABELS.values()), [["86", "Tỉnh Vĩnh Long", "Tỉnh"]]))
    done = app.test_cli_runner().invoke(group, ["import", str(file)])
    assert (done.exit_code, count()) == (0, 0)
    assert "mới / new 1, đã có / known 0, dòng sai / wrong rows 0" in done.output
    assert "đã thêm / added 1" in app.test_cli_runner().invoke(group, ["import", str(file), "--apply"]).output
    assert count() == 1


def test_wrong_rows_are_named_and_nothing_is_added(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "donvi.csv"
    file.write_text("Mã đơn vị;Tên đơn vị;Loại;Mã đơn vị cấp trên\nA;Xã A;Xã;Z\n", encoding="utf-8")
    done = app.test_cli_runner().invoke(group, ["import", str(file), "--apply"])
    assert (done.exit_code, count()) == (1, 0)
    assert "dòng / row 2, A: Không có đơn vị nào mang mã cấp trên Z." in done.output


def test_the_tree_of_a_day_is_printed(app: Flask) -> None:
    top = make.unit("Tỉnh Vĩnh Long", kind="province", code="86")
    make.unit("Xã Giao Long", top, code="GL")
    said = app.test_cli_runner().invoke(group, ["tree"]).output
    assert said == "86  Tỉnh Vĩnh Long\n  GL  Xã Giao Long\n"
    assert app.test_cli_runner().invoke(group, ["tree", "--day", "1999-01-01"]).output == ""
