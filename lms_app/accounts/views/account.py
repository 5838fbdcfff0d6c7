"""Sign-in, sign-out, the person's own account; and what becomes of a form when the session has ended."""

import hashlib
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from lms_app.accounts import access, held
from lms_app.accounts.forms.signing_in import NewPassword, SignIn, safe_next
from lms_app.accounts.login import allow, me, sign_in, sign_out, somebody
from lms_app.accounts.queries import people as queries
from lms_app.accounts.service import people
from lms_app.accounts.service import signing_in as service
from lms_app.core import audit
from lms_app.core.errors import Invalid, NotSignedIn
from lms_app.web import errors, i18n, security
from lms_app.web.i18n import LANGUAGES, _
from lms_app.web.security import limiter
from lms_app.web.sessions import is_framed

bp = Blueprint("accounts", __name__)
YEAR = 365 * 24 * 3600
THEMES = ("", "light", "dark")


def _account_asked_for() -> str:
    """What counts tries on one account, from however many machines; a digest, so that no address is kept."""
    email = SignIn.read(request.form, with_password=False).email
    return f"account:{hashlib.sha256(email.encode()).hexdigest()[:16]}"


@bp.get("/sign-in")
@allow(access.anyone)
def sign_in_page() -> ResponseReturnValue:
    if somebody().is_authenticated and not is_framed():
        return redirect(safe_next(request.args.get("next")), code=303)
    return _page(SignIn("", "", {}))


@bp.post("/sign-in")
@allow(access.anyone)
@limiter.limit("20/minute")
@limiter.limit("10/minute", key_func=_account_asked_for)
def sign_in_now() -> ResponseReturnValue:
    form = SignIn.read(request.form, with_password=True)
    found = None if form.errors else service.verified(form.email, form.password)
    if found is None:
        form.errors = form.errors or {
            "password": "Thư điện tử hoặc mật khẩu chưa đúng. Hãy kiểm tra phím Caps Lock và bộ gõ."
        }
        return _page(form), 400
    sign_in(*found)
    audit.note(found[0], "accounts.sign_in", found[0])
    return _go_on(request.form.get("held", ""), request.form.get("next"))


@bp.post("/sign-in/link")
@allow(access.anyone)
@limiter.limit("5/minute")
@limiter.limit("5/minute", key_func=_account_asked_for)
def ask_link() -> ResponseReturnValue:
    form = SignIn.read(request.form, with_password=False)
    if form.errors:
        return _page(form, by_link=True), 400
    service.owe_link(form.email)
    return render_template("accounts/link-sent.html", email=form.email)


@bp.get("/sign-in/link/<token>")
@allow(access.anyone)
def link_page(token: str) -> ResponseReturnValue:
    """A button, not a sign-in: mail scanners open links, and a GET changes nothing."""
    response = make_response(render_template("accounts/link.html", token=token))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/sign-in/link/<token>")
@allow(access.anyone)
@limiter.limit("20/minute")
def use_link(token: str) -> ResponseReturnValue:
    person_id, epoch = service.use_link(token)
    sign_in(person_id, epoch)
    audit.note(person_id, "accounts.sign_in_by_link", person_id)
    return redirect("/me", code=303)


@bp.post("/sign-out")
@allow(access.anyone)
def sign_out_now() -> ResponseReturnValue:
    sign_out()
    return redirect("/", code=303)


@bp.get("/account")
@allow(access.member)
def account() -> ResponseReturnValue:
    return _account({})


@bp.post("/account/name")
@allow(access.member)
def rename() -> ResponseReturnValue:
    try:
        people.rename(me().id, request.form.get("name", ""))
    except Invalid as error:
        return _account(i18n.fields(error), name=request.form.get("name", "")), 400
    return redirect(url_for(".account", saved="name"), code=303)


@bp.post("/account/password")
@allow(access.member)
def password() -> ResponseReturnValue:
    form = NewPassword.read(request.form)
    if form.errors:
        return _account(form.errors), 400
    sign_in(me().id, service.set_password(me().id, form.password))
    return redirect(url_for(".account", saved="password"), code=303)


