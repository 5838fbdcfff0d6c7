"""Lines of the lists of this part, a cell at a time: what a page shows is what its file holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from lms_app.core import site
from lms_app.web.i18n import _

STATES = {
    "owed": ("Chờ gửi", "", "clock"),
    "sending": ("Đang gửi", "", "clock"),
    "sent": ("Đã gửi", "ok", "check"),
    "skipped": ("Không gửi", "warn", "x"),
    "unclear": ("Chưa rõ đã gửi chưa", "err", "warn"),
}
KINDS = {"before": "Trước hạn", "after": "Sau hạn", "manual": "Nhắc tay"}


class Cell(NamedTuple):
    """A cell of a list, the same in its page and its file. `kind` and `sign` draw it as a chip."""

    text: str
    kind: str = ""
    sign: str = ""


def people_columns(courses: Sequence[str]) -> list[str]:
    """Of the list of an assignment's people: one column for each course."""
    return [_("Họ và tên"), _("Đơn vị"), *courses, _("Hạn"), _("Thư điện tử"), _("Thư nhắc gần nhất")]


def person_line(person: Any) -> list[Cell]:
    """`person` as `service.assigning.Person`."""
    ahead = [one.due_at for one in person.enrolments if one is not None and one.due_at and not one.completed_at]
    return [
        Cell(person.name),
        Cell(person.units),
        *map(_progress, person.enrolments),
        Cell(_day(min(ahead)) if ahead else ""),
        _address(person.email, wants=person.wants),
        _mail(person.mail) if person.mail else Cell(""),
    ]


def reminder_columns() -> list[str]:
    names = [_("Họ và tên"), _("Thư điện tử"), _("Đợt giao"), _("Loại thư"), _("Tình trạng"), _("Lúc gửi"), _("Vì sao")]
    return [*names, _("Người đặt")]


def reminder_line(reminder: Any) -> list[Cell]:
    """One line of the log; `reminder` as `queries.reminding.log` reads it. Nobody ordered what the rule asked for."""
    text, kind, sign = STATES[reminder.state]
    by = reminder.owed_by or _("Tự động")
    return [
        Cell(reminder.name),
        Cell(reminder.email or _("chưa có số liệu")),
        Cell(reminder.title),
        Cell(_(KINDS[reminder.kind])),
        Cell(_(text), kind, sign),
        Cell(_moment(reminder.sent_at) if reminder.sent_at else ""),
        Cell(_(reminder.why) if reminder.why else ""),
        Cell(f"{by}, {_moment(reminder.owed_at)}"),
    ]


def _progress(enrolment: Any) -> Cell:
    if enrolment is None:
        return Cell(_("Đang ghi danh"), "", "clock")
    if enrolment.completed_at:
        return Cell(_("Xong ngày %(day)s", day=_day(enrolment.completed_at)), "ok", "check")
    text = _("Đang học") if enrolment.stamp else _("Chưa học")
    if enrolment.due_at and site.day_of(enrolment.due_at) < site.today():
        return Cell(_("%(state)s, quá hạn", state=text), "err", "warn")
    return Cell(text, "warn", "clock")


def _address(email: str | None, *, wants: bool) -> Cell:
    if email is None:
        return Cell(_("chưa có số liệu"))
    return Cell(email if wants else f"{email} ({_('đã tắt thư nhắc')})")


def _mail(reminder: Any) -> Cell:
    text, kind, sign = STATES[reminder.state]
    return Cell(f"{_(text)}, {_moment(reminder.sent_at or reminder.owed_at)}", kind, sign)


def _day(at: datetime) -> str:
    return f"{site.local(at):%d/%m/%Y}"


def _moment(at: datetime) -> str:
    return f"{site.local(at):%H:%M, %d/%m/%Y}"
