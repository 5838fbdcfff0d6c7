"""The indicators K1 to K9 of a unit with all below it, as of a day. What each one counts and why: docs/indicators.md.

Each is one query (`queries/agencies.py`, `queries/training.py`) and one function here. K2, K6 and K7 divide by the
headcounts that units state, which are one query more for the three.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from lms_app.core.errors import NotFound
from lms_app.core.site import begin_of
from lms_app.organisations.groups import GROUPS, SPECIALISTS
from lms_app.organisations.queries import tree
from lms_app.reporting.figures import Asked, Indicator, Remark, appointed, later
from lms_app.reporting.queries import agencies, training
from lms_app.reporting.queries.staff import PARTS

NO_UNIT = "Không có đơn vị này vào ngày đã chọn, hoặc đơn vị không thuộc phạm vi anh chị phụ trách."
PEOPLE, UNITS, COMMUNES, CAMPAIGNS, PERIODS = "người", "đơn vị", "xã, phường", "chiến dịch", "tiết"
YEAR = 12
"""Months in which a new leader is to be trained; K9 looks at those whose time ended in the last so many."""

NAMES = {
    "K1": "Đơn vị có kế hoạch đào tạo đã duyệt trong năm",
    "K2": "Người đã học ít nhất một khóa",
    "K3": "Chuyên gia chuyển đổi số",
    "K4": "Chiến dịch trong năm",
    "K5": "Xã, phường có mạng lưới đang hoạt động",
    "K6": "Người đã học, so với mục tiêu của năm",
    "K7": "Cán bộ CNTT, chuyển đổi số có giấy chứng nhận về quản trị dữ liệu",
    "K8": "Số tiết bình quân mỗi người trong năm",
    "K8b": "Người học đủ số tiết trong năm",
    "K9": "Lãnh đạo được bồi dưỡng trong 12 tháng từ khi bổ nhiệm",
}
DUTIES = {
    "K4": (1.0, "Kế hoạch 4624/KH-UBND"),
    "K8": (40.0, "Nghị định 171/2025/NĐ-CP, Điều 16 khoản 3"),
}
"""What holds by itself; a target that HR enters for a unit or for one above it comes before it."""

NOTHING_STATED = Remark("Chưa đơn vị nào có biên chế nên chưa tính được tỷ lệ.")
NOT_ALL_STATED = "Chưa tính %(n)s đơn vị chưa có biên chế."
BY_LISTS = Remark("Mẫu số là số người trong danh sách nhân sự của hệ thống.")
ENOUGH = "Mức đủ là %(n)s tiết."
BY_ENTRIES = Remark("Đếm theo dòng trong danh sách mạng lưới.")
NO_NETWORK = Remark("Chưa nhập ai vào danh sách mạng lưới.")
NO_CAMPAIGN = Remark("Chưa nhập chiến dịch nào.")
NO_LIST = Remark("Chưa nhập danh sách “Học ở nơi khác” nào tính cho chỉ số này.")
IN_OFFICE = Remark("Tính lãnh đạo đang giữ chức có hạn 12 tháng rơi vào một năm qua.")


class Stated(NamedTuple):
    """Headcounts of a tree. `heads`: by group, and for all (""), None where no unit states any. `unknown`: units."""

    heads: Mapping[str, int | None]
    unknown: int

    @property
    def remark(self) -> tuple[Remark, ...]:
        if self.heads[""] is None:
            return (NOTHING_STATED,)
        return (Remark(NOT_ALL_STATED, {"n": self.unknown}),) if self.unknown else ()


@dataclass(frozen=True)
class Question:
    """What several indicators need to know, each asked once."""

    asked: Asked

    @property
    def place(self) -> dict[str, Any]:
        """The tree asked about: its top lies in the asker's trees (`check`), so what is below it does, too."""
        return {"roots": [self.asked.unit_id], "day": self.asked.day}

    @property
    def first(self) -> date:
        """The first day of the year."""
        return self.asked.day.replace(month=1, day=1)

    @cached_property
    def targets(self) -> Mapping[tuple[str, str], Row[Any]]:
        return agencies.targets(self.asked.unit_id, self.asked.day)

    @cached_property
    def stated(self) -> Stated:
        found = training.headcounts(**self.place)
        heads = {group: None if (stated := getattr(found, group)) is None else int(stated) for group in GROUPS}
        known = [number for number in heads.values() if number is not None]
        return Stated(heads | {"": sum(known) if known else None}, int(found.unknown or 0))

    @cached_property
    def trained(self) -> Mapping[str, training.Trained]:
        asked = self.asked
        return training.trained(**self.place, **completed(asked.since, asked.day), course=asked.course)

    @cached_property
    def periods(self) -> Mapping[str, training.Studied]:
        return training.periods(**self.place, **completed(self.first, self.asked.day), course="", enough=self.enough)

    @property
    def enough(self) -> float:
        """Periods that a person owes in the year."""
        return self.empty("K8", "", PERIODS).target or 0.0

    def empty(self, code: str, part: str, unit: str) -> Indicator:
        """With its target, its figures not known yet."""
        found = agencies.target(self.targets, code, part) if part in PARTS else self.targets.get((code, part))
        target, act = (found.value, found.act) if found else DUTIES.get(code, (None, ""))
        return Indicator(code, NAMES[code], part, None, None, unit, target=target, act=act)


def indicators(asked: Asked) -> tuple[Indicator, ...]:
    """All of them, each whole followed by its parts. Raises `NotFound` for a unit the asker does not look after."""
    check(asked.unit_id, asked.roots, asked.day)
    question = Question(asked)
    every = (plans, trained, experts, campaigns, communes, goal, certified, periods, reached, leaders)
    return tuple(found for one in every for found in one(question))


