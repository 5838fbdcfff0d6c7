"""A staff list as an officer reads it: the same lines on the page and in the file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.accounts.forms.staff import Sought
from lms_app.accounts.queries import staff
from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.organisations.groups import GROUPS

MOST = 50_000
"""Lines of one file."""

HEADER = ("Họ và tên", "Mã CBCCVC", "Ngày sinh", "Đơn vị", "Chức vụ", "Nhóm", "Thư điện tử")
TOO_MANY = "Có %(found)s người khớp, mỗi lần tải nhiều nhất %(most)s. Hãy lọc theo đơn vị hoặc nhóm."


@dataclass(frozen=True, slots=True)
class Line:
    """One person. `born`: a day, or a year alone. `units`, `positions`, `groups`: of each post in reach, in order."""

    id: UUID
    name: str
    staff_code: str
    born: date | int | None
    units: tuple[str, ...]
    positions: tuple[str, ...]
    groups: tuple[str, ...]
    email: str


def lines(sought: Sought, roots: Sequence[UUID], within: Sequence[UUID], most: int, skip: int = 0) -> list[Line]:
    """Who was sought in the trees of `roots`, with their posts in all that the officer looks after (`within`)."""
    found = staff.some(sought, roots, most, skip)
    posts = staff.posts([one.id for one in found], within, sought.day) if found else {}
    return [_line(one, posts.get(one.id, ())) for one in found]


def cells(one: Line, say: Callable[[str], str]) -> tables.Row:
    """A line under `HEADER`; `say` puts words into the reader's language."""
    groups = [say(group) for group in one.groups]
    posts = ("; ".join(filter(None, words)) for words in (one.units, one.positions, groups))
    return (one.name, one.staff_code, one.born, *posts, one.email)


def table(found: Sequence[Line], say: Callable[[str], str], above: Sequence[str]) -> bytes:
    """The lines as xlsx."""
    header = [say(name) for name in HEADER]
    return tables.write(header, (cells(one, say) for one in found), title=say("Danh sách cán bộ"), above=above)


def check_length(found: int) -> None:
    if found > MOST:
        raise Invalid(TOO_MANY, found=found, most=MOST)


def _line(person: Row[Any], posts: Sequence[Row[Any]]) -> Line:
    return Line(
        person.id,
        person.name,
        person.staff_code or "",
        person.birth_date or person.birth_year,
        tuple(post.unit for post in posts),
        tuple(post.position for post in posts),
        tuple(GROUPS.get(post.group, post.group) for post in posts),
        person.email or "",
    )
