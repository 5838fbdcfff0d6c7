"""For administrators: who certifies, under which names, from when to when. What was issued never changes."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates.forms.issuers import ENGLISH, PROFILE, Profile
from lms_app.certificates.queries import issuers as known
from lms_app.certificates.service import issuers
from lms_app.core.errors import Conflict, NotFound

bp = Blueprint("issuers", __name__)

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
def create() -> ResponseReturnValue:
    code = request.form.get("code", "").strip().lower()
    asked = Profile.read(request.form)
    errors = dict(asked.errors)
    if not CODE.fullmatch(code):
        errors["code"] = "Mã gồm chữ thường không dấu, số và dấu gạch ngang, ví dụ so-khcn."
    elif known.of_issuer(code):
        errors["code"] = "Mã này đã có. Hãy chọn mã khác, hoặc thêm thông tin mới cho cơ quan đó."
    if errors:
        return _form("", {**asked.typed, "code": code}, errors), 400
    issuers.add_profile(code, asked, me().id)
    return redirect(url_for(".index"), code=303)


@bp.get("/admin/issuers/<code>/new")
@allow(access.admin)
def change(code: str) -> ResponseReturnValue:
    """The next profile begins as the present one stands."""
    newest = _newest(code)
    typed = {name: getattr(newest, name) for name in PROFILE}
    return _form(code, typed | {f"en_{name}": newest.english.get(name, "") for name in ENGLISH}, {})


@bp.post("/admin/issuers/<code>/new")
@allow(access.admin)
def add(code: str) -> ResponseReturnValue:
    _newest(code)
    asked = Profile.read(request.form)
    if asked.errors:
        return _form(code, asked.typed, asked.errors), 400
    try:
        issuers.add_profile(code, asked, me().id)
    except Conflict as wrong:
        return _form(code, asked.typed, {"valid_from": wrong.message}), 409
    return redirect(url_for(".index"), code=303)


def _newest(code: str) -> Any:
    found = known.of_issuer(code)
    if not found:
        raise NotFound("Không có cơ quan cấp nào mang mã này.")
    return found[0]


def _form(code: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "certificates/issuer-form.html", code=code, typed=typed, errors=errors, labels=LABELS, english=ENGLISH
    )