@bp.post("/account/reminders")
@allow(access.member)
def reminders() -> ResponseReturnValue:
    people.set_reminders(me().id, wanted=request.form.get("wanted") == "yes")
    return redirect(url_for(".account", saved="reminders"), code=303)


@bp.post("/account/sign-out-everywhere")
@allow(access.member)
def sign_out_everywhere() -> ResponseReturnValue:
    service.sign_out_everywhere(me().id)
    sign_out()
    return redirect("/sign-in", code=303)


@bp.get("/language/<wanted>")
@allow(access.anyone)
def language(wanted: str) -> ResponseReturnValue:
    """A preference of this browser, like the theme: a cookie, nothing in the database."""
    response = make_response(redirect(_back(), code=303))
    if wanted in LANGUAGES:
        response.set_cookie("lang", wanted, max_age=YEAR, samesite="Lax", secure=request.is_secure)
    return response


@bp.post("/theme")
@allow(access.anyone)
def theme() -> ResponseReturnValue:
    response = make_response(redirect(_back(), code=303))
    if request.form.get("theme") in THEMES:
        response.set_cookie("theme", request.form["theme"], max_age=YEAR, samesite="Lax", secure=request.is_secure)
    return response


@bp.app_errorhandler(NotSignedIn)
def not_signed_in(error: NotSignedIn) -> ResponseReturnValue:
    """Ask to sign in and come back here; what was typed goes along."""
    if request.path.startswith("/api/"):
        return errors.answer(401, str(_(error.message)))
    if is_framed():
        security.frame_by("*")  # the page holds nothing to press, and whose frame it was is forgotten
        return errors.answer(401, str(_("Phiên học trong hệ thống của đơn vị đã hết. Hãy mở lại khóa học từ đó.")))
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("accounts.sign_in_page", next=request.full_path.rstrip("?")), code=303)
    return _page(SignIn("", "", {}), kept=_hold()), 401


@bp.app_errorhandler(CSRFError)
def stale_form(_error: CSRFError) -> ResponseReturnValue:
    """The page was open longer than the session: offer to send it again, nothing typed is lost."""
    if somebody().is_authenticated:
        response = make_response(_again(_hold()))
        response.status_code = 400 if response.status_code == HTTPStatus.OK else response.status_code
        return response
    return _page(SignIn("", "", {}), kept=_hold()), 401


def _page(form: SignIn, *, by_link: bool = False, kept: str = "") -> str:
    return render_template(
        "accounts/sign-in.html",
        form=form,
        by_link=by_link,
        held=kept or request.form.get("held", ""),
        next=request.values.get("next", ""),
    )


def _hold() -> str:
    """What was sent, for after the sign-in. A sign-in itself is not sent again, only what it already carried."""
    if request.path.startswith("/sign-in"):
        return request.form.get("held", "")
    fields = [(name, value) for name, value in request.form.items(multi=True)]
    return held.pack(current_app.secret_key or "", request.path, fields)  # type: ignore[arg-type]  # ours is text


def _go_on(kept: str, following: str | None) -> ResponseReturnValue:
    return _again(kept) if kept else redirect(safe_next(following), code=303)


def _again(kept: str) -> ResponseReturnValue:
    """Show what was typed and one button that sends it."""
    found = held.unpack(current_app.secret_key or "", kept) if kept else None  # type: ignore[arg-type]
    if found is None:
        return redirect("/me", code=303)
    return render_template("accounts/send-again.html", held=found)


def _account(wrong: dict[str, str], name: str | None = None) -> str:
    profile = queries.profile(me().id)
    return render_template(
        "accounts/account.html", profile=profile, wrong=wrong, name=name, saved=request.args.get("saved")
    )


def _back() -> str:
    """The page the reader came from, if it is ours; the one above it when a form's own address cannot be read."""
    came = request.referrer or ""
    if not came.startswith(request.host_url):
        return "/"
    here = safe_next("/" + came.removeprefix(request.host_url))
    routes, path = current_app.create_url_adapter(request), urlsplit(here).path
    if routes is None or routes.test(path, "GET"):
        return here
    above = path
    while above and not routes.test(above, "GET"):
        above = above.rpartition("/")[0]
    return above or "/"
