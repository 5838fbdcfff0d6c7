"""What a staff list would change: its rows matched with the people we know, and nothing written.

People are matched by staff code or e-mail, never by name and birth date. Whoever works out of the sender's reach is not
taken by a list: their office ends that post first, or HR of all adds another. Of who works in both, nothing personal is
changed or said; who works nowhere is taken if the name agrees.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.accounts.forms.columns import LABELS
from lms_app.accounts.forms.listed import Line, Reader, keys
from lms_app.accounts.forms.places import Places
from lms_app.accounts.queries import imports as known
from lms_app.accounts.service import posts
from lms_app.accounts.service.grouping import PERSONAL, Somebody, grouped, said
from lms_app.accounts.service.listing import Listed
from lms_app.core.errors import Invalid
from lms_app.core.listed import Fault
from lms_app.core.text import fold

NEW, CHANGED, UNCHANGED, WRONG, ABSENT = "new", "changed", "unchanged", "wrong", "absent"
PIECE = 1000
SHOWN = 50


@dataclass(frozen=True)
class Reach:
    """`roots`: of whose trees the sender looks after the staff. `everybody`: also those who work nowhere."""

    roots: tuple[UUID, ...]
    everybody: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One changed value of a row, to be shown. `column` is a header; `before` "" where there was nothing."""

    at: int
    name: str
    column: str
    before: str
    after: str


