"""Made-up certificates that a design must survive: the hardest names, titles and places of work we know of."""

import unicodedata
from datetime import UTC, date, datetime

from lms_app.certificates.models import Certificate
from lms_app.certificates.sheet import ENGLISH, plain

CODE = "7KQ4M2XF9TDPH"
SERIAL = "VL-CĐS-2026-000123"
REPLACED = "VL-CĐS-2026-000007"
LONGEST_NAME = " ".join(["Tôn Nữ Công Tằng Huyền Trân"] * 3)
NAME_OF_120 = (
    "Công Tằng Tôn Nữ Hoàng Thị Thảo Nguyên Phương Bảo Quỳnh Anh "
    "Đặng Trần Lê Nguyễn Khánh Minh Châu Ngọc Diệp Hương Giang An"
)
NAME_WITHOUT_SPACES = "Â" * 84
LONGEST_TITLE = (
    "Bảo đảm an toàn hệ thống thông tin theo cấp độ, quản trị, kết nối và chia sẻ dữ liệu trong cơ quan nhà nước "
    "ở xã, phường sau sắp xếp"
)
LONGEST_ENGLISH_TITLE = (
    "Security of information systems by level, and the governance, connection and sharing of data in state agencies "
    "of communes and wards after the rearrangement"
)
LONGEST_POSITION = (
    "Phó Trưởng phòng phụ trách Phòng Văn hóa - Xã hội kiêm Phó Giám đốc Trung tâm Phục vụ hành chính công, "
    "Ủy viên Ban Chỉ đạo phát triển khoa học, công nghệ, đổi mới sáng tạo"
)
LONGEST_PARENT = "Trung tâm Phục vụ hành chính công tỉnh Vĩnh Long"
LONGEST_ISSUER = "Trung tâm Bồi dưỡng công chức và chuyển đổi số tỉnh"
LONGEST_ENGLISH = {
    "parent_name": "Public Administration Service Centre of Vĩnh Long Province",
    "name": "Centre for Training of Civil Servants and Digital Transformation",
    "capacity": "BY AUTHORITY OF THE CHAIRPERSON OF THE PEOPLE'S COMMITTEE",
    "signer_title": "DIRECTOR OF SCIENCE AND TECHNOLOGY",
}
NAMES = (
    "An",
    "Nguyễn Thị Ngọc Ánh",
    "Y Đăm Niê Kđăm",
    "H'Hen Niê",
    "H’Hen Niê",
    "K'Brếu",
    "Rơ Châm Ŭ Č",
    "Thạch Sô Ri Da",
    "Y Ê\u0306ban Ŭk Č",
    "Ƀlŏ Ŭng Čư",
    "Công Tằng Tôn Nữ Thị Phương Thảo",
    unicodedata.normalize("NFD", "Nguyễn Thị Ngọc Ánh"),
    LONGEST_NAME,
)
"""Each of these must print. Ê̆ is written with a mark that has no letter of its own in Unicode."""

TITLES = ("AI", "Làm việc trên môi trường số: văn bản điện tử, chữ ký số, hồ sơ công việc", LONGEST_TITLE)
ENGLISH_TITLES = {
    TITLES[0]: "AI",
    TITLES[1]: "Working in the digital office: electronic documents, digital signatures, work files",
    TITLES[2]: LONGEST_ENGLISH_TITLE,
}
SIGNED_FOR = {"capacity": "FOR THE DIRECTOR", "signer_title": "DEPUTY DIRECTOR"}
POSITIONS = ("", "Chuyên viên", LONGEST_POSITION)


def sample(
    name: str = NAMES[1],
    title: str = TITLES[1],
    position: str = POSITIONS[1],
    design: str = "default",
    language: str = "vi",
    kind: str = "COMPLETION",
) -> Certificate:
    """A certificate that is in no register."""
    return Certificate(
        code=CODE,
        serial=SERIAL,
        number=123,
        book_number="0123/2026/CNTH",
        kind=kind,
        language=language,
        design=design,
        course_title=plain(title),
        full_name=plain(name),
        birth_date=date(1985, 9, 2),
        position=position,
        unit_name="Văn phòng HĐND và UBND xã An Bình",
        form="trực tuyến",
        periods=12,
        minutes=540,
        from_date=date(2026, 10, 5),
        to_date=date(2026, 10, 30),
        result="Đạt",
        issued_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
        issued_on=date(2026, 11, 23),
        issuer_parent="Ủy ban nhân dân tỉnh Vĩnh Long",
        issuer_name="Sở Khoa học và Công nghệ",
        place="Vĩnh Long",
        capacity="KT. GIÁM ĐỐC",
        signer_title="PHÓ GIÁM ĐỐC",
        signer_name="Lê Hoàng Minh Phước",
        english={**ENGLISH, **SIGNED_FOR, "course_title": ENGLISH_TITLES.get(title, title)},
    )


def all_samples(design: str, language: str = "vi", kind: str = "COMPLETION") -> list[Certificate]:
    """Each name with an ordinary rest, each title and position with the longest name, and the longest issuer."""
    return [
        *(sample(name, design=design, language=language, kind=kind) for name in NAMES),
        *(sample(LONGEST_NAME, title, position, design, language, kind) for title in TITLES for position in POSITIONS),
        _long(sample(LONGEST_NAME, LONGEST_TITLE, LONGEST_POSITION, design, language, kind)),
    ]


def refusable(design: str, language: str, kind: str) -> list[Certificate]:
    """Names that may be refused, if they do not fit, but that may never leave the page."""
    return [sample(name, design=design, language=language, kind=kind) for name in (NAME_OF_120, NAME_WITHOUT_SPACES)]


def _long(made: Certificate) -> Certificate:
    made.issuer_parent, made.issuer_name = LONGEST_PARENT, LONGEST_ISSUER
    made.capacity, made.signer_title = "TUQ. CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH", "GIÁM ĐỐC SỞ KHOA HỌC VÀ CÔNG NGHỆ"
    made.english = {**made.english, **LONGEST_ENGLISH}
    made.valid_until = date(2028, 11, 22)
    return made
