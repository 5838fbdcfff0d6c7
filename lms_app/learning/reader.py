"""What the pages of this part show: small frozen values made from rows. No database, no request."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from markupsafe import Markup

from lms_app.core import site
from lms_app.web.i18n import _, duration

GROUPS = {"LD": "ld", "CT": "ct", "CC": "cc"}
FOR = {
    "LD": "Dành cho lãnh đạo, quản lý",
    "CT": "Dành cho cán bộ công nghệ thông tin",
    "CC": "Dành cho mọi công chức, viên chức, người lao động",
}
_CHECK = re.compile(r"<!--check:([a-z0-9-]+)-->")


class Entry(NamedTuple):
    """A line of a table of contents. A tuple: a page draws a dozen of them, and its template unpacks each at once."""

    number: int
    slug: str
    title: str
    meta: str
    href: str
    done: bool
    now: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of lesson HTML, or a self-check between two of them."""

    html: Markup
    check: str | None = None
    body: dict[str, Any] | None = None
    answer: Any = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """Where one is among the lessons."""

    number: int
    lessons: int
    percent: int
    previous: str | None
    following: Entry | None


@dataclass(frozen=True, slots=True)
class State:
    """What the start button of a course page says."""

    done: int
    lessons: int
    percent: int
    next_number: int
    href: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """A course on "Việc học của tôi". `group_name`: now, todo, done. `due`: the day in words, "" for none."""

    enrolment_id: UUID
    version_id: UUID
    course_id: str
    title: str
    summary: str
    group: str
    words: str
    percent: int
    time: str
    lessons: int
    group_name: str
    due: str
    completed_at: datetime | None
    assigned: bool
    assigned_by: str | None


def lesson_address(course_id: str, slug: str) -> str:
    return f"/courses/{course_id}/lessons/{slug}"


def toc(course_id: str, outline: Iterable[Any], here: str | None) -> list[Entry]:
    return [
        Entry(
            number,
            found.slug,
            found.title,
            duration(found.minutes),
            lesson_address(course_id, found.slug),
            found.done_at is not None,
            found.slug == here,
        )
        for number, found in enumerate(outline, 1)
    ]


def closed_toc(outline: Iterable[Any]) -> list[Entry]:
    """For visitors and people not enrolled: what is inside, without links."""
    return [
        Entry(number, found.slug, found.title, duration(found.minutes), "", done=False, now=False)
        for number, found in enumerate(outline, 1)
    ]


def pieces(lesson: Any) -> list[Piece]:
    """The lesson's HTML cut at its self-checks, each with what this person answered."""
    parts = _CHECK.split(lesson.html)
    made = [Piece(Markup(parts[0]))]  # noqa: S704 - sanitised when it was published
    for slug, html in zip(parts[1::2], parts[2::2], strict=True):
        given = (lesson.answers or {}).get(slug, {})
        made.append(Piece(Markup(), slug, lesson.checks[slug], given.get("answer"), given.get("share")))
        made.append(Piece(Markup(html)))  # noqa: S704
    return made


def plain_pieces(html: str) -> list[Markup]:
    """The lesson's HTML without its self-checks: a stretch before the first, and one after each."""
    return [Markup(part) for part in _CHECK.split(html)[::2]]  # noqa: S704 - sanitised when it was published


def sources(lesson: Any) -> list[dict[str, Any]]:
    """The sources of a lesson with their dates as people write them here."""
    return [{**found, "date": _day(found["date"]), "checked_on": _day(found["checked_on"])} for found in lesson.sources]


def _day(value: str | None) -> str:
    return date.fromisoformat(value).strftime("%d/%m/%Y") if value else ""


def steps(entries: Sequence[Entry], here: str) -> Steps:
    """Where `here` stands in the table of contents."""
    at = next(number for number, entry in enumerate(entries) if entry.slug == here)
    done = sum(entry.done for entry in entries)
    previous = entries[at - 1].href if at else None
    following = entries[at + 1] if at + 1 < len(entries) else None
    return Steps(at + 1, len(entries), 100 * done // len(entries), previous, following)


def state(course_id: str, outline: Sequence[Any], mine: Any) -> State:
    """How far this person is and where "Học tiếp" leads."""
    done = sum(found.done_at is not None for found in outline)
    at = next((n for n, found in enumerate(outline) if found.done_at is None), None)
    following = outline[at] if at is not None else None
    return State(
        done,
        len(outline),
        100 * done // max(1, len(outline)),
        (at or 0) + 1,
        lesson_address(course_id, following.slug) if following and mine else None,
    )


def quiz_card(quiz: Any) -> dict[str, Any]:
    """Title and the facts of a final test, in words."""
    settings = quiz.settings
    count = sum(line["count"] for line in settings.get("draw", [])) or settings.get("questions", 0)
    facts = [_("%(n)s câu", n=count), _("đạt từ %(pass)s%%", **{"pass": settings["pass"]})]
    if settings.get("attempts"):
        facts.append(_("được làm %(n)s lượt", n=settings["attempts"]))
    if settings.get("cooldown_hours"):
        facts.append(_("mỗi lượt cách nhau %(n)s giờ", n=settings["cooldown_hours"]))
    facts.append(_("tối đa %(n)s phút", n=settings["limit"]) if settings.get("limit") else _("không tính giờ"))
    return {"title": quiz.title, "facts": facts}


def rule_sentence(course: Any, quizzes: Sequence[Any]) -> Markup:
    """The completion rule in one sentence."""
    asked = [quiz for quiz in quizzes if quiz.slug in course.rule.get("quizzes", [])]
    if not asked:
        return _("Đọc đủ %(n)s bài học.", n=course.lessons)
    return _(
        "Đọc đủ %(n)s bài học và đạt %(share)s%% bài kiểm tra cuối khóa.",
        n=course.lessons,
        share=asked[0].settings["pass"],
    )


def due_words(due_at: datetime | None, completed_at: datetime | None) -> str:
    """The last day and how far it is from today, both local; "" where there is none, or nothing left to do."""
    if due_at is None or completed_at:
        return ""
    day = site.day_of(due_at)
    left, shown = (day - site.today()).days, f"{day:%d/%m/%Y}"
    if left > 0:
        return _("Hạn %(day)s, còn %(n)s ngày", day=shown, n=left)
    return _("Hạn hôm nay, %(day)s", day=shown) if left == 0 else _("Quá hạn từ ngày %(day)s", day=shown)


def card(found: Any) -> Card:
    group_name = "done" if found.completed_at else "now" if found.done or found.seen_lesson else "todo"
    left = found.minutes - found.minutes * found.done // max(1, found.lessons)
    return Card(
        enrolment_id=found.id,
        version_id=found.version_id,
        course_id=found.course_id,
        title=found.title,
        summary=found.summary,
        group=GROUPS.get(found.audience, "cc"),
        words=_("Đã xong %(done)s trong %(n)s bài học", done=found.done, n=found.lessons),
        percent=100 * found.done // max(1, found.lessons),
        time=_("Còn %(time)s", time=duration(max(left, 5))) if found.done else duration(found.minutes),
        lessons=found.lessons,
        group_name=group_name,
        due=due_words(found.due_at, found.completed_at),
        completed_at=found.completed_at,
        assigned=found.origin == "assigned" or found.assigned_by is not None,
        assigned_by=found.assigned_by,
    )
