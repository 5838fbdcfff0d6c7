"""Units of an organisation. Names change and units merge: never key by name."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms_app.core.db import Base, Id


class Unit(Base):
    """An office people work in."""

    __tablename__ = "unit"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
