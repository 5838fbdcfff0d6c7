"""For whoever connects a platform: our keys, our configuration, the addresses of courses; and who is signed in."""

from flask import Blueprint, current_app, jsonify, redirect, render_template
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.core.db import reading, set_reading, transaction
from lms_app.core.settings import Settings
from lms_app.lti import claims, forms, guides, registry
from lms_app.lti.queries import launches
from lms_app.web.i18n import _

bp = Blueprint("lti_connect", __name__)

KEYS_SECONDS = 300
PLACEMENTS = ("link_selection", "assignment_selection")
"""Where Canvas offers the picker."""


@bp.get("/lti/jwks.json")
@allow(access.anyone)
def jwks() -> ResponseReturnValue:
    with reading():
        keys = registry.key_set()
    if not keys:  # the first need: the one time that this writes
        set_reading(value=False)
        with transaction():
            registry.ensure_key()
            keys = registry.key_set()
    response = jsonify(keys=keys)
    response.headers["Cache-Control"] = f"public, max-age={KEYS_SECONDS}"
    return response


@bp.get("/lti/config.json")
@allow(access.anyone)
def config() -> ResponseReturnValue:
    """Canvas' way of describing a tool, to be pasted or fetched when a developer key is made."""
    site, name = _settings().url, str(_("Học chuyển đổi số"))
    picker = {"enabled": True, "message_type": claims.DEEP_LINKING, "target_link_uri": f"{site}/lti/"}
    return jsonify(
        title=name,
        description=str(_("Khóa học ngắn về chuyển đổi số cho cán bộ, công chức, viên chức.")),
        oidc_initiation_url=f"{site}/lti/login",
        target_link_uri=f"{site}/lti/",
        public_jwk_url=f"{site}/lti/jwks.json",
        scopes=[claims.SCORE, claims.LINEITEM, claims.ROSTER],
        custom_fields=claims.VARIABLES,
        extensions=[
            {
                "platform": "canvas.instructure.com",
                "domain": forms.origin_of(site).partition("://")[2],
                "privacy_level": "name_only",
                "settings": {"text": name, "placements": [{"placement": place, **picker} for place in PLACEMENTS]},
            }
        ],
    )


@bp.get("/lti/")
@allow(access.anyone)
def connect() -> ResponseReturnValue:
    site = _settings().url
    return render_template("lti/connect.html", site=site, guides=guides.guides(site), courses=launches.open_courses())


@bp.get("/lti/courses/<course_id>")
@allow(access.anyone)
def course(course_id: str) -> ResponseReturnValue:
    """A link's address opened by itself, outside the platform."""
    return redirect(f"/courses/{_known_course(course_id)}", code=303)


@bp.get("/lti/courses/<course_id>/lessons/<lesson_id>")
@allow(access.anyone)
def lesson(course_id: str, lesson_id: str) -> ResponseReturnValue:
    slug = lesson_id if forms.LESSON.fullmatch(lesson_id) else ""
    return redirect(f"/courses/{_known_course(course_id)}/lessons/{slug}".removesuffix("/lessons/"), code=303)


@bp.get("/lti/courses/<course_id>/final")
@allow(access.anyone)
def final(course_id: str) -> ResponseReturnValue:
    return redirect(f"/courses/{_known_course(course_id)}/final", code=303)


@bp.get("/api/v1/me")
@allow(access.learner)
def who_am_i() -> ResponseReturnValue:
    """The person of a main or a frame session; a frame's scope says what it may open."""
    who = me()
    scope = {"course": who.scope.course, "teacher": who.scope.teacher} if who.scope else None
    response = jsonify(
        id=str(who.id), name=who.name, email=who.email, locale=who.locale, roles=sorted(who.roles), scope=scope
    )
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Cookie")
    return response


def _known_course(course_id: str) -> str:
    return course_id if forms.COURSE.fullmatch(course_id) else ""


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
