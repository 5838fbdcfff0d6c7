"""The course page, the lesson, and "Việc học của tôi"."""

import hashlib
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from lms_app.accounts import access
from lms_app.accounts.login import allow, me, somebody, stay_in_scope
from lms_app.core.errors import NotFound
from lms_app.courses import queries as courses
from lms_app.learning import reader
from lms_app.learning.queries import studying as queries
from lms_app.learning.service import studying as service
from lms_app.web.i18n import _, language
from lms_app.web.sessions import is_framed

bp = Blueprint("learning", __name__)


@bp.get("/courses/<course_id>")
@allow(access.anyone)
def course(course_id: str) -> ResponseReturnValue:
    who = somebody()
    mine = queries.enrolment(me().id, course_id) if who.is_authenticated else None
    stay_in_scope(course_id)
    found = courses.version(mine.version_id, language()) if mine else courses.course(course_id, language())
    if found is None or (not mine and found.status != "published"):
        raise NotFound("Khóa học này chưa mở hoặc đã đóng. Hãy chọn khóa khác trong danh mục.")
    outline = queries.outline(found.version_id, mine.id if mine else None, language())
    quizzes = courses.quizzes(found.version_id, language())
    return render_template(
        "learning/course.html",
        course=found,
        course_id=course_id,
        audience=_(reader.FOR.get(found.audience, reader.FOR["CC"])),
        mine=mine,
        due=reader.due_words(mine.due_at, mine.completed_at) if mine else "",
        toc=reader.toc(course_id, outline, None) if mine else reader.closed_toc(outline),
        quizzes=[reader.quiz_card(quiz) for quiz in quizzes],
        rule=reader.rule_sentence(found, quizzes),
        state=reader.state(course_id, outline, mine),
    )


@bp.post("/courses/<course_id>/enrol")
@allow(access.learner)
def enrol(course_id: str) -> ResponseReturnValue:
    stay_in_scope(course_id)
    enrolment = service.enrol(me().id, course_id)
    first = queries.slugs(enrolment.version_id)[0]
    return redirect(url_for(".lesson", course_id=course_id, lesson_id=enrolment.seen_lesson or first), code=303)


@bp.get("/courses/<course_id>/lessons/<lesson_id>")
@allow(access.learner)
def lesson(course_id: str, lesson_id: str) -> ResponseReturnValue:
    stay_in_scope(course_id)
    found = queries.lesson(me().id, course_id, lesson_id, language())
    if found is None:
        return _not_this_lesson(course_id)
    tag = _tag(found)
    if request.if_none_match.contains(tag):
        return _private(Response(status=304), tag)
    return _private(make_response(_lesson_page(course_id, found)), tag)


@bp.post("/courses/<course_id>/lessons/<lesson_id>")
@allow(access.learner)
def finish(course_id: str, lesson_id: str) -> ResponseReturnValue:
    """Hoàn thành và tiếp tục: tick this lesson, go to the next one that is open, else back to the course."""
    stay_in_scope(course_id)
    enrolment = service.locked(me().id, course_id)
    try:
        following = service.finish_lesson(enrolment, lesson_id)
    except service.Unanswered as error:
        found = queries.lesson(me().id, course_id, lesson_id, language())
        return _lesson_page(course_id, found, error.checks), error.status
    if following is None:
        return redirect(url_for(".course", course_id=course_id, _anchor="kiem-tra"), code=303)
    return redirect(url_for(".lesson", course_id=course_id, lesson_id=following), code=303)


@bp.get("/me")
@allow(access.member)
def mine() -> ResponseReturnValue:
    cards = [reader.card(found) for found in queries.mine(me().id, language())]
    current = next((card for card in cards if card.group_name == "now"), None)
    following = None
    if current:
        outline = queries.outline(current.version_id, current.enrolment_id, language())
        following = next((found for found in outline if found.done_at is None), None)
    return render_template("learning/mine.html", cards=cards, current=current, following=following)


def _lesson_page(course_id: str, found: Any, unanswered: tuple[str, ...] = ()) -> str:
    toc = reader.toc(course_id, queries.outline(found.version_id, found.enrolment_id, language()), found.slug)
    return render_template(
        "learning/lesson.html",
        course_id=course_id,
        lesson=found,
        pieces=reader.pieces(found),
        sources=reader.sources(found),
        toc=toc,
        steps=reader.steps(toc, found.slug),
        unanswered=unanswered,
    )


def _tag(found: Any) -> str:
    """Everything a lesson page shows, as one key: a hash of its bytes would change with each CSRF token."""
    who = me()
    seen = (current_app.extensions["build"], language(), found.version_id, found.slug, found.stamp, who.epoch, who.name)
    if "csrf_token" not in session:
        generate_csrf()
    key = (*seen, sorted(who.roles), session["csrf_token"], is_framed(), request.cookies.get("theme"))
    return hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()


def _private(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Cookie")
    return response


def _not_this_lesson(course_id: str) -> ResponseReturnValue:
    """Not enrolled, or the lesson is not in the version this person reads."""
    if queries.enrolment(me().id, course_id) is None:
        return redirect(url_for(".course", course_id=course_id), code=303)
    raise NotFound("Bài học này không có trong khóa học. Hãy mở lại mục lục của khóa.")
