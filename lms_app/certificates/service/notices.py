"""Telling people what became of their certificate, by mail; who has no address sees it on their page."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.certificates.models import EXPIRED, REPLACED, REVOKED
from lms_app.certificates.queries import notices
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.web.i18n import say

NOTICE = "certificates.notice"
BEFORE = timedelta(days=60)
"""How long before its last day the holder is reminded."""

WORDS = {
    REVOKED: (
        "Giấy chứng nhận %(serial)s đã bị thu hồi",
        """Chào anh chị,

Giấy chứng nhận %(serial)s của khóa %(course)s đã bị thu hồi. Lý do: %(reason)s

Trang tra cứu từ nay báo giấy này không còn giá trị. Nếu thấy chưa đúng, anh chị hãy liên hệ cơ quan cấp giấy.""",
    ),
    REPLACED: (
        "Giấy chứng nhận %(serial)s đã được thay bằng giấy mới",
        """Chào anh chị,

Giấy chứng nhận %(serial)s của khóa %(course)s đã được thay bằng giấy mới. Lý do: %(reason)s

Anh chị tải giấy mới ở trang sau và không dùng giấy cũ nữa:
%(page)s""",
    ),
    EXPIRED: (
        "Giấy chứng nhận %(serial)s sắp hết hiệu lực",
        """Chào anh chị,

Giấy chứng nhận %(serial)s của khóa %(course)s có giá trị đến hết ngày %(until)s.

Để có giấy mới, anh chị hoàn thành khóa sau trước ngày đó:
%(refresher)s""",
    ),
}
"""What happened -> subject and text."""


def owe(certificate_id: UUID, what: str) -> None:
    """Owe its holder a mail about it: `what` is revoked, replaced or expired (which it soon will be)."""
    payload = {"certificate": str(certificate_id), "what": what}
    outbox.put(NOTICE, f"{NOTICE}/{certificate_id}/{what}", "smtp", payload)


def owe_reminders(today: date) -> int:
    """Owe a mail to whoever's certificate ends within 60 days, once each; how many, at most 500."""
    found = [one.id for one in notices.ending(today, today + BEFORE) if notices.reminded(one.id, now())]
    for certificate_id in found:
        owe(certificate_id, EXPIRED)
    return len(found)


def written(told: Row[Any], what: str, site_url: str, day: Callable[[date], str]) -> tuple[str, str]:
    """Subject and text of the mail, in the language of its reader. `day` writes a date."""
    values = {
        "serial": told.serial,
        "course": told.course_title,
        "reason": told.revoked_reason or "",
        "until": day(told.valid_until) if told.valid_until else "",
        "page": f"{site_url}/me/certificates",
        "refresher": f"{site_url}/courses/{told.rules.get('refresher') or told.course_id}",
    }
    subject, text = (str(say(told.locale, sentence)) % values for sentence in WORDS[what])
    return subject, text
