"""For administrators: who certifies, under which names, from when to when. What was issued never changes."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates.forms.issuers import ENGLISH, PROFILE, Profile
from lms_app.certificates.picture import LARGEST_SEAL
from lms_app.certificates.queries import issuers as known
from lms_app.certificates.service import issuers
from lms_app.core import storage
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.web.security import takes_files

bp = Blueprint("issuers", __name__)

MEGABYTES = 1
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LABELS = {
    "parent_name": "Cơ quan chủ quản",
    "name": "Cơ quan cấp",
    "prefix": "Ký hiệu đầu số hiệu",
    "place": "Địa danh",
    "capacity": "Thẩm quyền ký (KT., TL., TUQ.)",
    "signer_title": "Chức vụ người ký",
    "signer_name": "Họ tên người ký",
}


@bp.get("/admin/issuers")
@allow(access.admin)
def index() -> ResponseReturnValue:
    return render_template("certificates/issuers.html", profiles=known.profiles(), today=issuers.today(), labels=LABELS)


@bp.get("/admin/issuers/new")
@allow(access.admin)
def new() -> ResponseReturnValue:
    return _form("", {}, {})


@bp.post("/admin/issuers/new")
@allow(access.admin)
@takes_files(MEGABYTES)
def create() -> ResponseReturnValue:
    code = request.form.get("code", "").strip().lower()
    asked = Profile.read(request.form)
    errors = dict(asked.errors)
    if not CODE.fullmatch(code):
        errors["code"] = "Mã gồm chữ thường không dấu, số và dấu gạch ngang, ví dụ so-khcn."
    elif known.of_issuer(code):
        errors["code"] = "Mã này đã có. Hãy chọn mã khác, hoặc thêm thông tin mới cho cơ quan đó."
    typed = {**asked.typed, "code": code}
    if errors:
        return _form("", typed, errors), 400
    try:
        issuers.add_profile(code, asked, me().id, _sent_seal())
    except Invalid as wrong:
        return _form("", typed, {"seal": wrong.message}), 400
    return redirect(url_for(".index"), code=303)


@bp.get("/admin/issuers/<issuer>/new")
@allow(access.admin)
def change(issuer: str) -> ResponseReturnValue:
    """The next profile begins as the present one stands."""
    newest = _newest(issuer)
    typed = {name: getattr(newest, name) for name in PROFILE}
    return _form(issuer, typed | {f"en_{name}": newest.english.get(name, "") for name in ENGLISH}, {})


@bp.get("/admin/issuers/<issuer>/seal.png")
@allow(access.admin)
def seal(issuer: str) -> ResponseReturnValue:
    """That of the newest profile."""
    found = _newest(issuer).seal
    if not found:
        raise NotFound("Cơ quan cấp này chưa có hình con dấu.")
    response = Response(storage.get(found), mimetype="image/png")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.post("/admin/issuers/<issuer>/new")
@allow(access.admin)
@takes_files(MEGABYTES)
def add(issuer: str) -> ResponseReturnValue:
    _newest(issuer)
    asked = Profile.read(request.form)
    if asked.errors:
        return _form(issuer, asked.typed, asked.errors), 400
    try:
        issuers.add_profile(issuer, asked, me().id, _sent_seal())
    except Invalid as wrong:
        return _form(issuer, asked.typed, {"seal": wrong.message}), 400
    except Conflict as wrong:
        return _form(issuer, asked.typed, {"valid_from": wrong.message}), 409
    return redirect(url_for(".index"), code=303)


def _sent_seal() -> bytes | None:
    """As `issuers.add_profile` takes it."""
    sent = request.files.get("seal")
    content = sent.read(LARGEST_SEAL + 1) if sent else b""
    if content:
        return content
    return b"" if "no_seal" in request.form else None


def _newest(code: str) -> Any:
    found = known.of_issuer(code)
    if not found:
        raise NotFound("Không có cơ quan cấp nào mang mã này.")
    return found[0]


def _form(code: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "certificates/issuer-form.html",
        code=code,
        typed=typed,
        errors=errors,
        labels=LABELS,
        english=ENGLISH,
        has_seal=bool(code and _newest(code).seal),
    )
