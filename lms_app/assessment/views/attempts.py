"""The final test: intro, one question a page, check, submit, result. Everything works without JavaScript."""

from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.assessment import entrance, forms, outcome, paper, queries, service
from lms_app.assessment.terms import Terms
from lms_app.core.clock import now
from lms_app.core.errors import Invalid, NotFound
from lms_app.web.i18n import _, decimal, fields, language, percent

bp = Blueprint("assessment", __name__)


@bp.get("/courses/<course_id>/final")
@allow(access.learner)
def intro(course_id: str) -> ResponseReturnValue:
    _stay_in_scope(course_id)
    return _intro(course_id, {})


@bp.post("/courses/<course_id>/final")
@allow(access.learner)
def start(course_id: str) -> ResponseReturnValue:
    _stay_in_scope(course_id)
    try:
        name = None if me().name_source == "own" else request.form.get("name", "")
        attempt = service.start(me().id, course_id, acknowledged="acknowledge" in request.form, name=name)
    except Invalid as error:
        return _refused(_intro(course_id, fields(error)), error.status)
    if attempt.submitted_at:
        return _to_result(course_id, attempt.number)
    marks = queries.marks(attempt.id)
    first = next((mark.position for mark in marks if not mark.answered), None)
    if first is None:
        return redirect(url_for(".review", course_id=course_id), code=303)
    return _to_question(course_id, first)


@bp.get("/courses/<course_id>/final/<int:position>")
@allow(access.learner)
def question(course_id: str, position: int) -> ResponseReturnValue:
    _stay_in_scope(course_id)
    return _question(course_id, position, None)


@bp.post("/courses/<course_id>/final/<int:position>")
@allow(access.learner)
def answer(course_id: str, position: int) -> ResponseReturnValue:
    """Save, then go where the button says. An autosave only saves."""
    _stay_in_scope(course_id)
    posted = forms.read(request.form)
    try:
        service.save(me().id, course_id, position, posted)
    except service.TimeUp as error:
        return _refused(_review(course_id, error.message), error.status)
    if "X-Autosave" in request.headers:
        return "", 204
    if posted.stays:
        return _refused(_question(course_id, position, posted.missing), HTTPStatus.BAD_REQUEST)
    if posted.go == "review":
        return redirect(url_for(".review", course_id=course_id), code=303)
    return _to_question(course_id, max(1, position - 1) if posted.go == "back" else position + 1)


@bp.get("/courses/<course_id>/final/review")
@allow(access.learner)
def review(course_id: str) -> ResponseReturnValue:
    _stay_in_scope(course_id)
    return _review(course_id, "")


@bp.post("/courses/<course_id>/final/submit")
@allow(access.learner)
def submit(course_id: str) -> ResponseReturnValue:
    _stay_in_scope(course_id)
    attempt = service.submit(me().id, course_id, forms.attempt_number(request.form))
    return _to_result(course_id, attempt.number)


@bp.get("/courses/<course_id>/final/result", defaults={"attempt": None})
@bp.get("/courses/<course_id>/final/result/<int:attempt>")
@allow(access.learner)
def result(course_id: str, attempt: int | None) -> ResponseReturnValue:
    _stay_in_scope(course_id)
    found = outcome.tell(me().id, course_id, attempt, language())
    return render_template(
        "assessment/result.html",
        course_id=course_id,
        outcome=found,
        percent=percent(found.attempt.score),
        pass_mark=decimal(found.terms.pass_mark),
        submitted="submitted" in request.args,
        asks=_asks_for_the_name(found),
        by_itself_at=_by_itself_at(found),
        may_mend=access.may_mend_name(me()),
    )


def _asks_for_the_name(found: outcome.Outcome) -> bool:
    """Whether the certificate waits for its bearer to have seen the name."""
    if not (found.completed and found.head.certificate) or found.certificate:
        return False
    return me().name_source != "own" or _by_itself_at(found) is not None


def _by_itself_at(found: outcome.Outcome) -> datetime | None:
    """When the certificate is issued without an answer; None where nobody waits, or nobody has told the name."""
    hours = current_app.extensions["settings"].certificate_wait_hours
    if not hours or not found.completed_at or me().name_source == "none":
        return None
    return found.completed_at + timedelta(hours=hours)


def _intro(course_id: str, wrong: dict[str, str]) -> ResponseReturnValue:
    """`wrong`: field of the start form -> what to mend."""
    found = entrance.look(entrance.mine(me().id, course_id), language())
    return render_template(
        "assessment/intro.html",
        course_id=course_id,
        found=found,
        terms=found.terms,
        pass_mark=decimal(found.terms.pass_mark),
        percent=percent,
        wrong=wrong,
        problems=[(_(sentence), f"#{field}") for field, sentence in wrong.items()],
        named=me().name_source == "own",
        name=request.form.get("name", me().name if me().name_source == "platform" else ""),
    )


def _question(course_id: str, position: int, error: str | None) -> ResponseReturnValue:
    item = queries.item(me().id, course_id, position, language())
    if item is None:
        return _no_question(course_id, position)
    if entrance.is_over(item):
        return redirect(url_for(".review", course_id=course_id), code=303)
    return render_template(
        "assessment/question.html",
        course_id=course_id,
        item=item,
        shown=paper.show(item.body, item.layout, item.answer),
        marks=queries.marks(item.id),
        attempts=Terms.read(item.settings).attempts,
        left=_left(item.deadline),
        error=error,
    )


def _no_question(course_id: str, position: int) -> ResponseReturnValue:
    """No attempt is open: to the intro. One past the last question: to the check. Else there is no such page."""
    running = queries.open_attempt(entrance.mine(me().id, course_id).id)
    if running is None:
        return redirect(url_for(".intro", course_id=course_id), code=303)
    if position == queries.count(running.id) + 1:
        return redirect(url_for(".review", course_id=course_id), code=303)
    raise NotFound("Không có câu hỏi này trong lượt làm của anh chị. Hãy mở lại bài kiểm tra.")


def _review(course_id: str, late: str) -> ResponseReturnValue:
    found = entrance.look(entrance.mine(me().id, course_id), language())
    if found.open is None:
        return redirect(url_for(".intro", course_id=course_id), code=303)
    marks = queries.marks(found.open.id)
    return render_template(
        "assessment/review.html",
        course_id=course_id,
        found=found,
        marks=marks,
        empty=[mark.position for mark in marks if not mark.answered],
        flagged=[mark.position for mark in marks if mark.flagged],
        left=_left(found.open.deadline),
        late=late,
    )


def _refused(page: ResponseReturnValue, status: HTTPStatus) -> Response:
    """The page again, with what is to mend; a redirect stays one."""
    response = make_response(page)
    if response.status_code == HTTPStatus.OK:
        response.status_code = status
    return response


def _to_question(course_id: str, position: int) -> ResponseReturnValue:
    return redirect(url_for(".question", course_id=course_id, position=position), code=303)


def _to_result(course_id: str, attempt: int) -> ResponseReturnValue:
    return redirect(url_for(".result", course_id=course_id, attempt=attempt, submitted=1), code=303)


def _stay_in_scope(course_id: str) -> None:
    """A frame session opens the one course its launch named."""
    if not access.may_learn(me(), course_id):
        raise NotFound("Liên kết này chỉ mở một khóa học. Hãy quay lại hệ thống của đơn vị để mở khóa khác.")


def _left(deadline: datetime | None) -> int | None:
    """Whole seconds left, None without a limit."""
    return None if deadline is None else max(0, int((deadline - now()).total_seconds()))
