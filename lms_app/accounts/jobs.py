"""Mail to people: the sign-in link, whose token is made when it is sent. And staff lists, checked and written."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app

from lms_app.accounts import access
from lms_app.accounts.queries import imports as lists
from lms_app.accounts.queries import people as queries
from lms_app.accounts.service import applying, imports, listing, matching
from lms_app.accounts.service import signing_in as service
from lms_app.core import mail, outbox
from lms_app.core.clock import now
from lms_app.core.db import reading, transaction
from lms_app.core.errors import Conflict, Invalid
from lms_app.core.settings import Settings
from lms_app.web.i18n import DEFAULT, Local, say

STEP = 5000
"""Rows between two words on how far a list is; each also asks for more time."""

TRIES = 5


class Taken(Exception):
    """Another worker has the row by now."""


CHANGED = "Dữ liệu trong hệ thống đã thay đổi từ lúc kiểm tra. Hãy xem lại rồi nhập."


def forget_sessions() -> None:
    """Periodic: what a frame session that has ended leaves behind."""
    with transaction():
        queries.forget_sessions(now())


def send_link(row: outbox.Row) -> outbox.Outcome:
    person_id = UUID(row.payload["person"])
    with reading():
        person = queries.person(person_id)
    if person is None or person.email is None:
        return outbox.DONE
    with transaction():
        token = service.make_link(person_id)
    settings = _settings()
    language = person.locale
    subject = say(language, "Liên kết đăng nhập Học chuyển đổi số")
    body = say(
        language,
        "Chào anh chị,\n\nMở liên kết sau để đăng nhập. Liên kết dùng được một lần, trong 24 giờ:\n%(link)s\n\n"
        "Nếu anh chị không yêu cầu, hãy bỏ qua thư này; không ai đăng nhập được nếu không mở liên kết.",
        link=f"{settings.url}/sign-in/link/{token}",
    )
    return mail.deliver(person.email, str(subject), str(body))


def import_staff(row: outbox.Row) -> outbox.Outcome:
    """`accounts.import`: check a list, or write one that was looked at. Killed at any point it begins again."""
    import_id = UUID(row.payload["import"])
    with reading():
        found = lists.one(import_id)
        sender = queries.person(found.sent_by) if found else None
        reach = imports.reach_of(sender) if sender and access.hr(sender) else None
        sentence = partial(say, sender.locale if sender else DEFAULT)
    if found is None or found.state not in {lists.WAITING, lists.CHECKING, lists.APPLYING}:
        return outbox.DONE
    try:
        if reach is None or {str(root) for root in reach.roots} != set(found.roots):
            raise Invalid("Quyền của anh chị đã thay đổi từ lúc gửi danh sách. Hãy gửi lại.")
        if found.state == lists.APPLYING:
            _apply(row, found, reach, sentence)
        else:
            _check(row, found, reach, sentence)
    except Invalid as wrong:
        with transaction():
            imports.refuse(import_id, wrong)
        imports.forget(import_id)
    except Conflict as error:
        return outbox.again(str(error))
    except Taken:
        pass
    return outbox.DONE


def forget_lists() -> None:
    """Periodic: the files of lists sent long ago."""
    with reading():
        outlived = imports.outlived()
    for import_id in outlived:
        imports.forget(import_id, "sent", "rows", "preview", "faults")


def _check(row: outbox.Row, found: Any, reach: matching.Reach, sentence: Callable[..., str]) -> None:
    listed = imports.listed(found)
    with transaction():
        imports.begin(found.id, len(listed.lines) - listed.first)
    difference = _compared(row, found, reach, listed)
    imports.keep(found.id, listed, difference, sentence)
    with transaction():
        is_open = imports.checked(found.id, difference)
    imports.forget(found.id, *(("sent",) if is_open else ()))


def _apply(row: outbox.Row, found: Any, reach: matching.Reach, sentence: Callable[..., str]) -> None:
    """Compare again, as nothing waited meanwhile; what is no longer what was looked at is shown once more."""
    for _ in range(TRIES):
        difference = _compared(row, found, reach)
        if difference.digest() != imports.preview(found.id)["digest"]:
            imports.keep(found.id, imports.listed(found), difference, sentence)
            with transaction():
                imports.checked(found.id, difference, CHANGED)
            return
        writing = applying.prepared(difference, leave_absent=found.leave_absent, actor=found.sent_by)
        try:
            with transaction():
                imports.apply(found, difference, writing, reach)
        except applying.Overtaken:
            continue
        imports.forget(found.id)
        return
    raise Conflict("Có người vừa thay đổi các hồ sơ này. Hãy xem lại danh sách rồi nhập.")


def _compared(
    row: outbox.Row, found: Any, reach: matching.Reach, listed: listing.Listed | None = None
) -> matching.Difference:
    told = 0

    def tell(steps: int) -> None:
        nonlocal told
        if steps - told < STEP:
            return
        told = steps
        with transaction():
            if not outbox.renew(row):
                raise Taken
            imports.tell(found.id, steps // 2)

    with reading():
        return matching.compare(listed or imports.listed(found), reach, Local(_settings()).today(), tell)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
