"""A resource link launch: a learner goes on in the course, a teacher sees the class, a nameless person only reads."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.courses.queries import OPEN
from lms_app.learning.queries import studying as learning
from lms_app.lti import forms, recording
from lms_app.lti.claims import Launch
from lms_app.lti.forms import Place
from lms_app.lti.queries import launches
from lms_app.lti.reasons import refusal
from lms_app.lti.service import opening
from lms_app.lti.service.opening import Found, Opened

CLASS = "/lti/class"


def open_link(said: Launch, sender: Row[Any]) -> Opened:
    """Raises `LaunchRefused` for a link that names no course, or one that is not open (any more)."""
    place = forms.place(said.custom, said.target) or _remembered(sender.id, said)
    if place is None:
        raise refusal("no-course")
    known = recording.known(sender.id, said, place) if said.sub else None
    if not _is_open(known, place.course):
        raise refusal("course-closed")
    if not said.sub:
        return Opened("", guest=place)
    user_id, person_id = recording.user(known, sender, said)
    class_id = recording.context(known, sender.id, said)
    link_id = recording.link(known, sender.id, said, place, class_id)
    if said.is_teacher:
        recording.taught(class_id, said)
        scope = {"course": place.course, "use": opening.TEACH}
        return opening.record(said, sender, Found(user_id, person_id, link_id), scope, CLASS)
    enrolment_id, version_id = recording.enrolment(known, person_id, place.course, forms.moment(said.due))
    if said.is_learner:
        recording.promise(known, said, place, link_id, user_id, enrolment_id)
    scope = {"course": place.course, "use": opening.LEARN}
    found = Found(user_id, person_id, link_id, enrolment_id)
    return opening.record(said, sender, found, scope, start_at(place, version_id, enrolment_id))


def _is_open(known: Row[Any] | None, course: str) -> bool:
    if known:
        return bool(known.course_status == OPEN)
    return learning.newest_version(course) is not None


def _remembered(platform_id: UUID, said: Launch) -> Place | None:
    """What this link opened before, or the one it was copied from: for platforms whose copies lose the parameters."""
    names = [said.link, *forms.history(said.link_history)]
    found = {link.resource_link_id: link for link in launches.links_named(platform_id, said.deployment, names)}
    return next((Place(found[name].course_id, found[name].place) for name in names if name in found), None)


def start_at(place: Place, version_id: UUID, enrolment_id: UUID) -> str:
    """The address that a launch opens: the lesson named, else the first one not done."""
    course = place.course
    if place.inside == forms.FINAL:
        return f"/courses/{course}/final"
    done = {lesson.slug: lesson.done_at for lesson in learning.outline(version_id, enrolment_id, "vi")}
    if place.lesson in done:
        return f"/courses/{course}/lessons/{place.lesson}"
    left = next((slug for slug in done if done[slug] is None), next(iter(done), None))
    return f"/courses/{course}/lessons/{left}" if left else f"/courses/{course}"