def check(unit_id: UUID, roots: tuple[UUID, ...], day: date) -> None:
    """Raises `NotFound` for a unit that is not there on the day, or not in these trees."""
    if not tree.is_reached(unit_id, roots, day):
        raise NotFound(NO_UNIT)


def completed(since: date, day: date) -> dict[str, Any]:
    """The period as statements take it: its local days, and the instants at which they begin and end."""
    return {"since": since, "begin": begin_of(since), "end": begin_of(day + timedelta(days=1))}


def plans(question: Question) -> Iterator[Indicator]:
    """K1: units that owe a plan and have an approved one of the year, own or inherited whole."""
    found = agencies.plans(**question.place, year=question.asked.day.year)
    yield _of(question.empty("K1", "", UNITS), found.have if found.out_of else None, found.out_of or None)


def trained(question: Question) -> Iterator[Indicator]:
    """K2 and beside it K2b (`turns`): distinct people with a completed course, of the headcount."""
    for part in PARTS:
        found, heads = question.trained[part], question.stated.heads[part]
        have = found.counted if heads is not None else found.trained if found.staff else None
        yield _of(question.empty("K2", part, PEOPLE), have, heads, *question.stated.remark, turns=found.turns)


def experts(question: Question) -> Iterator[Indicator]:
    """K3: experts active on the day, and by sector."""
    found = agencies.experts(**question.place)
    have = sum(one.have for one in found) if found else None
    yield _of(question.empty("K3", "", PEOPLE), have, None, BY_ENTRIES if found else NO_NETWORK)
    for one in found:
        if one.have and one.sector:
            yield _of(question.empty("K3", one.sector, PEOPLE), one.have, None)


def campaigns(question: Question) -> Iterator[Indicator]:
    """K4: campaigns begun in the year up to the day."""
    found = agencies.campaigns(question.asked.unit_id, question.first, question.asked.day)
    one = question.empty("K4", "", CAMPAIGNS)
    yield _of(one, found.have, None) if found.ever else _of(one, None, None, NO_CAMPAIGN)


def communes(question: Question) -> Iterator[Indicator]:
    """K5: communes with an active member of the network."""
    found = agencies.communes(**question.place)
    one = question.empty("K5", "", COMMUNES)
    if found.known or not found.out_of:
        yield _of(one, found.have if found.out_of else None, found.out_of or None)
    else:
        yield _of(one, None, found.out_of, NO_NETWORK)


def goal(question: Question) -> Iterator[Indicator]:
    """K6: the whole of K2, against the goal of the year."""
    whole = next(trained(question))
    aim = question.empty("K6", "", PEOPLE)
    yield replace(whole, code="K6", name=aim.name, turns=None, target=aim.target, act=aim.act)


def certified(question: Question) -> Iterator[Indicator]:
    """K7: specialists who hold a certificate in data governance, of their headcount."""
    one, heads = question.empty("K7", "", PEOPLE), question.stated.heads[SPECIALISTS]
    if not training.is_recorded("K7", question.asked.day):
        yield _of(one, None, heads, NO_LIST)
    else:
        found = training.holders(**question.place)
        yield _of(one, found.have if heads is None else int(found.counted), heads, *question.stated.remark)


def periods(question: Question) -> Iterator[Indicator]:
    """K8: periods of the year, on average over the people of our lists."""
    for part in PARTS:
        found = question.periods[part]
        average = found.periods / found.staff if found.staff else None
        yield _of(question.empty("K8", part, PERIODS), average, None, BY_LISTS)


def reached(question: Question) -> Iterator[Indicator]:
    """K8b: how many of them have the periods they owe."""
    remark = Remark(ENOUGH, {"n": f"{question.enough:g}"})
    for part in PARTS:
        found = question.periods[part]
        have, staff = (found.reached, found.staff) if found.staff else (None, None)
        yield _of(question.empty("K8b", part, PEOPLE), have, staff, remark, BY_LISTS)


def leaders(question: Question) -> Iterator[Indicator]:
    """K9: leaders whose first 12 months ended in the last year, trained before they did."""
    one = question.empty("K9", "", PEOPLE)
    due = leadership(question.place, question.asked.day)
    if not training.is_recorded("K9", question.asked.day):
        yield _of(one, None, len(due) or None, NO_LIST)
    else:
        have = sum(leader.in_time for leader in due)
        yield _of(one, have if due else None, len(due) or None, IN_OFFICE)


class Leader(NamedTuple):
    """Who became a leader `since` a day. `until`: the last day for the training; `trained_on`: None without one."""

    person_id: UUID
    since: date
    until: date
    trained_on: date | None

    @property
    def in_time(self) -> bool:
        """Also before the appointment: who holds the paper already owes nothing."""
        return self.trained_on is not None and self.trained_on <= self.until


def leadership(place: Mapping[str, Any], day: date) -> list[Leader]:
    """Those in office whose time for the training ended in the last year."""
    found = []
    for person_id, posts in groupby(training.leadership(**place), key=lambda post: post.person_id):
        held = list(posts)
        since = appointed([(post.since, post.until) for post in held], day)
        if since and later(day, -YEAR) < later(since, YEAR) <= day:
            found.append(Leader(person_id, since, later(since, YEAR), held[0].trained_on))
    return found


def _of(one: Indicator, have: float | None, out_of: float | None, *said: Remark, turns: int | None = None) -> Indicator:
    return replace(one, have=have, out_of=out_of, turns=turns, note=" ".join(map(str, said)), remarks=said)