@dataclass
class Difference:
    """All that is to be written, and what is shown of it. Rows are counted; `absent` are posts nobody listed."""

    day: date
    units: Places
    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    faults: dict[int, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    changes: list[Change] = field(default_factory=list)
    new_people: list[Somebody] = field(default_factory=list)
    mended: list[tuple[Row[Any], dict[str, Any]]] = field(default_factory=list)
    new_posts: list[tuple[UUID, Line]] = field(default_factory=list)
    changed_posts: list[tuple[Row[Any], dict[str, Any]]] = field(default_factory=list)
    absent: list[Row[Any]] = field(default_factory=list)

    def digest(self) -> str:
        """Tells this difference from another: what is written must be what was looked at."""
        found = hashlib.sha256(repr((self.day, sorted(self.counts.items()))).encode())
        for part in (self.new_people, self.mended, self.new_posts, self.changed_posts, self.absent):
            for one in part:
                found.update(repr(one).encode())
        return found.hexdigest()

    def show(self, line: Line, name: str, before: Any, after: Any) -> None:
        if len(self.changes) < SHOWN:
            self.changes.append(Change(line.at, line.name, LABELS[name], said(before), said(after)))

    def refuse(self, faults: Mapping[int, list[Fault]]) -> None:
        for at, found in faults.items():
            self.faults[at] += found


def compare(listed: Listed, reach: Reach, day: date, tell: Callable[[int], None]) -> Difference:
    """Read-only. `tell` hears now and then how far it is, of twice as many rows as there are: read, then matched."""
    units = Places((one.id, one.code, one.name) for one in known.units(reach.roots, day))
    found = Difference(day, units)
    reader = Reader(listed.places, units, day)
    lines = list(_right(listed, reader, found, tell))
    del listed  # whoever does not need it any more has its memory back
    people, disagreeing = grouped(lines)
    found.refuse(disagreeing)
    for line in lines:
        if line.at in disagreeing:
            reader.spoilt.update(keys(line.staff_code, line.email))
    matcher = _Matcher(found, reach, reader.spoilt)
    for at in range(0, len(people), PIECE):
        matcher.match(people[at : at + PIECE])
        tell(found.total + at)
    found.counts[WRONG] = len(found.faults)
    matcher.find_absent({line.unit_id for line in lines if line.at not in found.faults})
    found.counts[ABSENT] = len(found.absent)
    return found


def _right(listed: Listed, reader: Reader, found: Difference, tell: Callable[[int], None]) -> Iterator[Line]:
    for at in range(listed.first, len(listed.lines)):
        read = reader.read(at + 1, listed.row(at))
        if read is None:
            continue
        found.total += 1
        if isinstance(read, Line):
            yield read
        else:
            found.faults[at + 1] = read
        if found.total % PIECE == 0:
            tell(found.total)


class _Matcher:
    def __init__(self, found: Difference, reach: Reach, spoilt: set[str]) -> None:
        self.found, self.reach, self.spoilt = found, reach, spoilt
        self.roles: frozenset[UUID] = frozenset()
        self.listed: set[UUID] = set()
        """Posts that a row means, or that are not to be judged since a row about their person is wrong."""

    def match(self, people: Sequence[Somebody]) -> None:
        """Of one piece: three statements, however many people."""
        codes, emails = ({getattr(one.person, key) for one in people} - {""} for key in ("staff_code", "email"))
        rows = known.people(codes, emails)
        by_code, by_email = ({getattr(row, key): row for row in rows} for key in ("staff_code", "email"))
        ids = [row.id for row in rows]
        self.roles = known.role_holders(ids)
        posts_of: dict[UUID, list[Row[Any]]] = defaultdict(list)
        for post in known.posts(ids):
            posts_of[post.person_id].append(post)
        for one in people:
            alike = {row for row in (by_code.get(one.person.staff_code), by_email.get(one.person.email)) if row}
            try:
                self._take(one, alike, posts_of)
            except Invalid as wrong:
                self._refuse(one, wrong)
                self.listed |= {post.id for row in alike for post in posts_of[row.id]}

    def _take(self, one: Somebody, alike: set[Row[Any]], posts_of: Mapping[UUID, list[Row[Any]]]) -> None:
        if len(alike) > 1:
            raise Invalid(
                "Mã CBCCVC và email của dòng này là của hai người khác nhau trong hệ thống. Sửa mã hoặc email."
            )
        day = self.found.day
        if not alike:
            posts.meant(one.lines, [], day)
            self.found.new_people.append(one)
            return self._count(one, NEW, len(one.lines))
        [person] = alike
        theirs = posts_of[person.id]
        meant = posts.meant(one.lines, list(filter(self._is_inside, theirs)), day)
        if any(each.begins(day) for each in meant):
            self._check_free(one, theirs)
        after = self._mended(one, person, theirs)
        touched = self._note_person(one, person, after)
        for each in meant:
            self._note_post(person.id, each, touched)
        return self._count(one, CHANGED, len(touched))

    def _mended(self, one: Somebody, person: Row[Any], theirs: Sequence[Row[Any]]) -> dict[str, Any]:
        """The personal data that this list changes."""
        if not self._looks_after(theirs):
            if fold(person.name) != fold(one.person.name):
                raise Invalid(
                    "Mã hoặc email này là của một người họ tên khác, ngoài phạm vi của anh chị. Kiểm tra mã và email."
                )
            return {}
        after = one.changes(person)
        if "email" in after and person.id in self.roles:
            raise Invalid(
                "Người này giữ quyền trong hệ thống nên email không đổi bằng danh sách. Hãy báo quản trị viên."
            )
        return after

    def _looks_after(self, theirs: Sequence[Row[Any]]) -> bool:
        """Whether all that the person does today lies in reach."""
        inside = [self._is_inside(post) for post in theirs if posts.holds(post, self.found.day)]
        return self.reach.everybody or (bool(inside) and all(inside))

    def _check_free(self, one: Somebody, theirs: Sequence[Row[Any]]) -> None:
        """Raises `Invalid` for whoever works for others, and not here too, when the listed post begins."""
        begins = max(self.found.day, min(line.since or self.found.day for line in one.lines))
        inside = [self._is_inside(post) for post in theirs if posts.holds(post, begins)]
        if inside and not any(inside) and not self.reach.everybody:
            raise Invalid(
                "Mã hoặc email này là của một người đang làm việc ngoài phạm vi của anh chị. Nếu người ấy chuyển đến,"
                " hãy nhờ nơi cũ ghi ngày kết thúc. Nếu kiêm nhiệm, hãy báo cán bộ nhân sự phụ trách tất cả."
            )

    def _is_inside(self, post: Row[Any]) -> bool:
        return post.unit_id in self.found.units.names

    def _note_person(self, one: Somebody, person: Row[Any], after: dict[str, Any]) -> set[int]:
        """The rows that this touches: the first, or none."""
        if not after:
            return set()
        self.found.mended.append((person, after))
        for name, value in after.items():
            if name == "name_source" and "name" not in after:
                self.found.show(one.lines[0], "name", "", person.name)
            elif name in PERSONAL and value is not None:
                self.found.show(one.lines[0], PERSONAL[name], getattr(person, name), value)
        return {one.lines[0].at}

    def _note_post(self, person_id: UUID, each: posts.Meant, touched: set[int]) -> None:
        line, found = each.line, self.found
        self.listed |= {post.id for post in (each.post, each.ended) if post is not None}
        if each.post is not None:
            if each.after:
                found.changed_posts.append((each.post, each.after))
            for name, value in each.after.items():
                found.show(line, "group" if name == "duty" else name, getattr(each.post, name), value)
        else:
            found.new_posts.append((person_id, line))
        if each.ended is not None:
            until = (line.since or found.day) - posts.A_DAY
            found.changed_posts.append((each.ended, {"until": until}))
            found.show(line, "group", each.ended.group, line.group)
        elif each.post is None:
            found.show(line, "unit_name", "", found.units.names[line.unit_id])
        if each.post is None or each.after:
            touched.add(line.at)

    def _count(self, one: Somebody, kind: str, rows: int) -> None:
        self.found.counts[kind] += rows
        self.found.counts[UNCHANGED] += len(one.lines) + one.repeated - rows

    def _refuse(self, one: Somebody, wrong: Invalid) -> None:
        usual = "staff_code" if one.person.staff_code else "email"
        name = next(iter(wrong.fields), usual)
        attribute = "birth_year" if name == "born" else name
        for line in one.lines:
            typed = said(getattr(line, attribute))
            self.found.faults[line.at].append(
                Fault(line.at, line.name, LABELS[name], typed, wrong.message, wrong.values)
            )

    def find_absent(self, units: set[UUID]) -> None:
        """Posts in the units of the list that no row means. Nothing is said of people whose rows are wrong."""
        for post in known.present(units, self.found.day):
            is_spoilt = self.spoilt & {f"#{post.staff_code}", post.email}
            if post.id not in self.listed and not is_spoilt:
                self.found.absent.append(post)
