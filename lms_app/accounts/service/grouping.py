"""Rows of one list that are about the same person: by staff code or e-mail, as long as they agree. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row

from lms_app.accounts.forms.columns import LABELS
from lms_app.accounts.forms.listed import Line, keys
from lms_app.core.errors import Invalid
from lms_app.core.listed import Fault
from lms_app.core.text import fold

PERSONAL = {
    "name": "name",
    "staff_code": "staff_code",
    "email": "email",
    "birth_date": "born",
    "birth_year": "born",
    "sex": "sex",
    "phone": "phone",
}
"""What belongs to a person, not to a post -> its column."""

POST = ("position", "duty", "since", "until")


@dataclass(slots=True)
class Somebody:
    """`person` has of the personal data what any of the rows says. `lines`: one a post. `repeated`: how many more."""

    person: Line
    lines: list[Line]
    repeated: int = 0

    def changes(self, stored: Row[Any]) -> dict[str, Any]:
        """The new values of their own data. An empty cell changes nothing; case alone is no other name."""
        said = self.person
        named = said.name.casefold() != stored.name.casefold()
        born = said.birth_date and said.birth_date != stored.birth_date
        if (
            born
            and named
            and fold(said.name) != fold(stored.name)
            and stored.birth_date
            and not _both_keys(said, stored)
        ):
            raise Invalid(
                "Trong hệ thống, mã hoặc email này là của người khác tên và khác ngày sinh. Kiểm tra mã và email."
            )
        if said.birth_year and stored.birth_date and said.birth_year != stored.birth_date.year:
            raise Invalid("Năm sinh khác với ngày sinh trong hệ thống. Ghi đủ ngày sinh, hoặc để trống.", {"born": ""})
        wanted = {key: getattr(said, key) for key in ("email", "staff_code", "sex", "phone")}
        if not stored.birth_date:
            wanted["birth_year"] = said.birth_year
        after = {key: value for key, value in wanted.items() if value and value != getattr(stored, key)}
        if born:
            after |= {"birth_date": said.birth_date, "birth_year": None}
        if named:
            after["name"] = said.name
        return after | ({"name_source": "own"} if stored.name_source != "own" else {})


def grouped(lines: Sequence[Line]) -> tuple[list[Somebody], dict[int, list[Fault]]]:
    """Everybody in the order of their first row, and what is wrong with the rows of people about whom they disagree."""
    people: list[Somebody] = []
    faults: dict[int, list[Fault]] = {}
    for group in _groups(lines):
        found = list(_disagreements(group)) if len(group) > 1 else []
        if found:
            told = {fault.at for fault in found}
            found += [_because_of(line, found[0].at) for line in group if line.at not in told]
            for fault in found:
                faults.setdefault(fault.at, []).append(fault)
        else:
            people.append(_merged(group))
    return people, faults


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """A row with the code of one and the e-mail of another makes them one."""
    group_of: dict[str, list[Line]] = {}
    for line in lines:
        found = [group_of[key] for key in keys(line.staff_code, line.email) if key in group_of]
        group = found[0] if found else []
        if len(found) > 1 and found[1] is not group:
            group += found[1]
            for other in found[1]:
                group_of |= dict.fromkeys(filter(None, keys(other.staff_code, other.email)), group)
        group.append(line)
        group_of |= dict.fromkeys(filter(None, keys(line.staff_code, line.email)), group)
    seen: set[int] = set()
    for group in group_of.values():
        if id(group) not in seen:
            seen.add(id(group))
            yield sorted(group, key=lambda line: line.at)


def _disagreements(group: Sequence[Line]) -> Iterator[Fault]:
    """Of each column the first two rows that say different things, each naming the other."""
    for name, column in PERSONAL.items():
        said = [line for line in group if getattr(line, name)]
        other = next((line for line in said[1:] if _differ(line, said[0], name)), None)
        if other is not None:
            yield _against(said[0], other, name, column)
            yield _against(other, said[0], name, column)
            return
    posts: dict[tuple[object, str], Line] = {}
    for line in group:
        before = posts.setdefault((line.unit_id, line.group), line)
        differing = [name for name in POST if getattr(line, name) != getattr(before, name)]
        for name in differing[:1]:
            column = "group" if name == "duty" else name
            yield _against(before, line, name, column)
            yield _against(line, before, name, column)


def _differ(one: Line, other: Line, name: str) -> bool:
    mine, theirs = getattr(one, name), getattr(other, name)
    return bool(mine.casefold() != theirs.casefold() if name == "name" else mine != theirs)


def _against(line: Line, other: Line, name: str, column: str) -> Fault:
    sentence = "Dòng %(other)s là cùng một người (cùng mã hoặc email) nhưng ghi %(theirs)s. Sửa cho khớp, hoặc sửa mã."
    values = {"other": other.at, "theirs": said(getattr(other, name))}
    return Fault(line.at, line.name, LABELS[column], said(getattr(line, name)), sentence, values)


def _because_of(line: Line, other: int) -> Fault:
    sentence = "Dòng %(other)s, cùng người này, đang sai. Sửa dòng đó rồi gửi lại."
    return Fault(line.at, line.name, LABELS["name"], line.name, sentence, {"other": other})


def said(value: Any) -> str:
    """A value as a list says it."""
    return f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else str(value or "")[:60]


def _merged(group: list[Line]) -> Somebody:
    if len(group) == 1:
        return Somebody(group[0], group)
    values = {name: next((one for line in group if (one := getattr(line, name))), None) for name in PERSONAL}
    posts: dict[tuple[object, str], Line] = {}
    for line in group:
        posts.setdefault((line.unit_id, line.group), line)
    first = {name: value if value is not None else getattr(group[0], name) for name, value in values.items()}
    return Somebody(replace(group[0], **first), list(posts.values()), len(group) - len(posts))


def _both_keys(line: Line, stored: Row[Any]) -> bool:
    return bool(line.staff_code == stored.staff_code and line.email == stored.email)
