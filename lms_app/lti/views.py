"""What platforms call and what people see of it: login, launch, keys, and how to connect."""

import logging
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me, sign_in_frame
from lms_app.core.db import reading, set_reading, transaction
from lms_app.core.settings import Settings
from lms_app.lti import forms, queries, registry, service
from lms_app.lti.claims import SCORE
from lms_app.lti.platform import digest
from lms_app.lti.reasons import ASK_AGAIN, LaunchRefused, refusal
from lms_app.lti.service import Known, Opened
from lms_app.web import security
from lms_app.web.i18n import _
from lms_app.web.security import csrf, limiter
from lms_app.web.sessions import frame_cookie

log = logging.getLogger("lms.lti")
bp = Blueprint("lti", __name__)

OFTEN = "6000 per minute"
"""For one address: a whole school may come from one."""

LOGIN_SECONDS = 600
KEYS_SECONDS = 300


@bp.route("/lti/login", methods=["GET", "POST"])
@allow(access.anyone)
@limiter.limit(OFTEN)
def login() -> ResponseReturnValue:
    """Third-party initiated login. It writes although it may be a GET: the platform decides which."""
    asked = request.values.to_dict()
    with reading():
        known = service.known_platform(asked)
    _framed_by(known)
    set_reading(value=False)
    with transaction():
        made = service.answer_login(asked, known, _settings().url)
    response = redirect(made.address)
    response.set_cookie(_cookie_name(made.state), made.browser, max_age=LOGIN_SECONDS, **_cookie_kind())
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/lti/launch")
@allow(access.anyone)
@limiter.limit(OFTEN)
def launch() -> ResponseReturnValue:
    """The only redirect_uri. Ends in a redirect, so that a reloaded frame does not post the same token again."""
    form = request.form.to_dict()
    if "error" in form:
        raise refusal("platform-error")
    state = form.get("state", "")
    with reading():
        awaited = service.expected(state)
    _framed_by(awaited.platform)
    browser = request.cookies.get(_cookie_name(state))
    if browser is not None and digest(browser) != awaited.browser:
        raise refusal("browser")
    said = service.check(form, awaited, _settings().url)
    opened = service.finish(said, awaited)
    if browser is None:
        page = render_template("lti/no_cookie.html", ticket=service.make_ticket(opened.launch_id), held=False)
        return page, 200, {"Cache-Control": "no-store"}
    response = _into_course(opened)
    response.delete_cookie(_cookie_name(state), **_cookie_kind())
    return response


@bp.post("/lti/open")
@allow(access.anyone)
@limiter.limit(OFTEN)
def open_tab() -> ResponseReturnValue:
    """The new tab: says whose name one is about to learn under, and changes nothing before one agrees."""
    ticket = request.form.get("ticket", "")
    with reading():
        found = service.read_ticket(ticket)
    page = render_template("lti/new_tab.html", ticket=ticket, name=found.name, platform=found.platform)
    return page, 200, {"Cache-Control": "no-store"}


@bp.post("/lti/tab")
@allow(access.learner)
def ask_tab() -> ResponseReturnValue:
    """Out of the frame on purpose. Its partitioned session stays behind, so a ticket goes along."""
    scope = me().scope
    if scope is None:
        return redirect("/me", code=303)
    page = render_template("lti/no_cookie.html", ticket=service.make_ticket(scope.launch), held=True)
    return page, 200, {"Cache-Control": "no-store"}


for foreign_post in (login, launch, open_tab):
    csrf.exempt(foreign_post)


@bp.post("/lti/continue")
@allow(access.anyone)
def use_ticket() -> ResponseReturnValue:
    """Agreed, in a tab of one's own. An own sign-in in this browser ends, or it would hide the one of the launch."""
    response = _into_course(service.use_ticket(request.form.get("ticket", "")))
    main: str = current_app.session_interface.main_name  # type: ignore[attr-defined]  # TwoSessions
    response.delete_cookie(main, path="/", secure=_settings().secure, httponly=True)
    return response


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
    placement = {"enabled": True, "message_type": "LtiResourceLinkRequest", "target_link_uri": f"{site}/lti/"}
    return jsonify(
        title=name,
        description=str(_("Khóa học ngắn về chuyển đổi số cho cán bộ, công chức, viên chức.")),
        oidc_initiation_url=f"{site}/lti/login",
        target_link_uri=f"{site}/lti/",
        public_jwk_url=f"{site}/lti/jwks.json",
        scopes=[SCORE],
        custom_fields={},
        extensions=[
            {
                "platform": "canvas.instructure.com",
                "domain": forms.origin_of(site).partition("://")[2],
                "privacy_level": "name_only",
                "settings": {"text": name, "placements": [{"placement": "link_selection", **placement}]},
            }
        ],
    )


@bp.get("/lti/")
@allow(access.anyone)
def connect() -> ResponseReturnValue:
    return render_template("lti/connect.html", site=_settings().url, courses=queries.open_courses())


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


@bp.errorhandler(LaunchRefused)
def refused(error: LaunchRefused) -> ResponseReturnValue:
    """One page for people. It holds nothing to press, so any frame may show it."""
    log.warning(
        "refused: %s, reference %s, platform %s, %s", error.reason, error.reference, g.get("lti_platform"), request.path
    )
    security.frame_by("*")
    page = render_template("lti/refused.html", why=_(error.message), what=_(ASK_AGAIN), reference=error.reference)
    return page, int(error.status), {"Cache-Control": "no-store"}


def _into_course(opened: Opened) -> Response:
    sign_in_frame(service.sign_in(opened))
    response = current_app.make_response(redirect(service.start_at(opened), code=303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _known_course(course_id: str) -> str:
    return course_id if forms.COURSE.fullmatch(course_id) else ""


def _framed_by(known: Known) -> None:
    g.lti_platform = known.row.id
    security.frame_by(*forms.origins(known.row.issuer, known.row.auth_url).split())


def _cookie_name(state: str) -> str:
    """One for each login: six frames of one page must not overwrite each other's."""
    return f"{'__Host-' if _settings().secure else ''}lti-{state[:8]}"


def _cookie_kind() -> dict[str, Any]:
    return {"path": "/", "httponly": True, **frame_cookie(secure=_settings().secure)}


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
