"""Reports that HR asked for, made in the background."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id


class Report(Base):
    """One report on its way: waiting, working, done or failed (`error` is a sentence).

    `kind`: see `duties.py`. `unit_id`: the unit it is about, with all below it, as of `day`. `signer`: under
    which title it is signed. `files`: ending (xlsx, pdf, csv, json) -> bytes, once all of them are there.
    """

    __tablename__ = "report"
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    day: Mapped[date]
    signer: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(10))
    error: Mapped[str] = mapped_column(String(500), default="")
    files: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by_name: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
