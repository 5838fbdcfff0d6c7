"""For administrators: the platforms connected here, what is wrong with one, what to type where; new ones by hand."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.core.db import release
from lms_app.core.errors import Conflict, Invalid, NotFound
from lms_app.core.settings import Settings
from lms_app.lti import guides, quirks, registering, registry
from lms_app.lti.models import ACTIVE, DELETED, DISABLED
from lms_app.lti.queries import owed
from lms_app.lti.queries import platforms as known
from lms_app.lti.service import checking
from lms_app.lti.service.checking import Finding
from lms_app.web.i18n import _

bp = Blueprint("lti_admin", __name__)

FIELDS = (*registry.FIELDS, "deployments")
LABELS = {
    "name": "Tên hệ thống",
    "issuer": "Issuer",
    "client_id": "Client ID",
    "auth_url": "Địa chỉ đăng nhập (Authentication request URL)",
    "token_url": "Địa chỉ cấp token (Access token URL)",
    "jwks_url": "Địa chỉ khóa công khai (Public keyset URL)",
    "audience": "Audience",
    "deployments": "Deployment ID",
}
TOPICS = {
    "site": "Địa chỉ của trang này",
    "keys": "Khóa công khai",
    "clock": "Đồng hồ",
    "token": "Quyền",
    "deployment": "Deployment ID",
}
"""What each finding is about."""

SAVED = {
    "added": "Đã thêm kết nối. Việc còn lại ở phía hệ thống đó có trong hướng dẫn dưới đây.",
    "changed": "Đã lưu thay đổi.",
    "active": "Kết nối đang dùng được.",
    "disabled": "Đã tạm ngừng kết nối.",
}


@bp.get("/admin/lti")
@allow(access.admin)
def platforms() -> ResponseReturnValue:
    return render_template(
        "lti/platforms.html",
        platforms=known.platforms(),
        uses=known.use_of_platforms(),
        counts=owed.counts(),
        products=_products(),
        mode=_settings().lti_registration,
        register=f"{_settings().url}/lti/register",
    )


@bp.get("/admin/lti/new")
@allow(access.admin)
def new() -> ResponseReturnValue:
    return _form(None, dict.fromkeys(FIELDS, ""), {})


@bp.post("/admin/lti/new")
@allow(access.admin)
def add() -> ResponseReturnValue:
    typed = _typed()
    try:
        made = registry.add_platform(typed, typed["deployments"].splitlines(), me().id)
    except Invalid as wrong:
        return _form(None, typed, wrong.fields), 400
    except Conflict as wrong:
        return _form(None, typed, {"client_id": wrong.message}), 409
    return redirect(url_for(".platform", platform_id=made.id, saved="added"), code=303)


@bp.get("/admin/lti/<uuid:platform_id>")
@allow(access.admin)
def platform(platform_id: UUID) -> ResponseReturnValue:
    return _platform(_one(platform_id), saved=SAVED.get(request.args.get("saved", ""), ""))


@bp.post("/admin/lti/<uuid:platform_id>/check")
@allow(access.admin)
def check(platform_id: UUID) -> ResponseReturnValue:
    """Calls the platform while one waits, with no transaction open. Nothing is kept but the tokens it gives."""
    one = _one(platform_id)
    release()
    return _platform(one, findings=checking.check(one, _settings()))


@bp.get("/admin/lti/<uuid:platform_id>/edit")
@allow(access.admin)
def edit(platform_id: UUID) -> ResponseReturnValue:
    one = _one(platform_id)
    return _form(one, {name: getattr(one, name) or "" for name in FIELDS}, {})


@bp.post("/admin/lti/<uuid:platform_id>/edit")
@allow(access.admin)
def change(platform_id: UUID) -> ResponseReturnValue:
    one, typed = _one(platform_id), _typed()
    try:
        registry.change_platform(one.id, typed, typed["deployments"].splitlines(), me().id)
    except Invalid as wrong:
        return _form(one, typed, wrong.fields), 400
    return redirect(url_for(".platform", platform_id=one.id, saved="changed"), code=303)


@bp.post("/admin/lti/<uuid:platform_id>/status")
@allow(access.admin)
def decide(platform_id: UUID) -> ResponseReturnValue:
    """Approve, pause, take into use again."""
    one, status = _one(platform_id), request.form.get("status", "")
    if status not in {ACTIVE, DISABLED}:
        raise Invalid("Chọn duyệt, tạm ngừng hoặc dùng lại.")
    registry.set_status(one.id, status, me().id)
    return redirect(url_for(".platform", platform_id=one.id, saved=status), code=303)


@bp.get("/admin/lti/<uuid:platform_id>/delete")
@allow(access.admin)
def ask_to_delete(platform_id: UUID) -> ResponseReturnValue:
    one = _one(platform_id)
    return render_template(
        "lti/platform-delete.html", one=one, is_used=known.is_used(one.id), counts=owed.counts().get(one.id, {})
    )


@bp.post("/admin/lti/<uuid:platform_id>/delete")
@allow(access.admin)
def delete(platform_id: UUID) -> ResponseReturnValue:
    registry.delete_platform(_one(platform_id).id, me().id)
    return redirect(url_for(".platforms"), code=303)


def _one(platform_id: UUID) -> Any:
    found = known.platform(platform_id)
    if found is None or found.status == DELETED:
        raise NotFound("Không có kết nối này. Có thể nó đã được xóa.")
    return found


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in FIELDS}


def _form(one: Any, typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    return render_template(
        "lti/platform-form.html",
        one=one,
        typed=typed,
        wrong={name: str(_(wrong[name])) for name in FIELDS if name in wrong},
        labels=LABELS,
        products=_products(),
    )


def _platform(one: Any, *, saved: str = "", findings: Sequence[Finding] = ()) -> str:
    product = quirks.name(one.product, one.issuer, one.auth_url)
    every = guides.guides(_settings().url, product)
    return render_template(
        "lti/platform.html",
        one=one,
        saved=saved,
        just_added=saved == SAVED["added"],
        findings=findings,
        topics=TOPICS,
        is_well=checking.is_well(findings),
        product=_products().get(product, one.product),
        use=known.use_of_platforms().get(one.id),
        keys_at=known.key_set_at(one.jwks_url),
        counts=owed.counts().get(one.id, {}),
        elsewhere=registering.elsewhere(one),
        guides=every[:1] if every[0].product == product else every,
    )


def _products() -> dict[str, str]:
    return {guide.product: guide.name for guide in guides.GUIDES}


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
