"""Who did what to what. Append-only: nothing here updates or deletes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core import clock
from lms_app.core.db import Base, Serial, db


class AuditEntry(Base):
    """One act. `actor` is a person's id as text, `cli` or `system`; `detail` holds no secret and no answer."""

    __tablename__ = "audit_entry"
    __table_args__ = {"sqlite_autoincrement": True}
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80), index=True)
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


def note(actor: object, action: str, subject: object, **detail: Any) -> None:
    """Write down one act in the caller's transaction: `note(person.id, "certificate.revoke", code, reason=...)`."""
    db.session.add(AuditEntry(at=clock.now(), actor=str(actor), action=action, subject=str(subject), detail=detail))
