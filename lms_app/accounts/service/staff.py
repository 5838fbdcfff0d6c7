"""Changing who people are and where they work. Each act is by somebody who looks after them, on a day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from lms_app.accounts import access
from lms_app.accounts.forms.staff import Ending, Facts, Post
from lms_app.accounts.models import Employment, Person, Role
from lms_app.accounts.queries import reach, staff
from lms_app.accounts.service import people, signing_in
from lms_app.core import audit
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Forbidden, Invalid, NotFound
from lms_app.core.text import name_key
from lms_app.core.typed import chosen_id
from lms_app.organisations.queries import choosing

NOBODY = "Không có người này trong số cán bộ anh chị phụ trách."
NO_POST = "Không có chỗ làm việc này, hoặc đơn vị đó không do anh chị phụ trách."
NO_UNIT = "Không có đơn vị này trong số đơn vị anh chị phụ trách."
ELSEWHERE = (
    "Người này còn làm ở đơn vị ngoài phạm vi anh chị phụ trách."
    " Thông tin cá nhân của họ do cán bộ nhân sự phụ trách tất cả sửa."
)
ONE_DAY = timedelta(days=1)
KEPT = ("name", "staff_code", "email", "birth_date", "birth_year", "sex", "phone")


def person(who: access.Person, person_id: UUID, day: date) -> Row[Any]:
    """Somebody whom this officer looks after on that day. Raises `NotFound` for everybody else alike."""
    found = staff.facts(person_id) if person_id in reach.known(who, [person_id], day) else None
    if found is None:
        raise NotFound(NOBODY)
    return found


def correctable(who: access.Person, person_id: UUID, day: date) -> Row[Any]:
    """Somebody whose facts this officer may change: a post of one's own gives no hold on who also works elsewhere.

    Raises `NotFound` as `person`, and `Forbidden` while one of their posts is out of reach.
    """
    found = person(who, person_id, day)
    posts = staff.history(person_id)
    if works_beyond(posts, may_change(who, [one.unit_id for one in posts], day), day):
        raise Forbidden(ELSEWHERE)
    return found


def works_beyond(posts: Sequence[Row[Any]], mine: set[UUID], day: date) -> bool:
    """Whether somebody with these posts works, that day or later, in a unit that is none of `mine`."""
    return any(one.unit_id not in mine for one in posts if one.until is None or one.until >= day)


def unit(who: access.Person, typed: str, day: date) -> Row[Any]:
    """The unit that was chosen or typed, of those this officer looks after on that day.

    Raises `NotFound` for an id, and `Invalid` for what is no code or name of one of them.
    """
    roots, unit_id = reach.roots(who), chosen_id(typed)
    if unit_id:
        return _unit_of(unit_id, roots, day)
    found = choosing.typed(typed, roots, day)
    if not found:
        raise _wrong("unit", "Không có đơn vị nào mang mã hoặc tên này trong số đơn vị anh chị phụ trách.")
    if len(found) > 1:
        codes = ", ".join(one.code for one in found)
        raise _wrong("unit", "Có %(n)s đơn vị cùng tên này. Hãy ghi một trong các mã: %(codes)s.", codes, len(found))
    return found[0]


def _unit_of(unit_id: UUID, roots: Sequence[UUID], day: date) -> Row[Any]:
    found = choosing.by_id(unit_id, roots, day)
    if found is None:
        raise NotFound(NO_UNIT)
    return found


def add(who: access.Person, facts: Facts, post: Post, day: date) -> UUID:
    """A new person with their first post. Raises `Invalid` for what others have already, or for a wrong post."""
    place = unit(who, post.unit, day)
    _check_free(facts, None)
    made = Person(**{name: getattr(facts, name) for name in KEPT}, sort_key=name_key(facts.name), created_at=now())
    db.session.add(made)
    _flush()
    audit.note(who.id, "staff.add", made.id, name=facts.name)
    _put(who, made.id, post, place)
    return made.id


def correct(who: access.Person, person_id: UUID, facts: Facts, day: date) -> None:
    """What is wrong about a person. Raises `Invalid` for what others have already.

    A new address ends all sessions and links. Of people with a role only an administrator changes it: whoever has the
    address can sign in as them.
    """
    correctable(who, person_id, day)
    _check_free(facts, person_id)
    row = db.session.get_one(Person, person_id, with_for_update=True)
    before = {name: getattr(row, name) for name in KEPT if getattr(row, name) != getattr(facts, name)}
    if "email" in before:
        if not access.admin(who) and db.session.scalar(select(Role.name).where(Role.person_id == person_id).limit(1)):
            raise _wrong("email", "Người này có quyền riêng trong hệ thống. Thư điện tử do quản trị viên đổi.")
        signing_in.shut_out(person_id)
    if "name" in before:
        row.sort_key, row.name_source = name_key(facts.name), "own"
    for name in before:
        setattr(row, name, getattr(facts, name))
    _flush()
    audit.note(who.id, "staff.correct", person_id, before={name: str(value or "") for name, value in before.items()})


def employ(who: access.Person, person_id: UUID, post: Post, day: date) -> None:
    """One more post of somebody."""
    person(who, person_id, day)
    _put(who, person_id, post, unit(who, post.unit, day))


def post(who: access.Person, person_id: UUID, post_id: UUID, day: date) -> Employment:
    """A post in a unit this officer looks after. Raises `NotFound` for others."""
    person(who, person_id, day)
    found = db.session.get(Employment, post_id, with_for_update=True)
    if found is None or found.person_id != person_id or not may_change(who, [found.unit_id], day):
        raise NotFound(NO_POST)
    return found


def may_change(who: access.Person, units: list[UUID], day: date) -> set[UUID]:
    """In which of these units this officer may change posts: what ended with its unit is left to who sees all."""
    return set(units) if access.hr_of_all(who) else choosing.reached(units, reach.roots(who), day)


def correct_post(who: access.Person, person_id: UUID, post_id: UUID, asked: Post, day: date) -> None:
    row = post(who, person_id, post_id, day)
    held = choosing.one(row.unit_id)
    is_same = asked.unit in {str(row.unit_id), held.code}
    unit_id = row.unit_id if is_same else unit(who, asked.unit, day).id
    if not is_same or (row.since, row.until) != (asked.since, asked.until):
        _check_period(asked, held if is_same else choosing.one(unit_id))
    _check_overlap(person_id, unit_id, asked, but=post_id)
    before = {"unit": str(row.unit_id), "since": str(row.since), "until": str(row.until or ""), "group": row.group}
    row.unit_id, row.position, row.group, row.duty = unit_id, asked.position, asked.group, asked.duty
    row.since, row.until = _since(asked), asked.until
    _flush()
    audit.note(who.id, "staff.correct_post", person_id, before=before | {"position": row.position})
    people.owe_staffed([person_id])


def end_post(who: access.Person, person_id: UUID, post_id: UUID, asked: Ending, day: date) -> None:
    """Also how somebody is given away to a unit of others: these take them on."""
    row = post(who, person_id, post_id, day)
    if asked.until and asked.until < row.since:
        raise _wrong("until", "Ngày cuối đang trước ngày bắt đầu. Hãy xem lại hai ngày.")
    row.until = asked.until
    _flush()
    audit.note(who.id, "staff.end_post", person_id, unit=str(row.unit_id), until=str(asked.until))


def move(who: access.Person, person_id: UUID, post_id: UUID, asked: Post, day: date) -> None:
    """End one post and begin another the day after, in one step; both units are looked after by the same officer."""
    row, since = post(who, person_id, post_id, day), _since(asked)
    if since <= row.since:
        raise _wrong("since", "Ngày bắt đầu ở nơi mới phải sau ngày bắt đầu ở nơi cũ. Nếu nơi cũ nhập sai, hãy sửa.")
    if row.until and row.until < since - ONE_DAY:
        raise _wrong("since", "Chỗ làm cũ đã kết thúc trước ngày này. Hãy thêm chỗ làm mới.")
    place = unit(who, asked.unit, day)
    row.until = since - ONE_DAY
    audit.note(who.id, "staff.move", person_id, left=str(row.unit_id), to=str(place.id), since=str(since))
    _put(who, person_id, asked, place)


def _put(who: access.Person, person_id: UUID, asked: Post, place: Row[Any]) -> None:
    _check_period(asked, place)
    _check_overlap(person_id, place.id, asked)
    values = {"position": asked.position, "group": asked.group, "duty": asked.duty, "until": asked.until}
    db.session.add(Employment(person_id=person_id, unit_id=place.id, since=_since(asked), **values))
    _flush()
    audit.note(who.id, "staff.employ", person_id, unit=str(place.id), since=str(asked.since))
    people.owe_staffed([person_id])


def _check_period(asked: Post, place: Row[Any]) -> None:
    if _since(asked) < place.valid_from:
        raise _wrong("since", "Đơn vị này chưa có vào ngày đó. Hãy chọn đơn vị cũ hoặc ghi ngày sau.")
    if place.valid_until and (asked.until is None or asked.until > place.valid_until):
        raise _wrong("until", "Đơn vị này kết thúc trước ngày đó. Hãy ghi ngày cuối không sau ngày đơn vị kết thúc.")


def _check_overlap(person_id: UUID, unit_id: UUID, asked: Post, but: UUID | None = None) -> None:
    for one in staff.history(person_id):
        is_alike = (one.unit_id, one.group) == (unit_id, asked.group) and one.id != but
        if is_alike and one.since <= (asked.until or date.max) and _since(asked) <= (one.until or date.max):
            raise _wrong("since", "Người này đã có chỗ làm cùng đơn vị, cùng nhóm vào lúc đó. Hãy sửa chỗ làm ấy.")


def _check_free(facts: Facts, person_id: UUID | None) -> None:
    """Whose it is, is not told: it may be somebody of others."""
    for name in ("staff_code", "email"):
        value = getattr(facts, name)
        owner = value and db.session.scalar(select(Person.id).where(getattr(Person, name) == value))
        if owner and owner != person_id:
            raise _wrong(name, TAKEN[name])


TAKEN = {
    "staff_code": "Mã này đã thuộc về một người khác. Hãy xem lại; nếu mã đúng, nhờ cán bộ nhân sự phụ trách tất cả.",
    "email": "Thư này đã thuộc về một người khác. Hãy xem lại; nếu thư đúng, nhờ cán bộ nhân sự phụ trách tất cả.",
}


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Mã hoặc thư này vừa được ghi cho một người khác. Hãy mở lại trang và xem lại.") from error


def _since(asked: Post) -> date:
    if asked.since is None:
        raise _wrong("since", "Ghi ngày bắt đầu làm việc ở đây.")
    return asked.since


def _wrong(name: str, sentence: str, codes: str = "", n: int = 0) -> Invalid:
    values = {"codes": codes, "n": n} if codes else {}
    return Invalid(sentence, {name: sentence}, **values)
