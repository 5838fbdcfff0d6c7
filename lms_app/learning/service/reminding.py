"""Reminders about due dates: owed once, written when they are sent, and never sent twice.

owed -> sending -> sent
  |        `-> unclear: the worker died between sending and noting
  `-> skipped, with why
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.core import audit, outbox, site
from lms_app.core.clock import now
from lms_app.core.ids import new_id
from lms_app.learning import letter
from lms_app.learning.queries import assigning as found
from lms_app.learning.queries import reminding as sql
from lms_app.organisations.queries import forest
from lms_app.organisations.queries.forest import Forest

OWE, REMIND = "learning.reminders", "learning.remind"
BEFORE, AFTER = "before", "after"
PIECE = 500
RECENT = timedelta(days=3)
CATCH_UP = timedelta(days=2)
"""A day on which no worker ran is made up for until then; later the next one comes anyway."""

TOO_OLD = timedelta(days=3)
MORNING = 7
"""Hour, local: no letter at night."""

NO_ADDRESS = "Chưa có địa chỉ thư điện tử."
UNWANTED = "Người nhận đã tắt thư nhắc hạn."
CLOSED = "Đợt giao đã đóng trước khi gửi."
LEFT = "Người nhận không còn thuộc đơn vị hoặc nhóm được giao."
FINISHED = "Người nhận đã hoàn thành trước khi gửi."
WAITED = "Máy chủ thư không nhận thư trong 3 ngày, nên thư không còn đúng lúc."
REFUSED = "Máy chủ thư từ chối địa chỉ của người nhận."
DIED = "Máy chủ dừng giữa lúc gửi và lúc ghi lại. Không gửi lần nữa để tránh trùng thư."
READY, RECENTLY, TODAY, SILENT, OFF = "ready", "recent", "today", "silent", "off"


@dataclass(frozen=True)
class Plan:
    """Whom a reminder by hand reaches. `counts`: how many are ready, and how many are left out for which reason.

    `owed`: whoever it is written down for, also those whom no letter can reach.
    """

    people: tuple[Row[Any], ...]
    counts: Counter[str]
    owed: tuple[UUID, ...]

    @property
    def ready(self) -> int:
        return len(self.people)

    @property
    def seen(self) -> str:
        """Tells whether the list is still the one that was shown."""
        return hashlib.sha256("".join(one.id.hex for one in self.people).encode()).hexdigest()[:16]


def plan(assignment_id: UUID, asked: found.Question, *, again: bool) -> Plan:
    """`again`: also those who got one in the last three days, but nobody twice on one day by hand."""
    listed = sql.contacts(assignment_id, asked, now() - RECENT, (sql.MANUAL, asked.day))
    states = [(one, _state(one, again=again)) for one in listed]
    people = tuple(one for one, state in states if state == READY)
    owed = tuple(one.id for one, state in states if state in {READY, SILENT, OFF})
    return Plan(people, Counter(state for _, state in states), owed)


def _state(one: Row[Any], *, again: bool) -> str:
    if one.told:
        return TODAY
    if one.email is None:
        return SILENT
    if not one.reminders:
        return OFF
    return RECENTLY if one.recent and not again else READY


def order(assignment_id: UUID, people: Sequence[UUID], *, actor: UUID, by: str) -> None:
    """Owe a letter by hand to each of these."""
    audit.note(actor, "learning.remind", assignment_id, people=len(people))
    _owe_pieces(assignment_id, sql.MANUAL, site.today(), people, by)


def due_today() -> list[tuple[UUID, str, date, list[UUID]]]:
    """Assignment, kind, day of the rule and the people, for whatever the rule asks for now. Reads only."""
    at = now()
    today = site.day_of(at)
    if site.local(at).hour < MORNING:
        return []
    units, wanted = forest.of(today), []
    for one in found.in_state("open"):
        turn = milestone(one.due_on, today, site.day_of(one.created_at))
        unit_id = units.heir(one.unit_id)
        if turn and unit_id:
            courses = tuple(course.id for course in found.courses([one.id]).get(one.id, []))
            asked = found.Question((unit_id,), today, one.group, courses)
            listed = sql.contacts(one.id, asked, site.begin_of(today), turn)
            wanted.append((one.id, *turn, [who.id for who in listed if not (who.recent or who.told)]))
    return wanted


def milestone(due_on: date, today: date, since: date) -> tuple[str, date] | None:
    """The newest day of the rule that has come, with its kind; None before the first, or when it is long gone."""
    settings = site.settings()
    days = [(BEFORE, due_on - timedelta(days=n)) for n in settings.remind_days_before]
    days += [(AFTER, due_on + timedelta(days=n)) for n in settings.remind_days_after]
    come = [(kind, day) for kind, day in days if since <= day <= today <= day + CATCH_UP]
    return max(come, key=lambda one: one[1], default=None)


def owe_automatic(wanted: Sequence[tuple[UUID, str, date, list[UUID]]]) -> None:
    for assignment_id, kind, day, people in wanted:
        _owe_pieces(assignment_id, kind, day, people, "")


def _owe_pieces(assignment_id: UUID, kind: str, on: date, people: Sequence[UUID], by: str) -> None:
    about = {"assignment": str(assignment_id), "kind": kind, "on": on.isoformat(), "by": by}
    for piece in _pieces(sorted(people)):
        outbox.put(OWE, f"{OWE}/{assignment_id}", "local", about | {"people": [str(one) for one in piece]})


def _pieces(people: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (people[at : at + PIECE] for at in range(0, len(people), PIECE))


def owe(assignment_id: UUID, kind: str, on: date, people: Sequence[UUID], by: str) -> None:
    """Write one down for each, and owe the letters. What is there already for this kind and day is left as it is."""
    at = now()
    reminders = [
        {
            "id": new_id(),
            "assignment_id": assignment_id,
            "person_id": one.id,
            "kind": kind,
            "on_day": on,
            "owed_at": at,
            "owed_by": by,
            **_first_state(one),
        }
        for one in sql.reachable(people)
    ]
    for reminder_id in sql.add(reminders):
        outbox.put(REMIND, f"{REMIND}/{reminder_id}", "smtp", {"reminder": str(reminder_id)})


def _first_state(one: Row[Any]) -> dict[str, str]:
    why = "" if one.has_address and one.wants else UNWANTED if one.has_address else NO_ADDRESS
    return {"state": sql.SKIPPED if why else sql.OWED, "why": why}


def read(reminder_id: UUID) -> tuple[letter.Letter | None, str]:
    """The letter as it would be now, or why there is none. Reads only."""
    found_letter = sql.letter(reminder_id)
    if found_letter is None:
        return None, CLOSED
    today = site.today()
    why = _obstacle(found_letter, now(), forest.of(today), today)
    if why:
        return None, why
    left = sql.unfinished(found_letter.assignment_id, found_letter.person_id, found_letter.locale)
    if not left:
        return None, FINISHED
    stop = letter.token(site.settings().secret_key, found_letter.person_id)
    return compose(found_letter.assignment_id, found_letter, found_letter, left, stop), ""


def _obstacle(one: Row[Any], at: datetime, units: Forest, today: date) -> str:
    if one.closed_at:
        return CLOSED
    if one.email is None or not one.reminders:
        return UNWANTED if one.email else NO_ADDRESS
    if at - one.owed_at > TOO_OLD:
        return WAITED
    unit_id = units.heir(one.unit_id)
    asked = found.Question((unit_id,), today, one.group, ()) if unit_id else None
    return "" if asked and found.among([one.person_id], asked) else LEFT


def compose(
    assignment_id: UUID, assignment: Row[Any], person: Row[Any], courses: Sequence[Row[Any]], stop: str
) -> letter.Letter:
    """The letter to one person as it would be today. `stop`: the last part of the address that stops them."""
    settings = site.settings()
    by = f"{assignment.created_by_name}, {sql.office(assignment_id) or settings.organisation}"
    about = letter.About(
        to=person.email,
        name=person.name,
        locale=person.locale,
        title=assignment.title,
        due_on=assignment.due_on,
        note=assignment.note,
        by=by,
        courses=courses,
    )
    return letter.written(about, site.today(), settings.url, f"{settings.url}/reminders/stop/{stop}")


def example(assignment: Row[Any], person: Row[Any]) -> letter.Letter:
    """What one of them would get, without the signature in the address that stops them."""
    left = sql.unfinished(assignment.id, person.id, person.locale)
    return compose(assignment.id, assignment, person, left, "…")


def begin(reminder_id: UUID, why: str) -> bool:
    """Take it for sending, or skip it for a reason; whether it is to be sent now.

    One that is found being sent was cut off between sending and noting: it becomes unclear for good.
    """
    if sql.move(reminder_id, sql.OWED, sql.SKIPPED if why else sql.SENDING, why):
        return not why
    sql.move(reminder_id, sql.SENDING, sql.UNCLEAR, DIED)
    return False


def finish(reminder_id: UUID, outcome: outbox.Outcome) -> outbox.Outcome:
    """Note what the mail server said, and say what becomes of the row that owed it."""
    if outcome.state == "again":
        sql.move(reminder_id, sql.SENDING, sql.OWED)
        return outcome
    if outcome.state == "held":
        sql.move(reminder_id, sql.SENDING, sql.SKIPPED, REFUSED)
    else:
        sql.move(reminder_id, sql.SENDING, sql.SENT, at=now())
    return outbox.DONE
