"""Self-checks of a lesson: answered as often as one likes, never graded; what they tell stands in the lesson page."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from lms_app.accounts import access
from lms_app.accounts.login import allow, me, stay_in_scope
from lms_app.assessment import scoring
from lms_app.core.errors import NotFound
from lms_app.learning.queries import studying as learning
from lms_app.learning.service import studying as learners

bp = Blueprint("checks", __name__)
Fields = MultiDict[str, str]


@bp.post("/courses/<course_id>/lessons/<lesson_id>/checks/<check>")
@allow(access.learner)
def answer(course_id: str, lesson_id: str, check: str) -> ResponseReturnValue:
    """Keep the answer and go back to the same place in the lesson, where its feedback now stands."""
    stay_in_scope(course_id)
    enrolment = learners.locked(me().id, course_id)
    lesson = learning.lesson(me().id, course_id, lesson_id, "vi")
    body = lesson.checks.get(check) if lesson else None
    if body is None:
        raise NotFound("Câu tự kiểm tra này không có trong bài học.")
    given = READERS[body["kind"]](body, request.form, check)
    if given:
        share = scoring.share(body["kind"], body["key"], given)
        learners.answer_check(enrolment, lesson_id, check, given, share)
    return redirect(url_for("learning.lesson", course_id=course_id, lesson_id=lesson_id, _anchor=check), code=303)


def _one(_body: Mapping[str, Any], form: Fields, name: str) -> Any:
    return form.get(name, "")[: scoring.LONGEST]


def _several(_body: Mapping[str, Any], form: Fields, name: str) -> Any:
    return [value[: scoring.LONGEST] for value in form.getlist(name)]


def _ranked(body: Mapping[str, Any], form: Fields, name: str) -> Any:
    """Ids by the place chosen for each; nothing while a place is missing or given twice."""
    places = {option["id"]: form.get(f"{name}.{option['id']}", "") for option in body["options"]}
    if "" in places.values() or len(set(places.values())) < len(places):
        return None
    return sorted(places, key=lambda key: (len(places[key]), places[key]))


def _matched(body: Mapping[str, Any], form: Fields, name: str) -> Any:
    chosen = {line["id"]: form.get(f"{name}.{line['id']}", "") for line in body["rows"]}
    return {key: value for key, value in chosen.items() if value}


READERS: dict[str, Callable[[Mapping[str, Any], Fields, str], Any]] = {
    "single": _one,
    "multiple": _several,
    "numeric": _one,
    "gap": _several,
    "order": _ranked,
    "match": _matched,
}
