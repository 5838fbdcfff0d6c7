"""What can be wrong in a course folder: one sentence in both languages for each code, saying how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]

ERRORS: dict[str, tuple[str, str]] = {
    "no-file": ("Thiếu tệp này. Hãy tạo tệp theo mẫu.", "This file is missing. Create it from the template."),
    "encoding": ("Tệp không phải UTF-8. Lưu lại với mã hóa UTF-8.", "The file is not UTF-8. Save it again as UTF-8."),
    "yaml": ("Phần khai báo YAML sai: %(why)s.", "The YAML cannot be read: %(why)s."),
    "front-matter": (
        "Tệp phải bắt đầu bằng phần khai báo giữa hai dòng ---.",
        "The file must begin with front matter between two lines of ---.",
    ),
    "unknown-key": (
        "Khóa “%(key)s” không có trong định dạng. Xóa hoặc sửa tên; các khóa được dùng: %(known)s.",
        'Key "%(key)s" is unknown. Remove or rename it; allowed: %(known)s.',
    ),
    "missing-key": ("Thiếu khóa “%(key)s”. Thêm vào phần khai báo.", 'Key "%(key)s" is missing. Add it.'),
    "wrong-value": (
        "Giá trị của “%(key)s” phải là %(wanted)s.",
        'The value of "%(key)s" must be %(wanted_en)s.',
    ),
    "course-id": ("id phải trùng tên thư mục: %(wanted)s.", "id must equal the folder's name: %(wanted)s."),
    "bad-id": (
        "id “%(id)s” chỉ được gồm chữ thường không dấu, chữ số và dấu gạch nối.",
        'id "%(id)s" may hold lower-case letters, digits and hyphens only.',
    ),
    "duplicate-id": (
        "id “%(id)s” đã dùng ở %(where)s. Đặt id khác; mỗi id chỉ dùng một lần trong khóa học.",
        'id "%(id)s" is already used at %(where)s. Choose another; ids are unique in a course.',
    ),
    "missing-id": (
        "Câu hỏi chưa có id. Thêm {#%(proposal)s} vào cuối dòng.",
        "The question has no id. Add {#%(proposal)s} at the end of the line.",
    ),
    "attribute": (
        "Thuộc tính “%(name)s” không có trong định dạng hoặc sai giá trị.",
        'Attribute "%(name)s" is unknown or has a wrong value.',
    ),
    "no-answer": (
        "Câu hỏi chưa có đáp án. Thêm phương án - [x], dòng = số, chỗ trống [[...]], hoặc thuộc tính order, match.",
        "The question has no answer. Add options - [x], a line = number, a gap [[...]], or order, match.",
    ),
    "mixed-kinds": (
        "Câu hỏi trộn nhiều kiểu trả lời (%(kinds)s). Giữ một kiểu.",
        "The question mixes kinds of answer (%(kinds)s). Keep one.",
    ),
    "few-options": ("Cần ít nhất hai phương án.", "At least two options are needed."),
    "no-right": ("Chưa có phương án đúng. Đánh dấu [x].", "No option is right. Mark one with [x]."),
    "all-right": ("Mọi phương án đều đúng. Thêm phương án sai.", "Every option is right. Add a wrong one."),
    "bad-number": (
        "“%(text)s” không phải số. Viết 4,9 hoặc 1.284 hoặc khoảng 4,9..5,1; đơn vị đứng sau số.",
        '"%(text)s" is not a number. Write 4,9 or 1.284 or a range 4,9..5,1; the unit follows the number.',
    ),
    "wrong-key": (
        "Câu trả lời sai đã biết “%(text)s” lại nằm trong đáp án hoặc viết chưa đúng kiểu của câu hỏi.",
        'The known wrong answer "%(text)s" is in the key, or not written in the way of this kind of question.',
    ),
    "match-table": (
        "Bảng nối phải có hai cột, ít nhất hai dòng đủ cả hai ô; mồi nhử để trống ô đầu.",
        "A match table has two columns and at least two full rows; decoys leave the first cell empty.",
    ),
    "stray-text": (
        "Đoạn này đứng sau phương án nên không thuộc về đâu. Chuyển lên trước phương án hoặc vào [!answer].",
        "This text stands after the options and belongs nowhere. Move it before them or into [!answer].",
    ),
    "free-text": (
        "Câu trả lời tự viết (____) chưa dùng được. Dùng một trong sáu kiểu câu hỏi khác.",
        "Free text (____) comes later. Use one of the six other kinds.",
    ),
    "translated-key": (
        "Đáp án trong bản dịch khác bản gốc (câu “%(id)s”). Giữ cùng số phương án, thứ tự và đáp án.",
        'The translated question "%(id)s" has another key. Keep options, their order and the key the same.',
    ),
    "translated-id": (
        "Câu “%(id)s” không có trong bản gốc. Dùng đúng id của bản gốc.",
        'Question "%(id)s" is not in the original. Use the id of the original.',
    ),
    "unknown-bank": ("Không có ngân hàng “%(id)s”.", 'There is no bank "%(id)s".'),
    "few-questions": (
        "Ngân hàng “%(bank)s” chỉ có %(has)s câu hợp lệ mà đề rút %(wanted)s. Thêm câu hoặc rút ít hơn.",
        'Bank "%(bank)s" has %(has)s fitting questions but %(wanted)s are drawn. Add some or draw fewer.',
    ),
    "pass": (
        "Mức đạt không thể đạt được: đặt pass từ 1 đến 100, attempts từ 1, và đề phải có câu hỏi.",
        "The pass mark cannot be reached: pass is 1 to 100, attempts at least 1, and there must be questions.",
    ),
    "unknown-quiz": ("Không có bài kiểm tra “%(id)s”.", 'There is no quiz "%(id)s".'),
    "unknown-lesson": ("Không có bài học “%(id)s”.", 'There is no lesson "%(id)s".'),
    "no-lesson": ("Khóa học chưa có bài học nào.", "The course has no lesson."),
    "no-check": (
        "complete: check nhưng bài không có câu tự kiểm tra.",
        "complete: check, but the lesson has no self-check.",
    ),
    "reread": (
        "reread trỏ tới “%(target)s” không có. Viết id-bài#mục; các mục của bài: %(known)s.",
        'reread points to "%(target)s", which does not exist. Write lesson-id#heading; headings there: %(known)s.',
    ),
    "no-alt": (
        "Ảnh chưa có lời mô tả. Viết ![mô tả](tệp), hoặc {.decor} nếu ảnh chỉ để trang trí.",
        "The picture has no alt text. Write ![text](file), or {.decor} for decoration.",
    ),
    "heading": (
        "Tiêu đề nhảy cấp. Trong bài bắt đầu bằng ## và chỉ xuống từng cấp.",
        "The heading jumps a level. Begin with ## and go down one level at a time.",
    ),
    "broken-link": ("Không tìm thấy “%(target)s”. Sửa đường dẫn.", 'Cannot find "%(target)s". Mend the link.'),
    "include": (
        "Không chèn được “%(target)s” (thiếu tệp, lồng quá 3 tầng hoặc chèn vòng).",
        'Cannot include "%(target)s" (missing, deeper than 3, or a circle).',
    ),
    "unknown-fact": (
        "Không có số liệu “%(key)s” trong facts.yml.",
        'There is no fact "%(key)s" in facts.yml.',
    ),
    "unknown-source": ("Không có nguồn “%(id)s” trong sources.yml.", 'There is no source "%(id)s" in sources.yml.'),
    "source-pending": (
        "Nguồn “%(id)s” đang đối chiếu (pending). Đọc văn bản, ghi status: in_force rồi mới xuất bản.",
        'Source "%(id)s" is pending. Read the act and set status: in_force before publishing.',
    ),
    "source-incomplete": (
        "Nguồn “%(id)s” thiếu số hiệu hoặc ngày ban hành. Thêm act và date.",
        'Source "%(id)s" has no number or date. Add act and date.',
    ),
    "nfc": (
        "Chữ có dấu chưa ở dạng dựng sẵn (NFC). Lưu lại tệp ở dạng NFC.",
        "Accented letters are not composed (NFC). Save the file as NFC.",
    ),
    "private-use": ("Có ký tự không hiển thị được. Xóa ký tự lạ.", "There is an unprintable character. Remove it."),
    "personal-data": (
        "Có dãy 9-12 chữ số giống số định danh hoặc số điện thoại. Xóa hoặc thay bằng mô tả.",
        "A string of 9-12 digits looks like an identity or phone number. Remove or describe it.",
    ),
    "raw-html": (
        "HTML viết tay không được dùng. Viết bằng Markdown; chữ < viết trong dấu `.",
        "Raw HTML is not allowed. Write Markdown; put < between backticks.",
    ),
    "svg": (
        "Hình SVG không đọc được hoặc chứa mã chạy được. Xuất lại hình, không kèm script.",
        "The SVG cannot be read or holds active code. Export it again without scripts.",
    ),
    "not-published": (
        "status đang là %(status)s. Đặt status: published rồi chạy lại.",
        "status is %(status)s. Set status: published and run again.",
    ),
}
WARNINGS: dict[str, tuple[str, str]] = {
    "longest-right": (
        "Đáp án đúng dài nhất ở %(n)s trên %(all)s câu một đáp án của ngân hàng. Viết lại cho độ dài đều nhau.",
        "The right option is the longest in %(n)s of %(all)s single-choice questions. Even out the lengths.",
    ),
    "image-weight": (
        "Ảnh nặng %(kb)s KB, nên dưới 60 KB. Giảm kích thước.",
        "The picture weighs %(kb)s KB; keep below 60 KB. Shrink it.",
    ),
    "source-replaced": (
        "Nguồn “%(id)s” đã được thay thế%(by)s. Đọc văn bản mới và sửa bài.",
        'Source "%(id)s" has been replaced%(by)s. Read the new act and mend the text.',
    ),
    "source-old": (
        "Nguồn “%(id)s” chưa được kiểm tra lại trong 12 tháng. Đọc lại và ghi checked_on.",
        'Source "%(id)s" has not been checked for 12 months. Read it again and set checked_on.',
    ),
    "fact-level": (
        "Số liệu “%(key)s” mới ở mức %(level)s. Đọc toàn văn (F) trước khi in cho học viên.",
        'Fact "%(key)s" is of level %(level)s. Read the full text (F) before showing it.',
    ),
    "fact-old": ("Số liệu “%(key)s” hết hạn ngày %(day)s.", 'Fact "%(key)s" ended on %(day)s.'),
    "tone": (
        "“%(word)s”: đặt dấu kiểu cũ, viết “%(wanted)s”.",
        '"%(word)s": use the old tone placement, "%(wanted)s".',
    ),
    "district": (
        "“%(word)s” không còn là cấp hành chính hiện hành. Sửa theo chính quyền hai cấp.",
        '"%(word)s" is no longer a level of government. Rewrite for two levels.',
    ),
    "minutes": (
        "Bài có %(words)s tiếng và %(checks)s câu tự kiểm tra, cần khoảng %(wanted)s phút; minutes ghi %(given)s.",
        "%(words)s syllables and %(checks)s self-checks need about %(wanted)s minutes; minutes is %(given)s.",
    ),
    "translation-drift": (
        "Bản gốc đã đổi sau khi dịch. Dịch lại chỗ đổi rồi ghi translation_of_hash: %(hash)s.",
        "The original changed after translation. Update it, then set translation_of_hash: %(hash)s.",
    ),
    "unknown-file": ("Tệp này không thuộc định dạng nên bị bỏ qua.", "This file is not of the format and is ignored."),
}
MESSAGES = ERRORS | WARNINGS


@dataclass(frozen=True)
class Issue:
    """One thing to mend. `file` is relative to the courses' folder; `line` counts from 1."""

    file: str
    line: int
    code: str
    values: dict[str, Any] = field(default_factory=dict)
    is_mild: bool = False
    """An error that only counts once the course is to be published."""

    @property
    def severity(self) -> Severity:
        return "error" if self.code in ERRORS and not self.is_mild else "warning"

    @property
    def vietnamese(self) -> str:
        return MESSAGES[self.code][0] % self.values

    @property
    def english(self) -> str:
        return MESSAGES[self.code][1] % self.values

    def __str__(self) -> str:
        """`cc-01/01-bai.md:12: [code] Vietnamese / English`."""
        return f"{self.file}:{self.line}: [{self.code}] {self.vietnamese} / {self.english}"


def errors(found: Iterable[Issue]) -> list[Issue]:
    return [issue for issue in found if issue.severity == "error"]


def ordered(found: Iterable[Issue]) -> list[Issue]:
    """By file and line, each once."""
    return sorted({str(issue): issue for issue in found}.values(), key=lambda i: (i.file, i.line, i.code))
