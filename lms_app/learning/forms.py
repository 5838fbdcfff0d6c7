"""What HR asks of staff, as typed: who, which courses, by which day."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from lms_app.core.typed import chosen_id, day, line
from lms_app.organisations.groups import GROUPS

MOST_COURSES = 6
LONGEST_TITLE, LONGEST_NOTE = 200, 500
FURTHEST = timedelta(days=3 * 366)
SHOWS = ("all", "unfinished", "overdue", "noaddress")
STATES = ("open", "closed", "all")


@dataclass(frozen=True)
class Due:
    """The last day; None with a sentence in `error`."""

    day: date | None
    error: str = ""

    @classmethod
    def read(cls, typed: str, today: date) -> "Due":
        found = day(typed)
        if found is None:
            return cls(None, "Ghi hạn hoàn thành là một ngày, ví dụ 15/12/2026.")
        if found <= today:
            return cls(None, "Hạn phải sau ngày hôm nay. Hãy chọn ngày khác.")
        if found > today + FURTHEST:
            return cls(None, "Hạn xa quá 3 năm. Hãy xem lại năm.")
        return cls(found)


@dataclass(frozen=True)
class Order:
    """An assignment to be. `unit` and `due` are None, and `courses` empty, where `errors` says so."""

    title: str
    unit: UUID | None
    group: str
    courses: tuple[str, ...]
    due: date | None
    note: str
    errors: dict[str, str]

    @classmethod
    def read(cls, form: Mapping[str, str], today: date) -> "Order":
        title, note, group = line(form.get("title", "")), line(form.get("note", "")), form.get("group", "")
        unit, due = chosen_id(form.get("unit", "")), Due.read(form.get("due", ""), today)
        places = [f"course-{at}" for at in range(1, MOST_COURSES + 1)]
        chosen = {place: form.get(place, "") for place in places if form.get(place)}
        errors = {"due": due.error} if due.error else {}
        if unit is None:
            errors["unit"] = "Chọn đơn vị được giao."
        if group and group not in GROUPS:
            errors["group"] = "Chọn một nhóm có trong danh sách."
        if not chosen:
            errors["course-1"] = "Chọn ít nhất một khóa học."
        for place, course in chosen.items():
            if course in [chosen[other] for other in chosen if other < place]:
                errors[place] = "Khóa này đã chọn ở trên. Hãy bỏ bớt một."
        if len(title) > LONGEST_TITLE:
            errors["title"] = "Tên dài quá 200 ký tự. Hãy rút gọn."
        if len(note) > LONGEST_NOTE:
            errors["note"] = "Lời nhắn dài quá 500 ký tự. Hãy rút gọn."
        return cls(title, unit, group, tuple(chosen.values()), due.day, note, errors)

    def seen(self, people: int) -> str:
        """Tells whether it is still what was previewed, for as many people."""
        said = (self.title, self.unit, self.group, self.courses, self.due, self.note, people)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]
