"""Which post of a person a row of a list means, and what it changes about it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from lms_app.accounts.forms.listed import Line
from lms_app.core.errors import Invalid

FIELDS = ("position", "group", "duty", "since", "until")
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Meant:
    """`post`: what the row means, None for one that begins. `after`: what changes of it. `ended`: what it replaces."""

    line: Line
    post: Row[Any] | None
    after: dict[str, Any]
    ended: Row[Any] | None = None

    def begins(self, today: date) -> bool:
        """Whether the row makes somebody work where they do not: by a new post, or by one that had ended."""
        return self.post is None or self.after.get("until", date.min) >= today


def holds(post: Row[Any], day: date) -> bool:
    return bool(post.since <= day and (post.until is None or post.until >= day))


def meant(lines: Sequence[Line], posts: Sequence[Row[Any]], today: date) -> list[Meant]:
    """A row means the post in its unit and group; else, in the same unit, the one that changes its group; else none."""
    left = list(posts)
    found: dict[int, Row[Any]] = {}
    for line in lines:
        post = next((one for one in left if _is_it(one, line, today)), None)
        if post is not None:
            left.remove(post)
            found[line.at] = post
    return [_compared(line, found[line.at]) if line.at in found else _new(line, left, today) for line in lines]


def _is_it(post: Row[Any], line: Line, today: date) -> bool:
    if (post.unit_id, post.group) != (line.unit_id, line.group):
        return False
    is_open = post.until is None or post.until >= today
    return is_open or line.since == post.since or line.until == post.until


def _compared(line: Line, post: Row[Any]) -> Meant:
    said = {name: getattr(line, name) for name in ("position", "duty", "since", "until")}
    after = {name: value for name, value in said.items() if value and value != getattr(post, name)}
    _check(after.get("since", post.since), after.get("until", post.until))
    return Meant(line, post, after)


def _new(line: Line, left: list[Row[Any]], today: date) -> Meant:
    """Another group in the same unit ends the post there the day before, so that figures of earlier days stay true."""
    since = line.since or today
    _check(since, line.until)
    before = next(
        (one for one in left if one.unit_id == line.unit_id and (one.until is None or one.until >= today)), None
    )
    if before is None:
        return Meant(line, None, {})
    left.remove(before)
    if since <= before.since:
        compared = _compared(line, before)
        return Meant(line, before, compared.after | {"group": line.group, "duty": line.duty})
    return Meant(line, None, {}, before)


def _check(since: date, until: date | None) -> None:
    if until and until < since:
        raise Invalid(
            "Thôi giữ ngày %(until)s, trước khi bắt đầu ngày %(since)s. Ghi Từ ngày đúng, hoặc sửa Đến ngày.",
            {"until": ""},
            until=f"{until:%d/%m/%Y}",
            since=f"{since:%d/%m/%Y}",
        )
