"""The way of a staff list: sent, checked in the background, looked at, applied as a whole."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, update

from lms_app.accounts import access
from lms_app.accounts.models import StaffImport
from lms_app.accounts.queries import imports as lists
from lms_app.accounts.queries.reach import roots
from lms_app.accounts.service import applying, listing
from lms_app.accounts.service.grouping import said
from lms_app.accounts.service.listing import Listed
from lms_app.accounts.service.matching import SHOWN, Difference, Reach
from lms_app.core import audit, outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import change, db
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.core.ids import new_id

IMPORT = "accounts.import"
KEPT = timedelta(days=30)
"""How long the file of wrong rows can be fetched. What was sent is dropped once it is read, or given up."""

LONGEST_NAME = 200
GONE = "Không có danh sách này. Hãy mở lại trang nhập danh sách."
"""Said of what is not there and of what somebody else sent."""

_PROGRESS = update(StaffImport).where(StaffImport.id == bindparam("which")).values(done=bindparam("rows"))


def reach_of(who: access.Person) -> Reach:
    return Reach(roots(who), access.hr_of_all(who))


def send(content: bytes, file_name: str, by: access.Person) -> UUID:
    """Have a list checked. Whatever else of this sender still waits to be applied is called off."""
    for other in lists.still_open(by.id):
        cancel(other, by.id)
    import_id = new_id()
    storage.put(_key(import_id, "sent"), content)
    db.session.add(
        StaffImport(
            id=import_id,
            state=lists.WAITING,
            file_name=file_name[:LONGEST_NAME],
            file_key=_key(import_id, "sent"),
            roots=[str(root) for root in roots(by)],
            counts={},
            error_values={},
            sent_by=by.id,
            sent_by_name=by.name,
            created_at=now(),
        )
    )
    db.session.flush()
    _owe(import_id)
    return import_id


def locked(import_id: UUID) -> StaffImport:
    """Raises `NotFound`."""
    found = db.session.get(StaffImport, import_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(GONE)
    return found


def of_sender(import_id: UUID, sender: UUID) -> Row[Any]:
    """Raises `NotFound`, with the same words for what is another's."""
    found = lists.one(import_id)
    if found is None or found.sent_by != sender:
        raise NotFound(GONE)
    return found


def begin(import_id: UUID, total: int = 0) -> None:
    found = locked(import_id)
    if found.state == lists.WAITING:
        found.state = lists.CHECKING
    found.total = total or found.total
    found.done = 0


def tell(import_id: UUID, done: int) -> None:
    change(_PROGRESS, which=import_id, rows=done)


def keep(import_id: UUID, listed: Listed, found: Difference, sentence: Callable[..., str]) -> str:
    """Store, beside the database, what was read and what came of it; the digest of what would be written."""
    storage.put(_key(import_id, "rows"), listed.kept())
    storage.put(_key(import_id, "faults"), listing.faulty(listed, found.faults, sentence) if found.faults else b"")
    digest = found.digest()
    storage.put(_key(import_id, "preview"), json.dumps(_shown(listed, found) | {"digest": digest}).encode())
    return digest


def checked(import_id: UUID, found: Difference, again: str = "") -> bool:
    """It can be looked at; False when it was called off. `again`: why once more, though it was looked at already."""
    row = locked(import_id)
    if row.state not in {lists.CHECKING, lists.APPLYING}:
        return False
    row.state, row.error, row.error_values = lists.CHECKED, again, {}
    row.counts, row.total, row.done = dict(found.counts), found.total, found.total
    row.rows_key, row.faults_key = _key(import_id, "rows"), _key(import_id, "faults") if found.faults else None
    return True


def refuse(import_id: UUID, wrong: Invalid) -> None:
    row = locked(import_id)
    row.state, row.error, row.error_values = lists.REFUSED, wrong.message, dict(wrong.values)


def confirm(import_id: UUID, by: UUID, *, leave_absent: bool) -> None:
    """Have what was looked at written. A second click changes nothing. Raises `Conflict`."""
    row = locked(import_id)
    if row.state in {lists.APPLYING, lists.DONE}:
        return
    if row.state != lists.CHECKED:
        raise Conflict("Danh sách này chưa kiểm tra xong hoặc đã hủy. Hãy mở lại trang của danh sách.")
    row.state, row.leave_absent, row.done = lists.APPLYING, leave_absent, 0
    audit.note(by, "accounts.import.confirm", import_id, leave_absent=leave_absent)
    _owe(import_id)


def apply(row: Row[Any], found: Difference, writing: applying.Writing, reach: Reach) -> None:
    """In one transaction with the word that it is done. Raises `applying.Overtaken`."""
    kept = locked(row.id)
    if kept.state != lists.APPLYING:
        return
    applying.write(writing, found, reach)
    applying.note(row.sent_by, row.id, found)
    kept.state, kept.applied_at, kept.done, kept.error = lists.DONE, now(), kept.total, ""


def cancel(import_id: UUID, by: UUID) -> None:
    """Raises `Conflict` when it is being written, or over."""
    row = locked(import_id)
    if row.state == lists.CANCELLED:
        return
    if row.state not in lists.OPEN:
        raise Conflict("Danh sách này đang được ghi hoặc đã xong nên không hủy được nữa.")
    row.state = lists.CANCELLED
    forget(import_id)
    audit.note(by, "accounts.import.cancel", import_id)


def forget(import_id: UUID, *names: str) -> None:
    """Drop its files, after the transaction that needed them: all but those of the wrong rows, or these."""
    for name in names or ("sent", "rows", "preview"):
        storage.remove(_key(import_id, name))


def listed(row: Row[Any]) -> Listed:
    """What was sent, as read now or before. Raises `Invalid`."""
    if row.rows_key:
        return listing.restored(storage.get(row.rows_key))
    return listing.read(storage.get(row.file_key))


def preview(import_id: UUID) -> dict[str, Any]:
    """`sheet`, `dropped`, `faults`, `new`, `changes`, `absent` (of each the first 50), `digest`. Raises `NotFound`."""
    found: dict[str, Any] = json.loads(storage.get(_key(import_id, "preview")))
    return found


def _shown(listed: Listed, found: Difference) -> dict[str, Any]:
    faults = [asdict(fault) for at in sorted(found.faults)[:SHOWN] for fault in found.faults[at]]
    absent = [
        {
            "name": post.name,
            "unit": found.units.names[post.unit_id],
            "position": post.position,
            "group": post.group,
            "since": said(post.since),
        }
        for post in found.absent[:SHOWN]
    ]
    new = [
        {"at": one.person.at, "name": one.person.name, "unit": found.units.names[one.lines[0].unit_id]}
        | {"position": one.lines[0].position, "group": one.lines[0].group}
        for one in found.new_people[:SHOWN]
    ]
    changes = [asdict(one) for one in found.changes]
    shown = {"faults": faults, "new": new, "changes": changes, "absent": absent}
    return {"sheet": listed.sheet, "dropped": listed.dropped} | shown


def outlived() -> list[UUID]:
    """Lists whose files are not kept any longer."""
    return lists.older_than(now() - KEPT)


def faults(row: Row[Any]) -> bytes:
    """Raises `NotFound`."""
    if not row.faults_key:
        raise NotFound("Danh sách này không có dòng sai, hoặc tệp đã hết hạn giữ.")
    return storage.get(row.faults_key)


def _key(import_id: UUID, name: str) -> str:
    return f"imports/staff/{import_id}/{name}"


def _owe(import_id: UUID) -> None:
    outbox.put(IMPORT, f"{IMPORT}/{import_id}", "local", {"import": str(import_id)})
