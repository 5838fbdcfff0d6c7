"""Calls that are owed: scores, the columns they go to, rosters; and the mail that asks an account to be linked."""

import html
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app

from lms_app.core import mail, outbound, outbox
from lms_app.core.clock import now
from lms_app.core.db import reading, transaction
from lms_app.core.outbound import Answer
from lms_app.core.outbox import Outcome, Row
from lms_app.core.settings import Settings
from lms_app.learning.queries import studying as learning
from lms_app.learning.queries.studying import Standing
from lms_app.lti import forms, grades, lineitems, quirks, recording
from lms_app.lti.claims import LINEITEM, LINEITEM_READ, SCORE
from lms_app.lti.models import ACTIVE
from lms_app.lti.queries import grades as scores
from lms_app.lti.queries import launches, people, platforms, rosters
from lms_app.lti.quirks import Quirks
from lms_app.lti.service import calling, identity, members
from lms_app.web.i18n import say

PASSED = "Đã đạt bài kiểm tra cuối khóa."
NOT_PASSED = "Chưa đạt bài kiểm tra cuối khóa."
CERTIFIED = "Giấy chứng nhận: %(address)s"
GONE = {"HTTP 404", "HTTP 410"}
STILL_TAUGHT = timedelta(days=30)
FRESH = timedelta(hours=20)
"""A roster read so lately is not read again by the daily round."""


# ---- scores


def owe_grades(row: Row) -> None:
    """`learning.scored`: every line item that waits for this enrolment is owed the score that stands.

    And `certificates.issued`: the comment beside it names the certificate from now on.
    """
    for grade in scores.grades_of(UUID(row.payload["enrolment"])):
        recording.owe(grade.id, grade.lineitem)


def send_grade(row: Row) -> Outcome:
    """`lti.grade`: send the score that stands now, not the one of the time of the promise."""
    with reading():
        grade = scores.grade(UUID(row.payload["grade"]))
        stands = learning.standing(grade.enrolment_id) if grade else None
    if grade is None or stands is None or stands.share is None:
        return outbox.DONE
    if grade.platform_status != ACTIVE:
        return _settled(grade, outbox.hold("the platform is disabled here"))
    if grade.state == "sent" and (grade.sent_share, grade.sent_certificate) == (stands.share, stands.certificate):
        return outbox.DONE
    try:
        return _send(grade, stands, quirks.of(grade.product, grade.issuer, grade.auth_url))
    except calling.Failed as error:
        return _settled(grade, error.outcome)


def _send(grade: Any, stands: Standing, minded: Quirks) -> Outcome:
    at, wait = grades.stamp(now(), grade.sent_at)
    if wait:
        return outbox.again("one score a second", wait)
    body = grades.payload(grade.sub, stands.share or 0.0, at, _comment(grade, stands))

    def post(headers: dict[str, str]) -> Answer:
        kind = {"Content-Type": grades.MEDIA_TYPE}
        return outbound.post(grades.scores_url(grade.lineitem), body, headers=headers | kind)

    answer = calling.ask(grade.platform_id, SCORE, post)
    verdict = grades.judge(answer, now(), minded)
    if verdict.what != "done":
        raise calling.failed(verdict)
    with transaction():
        scores.mark_sent(grade.id, stands.share or 0.0, stands.certificate, at)
    return outbox.DONE


def _comment(grade: Any, stands: Standing) -> str:
    """In the learner's language; with the certificate's address once there is one."""
    said = str(say(grade.locale, PASSED if stands.passed else NOT_PASSED))
    if not stands.passed or not stands.certificate:
        return said
    settings: Settings = current_app.extensions["settings"]
    return f"{said} {say(grade.locale, CERTIFIED, address=f'{settings.url}/v/{stands.certificate}')}"


def _settled(grade: Any, outcome: Outcome) -> Outcome:
    """Say on the grade itself why it waits, for the operator and the teacher.

    A column that is gone is forgotten, so that the next launch finds or makes another.
    """
    with transaction():
        scores.mark_state(grade.id, "held" if outcome.state == "held" else "owed", outcome.error)
        if outcome.error in GONE:
            scores.forget_column(grade.lineitem)
    return outcome


# ---- linking an account


