"""Why a launch is refused: a word for the log, and a sentence for the person, who mostly can only go back or ask."""

import secrets
from http import HTTPStatus

from lms_app.core.errors import LmsError

ASK_AGAIN = "Hãy quay lại hệ thống học tập của đơn vị và mở lại liên kết này."
NOT_READABLE = "Thông tin mở khóa học gửi đến không đọc được hoặc không đúng."
NOT_KNOWN = "Hệ thống gửi đến chưa được kết nối với trang này."
ENDED = "Lần mở này đã hết hạn, đã dùng rồi hoặc được bắt đầu ở nơi khác."
NO_KEYS = "Trang này chưa kiểm tra được chữ ký của hệ thống gửi đến. Hãy thử lại sau ít phút."

SENTENCES = {
    "platform-unknown": NOT_KNOWN,
    "platform-disabled": "Kết nối với hệ thống gửi đến đang tạm ngừng.",
    "deployment": NOT_KNOWN,
    "state": ENDED,
    "browser": ENDED,
    "used": ENDED,
    "expired": "Lần mở này đã hết hạn, hoặc đồng hồ của hệ thống gửi đến chạy sai.",
    "issued-in-future": "Lần mở này đã hết hạn, hoặc đồng hồ của hệ thống gửi đến chạy sai.",
    "key-unavailable": NO_KEYS,
    "key-unknown": NO_KEYS,
    "platform-error": "Hệ thống gửi đến chưa cho anh chị đăng nhập.",
    "target": "Liên kết này trỏ đến một trang khác, không phải trang này.",
    "anonymous": (
        "Hệ thống gửi đến không cho biết ai đang mở, nên không mở được phần này. Hãy đăng nhập ở đó rồi mở lại."
    ),
    "platform-pending": "Kết nối với hệ thống gửi đến đang chờ quản trị viên của trang này duyệt.",
    "platform-deleted": NOT_KNOWN,
    "read": ENDED,
    "picking": ENDED,
    "picker": "Chỉ giảng viên hoặc người xây dựng khóa học ở hệ thống gửi đến mới chọn được nội dung.",
    "reviewer": "Chỉ giảng viên của lớp và chính học viên đó xem được bài làm này.",
    "others-data": "Mỗi người chỉ mở được trang dữ liệu của chính mình.",
    "no-work": "Chưa có bài làm nào của học viên này trong khóa học.",
    "no-course": (
        "Liên kết này chưa cho biết mở khóa học nào. Giảng viên: trong phần cài đặt của liên kết, "
        "thêm tham số tùy chỉnh course=mã-khóa-học, hoặc dán địa chỉ có dạng /lti/courses/mã-khóa-học."
    ),
    "course-closed": (
        "Khóa học này chưa mở hoặc đã đóng. Giảng viên: kiểm tra mã khóa học trong phần cài đặt của liên kết."
    ),
    "ticket": "Nút mở trong thẻ mới chỉ dùng được một lần trong một phút.",
}
"""Reasons not named here are told to the person with `NOT_READABLE`."""

NOT_CLAIMS = {
    "platform-unknown",
    "login-incomplete",
    "too-long",
    "token-unreadable",
    "algorithm",
    "kid",
    "target",
    "no-course",
}


class LaunchRefused(LmsError):
    """`reason` is for the log and for tests; `reference` stands on the page and in the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(SENTENCES.get(reason, NOT_READABLE))
        self.reason = reason
        self.reference = secrets.token_hex(4)
        self.status = HTTPStatus.BAD_REQUEST if reason in NOT_CLAIMS else HTTPStatus.FORBIDDEN


def refusal(reason: str) -> LaunchRefused:
    """The error of one reason, to be raised."""
    return LaunchRefused(reason)
