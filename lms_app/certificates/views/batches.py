"""Issuing for many, for HR: what waits for approval or a name, ordering a batch, its progress."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.certificates.forms.batches import Chosen, Decision
from lms_app.certificates.queries import batches as batch_rows
from lms_app.certificates.queries import claims as waiting
from lms_app.certificates.service import batches, claims, issuers
from lms_app.core.errors import NotFound
from lms_app.core.ids import new_id
from lms_app.core.typed import chosen_id
from lms_app.web.i18n import _

bp = Blueprint("batches", __name__)

SHOWN = 200
STATES = {
    batch_rows.READY: ("Sẽ được cấp", "ok", "check"),
    batch_rows.ISSUED: ("Đã có giấy", "", ""),
    batch_rows.UNCOMPLETED: ("Chưa hoàn thành", "warn", "clock"),
    batch_rows.NAMELESS: ("Chưa có họ tên", "err", "warn"),
    batch_rows.BUSY: ("Đang cấp trong đợt khác", "", ""),
}
PROGRESS = {
    batch_rows.RUNNING: ("Đang cấp", "brand", "clock"),
    batch_rows.DONE: ("Đã xong", "ok", "check"),
    batch_rows.CANCELLED: ("Đã dừng", "warn", "x"),
}
NOTHING_CHOSEN = "Đánh dấu ít nhất một người trong danh sách."
APPROVED, APPROVED_ALL = "Duyệt cấp: %(course)s", "Duyệt cấp, nhiều khóa học"
LIST_CHANGED = "Danh sách vừa thay đổi. Hãy xem lại trước khi cấp."


@bp.get("/hr/certificates/waiting")
@allow(access.hr_of_all)
def held() -> ResponseReturnValue:
    return _held({}, "", [])


@bp.post("/hr/certificates/waiting")
@allow(access.hr_of_all)
def approve() -> ResponseReturnValue:
    """Those ticked, or with `all` (what the whole list was when it was shown) everybody of the filter."""
    course, chosen_unit = _filter(request.form)
    decision = Decision.read(request.form, issuers.today(), required=True)
    everybody = waiting.approvable(course, chosen_unit)
    ticked = [one for one in everybody if str(one) in set(request.form.getlist("chosen"))]
    wanted, wrong = ticked, "" if ticked else NOTHING_CHOSEN
    if "all" in request.form:
        wanted = everybody
        wrong = "" if batch_rows.digest(everybody) == request.form["all"] else LIST_CHANGED
    order = chosen_id(request.form.get("order", "")) or new_id()
    if batch_rows.batch(order) is None and (decision.errors or wrong):
        return _held(decision.errors, wrong, ticked), 400
    titles = [one.title for one in batch_rows.courses() if one.id == course]
    title = APPROVED % {"course": titles[0]} if titles else APPROVED_ALL
    return _ordered(order, wanted, title[:300], decision)


@bp.post("/hr/certificates/waiting/<uuid:enrolment_id>")
@allow(access.hr_of_all)
def retry(enrolment_id: UUID) -> ResponseReturnValue:
    """Try one again that could not be issued."""
    claims.hand_over(enrolment_id)
    return redirect(url_for(".held"), code=303)


@bp.get("/hr/batches")
@allow(access.hr_of_all)
def index() -> ResponseReturnValue:
    return render_template("certificates/batches.html", batches=batch_rows.newest(), progress=PROGRESS)


@bp.get("/hr/batches/new")
@allow(access.hr_of_all)
def new() -> ResponseReturnValue:
    return _new(None, {}, "")


@bp.post("/hr/batches/new")
@allow(access.hr_of_all)
def order_new() -> ResponseReturnValue:
    """Show who would get one; with `seen` issue to exactly those that were shown."""
    chosen, courses = Chosen.read(request.form), {one.id: one for one in batch_rows.courses()}
    order = chosen_id(request.form.get("order", ""))
    if order and batch_rows.batch(order):
        return redirect(url_for(".batch", batch_id=order), code=303)
    if chosen.course not in courses:
        return _new(None, chosen.errors | {"course": "Chọn khóa học."}, ""), 400
    if chosen.errors:
        return _new(None, chosen.errors, ""), 400
    course, preview = courses[chosen.course], batches.preview(chosen)
    if order is None or "seen" not in request.form:
        return _new(preview, {}, "")
    decision = Decision.read(request.form, issuers.today(), required=bool(course.certificate.get("approval")))
    if decision.errors or preview.seen != request.form["seen"]:
        return _new(preview, decision.errors, "" if decision.errors else LIST_CHANGED), 400
    names = [one.name for one in batch_rows.units() if one.id == chosen.unit]
    return _ordered(order, preview.ready, " · ".join([course.title, *names])[:300], decision)


@bp.get("/hr/batches/<uuid:batch_id>")
@allow(access.hr_of_all)
def batch(batch_id: UUID) -> ResponseReturnValue:
    found = batch_rows.batch(batch_id)
    if found is None:
        raise NotFound("Không có đợt cấp này. Hãy mở lại danh sách các đợt cấp.")
    return render_template(
        "certificates/batch.html", batch=found, refused=batch_rows.refused(batch_id), progress=PROGRESS
    )


@bp.post("/hr/batches/<uuid:batch_id>/cancel")
@allow(access.hr_of_all)
def cancel(batch_id: UUID) -> ResponseReturnValue:
    batches.cancel(batch_id, me().id)
    return redirect(url_for(".batch", batch_id=batch_id), code=303)


def _ordered(order: UUID, enrolment_ids: list[UUID], title: str, decision: Decision) -> ResponseReturnValue:
    batches.order(order, enrolment_ids, title, decision.said, batches.Orderer(me().id, me().name))
    return redirect(url_for(".batch", batch_id=order), code=303)


def _held(wrong: dict[str, str], problem: str, ticked: list[UUID]) -> str:
    course, chosen_unit = _filter(request.values)
    for_name, groups = waiting.for_name(course, chosen_unit), waiting.groups()
    everybody = waiting.approvable(course, chosen_unit)
    return render_template(
        "certificates/waiting.html",
        for_approval=waiting.for_approval(course, chosen_unit),
        for_name=for_name,
        refusals=waiting.refusals([one.enrolment_id for one in for_name]),
        counts=waiting.counts(course, chosen_unit),
        courses=sorted({(one.course_id, one.title) for one in groups}, key=lambda one: one[1]),
        units=sorted({(one.unit_id, one.unit) for one in groups if one.unit_id}, key=lambda one: one[1]),
        course=course,
        unit=chosen_unit,
        order=new_id(),
        everybody=batch_rows.digest(everybody),
        ticked=set(ticked),
        typed=request.form,
        wrong=wrong,
        problem=problem,
    )


def _new(preview: batches.Preview | None, wrong: dict[str, str], problem: str) -> str:
    return render_template(
        "certificates/batch-new.html",
        courses=batch_rows.courses(),
        units=batch_rows.units(),
        preview=preview,
        shown=preview.candidates[:SHOWN] if preview else [],
        states=STATES,
        order=new_id(),
        typed=request.form,
        wrong=wrong,
        problem=problem,
        problems=[(_(sentence), f"#{name}") for name, sentence in wrong.items()],
    )


def _filter(sent: Any) -> tuple[str | None, UUID | None]:
    return sent.get("course") or None, chosen_id(sent.get("unit", ""))
