"""Mail to people: the sign-in link. The token is made when it is sent; the outbox holds only who."""

from uuid import UUID

from flask import current_app

from lms_app.accounts.queries import people as queries
from lms_app.accounts.service import signing_in as service
from lms_app.core import mail, outbox
from lms_app.core.clock import now
from lms_app.core.db import reading, transaction
from lms_app.core.settings import Settings
from lms_app.web.i18n import say


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
    settings: Settings = current_app.extensions["settings"]
    language = person.locale
    subject = say(language, "Liên kết đăng nhập Học chuyển đổi số")
    body = say(
        language,
        "Chào anh chị,\n\nMở liên kết sau để đăng nhập. Liên kết dùng được một lần, trong 24 giờ:\n%(link)s\n\n"
        "Nếu anh chị không yêu cầu, hãy bỏ qua thư này; không ai đăng nhập được nếu không mở liên kết.",
        link=f"{settings.url}/sign-in/link/{token}",
    )
    return mail.deliver(person.email, str(subject), str(body))
