"""Dynamic registration, in the platform's frame and without cookies: shown first, done by one button, told at the end.

Nobody is signed in here. A forged post could only register its own platform, which waits for an administrator; that
the page was shown before, its signed promise says.
"""

import logging
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.core.db import release
from lms_app.core.errors import NotFound
from lms_app.core.settings import Settings
from lms_app.lti import claims, forms, guides, quirks, registering
from lms_app.lti.queries import platforms
from lms_app.lti.registering import NotRegistered, Offer, Tool
from lms_app.lti.service import registration
from lms_app.lti.service.registration import Asked
from lms_app.web import security
from lms_app.web.i18n import _
from lms_app.web.security import csrf, limiter

log = logging.getLogger("lms.lti")
bp = Blueprint("lti_register", __name__)

OFTEN = "30 per minute"
ANYBODY = "*"
TOLD = {
    "people": "Mã và họ tên của người mở khóa học, vai trò trong lớp, tên lớp. Không xin địa chỉ thư điện tử.",
    "custom": "Lớp và liên kết gốc khi lớp được chép lại, hạn nộp bài nếu có.",
    claims.ROSTER: "Danh sách lớp, để giảng viên thấy ai chưa bắt đầu.",
}
DONE_THERE = {
    claims.SCORE: "Ghi điểm bài kiểm tra cuối khóa vào sổ điểm của lớp.",
    claims.LINEITEM: "Tìm cột điểm của liên kết, và tạo cột khi chưa có.",
    claims.LINEITEM_READ: "Tìm cột điểm của liên kết.",
    claims.RESOURCE_LINK: "Mở khóa học từ liên kết trong lớp.",
    claims.DEEP_LINKING: "Để giảng viên chọn khóa học, bài học hoặc bài kiểm tra đưa vào lớp.",
    claims.REVIEW: "Mở bài làm của học viên từ sổ điểm.",
    claims.PRIVACY: "Mở trang dữ liệu cá nhân của học viên.",
}
"""What is asked for, in words: scopes, messages, and what comes with each launch."""


@bp.get("/lti/register")
@allow(access.anyone)
@limiter.limit(OFTEN)
def ask() -> ResponseReturnValue:
    """What will be registered, in words. Fetches the platform's configuration and stores nothing."""
    registration.check_open(_settings().lti_registration)
    asked = Asked(request.args.get("openid_configuration", ""), request.args.get("registration_token", ""))
    release()
    found = registration.offer(asked)
    _framed_by(found)
    promise = registration.promise(_secret(), asked.config_url, asked.token)
    asks = {*found.scopes, *found.messages, "people", *(["custom"] if found.custom else [])}
    return _page(
        "lti/register.html",
        offer=found,
        elsewhere=registering.elsewhere(found),
        told=[sentence for name, sentence in TOLD.items() if name in asks],
        done=[sentence for name, sentence in DONE_THERE.items() if name in asks],
        promise=promise,
        mode=_settings().lti_registration,
    )


@bp.post("/lti/register")
@allow(access.anyone)
@limiter.limit(OFTEN)
def register() -> ResponseReturnValue:
    """Do what the page said. The configuration is fetched anew: nothing of it went through the browser."""
    registration.check_open(_settings().lti_registration)
    asked = Asked(*registration.promised(_secret(), request.form.get("promise", "")))
    release()
    found = registration.offer(asked)
    registration.check_room(found)
    release()
    outcome = registration.keep(found, registration.register(asked, found, _tool()), _settings().lti_registration)
    done = registration.promise(_secret(), str(outcome.platform_id), "differs" if outcome.differs else "")
    return redirect(url_for(".registered", done=done), code=303)


csrf.exempt(register)


@bp.get("/lti/registered")
@allow(access.anyone)
def registered() -> ResponseReturnValue:
    """What comes next. Its address is signed, so that a reload shows how it stands by then."""
    platform_id, differs = registration.promised(_secret(), request.args.get("done", ""))
    found = platforms.platform(UUID(platform_id))
    if found is None:
        raise NotFound("Kết nối này không còn ở trang này.")
    security.frame_by(*_frames(found.issuer))
    return _page("lti/registered.html", one=found, differs=bool(differs), steps=_left(found))


@bp.errorhandler(NotRegistered)
def failed(error: NotRegistered) -> ResponseReturnValue:
    """One page in the frame of whoever asked: it holds nothing to press but what closes it."""
    log.warning("not registered: %s", error)
    security.frame_by(ANYBODY)
    page = render_template("lti/not-registered.html", why=_(error.message, **error.values))
    return page, int(error.status), {"Cache-Control": "no-store"}


def _framed_by(found: Offer) -> None:
    security.frame_by(*_frames(found.issuer))


def _frames(issuer: str) -> tuple[str, ...]:
    """The platform's own host; where one issuer serves all customers, each frames us from a host of its own."""
    return (ANYBODY,) if quirks.of("", issuer).issuer_for_all else (forms.origin_of(issuer),)


def _left(found: Any) -> list[str]:
    """The steps in the platform's own pages that follow the one on ours."""
    product = quirks.name(found.product, found.issuer, found.auth_url)
    steps = next((guide.registering for guide in guides.GUIDES if guide.product == product), ())
    return list(steps[steps.index(guides.AGREE) + 1 :]) if guides.AGREE in steps else []


def _tool() -> Tool:
    about = _("Khóa học ngắn về chuyển đổi số cho cán bộ, công chức, viên chức.")
    return Tool(_settings().url, str(_("Học chuyển đổi số")), str(about))


def _page(template: str, **values: Any) -> ResponseReturnValue:
    return render_template(template, **values), 200, {"Cache-Control": "no-store"}


def _secret() -> str:
    return str(current_app.secret_key)


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
