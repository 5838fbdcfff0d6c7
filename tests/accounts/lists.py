"""Staff lists as offices send them: any columns in any order, merged cells, a letterhead. For tests."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from lms_app.accounts.models import Employment, Person, StaffImport
from lms_app.core import outbox
from lms_app.core.db import db
from tests.web import Browser, Page

HEADER = (
    *("STT", "Họ và tên", "Ngày sinh", "Giới tính", "Chức vụ", "Mã đơn vị", "Tên đơn vị", "Nhóm đối tượng", "Email"),
    *("Điện thoại", "Mã CBCCVC", "Từ ngày", "Đến ngày"),
)
USUAL = {"Họ và tên": "Nguyễn Thị Ánh", "Mã đơn vị": "AB", "Nhóm đối tượng": "CC", "Mã CBCCVC": "AB-01"}


def line(**values: Any) -> dict[str, Any]:
    """A right row with these cells; a keyword is the header with `_` for a space."""
    return USUAL | {name.replace("_", " "): value for name, value in values.items()}


def xlsx(
    *lines: Mapping[str, Any],
    header: Sequence[str] = HEADER,
    above: Iterable[Sequence[Any]] = (),
    merged: Iterable[str] = (),
) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "CBCC"
    for cells in above:
        sheet.append(list(cells))
    sheet.append(list(header))
    for one in lines:
        sheet.append([one.get(name) for name in header])
    for cells in merged:
        sheet.merge_cells(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cells(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def send(officer: Browser, content: bytes, name: str = "danh-sach.xlsx") -> Page:
    """Sent over the page, then checked as the worker does it."""
    field = officer.get("/hr/people/imports").form("/hr/people/imports")
    sent = officer.post("/hr/people/imports", csrf_token=field.fields["csrf_token"], list=(io.BytesIO(content), name))
    assert sent.status == 200, sent.text
    outbox.drain()
    return officer.get(sent.path)


def apply(page: Page, **fields: str) -> Page:
    after = page.submit("/apply", **fields)
    outbox.drain()
    return page.browser.get(after.path)


def sent() -> StaffImport:
    """The newest list."""
    db.session.expire_all()
    return db.session.scalars(select(StaffImport).order_by(StaffImport.created_at.desc())).all()[0]


def counts() -> dict[str, int]:
    """Of the newest list, without what is zero."""
    return {name: number for name, number in sent().counts.items() if number}


def people() -> dict[str, Person]:
    db.session.expire_all()
    return {one.name: one for one in db.session.scalars(select(Person))}


def posts(person_id: UUID) -> list[Employment]:
    db.session.expire_all()
    found = select(Employment).where(Employment.person_id == person_id).order_by(Employment.since, Employment.group)
    return list(db.session.scalars(found))
