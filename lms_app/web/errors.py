"""Every failure becomes a page, or problem+json for `/api/`, with a sentence a person can act on."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from lms_app.core.db import db, trouble
from lms_app.core.errors import LmsError
from lms_app.web.i18n import _

log = logging.getLogger(__name__)

TITLES = {
    400: "Chưa thực hiện được",
    401: "Cần đăng nhập",
    403: "Anh chị chưa có quyền xem trang này",
    404: "Không tìm thấy trang này",
    405: "Trang này không nhận thao tác vừa gửi",
    409: "Chưa thực hiện được",
    413: "Tệp hoặc nội dung quá lớn",
    429: "Thao tác quá nhanh",
    503: "Hệ thống tạm dừng",
}
SENTENCES = {
    400: "Dữ liệu gửi lên không đọc được. Hãy quay lại trang trước và thử lại.",
    403: "Hãy đăng nhập bằng tài khoản khác, hoặc nhờ quản trị viên cấp quyền.",
    404: "Địa chỉ có thể đã gõ sai hoặc nội dung đã được gỡ. Hãy tìm lại từ danh mục khóa học.",
    405: "Hãy quay lại trang trước và dùng nút trên trang.",
    413: "Giới hạn là %(most)s MB cho mỗi lần gửi. Hãy chia nhỏ rồi gửi lại.",
    429: "Hãy chờ một phút rồi thử lại.",
    503: "Hãy thử lại sau ít phút. Nội dung đã lưu không bị mất.",
}
AGAIN_AFTER = {429: "60", 503: "120"}
"""Status -> seconds, for programs; people read it in the sentence."""

MEGABYTE = 1024 * 1024
KEPT_BACK = {"csrf_token", "password", "held"}
FAULT = "Hệ thống gặp lỗi"
FAULT_SENTENCE = "Lỗi đã được ghi lại. Nội dung đã lưu không bị mất; hãy thử lại sau ít phút."


def answer(status: int, sentence: str, **parts: Any) -> Response:
    """The error page for people, problem+json (RFC 9457) for programs.

    `parts`: `menu=list` where the database cannot be asked who is looking, `again` with fields to send once more.
    """
    title = _(TITLES.get(status, FAULT))
    if request.path.startswith("/api/"):
        response = jsonify(type="about:blank", title=str(title), status=status, detail=sentence)
        response.mimetype = "application/problem+json"
    else:
        response = make_response(
            render_template("error.html", heading=title, sentence=sentence, status=status, **parts)
        )
    response.status_code = status
    if status in AGAIN_AFTER:
        response.headers["Retry-After"] = AGAIN_AFTER[status]
    return response


def init(app: Flask) -> None:
    app.register_error_handler(LmsError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unknown)


def _known(error: LmsError) -> ResponseReturnValue:
    return answer(int(error.status), str(_(error.message, **error.values)))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    most = (request.max_content_length or 0) // MEGABYTE
    response = answer(error.code or 500, str(_(SENTENCES.get(error.code or 500, FAULT_SENTENCE), most=most)))
    if valid := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(valid)
    return response


def _database(error: DBAPIError) -> ResponseReturnValue:
    """A full disk, a locked or a missing database is no fault of the code: say so to the reader and to the log."""
    sentence = trouble(error)
    if sentence is None:
        return _unknown(error)
    log.error("database: %s", error.orig)
    db.session.rollback()
    return answer(503, str(_(sentence)), menu=list, again=_sent())


def _sent() -> list[tuple[str, str]]:
    """What the reader had typed, to be sent once more from the error page."""
    if request.method != "POST" or request.path.startswith("/sign-in"):
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name not in KEPT_BACK]


def _unknown(error: Exception) -> ResponseReturnValue:
    log.error("unhandled", exc_info=error)
    return answer(500, str(_(FAULT_SENTENCE)))
