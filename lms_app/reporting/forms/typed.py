"""What people type into forms and filters, read field by field with what is wrong in words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from lms_app.core import tables
from lms_app.core.errors import Invalid
from lms_app.core.typed import line

LONGEST = 300
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Typed:
    """A form on its way to values. `errors`: field -> what is wrong with it; reading goes on after each."""

    form: Mapping[str, str]
    errors: dict[str, Invalid] = field(default_factory=dict)

    def line(self, name: str, most: int = LONGEST, missing: str = "") -> str:
        """`missing`: the sentence for an empty field that may not be empty."""
        found = line(self.form.get(name, ""))
        if not found and missing:
            self.errors[name] = Invalid(missing)
        elif len(found) > most:
            self.errors[name] = Invalid(
                "Ô này có %(found)s ký tự, nhiều nhất là %(most)s. Hãy rút gọn.", found=len(found), most=most
            )
        return found[:most]

    def day(self, name: str, missing: str = "") -> date | None:
        return self.read(name, tables.day, missing)

    def one_of(self, name: str, choices: Collection[str], wrong: str) -> str:
        found = self.form.get(name, "")
        if found not in choices:
            self.errors[name] = Invalid(wrong)
        return found

    def read(self, name: str, reader: Callable[[str], T], missing: str = "") -> T | None:
        """What `reader` makes of the line, which raises `Invalid` for what it cannot take; None for an empty one."""
        found = line(self.form.get(name, ""))
        try:
            if found:
                return reader(found)
            if missing:
                raise Invalid(missing)
        except Invalid as wrong:
            self.errors[name] = wrong
        return None

    def in_order(self, first: date | None, name: str, last: date | None) -> None:
        """Note an error at `name` when the last day of a period stands before its first."""
        if first and last and last < first:
            self.errors[name] = Invalid("Ngày cuối đứng trước ngày đầu. Hãy xem lại.")
