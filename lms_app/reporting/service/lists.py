"""The list behind a number of the coverage table, as cells that page and file share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from lms_app.core import tables
from lms_app.core.site import settings
from lms_app.organisations.groups import GROUPS
from lms_app.reporting.queries import lists as queries
from lms_app.reporting.queries.lists import OVERDUES, STAFF, TRAINED, TURNS, UNTRAINED
from lms_app.web.i18n import say

PIECE = 1000
NAMES = {
    STAFF: "Người đang làm việc",
    TRAINED: "Người đã đạt",
    UNTRAINED: "Người chưa đạt",
    OVERDUES: "Người quá hạn",
    TURNS: "Lượt học",
}
HEADER = ("Họ và tên", "Mã CBCCVC", "Đơn vị", "Chức vụ", "Nhóm")
COURSES = {OVERDUES: "Khóa học, hạn hoàn thành", UNTRAINED: ""}
USUAL = "Khóa học, ngày hoàn thành"


class Line(NamedTuple):
    """One person, or one completion of a person."""

    person_id: UUID
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """Which list: `what` (see `queries.lists`), within which scope (`service.coverage.scope`), in which language."""

    what: str
    scope: Mapping[str, Any]
    lang: str = "vi"

    @property
    def header(self) -> tuple[str, ...]:
        last = COURSES.get(self.what, USUAL)
        return tuple(str(say(self.lang, name)) for name in (*HEADER, last) if name)

    def count(self) -> int:
        return queries.count(self.what, self._parameters())

    def lines(self, most: int = queries.EVERYTHING, offset: int = 0) -> Iterator[Line]:
        """By name; several posts or courses of one person stand in one cell, apart by semicolons."""
        scope = self._parameters()
        found = queries.page(self.what, scope, most, offset)
        for at in range(0, len(found), PIECE):
            yield from self._piece(found[at : at + PIECE], scope)

    def xlsx(self, above: Sequence[str]) -> bytes:
        return tables.write(
            self.header, (line.cells for line in self.lines()), title=str(say(self.lang, NAMES[self.what])), above=above
        )

    def _parameters(self) -> dict[str, Any]:
        return {**self.scope, "lang": self.lang}

    def _piece(self, found: Sequence[Row[Any]], scope: Mapping[str, Any]) -> Iterator[Line]:
        people = list({one.id for one in found})
        posts, courses = _by_person(queries.posts(people, scope)), self._courses(people, scope)
        for one in found:
            there = posts.get(one.id, [])
            units = "; ".join(dict.fromkeys(post.name for post in there))
            positions = "; ".join(dict.fromkeys(post.position for post in there if post.position))
            groups = "; ".join(dict.fromkeys(str(say(self.lang, GROUPS.get(post.group, post.group))) for post in there))
            learnt = [one] if self.what == TURNS else courses.get(one.id, [])
            last = () if self.what == UNTRAINED else ("; ".join(_course(course) for course in learnt),)
            yield Line(one.id, (one.name, one.staff_code or "", units, positions, groups, *last))

    def _courses(self, people: Sequence[UUID], scope: Mapping[str, Any]) -> dict[UUID, list[Row[Any]]]:
        if self.what in (TURNS, UNTRAINED):
            return {}
        return _by_person((queries.late if self.what == OVERDUES else queries.done)(people, scope))


def _by_person(found: Sequence[Row[Any]]) -> dict[UUID, list[Row[Any]]]:
    kept: dict[UUID, list[Row[Any]]] = {}
    for one in found:
        kept.setdefault(one.person_id, []).append(one)
    return kept


def _course(learnt: Row[Any]) -> str:
    """`Kỹ năng số cơ bản (23/11/2026)`."""
    day = learnt.at.astimezone(settings().zone).date() if learnt.at else learnt.on
    title = f"{learnt.title}, {learnt.issuer}" if learnt.issuer else learnt.title
    return f"{title} ({day:%d/%m/%Y})"
