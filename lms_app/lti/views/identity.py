"""Linking a platform's user to an account here, from inside the frame; and undoing it, from either side."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me, my_scope
from lms_app.core.errors import Invalid
from lms_app.core.text import clean
from lms_app.lti.queries import people
from lms_app.lti.service import identity
from lms_app.web.i18n import _
from lms_app.web.security import limiter

bp = Blueprint("lti_identity", __name__)

EMAIL = "Ghi đủ địa chỉ thư, ví dụ ten.ho@coquan.example."


def _account_asked_for() -> str:
    return f"lti-account:{request.form.get('email', '').strip().lower()[:254]}"


@bp.get("/lti/account")
@allow(access.framed)
def account() -> ResponseReturnValue:
    return _page({})


@bp.post("/lti/account/sign-in")
@allow(access.framed)
@limiter.limit("20/minute")
@limiter.limit("10/minute", key_func=_account_asked_for)
def sign_in() -> ResponseReturnValue:
    email = _email()
    if "@" not in email:
        return _page({"email": EMAIL}), 400
    try:
        identity.link_by_password(my_scope().launch, email, request.form.get("password", ""))
    except Invalid as error:
        return _page(error.fields), 400
    return redirect(url_for(".account", done="linked"), code=303)


@bp.post("/lti/account/mail")
@allow(access.framed)
@limiter.limit("5/minute")
@limiter.limit("5/minute", key_func=_account_asked_for)
def mail() -> ResponseReturnValue:
    """The answer is the same whether somebody has that address or not."""
    email = _email()
    if "@" not in email:
        return _page({"mail": EMAIL}), 400
    identity.owe_mail(my_scope().launch, email)
    return redirect(url_for(".account", done="mailed"), code=303)


@bp.post("/lti/account/undo")
@allow(access.framed)
def undo() -> ResponseReturnValue:
    identity.undo(my_scope().launch)
    return redirect(url_for(".account", done="undone"), code=303)


@bp.get("/lti/account/confirm/<token>")
@allow(access.anyone)
def question(token: str) -> ResponseReturnValue:
    """What the mail opens, in any browser: a button, not the act. Mail scanners open links."""
    page = render_template("lti/account-confirm.html", asked=identity.asked(token), token=token)
    return page, 200, {"Cache-Control": "no-store"}


@bp.post("/lti/account/confirm/<token>")
@allow(access.anyone)
@limiter.limit("20/minute")
def accept(token: str) -> ResponseReturnValue:
    asked = identity.asked(token)
    identity.accept(token)
    return render_template("lti/account-confirmed.html", asked=asked)


@bp.get("/lti/linked")
@allow(access.member)
def linked() -> ResponseReturnValue:
    """From the account: which users of platforms are this person."""
    return render_template("lti/linked.html", links=people.links_of(me().id), done=request.args.get("done"))


@bp.post("/lti/linked/<uuid:link_id>/undo")
@allow(access.member)
def let_go(link_id: UUID) -> ResponseReturnValue:
    identity.undo_by_account(me().id, link_id)
    return redirect(url_for(".linked", done="undone"), code=303)


def _page(wrong: dict[str, str]) -> str:
    return render_template(
        "lti/account.html",
        known=identity.known(my_scope().launch),
        wrong=wrong,
        summary=[(_(sentence), f"#{name}") for name, sentence in wrong.items()],
        typed=_email() if wrong else "",
        done=request.args.get("done"),
    )


def _email() -> str:
    return clean(request.form.get("email", "")).lower()[:254]
