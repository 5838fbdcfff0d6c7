"""Why a score, a column or a roster has not come through, in words for a teacher.

Keys are pieces of what the outbox keeps as its reason, which is never a platform's own text; the first that fits says
it. Vietnamese source text, translated where it is shown.
"""

Words = tuple[tuple[str, str], ...]

REFUSED = "Hệ thống học tập không nhận ra trang này hoặc không cấp quyền. Quản trị hai bên cần xem lại phần kết nối."
NO_REACH = "Chưa gọi được hệ thống học tập. Máy sẽ tự thử lại."
OVERLOADED = "Hệ thống học tập đang quá tải. Máy sẽ tự thử lại."
NOT_TAKEN = "Hệ thống học tập không nhận điểm này. Có thể học viên đã rời lớp hoặc cột điểm đã khóa."
NO_WRITING = "Hệ thống học tập không cho ghi điểm vào cột này."
NO_ITEM = "Cột điểm không còn trong sổ điểm."
NO_COLUMNS = "Hệ thống học tập không cho trang này xem hay tạo cột điểm."
NO_READING = "Hệ thống học tập không cho đọc danh sách lớp."
NO_ROSTER = "Hệ thống học tập không còn giữ danh sách của lớp này."
UNKNOWN = "Chưa rõ lý do. Quản trị của trang này xem được trong danh sách việc gửi đi."

FIRST: Words = (
    ("invalid_", REFUSED),
    ("unauthorized_client", REFUSED),
    ("no key of our own", REFUSED),
    ("HTTP 408", OVERLOADED),
    ("HTTP 425", OVERLOADED),
    ("HTTP 429", OVERLOADED),
    ("token", "Hệ thống học tập chưa cấp quyền truy cập. Máy sẽ tự thử lại."),
)
LAST: Words = (
    ("the platform is disabled", "Kết nối với hệ thống học tập này đang tạm ngừng."),
    ("address not allowed", "Địa chỉ mà hệ thống học tập đưa ra không gọi được từ đây."),
    ("timeout", "Hệ thống học tập trả lời quá chậm. Máy sẽ tự thử lại."),
    ("connection", NO_REACH),
    ("circuit", NO_REACH),
    ("busy", NO_REACH),
    ("HTTP 5", "Hệ thống học tập đang gặp lỗi. Máy sẽ tự thử lại."),
    ("HTTP 3", "Địa chỉ dịch vụ của hệ thống học tập đã chuyển đi nơi khác."),
    ("HTTP 2", "Hệ thống học tập trả lời bằng một trang thay cho dữ liệu. Máy sẽ tự thử lại."),
)
SCORE: Words = (
    ("HTTP 401", NO_WRITING),
    ("HTTP 403", NO_WRITING),
    ("HTTP 404", NO_ITEM),
    ("HTTP 410", NO_ITEM),
    ("HTTP 400", NOT_TAKEN),
    ("HTTP 422", NOT_TAKEN),
)
COLUMN: Words = (
    (
        "no right to make one",
        "Liên kết chưa có cột điểm và trang này không được quyền tạo cột. Hãy bật chấm điểm cho liên kết.",
    ),
    ("address was not told", "Cột điểm đã tạo, nhưng hệ thống học tập không cho biết địa chỉ của cột."),
    ("HTTP 4", NO_COLUMNS),
)
ROSTER: Words = (
    ("HTTP 401", NO_READING),
    ("HTTP 403", NO_READING),
    ("HTTP 404", NO_ROSTER),
    ("HTTP 410", NO_ROSTER),
    ("too large", "Danh sách lớp quá lớn để đọc một lần."),
    ("next page", "Các trang của danh sách lớp không nối được với nhau."),
    ("without end", "Các trang của danh sách lớp không nối được với nhau."),
)


def why(error: str, words: Words) -> str:
    """The sentence for a reason; `words`: those of what it is about, after what is said of tokens and busy hosts."""
    return next((sentence for piece, sentence in (*FIRST, *words, *LAST) if piece in error), UNKNOWN)
