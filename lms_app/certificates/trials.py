"""Made-up certificates that a design must survive: the hardest names, titles and places of work we know of."""

from datetime import UTC, date, datetime

from lms_app.certificates.models import Certificate

CODE = "7KQ4M2XF9TDPH"
LONGEST_NAME = " ".join(["Tôn Nữ Công Tằng Huyền Trân"] * 3)
LONGEST_TITLE = (
    "Bảo đảm an toàn hệ thống thông tin theo cấp độ, quản trị, kết nối và chia sẻ dữ liệu trong cơ quan nhà nước "
    "ở xã, phường sau sắp xếp"
)
LONGEST_POSITION = (
    "Phó Trưởng phòng phụ trách Phòng Văn hóa - Xã hội kiêm Phó Giám đốc Trung tâm Phục vụ hành chính công, "
    "Ủy viên Ban Chỉ đạo phát triển khoa học, công nghệ, đổi mới sáng tạo"
)
NAMES = (
    "An",
    "Nguyễn Thị Ngọc Ánh",
    "Y Đăm Niê Kđăm",
    "H'Hen Niê",
    "H’Hen Niê",
    "K'Brếu",
    "Rơ Châm Ŭ Č",
    "Thạch Sô Ri Da",
    "Công Tằng Tôn Nữ Thị Phương Thảo",
    LONGEST_NAME,
)
TITLES = ("AI", "Làm việc trên môi trường số: văn bản điện tử, chữ ký số, hồ sơ công việc", LONGEST_TITLE)
POSITIONS = ("", "Chuyên viên", LONGEST_POSITION)


def sample(
    name: str = NAMES[1],
    title: str = TITLES[1],
    position: str = POSITIONS[1],
    design: str = "default",
) -> Certificate:
    """A certificate that is in no register."""
    return Certificate(
        code=CODE,
        serial="VL-CĐS-2026-000123",
        number=123,
        book_number="0123/2026/CNTH",
        kind="COMPLETION",
        language="vi",
        design=design,
        course_title=title,
        full_name=name,
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
    )


def all_samples(design: str) -> list[Certificate]:
    """Each name with an ordinary rest, each title and position with the longest name."""
    return [
        *(sample(name, design=design) for name in NAMES),
        *(sample(LONGEST_NAME, title, position, design) for title in TITLES for position in POSITIONS),
    ]
