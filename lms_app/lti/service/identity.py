"""Who a platform's user is here: a person made for them, or an account that they have proved to be theirs.

An e-mail address that a platform tells never decides. What proves it is the account's own sign-in, or a link mailed
to the account; either can be undone, from the frame or from the account.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.accounts.models import Person
from lms_app.accounts.service import people as accounts
from lms_app.accounts.service import signing_in
from lms_app.core import audit, outbox
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.learning.service import studying as learning
from lms_app.lti import recording
from lms_app.lti.models import AccountLink, LinkMail, LtiUser
from lms_app.lti.platform import digest
from lms_app.lti.queries import people

MAIL_LIFE = timedelta(hours=1)
ASK = "lti.link"
NO_MATCH = "Thư điện tử hoặc mật khẩu chưa đúng. Hãy kiểm tra phím Caps Lock và bộ gõ."
OLD = "Liên kết này đã hết hạn, đã dùng hoặc không đúng. Hãy xin liên kết mới từ trang Nối tài khoản trong khung học."


def known(launch_id: UUID) -> Row[Any]:
    """What the platform told of the user of a launch, and the account they linked, if any."""
    found = people.user_of(launch_id)
    if found is None:
        raise NotFound("Lần mở này không còn. Hãy mở lại liên kết từ hệ thống học tập của đơn vị.")
    return found


def link_by_password(launch_id: UUID, email: str, password: str) -> None:
    """Link to the account that signs in so. Raises `Invalid` beside `password`, `Conflict` when one is linked."""
    account = signing_in.verified(email, password)
    if account is None:
        raise Invalid("Chưa nối được tài khoản.", {"password": NO_MATCH})
    _link(known(launch_id).user_id, account[0], "password")


def owe_mail(launch_id: UUID, email: str) -> None:
    """Ask the account of this address by mail whether it is the same person. The answer tells nobody who exists."""
    user, account = known(launch_id), accounts.by_email(email)
    if account is not None and account.active:
        ids = {"user": str(user.user_id), "account": str(account.id)}
        outbox.put(ASK, f"{ASK}/{user.user_id}", "smtp", ids, replace=True)


def make_token(user_id: UUID, account_id: UUID) -> str:
    """A token for the mail, good once within an hour."""
    token = secrets.token_urlsafe(32)
    at = now() + MAIL_LIFE
    db.session.add(LinkMail(digest=digest(token), user_id=user_id, account_id=account_id, expires_at=at))
    return token


def asked(token: str) -> Row[Any]:
    """Who asks to be which account. Raises `Invalid` for a token that is unknown, used or old."""
    found = people.asked(digest(token), now())
    if found is None:
        raise Invalid(OLD)
    return found


def accept(token: str) -> None:
    """The account's owner says yes."""
    found = asked(token)
    if not people.use_mail(digest(token)):
        raise Invalid(OLD)
    _link(found.user_id, found.account_id, "mail")


def undo(launch_id: UUID) -> None:
    """From the frame: be the platform's own person again. Raises `Conflict` when nothing is linked."""
    _undo(known(launch_id).user_id, "frame")


def undo_by_account(account_id: UUID, link_id: UUID) -> None:
    """From the account: let go of a platform's user. Raises `NotFound` for another's link."""
    found = db.session.get(AccountLink, link_id)
    if found is None or found.account_id != account_id:
        raise NotFound("Không có tài khoản nối này. Hãy mở lại danh sách.")
    _undo(found.user_id, account_id)


def _link(user_id: UUID, account_id: UUID, how: str) -> None:
    user = db.session.get_one(LtiUser, user_id, with_for_update=True)
    if people.open_link(user_id) or user.person_id == account_id:
        raise Conflict("Tài khoản này đã được nối. Muốn nối tài khoản khác, hãy bỏ nối trước.")
    db.session.get_one(Person, account_id, with_for_update=True)  # two users may link it at once
    own = user.person_id
    moved = learning.hand_over(own, account_id)
    made = AccountLink(user_id=user_id, own_person_id=own, account_id=account_id, how=how, moved=moved, at=now())
    db.session.add(made)
    _become(user, account_id)
    accounts.owe_certificates(account_id)
    audit.note(account_id, "lti.account.linked", user_id, how=how, moved=len(moved))


def _undo(user_id: UUID, actor: object) -> None:
    user = db.session.get_one(LtiUser, user_id, with_for_update=True)
    found = people.open_link(user_id)
    if found is None:
        raise Conflict("Chưa có tài khoản nào được nối.")
    link = db.session.get_one(AccountLink, found.id)
    link.undone_at = now()
    learning.hand_back([UUID(one) for one in link.moved], link.account_id, link.own_person_id, link.at)
    _become(user, link.own_person_id)
    audit.note(actor, "lti.account.unlinked", user_id)


def _become(user: LtiUser, person_id: UUID) -> None:
    """Sessions in frames and grades follow the person."""
    people.move_sessions(user.id, user.person_id, person_id)
    user.person_id = person_id
    db.session.flush()
    for grade in people.grades_elsewhere(user.id, person_id):
        recording.repoint(grade.id, grade.enrolment_id, grade.lineitem)
