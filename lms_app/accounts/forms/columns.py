"""The columns of a staff list, as offices head them, and the words that stand in some of them. Data, not sentences."""

from lms_app.core.text import fold
from lms_app.organisations.groups import GROUPS, LEADERS, SPECIALISTS, STAFF

LABELS = {
    "order": "STT",
    "name": "Họ và tên",
    "born": "Ngày sinh",
    "sex": "Giới tính",
    "position": "Chức vụ",
    "unit_code": "Mã đơn vị",
    "unit_name": "Tên đơn vị",
    "group": "Nhóm đối tượng",
    "email": "Email",
    "phone": "Điện thoại",
    "staff_code": "Mã CBCCVC",
    "since": "Từ ngày",
    "until": "Đến ngày",
}
"""Column -> its header in the template, in that order."""

NEVER_KEPT = (
    *("CCCD", "Số CCCD", "CCCD/CMND", "CMND", "Số CMND", "Căn cước", "Số căn cước", "Căn cước công dân"),
    *("Số định danh", "Số định danh cá nhân", "Số CCCD/CMND", "CMND/CCCD", "Thẻ căn cước", "Mã định danh cá nhân"),
)
"""Headers of what is recognised only to be thrown away."""

ALSO = {
    "order": ("Số TT", "TT", "Số thứ tự"),
    "name": ("Họ tên", "Họ và tên khai sinh", "Họ tên cán bộ", "Họ, tên", "Họ và chữ đệm, tên"),
    "born": ("Năm sinh", "Sinh ngày", "Ngày tháng năm sinh", "Ngày, tháng, năm sinh"),
    "sex": ("Giới", "Nam/Nữ", "Phái"),
    "position": ("Chức danh", "Chức vụ, chức danh", "Chức vụ/chức danh", "Vị trí việc làm"),
    "unit_code": ("Mã ĐV", "Mã cơ quan", "Mã định danh đơn vị"),
    "unit_name": ("Đơn vị", "Đơn vị công tác", "Cơ quan", "Cơ quan, đơn vị", "Nơi công tác", "Phòng ban"),
    "group": ("Nhóm", "Đối tượng", "Nhóm ĐT"),
    "email": ("E-mail", "Thư điện tử", "Thư điện tử công vụ", "Địa chỉ email", "Email công vụ"),
    "phone": ("Số điện thoại", "ĐT", "Di động", "Điện thoại di động", "SĐT", "Số ĐT"),
    "staff_code": ("Mã cán bộ", "Mã nhân viên", "Mã CB", "Mã số CBCCVC", "Số hiệu CBCCVC", "Mã CCVC", "Mã công chức"),
    "since": ("Ngày bắt đầu", "Từ", "Ngày nhận việc", "Bắt đầu từ ngày"),
    "until": ("Ngày kết thúc", "Đến", "Ngày thôi giữ chức vụ", "Ngày nghỉ"),
}
HEADERS = {name: (label, *ALSO[name]) for name, label in LABELS.items()}

SEXES = {"nam": "M", "m": "M", "male": "M", "nu": "F", "f": "F", "female": "F"}
GROUP_WORDS = (
    {fold(code): code for code in GROUPS}
    | {fold(name): code for code, name in GROUPS.items()}
    | dict.fromkeys(("lanh dao", "quan ly", "lanh dao quan ly", "can bo lanh dao", "can bo quan ly"), LEADERS)
    | dict.fromkeys(("can bo cntt", "cntt", "can bo chuyen doi so", "can bo cntt, cds"), SPECIALISTS)
    | dict.fromkeys(("can bo", "cong chuc", "vien chuc", "nguoi lao dong", "cbccvc", "nld"), STAFF)
    | dict.fromkeys(("cong chuc, vien chuc", "can bo, cong chuc, vien chuc", "cong chuc vien chuc"), STAFF)
)
"""Folded words -> group. Specialists are also known by their duty, see `DUTY_WORDS`."""

DUTY_WORDS = {"chuyen trach": "full", "kiem nhiem": "part"}
