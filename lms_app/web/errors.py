"""Every failure becomes a page, or problem+json for `/api/`, with a sentence a person can act on."""

import logging
import sqlite3
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

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
    413: "Giới hạn là 2 MB cho mỗi lần gửi. Hãy chia nhỏ rồi gửi lại.",
    429: "Hãy chờ một phút rồi thử lại.",
    503: "Hãy thử lại sau ít phút. Nội dung đã lưu không bị mất.",
}
FAULT = "Hệ thống gặp lỗi"
FAULT_SENTENCE = "Lỗi đã được ghi lại. Nội dung đã lưu không bị mất; hãy thử lại sau ít phút."


def answer(status: int, sentence: str) -> Response:
    """The error page for people, problem+json (RFC 9457) for programs."""
    title = _(TITLES.get(status, FAULT))
    if request.path.startswith("/api/"):
        response = jsonify(type="about:blank", title=str(title), status=status, detail=sentence)
        response.mimetype = "application/problem+json"
    else:
        response = make_response(render_template("error.html", heading=title, sentence=sentence, status=status))
    response.status_code = status
    return response


def init(app: Flask) -> None:
    app.register_error_handler(LmsError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _unknown)


def _known(error: LmsError) -> ResponseReturnValue:
    return answer(int(error.status), str(_(error.message, **error.values)))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    response = answer(error.code or 500, str(_(SENTENCES.get(error.code or 500, FAULT_SENTENCE))))
    if valid := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(valid)
    return response


def _database(error: OperationalError) -> ResponseReturnValue:
    """A full disk or a locked file is no fault of the code: say so to the reader and to the log."""
    log.error("database: %s", error.orig)
    if isinstance(error.orig, sqlite3.OperationalError) and "full" in str(error.orig):
        return answer(503, str(_("Ổ đĩa của máy chủ đã đầy nên chưa lưu được. Hãy báo quản trị viên.")))
    return answer(503, str(_(SENTENCES[503])))


def _unknown(error: Exception) -> ResponseReturnValue:
    log.error("unhandled", exc_info=error)
    return answer(500, str(_(FAULT_SENTENCE)))
