"""What a request asks of coverage, for whom: read once, shared by pages and files."""

from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import urlencode

from flask import request

from lms_app.accounts.login import me
from lms_app.accounts.queries import reach
from lms_app.core.errors import Invalid, NotFound
from lms_app.organisations.groups import GROUPS
from lms_app.reporting.figures import Asked, Coverage
from lms_app.reporting.forms import asked as forms
from lms_app.reporting.forms.asked import ALL, YEAR
from lms_app.reporting.forms.coverage import SORTS, Filter
from lms_app.reporting.queries import coverage as queries
from lms_app.reporting.queries import lists
from lms_app.reporting.service import coverage
from lms_app.web.i18n import _, language, today

NOTHING = "Vào ngày này anh chị chưa phụ trách đơn vị nào. Hãy chọn ngày khác."
EVERYTHING = "Các đơn vị anh chị phụ trách"


class Question:
    """What a table of figures is asked: `filter` as its address says it, `asked` with the asker's reach."""

    filter: forms.Asked
    asked: Asked

    def strictly(self) -> Self:
        """For files, which have no place to say what is wrong. Raises `Invalid`."""
        for sentence in self.filter.errors.values():
            raise Invalid(sentence)
        return self

    def period(self) -> str:
        """`từ 01/01/2026 đến hết ngày 23/11/2026`."""
        until = f"{self.asked.day:%d/%m/%Y}"
        if self.filter.period == ALL:
            return str(_("từ đầu đến hết ngày %(until)s", until=until))
        return str(_("từ %(since)s đến hết ngày %(until)s", since=f"{self.asked.since:%d/%m/%Y}", until=until))

    def wrong(self) -> list[tuple[str, str]]:
        """What is wrong with the filters, each with the place to mend it."""
        return [(_(sentence), f"#{name}") for name, sentence in self.filter.errors.items()]


class CoverageQuestion(Question):
    """`path`: the units above the one asked about, itself at the end; () where the asker has several highest units
    and has chosen none, which are `tops` then. Raises `NotFound` for a unit out of reach, or not there on the day.
    """

    def __init__(self) -> None:
        self.today = today()
        self.courses = {course.id: course.title for course in lists.courses(language())}
        self.filter: Filter = Filter.read(request.args, self.today, self.courses)
        roots = reach.roots(me())
        self.tops: Sequence[Any] = () if self.filter.unit else queries.tops(roots, self.filter.day)
        unit = self.filter.unit or next((top.id for top in self.tops), None)
        if unit is None:
            raise NotFound(NOTHING)
        asked = self.filter
        self.asked = Asked(unit, roots, asked.day, asked.since, asked.group, asked.course)
        self.path = () if len(self.tops) > 1 else coverage.above(self.asked)

    @property
    def name(self) -> str:
        return str(self.path[-1].name) if self.path else str(_(EVERYTHING))

    @property
    def scope(self) -> dict[str, Any]:
        starts = [self.asked.unit_id] if self.path else [top.id for top in self.tops]
        return coverage.scope(self.asked, starts, own=self.filter.own)

    def table(self) -> Coverage:
        if self.path:
            return coverage.table(self.asked)
        return coverage.table_of_tops(self.asked, [top.id for top in self.tops])

    def link(self, path: str, **changed: object) -> str:
        """An address that asks the same, with some of it changed."""
        values = self.filter.address(self.today, **changed)
        return f"{path}?{urlencode(values)}" if values else path

    def heading(self) -> list[str]:
        """What stands above a list in a file."""
        course = self.courses.get(self.asked.course, _("Bất kỳ khóa nào"))
        return [self.name, f"{self.who()}, {self.period()}. {course}."]

    def who(self) -> str:
        """The group asked about, in words."""
        return _(GROUPS.get(self.asked.group, "Tất cả công chức, viên chức, người lao động"))

    def periods(self) -> dict[str, str]:
        return {YEAR: _("Năm %(year)s", year=self.asked.day.year), ALL: _("Tích lũy từ đầu")}

    def groups(self) -> dict[str, str]:
        return {group: _(name) for group, name in GROUPS.items()}

    def sorts(self) -> dict[str, str]:
        return {sort: _(name) for sort, name in SORTS.items()}
