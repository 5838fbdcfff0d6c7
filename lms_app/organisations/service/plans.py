"""Each unit's training plan of a year: entered by its HR, approved by who looks after all."""

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms_app.core import audit, storage
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Forbidden, Invalid
from lms_app.organisations.models import Plan

DRAFT, SUBMITTED, APPROVED = "draft", "submitted", "approved"
STATUSES = {DRAFT: "Bản nháp", SUBMITTED: "Đã trình", APPROVED: "Đã duyệt"}

LARGEST = 10 * 1024 * 1024
"""Bytes of a plan's file."""

PDF, WORD, OLD_WORD = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
IN_WORD = b"word/document.xml"
"""The name of its text, which a .docx holds as it is."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is entered of a plan."""

    number: str
    signed_on: date | None
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that somebody sent: kept as it is, never opened here."""

    content: bytes
    name: str


@dataclass(frozen=True, slots=True)
class Editor:
    id: UUID
    name: str
    may_approve: bool


def save(unit_id: UUID, year: int, said: Said, sent: Sent | None, editor: Editor) -> None:
    """Enter or change the plan of a unit, which the caller has found in reach. Without a file the one before stays.

    Raises `Invalid` for what is neither PDF nor Word, `Forbidden` for approving without the right to, `Conflict` when
    an approved plan is changed without it, or the plan is being entered elsewhere.
    """
    plan = db.session.scalar(select(Plan).where(Plan.unit_id == unit_id, Plan.year == year).with_for_update())
    if plan and plan.status == APPROVED and not editor.may_approve:
        raise Conflict("Kế hoạch này đã được duyệt nên không sửa được. Hãy hỏi nơi duyệt kế hoạch.")
    if said.status == APPROVED and not editor.may_approve:
        raise Forbidden("Chỉ cán bộ nhân sự phụ trách toàn bộ duyệt kế hoạch. Hãy chọn Bản nháp hoặc Đã trình.")
    key = _kept(sent.content) if sent else None
    plan = plan or Plan(unit_id=unit_id, year=year)
    if sent:
        plan.file_key, plan.file_name, plan.file_bytes = key, sent.name, len(sent.content)
    plan.number, plan.signed_on, plan.title, plan.status = said.number, said.signed_on, said.title, said.status
    plan.entered_at, plan.entered_by = now(), editor.name
    db.session.add(plan)
    audit.note(editor.id, "plan.save", unit_id, year=year, status=said.status, number=said.number)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Kế hoạch này đang được nhập ở một nơi khác. Hãy mở lại trang để xem.") from error


def ending(content: bytes) -> str:
    """`pdf`, `docx` or `doc` by what is in the file, not by its name. Raises `Invalid` for anything else."""
    if content.startswith(PDF):
        return "pdf"
    if content.startswith(WORD) and IN_WORD in content:
        return "docx"
    if content.startswith(OLD_WORD):
        return "doc"
    raise Invalid("Tệp này không phải là PDF hoặc Word. Hãy chọn tệp .pdf, .docx hoặc .doc.")


def _kept(content: bytes) -> str:
    if len(content) > LARGEST:
        raise Invalid("Tệp lớn quá %(most)s MB. Hãy giảm dung lượng rồi gửi lại.", most=LARGEST // 1024 // 1024)
    key = f"plans/{hashlib.sha256(content).hexdigest()}.{ending(content)}"
    storage.put(key, content)
    return key
