"""Where HR begins: what there is to do, and where it is."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.organisations.queries import choosing
from lms_app.reporting.queries import reports

bp = Blueprint("hr", __name__)


@dataclass(frozen=True, slots=True)
class Way:
    """One thing to do: its name and a line about it are Vietnamese source sentences."""

    href: str
    name: str
    about: str
    of_all: bool = False


WAYS = (
    Way("/hr/coverage", "Độ phủ", "Ai đã đạt, ai chưa: theo đơn vị, nhóm và ngày."),
    Way("/hr/people", "Danh sách cán bộ", "Tìm người, xem cả quá trình học, sửa thông tin và chỗ làm."),
    Way("/hr/people/imports", "Nhập danh sách", "Từ Excel: xem trước từng dòng rồi mới ghi."),
    Way("/hr/units", "Đơn vị", "Cây đơn vị, lịch sử sáp nhập, biên chế."),
    Way("/hr/plans", "Kế hoạch và chỉ tiêu", "Kế hoạch đào tạo từng năm, chỉ tiêu và văn bản giao."),
    Way("/hr/indicators", "Chỉ số", "Các chỉ số của kế hoạch, so với chỉ tiêu."),
    Way("/hr/reports", "Báo cáo", "Trình bày theo thể thức văn bản: Excel, PDF và tệp cho máy đọc."),
    Way("/hr/assignments", "Giao khóa học và nhắc hạn", "Giao cho đơn vị hoặc nhóm, nhắc người chưa xong."),
    Way("/hr/certificates/check", "Kiểm tra danh sách giấy chứng nhận", "So một danh sách với sổ cấp giấy."),
    Way("/hr/certificates/download", "Tải nhiều giấy chứng nhận", "Của những người anh chị phụ trách, trong một tệp."),
    Way("/hr/certificates", "Sổ cấp giấy chứng nhận", "Tra cứu, cấp lại, thu hồi; các sổ theo năm.", of_all=True),
    Way("/hr/batches", "Các đợt cấp", "Cấp cho cả lớp hoặc cả khóa trong một lần.", of_all=True),
    Way("/hr/signing", "Tệp chờ cơ quan ký", "Tải về để ký bằng chữ ký số của cơ quan, rồi gửi lại.", of_all=True),
    Way("/hr/outside", "Học ở nơi khác", "Nhập danh sách người đã học nơi khác để tính vào độ phủ.", of_all=True),
)


@bp.get("/hr/")
@allow(access.hr)
def home() -> ResponseReturnValue:
    of_all, unit_id = access.hr_of_all(me()), me().unit_id
    return render_template(
        "reporting/home.html",
        of_all=of_all,
        unit=choosing.one(unit_id).name if unit_id and not of_all else "",
        ways=[way for way in WAYS if of_all or not way.of_all],
        reports=reports.mine(me().id),
    )
