"""Which units are meant by codes or names that somebody typed."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from lms_app.core.errors import Invalid
from lms_app.organisations.queries import units as queries
from lms_app.organisations.service.units import said


def several(typed: Sequence[str], day: date) -> tuple[UUID, ...]:
    """Those that are there on that day, each by its code or by a name that only one has. Raises `Invalid`."""
    found = queries.named(typed, day)
    for text, alike in found.items():
        if not alike:
            raise Invalid(
                "Không có đơn vị %(typed)s vào ngày %(day)s. Hãy ghi mã đơn vị.", typed=text[:80], day=said(day)
            )
        if len(alike) > 1:
            raise Invalid(
                "Có %(n)s đơn vị tên %(typed)s. Hãy ghi mã: %(codes)s.",
                n=len(alike), typed=text[:80], codes=", ".join(one.code for one in alike[:5]),
            )  # fmt: skip
    return tuple(found[text][0].id for text in typed)


def one(typed: str, day: date) -> UUID:
    return several([typed], day)[0]