def send_link_question(row: Row) -> Outcome:
    """`lti.link`: ask the account whether a platform's user is the same person. The token is made when it is sent."""
    user_id, account_id = UUID(row.payload["user"]), UUID(row.payload["account"])
    with reading():
        asked = people.question(user_id, account_id)
    if asked is None or asked.email is None:
        return outbox.DONE
    with transaction():
        people.prune_mail(now())
        token = identity.make_token(user_id, account_id)
    settings: Settings = current_app.extensions["settings"]
    body = say(
        asked.locale,
        "Chào anh chị,\n\nCó người học tên %(name)s từ %(platform)s muốn nối với tài khoản này. Nếu đó là anh chị, mở "
        "liên kết sau trong vòng một giờ và bấm đồng ý:\n%(link)s\n\nNếu không phải, hãy bỏ qua thư này; không có gì "
        "thay đổi.",
        name=forms.spoken(asked.name) or "?",
        platform=asked.platform,
        link=f"{settings.url}/lti/account/confirm/{token}",
    )
    subject = say(asked.locale, "Nối tài khoản Học chuyển đổi số?")
    return mail.deliver(asked.email, html.unescape(str(subject)), html.unescape(str(body)))


# ---- columns


def find_line_item(row: Row) -> Outcome:
    """`lti.lineitem`: find the link's column in the gradebook, or make it; then owe it the scores that stand."""
    with reading():
        link = launches.link(UUID(row.payload["link"]))
        sender = platforms.platform(link.platform_id) if link else None
    if link is None or sender is None or link.lineitem or not link.lineitems:
        return outbox.DONE
    if sender.status != ACTIVE:
        return outbox.hold("the platform is disabled here")
    try:
        found = _column(link)
    except calling.Failed as error:
        with transaction():
            scores.no_column(link.id, error.outcome.error or "")
        return error.outcome
    with transaction():
        recording.use_column(link.id, found)
    return outbox.DONE


def _column(link: Any) -> str:
    """The address of the link's column. Raises `Failed`; held when the platform has none and lets us make none."""
    scope = LINEITEM if LINEITEM in link.scopes else LINEITEM_READ
    listed = calling.ask(
        link.platform_id,
        scope,
        lambda headers: outbound.get(
            lineitems.list_url(link.lineitems, link.resource_link_id), headers=headers | {"Accept": lineitems.LIST_TYPE}
        ),
    )
    try:
        found = lineitems.find(calling.good(listed).body, link.resource_link_id, link.course_id)
    except ValueError as error:
        raise calling.Failed(outbox.again("line items: HTTP 200, no list", host_fault=True)) from error
    return found or _new_column(link)


def _new_column(link: Any) -> str:
    if LINEITEM not in link.scopes:
        raise calling.Failed(outbox.hold("no line item, and no right to make one"))
    body = lineitems.described(link.title or link.course_id, link.resource_link_id, link.course_id)
    kind = {"Content-Type": lineitems.ITEM_TYPE, "Accept": lineitems.ITEM_TYPE}
    answer = calling.ask(
        link.platform_id, LINEITEM, lambda headers: outbound.post(link.lineitems, body, headers=headers | kind)
    )
    found = lineitems.made(calling.good(answer).body)
    if found is None:
        raise calling.Failed(outbox.hold("line item made, but its address was not told"))
    return found


# ---- rosters


def refresh_roster(row: Row) -> Outcome:
    """`lti.roster`: read who is in the class now; why it could not be read is shown there."""
    class_id = UUID(row.payload["class"])
    with reading():
        room = rosters.room(class_id)
    if room is None or not room.memberships_url:
        return outbox.DONE
    if room.status != ACTIVE:
        return outbox.hold("the platform is disabled here")
    try:
        found = members.read(room)
    except calling.Failed as error:
        with transaction():
            members.not_read(class_id, error.outcome.error or "")
        return error.outcome
    with transaction():
        members.take_in(class_id, found, now())
    return outbox.DONE


def refresh_rosters() -> None:
    """Daily: have the roster read of every class that is still taught."""
    at = now()
    with transaction():
        for room in rosters.taught(at - STILL_TAUGHT, at - FRESH, ACTIVE):
            recording.owe_roster(room.id, room.memberships_url)
