"""What people type to sign in, cleaned and checked."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from lms_app.core.text import clean

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LONGEST_PASSWORD = 200
SHORTEST_PASSWORD = 10


@dataclass
class SignIn:
    """E-mail with password, or for a link. `errors`: field -> sentence."""

    email: str
    password: str
    errors: dict[str, str]

    @classmethod
    def read(cls, form: MultiDict[str, str], *, with_password: bool) -> "SignIn":
        made = cls(clean(form.get("email", "")).lower(), form.get("password", ""), {})
        if not _EMAIL.fullmatch(made.email):
            made.errors["email"] = "Ghi đủ địa chỉ thư, ví dụ ten.ho@coquan.example."
        if with_password and not made.password:
            made.errors["password"] = "Ghi mật khẩu, hoặc chọn nhận liên kết qua thư."  # noqa: S105 - a sentence
        if len(made.password) > LONGEST_PASSWORD:
            made.errors["password"] = "Mật khẩu dài quá 200 ký tự. Hãy ghi lại."  # noqa: S105
        return made


@dataclass
class NewPassword:
    password: str
    errors: dict[str, str]

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "NewPassword":
        made = cls(form.get("password", ""), {})
        if not SHORTEST_PASSWORD <= len(made.password) <= LONGEST_PASSWORD:
            made.errors["password"] = "Mật khẩu cần từ 10 đến 200 ký tự. Một câu dài dễ nhớ là tốt nhất."  # noqa: S105
        return made


def safe_next(address: str | None) -> str:
    """A path on this site to go on to; anything else becomes the learner's own page.

    Browsers drop tabs and line breaks and read a backslash as `/`, so that `/<tab>/elsewhere` would lead away.
    """
    if address and address.startswith("/") and not address.startswith("//") and address.isprintable():
        return "/me" if "\\" in address else address
    return "/me"
