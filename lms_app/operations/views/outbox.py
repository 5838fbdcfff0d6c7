"""For administrators: the home page and the outbox. For machines: health, readiness, metrics."""

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.core.clock import now
from lms_app.core.errors import Invalid, NotFound
from lms_app.operations import metrics, queries, service

bp = Blueprint("operations", __name__)

LINKS = (
    (
        "operations.outbox_page",
        "Việc gửi đi",
        "Điểm, thư và tệp chờ gửi; nơi nhận đang lỗi; việc cần anh chị quyết định.",
    ),
    (
        "lti_admin.platforms",
        "Hệ thống đã kết nối",
        "Moodle, Canvas và các hệ thống khác: duyệt, kiểm tra kết nối, điểm chưa gửi được.",
    ),
    ("register.index", "Sổ cấp giấy chứng nhận", "Tìm, xem và thu hồi giấy đã cấp."),
    ("signing.index", "Khóa ký số", "Khóa nào ký cho cơ quan nào, đến khi nào; ký thử."),
    ("issuers.index", "Cơ quan cấp giấy chứng nhận", "Tên cơ quan, người ký và khóa ký số theo thời gian."),
    ("designs.index", "Mẫu giấy chứng nhận", "Xem thử với họ tên và khóa học bất kỳ; kiểm tra mẫu."),
    ("operations.measures", "Số liệu cho giám sát", "Dạng Prometheus, không có dữ liệu cá nhân."),
)
"""Where an administrator goes; only what is there is shown."""


@bp.get("/admin/")
@allow(access.admin)
def home() -> ResponseReturnValue:
    links = [(url_for(end), text, about) for end, text, about in LINKS if end in current_app.view_functions]
    at = now()
    totals = queries.totals(queries.owed(at))
    return render_template(
        "operations/home.html", links=links, numbers=queries.numbers(), totals=totals, stuck=queries.stuck_since(at)
    )


@bp.get("/admin/outbox")
@allow(access.admin)
def outbox_page() -> ResponseReturnValue:
    at = now()
    owed = queries.owed(at)
    return render_template(
        "operations/outbox.html",
        now=at,
        owed=owed,
        totals=queries.totals(owed),
        lanes=queries.ill_lanes(at),
        troubled=queries.troubled(),
        stuck=queries.stuck_since(at),
    )


@bp.get("/admin/outbox/<int:row_id>")
@allow(access.admin)
def outbox_row(row_id: int) -> ResponseReturnValue:
    return _row_page(row_id)


@bp.post("/admin/outbox/<int:row_id>/retry")
@allow(access.admin)
def retry(row_id: int) -> ResponseReturnValue:
    service.retry(me().id, row_id)
    return redirect(url_for(".outbox_page"), code=303)


@bp.post("/admin/outbox/<int:row_id>/drop")
@allow(access.admin)
def drop(row_id: int) -> ResponseReturnValue:
    try:
        service.drop(me().id, row_id, request.form.get("reason", ""))
    except Invalid as wrong:
        return _row_page(row_id, wrong.fields["reason"]), 400
    return redirect(url_for(".outbox_page"), code=303)


@bp.post("/admin/outbox/lanes/resume")
@allow(access.admin)
def resume() -> ResponseReturnValue:
    service.resume(me().id, request.form.get("lane", ""))
    return redirect(url_for(".outbox_page"), code=303)


@bp.get("/healthz")
@allow(access.anyone)
def health() -> ResponseReturnValue:
    """Whether the process answers; it asks nobody."""
    return _machine(Response("ok\n", mimetype="text/plain"))


@bp.get("/readyz")
@allow(access.anyone)
def ready() -> ResponseReturnValue:
    """The database answers, and what is due is being taken. 503 otherwise."""
    since = queries.stuck_since(now())
    if since is None:
        return _machine(jsonify(database="ok", outbox="ok"))
    answer = _machine(jsonify(database="ok", outbox=f"due since {since:%Y-%m-%dT%H:%M:%SZ} and not taken: no worker?"))
    answer.status_code = 503
    return answer


@bp.get("/metrics")
@allow(access.anyone)
def measures() -> ResponseReturnValue:
    """Counts only, no personal data. A proxy in front may keep it for the monitoring host."""
    return _machine(Response(metrics.text(now()), content_type=metrics.CONTENT_TYPE_LATEST))


def _machine(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _row_page(row_id: int, wrong: str = "") -> str:
    found = queries.one(row_id)
    if found is None:
        raise NotFound("Việc này không còn trong hàng đợi.")
    return render_template("operations/outbox-row.html", row=found, now=now(), wrong=wrong)
