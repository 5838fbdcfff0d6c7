"""Login and launch, with or without cookies in the frame; and the one page of everything refused."""

import logging
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me, sign_in_frame, somebody
from lms_app.core.db import reading, set_reading, transaction
from lms_app.core.settings import Settings
from lms_app.lti import forms
from lms_app.lti.platform import Login, digest
from lms_app.lti.reasons import ASK_AGAIN, LaunchRefused, refusal
from lms_app.lti.service import guests, launching, opening, tickets
from lms_app.lti.service.launching import Expected, Known
from lms_app.lti.service.opening import Opened
from lms_app.web import security
from lms_app.web.i18n import _
from lms_app.web.security import csrf, limiter
from lms_app.web.sessions import frame_cookie

log = logging.getLogger("lms.lti")
bp = Blueprint("lti", __name__)

OFTEN = "20000 per minute"
"""For one address: a whole province may come from one."""

LOGIN_SECONDS = 600


@bp.route("/lti/login", methods=["GET", "POST"])
@allow(access.anyone)
@limiter.limit(OFTEN)
def login() -> ResponseReturnValue:
    """Third-party initiated login. It writes although it may be a GET: the platform decides which."""
    asked = request.values.to_dict()
    with reading():
        known = launching.known_platform(asked)
    _framed_by(known)
    set_reading(value=False)
    with transaction():
        made = launching.answer_login(asked, known, _settings().url)
    target = forms.frame_name(asked.get("lti_storage_target"))
    response = current_app.make_response(_keep(target, made, known) if target else redirect(made.address))
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
        awaited = launching.expected(state)
    _framed_by(awaited.platform)
    browser = request.cookies.get(_cookie_name(state))
    if browser is not None and digest(browser) != awaited.browser:
        raise refusal("browser")
    opened = launching.finish(launching.check(form, awaited, _settings().url), awaited)
    if browser is None and opened.launch_id:
        return _ask_for_proof(opened.launch_id, awaited, state)
    response = _go(opened, awaited.platform)
    response.delete_cookie(_cookie_name(state), **_cookie_kind())
    return response


@bp.post("/lti/storage")
@allow(access.anyone)
@limiter.limit(OFTEN)
def proven() -> ResponseReturnValue:
    """The platform's storage knew this browser. Whether the frame may keep a session, its next request shows."""
    if request.headers.get("Origin", _origin()) != _origin():  # another's page could bring a proof of its own
        raise refusal("browser")
    opened = tickets.prove(request.form.get("ticket", ""), request.form.get("kept", ""))
    sign_in_frame(opening.sign_in(opened))
    security.frame_by(*opened.scope["origin"].split())
    following = tickets.make(UUID(opened.scope["launch"]))
    response = current_app.make_response(redirect(url_for(".arrive", ticket=following), code=303))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/lti/arrive")
@allow(access.anyone)
def arrive() -> ResponseReturnValue:
    """On into the course where the frame kept its session, else into a tab of its own."""
    ticket = request.args.get("ticket", "")
    found = tickets.read(ticket)
    who = somebody()
    if who.scope and who.scope.launch == found.launch_id:
        return redirect(found.opens, code=303)
    security.frame_by(*found.scope["origin"].split())
    return _page("lti/no_cookie.html", ticket=ticket, held=False)


@bp.post("/lti/open")
@allow(access.anyone)
@limiter.limit(OFTEN)
def open_tab() -> ResponseReturnValue:
    """The new tab: says whose name one is about to learn under, and changes nothing before one agrees."""
    ticket = request.form.get("ticket", "")
    with reading():
        found = tickets.read(ticket)
    return _page("lti/new_tab.html", ticket=ticket, name=found.name, platform=found.platform)


@bp.post("/lti/tab")
@allow(access.learner)
def ask_tab() -> ResponseReturnValue:
    """Out of the frame on purpose. Its partitioned session stays behind, so a ticket goes along."""
    scope = me().scope
    if scope is None:
        return redirect("/me", code=303)
    return _page("lti/no_cookie.html", ticket=tickets.make(scope.launch), held=True)


for foreign_post in (login, launch, open_tab, proven):
    csrf.exempt(foreign_post)


@bp.post("/lti/continue")
@allow(access.anyone)
def use_ticket() -> ResponseReturnValue:
    """Agreed, in a tab of one's own. An own sign-in in this browser ends, or it would hide the one of the launch."""
    response = _go(tickets.use(request.form.get("ticket", "")))
    main: str = current_app.session_interface.main_name  # type: ignore[attr-defined]  # TwoSessions
    response.delete_cookie(main, path="/", secure=_settings().secure, httponly=True)
    return response


@bp.app_errorhandler(LaunchRefused)
def refused(error: LaunchRefused) -> ResponseReturnValue:
    """One page for people. It holds nothing to press, so any frame may show it."""
    log.warning(
        "refused: %s, reference %s, platform %s, %s", error.reason, error.reference, g.get("lti_platform"), request.path
    )
    security.frame_by("*")
    page = render_template("lti/refused.html", why=_(error.message), what=_(ASK_AGAIN), reference=error.reference)
    return page, int(error.status), {"Cache-Control": "no-store"}


def _go(opened: Opened, sender: Known | None = None) -> Response:
    """To what the launch opens, signed in if it has a session of its own."""
    if opened.launch_id:
        sign_in_frame(opening.sign_in(opened))
    address = opened.opens
    if opened.guest and sender:
        origins = forms.origins(sender.row.issuer, sender.row.auth_url)
        address = guests.address(str(current_app.secret_key), opened.guest, origins)
    response = current_app.make_response(redirect(address, code=303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _ask_for_proof(launch_id: UUID, awaited: Expected, state: str) -> ResponseReturnValue:
    """The state's cookie is missing: the platform's storage, where it has one, or a tab that says whose name it is."""
    if not awaited.storage:
        return _page("lti/no_cookie.html", ticket=tickets.make(launch_id), held=False)
    ticket = tickets.make(launch_id, awaited.browser)
    origin = forms.origin_of(awaited.platform.row.auth_url)
    asked = {"target": awaited.storage, "origin": origin, "key": _storage_key(state)}
    return _page("lti/storage.html", ticket=ticket, held=False, **asked)


def _keep(target: str, made: Login, known: Known) -> str:
    """A page that has the platform's storage keep the browser's secret, and goes on to the platform."""
    return render_template(
        "lti/keep.html",
        target=target,
        origin=forms.origin_of(known.row.auth_url),
        key=_storage_key(made.state),
        kept=made.browser,
        address=made.address,
    )


def _page(template: str, **values: Any) -> ResponseReturnValue:
    return render_template(template, **values), 200, {"Cache-Control": "no-store"}


def _storage_key(state: str) -> str:
    return f"lti-state-{state[:8]}"


def _framed_by(known: Known) -> None:
    g.lti_platform = known.row.id
    security.frame_by(*forms.origins(known.row.issuer, known.row.auth_url).split())


def _origin() -> str:
    return forms.origin_of(_settings().url)


def _cookie_name(state: str) -> str:
    """One for each login: six frames of one page must not overwrite each other's."""
    return f"{'__Host-' if _settings().secure else ''}lti-{state[:8]}"


def _cookie_kind() -> dict[str, Any]:
    return {"path": "/", "httponly": True, **frame_cookie(secure=_settings().secure)}


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
