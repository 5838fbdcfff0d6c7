"""A class as its teacher sees it in the frame: who is in it, how far they are, and what the gradebook knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.core.errors import Conflict, NotFound
from lms_app.lti import recording
from lms_app.lti.claims import LINEITEM, LINEITEM_READ, SCORE
from lms_app.lti.queries import classes, rosters
from lms_app.lti.rosters import ACTIVE, INACTIVE
from lms_app.lti.service import telling
from lms_app.lti.service.members import SKIPPED

ON_PAGE = 100
GONE = "Không còn trong danh sách lớp"
GIVEN_UP = "Quản trị của trang này đã quyết định không gửi điểm này."
PAUSED = "Đang tạm ngừng trong lớp"
SENT, WAITING, HELD, NONE = "Đã vào sổ điểm", "Đang chờ gửi", "Chưa gửi được", "Chưa có trong sổ điểm"


@dataclass(frozen=True, slots=True)
class Told:
    """What the gradebook knows of a score: a word with its chip's kind and sign, and why it does not know it yet."""

    word: str
    kind: str
    sign: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Student:
    """`name` is the platform's, or empty. Without `enrolment_id` nothing is begun. `share` in [0, 1]."""

    sub: str
    name: str
    mark: str
    enrolment_id: UUID | None
    done: int
    lessons: int
    share: float | None
    is_passed: bool
    seen_at: Any
    told: Told | None


@dataclass(frozen=True, slots=True)
class Class:
    """`where`: class and link. `column`: why scores have no place to go, or "". `roster`: why it is not up to date."""

    where: Row[Any]
    students: Sequence[Student]
    counts: Row[Any]
    column: str
    roster: str
    skipped: int
    page: int
    pages: int


def of_launch(launch_id: UUID, lang: str) -> Row[Any]:
    """The class and the link of a teacher's launch. Raises `NotFound` when either is no more."""
    found = classes.of_launch(launch_id, lang)
    if found is None:
        raise NotFound("Lớp này không còn ở đây. Hãy mở lại liên kết từ hệ thống học tập của đơn vị.")
    return found


def look(launch_id: UUID, page: int, lang: str) -> Class:
    """One page of the class, `page` counted from 1 and brought into what there is."""
    where = of_launch(launch_id, lang)
    counts = classes.counts(where)
    pages = max(1, -(-counts.listed // ON_PAGE))
    page = min(max(1, page), pages)
    error = where.roster_error or ""
    skipped = int(error.split()[1]) if error.startswith(SKIPPED) else 0
    return Class(
        where=where,
        students=[_student(one, where) for one in classes.students(where, (page - 1) * ON_PAGE, ON_PAGE)],
        counts=counts,
        column=_column(where),
        roster=telling.why(error, telling.ROSTER) if error and not skipped else "",
        skipped=skipped,
        page=page,
        pages=pages,
    )


def refresh(launch_id: UUID) -> None:
    """Have everybody of the class read anew. Raises `Conflict` where the platform offers no roster."""
    where = of_launch(launch_id, "vi")
    if not where.memberships_url:
        raise Conflict("Hệ thống học tập không đưa danh sách lớp cho trang này.")
    rosters.whole_next(where.class_id)
    recording.owe_roster(where.class_id, where.memberships_url)


def resend(launch_id: UUID) -> int:
    """Owe every score of the class again, those that were sent too; how many there are."""
    owed = rosters.grades_again(of_launch(launch_id, "vi").class_id)
    for one in owed:
        recording.owe(one.id, one.lineitem)
    return len(owed)


def _student(one: Row[Any], where: Row[Any]) -> Student:
    moments = [at for at in (one.launched_at, one.seen_at) if at]
    return Student(
        sub=one.sub,
        name=one.name or one.launched_as or "",
        mark=_mark(one, where),
        enrolment_id=one.enrolment_id,
        done=one.done or 0,
        lessons=one.lessons or 0,
        share=one.share,
        is_passed=one.passed_at is not None,
        seen_at=max(moments) if one.enrolment_id else None,
        told=_told(one) if where.lineitem and one.share is not None else None,
    )


def _mark(one: Row[Any], where: Row[Any]) -> str:
    """What sets somebody apart who launched here: nothing can be said before the roster is read."""
    if where.roster_at is None or one.status == ACTIVE:
        return ""
    return PAUSED if one.status == INACTIVE else GONE


def _told(one: Row[Any]) -> Told:
    if one.state is None:
        return Told(NONE, "", "info")
    if one.state == "given-up":
        return Told(HELD, "err", "err", GIVEN_UP)
    if one.state == "held":
        return Told(HELD, "err", "err", telling.why(one.error or "", telling.SCORE))
    if one.state == "sent" and one.sent_share == one.share:
        return Told(SENT, "ok", "check")
    return Told(WAITING, "warn", "clock", telling.why(one.error, telling.SCORE) if one.error else "")


def _column(where: Row[Any]) -> str:
    """Why this link's scores have no column in the gradebook, or "" when they have one."""
    scopes = set(where.scopes or ())
    if SCORE not in scopes:
        return "Hệ thống học tập chưa cho phép trang này gửi điểm của liên kết này."
    if where.lineitem:
        return ""
    if where.lineitem_error:
        return telling.why(where.lineitem_error, telling.COLUMN)
    if where.lineitems and scopes & {LINEITEM, LINEITEM_READ}:
        return "Cột điểm được tìm hoặc tạo khi một học viên mở liên kết này."
    return "Liên kết này không có cột điểm. Hãy bật chấm điểm cho nó ở hệ thống học tập."
