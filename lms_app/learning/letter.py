"""The letter about a due date, and the link in it that stops such letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from lms_app.web.i18n import say

SUBJECTS = ("Nhắc học, hạn %(day)s: %(title)s", "Đã quá hạn học: %(title)s")
DUE = (
    "Hạn: hết ngày %(day)s, còn %(n)s ngày.",
    "Hạn: hết hôm nay, ngày %(day)s.",
    "Hạn là ngày %(day)s, đã qua %(n)s ngày.",
)
TEXT = """Chào anh chị %(name)s,

Anh chị được %(by)s giao học: %(title)s.
%(due)s

Các khóa anh chị chưa hoàn thành:

%(courses)s

%(note)sNếu vừa hoàn thành, anh chị bỏ qua thư này.

%(by)s

--
Thư tự động. Để không nhận thư nhắc hạn nữa, mở liên kết sau và chọn "Ngừng nhận thư nhắc hạn":
%(stop)s
Việc học và hạn không đổi khi ngừng nhận thư. Anh chị bật lại được ở trang Tài khoản."""
NOTE = """Lời nhắn của người giao: %(note)s

"""


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str
    stop: str
    """The address that stops them; also for the header that mail programs show as a button."""


@dataclass(frozen=True)
class About:
    """What a letter is written from. `by`: who assigned it and their office. `courses`: what is left."""

    to: str
    name: str
    locale: str
    title: str
    due_on: date
    note: str
    by: str
    courses: Sequence[Any]


def written(about: About, today: date, site_url: str, stop: str) -> Letter:
    language, left = about.locale, (about.due_on - today).days
    day = f"{about.due_on:%d/%m/%Y}"
    due = str(say(language, DUE[0] if left > 0 else DUE[1] if left == 0 else DUE[2], n=abs(left), day=day))
    courses = "\n\n".join(f"- {one.title}\n  {site_url}/courses/{one.id}" for one in about.courses)
    values = {
        "name": about.name,
        "by": about.by,
        "title": about.title,
        "due": due,
        "day": day,
        "courses": courses,
        "note": str(say(language, NOTE)) % {"note": about.note} if about.note else "",
        "stop": stop,
    }
    subject = str(say(language, SUBJECTS[left < 0])) % values
    return Letter(about.to, subject, str(say(language, TEXT)) % values, stop)


def token(secret: str, person_id: UUID) -> str:
    """Signed, for good: a letter from years ago must still stop them. Opens nothing else."""
    return _signer(secret).sign(base64_encode(person_id.bytes)).decode()


def person_of(secret: str, made: str) -> UUID | None:
    """None when it was not made here, or was changed."""
    try:
        return UUID(bytes=base64_decode(_signer(secret).unsign(made)))
    except (BadData, ValueError):
        return None


def _signer(secret: str) -> Signer:
    return Signer(secret, salt="stop-reminders")
